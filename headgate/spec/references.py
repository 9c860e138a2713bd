"""Finds every `$ref` of a document, so that all broken ones are reported, not just the first that somebody follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .diagnostics import Diagnostic
from .document import LoadedDocument, Located, pointer_of
from .naming import DATA, NAMED, holds_names, members

# The way to a place, last key first: most places are passed without anybody asking for their pointer.
Trail = tuple[Any, ...]

__all__ = ["DATA", "NAMED", "broken_references"]


def broken_references(documents: list[LoadedDocument]) -> list[Diagnostic]:
    """A problem for each reference that leads nowhere, in these documents and the files they refer to."""
    problems: list[Diagnostic] = []
    waiting, seen = list(documents), {document.file for document in documents}
    while waiting:
        document = waiting.pop(0)
        for pointer, value in _references(document.value):
            at = Located(document, pointer, value)
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


def _references(root: Any) -> Iterator[tuple[str, Any]]:
    """(pointer, object) of each reference object, in document order."""
    waiting: list[tuple[Any, Trail, bool]] = [(root, (), False)]
    while waiting:
        value, trail, is_named = waiting.pop()
        if isinstance(value, dict) and not is_named and (isinstance(value.get("$ref"), str) or "$dynamicRef" in value):
            yield _pointer(trail), value
        for key, member in reversed(members(value, is_named=is_named)):
            waiting.append((member, (trail, key), holds_names(key, member, is_named=is_named)))


def _pointer(trail: Trail) -> str:
    keys: list[str] = []
    while trail:
        trail, key = trail
        keys.append(key)
    return pointer_of(reversed(keys))
