"""OpenAPI schemas as JSON Schema 2020-12: what a validator needs, nothing that OpenAPI means differently.

3.0: `nullable`, boolean `exclusiveMinimum`, siblings of `$ref` (which it ignores) and `example` are translated.
`readOnly` members are not required of requests, `writeOnly` ones not of responses.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

from ..source.document import Located
from .schemas import HOLDS, LISTS_OF_SCHEMAS, MAPS_OF_SCHEMAS, ONE_SCHEMA, SchemaPool, version

Direction = Literal["request", "response"]

# What a JSON Schema 2020-12 may hold, and of which JSON type. Anything else (`xml`, `nullable`, identifiers, draft 3's boolean
# `required`) says nothing about validity here, and a validator may refuse the whole schema for it.
_NUMBER, _COUNT, _TEXT, _FLAG = (int, float), (int, float), (str,), (bool,)
_COUNTS = (
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "maxProperties",
    "minProperties",
    "maxContains",
    "minContains",
)
_KEYWORDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("multipleOf", "maximum", "minimum"), _NUMBER),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum"), (int, float, bool)),
    **dict.fromkeys(_COUNTS, _COUNT),
    **dict.fromkeys(("pattern", "format", "contentEncoding", "contentMediaType", "title", "description"), _TEXT),
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly", "deprecated"), _FLAG),
    **dict.fromkeys(("required", "enum", "examples"), (list,)),
    **dict.fromkeys(LISTS_OF_SCHEMAS, (list,)),
    **dict.fromkeys(ONE_SCHEMA, (dict, bool)),
    **dict.fromkeys((*MAPS_OF_SCHEMAS, "dependentRequired"), (dict,)),
    **dict.fromkeys(("const", "default"), (object,)),
    "type": (str, list),
    "$ref": _TEXT,
}
# References are rewritten, so nothing leads to a schema's own definitions; what is left of `items` as a list is draft 7's.
_LEFT_OUT = {"$defs", "definitions", "additionalItems"}
_TYPES = frozenset({"string", "number", "integer", "boolean", "null", "array", "object", "file"})

# OpenAPI Format Registry: ranges that no number in the format leaves. Other formats are the validator's.
RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

# Formats that the aggregator and the mock server hold texts to. Every other one is an annotation (JSON Schema 2020-12, 7.2).
FORMATS = frozenset({
    "date", "date-time", "time", "duration", "uuid", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "byte",
})  # fmt: skip

_HIDDEN = {"request": "readOnly", "response": "writeOnly"}


def for_requests(schema: Located, pool: SchemaPool) -> Any:
    """The schema as requests must keep it."""
    return convert(schema, pool, "request")


def for_responses(schema: Located, pool: SchemaPool) -> Any:
    """The schema as responses must keep it."""
    return convert(schema, pool, "response")


def convert(schema: Located, pool: SchemaPool, direction: Direction) -> Any:
    """One schema as JSON Schema 2020-12."""
    value = schema.value
    if isinstance(value, bool):
        return value
    if not isinstance(value, dict):
        return {}
    is_30 = version(schema) < (3, 1)
    if isinstance(value.get("$ref"), str):
        return _reference(schema, pool, direction, ignore_siblings=is_30)
    converted = _members(schema, pool, direction)
    if is_30:
        translate_30(value, converted)
    _settle(converted)
    _hold_ranges(converted)
    _point_out(schema, pool, converted)
    _forgive_hidden(schema, converted, direction)
    return converted


def _reference(schema: Located, pool: SchemaPool, direction: Direction, *, ignore_siblings: bool) -> Any:
    target = schema.document.documents.target(schema)
    referred = pool.reference(target) if isinstance(target, Located) else {}
    siblings = _members(schema, pool, direction)
    siblings.pop("$ref", None)
    return referred if ignore_siblings or not siblings else {**siblings, **referred}


def _members(schema: Located, pool: SchemaPool, direction: Direction) -> dict[str, Any]:
    converted: dict[str, Any] = {}
    for key, member in schema.value.items():
        if not is_understood(key, member):
            continue
        kind = HOLDS.get(key)
        if kind is None:
            converted[key] = member
        elif kind == "one":
            converted[key] = convert(schema.child(key), pool, direction)
        elif kind == "list":
            converted[key] = [convert(item, pool, direction) for item in schema.child(key).values()]
        else:
            items = schema.child(key).items()
            kept = [(name, item) for name, item in items if key != "patternProperties" or is_readable(name)]
            converted[key] = {name: convert(item, pool, direction) for name, item in kept}
    if "example" in schema.value and "examples" not in converted:
        converted["examples"] = [schema.value["example"]]
    return converted


def is_understood(key: str, member: Any) -> bool:
    """Whether a keyword is one, with a value that it may have."""
    if key in _LEFT_OUT or not _is_a(member, _KEYWORDS.get(key, ())):
        return False
    if key in LISTS_OF_SCHEMAS or key == "enum":
        return bool(member)
    if key == "type":
        named = [member] if isinstance(member, str) else member
        return bool(named) and all(isinstance(each, str) and each in _TYPES for each in named)
    if key == "multipleOf":
        return bool(member > 0)
    if key == "pattern":
        return is_readable(member)
    return key not in _COUNTS or (member >= 0 and float(member).is_integer())


def _is_a(member: Any, kinds: tuple[type, ...]) -> bool:
    """`isinstance`, but JSON's true is no number."""
    if isinstance(member, bool):
        return bool in kinds or object in kinds
    return isinstance(member, kinds)


