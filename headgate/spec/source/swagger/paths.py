"""Path items, operations and responses of OpenAPI 2.0 as 3.0 has them."""

from __future__ import annotations

from typing import Any

from ..pointers import escape
from .parameters import Entry, body, entries, header, parameter
from .parts import Notes, Part
from .schemas import schema

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_METHODS = (*METHODS, "x-amazon-apigateway-any-method")


def paths(at: Part, notes: Notes) -> Any:
    """The `paths` object."""
    if at.reference is not None:
        return notes.reference(at, "paths")
    if not isinstance(at.value, dict):
        return at.value
    made = {path: item.value if path.startswith("x-") else path_item(item, notes) for path, item in at.members()}
    return notes.made(made, at)


def path_item(at: Part, notes: Notes) -> Any:
    """A path item; body parameters that its operations share move into each of them."""
    if not isinstance(at.value, dict):
        return at.value
    if at.reference is not None:
        return notes.reference(at, "path item")
    shared = entries(at.child("parameters") if "parameters" in at.value else None, notes)
    made: dict[str, Any] = notes.made({}, at)
    for key, member in at.members():
        if key in _METHODS and isinstance(member.value, dict):
            made[key] = operation(member, [entry for entry in shared if entry.is_body], notes)
        elif key == "parameters" and isinstance(member.value, list):
            made[key] = _listed(member, shared, notes)
        else:
            made[key] = member.value
    return made


def operation(at: Part, shared: list[Entry], notes: Notes) -> Any:
    """An operation. `shared` are body and form parameters of its path item."""
    if at.reference is not None:
        return at.value
    consumes = media_types(at, "consumes", notes.defaults.consumes)
    produces = media_types(at, "produces", notes.defaults.produces)
    own = entries(at.child("parameters") if "parameters" in at.value else None, notes)
    made: dict[str, Any] = notes.made({}, at)
    for key, member in at.members():
        if key == "parameters" and isinstance(member.value, list):
            made[key] = _listed(member, own, notes)
        elif key == "responses":
            made[key] = responses(member, produces, notes)
        elif key == "schemes" and isinstance(member.value, list):
            made["servers"] = servers(member, notes)
        elif key not in {"consumes", "produces"}:
            made[key] = member.value
    found = body([*shared, *(entry for entry in own if entry.is_body)], consumes, notes)
    if found is not None:
        made["requestBody"] = found
    return made


def _listed(at: Part, found: list[Entry], notes: Notes) -> list[Any]:
    return notes.made([parameter(entry.at, notes) for entry in found if not entry.is_body], at)


def media_types(at: Part, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """`consumes` or `produces`: the nearest list wins, an empty one too."""
    listed = at.value.get(key)
    if not isinstance(listed, list):
        return default
    return tuple(dict.fromkeys(item for item in listed if isinstance(item, str)))


def servers(schemes: Part, notes: Notes) -> Any:
    """`servers` for a list of schemes; https first, since only the first is called."""
    words = [word for word in schemes.value if isinstance(word, str)] if isinstance(schemes.value, list) else []
    words = sorted(dict.fromkeys(words), key=lambda word: {"https": 0, "http": 1}.get(word, 2))
    prefixes = [f"{word}://{notes.defaults.host}" for word in words or ["https"]] if notes.defaults.host else [""]
    listed = [notes.made({"url": (prefix + notes.defaults.base_path) or "/"}, schemes) for prefix in prefixes]
    return notes.made(listed, schemes)


def responses(at: Part, produces: tuple[str, ...], notes: Notes) -> Any:
    """The `responses` of an operation, or those under that name in the document."""
    if at.reference is not None:
        return notes.reference(at, "responses")
    if not isinstance(at.value, dict):
        return at.value
    made = {
        status: member.value if status.startswith("x-") else response(member, produces, notes)
        for status, member in at.members()
    }
    return notes.made(made, at)


def response(at: Part, produces: tuple[str, ...], notes: Notes) -> Any:
    """One response. A shared one has the document's media types; an operation with its own gets a copy of it."""
    if not isinstance(at.value, dict):
        return at.value
    if at.reference is not None:
        shared = notes.lookup(at.reference)
        if produces == notes.defaults.produces or not isinstance(shared, dict) or "$ref" in shared:
            return notes.reference(at, "response")
        return _response(Part(at.pointer, shared, is_foreign=True), produces, notes, ref=at.reference)
    return _response(at, produces, notes, ref=None)


def _response(at: Part, produces: tuple[str, ...], notes: Notes, *, ref: str | None) -> dict[str, Any]:
    made: dict[str, Any] = notes.made({"description": ""}, at)
    for key, member in at.members():
        if key == "headers" and isinstance(member.value, dict):
            made[key] = notes.made({name: header(item, notes) for name, item in member.members()}, member)
        elif key not in {"schema", "examples"}:
            made[key] = member.value
    made.update(_content(at, produces, notes, ref=ref))
    return made


def _content(at: Part, produces: tuple[str, ...], notes: Notes, *, ref: str | None) -> dict[str, Any]:
    examples = at.value.get("examples")
    by_type = {k: v for k, v in examples.items() if "/" in k} if isinstance(examples, dict) else {}
    if "schema" not in at.value and not by_type:
        return {}
    is_file = isinstance(at.value.get("schema"), dict) and at.value["schema"].get("type") == "file"
    usual = produces or ("application/octet-stream" if is_file else "application/json",)
    types = tuple(dict.fromkeys((*usual, *by_type))) if "schema" in at.value else tuple(by_type)
    content = notes.made({}, at)
    for media_type in types:
        entry: dict[str, Any] = notes.made({}, at)
        if "schema" in at.value:
            entry["schema"] = _response_schema(at, notes, ref=ref)
        if media_type in by_type:
            entry["example"] = by_type[media_type]
            notes.made(entry, at, example=f"examples/{escape(media_type)}")
        content[media_type] = entry
    return {"content": content}


def _response_schema(at: Part, notes: Notes, *, ref: str | None) -> Any:
    if ref is None:
        return schema(at.child("schema"), notes)
    return notes.reference(Part(at.pointer, {"$ref": f"{ref}/schema"}, is_foreign=True), "schema")
