"""Parameters, request bodies and headers of OpenAPI 2.0 as 3.0 has them.

2.0 writes a parameter's type into the parameter itself; 3.0 has a schema for it. Its `body` and `formData` parameters are the
request body of 3.0. `collectionFormat` becomes `style` and `explode` where 3.0 has a word for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..pointers import MISSING
from .parts import Notes, Part
from .schemas import schema

# Members of a parameter that describe it rather than its value.
_OWN = ("name", "in", "description", "required", "allowEmptyValue", "collectionFormat", "schema")

# A tuple, since documents write anything there, lists too.
BODIES = ("body", "formData")

_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

# (location, collectionFormat) -> (style, explode) (OpenAPI 3.0.3, Style Values). Absent: 3.0 has no way to say it.
_STYLES = {
    ("query", "csv"): ("form", False),
    ("query", "multi"): ("form", True),
    ("query", "ssv"): ("spaceDelimited", False),
    ("query", "pipes"): ("pipeDelimited", False),
    ("formData", "csv"): ("form", False),
    ("formData", "multi"): ("form", True),
    ("formData", "ssv"): ("spaceDelimited", False),
    ("formData", "pipes"): ("pipeDelimited", False),
    ("path", "csv"): ("simple", False),
    ("header", "csv"): ("simple", False),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a `parameters` list: `at` where it is listed, `target` the parameter itself."""

    at: Part
    target: Part

    @property
    def location(self) -> Any:
        return self.target.value.get("in") if isinstance(self.target.value, dict) else None

    @property
    def name(self) -> Any:
        return self.target.value.get("name") if isinstance(self.target.value, dict) else None

    @property
    def is_body(self) -> bool:
        return self.location in BODIES


def entries(listed: Part | None, notes: Notes) -> list[Entry]:
    """The parameters of a list, references followed."""
    found = []
    for at in listed.items() if listed is not None else ():
        ref = at.reference
        value = notes.lookup(ref) if ref is not None else MISSING
        if value is MISSING:
            found.append(Entry(at, at))
        elif ref is not None and ref.startswith("#"):
            found.append(Entry(at, Part(ref[1:], value)))
        else:
            found.append(Entry(at, Part(at.pointer, value, is_foreign=True)))
    return found


def parameter(at: Part, notes: Notes) -> Any:
    """A parameter that is no part of the body; others stay as they are for the checks to find."""
    if at.reference is not None:
        return notes.reference(at, "parameter")
    if not isinstance(at.value, dict) or at.value.get("in") in BODIES:
        return at.value
    made: dict[str, Any] = notes.made({}, at)
    kept = ("name", "in", "description", "required", "deprecated", *(("allowEmptyValue",) if _is_query(at) else ()))
    made.update({key: value for key, value in at.value.items() if key in kept or key.startswith("x-")})
    return _with_schema(at, made, at.value.get("in"), notes)


def _is_query(at: Part) -> bool:
    return bool(at.value.get("in") == "query")


def header(at: Part, notes: Notes) -> Any:
    """A response header."""
    if not isinstance(at.value, dict):
        return at.value
    made: dict[str, Any] = notes.made({}, at)
    made.update({k: m.value for k, m in at.members() if k == "description" or k.startswith("x-")})
    return _with_schema(at, made, "header", notes)


def body(found: list[Entry], consumes: tuple[str, ...], notes: Notes) -> dict[str, Any] | None:
    """The request body that these body and form parameters describe; None when there is none."""
    whole = next((entry for entry in reversed(found) if entry.location == "body"), None)
    if whole is not None:
        return _whole_body(whole, consumes, notes)
    fields = {entry.name: entry for entry in found if isinstance(entry.name, str)}
    return _form(list(fields.values()), consumes, notes) if fields else None


def shared_body(at: Part, consumes: tuple[str, ...], notes: Notes) -> dict[str, Any]:
    """A body parameter under `parameters`, for all who refer to it."""
    return _whole_body(Entry(at, at), consumes, notes)


def _whole_body(entry: Entry, consumes: tuple[str, ...], notes: Notes) -> dict[str, Any]:
    at = entry.at if entry.target.is_foreign else entry.target
    made: dict[str, Any] = notes.made({}, at)
    for key, member in entry.target.members():
        if key in {"description", "required"} or key.startswith("x-"):
            made[key] = member.value
        elif key == "name":
            made["x-body-name"] = member.value
            notes.made(made, at, **{"x-body-name": "name"})
    content = notes.made({}, at)
    for media_type in consumes or ("application/json",):
        content[media_type] = notes.made(_schema_of(entry, notes), at)
    made["content"] = content
    return made


