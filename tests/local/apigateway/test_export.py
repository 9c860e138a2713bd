"""GetExport shows the deployed snapshot, in a form that imports again."""

import json
from typing import Any

import pytest
import yaml

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "passthroughBehavior": "when_no_match",
    "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "{}"}}},
}
DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1", "description": "all pets"},
    "components": {"schemas": {"Pet": {"type": "object"}, "Pets": {"type": "array", "items":
                                                                   {"$ref": "#/components/schemas/Pet"}}}},
    "paths": {"/pets/{id}": {"post": {
        "operationId": "add",
        "parameters": [{"in": "path", "name": "id", "required": True}, {"in": "query", "name": "q"}],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
        "responses": {"200": {"description": "x", "headers": {"X-A": {"schema": {"type": "string"}}},
                              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pets"}}}}},
        "x-amazon-apigateway-integration": MOCK,
    }}},
}  # fmt: skip


@pytest.fixture
def export(gateway: Any, imported: Any) -> Any:
    api = imported(DOCUMENT)["id"]
    gateway.create_deployment(restApiId=api, stageName="local")
    return lambda kind, **options: (
        gateway.get_export(restApiId=api, stageName="local", exportType=kind, **options) | {"api": api}
    )


def test_openapi_3(export: Any) -> None:
    answer = export("oas30")

    found = json.loads(answer["body"].read())
    host = f"https://{answer['api']}.execute-api.us-east-1.amazonaws.com/{{basePath}}"
    assert found["servers"] == [{"url": host, "variables": {"basePath": {"default": "local"}}}]
    assert (found["info"]["title"], found["info"]["description"]) == ("pets", "all pets")
    operation = found["paths"]["/pets/{id}"]["post"]
    assert "x-amazon-apigateway-integration" not in operation
    assert operation["parameters"][0] == {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}
    assert found["components"]["schemas"]["Pets"]["items"] == {"$ref": "#/components/schemas/Pet"}
    assert answer["contentType"] == "application/octet-stream"
    assert answer["contentDisposition"].startswith('attachment; filename="oas30_')


def test_swagger_as_yaml(export: Any) -> None:
    found = yaml.safe_load(export("swagger", accepts="application/yaml")["body"].read())

    assert (found["swagger"], found["basePath"], found["schemes"]) == ("2.0", "/local", ["https"])
    assert found["definitions"]["Pets"]["items"] == {"$ref": "#/definitions/Pet"}
    assert found["paths"]["/pets/{id}"]["post"]["responses"]["200"]["schema"] == {"$ref": "#/definitions/Pets"}


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
def test_export_with_extensions_imports_again(gateway: Any, imported: Any, export: Any, kind: str) -> None:
    answer = export(kind, parameters={"extensions": "apigateway"})

    again = imported(answer["body"].read(), failOnWarnings=True)["id"]

    gateway.create_deployment(restApiId=again, stageName="local")
    second = gateway.get_export(
        restApiId=again, stageName="local", exportType="oas30", parameters={"extensions": "apigateway"}
    )["body"].read()
    first = export("oas30", parameters={"extensions": "apigateway"})["body"].read()
    assert json.loads(second)["paths"] == json.loads(first)["paths"]


def test_unknown_export_type(export: Any, refused: Any) -> None:
    assert refused(lambda: export("raml")) == (400, "BadRequestException", "No API exporter for type 'raml'")


def test_what_recorded_exports_say(export: Any) -> None:
    """extended::test_export_swagger_openapi and test_export_oas30_openapi."""
    two, three = (
        json.loads(export(kind)["body"].read())["paths"]["/pets/{id}"]["post"] for kind in ("swagger", "oas30")
    )

    assert (two["consumes"], two["produces"]) == (["application/json"], ["application/json"])
    assert [one["required"] for one in two["parameters"]] == [True, False, True]
    assert "required" not in three["parameters"][1]
    assert "consumes" not in three


def test_the_version_of_an_api_names_its_export(gateway: Any, imported: Any) -> None:
    """Recorded: without a version it is the moment of the deployment."""
    api = imported({**DOCUMENT, "info": {"title": "t", "version": "1.0.0"}})["id"]
    gateway.create_deployment(restApiId=api, stageName="s")

    answer = gateway.get_export(restApiId=api, stageName="s", exportType="swagger")

    assert answer["contentDisposition"] == 'attachment; filename="swagger_1.0.0.json"'
    assert json.loads(answer["body"].read())["info"]["version"] == "1.0.0"


def test_a_response_without_a_body(gateway: Any, imported: Any) -> None:
    """Recorded: an empty `content` in 3.0, and neither `consumes` nor `produces` in 2.0."""
    bare = {
        "type": "http",
        "httpMethod": "GET",
        "uri": "https://example.com",
        "responses": {"default": {"statusCode": "200"}},
    }
    operation = {"responses": {"200": {"description": "x"}}, "x-amazon-apigateway-integration": bare}
    api = imported({**DOCUMENT, "paths": {"/a": {"get": operation}}})["id"]
    gateway.create_deployment(restApiId=api, stageName="s")

    found = [
        json.loads(gateway.get_export(restApiId=api, stageName="s", exportType=kind)["body"].read())
        for kind in ("swagger", "oas30")
    ]

    assert found[0]["paths"]["/a"]["get"] == {"responses": {"200": {"description": "200 response"}}}
    assert found[1]["paths"]["/a"]["get"] == {"responses": {"200": {"description": "200 response", "content": {}}}}
