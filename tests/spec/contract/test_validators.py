"""validators.json: self-contained JSON Schema 2020-12 of everything an operation demands and promises."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ..projects import compile_files, compile_one, compile_sample, document, operation

SAMPLES = ["museum.yaml", "realworld-conduit.yml", "music.yaml", "models.yaml"]


def schemas_of(entry: dict[str, Any]) -> list[Any]:
    contents = [c for r in entry["responses"].values() for c in r["content"].values()]
    contents += list((entry["body"] or {"content": {}})["content"].values())
    headers = [header for response in entry["responses"].values() for header in response["headers"].values()]
    return [holder["schema"] for holder in [*contents, *headers, *entry["parameters"]]]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_schema_is_valid_and_every_reference_leads_somewhere(name: str) -> None:
    validators = compile_sample(name).validators
    for schema in [s for entry in validators["operations"].values() for s in schemas_of(entry)] + list(
        validators["$defs"].values()
    ):
        jsonschema.Draft202012Validator.check_schema(schema)
    references = set(re.findall(r'"\$ref": "(.*?)"', json.dumps(validators)))

    assert {reference.removeprefix("#/$defs/") for reference in references} <= validators["$defs"].keys()


def test_an_operation_is_found_under_its_verb_and_template() -> None:
    entry = compile_sample("music.yaml").validators["operations"]["GET /albums/{album_id}/tracks"]

    assert entry["id"] == "get-an-albums-tracks"
    assert [(p["name"], p["in"], p["required"], p["style"], p["explode"]) for p in entry["parameters"]] == [
        ("album_id", "path", True, "simple", False),
        ("limit", "query", False, "form", True),
        ("ids", "query", True, "form", False),
        ("filter[genre]", "query", False, "form", True),
        ("filter", "query", True, "deepObject", False),
    ]
    assert entry["body"] is None
    assert set(entry["responses"]) == {"200", "DEFAULT"}


def test_parameters_of_the_path_item_are_joined_and_references_resolved() -> None:
    entry = compile_sample("music.yaml").validators["operations"]["GET /albums/{id}"]

    assert [parameter["name"] for parameter in entry["parameters"]] == ["id", "market"]


def test_examples_are_plain_values(tmp_path: Path) -> None:
    content = {"application/json": {"examples": {"one": {"$ref": "#/components/examples/One"}, "two": {"value": 2}}}}
    value = document({"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}})
    value["components"]["examples"] = {"One": {"value": 1}}
    entry = compile_one(tmp_path, value).validators["operations"]["GET /a"]

    assert entry["responses"]["200"]["content"]["application/json"]["examples"] == [1, 2]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, {"type": "number", "exclusiveMinimum": 1}),
        ({"type": "number", "maximum": 1, "exclusiveMaximum": False}, {"type": "number", "maximum": 1}),
        ({"type": "string", "example": "x", "x-a": 1, "xml": {}}, {"type": "string", "examples": ["x"]}),
    ],
)
def test_schemas_of_3_0_are_translated(tmp_path: Path, schema: Any, expected: Any) -> None:
    body = {"content": {"application/json": {"schema": schema}}}
    api = compile_one(tmp_path, document({"/a": {"post": operation(requestBody=body)}}, version="3.0.3"))

    assert api.validators["operations"]["POST /a"]["body"]["content"]["application/json"]["schema"] == expected


@pytest.mark.parametrize(("version", "expected"), [("3.0.3", set()), ("3.1.0", {"minLength"})])
def test_siblings_of_a_reference_count_from_3_1_on(tmp_path: Path, version: str, expected: set[str]) -> None:
    schema = {"$ref": "#/components/schemas/Name", "minLength": 3}
    body = {"content": {"application/json": {"schema": schema}}}
    value = document(
        {"/a": {"post": operation(requestBody=body)}}, version=version, schemas={"Name": {"type": "string"}}
    )
    found = compile_one(tmp_path, value).validators["operations"]["POST /a"]["body"]["content"]["application/json"][
        "schema"
    ]

    assert set(found) == {"$ref"} | expected


def test_read_only_members_are_required_of_answers_only(tmp_path: Path) -> None:
    thing = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"readOnly": True}, "name": {"type": "string"}},
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    paths = {
        "/a": {
            "post": {"requestBody": {"content": content}, "responses": {"200": {"description": "", "content": content}}}
        }
    }
    validators = compile_one(tmp_path, document(paths, schemas={"Thing": thing})).validators
    entry = validators["operations"]["POST /a"]

    def required(holder: Any) -> Any:
        name = holder["content"]["application/json"]["schema"]["$ref"].removeprefix("#/$defs/")
        return validators["$defs"][name]["required"]

    assert required(entry["responses"]["200"]) == ["id", "name"]
    assert required(entry["body"]) == ["name"]


def test_circles_across_files_end_in_definitions(tmp_path: Path) -> None:
    main = document(
        {
            "/a": {
                "get": {
                    "responses": {
                        "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "node.yaml"}}}}
                    }
                }
            }
        }
    )
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "node.yaml#"}, "root": {"$ref": "shop.yaml#/components/schemas/Root"}},
    }
    main["components"]["schemas"] = {"Root": {"properties": {"node": {"$ref": "node.yaml"}}}}
    compiled, problems = compile_files(tmp_path, {"shop.yaml": main, "node.yaml": node})
    assert compiled is not None, problems

    definitions = compiled.apis[0].validators["$defs"]
    assert definitions["node"]["properties"] == {"next": {"$ref": "#/$defs/node"}, "root": {"$ref": "#/$defs/Root"}}
