"""Combinations of schemas as one plain schema each: `allOf` merged, one branch of `anyOf` and `oneOf` chosen.

    Merger(book).readings({"allOf": [{"$ref": "#/$defs/A"}, {"oneOf": [B, C]}]}) -> A with B, then A with C

A reading may be stricter or looser than the schema; it is a plan for making a value, which is then checked.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from .schemas import Schema, SchemaBook

_MAX_DEPTH = 12
_LOWER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_HIGHER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_COMBINATIONS = ("allOf", "anyOf", "oneOf")


class Merger:
    """Reads the schemas of one book."""

    def __init__(self, book: SchemaBook) -> None:
        self._book = book

    def readings(self, schema: Schema, depth: int = 0) -> Iterator[dict[str, Any]]:
        """Plain schemas, none with a reference or a combination at its top; the first branches first."""
        schema = self._book.follow(schema)
        if isinstance(schema, bool) or depth > _MAX_DEPTH:
            if schema is not False:
                yield {}
            return
        own = {name: value for name, value in schema.items() if name not in _COMBINATIONS}
        choices = [list(self._listed(branch, depth)) for branch in schema.get("allOf", ())]
        for name in ("anyOf", "oneOf"):
            branches = schema.get(name)
            if branches:
                choices.append(
                    [reading for branch in _useful_first(branches) for reading in self._listed(branch, depth)]
                )
        for chosen in product(*choices):
            merged = own
            for part in reversed(chosen):
                merged = merge(part, merged)
            yield from _by_type(merged)

    def _listed(self, branch: Schema, depth: int) -> Iterator[dict[str, Any]]:
        for _, reading in zip(range(4), self.readings(branch, depth + 1), strict=False):
            yield reading


def _by_type(merged: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One reading per type where a schema lists several, `null` last: an answer that shows something is worth more."""
    named = merged.get("type")
    if not isinstance(named, list):
        yield merged
        return
    for kind in sorted(named, key=lambda kind: kind == "null"):
        yield {**merged, "type": kind}


def _useful_first(branches: list[Any]) -> list[Any]:
    return sorted(branches, key=lambda branch: isinstance(branch, Mapping) and branch.get("type") == "null")


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both at once; where they cannot be joined, `other` wins."""
    merged = {**one, **other}
    for name in one.keys() & other.keys():
        merged[name] = _joined(name, one[name], other[name])
    return merged


def _joined(name: str, one: Any, other: Any) -> Any:
    if name in {"properties", "patternProperties"}:
        return {**one, **other, **{key: _both(one[key], other[key]) for key in one.keys() & other.keys()}}
    if name == "required":
        return list(dict.fromkeys([*one, *other]))
    if name == "type":
        return _common_types(one, other)
    if name == "enum":
        return [value for value in other if value in one] or other
    if name in _LOWER:
        return min(one, other)
    if name in _HIGHER:
        return max(one, other)
    if name in {"items", "additionalProperties"}:
        return _both(one, other)
    return other


def _both(one: Schema, other: Schema) -> Schema:
    if one == other or other is True:
        return one
    return other if one is True else {"allOf": [one, other]}


def _common_types(one: Any, other: Any) -> Any:
    ones, others = ([value] if isinstance(value, str) else list(value) for value in (one, other))
    common = [kind for kind in others if kind in ones or (kind == "integer" and "number" in ones)]
    common += [kind for kind in ones if kind == "integer" and "number" in others and kind not in common]
    return common or other
