"""Edge operations (`edges` of plans.json): what API Gateway cannot route or check, and which of them a path means. Pure.

    match(edge, "/v2/Services/VA1.json", query={}) -> (candidate, {"Sid": PathText("VA1", "VA1")})

The first candidate in the order of the file, most literal first, that the path and query match (`dispatch`). Percent-encoding is
undone per segment, so `%2F` stays inside one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from .candidates import Candidate, PathText, parse_candidate
from .dispatch import Dispatch

# Empty and dot segments change which resource a path names, encoded or not (RFC 3986 section 5.2.4).
DOT_SEGMENTS = (".", "..")
_VARIABLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Edge:
    """What answers one method of one resource of API Gateway."""

    key: str
    secured: bool
    dispatch: Dispatch
    base_path: str = ""  # what a domain maps to this part of a split API; `key` is without it, candidates are with it


def parse_edges(document: Mapping[str, Any]) -> dict[str, Edge]:
    """`edges` of a plans.json by `VERB /resource`; empty when it has none."""
    entries = document.get("edges") or {}
    return {
        key: Edge(
            key,
            entry["secured"],
            Dispatch(tuple(parse_candidate(each) for each in entry["candidates"])),
            document.get("basePath") or "",
        )
        for key, entry in entries.items()
    }


def match(edge: Edge, path: str, query: Mapping[str, tuple[str, ...]]) -> tuple[Candidate, dict[str, PathText]] | None:
    """The candidate that a path as sent (FACTS 2.9) and a decoded query mean, with its path variables; None for 404."""
    try:
        segments = [PathText(unquote_to_bytes(part).decode(), part) for part in _parts(path)]
    except UnicodeDecodeError:
        return None
    if any(segment.text in DOT_SEGMENTS for segment in segments):
        return None
    return edge.dispatch.find(segments, query)


def whole_path(edge: Edge, path: str, values: Mapping[str, str]) -> str:
    """The path with the base path of a split API in front. Whether an event's path has it is not recorded (FACTS 3.4).

    It has not on the API's own address, so the number of segments decides. `values` are the path variables as sent (FACTS 2.9):
    a greedy one is as many segments as it holds.
    """
    if not edge.base_path:
        return path
    own = sum(_segments_of(part, values) for part in _parts(edge.key.partition(" ")[2]))
    return edge.base_path + path if len(_parts(path)) == own else path


def _segments_of(part: str, values: Mapping[str, str]) -> int:
    return len(_parts(values.get(part[1:-2], ""))) if part.endswith("+}") else 1


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


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
