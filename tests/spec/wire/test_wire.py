"""The wire document: importable, minimal, and complete in what it must carry."""

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.spec import Target, compile_project, load_project, write

from ..importer import complaints
from ..projects import compile_files, compile_one, compile_sample, document, operation

ROOT = Path(__file__).parents[3]
SAMPLES = ["museum.yaml", "realworld-conduit.yml", "music.yaml", "models.yaml"]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("target", [{}, {"unbound": "test", "mock_url": "http://127.0.0.1:7000"}], ids=["aws", "mock"])
def test_the_importer_has_nothing_to_complain_about(name: str, target: dict[str, Any]) -> None:
    assert complaints(compile_sample(name, **target).wire) == []


@pytest.mark.parametrize("local", [False, True])
def test_the_sample_project_compiles_without_a_word(local: bool) -> None:
    project, problems = load_project(ROOT)
    assert project is not None, problems
    compiled, found = compile_project(project, Target("prod", local=local))

    assert (problems, found) == ([], [])
    assert compiled is not None
    assert complaints(compiled.apis[0].wire) == []


def test_every_operation_of_a_document_is_served() -> None:
    api = compile_sample("museum.yaml")
    served = {operation["id"] for operation in api.routes["operations"]}

    assert served == {
        "getMuseumHours", "createSpecialEvent", "listSpecialEvents", "getSpecialEvent", "updateSpecialEvent",
        "deleteSpecialEvent", "buyMuseumTickets", "getTicketCode",
    }  # fmt: skip


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        project, _ = load_project(ROOT)
        assert project is not None
        compiled, _ = compile_project(project, Target("prod"))
        assert compiled is not None
        write(compiled, folder)

    first, second = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*.json")} for f in folders)
    assert first == second
    assert {str(path) for path in first} == {
        "wire/portal.json", "published/portal.json", "published/portal.openapi30.json",
        "routes.json", "plans.json", "validators.json", "ledger.json",
    }  # fmt: skip


def test_several_apis_are_written_under_their_names(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation()}})
    gateway = {"apis": {"one": {"documents": ["a.yaml"]}, "two": {"documents": ["a.yaml"]}}}
    compiled, _ = compile_files(tmp_path, {"a.yaml": value}, gateway)
    assert compiled is not None
    write(compiled, tmp_path / "build")

    assert set(json.loads((tmp_path / "build" / "routes.json").read_text())["apis"]) == {"one", "two"}
    assert {path.name for path in (tmp_path / "build" / "wire").iterdir()} == {"one.json", "two.json"}


def test_nothing_that_only_informs_is_on_the_wire() -> None:
    text = json.dumps(compile_sample("music.yaml").wire)

    assert not any(word in text for word in ("summary", 'example"', "streaming", "x-spotlight", "tags", "Created"))


def test_required_query_parameters_are_checked_where_that_refuses_nothing_wrongly() -> None:
    paths = compile_sample("music.yaml").wire["paths"]
    declared = {p["name"]: p["in"] for p in paths["/albums/{id}/tracks"]["get"]["parameters"]}

    # Not: optional ones, names API Gateway refuses, and objects that arrive under other names.
    assert declared == {"id": "path", "ids": "query"}
    assert {p["name"] for p in paths["/search"]["get"]["parameters"]} == {"q"}
    assert paths["/search"]["get"]["x-amazon-apigateway-request-validator"] == "parameters"


def test_gateway_responses_are_problem_json_for_all_types(tmp_path: Path) -> None:
    responses = compile_one(tmp_path, document({"/a": {"get": operation()}})).wire[
        "x-amazon-apigateway-gateway-responses"
    ]
    assert len(responses) == 21

    for kind, response in responses.items():
        template = response["responseTemplates"]["application/json"]
        body = json.loads(template.replace("$context.error.messageString", '"x"'))
        assert body["type"] == f"https://headgate.dev/problems/{kind.lower().replace('_', '-')}"
        assert body.get("status") == response.get("statusCode")
        assert response["responseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert responses["UNAUTHORIZED"]["responseParameters"]["gatewayresponse.header.WWW-Authenticate"] == "'Bearer'"
    assert responses["THROTTLED"]["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"


def cors_wire(folder: Path, cors: dict[str, Any]) -> dict[str, Any]:
    gateway = {"apis": {"shop": {"documents": ["shop.yaml"], "cors": cors}}}
    value = document({"/a": {"get": operation(), "post": operation(security=[{"oidc": []}])}})
    return compile_one(folder, value, gateway).wire


def test_every_resource_answers_a_preflight_itself(tmp_path: Path) -> None:
    cors = {"origins": ["https://a.example.com"], "headers": ["Authorization"], "credentials": True, "max-age": 60}
    wire = cors_wire(tmp_path, cors)
    found = wire["paths"]["/a"]["options"]["x-amazon-apigateway-integration"]
    headers = found["responses"]["default"]["responseParameters"]

    assert (found["type"], "security" in wire["paths"]["/a"]["options"]) == ("mock", False)
    assert headers == {
        "method.response.header.Access-Control-Allow-Origin": "'https://a.example.com'",
        "method.response.header.Access-Control-Allow-Headers": "'Authorization'",
        "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS,POST'",
        "method.response.header.Access-Control-Allow-Credentials": "'true'",
        "method.response.header.Access-Control-Max-Age": "'60'",
        "method.response.header.Vary": "'Origin'",
    }
    error = wire["x-amazon-apigateway-gateway-responses"]["UNAUTHORIZED"]["responseParameters"]
    assert error["gatewayresponse.header.Access-Control-Allow-Origin"] == "'https://a.example.com'"


def test_with_several_origins_the_preflight_repeats_only_a_listed_one(tmp_path: Path) -> None:
    wire = cors_wire(tmp_path, {"origins": ["https://a.example.com", "https://b.example.com"]})
    default = wire["paths"]["/a"]["options"]["x-amazon-apigateway-integration"]["responses"]["default"]

    assert "method.response.header.Access-Control-Allow-Origin" not in default["responseParameters"]
    assert (
        '$origin == "https://a.example.com" || $origin == "https://b.example.com"'
        in default["responseTemplates"]["application/json"]
    )


def test_the_users_own_options_and_extensions_win(tmp_path: Path) -> None:
    value = document(
        {"/a": {"get": operation(), "options": operation()}}, **{"x-amazon-apigateway-minimum-compression-size": 1024}
    )
    gateway = {
        "apis": {"shop": {"documents": ["shop.yaml"], "cors": {"origins": ["*"]}, "binary-media-types": ["image/png"]}}
    }
    wire = compile_one(tmp_path, value, gateway).wire

    assert wire["paths"]["/a"]["options"]["x-amazon-apigateway-integration"]["type"] == "http_proxy"
    assert wire["x-amazon-apigateway-minimum-compression-size"] == 1024
    assert wire["x-amazon-apigateway-binary-media-types"] == ["image/png"]
