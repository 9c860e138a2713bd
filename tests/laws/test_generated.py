"""The same laws for schemas nobody wrote: hypothesis makes OpenAPI 3.0 and 3.1 schemas, and values near them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headgate.spec import Target, compile_document
from tests.laws.gates import Asked, Gates
from tests.laws.instances import Maker
from tests.laws.reading import Reading

EXAMPLES = 60 if "HEADGATE_LAWS" not in os.environ else 1500
VALUES = 12
_BOUNDS = st.integers(-3, 5) | st.sampled_from([2**31, -0.5, 1.5])
_NAMES = st.sampled_from(["a", "b", "kind", "id"])


def _members(inner: st.SearchStrategy[Any], version: str) -> dict[str, st.SearchStrategy[Any]]:
    types = st.sampled_from(["object", "array", "string", "integer", "number", "boolean"])
    found: dict[str, st.SearchStrategy[Any]] = {
        "type": types
        if version < "3.1"
        else types | st.lists(types | st.just("null"), min_size=1, max_size=2, unique=True),
        "properties": st.dictionaries(_NAMES, inner, max_size=3),
        "required": st.lists(_NAMES, max_size=2, unique=True),
        "additionalProperties": st.booleans() | inner,
        "items": inner,
        "enum": st.lists(
            st.sampled_from([1, "a", None, True, 1.0, {"a": 1}, []]), min_size=1, max_size=3, unique_by=repr
        ),
        "minimum": _BOUNDS,
        "maximum": _BOUNDS,
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "pattern": st.sampled_from(["^a", "b$", "^[a-c]{1,2}$", "1|é"]),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
        "maxProperties": st.integers(0, 2),
        "format": st.sampled_from(["date", "uuid", "int32", "int64", "byte", "ipv4", "unheard-of"]),
        "readOnly": st.booleans(),
        "not": inner,
        **{key: st.lists(inner, min_size=1, max_size=2) for key in ("allOf", "oneOf", "anyOf")},
        "x-note": st.just("ignored"),
        "example": st.just(1),
    }
    return found | (_only_30() if version < "3.1" else _only_31(inner))


def _only_30() -> dict[str, st.SearchStrategy[Any]]:
    return {"nullable": st.booleans(), "exclusiveMinimum": st.booleans(), "exclusiveMaximum": st.booleans()}


def _only_31(inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "const": st.sampled_from([1, "a", None, 0, False]),
        "exclusiveMinimum": _BOUNDS,
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
        "contains": inner,
        "propertyNames": st.just({"maxLength": 2}),
        "dependentRequired": st.dictionaries(_NAMES, st.lists(_NAMES, max_size=2, unique=True), max_size=1),
        "unevaluatedProperties": st.just(False),
        "if": inner,
        "then": inner,
        "else": inner,
    }


def schemas(version: str) -> st.SearchStrategy[Any]:
    leaf = st.just({}) | st.sampled_from(
        [{"$ref": "#/components/schemas/Shared"}, {"type": "string"}, {"type": "integer"}]
    )

    def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        members = _members(inner, version)
        names = st.lists(st.sampled_from(sorted(members)), max_size=5, unique=True)
        return names.flatmap(lambda chosen: st.fixed_dictionaries({name: members[name] for name in chosen}))

    return st.recursive(leaf, grown, max_leaves=8)


def _document(version: str, schema: Any, shared: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    operation = {"requestBody": {"required": True, "content": content}, "responses": {"200": {"description": "OK"}}}
    return {
        "openapi": f"{version}.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://example.com"}],
        "paths": {"/a": {"post": operation}},
        "components": {"schemas": {"Shared": shared}},
    }


@st.composite
def _cases(draw: st.DrawFn) -> tuple[str, Any, Any, int]:
    version = draw(st.sampled_from(["3.0", "3.1"]))
    return version, draw(schemas(version)), draw(schemas(version)), draw(st.integers(0, 2**32))


@given(_cases())
@example(
    ("3.0", {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}}, {}, 1)
)
@example(("3.0", {"type": "integer", "nullable": True, "enum": [1]}, {}, 2))
@example(("3.1", {"$ref": "#/components/schemas/Shared", "minLength": 2}, {"type": ["string", "null"]}, 3))
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
def test_any_schema_means_the_same_after_compiling(tmp_path: Path, case: tuple[str, Any, Any, int]) -> None:
    version, schema, shared, seed = case
    document = _document(version, schema, shared)
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document))
    compiled, _ = compile_document(path, Target(environment="test", unbound="deny"))
    if compiled is None:
        return  # a circle without a type, a schema that is refused: told as a diagnostic
    gate = Gates(compiled.apis, document)
    reading = Reading(document)
    says = reading.validator(schema)
    maker = Maker(reading.defs, Random(seed))
    for _ in range(VALUES):
        try:
            value = maker.near(reading.schema(schema))
            accepted = says.is_valid(value)
        except RecursionError:
            return  # a schema that is nothing but itself means nothing
        asked = Asked(headers=[("content-type", "application/json")], body=json.dumps(value).encode())

        assert gate.body_passes("POST /a", asked) == accepted, value
        assert not accepted or gate.wire_takes_body("POST /a", asked), value
