"""The published document for readers of OpenAPI 3.0: valid, nothing forgotten, and schemas that mean the same."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from headgate.spec import Target, compile_document, write
from headgate.spec.contract.edition_30 import edition_30

from ..corpus_files import OWN, Sample, is_version, samples
from ..projects import compile_sample
from ..test_corpus import api_of

NEWER = [sample for sample in samples() if is_version(sample, "3.1", "3.2")]


@pytest.mark.parametrize("sample", [pytest.param(s, id=s.name, marks=pytest.mark.xdist_group(s.name)) for s in NEWER])
def test_the_edition_of_every_newer_document_is_valid(sample: Sample) -> None:
    edition = edition_30(api_of(sample).apis[0].published)

    assert edition["openapi"] == "3.0.3"
    assert [error.message for error in OpenAPIV30SpecValidator(edition).iter_errors()] == []


def schema_of(schema: Any, **others: Any) -> tuple[Any, list[dict[str, str]]]:
    """A component in the edition, and what was lost of it."""
    document = {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": {"A": schema, **others}}}
    edition = edition_30(document)
    return edition["components"]["schemas"]["A"], edition.get("x-headgate-lost", [])


VALUES: list[Any] = [
    None, True, 0, 1, 3, 5, 2.5, "", "a", "abc", [], [1], ["a"], ["a", 1], [1, "a"], [1, "a", 2], {}, {"a": 1}, {"b": 1},
    {"a": 1, "b": 1}, {"a": "x"}, {"x-a": "s"}, {"x-a": 1},
]  # fmt: skip

EXACT = [
    {"type": ["string", "null"]},
    {"type": ["string", "integer"], "maxLength": 2},
    {"type": ["array", "null"], "items": {"type": "integer"}},
    {"type": "null"},
    {"const": 1},
    {"const": None},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"oneOf": [{"type": "string", "minLength": 2}, {"type": "integer"}, {"type": "null"}]},
    {"type": "number", "exclusiveMinimum": 1},
    {"type": "number", "exclusiveMaximum": 3, "maximum": 2},
    {"type": "integer", "minimum": 2, "exclusiveMinimum": 1},
    {"type": "object", "dependentRequired": {"a": ["b"]}},
    {"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}},
    {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 0}},
    {"type": "array", "contains": {"type": "integer"}},
    {"type": "array", "items": False},
    {"type": "object", "properties": {"a": True, "b": False}},
]


@pytest.mark.parametrize("schema", EXACT, ids=json.dumps)
def test_a_schema_that_30_can_say_accepts_the_same_values(schema: dict[str, Any]) -> None:
    edition, lost = schema_of(schema)
    newer, older = jsonschema.Draft202012Validator(schema), OAS30Validator(edition)

    assert lost == []
    assert [newer.is_valid(value) for value in VALUES] == [older.is_valid(value) for value in VALUES]


WEAKER = [
    ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False}, ["prefixItems"]),
    ({"type": "array", "prefixItems": [{"type": "integer"}]}, ["prefixItems"]),
    (
        {"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False},
        ["patternProperties"],
    ),
    ({"type": "object", "propertyNames": {"maxLength": 1}}, ["propertyNames"]),
    ({"type": "object", "unevaluatedProperties": False}, ["unevaluatedProperties"]),
]


@pytest.mark.parametrize(("schema", "constructs"), WEAKER, ids=json.dumps)
def test_a_schema_that_30_cannot_say_is_weaker_and_listed(schema: dict[str, Any], constructs: list[str]) -> None:
    edition, lost = schema_of(schema)
    newer, older = jsonschema.Draft202012Validator(schema), OAS30Validator(edition)

    assert [entry["construct"] for entry in lost] == constructs
    assert all(older.is_valid(value) for value in VALUES if newer.is_valid(value))
    assert all(f"x-{name}" in edition for name in constructs)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "examples": ["a"]}, {"type": "string", "example": "a"}),
        (
            {"type": "string", "contentEncoding": "base64"},
            {"type": "string", "format": "byte", "x-contentEncoding": "base64"},
        ),
        ({"contentMediaType": "image/png"}, {"type": "string", "format": "binary", "x-contentMediaType": "image/png"}),
        (
            {"$ref": "#/components/schemas/B", "description": "b"},
            {"description": "b", "allOf": [{"$ref": "#/components/schemas/B"}]},
        ),
        ({"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/B"}),
        ({"type": "integer", "default": "a"}, {"type": "integer", "x-default": "a"}),
        ({"type": "object", "required": []}, {"type": "object"}),
        ({"properties": {"const": {"const": 1}}}, {"properties": {"const": {"enum": [1]}}}),
        ({"enum": ["const"], "example": {"const": 1}}, {"enum": ["const"], "example": {"const": 1}}),
    ],
)
def test_words_of_31_become_words_of_30(schema: Any, expected: Any) -> None:
    assert schema_of(schema, B={})[0] == expected


def test_own_definitions_become_components() -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {},
        "components": {"schemas": {"A": {"$defs": {"B": {"const": 1}}}, "A_B": {}}},
    }

    assert edition_30(document)["components"]["schemas"] == {"A": {}, "A_B": {}, "A_B_": {"enum": [1]}}


def test_what_is_no_part_of_30_stays_as_an_extension() -> None:
    edition = edition_30(compile_sample("newest.yaml").published)

    assert set(edition["x-webhooks"]) == {"delayed"}
    assert edition["info"]["x-summary"] == "A little of everything that 3.2 has"
    assert edition["info"]["license"]["url"] == "https://spdx.org/licenses/Apache-2.0.html"
    assert edition["tags"][0] == {"name": "flights", "x-summary": "Flights", "x-kind": "nav"}
    answers = edition["paths"]["/flights"]["get"]["responses"]["200"]["content"]
    assert answers["application/jsonl"] == {
        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Flight"}}
    }
    assert answers["application/json"]["schema"]["type"] == "array"
    assert edition["components"]["securitySchemes"]["unused"]["x-type"] == "mutualTLS"
    assert {entry["construct"] for entry in edition["x-headgate-lost"]} >= {
        "mutualTLS",
        "prefixItems",
        "patternProperties",
    }


def test_path_items_are_copied_to_where_they_are_used() -> None:
    item = {"post": {"responses": {"204": {"description": "OK"}}}}
    paths = {
        "/a": {"get": {"callbacks": {"done": {"{$url}": {"$ref": "#/components/pathItems/Done"}}}, "responses": {}}}
    }
    edition = edition_30({"openapi": "3.1.0", "paths": paths, "components": {"pathItems": {"Done": item}}})

    assert edition["paths"]["/a"]["get"]["callbacks"]["done"]["{$url}"] == item
    assert "pathItems" not in edition["components"]


def test_it_is_written_beside_the_document_that_needs_it(tmp_path: Path) -> None:
    for name in ("newest.yaml", "older.yaml"):
        compiled, _ = compile_document(OWN / name, Target("spec", unbound="deny"))
        assert compiled is not None
        write(compiled, tmp_path)

    written = {path.name for path in (tmp_path / "published").iterdir()}
    assert written == {"newest.json", "newest.openapi30.json", "older.json"}
