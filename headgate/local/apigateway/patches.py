"""Patch operations on documents: which paths a kind of document has, and what each operation does there.

    apply({"name": "a"}, [{"op": "replace", "path": "/name", "value": "b"}], PatchPaths("Model", values={"/name": text}))
    -> {"name": "b"}

Values arrive as strings (AWS's PatchOperation). Paths follow RFC 6901 (`~1` is `/`, `~0` is `~`).
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import BadRequestError, NotFoundError, ValidationError, not_in_enum
from .state import Document

Convert = Callable[[str], Any]
Operation = Mapping[str, Any]
OPERATIONS = ("add", "remove", "move", "test", "replace", "copy")


@dataclass(frozen=True, slots=True)
class PatchPaths:
    """The paths one kind of document takes. `kind` is AWS's name of the thing, as in `Update{kind}`.

    values: path -> converter of a scalar; maps: path of a map -> converter of its values; lists: paths of string lists
    whose members are named in the path; value_lists: paths of string lists whose members are named in the value, for
    `add` and `remove` only. addable: scalars that `add` may set as well; removable: those it may, and `remove` delete.
    blank_stays: scalars whose blank value is shown; the others' blank value takes them away. `lists_paths`: whether
    refusals list the known paths (recorded for Resource, Model, RequestValidator and DocumentationPart; the older
    kinds only repeat the path). `replace_needs_name`: whether a map's entry must exist to be replaced (recorded for
    methods, method responses and gateway responses). Which op fits which path: API reference, "Patch Operations".
    """

    kind: str
    values: Mapping[str, Convert] = field(default_factory=dict)
    maps: Mapping[str, Convert] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    value_lists: tuple[str, ...] = ()
    addable: tuple[str, ...] = ()
    removable: tuple[str, ...] = ()
    blank_stays: tuple[str, ...] = ()
    lists_paths: bool = False
    replace_needs_name: bool = False


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


def violations(operations: Sequence[Operation], kind: str) -> list[str]:
    """What AWS's front end says of operation names it does not know (FACTS 10.6; indices count from one)."""
    return [
        not_in_enum(one.get("op"), f"update{kind}Input.patchOperations.{index}.member.op", OPERATIONS)
        for index, one in enumerate(operations, 1)
        if one.get("op") not in OPERATIONS
    ]


def check_operations(operations: Sequence[Operation], kind: str) -> None:
    """Refuse an operation name AWS does not know."""
    wrong = violations(operations, kind)
    if wrong:
        raise ValidationError(wrong)


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
    parent, _, _ = path.rpartition("/")
    if path in paths.values:
        _change_value(document, operation, paths)
    elif path in paths.value_lists:
        _change_value_list(document, path.removeprefix("/"), operation)
    elif op not in ("add", "replace", "remove") or parent not in (*paths.maps, *paths.lists):
        raise BadRequestError(f"Invalid patch path {path}")
    elif parent in paths.maps:
        _change_map(document, parent, operation, paths)
    else:
        _change_list(document, parent.removeprefix("/"), tokens(path)[-1], operation)


def _check_listed(path: str | None, op: str, paths: PatchPaths) -> None:
    if op != "replace":
        raise BadRequestError(
            f"Invalid patch path  '{path}' specified for op '{op}'. Please choose supported operations"
        )
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
    may_add = path in paths.addable or path in paths.removable
    if op == "remove" and path in paths.removable:
        owner.pop(name, None)
    elif op == "replace" or (op == "add" and may_add):
        owner[name] = paths.values[path](operation.get("value") or "")
        if owner[name] == "" and path not in paths.blank_stays:
            del owner[name]
    else:
        choices = ["add", "remove", "replace"] if path in paths.removable else ["add", "replace"]
        raise BadRequestError(only(choices if may_add else ["replace"]))
    if parents and not owner:
        del document[parents[0]]


def only(choices: Sequence[str]) -> str:
    """AWS's text for an operation that a path does not take."""
    return f"Invalid patch operation specified. Must be one of: [{', '.join(choices)}]"


def _change_value_list(document: Document, key: str, operation: Operation) -> None:
    current = list(document.get(key) or [])
    value = operation.get("value") or ""
    if operation["op"] not in ("add", "remove"):
        raise BadRequestError(only(["add", "remove"]))
    if operation["op"] == "remove":
        current = [one for one in current if one != value] if value else []
    else:
        current += [one for part in value.split(",") if (one := part.strip()) and one not in current]
    document[key] = current


def _change_map(document: Document, parent: str, operation: Operation, paths: PatchPaths) -> None:
    key, name, op = parent.removeprefix("/"), tokens(operation["path"])[-1], operation["op"]
    must_exist = op == "remove" or (op == "replace" and paths.replace_needs_name)
    if must_exist and name not in (document.get(key) or {}):
        is_body = key.endswith(("Models", "Templates"))
        raise NotFoundError("Content-Type specified was not found" if is_body else "Invalid parameter name specified")
    owner = document.setdefault(key, {})
    if op == "remove":
        del owner[name]
    else:
        owner[name] = paths.maps[parent](operation.get("value") or "")
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
