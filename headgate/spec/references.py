"""Finds every `$ref` of a document, so that all broken ones are reported, not just the first that somebody follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .diagnostics import Diagnostic
from .document import LoadedDocument, Located, pointer_of
from .naming import DATA, NAMED, holds_names, members

__all__ = ["DATA", "NAMED", "broken_references"]


def broken_references(documents: list[LoadedDocument]) -> list[Diagnostic]:
    """A problem for each reference that leads nowhere, in these documents and the files they refer to."""
    problems: list[Diagnostic] = []
    waiting, seen = list(documents), {document.file for document in documents}
    while waiting:
        document = waiting.pop(0)
        for keys, value in _references(document.value, [], is_named=False):
            at = Located(document, pointer_of(keys), value)
            if "$dynamicRef" in value:
                problems.append(_dynamic(at))
            if not isinstance(value.get("$ref"), str):
                continue
            target = document.documents.target(at)
            if isinstance(target, Diagnostic):
                problems.append(target)
            elif target.document.file not in seen:
                seen.add(target.document.file)
                waiting.append(target.document)
    return problems


def _dynamic(at: Located) -> Diagnostic:
    message = f"$dynamicRef {at.value['$dynamicRef']!r}: what it leads to depends on who asks; it is not checked"
    return at.child("$dynamicRef").problem("HG153", message, fix="write a $ref", level="warning")


def _references(value: Any, keys: list[str], *, is_named: bool) -> Iterator[tuple[list[str], Any]]:
    """(path, object) of each reference object. `keys` is the walk's own stack; copy it to keep it."""
    if isinstance(value, dict) and not is_named and (isinstance(value.get("$ref"), str) or "$dynamicRef" in value):
        yield list(keys), value
    for key, member in members(value, is_named=is_named):
        keys.append(key)
        yield from _references(member, keys, is_named=holds_names(key, member, is_named=is_named))
        keys.pop()
