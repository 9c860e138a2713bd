"""Sample requests are requests that the mock server takes."""

from pathlib import Path

import pytest

from headgate import spec
from headgate.local.mock import MockUpstream
from headgate.local.mock.requests import Sample, samples

HERE = Path(__file__).parent
DOCUMENTS = [HERE / "shop.yaml", *sorted((HERE.parents[1] / "spec" / "documents").glob("*.y*ml"))]


def compiled(document: Path) -> spec.CompiledApi:
    found, problems = spec.compile_document(
        document, spec.Target("mock", local=True, mock_url="http://127.0.0.1:1", unbound="test")
    )
    assert found is not None, problems
    return found.apis[0]


@pytest.mark.parametrize("optional", [False, True], ids=["required", "all"])
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_there_is_a_request_for_every_operation_and_it_succeeds(document: Path, optional: bool) -> None:
    api = compiled(document)
    upstream = MockUpstream(api.validators, api.wire)

    found = {sample.operation: answered(upstream, sample) for sample in samples(api.validators, optional=optional)}

    assert found == dict.fromkeys(api.validators["operations"], "2")


def answered(upstream: MockUpstream, sample: Sample) -> str:
    path, _, query = sample.target.partition("?")
    status, _, _ = upstream.respond(sample.method, path, query, sample.headers, sample.body)
    return str(status)[0]


def test_styles_are_written_as_the_document_says() -> None:
    found = {sample.operation: sample for sample in samples(compiled(HERE / "shop.yaml").validators, optional=True)}

    assert found["GET /items"].target == "/items?limit=1&tags=aa&sort=name&in_stock=true&since=2024-01-15"
    assert found["GET /items"].headers == (("X-Region", "eu"),)
    assert found["GET /tree"].target == "/tree?filter%5Bdepth%5D=1"


def test_what_cannot_be_made_is_left_out() -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": False}
    operation = {"id": "x", "parameters": [parameter], "body": None, "responses": {}}

    assert samples({"operations": {"GET /{id}": operation}}) == ()
