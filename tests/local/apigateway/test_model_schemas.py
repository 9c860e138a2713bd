"""FACTS 9.20: models are schemas of draft 4."""

from typing import Any

import pytest
from jsonschema import Draft4Validator

from headgate.local.apigateway.openapi.draft4 import broken

GOOD: list[Any] = [
    {},
    {"type": ["object", "null"], "required": ["a"], "properties": {"a": {"enum": [1, True, "1", 0, False]}}},
    {"items": [{"type": "string"}], "additionalItems": False, "minItems": 0, "uniqueItems": True},
    {"minimum": 1.5, "exclusiveMinimum": True, "multipleOf": 0.1, "nullable": True, "const": 5, "format": "x"},
    {"dependencies": {"a": ["b"], "c": {"type": "object"}}, "not": {}, "allOf": [{}], "additionalProperties": {}},
    {"properties": {"type": {"type": "string"}, "required": {"enum": ["a"]}}, "definitions": {"a": {"title": "t"}}},
]
WRONG: list[Any] = [
    {"required": []},
    {"required": True},
    {"required": ["a", "a"]},
    {"type": "nope"},
    {"type": []},
    {"enum": []},
    {"enum": ["A", "A"]},
    {"maxLength": "35"},
    {"minLength": -1},
    {"maxItems": True},
    {"minimum": "1"},
    {"multipleOf": 0},
    {"exclusiveMinimum": 3, "minimum": 1},
    {"exclusiveMaximum": True},
    {"properties": []},
    {"properties": {"a": True}},
    {"items": []},
    {"items": {"type": "x"}},
    {"anyOf": []},
    {"anyOf": [{}, {"type": 1}]},
    {"dependencies": {"a": []}},
    {"dependencies": {"a": {"required": []}}},
    {"additionalProperties": "no"},
    {"title": 5},
    {"not": {"enum": []}},
]


@pytest.mark.parametrize("schema", GOOD)
def test_schemas_of_draft_4(schema: Any) -> None:
    assert broken(schema) == 0
    assert Draft4Validator(Draft4Validator.META_SCHEMA).is_valid(schema)


@pytest.mark.parametrize("schema", WRONG)
def test_mistakes(schema: Any) -> None:
    assert broken(schema) == 1
    assert not Draft4Validator(Draft4Validator.META_SCHEMA).is_valid(schema)


def test_each_mistake_counts_and_nothing_beside_a_reference() -> None:
    assert broken({"properties": {"a": {"minLength": "1", "maxLength": "35"}, "b": {"type": "string"}}}) == 2
    assert broken({"$ref": "#/definitions/x", "required": True}) == 0


def test_a_model_of_no_draft_4_is_refused(gateway: Any, imported: Any, refused: Any) -> None:
    message = "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]"
    schemas = {"schemas": {"Bad": {"type": "object", "required": []}}}
    document = {"openapi": "3.0.1", "info": {"title": "t"}, "paths": {}, "components": schemas}
    api = gateway.create_rest_api(name="a")["id"]

    def create() -> Any:
        return gateway.create_model(restApiId=api, name="M", contentType="application/json", schema='{"type":"nope"}')

    assert refused(create)[2] == message
    assert refused(lambda: imported(document))[2].endswith(f"Unable to create model for 'Bad': {message}")
