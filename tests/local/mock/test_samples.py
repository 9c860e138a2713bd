"""Values made from schemas keep them, always the same way."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from headgate.local.mock.formats import CHECKER, SAMPLES
from headgate.local.mock.patterns import matching
from headgate.local.mock.samples import CannotSampleError, Sampler
from headgate.local.mock.schemas import SchemaBook

DEFINITIONS = {
    "Loop": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/Loop"}}},
    "List": {"type": "object", "properties": {"next": {"$ref": "#/$defs/List"}, "value": {"type": "integer"}}},
    "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
}


def sample(schema: Any) -> Any:
    return Sampler(SchemaBook(DEFINITIONS)).sample(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 7, "multipleOf": 5},
        {"type": "integer", "exclusiveMaximum": -3},
        {"type": "number", "minimum": 0.1, "maximum": 0.2},
        {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"type": "string", "minLength": 40},
        {"type": "string", "maxLength": 2},
        {"type": "string", "maxLength": 0},
        {"type": "string", "enum": ["b", "a"]},
        {"const": {"a": [1]}},
        {"type": ["null", "string"]},
        {"type": "null"},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 4, "uniqueItems": True},
        {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 3, "uniqueItems": True},
        {"type": "array", "maxItems": 0},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        {"type": "array", "contains": {"const": 5}},
        {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
        {"type": "object", "required": ["x"], "additionalProperties": {"type": "integer"}},
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "maxProperties": 1},
        {
            "type": "object",
            "patternProperties": {"^x-[a-z]+$": {"type": "integer"}},
            "additionalProperties": False,
            "minProperties": 1,
        },
        {"type": "object", "properties": {"a": False, "b": True}},
        {
            "allOf": [
                {"$ref": "#/$defs/Base"},
                {"required": ["name"], "properties": {"name": {"type": "string", "minLength": 9}}},
            ]
        },
        {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 3}]},
        {"oneOf": [{"type": "integer"}, {"type": "number", "multipleOf": 0.5}]},
        {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Base"}]},
        {"oneOf": [{"$ref": "#/$defs/Loop"}, {"type": "string"}]},
        {"not": {"type": "string"}, "type": ["string", "integer"]},
        {
            "if": {"properties": {"a": {"const": 1}}},
            "then": {"required": ["a"]},
            "properties": {"a": {"type": "integer"}},
        },
        {"type": "string", "examples": [5, "fine"]},
        {"type": "integer", "default": "no", "minimum": 2},
        {"$ref": "#/$defs/List"},
        {"$ref": "#/$defs/Base", "description": "sibling"},
        {},
        True,
    ],
)
def test_what_is_made_keeps_its_schema(schema: Any) -> None:
    value = sample(schema)

    whole = schema if isinstance(schema, bool) else {**schema, "$defs": DEFINITIONS}
    Draft202012Validator(whole).validate(value)
    assert value == sample(schema)


@pytest.mark.parametrize(
    "schema", [False, {"$ref": "#/$defs/Loop"}, {"type": "integer", "minimum": 5, "maximum": 4}, {"enum": []}]
)
def test_what_cannot_be_made_is_said(schema: Any) -> None:
    with pytest.raises(CannotSampleError):
        sample(schema)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_the_sample_of_a_format_keeps_the_format(name: str) -> None:
    assert CHECKER.conforms(sample({"type": "string", "format": name}), name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date", "2024-02-30"), ("date", "20240201"), ("date", "\uff12024-01-01"), ("date-time", "2024-01-01"),
        ("time", "25:00:00Z"), ("date-time", "2024-01-01T00:00:00"), ("uuid", "3fa85f64"),
        ("uuid", "3fa85f6457174562b3fc2c963f66afa6"), ("email", "nobody"), ("email", "a b@c"), ("ipv4", "1.2.3"),
        ("ipv6", "1::2::3"), ("uri", "no uri"), ("uri", "/relative"), ("hostname", "-a.example"), ("byte", "***"),
        ("duration", "P"), ("duration", "1H"),
    ],
)  # fmt: skip
def test_a_text_that_breaks_its_format_is_seen(name: str, text: str) -> None:
    assert not CHECKER.conforms(text, name)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{3}-\d{4}$",
        r"^(foo|bar)+$",
        r"^[^/]+$",
        r"^\w+@\w+\.\w{2,}$",
        r"a?b*c+",
        r"^(?:x{2}|y)\s\S$",
        r"^.{5,}$",
        r"^[\d.]+$",
        r"^[^\d]$",
    ],
)
def test_a_text_is_made_for_a_pattern(pattern: str) -> None:
    assert sample({"type": "string", "pattern": pattern, "minLength": 3 if pattern.endswith("+$") else 0})


def test_a_pattern_that_python_cannot_read_binds_nobody() -> None:
    assert SchemaBook({}).is_valid({"type": "string", "pattern": r"^\p{L}+$"}, "x")


@given(lowest=st.integers(0, 6), length=st.integers(0, 30), part=st.sampled_from(["[a-z]", r"\d", "(ab|c)", "[^x]"]))
@settings(derandomize=True, deadline=None)
def test_repeats_stretch_to_the_length_that_is_asked_for(lowest: int, length: int, part: str) -> None:
    text = matching(f"^{part}{{{lowest},}}$", shortest=length)

    assert length <= len(text) <= length + 2 * max(lowest, 1)


simple = st.recursive(
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "integer", "minimum": 5},
            {"type": "boolean"},
            {"enum": [1, "a"]},
            {"type": "string", "format": "date"},
        ]
    ),
    lambda inner: st.one_of(
        st.builds(lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 2)),
        st.builds(lambda a, b: {"type": "object", "properties": {"a": a, "b": b}, "required": ["a"]}, inner, inner),
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(lambda a: {"allOf": [a, {"description": "x"}]}, inner),
    ),
    max_leaves=6,
)


@given(schema=simple)
@settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_ordinary_schemas_can_always_be_made(schema: Any) -> None:
    assume(schema)

    Draft202012Validator(schema).validate(sample(schema))