def _schema_of(entry: Entry, notes: Notes) -> dict[str, Any]:
    if not isinstance(entry.target.value, dict) or "schema" not in entry.target.value:
        return {}
    if entry.at is entry.target:
        return {"schema": schema(entry.target.child("schema"), notes)}
    ref = {"$ref": f"{entry.at.reference}/schema"}
    return {"schema": notes.reference(Part(entry.at.pointer, ref, is_foreign=True), "schema")}


def _form(fields: list[Entry], consumes: tuple[str, ...], notes: Notes) -> dict[str, Any]:
    first = fields[0].at
    has_file = any(entry.target.value.get("type") == "file" for entry in fields)
    properties: dict[str, Any] = {}
    encoding: dict[str, Any] = {}
    for entry in fields:
        properties[entry.name] = _property(entry.target, notes)
        if entry.target.value.get("type") == "array":
            style = _style(entry.target, "formData", notes)
            encoding |= {entry.name: style} if style else {}
    made: dict[str, Any] = notes.made({"type": "object", "properties": notes.made(properties, first)}, first)
    required = [entry.name for entry in fields if entry.target.value.get("required") is True]
    made.update({"required": notes.made(required, first)} if required else {})
    content = {
        media_type: notes.made({"schema": made} | ({"encoding": encoding} if encoding else {}), first)
        for media_type in _form_types(consumes, has_file=has_file)
    }
    return notes.made({"content": notes.made(content, first), "required": bool(required)}, first)


def _form_types(consumes: tuple[str, ...], *, has_file: bool) -> tuple[str, ...]:
    """What the operation consumes when that can hold a form, and else the one type that can."""
    if has_file:
        return (_MULTIPART,)
    return consumes if {_FORM, _MULTIPART} & set(consumes) else (_FORM,)


def _property(at: Part, notes: Notes) -> dict[str, Any]:
    value = _value_schema(at, notes)
    for key, member in at.members():
        if key == "description" or key.startswith("x-"):
            value[key] = member.value
        elif key == "allowEmptyValue":
            value["x-allowEmptyValue"] = member.value
            notes.made(value, at, **{"x-allowEmptyValue": key})
    if at.value.get("type") == "array" and _style(at, "formData", notes) is None:
        return _as_text(at, value, notes)
    return value


def _with_schema(at: Part, made: dict[str, Any], location: Any, notes: Notes) -> dict[str, Any]:
    if "type" not in at.value and isinstance(at.value.get("schema"), dict):
        made["schema"] = schema(at.child("schema"), notes)
        return made
    made["schema"] = _value_schema(at, notes)
    if at.value.get("type") != "array":
        return made
    style = _style(at, location, notes)
    if style is None:
        made["schema"] = _as_text(at, made["schema"], notes)
        return made
    made.update(style)
    return notes.made(made, at, style="collectionFormat", explode="collectionFormat")


def _value_schema(at: Part, notes: Notes) -> dict[str, Any]:
    """The schema that is written into the parameter itself."""
    own = {key: value for key, value in at.value.items() if key not in _OWN and not key.startswith("x-")}
    own |= {key: value for key, value in at.value.items() if key in {"x-nullable", "x-isnullable"}}
    made: dict[str, Any] = schema(Part(at.pointer, own, at.is_foreign), notes)
    items = own.get("items")
    if isinstance(items, dict) and isinstance(made.get("items"), dict):
        made["items"].pop("collectionFormat", None)
        if items.get("type") == "array":
            notes.remark(at, "lists inside lists are not checked in a parameter", "send them in a JSON body")
            made["items"] = notes.made({"type": "string"}, at.child("items"))
    return made


def _style(at: Part, location: Any, notes: Notes) -> dict[str, Any] | None:
    """`style` and `explode`, or None with a remark when 3.0 has no such style."""
    separator = at.value.get("collectionFormat", "csv")
    found = _STYLES.get((location, separator)) if isinstance(separator, str) and isinstance(location, str) else None
    if found is None:
        message = f"collectionFormat {separator!r} in {location} has no counterpart; the value is taken as one text"
        notes.remark(at, message, "use csv, or multi, ssv or pipes in a query")
        return None
    return notes.made({"style": found[0], "explode": found[1]}, at)


def _as_text(at: Part, value: dict[str, Any], notes: Notes) -> dict[str, Any]:
    kept = {key: member for key, member in value.items() if key == "description" or key.startswith("x-")}
    return notes.made({"type": "string", **kept}, at)
