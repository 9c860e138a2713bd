"""The request body of a step: payload with expressions, replacements applied, checked against the operation's schema."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

from ..operations.records import Operation
from ..source.document import Located
from ..source.pointers import pointer_keys
from .listing import items_of
from .names import Names, Tree, Value, compile_value
from .references import EMBEDDED, is_expression
from .shapes import NothingThereError, Shape, fits, inside, shape_of

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def read_body(step: Located, operation: Operation, names: Names) -> dict[str, Any] | None:
    """The body as plans.json has it, or None when nothing is sent."""
    at = step.at("requestBody")
    declared = operation.body
    if at is None or not isinstance(at.value, dict) or "payload" not in at.value:
        if declared is not None and declared.required:
            message = f"{operation.name} needs a request body"
            names.problems.append(step.problem("HG177", message, fix="add requestBody: {payload: ...}"))
        return None
    if declared is None:
        message = f"{operation.name} takes no request body"
        names.problems.append(at.problem("HG177", message, fix="remove requestBody"))
        return None
    content_type = _content_type(at, operation, names)
    payload = _structured(at.child("payload"), content_type, names)
    if payload is None:
        return None
    value = _replaced(compile_value(payload.value, payload, names), at, names)
    schema = declared.content.get(content_type)
    if "json" in content_type and schema is not None:
        _check(value.tree, value.shape, shape_of(schema), payload, names)
    return {"contentType": content_type, "kind": _kind(content_type), "value": value.tree}


def _content_type(at: Located, operation: Operation, names: Names) -> str:
    content = operation.body.content if operation.body else {}
    given = at.value.get("contentType")
    if isinstance(given, str) and given not in content and content:
        message = f"{operation.name} takes {', '.join(content)}, not {given}"
        names.problems.append(at.child("contentType").problem("HG177", message, fix="use one of them"))
    if isinstance(given, str):
        return given
    return next((media for media in content if "json" in media), next(iter(content), JSON))


def _structured(at: Located, content_type: str, names: Names) -> Located | None:
    """A payload that is written as text, taken apart, so that a value put into it can never become a part of its own."""
    if not isinstance(at.value, str) or is_expression(at.value):
        return at
    if content_type == FORM:
        pairs = (pair.partition("=") for pair in at.value.strip().split("&"))
        return Located(at.document, at.pointer, {unquote_plus(name): value for name, _, value in pairs})
    if "json" in content_type:
        try:
            return Located(at.document, at.pointer, json.loads(at.value))
        except ValueError:
            message = "the payload is text that is no JSON before its expressions are filled in"
            names.problems.append(at.problem("HG175", message, fix="write it as an object"))
            return None
    if EMBEDDED.search(at.value):
        message = f"values stand in this {content_type} as they come; nothing in it is escaped"
        names.problems.append(at.problem("HG175", message, fix="use JSON or a form where you can", level="warning"))
    return at


def _kind(content_type: str) -> str:
    if "json" in content_type:
        return "json"
    return "form" if content_type == FORM else "text"


def _replaced(value: Value, at: Located, names: Names) -> Value:
    tree = value.tree
    for item in items_of(at.at("replacements")):
        target = item.value.get("target") if isinstance(item.value, dict) else None
        if not isinstance(target, str) or not target.startswith("/") or "value" not in item.value:
            message = "a replacement has a JSON pointer as target and a value"
            names.problems.append(item.problem("HG171", message, fix="write target: /a/b"))
            continue
        tree = _put(tree, pointer_keys(target), compile_value(item.value["value"], item.child("value"), names).tree)
    return Value(tree, value.shape)


def _put(tree: Tree, path: list[str], new: Tree) -> Tree:
    """A payload with one member replaced; what is not an object on the way becomes one."""
    if not path:
        return new
    members = tree.get("object")
    if members is None and isinstance(tree.get("const"), dict):
        members = {key: {"const": value} for key, value in tree["const"].items()}
    members = dict(members or {})
    return {"object": {**members, path[0]: _put(members.get(path[0], {"const": None}), path[1:], new)}}


def _check(tree: Tree, shape: Shape, wanted: Shape, at: Located, names: Names) -> None:
    """A payload against the schema: required members, unknown ones, and types as far as they are known."""
    if not fits(shape, wanted.types):
        got, want = "/".join(sorted(shape.types)), "/".join(sorted(wanted.types))
        names.problems.append(at.problem("HG176", f"the payload has {got} where {want} is wanted", fix="correct it"))
        return
    members = tree.get("object") or tree.get("const")
    if not isinstance(members, dict) or len(wanted.schemas) != 1:
        return
    required = wanted.schemas[0].value.get("required", ())
    for name in required if isinstance(required, list) else ():
        if name not in members:
            names.problems.append(at.problem("HG177", f"the payload lacks {name!r}", fix="add it"))
    for name in members:
        try:
            inside(wanted, (name,))
        except NothingThereError:
            place = at.child(name) if isinstance(at.value, dict) and name in at.value else at
            names.problems.append(place.problem("HG176", f"the body has no member {name!r}", fix="correct the name"))
