"""The published document: what clients read, self-contained."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ..projects import compile_files, compile_sample, document, operation, variables


def lookup(value: Any, pointer: str) -> Any:
    for key in pointer.removeprefix("#/").split("/"):
        value = value[key.replace("~1", "/").replace("~0", "~")]
    return value


@pytest.mark.parametrize("name", ["museum.yaml", "realworld-conduit.yml", "music.yaml"])
def test_every_reference_leads_somewhere(name: str) -> None:
    published = compile_sample(name).published

    for reference in re.findall(r'"\$ref": "(#.*?)"', json.dumps(published)):
        lookup(published, reference)


def test_one_document_keeps_its_wording() -> None:
    published = compile_sample("museum.yaml").published

    assert published["openapi"] == "3.1.0"
    assert published["info"]["title"] == "Redocly Museum API"
    assert published["paths"]["/museum-hours"]["get"]["summary"] == "Get museum hours"
    assert "servers" not in published
    assert set(published["components"]["schemas"]) >= {"Ticket", "Date"}


def test_ours_is_not_for_clients(tmp_path: Path) -> None:
    own = {
        "x-headgate": {"throttle": {"rate": 1, "burst": 1}},
        "x-amazon-apigateway-tag-value": "x",
        "x-own": {"kept": True},
    }
    compiled, _ = compile_files(tmp_path, {"shop.yaml": document({"/a": {"get": operation(**own)}})})
    assert compiled is not None
    text = json.dumps(compiled.apis[0].published)

    assert not any(word in text for word in ("x-headgate", "x-amazon"))
    assert "x-own" in text


def test_documents_of_two_versions_are_lifted_to_the_newer(tmp_path: Path) -> None:
    def with_thing(version: str, path: str, schema: Any) -> dict[str, Any]:
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
        return document(
            {path: {"get": {"responses": {"200": {"description": "", "content": content}}}}},
            version=version,
            schemas={"Thing": schema},
        )

    files = {
        "a.yaml": with_thing("3.0.3", "/a", {"type": "string", "nullable": True}),
        "b.yaml": with_thing("3.1.0", "/b", {"type": "number"}),
    }
    compiled, problems = compile_files(tmp_path, files, {"apis": {"shop": {"documents": ["a.yaml", "b.yaml"]}}})
    assert compiled is not None, problems
    published = compiled.apis[0].published

    assert published["openapi"] == "3.1.0"
    assert published["components"]["schemas"] == {"Thing": {"type": ["string", "null"]}, "Thing2": {"type": "number"}}
    schema = published["paths"]["/b"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Thing2"}


def test_paths_are_those_at_the_gateway_and_security_is_on_each_operation(tmp_path: Path) -> None:
    value = document({"/a/{id}": {"parameters": variables("id"), "get": operation()}}, security=[{"oidc": ["x"]}])
    gateway = {"apis": {"shop": {"documents": [{"document": "shop.yaml", "base-path": "/v1"}]}}}
    compiled, _ = compile_files(tmp_path, {"shop.yaml": value}, gateway)
    assert compiled is not None
    found = compiled.apis[0].published["paths"]["/v1/a/{id}"]

    assert found["get"]["security"] == [{"oidc": ["x"]}]
    assert [parameter["name"] for parameter in found["parameters"]] == ["id"]


def test_two_documents_with_one_path_keep_their_parameters_apart(tmp_path: Path) -> None:
    first = document({"/a/{id}": {"parameters": variables("id"), "description": "a", "get": operation(parameters=[])}})
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    second = document({"/a/{id}": {"parameters": [*variables("id"), limit], "post": operation()}})
    compiled, _ = compile_files(
        tmp_path, {"a.yaml": first, "b.yaml": second}, {"apis": {"shop": {"documents": ["a.yaml", "b.yaml"]}}}
    )
    assert compiled is not None
    item = compiled.apis[0].published["paths"]["/a/{id}"]

    assert "parameters" not in item
    assert [parameter["name"] for parameter in item["get"]["parameters"]] == ["id"]
    assert [parameter["name"] for parameter in item["post"]["parameters"]] == ["id", "limit"]


def test_what_a_document_says_about_itself_is_kept() -> None:
    published = compile_sample("newest.yaml").published

    assert published["$self"] == "https://flights.example.com/openapi.yaml"
    assert published["x-own"] == {"kept": ["as", "it", "is"]}
    assert published["paths"]["/flights"]["x-owner"] == "flights-team"
    assert published["paths"]["/nothing"] == {"description": "a place without operations"}
    assert set(published["webhooks"]) == {"delayed"}


def test_several_documents_keep_what_each_says_about_itself(tmp_path: Path) -> None:
    files = {
        "a.yaml": document({"/a": {"get": operation()}}, externalDocs={"url": "https://a.example.com"}),
        "b.yaml": document({"/b": {"get": operation()}}, info={"title": "B", "version": "7"}),
    }
    compiled, _ = compile_files(tmp_path, files, {"apis": {"shop": {"documents": ["a.yaml", "b.yaml"]}}})
    assert compiled is not None

    assert compiled.apis[0].published["x-documents"] == [
        {"info": {"title": "Shop", "version": "1"}, "externalDocs": {"url": "https://a.example.com"}},
        {"info": {"title": "B", "version": "7"}},
    ]
