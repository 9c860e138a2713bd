"""The operations behind an edge, as records: what their paths look like, and where their requests go. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .expressions import Value, parse_value

DEFAULT_TIMEOUT_SECONDS = 29.0


class PathText(NamedTuple):
    """A path variable: `text` decoded, `raw` as it was sent, where an encoded comma is no separator."""

    text: str
    raw: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A whole segment that must be exactly this."""

    text: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A variable that takes one whole segment, or the rest of the path."""

    name: str
    is_greedy: bool


@dataclass(frozen=True, slots=True)
class Within:
    """Variables inside one segment: `{Sid}.json`, which begins with `before` and ends with `after`."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]
    before: str
    after: str


Segment = Literal | Whole | Within


@dataclass(frozen=True, slots=True)
class Candidate:
    """One operation behind an edge. Either `upstream` and `path` say where it goes, or `plan` what is composed."""

    operation: str
    id: str
    segments: tuple[Segment, ...]
    query: Mapping[str, str | None]
    validate: bool
    upstream: str | None
    path: str
    plan: str | None
    headers: tuple[tuple[str, Value], ...]
    added_query: tuple[tuple[str, Value], ...]
    timeout_seconds: float


def parse_candidate(entry: Mapping[str, Any]) -> Candidate:
    """An entry of an edge's `candidates`."""
    rewrite = entry.get("rewrite") or {}
    return Candidate(
        operation=entry["operation"],
        id=entry["id"],
        segments=tuple(_segment(each) for each in entry["segments"]),
        query=entry.get("query") or {},
        validate=entry["validate"],
        upstream=entry.get("upstream"),
        path=entry.get("path") or "",
        plan=entry.get("plan"),
        headers=_values(rewrite.get("headers")),
        added_query=_values(rewrite.get("query")),
        timeout_seconds=entry.get("timeout") or DEFAULT_TIMEOUT_SECONDS,
    )


def _values(trees: Mapping[str, Any] | None) -> tuple[tuple[str, Value], ...]:
    return tuple((name, parse_value(tree)) for name, tree in (trees or {}).items())


def _segment(entry: Any) -> Segment:
    if isinstance(entry, str):
        return Literal(entry)
    if isinstance(entry, Mapping):
        return Whole(entry["name"], bool(entry.get("greedy")))
    names = tuple(part["name"] for part in entry if not isinstance(part, str))
    pattern = "".join(re.escape(part) if isinstance(part, str) else "(.+?)" for part in entry)
    before, after = (part if isinstance(part, str) else "" for part in (entry[0], entry[-1]))
    return Within(re.compile(pattern, re.DOTALL), names, before, after)
