"""What a schema says about a value: its JSON types, whether it may be absent, and what is inside it.

    inside(shape_of(user_schema), ("address", "city"))  ->  Shape({"string"}, ..., is_optional=True)

Where schemas are silent nothing is known and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..source.document import Located
from .listing import items_of

MAX_NESTING = 32  # of allOf, anyOf and oneOf: a schema that refers to itself must end


@dataclass(frozen=True, slots=True)
class Shape:
    """`types` are JSON Schema's type names, empty when unknown. Several `schemas` are alternatives."""

    types: frozenset[str] = frozenset()
    schemas: tuple[Located, ...] = ()
    is_optional: bool = False


UNKNOWN = Shape()


class NothingThereError(Exception):
    """A schema says that a pointer leads nowhere; the text says why."""


def shape_of(schema: Located | None) -> Shape:
    """The shape of the values of a schema."""
    if schema is None:
        return UNKNOWN
    branches = tuple(_branches(schema, MAX_NESTING))
    return Shape(_types(branches), branches)


def shape_of_value(value: Any) -> Shape:
    """The shape of a constant."""
    return Shape(frozenset({json_type(value)}))


def inside(shape: Shape, pointer: Iterable[str]) -> Shape:
    """The shape at a JSON pointer; `NothingThereError` where the schema rules it out."""
    for token in pointer:
        shape = _member(shape, token)
    return shape


def fits(value: Shape, wanted: frozenset[str], *, is_text: bool = False) -> bool:
    """Whether a value can be what is wanted; as text (in a URL or header) a string takes any scalar."""
    if not value.types or not wanted:
        return True
    accepted = set(wanted)
    if "number" in accepted:
        accepted.add("integer")
    if is_text and "string" in accepted:
        accepted |= {"integer", "number", "boolean"}
    return bool(value.types & accepted)


def json_type(value: Any) -> str:
    """The JSON Schema name of a value's type."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array"}
    return names.get(type(value), "null")


def _branches(schema: Located, left: int) -> Iterable[Located]:
    """The alternatives a schema allows. `allOf` is looked through for members, not multiplied out."""
    at = schema.follow()
    if at is None or not isinstance(at.value, dict) or left == 0:
        return
    for keyword in ("oneOf", "anyOf"):
        options = at.at(keyword)
        if options is not None and isinstance(options.value, list):
            for option in items_of(options):
                yield from _branches(option, left - 1)
            return
    yield at


def _types(branches: tuple[Located, ...]) -> frozenset[str]:
    found = [_own_types(branch, MAX_NESTING) for branch in branches]
    return frozenset().union(*found) if found and all(found) else frozenset()


def _own_types(at: Located, left: int) -> frozenset[str]:
    value = at.value
    types: set[str] = set()
    if isinstance(value.get("type"), str):
        types = {value["type"]}
    elif isinstance(value.get("type"), list):
        types = set(value["type"])
    elif isinstance(value.get("enum"), list):
        types = {json_type(each) for each in value["enum"]}
    elif "const" in value:
        types = {json_type(value["const"])}
    elif "properties" in value:
        types = {"object"}
    for part in _all_of(at) if not types and left else ():
        types |= _own_types(part, left - 1)
    if types and value.get("nullable") is True:
        types.add("null")
    return frozenset(types)


def _all_of(at: Located) -> Iterable[Located]:
    for part in items_of(at.at("allOf")):
        followed = part.follow()
        if followed is not None and isinstance(followed.value, dict):
            yield followed


def _member(shape: Shape, token: str) -> Shape:
    if shape.types and not shape.types & {"object", "array"}:
        raise NothingThereError(f"the value is {_or(shape.types)} and has no member {token!r}")
    known = [branch for branch in shape.schemas if _own_types(branch, MAX_NESTING) != frozenset({"null"})]
    if not known:
        return UNKNOWN
    found = [_member_of(branch, token) for branch in known]
    there = [each for each in found if each is not None]
    if not there:
        raise NothingThereError(f"the schema has no member {token!r}")
    types = frozenset().union(*(each.types for each in there)) if all(each.types for each in there) else frozenset()
    is_optional = shape.is_optional or len(there) < len(found) or any(each.is_optional for each in there)
    return Shape(types, tuple(schema for each in there for schema in each.schemas), is_optional)


def _member_of(at: Located, token: str) -> Shape | None:
    """The member of one alternative; None when it cannot be there."""
    types = _own_types(at, MAX_NESTING)
    if "array" in types and (token.isdecimal() or types == frozenset({"array"})):
        return _item(at, token)
    parts = [at, *_all_of(at)]
    for part in parts:
        schema = part.at("properties", token)
        if schema is not None:
            shape = shape_of(schema)
            is_required = any(token in _required(each) for each in parts)
            return Shape(shape.types, shape.schemas, is_optional=not is_required)
    closed = any("properties" in part.value for part in parts) and not any(_is_open(part) for part in parts)
    return None if closed else Shape(is_optional=True)


def _item(at: Located, token: str) -> Shape | None:
    if not token.isdecimal():
        return None
    shape = shape_of(at.at("items"))
    return Shape(shape.types, shape.schemas, is_optional=True)


def _required(at: Located) -> list[Any]:
    required = at.value.get("required")
    return required if isinstance(required, list) else []


def _is_open(at: Located) -> bool:
    # A schema that lists its properties is taken at its word: a name that is not there is more often a slip than a secret.
    extra = at.value.get("additionalProperties")
    return extra is True or isinstance(extra, dict) or "patternProperties" in at.value


def _or(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))
