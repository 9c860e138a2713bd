# Each target is one or two lines; `tools/env.py` makes .venv from the locked, hashed requirements and stamps it.
PY := .venv/bin/python
NODE := $(PY) -m tools.node
export PYTHONPATH := $(CURDIR)

.PHONY: help up test check fix synth bench lock wheel clean install node

help: ## Show what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: ## Install everything into .venv (nothing else is touched)
	@python3 tools/env.py

node: install ## Install the pinned CDK CLI into node_modules
	@$(NODE) ci

up: install ## Start the sample services and the local cloud, deploy, print URLs
	@$(PY) -m headgate up

test: install node ## Run the whole test suite
	$(PY) -m pytest -n auto --dist loadgroup

check: install node ## Formatting, lint, types, house limits, templates
	$(PY) -m ruff format --check . && $(PY) -m ruff check . && $(PY) -m mypy && $(PY) tools/style.py
	$(PY) -m pytest -q tests/test_rooms.py tests/infra

fix: install ## Format and mend what can be mended by tool
	$(PY) -m ruff format . && $(PY) -m ruff check --fix .

synth: install node ## Synthesize the CloudFormation templates into cdk.out
	$(NODE) cdk synth --quiet

bench: install ## Measure beside the peers; results land in benchmarks/results
	$(PY) -m benchmarks

lock: install ## Resolve the dependencies again and write the hashed requirement files
	$(PY) tools/lock.py

wheel: install ## Build the wheel into dist/
	.venv/bin/uv build --wheel --no-build-isolation --python $(PY) -q

clean: ## Remove everything that was generated
	rm -rf .venv .tools .headgate build cdk.out dist node_modules
