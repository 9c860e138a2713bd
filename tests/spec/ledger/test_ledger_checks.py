"""The ledger beside what is really checked: formats, patterns, bodies that must come, and strict operations."""

from pathlib import Path
from typing import Any

import pytest

from functions.aggregator.validation.formats import FORMATS as ENFORCED
from headgate.local.mock.formats import CHECKER
from headgate.spec.contract.json_schema import FORMATS, RANGES

from ..projects import compile_files, compile_one, document, operation

JSON = "application/json"
BODY = "/paths/~1a/post/requestBody"


def row(ledger: list[dict[str, Any]], pointer: str) -> tuple[str, str]:
    (found,) = [each for each in ledger if each["pointer"] == pointer]
    return found["level"], found["reason"]


def query(schema: dict[str, Any], **members: Any) -> dict[str, Any]:
    return operation(parameters=[{"name": "q", "in": "query", "schema": schema}], **members)


def test_ledger_aggregator_and_mock_server_know_the_same_formats() -> None:
    assert FORMATS | RANGES.keys() == ENFORCED.keys()
    assert set(CHECKER.checkers) == FORMATS


@pytest.mark.parametrize(
    ("schema", "level"),
    [
        ({"type": "string", "format": "date"}, "validator"),
        ({"format": "date"}, "validator"),
        ({"type": "integer", "format": "int32"}, "validator"),
        ({"type": ["number", "null"], "format": "int64"}, "validator"),
        ({"type": "string", "format": "iso-country-code"}, "published"),
        ({"type": "string", "format": "int64"}, "published"),
        ({"type": "integer", "format": "date"}, "published"),
        ({"type": "string", "format": "password"}, "published"),
    ],
)
def test_a_format_that_nothing_is_checked_by_informs(tmp_path: Path, schema: dict[str, Any], level: str) -> None:
    api = compile_one(tmp_path, document({"/a": {"get": query(schema)}}))

    assert row(api.ledger, "/paths/~1a/get/parameters/0/schema/format")[0] == level


@pytest.mark.parametrize(("pattern", "level"), [("(unclosed", "published"), ("^a+$", "validator")])
def test_an_unreadable_pattern_binds_nobody_and_is_told(tmp_path: Path, pattern: str, level: str) -> None:
    strict = query({"type": "string", "pattern": pattern, "minLength": 2}, **{"x-headgate": {"validate": "strict"}})
    compiled, problems = compile_files(tmp_path, {"shop.yaml": document({"/a": {"get": strict}})})
    assert compiled is not None
    ledger, place = compiled.apis[0].ledger, "/paths/~1a/get/parameters/0/schema"

    assert row(ledger, f"{place}/pattern")[0] == level
    assert "aggregator enforces" in row(ledger, f"{place}/minLength")[1]
    told = [(p.level, p.pointer) for p in problems if p.code == "HG197"]
    assert told == ([("warning", f"{place}/pattern")] if level == "published" else [])


def test_unreadable_names_of_properties_are_told_too(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "patternProperties": {"[": {"type": "string"}},
        "properties": {"pattern": {"type": "string"}},
    }
    body = operation(requestBody={"content": {JSON: {"schema": schema}}})
    _, problems = compile_files(tmp_path, {"shop.yaml": document({"/a": {"post": body}})})

    assert [p.pointer for p in problems if p.code == "HG197"] == [
        f"{BODY}/content/application~1json/schema/patternProperties/["
    ]


def test_patterns_in_examples_are_data(tmp_path: Path) -> None:
    media = {"schema": {"type": "object"}, "example": {"pattern": "("}}
    body = operation(requestBody={"content": {JSON: media}})
    _, problems = compile_files(tmp_path, {"shop.yaml": document({"/a": {"post": body}})})

    assert [p for p in problems if p.code == "HG197"] == []


@pytest.mark.parametrize(
    ("schema", "level"),
    [
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, "gateway"),
        ({"type": "array", "items": {"type": "string"}}, "gateway"),
        ({"type": "object", "minProperties": 1}, "gateway"),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "validator"),
        ({"$ref": "#/components/schemas/Strict"}, "gateway"),
        ({"$ref": "#/components/schemas/Loose"}, "validator"),
    ],
)
def test_a_body_must_come_where_its_model_refuses_an_empty_object(
    tmp_path: Path, schema: dict[str, Any], level: str
) -> None:
    """API Gateway reads a body that is not there as {} (FACTS 8.6)."""
    strict = {"type": "object", "required": ["a"]}
    schemas = {"Strict": strict, "Loose": {"type": "object", "maxProperties": 3}}
    body = operation(requestBody={"required": True, "content": {JSON: {"schema": schema}}})
    api = compile_one(tmp_path, document({"/a": {"post": body}}, schemas=schemas))

    assert row(api.ledger, f"{BODY}/required")[0] == level
    assert row(api.ledger, BODY)[0] == "gateway"


def test_other_media_types_pass_the_gateway_and_the_ledger_says_so(tmp_path: Path) -> None:
    body = operation(requestBody={"required": True, "content": {JSON: {"schema": {"type": "object"}}}})
    api = compile_one(tmp_path, document({"/a": {"post": body}}))

    assert "another media type passes API Gateway" in row(api.ledger, f"{BODY}/content")[1]
