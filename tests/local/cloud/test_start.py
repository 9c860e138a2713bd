"""What a start loads and what it leaves as it was."""

import json
import subprocess
import sys

SEEN = """
import json, sys
from headgate.local.cloud import Cloud, CloudConfig
with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
    print(json.dumps(sorted(sys.modules)))
"""


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_a_start_does_not_load_what_only_some_requests_need() -> None:
    loaded = set(json.loads(run(SEEN)))

    rarely_needed = {
        "aiohttp",  # integrations by HTTP
        "cyclopts",  # the command line
        "jsonschema",  # bodies with a model
        "openapi_spec_validator",  # moto's import, which ours replaces
        "pydantic",
        "headgate.spec",
        "headgate.local.oidc",
    }
    assert loaded & rarely_needed == set()
    assert "moto.apigateway.models" in loaded


def test_the_validator_that_moto_is_spared_is_there_for_others() -> None:
    script = (
        "import headgate.local.apigateway, openapi_spec_validator as real\n"
        "from moto.apigateway import models\n"
        "try: models.validate({'openapi': '3.0.1'})\n"
        "except Exception as error: print(type(error).__name__)\n"
        "print(real.validate.__module__)"
    )

    said = run(script).split()

    assert said == ["OpenAPIValidationError", "openapi_spec_validator.shortcuts"]


def test_the_collector_is_as_it_was_once_the_cloud_has_stopped() -> None:
    script = (
        "import gc\nfrom headgate.local.cloud import Cloud, CloudConfig\n"
        "before = gc.get_threshold()\n"
        "with Cloud(CloudConfig(port=0, http_port=0)): print(gc.get_freeze_count() > 50_000, gc.get_threshold() > before)\n"
        "print(gc.get_freeze_count(), gc.get_threshold() == before)"
    )

    assert run(script).split() == ["True", "True", "0", "True"]
