"""Schemas of OpenAPI 2.0 as 3.0 has them.

Nearly all keywords are the same. Different: `discriminator` is an object, `x-nullable` becomes `nullable`, and what 2.0 does not
allow but documents have all the same: `type` lists, `type: null`, lists under `items`.
"""

from __future__ import annotations

from typing import Any

from .parts import Notes, Part

_ONE = ("items", "not", "additionalProperties", "additionalItems")
_LISTS = ("allOf", "oneOf", "anyOf")
_MAPS = ("properties", "patternProperties", "definitions")
_NULLABLE = ("x-nullable", "x-isnullable", "nullable")


def schemas(at: Part, notes: Notes) -> Any:
    """A map of named schemas, such as `definitions`."""
    if at.reference is not None:
        return notes.reference(at, "schemas")
    if not isinstance(at.value, dict):
        return at.value
    return notes.made({name: schema(member, notes) for name, member in at.members()}, at)


def schema(at: Part, notes: Notes) -> Any:
    """One schema; anything that is none stays as it is for the checks to find."""
    if not isinstance(at.value, dict):
        return at.value
    if at.reference is not None:
        return _nullable_reference(at, notes) if is_nullable(at.value) else notes.reference(at, "schema")
    made: dict[str, Any] = notes.made({}, at)
    for key, member in at.members():
        if key in _NULLABLE:
            made["nullable"] = member.value
            notes.made(made, at, nullable=key)
        elif key != "type":
            made[key] = _member(key, member, notes)
    if "type" in at.value:
        _type(at, made, notes)
    return made


def _member(key: str, at: Part, notes: Notes) -> Any:
    if key in _ONE:
        return _items(at, notes) if isinstance(at.value, list) else schema(at, notes)
    if key in _LISTS and isinstance(at.value, list):
        return notes.made([schema(item, notes) for item in at.items()], at)
    if key in _MAPS and isinstance(at.value, dict):
        return notes.made({name: schema(item, notes) for name, item in at.members()}, at)
    if key == "discriminator" and isinstance(at.value, str):
        return notes.made({"propertyName": at.value}, at)
    return at.value


def is_nullable(value: dict[str, Any]) -> bool:
    """Whether a schema says by one of the usual extensions that null is allowed."""
    return any(value.get(key) is True for key in _NULLABLE)


def _nullable_reference(at: Part, notes: Notes) -> Any:
    """Generators of 2.0 mean `x-nullable` beside a `$ref`, though siblings of `$ref` say nothing."""
    return notes.made({"anyOf": notes.made([notes.reference(at, "schema"), _nothing(at, notes)], at)}, at)


def _nothing(at: Part, notes: Notes) -> dict[str, Any]:
    return notes.made({"enum": [None], "nullable": True}, at)


def _items(at: Part, notes: Notes) -> Any:
    """A list under `items` describes by position, which 3.0 cannot say; the last branch keeps it from refusing anything."""
    notes.remark(at, "a list of schemas under `items` is not checked", "give one schema")
    return notes.made({"anyOf": notes.made([*(schema(item, notes) for item in at.items()), {}], at)}, at)


def _type(at: Part, made: dict[str, Any], notes: Notes) -> None:
    declared = at.value["type"]
    if declared == "file":
        made.update(type="string", format="binary")
        return
    if isinstance(declared, str) and declared != "null":
        made["type"] = declared
        return
    listed = [declared] if isinstance(declared, str) else declared
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        made["type"] = declared
        return
    kinds = [name for name in dict.fromkeys(listed) if name != "null"]
    if len(kinds) == 1:
        made["type"] = kinds[0]
        made.update({"nullable": True} if "null" in listed else {})
        notes.made(made, at, nullable="type")
    elif kinds:
        _several(at, made, kinds, has_null="null" in listed, notes=notes)
    elif listed:
        made.setdefault("enum", [None])
        made["nullable"] = True
        notes.made(made, at, enum="enum" if "enum" in at.value else "type", nullable="type")


def _several(at: Part, made: dict[str, Any], kinds: list[str], *, has_null: bool, notes: Notes) -> None:
    """3.0 has one type per schema: a branch for each."""
    place = at.child("type")
    branches: list[dict[str, Any]] = [notes.made({"type": kind}, place) for kind in kinds]
    branches += [_nothing(place, notes)] if has_null else []
    if "anyOf" not in made:
        made["anyOf"] = notes.made(branches, place)
        return
    whole = notes.made({"anyOf": notes.made(branches, place)}, place)
    others = made.get("allOf")
    made["allOf"] = notes.made([*(others if isinstance(others, list) else []), whole], place)
