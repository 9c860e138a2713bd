"""Patch operations on documents: which paths a kind of document has, and what each operation does there.

    apply({"name": "a"}, [{"op": "replace", "path": "/name", "value": "b"}], PatchPaths("Model", values={"/name": text}))
    -> {"name": "b"}

Values arrive as strings (AWS's PatchOperation). Paths follow RFC 6901 (`~1` is `/`, `~0` is `~`).
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import BadRequestError, NotFoundError, enum_error
from .state import Document

Convert = Callable[[str], Any]
Operation = Mapping[str, Any]
OPERATIONS = ("add", "remove", "move", "test", "replace", "copy")


@dataclass(frozen=True, slots=True)
class PatchPaths:
    """The paths one kind of document takes. `kind` is AWS's name of the thing, as in `Update{kind}`.

    values: path -> converter of a scalar; maps: path of a map -> converter of its values; lists: paths of string lists
    whose members are named in the path; value_lists: paths of string lists whose members are named in the value.
    removable: scalars that `remove` may delete. `lists_paths`: whether refusals list the known paths (recorded for
    Resource, Model and RequestValidator; the older kinds only repeat the path).
    """

    kind: str
    values: Mapping[str, Convert] = field(default_factory=dict)
    maps: Mapping[str, Convert] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    value_lists: tuple[str, ...] = ()
    removable: tuple[str, ...] = ()
    lists_paths: bool = False


def text(value: str) -> str:
    """A string, unchanged."""
    return value


def truth(value: str) -> bool:
    """`true` in any letter case is true, everything else false, as Java's Boolean.parseBoolean."""
    return str(value).lower() == "true"


def whole_number(value: str) -> int:
    """An integer."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadRequestError(f"Invalid patch value {value} specified. Must be a valid integer.") from None


def number(value: str) -> float:
    """A decimal number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadRequestError(f"Invalid patch value {value} specified. Must be a valid number.") from None


def check_operations(operations: Sequence[Operation], kind: str) -> None:
    """Refuse an operation name AWS does not know (FACTS 10.6; indices count from one)."""
    for index, operation in enumerate(operations, 1):
        if operation.get("op") not in OPERATIONS:
            raise enum_error(operation.get("op"), f"update{kind}Input.patchOperations.{index}.member.op", OPERATIONS)


def tokens(path: str) -> list[str]:
    """`/a~1b/c` -> `["a/b", "c"]`."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.removeprefix("/").split("/")]


def apply(document: Document, operations: Sequence[Operation], paths: PatchPaths) -> Document:
    """A changed copy of the document; raises before anything of it is kept."""
    check_operations(operations, paths.kind)
    changed = copy.deepcopy(document)
    for operation in operations:
        _apply_one(changed, operation, paths)
    return changed


def _apply_one(document: Document, operation: Operation, paths: PatchPaths) -> None:
    path, op = operation.get("path"), operation["op"]
    if paths.lists_paths:
        _check_listed(path, op, paths)
    if path is None:
        raise BadRequestError("Invalid patch path null")
    if path in paths.values:
        return _change_value(document, operation, paths)
    if path in paths.value_lists:
        return _change_value_list(document, path.removeprefix("/"), operation)
    parent, _, _ = path.rpartition("/")
    key, name = parent.removeprefix("/"), tokens(path)[-1]
    if op not in ("add", "replace", "remove") or parent not in (*paths.maps, *paths.lists):
        raise BadRequestError(f"Invalid patch path {path}")
    if parent in paths.maps:
        return _change_map(document, key, name, operation, paths.maps[parent])
    _change_list(document, key, name, operation)


def _check_listed(path: str | None, op: str, paths: PatchPaths) -> None:
    if op != "replace":
        raise BadRequestError(f"Invalid patch path  '{path}' specified for op '{op}'. Please choose supported operations")
    if path not in paths.values:
        raise BadRequestError(
            f"Invalid patch path  '{path}' specified for op 'replace'. Must be one of: [{', '.join(paths.values)}]"
        )


def _change_value(document: Document, operation: Operation, paths: PatchPaths) -> None:
    path, op = operation["path"], operation["op"]
    *parents, name = tokens(path)
    owner = document
    for parent in parents:
        owner = owner.setdefault(parent, {})
    if op == "remove" and path in paths.removable:
        owner.pop(name, None)
        return
    if op != "replace" and not (op == "add" and path in paths.removable):
        raise BadRequestError("Invalid patch operation specified. Must be one of: [replace]")
    owner[name] = paths.values[path](operation.get("value") or "")


def _change_value_list(document: Document, key: str, operation: Operation) -> None:
    current = list(document.get(key) or [])
    value = operation.get("value") or ""
    if operation["op"] == "remove":
        current = [one for one in current if one != value] if value else []
    elif operation["op"] == "replace":
        current = [part.strip() for part in value.split(",") if part.strip()]
    elif value not in current:
        current.append(value)
    document[key] = current


def _change_map(document: Document, key: str, name: str, operation: Operation, convert: Convert) -> None:
    owner = document.setdefault(key, {})
    if operation["op"] == "remove":
        if name not in owner:
            raise NotFoundError("Invalid parameter name specified")
        del owner[name]
    else:
        owner[name] = convert(operation.get("value") or "")
    if not owner:
        del document[key]


def _change_list(document: Document, key: str, name: str, operation: Operation) -> None:
    current = list(document.get(key) or [])
    if operation["op"] == "add":
        current = [*current, name] if name not in current else current
    elif operation["op"] == "remove":
        current = [one for one in current if one != name]
    else:
        # Recorded (update_rest_api): `replace /list/old` with value `new` swaps one member.
        current = [operation.get("value") or "" if one == name else one for one in current]
    if current:
        document[key] = current
    else:
        document.pop(key, None)
