"""Values near a schema: some keep it, some just do not. A schema is JSON Schema 2020-12 as `reading.Reading` gives it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from random import Random
from typing import Any

from headgate.local.mock.patterns import matching
from tests.laws.formats import TEXTS

_MAX_DEPTH = 6
_ODD = (
    None, True, False, 0, 1, -1, 1.0, 0.5, 2**31, -(2**31) - 1, 2**63, 2**53 + 1, 10**30, 1e300, "", " ", "a", "0", "1.5", "true",
    "null",     "é", "😀", "x" * 300, [], {}, [1], [None], {"a": 1}, "2024-02-30",
)  # fmt: skip


class Maker:
    """Makes values for the schemas of one document."""

    def __init__(self, defs: Mapping[str, Any], random: Random) -> None:
        self._defs = defs
        self._random = random

    def near(self, schema: Any) -> Any:
        """A value for a schema, in two of three cases with one or more places changed."""
        value = self.value(schema, 0)
        for _ in range(self._random.choice((0, 0, 1, 1, 2, 4))):
            value = self.changed(value)
        return value

    def value(self, schema: Any, depth: int) -> Any:
        schema = self._flat(schema)
        if isinstance(schema, bool):
            return self._random.choice(_ODD)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return copy.deepcopy(self._random.choice(schema["enum"]))
        return self._of_type(self._type(schema), schema, depth)

    def _type(self, schema: Mapping[str, Any]) -> str:
        named = schema.get("type")
        if isinstance(named, list):
            return str(self._random.choice(named))
        if isinstance(named, str):
            return named
        if "properties" in schema or "required" in schema or "additionalProperties" in schema:
            return "object"
        return "array" if "items" in schema else self._random.choice(("string", "integer", "object", "boolean", "null"))

    def _of_type(self, name: str, schema: Mapping[str, Any], depth: int) -> Any:
        if name == "object":
            return self._object(schema, depth)
        if name == "array":
            return self._array(schema, depth)
        if name == "string":
            return self._text(schema)
        if name in ("integer", "number"):
            return self._number(schema, name)
        return self._random.choice((True, False)) if name == "boolean" else None

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required, known = schema.get("required", ()), schema.get("properties", {})
        chance = 0.5 if depth < 2 else 0.15 if depth < _MAX_DEPTH else 0.0
        names = [*required, *(name for name in known if name not in required and self._random.random() < chance)]
        made = {name: self.value(known.get(name, True), depth + 1) for name in names[:40]}
        extra = schema.get("additionalProperties", True)
        if extra is not False and self._random.random() < 0.3 and depth < _MAX_DEPTH:
            made["x-more"] = self.value(extra, depth + 1)
        return made

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        low = int(schema.get("minItems", 0))
        wanted = low if depth > _MAX_DEPTH else self._random.choice((low, low + 1, low + 2))
        made = [self.value(each, depth + 1) for each in schema.get("prefixItems", ())]
        return made + [self.value(schema.get("items", True), depth + 1) for _ in range(min(wanted, 20) - len(made))]

    def _text(self, schema: Mapping[str, Any]) -> str:
        low, high = int(schema.get("minLength", 0)), int(schema.get("maxLength", 400))
        texts = TEXTS.get(schema.get("format", ""))
        if texts and self._random.random() < 0.9:
            return texts[0] if self._random.random() < 0.5 else self._random.choice(texts)
        if "pattern" in schema:
            try:
                return matching(schema["pattern"], shortest=low)
            except (ValueError, RecursionError, OverflowError):
                return "a"
        length = self._random.choice((low, low + 1, high, high + 1, 3))
        return "".join(self._random.choice("ab1 é😀") for _ in range(min(length, 600)))

    def _number(self, schema: Mapping[str, Any], name: str) -> int | float:
        bounds = [schema.get(key) for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")]
        near = [bound + step for bound in bounds if isinstance(bound, int | float) for step in (-1, 0, 1)]
        made = self._random.choice([*near, 0, 1, 2, 7, 100, *([0.5, 2.25, 3.0] if name == "number" else [])])
        factor = schema.get("multipleOf")
        return made if not isinstance(factor, int) or isinstance(factor, bool) else int(made) // factor * factor

    def _flat(self, schema: Any) -> Any:
        """References followed, one branch chosen, allOf laid over each other: roughly, which is enough."""
        for _ in range(12):
            if isinstance(schema, bool):
                return schema
            if "$ref" in schema:
                schema = self._defs[schema["$ref"].removeprefix("#/$defs/")]
                continue
            branches = [*schema.get("allOf", ())]
            branches += [self._random.choice(schema[key]) for key in ("oneOf", "anyOf") if schema.get(key)]
            if not branches:
                return schema
            schema = self._laid({k: v for k, v in schema.items() if k not in ("allOf", "oneOf", "anyOf")}, branches)
        return True

    def _laid(self, base: dict[str, Any], branches: list[Any]) -> Any:
        merged = dict(base)
        for branch in map(self._flat, branches):
            if isinstance(branch, bool):
                continue
            for key, each in branch.items():
                if key == "properties":
                    merged[key] = {**merged.get(key, {}), **each}
                elif key == "required":
                    merged[key] = [*dict.fromkeys([*merged.get(key, ()), *each])]
                else:
                    merged[key] = each
        return merged

    def changed(self, value: Any) -> Any:
        """The value with one place changed: dropped, added, or replaced."""
        if isinstance(value, dict) and value and self._random.random() < 0.8:
            name = self._random.choice([*value])
            if self._random.random() < 0.25:
                return {key: each for key, each in value.items() if key != name}
            if self._random.random() < 0.15:
                return {**value, "unheardOf": self._random.choice(_ODD)}
            return {**value, name: self.changed(value[name])}
        if isinstance(value, list) and value and self._random.random() < 0.8:
            place = self._random.randrange(len(value))
            if self._random.random() < 0.3:
                return [*value, value[place]]
            return [*value[:place], self.changed(value[place]), *value[place + 1 :]]
        return copy.deepcopy(self._random.choice(_ODD))
