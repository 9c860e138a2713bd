"""FACTS 8.40: what the gateway says of a body that does not fit."""

from typing import Any

import pytest
from jsonschema import Draft4Validator

from headgate.local.dataplane.schema_messages import validation_string


@pytest.mark.parametrize(
    ("schema", "body", "expected"),
    [
        ({"required": ["b", "a", "c"]}, {"c": 1}, 'object has missing required properties (["a","b"])'),
        (
            {"type": ["string", "null"]},
            1.5,
            'instance type (number) does not match any allowed primitive type (allowed: ["null","string"])',
        ),
        (
            {"type": "string"},
            True,
            'instance type (boolean) does not match any allowed primitive type (allowed: ["string"])',
        ),
        (
            {"dependencies": {"a": ["b", "c"], "d": ["c"]}},
            {"a": 1, "b": 2},
            'property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["c"])',
        ),
        ({"enum": ["a", 1]}, {"x": 1}, 'instance value ({"x":1}) not found in enum (possible values: ["a",1])'),
        ({"minimum": 5}, 4, "numeric instance is lower than the required minimum (minimum: 5, found: 4)"),
        ({"maximum": 5}, 6.5, "numeric instance is greater than the required maximum (maximum: 5, found: 6.5)"),
        (
            {"minimum": 5, "exclusiveMinimum": True},
            5,
            "numeric instance is not strictly greater than the required minimum 5",
        ),
        (
            {"maximum": 5, "exclusiveMaximum": True},
            5,
            "numeric instance is not strictly lower than the required maximum 5",
        ),
        ({"minLength": 2}, "a", 'string "a" is too short (length: 1, required minimum: 2)'),
        ({"maxLength": 1}, "ab", 'string "ab" is too long (length: 2, maximum allowed: 1)'),
        ({"pattern": "^x"}, "a", 'ECMA 262 regex "^x" does not match input string "a"'),
        ({"minItems": 1}, [], "array is too short: must have at least 1 elements but instance has 0 elements"),
        ({"maxItems": 1}, [1, 2], "array is too long: must have at most 1 elements but instance has 2 elements"),
        ({"uniqueItems": True}, [1, 1], "array must not contain duplicate elements"),
        ({"multipleOf": 2}, 3, "remainder of division is not zero (3 / 2)"),
        ({"minProperties": 1}, {}, "object has too few properties (found 0 but schema requires at least 1)"),
        (
            {"maxProperties": 1},
            {"a": 1, "b": 2},
            "object has too many properties (found 2 but schema requires at most 1)",
        ),
        ({"not": {}}, 1, "instance matched a schema which it should not have"),
        (
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
            1,
            "instance failed to match at least one required schema among 2",
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "null"}]},
            1,
            "instance failed to match exactly one schema (matched 0 out of 2)",
        ),
        (
            {"properties": {"a": {}}, "patternProperties": {"^x": {}}, "additionalProperties": False},
            {"a": 1, "xy": 2, "c": 3, "b": 4},
            'object instance has properties which are not allowed by the schema: ["b","c"]',
        ),
    ],
)
def test_every_keyword_has_its_text(schema: dict[str, Any], body: Any, expected: str) -> None:
    assert validation_string(Draft4Validator(schema).iter_errors(body)) == f"[{expected}]"


def test_several_texts_are_separated_by_commas_and_twenty_are_enough() -> None:
    schema = {"items": {"type": "string"}, "maxItems": 1}
    wrong: list[Any] = [1, None]

    assert validation_string(Draft4Validator(schema).iter_errors(wrong)).count("instance type") == 2
    many = {"items": {"enum": ["x"]}}
    assert validation_string(Draft4Validator(many).iter_errors(list(range(30)))).count("not found in enum") == 20
