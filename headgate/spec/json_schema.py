"""OpenAPI schemas as JSON Schema 2020-12: what a validator needs, nothing that OpenAPI means differently.

3.0: `nullable`, boolean `exclusiveMinimum`, siblings of `$ref` (which it ignores) and `example` are translated.
`readOnly` members are not required of requests, `writeOnly` ones not of responses.
"""

from __future__ import annotations

from typing import Any, Literal

from .document import Located
from .schemas import LISTS_OF_SCHEMAS, MAPS_OF_SCHEMAS, ONE_SCHEMA, SchemaPool, version

Direction = Literal["request", "response"]

# Say nothing about validity, or (discriminator) only help to find the branch that the rest decides anyway.
_LEFT_OUT = {
    "discriminator",
    "xml",
    "externalDocs",
    "example",
    "nullable",
    "$id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
    "$comment",
}

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
        if key.startswith("x-") or key in _LEFT_OUT:
            continue
        at = schema.child(key)
        if key in ONE_SCHEMA and isinstance(member, dict | bool):
            converted[key] = convert(at, pool, direction)
        elif key in LISTS_OF_SCHEMAS and isinstance(member, list):
            converted[key] = [convert(item, pool, direction) for _, item in at.items()]
        elif key in MAPS_OF_SCHEMAS and isinstance(member, dict):
            converted[key] = {name: convert(item, pool, direction) for name, item in at.items()}
        else:
            converted[key] = member
    if "example" in schema.value and "examples" not in converted:
        converted["examples"] = [schema.value["example"]]
    return converted


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
    kept = [n for n in required if isinstance(n, str) and not is_hidden(schema, n, direction)]
    if kept:
        converted["required"] = kept
    else:
        converted.pop("required")


def is_hidden(schema: Located, name: str, direction: Direction) -> bool:
    """Whether a property is readOnly (in a request) or writeOnly (in a response), here or in a branch of allOf."""
    flag = _HIDDEN[direction]
    holders = [schema]
    branches = schema.value.get("allOf")
    if isinstance(branches, list):
        holders += [branch for _, item in schema.child("allOf").items() if (branch := item.follow()) is not None]
    for holder in holders:
        properties = holder.at("properties")
        if properties is None or not isinstance(properties.value, dict) or name not in properties.value:
            continue
        member = properties.child(name)
        if any(isinstance(at.value, dict) and at.value.get(flag) is True for at in (member, member.follow()) if at):
            return True
    return False
