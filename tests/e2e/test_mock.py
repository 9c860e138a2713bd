"""Documents nobody here wrote, served by `headgate up --spec FILE --mock`: who gets in, who does not, and what comes back."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from headgate import spec
from headgate.local.mock.requests import Sample, samples

from .gateway import Answer, Gateway, up

DOCUMENTS = Path(__file__).resolve().parents[1] / "spec" / "documents"
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
SEED = "20261121"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)


CHOSEN = ["museum.yaml", "realworld-conduit.yml", "music.yaml"]


@pytest.fixture(scope="module", params=CHOSEN)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Gateway]]:
    document = DOCUMENTS / request.param
    with up("--spec", str(document), "--mock", "--no-watch", folder=tmp_path_factory.mktemp("mock")) as gateway:
        yield document, gateway


def requests(document: Path) -> Mapping[str, Sample]:
    """A valid request for each operation, by `{VERB} {template}`."""
    compiled, _ = spec.compile_document(document, spec.Target("mock", unbound="deny"))
    assert compiled
    return {sample.operation: sample for sample in samples(compiled.apis[0].validators)}


def secured(document: Path) -> set[str]:
    """The operations that nobody may call without a credential."""
    compiled, _ = spec.compile_document(document, spec.Target("mock", unbound="deny"))
    assert compiled
    rows = compiled.apis[0].routes["operations"]
    return {f"{row['method']} {row['template']}" for row in rows if row["security"] and {} not in row["security"]}


def send(gateway: Gateway, sample: Sample, extra: Mapping[str, str]) -> Answer:
    return gateway.get(sample.target, sample.method, headers={**dict(sample.headers), **extra}, body=sample.body)


def credential(gateway: Gateway) -> dict[str, str]:
    """The printed test credentials that travel in headers."""
    rows: list[dict[str, Any]] = gateway.ready["credentials"]
    return {row["name"]: row["value"] for row in rows if row["in"] == "header"}


def test_operations_answer_2xx_with_the_printed_credential(served: tuple[Path, Gateway]) -> None:
    document, gateway = served
    statuses = {name: send(gateway, row, credential(gateway)).status for name, row in requests(document).items()}

    assert statuses
    assert {name: status for name, status in statuses.items() if status // 100 != 2} == {}


def test_secured_operations_answer_401_without(served: tuple[Path, Gateway]) -> None:
    document, gateway = served
    closed = secured(document)
    by_resource = {name: row for name, row in requests(document).items() if name in closed}
    statuses = {name: send(gateway, row, {}).status for name, row in by_resource.items()}

    assert statuses
    assert set(statuses.values()) == {401}


def test_every_operation_is_served_or_named_as_refused(served: tuple[Path, Gateway]) -> None:
    document, gateway = served

    assert gateway.ready["operations"] == len(requests(document))
    assert gateway.ready["refused"] == []


@pytest.mark.parametrize(
    "served", [CHOSEN[0], *(pytest.param(name, marks=pytest.mark.slow) for name in CHOSEN[1:])], indirect=True
)
def test_schemathesis_finds_nothing(served: tuple[Path, Gateway]) -> None:
    document, gateway = served
    headers = [part for name, value in credential(gateway).items() for part in ("-H", f"{name}: {value}")]
    command = [str(SCHEMATHESIS), "run", str(document), "--url", gateway.url, *headers, "--checks", CHECKS]
    bounded = [
        "--mode",
        "positive",
        "--max-examples",
        "10",
        "--seed",
        SEED,
        "--no-color",
        "--phases",
        "examples,coverage,fuzzing",
    ]
    done = subprocess.run(
        [*command, *bounded], capture_output=True, text=True, check=False, timeout=240, cwd=gateway.project
    )

    assert done.returncode == 0, done.stdout[-4000:]


def test_curl_lines_work_as_printed(served: tuple[Path, Gateway]) -> None:
    _, gateway = served
    ending = " -o /dev/null -w '%{http_code}'"
    codes = [
        subprocess.run(["bash", "-c", line + ending], capture_output=True, text=True, check=True).stdout
        for line in gateway.ready["curl"]
    ]

    assert codes
    assert set(codes) <= {"200", "201", "204"}, json.dumps(gateway.ready["curl"])