@lru_cache(maxsize=4_096)
def is_readable(pattern: str) -> bool:
    """Whether a pattern is a regular expression of ECMA 262, as the validator's engine reads it; what is none binds nobody."""
    import jsonschema_rs  # noqa: PLC0415  30 ms of import, and half of all documents have no pattern

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def is_binding(schema: dict[str, Any]) -> bool:
    """Whether a schema's `format` forbids anything: one of texts where a text may stand, or a range of numbers."""
    named, types = str(schema.get("format")), schema.get("type")
    kinds = [types] if isinstance(types, str) else types if isinstance(types, list) else ["string", "number"]
    return (named in FORMATS and "string" in kinds) or (named in RANGES and ("integer" in kinds or "number" in kinds))


def _settle(converted: dict[str, Any]) -> None:
    """What of 3.0 stands in a 3.1 schema by mistake goes, and so do repetitions, for which a validator refuses the schema."""
    for key in ("exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(converted.get(key), bool):
            del converted[key]
    if converted.get("type") == "file":
        del converted["type"]
    if isinstance(converted.get("type"), list):
        converted["type"] = list(dict.fromkeys(converted["type"]))
    dependent = converted.get("dependentRequired")
    if dependent is not None:
        told = {
            name: list(dict.fromkeys(map(str, names))) for name, names in dependent.items() if isinstance(names, list)
        }
        converted["dependentRequired"] = told


def _hold_ranges(converted: dict[str, Any]) -> None:
    """`format: int32` and `int64` as bounds; they bind numbers only, as `minimum` does."""
    bounds = RANGES.get(converted.get("format", ""))
    if bounds is None:
        return
    for key, bound, stricter in (("minimum", bounds[0], max), ("maximum", bounds[1], min)):
        told = converted.get(key)
        converted[key] = bound if told is None else stricter(told, bound)


def _point_out(schema: Located, pool: SchemaPool, converted: dict[str, Any]) -> None:
    """The discriminator with every tag's branch, so that a refusal can speak of the branch that was meant. It decides nothing."""
    told = schema.value.get("discriminator")
    name = told.get("propertyName") if isinstance(told, dict) else None
    branches = [item for key in ("oneOf", "anyOf") if key in converted for _, item in schema.child(key).items()]
    mapping: dict[str, str] = {}
    for branch in branches if isinstance(name, str) else ():
        ref = branch.value.get("$ref") if isinstance(branch.value, dict) else None
        target = schema.document.documents.target(branch) if isinstance(ref, str) else None
        if isinstance(ref, str) and isinstance(target, Located):
            tags = [tag for tag, wanted in _mapping(told).items() if wanted in (ref, ref.rpartition("/")[2])]
            mapping.update(dict.fromkeys(tags or [ref.rpartition("/")[2]], pool.reference(target)["$ref"]))
    if mapping:
        converted["discriminator"] = {"propertyName": name, "mapping": mapping}


def _mapping(discriminator: Any) -> dict[str, Any]:
    told = discriminator.get("mapping")
    return told if isinstance(told, dict) else {}


def translate_30(value: dict[str, Any], converted: dict[str, Any]) -> None:
    """Changes `converted` so that it means in 3.1 what `value` means in 3.0."""
    if value.get("nullable") is True and isinstance(value.get("type"), str):
        converted["type"] = [value["type"], "null"]
    if value.get("type") == "file":
        converted["type"] = "string"
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if not isinstance(converted.get(exclusive), bool):
            continue
        is_exclusive = converted.pop(exclusive)
        if is_exclusive and bound in converted:
            converted[exclusive] = converted.pop(bound)


def _forgive_hidden(schema: Located, converted: dict[str, Any], direction: Direction) -> None:
    required = converted.get("required")
    if not isinstance(required, list):
        converted.pop("required", None)
        return
    names = dict.fromkeys(name for name in required if isinstance(name, str))
    gone = hidden(schema, names, direction)
    kept = [name for name in names if name not in gone]
    if kept:
        converted["required"] = kept
    else:
        converted.pop("required")


def is_hidden(schema: Located, name: str, direction: Direction) -> bool:
    """Whether a property is readOnly (in a request) or writeOnly (in a response), here or in a branch of allOf."""
    return bool(hidden(schema, {name}, direction))


def hidden(schema: Located, names: Iterable[str], direction: Direction) -> set[str]:
    """Those of the names that are hidden from that direction."""
    flag = _HIDDEN[direction]
    asked, found = set(names), set()
    holders = [schema]
    branches = schema.value.get("allOf")
    if isinstance(branches, list):
        holders += [branch for _, item in schema.child("allOf").items() if (branch := item.follow()) is not None]
    for holder in holders:
        properties = holder.at("properties") if asked else None
        if properties is None or not isinstance(properties.value, dict):
            continue
        for name in asked & properties.value.keys():
            member = properties.child(name)
            if any(isinstance(at.value, dict) and at.value.get(flag) is True for at in (member, member.follow()) if at):
                found.add(name)
    return found
