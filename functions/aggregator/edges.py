"""Edge operations (`edges` of plans.json): what API Gateway cannot route or check, and which of them a path means. Pure.

    match(edge, "/v2/Services/VA1.json", query={}) -> (candidate, {"Sid": PathText("VA1", "VA1")})

Candidates are tried in the order of the file, most literal first. Percent-encoding is undone per segment, so `%2F`
stays inside one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from .expressions import Value, parse_value

DEFAULT_TIMEOUT_SECONDS = 29.0
# Empty and dot segments change which resource a path names, encoded or not (RFC 3986 section 5.2.4).
DOT_SEGMENTS = (".", "..")
_VARIABLE = re.compile(r"\{([^{}]+)\}")


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
    """Variables inside one segment: `{Sid}.json`."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class Edge:
    """What answers one method of one resource of API Gateway."""

    key: str
    secured: bool
    candidates: tuple[Candidate, ...]
    base_path: str = ""  # what a domain maps to this part of a split API; `key` is without it, candidates are with it


def parse_edges(document: Mapping[str, Any]) -> dict[str, Edge]:
    """`edges` of a plans.json by `VERB /resource`; empty when it has none."""
    entries = document.get("edges") or {}
    return {
        key: Edge(
            key,
            entry["secured"],
            tuple(_candidate(each) for each in entry["candidates"]),
            document.get("basePath") or "",
        )
        for key, entry in entries.items()
    }


def _candidate(entry: Mapping[str, Any]) -> Candidate:
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
    return Within(re.compile(pattern, re.DOTALL), names)


def match(edge: Edge, path: str, query: Mapping[str, tuple[str, ...]]) -> tuple[Candidate, dict[str, PathText]] | None:
    """The candidate that a path as sent (FACTS 2.9) and a decoded query mean, with its path variables; None for 404."""
    raw = [part for part in path.split("/") if part]
    try:
        segments = [PathText(unquote_to_bytes(part).decode(), part) for part in raw]
    except UnicodeDecodeError:
        return None
    if any(segment.text in DOT_SEGMENTS for segment in segments):
        return None
    for candidate in edge.candidates:
        found = _variables(candidate.segments, segments)
        if found is not None and _has_query(candidate, query):
            return candidate, found
    return None


def whole_path(edge: Edge, path: str) -> str:
    """The path with the base path of a split API in front. Whether an event's path has it is not recorded (FACTS 3.4).

    It has not on the API's own address, so the number of segments decides; a greedy resource's path tells by how it begins.
    """
    base, resource = edge.base_path, edge.key.partition(" ")[2]
    if not base:
        return path
    if resource.endswith("+}"):
        return path if path.startswith(base + "/") else base + path
    given, own = (len([part for part in text.split("/") if part]) for text in (path, resource))
    return base + path if given == own else path


def _has_query(candidate: Candidate, query: Mapping[str, tuple[str, ...]]) -> bool:
    return all(name in query and (value is None or value in query[name]) for name, value in candidate.query.items())


def _variables(wanted: tuple[Segment, ...], segments: list[PathText]) -> dict[str, PathText] | None:
    found: dict[str, PathText] = {}
    for number, segment in enumerate(wanted):
        rest = segments[number:]
        if not rest:
            return None
        if isinstance(segment, Whole) and segment.is_greedy:
            text = "/".join(each.text for each in rest)
            return {**found, segment.name: PathText(text, "/".join(each.raw for each in rest))}
        part = _match_one(segment, rest[0])
        if part is None:
            return None
        found.update(part)
    return found if len(segments) == len(wanted) else None


def _match_one(segment: Segment, given: PathText) -> dict[str, PathText] | None:
    if isinstance(segment, Literal):
        return {} if segment.text == given.text else None
    if isinstance(segment, Whole):
        return {segment.name: given}
    matched = segment.pattern.fullmatch(given.text)
    if matched is None:
        return None
    return {
        name: PathText(text, quote(text, safe="")) for name, text in zip(segment.names, matched.groups(), strict=True)
    }


def fill(template: str, variables: Mapping[str, PathText]) -> str | None:
    """The upstream path with its variables in place, percent-encoded; None when that would be another path's name.

    >>> fill("/v2/{Sid}.json", {"Sid": PathText("a/b", "a%2Fb")})
    '/v2/a%2Fb.json'
    """

    def encoded(found: re.Match[str]) -> str:
        known = variables.get(found[1].removesuffix("+"))
        if known is None:
            return found[0]
        # Only a greedy variable holds slashes of its own; one inside a segment is encoded in `raw`.
        return "/".join(quote(unquote_to_bytes(part), safe="") for part in known.raw.split("/"))

    path = _VARIABLE.sub(encoded, template)
    return None if any(part in DOT_SEGMENTS for part in path.split("/")) else path
