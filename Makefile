# Each target is one or two lines; `tools/env.py` makes .venv from the locked, hashed requirements and stamps it.
PY := .venv/bin/python
NODE := $(PY) -m tools.node
export PYTHONPATH := $(CURDIR)

.PHONY: help up demo recording soak test slow corpus check fix synth laws large fuzz conformance differential bench lock wheel clean install node

help: ## Show what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: ## Install everything into .venv (nothing else is touched)
	@python3 tools/env.py

node: install ## Install the pinned CDK CLI into node_modules
	@$(NODE) ci

up: install ## Start the sample services and the local cloud, deploy, print URLs
	@$(PY) -m headgate up

test: install node ## Run the test suite
	$(PY) -m pytest -n auto --dist loadgroup --no-loadscope-reorder -m "not slow"

slow: install node ## Run the tests that take minutes: lifecycles through the real CDK CLI
	$(PY) -m pytest -n auto --dist loadgroup -m slow

demo: install node ## A bad release meets its canary and is rolled back by itself, in a minute and one terminal
	@$(PY) -m tools.demo

recording: install node ## Record the pictures of the README again (docs/demo.svg, docs/canary.svg), from real runs
	$(PY) -m tools.record docs/demo.svg && $(PY) -m tools.record docs/canary.svg

soak: install ## 50 promotions and 50 rollbacks under load: no request lost, the share as set
	HEADGATE_CYCLES=50 $(PY) -m pytest tests/automation/test_cycles.py -q -s

corpus: install ## Hold the documents of HEADGATE_CORPUS (a folder) to what the corpus is held to
	$(PY) -m pytest -n auto --dist loadgroup tests/spec/test_corpus.py tests/spec/contract/test_edition_30.py

check: install node ## Formatting, lint, types, house limits, templates
	$(PY) -m ruff format --check . && $(PY) -m ruff check . && $(PY) -m mypy && $(PY) tools/style.py
	$(PY) -m pytest -q -n auto --dist loadgroup tests/test_rooms.py tests/infra

fix: install ## Format and mend what can be mended by tool
	$(PY) -m ruff format . && $(PY) -m ruff check --fix .

synth: install node ## Synthesize the CloudFormation templates into cdk.out
	$(NODE) cdk synth --quiet

laws: install ## Hold wire documents and strict validation to the documents, at length (HEADGATE_CORPUS=folder for other documents)
	HEADGATE_LAWS=150 $(PY) -m pytest tests/laws -q -n auto --dist loadgroup --timeout 1800

large: install ## Send every request that six large documents forbid, and hold the answers to their ledgers
	HEADGATE_LARGE=1 $(PY) -m pytest tests/e2e/test_large_documents.py -q -rP -n 3 --dist loadgroup --timeout 1800

fuzz: install ## Compile 20,000 random documents; failing ones land in build/fuzz
	$(PY) -m tests.fuzz

conformance: install ## Ask the local cloud and its peers every conformance case; prints the scores into README.md
	$(PY) -m benchmarks.conformance

differential: install ## Compare 104,000 random requests with the oracles (tests/differential)
	DIFFERENTIAL_EXAMPLES=26000 $(PY) -m pytest tests/differential -q -n 2

bench: install ## Measure beside the peers; results land in benchmarks/results
	$(PY) -m benchmarks

lock: install ## Resolve the dependencies again and write the hashed requirement files
	$(PY) tools/lock.py

wheel: install ## Build the wheel into dist/
	.venv/bin/uv build --wheel --no-build-isolation --python $(PY) -q

clean: ## Remove everything that was generated
	rm -rf .venv .tools .headgate build cdk.out dist node_modules
