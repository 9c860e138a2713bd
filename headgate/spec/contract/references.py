"""Finds every `$ref` and pattern of a document, so that all broken ones are reported, not just the first that somebody meets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..diagnostics.records import Diagnostic
from ..source.document import LoadedDocument, Located
from ..source.naming import holds_names, members
from ..source.pointers import pointer_of
from .json_schema import is_readable

# The way to a place, last key first: most places are passed without anybody asking for their pointer.
Trail = tuple[Any, ...]

_TOLD = frozenset({"$dynamicRef", "pattern", "patternProperties"})


def broken_references(documents: list[LoadedDocument]) -> list[Diagnostic]:
    """A problem for each reference that leads nowhere, in these documents and the files they refer to."""
    problems: list[Diagnostic] = []
    waiting, seen = list(documents), {document.file for document in documents}
    while waiting:
        document = waiting.pop(0)
        for pointer, value in _references(document.value):
            at = Located(document, pointer, value)
            problems += _unread(at)
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


def _unread(at: Located) -> Iterator[Diagnostic]:
    """Patterns that are no regular expressions: a validator that met one would refuse the whole schema, so they bind nobody."""
    for place, pattern in _patterns(at.value):
        if not is_readable(pattern):
            message = f"{place} {pattern!r} is no regular expression of ECMA 262; nothing is checked by it"
            where = at.child("pattern") if place == "pattern" else at.child(place).child(pattern)
            yield where.problem("HG197", message, fix="write one, or remove it", level="warning")


def _patterns(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(value.get("pattern"), str):
        yield "pattern", value["pattern"]
    held = value.get("patternProperties")
    if isinstance(held, dict):
        yield from (("patternProperties", pattern) for pattern in held)


def _dynamic(at: Located) -> Diagnostic:
    message = f"$dynamicRef {at.value['$dynamicRef']!r}: what it leads to depends on who asks; it is not checked"
    return at.child("$dynamicRef").problem("HG153", message, fix="write a $ref", level="warning")


def _references(root: Any) -> Iterator[tuple[str, Any]]:
    """(pointer, object) of each reference object and each object with a pattern, in document order."""
    waiting: list[tuple[Any, Trail, bool]] = [(root, (), False)]
    while waiting:
        value, trail, is_named = waiting.pop()
        if (
            isinstance(value, dict)
            and not is_named
            and (isinstance(value.get("$ref"), str) or not _TOLD.isdisjoint(value))
        ):
            yield _pointer(trail), value
        for key, member in reversed(members(value, is_named=is_named)):
            waiting.append((member, (trail, key), holds_names(key, member, is_named=is_named)))


def _pointer(trail: Trail) -> str:
    keys: list[str] = []
    while trail:
        trail, key = trail
        keys.append(key)
    return pointer_of(reversed(keys))
