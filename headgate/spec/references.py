"""Finds every `$ref` of a document, so that all broken ones are reported, not just the first that somebody follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .diagnostics import Diagnostic
from .document import LoadedDocument, Located, pointer_of

# Values of these are data: a `$ref` inside is just a member of an example.
DATA = ("example", "default", "enum", "const")

# Members whose keys are names that somebody chose, so a member `example` in there is no example.
NAMED = (
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
    "schemas",
    "responses",
    "parameters",
    "headers",
    "requestBodies",
    "securitySchemes",
    "links",
    "callbacks",
    "pathItems",
    "paths",
    "webhooks",
    "content",
)


def broken_references(documents: list[LoadedDocument]) -> list[Diagnostic]:
    """A problem for each reference that leads nowhere, in these documents and the files they refer to."""
    problems: list[Diagnostic] = []
    waiting, seen = list(documents), {document.file for document in documents}
    while waiting:
        document = waiting.pop(0)
        for keys, value in _references(document.value, [], is_named=False):
            target = document.documents.target(Located(document, pointer_of(keys), value))
            if isinstance(target, Diagnostic):
                problems.append(target)
            elif target.document.file not in seen:
                seen.add(target.document.file)
                waiting.append(target.document)
    return problems


def _references(value: Any, keys: list[str], *, is_named: bool) -> Iterator[tuple[list[str], Any]]:
    """(path, object) of each reference object. `keys` is the walk's own stack; copy it to keep it."""
    if isinstance(value, dict) and not is_named and isinstance(value.get("$ref"), str):
        yield list(keys), value
    for key, member in _members(value, is_named=is_named):
        keys.append(key)
        yield from _references(member, keys, is_named=key in NAMED and not is_named and isinstance(member, dict))
        keys.pop()


def _members(value: Any, *, is_named: bool) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [(str(number), item) for number, item in enumerate(value) if isinstance(item, dict | list)]
    if not isinstance(value, dict):
        return []
    members = [(key, member) for key, member in value.items() if isinstance(member, dict | list)]
    if is_named:
        return members
    return [
        (key, member)
        for key, member in members
        if key not in DATA and not key.startswith("x-") and not _is_example(key, member)
    ]


def _is_example(key: str, member: Any) -> bool:
    """`examples` of a schema is a list of data; of a media type a map of objects whose `value` is data."""
    if key == "examples":
        return not isinstance(member, dict) or not any(
            isinstance(item, dict) and "$ref" in item for item in member.values()
        )
    return False
