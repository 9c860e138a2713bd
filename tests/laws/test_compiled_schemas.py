"""What the compiler makes of keywords that a validator would choke on or not know: ranges, patterns, tags, encodings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from headgate.spec import Target, compile_document


def compiled(tmp_path: Path, content: dict[str, Any], version: str = "3.0.3", **schemas: Any) -> Any:
    """(entry of `content`, `$defs`) of the one operation."""
    post = {"requestBody": {"content": content}, "responses": {"200": {"description": "OK"}}}
    document = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://example.com"}],
        "paths": {"/a": {"post": post}},
        "components": {"schemas": schemas},
    }
    (tmp_path / "a.json").write_text(json.dumps(document))
    found, problems = compile_document(tmp_path / "a.json", Target(environment="test"))
    assert found is not None, problems
    validators = found.apis[0].validators
    return next(iter(validators["operations"]["POST /a"]["body"]["content"].values())), validators["$defs"]


def schema_of(tmp_path: Path, schema: Any, version: str = "3.0.3", **schemas: Any) -> Any:
    return compiled(tmp_path, {"application/json": {"schema": schema}}, version, **schemas)[0]["schema"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"format": "int32"}, {"minimum": -(2**31), "maximum": 2**31 - 1}),
        ({"format": "int64", "minimum": 1}, {"minimum": 1, "maximum": 2**63 - 1}),
        ({"format": "int32", "maximum": 2**40}, {"minimum": -(2**31), "maximum": 2**31 - 1}),
        ({"format": "float"}, {}),
    ],
)
def test_ranges_of_formats_are_bounds(tmp_path: Path, schema: Any, expected: Any) -> None:
    assert schema_of(tmp_path, {"type": "integer", **schema}) == {
        "type": "integer",
        "format": schema["format"],
        **expected,
    }


@pytest.mark.parametrize("pattern", ["[a", "(?<=a", "a**", "\\Z", "(?P<n>a)(?P=n)"])
def test_a_pattern_that_is_none_binds_nobody(tmp_path: Path, pattern: str) -> None:
    schema = {"type": "object", "patternProperties": {pattern: False, "^x": {"pattern": pattern}}}

    assert schema_of(tmp_path, schema, "3.1.0") == {"type": "object", "patternProperties": {"^x": {}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"required": True}, {"required": ["a", "a", 1]}, {"enum": []}, {"minLength": -1}, {"minLength": "1"}, {"maxItems": 1.5},
        {"type": "any"}, {"type": ["string", "string"]}, {"multipleOf": 0}, {"minimum": "1"}, {"minimum": True}, {"allOf": []},
        {"exclusiveMinimum": True}, {"type": "file"}, {"items": [{}]}, {"properties": []}, {"pattern": 1}, {"format": 1},
        {"$recursiveAnchor": True}, {"dependentRequired": {"a": ["b", "b"], "c": 1}}, {"examples": {}}, {"const": None},
        {"$defs": 1}, {"xml": {}}, {"uniqueItems": "yes"},
        {"additionalProperties": "no"}, {"definitions": {"A": {"required": True}}},
    ],
    ids=lambda schema: json.dumps(schema)[:40],
)  # fmt: skip
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_whatever_is_written_a_validator_takes(tmp_path: Path, schema: Any, version: str) -> None:
    try:
        made = schema_of(tmp_path, schema, version)
    except AssertionError:
        return  # refused with a diagnostic
    jsonschema_rs.Draft202012Validator(made)


def test_a_discriminator_names_the_branches_of_its_tags(tmp_path: Path) -> None:
    mapping = {"kitty": "#/components/schemas/Cat", "cat": "Cat"}
    pet = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
    pet["discriminator"] = {"propertyName": "kind", "mapping": mapping}
    made = schema_of(tmp_path, pet, Cat={"type": "object"}, Dog={"type": "object"})

    assert made["discriminator"] == {
        "propertyName": "kind",
        "mapping": {"kitty": "#/$defs/Cat", "cat": "#/$defs/Cat", "Dog": "#/$defs/Dog"},
    }


def test_a_form_keeps_its_encodings(tmp_path: Path) -> None:
    headers = {"X-Id": {"required": True, "schema": {}}, "X-May": {"schema": {}}}
    encoding = {
        "tags": {"style": "form", "explode": False},
        "file": {"contentType": "image/*", "headers": headers},
        "odd": {"style": 1},
    }
    entry, _ = compiled(tmp_path, {"multipart/form-data": {"schema": {"type": "object"}, "encoding": encoding}})

    assert entry["encoding"] == {
        "tags": {"style": "form", "explode": False},
        "file": {"contentType": "image/*", "requiredHeaders": ["X-Id"]},
    }


def test_a_schema_that_contains_itself_through_all_of_compiles(tmp_path: Path) -> None:
    node = {
        "type": "object",
        "properties": {"child": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Node"}]}},
    }

    assert schema_of(tmp_path, {"$ref": "#/components/schemas/Node"}, Node=node) == {"$ref": "#/$defs/Node"}
