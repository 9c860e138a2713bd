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
    assert found["servers"] == [{"url": host, "variables": {"basePath": {"default": "/local"}}}]
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
