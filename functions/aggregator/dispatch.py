"""Which candidate of an edge a path means: a tree by segment, so that a thousand candidates are found as fast as ten. Pure.

    Dispatch(candidates).find([PathText("users", "users"), PathText("7", "7")], query={}) -> (candidate, {"id": PathText(...)})

The answer is that of trying all candidates in the order of the file, most literal first; the tree only leaves out those
that cannot match.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from .candidates import Candidate, Literal, PathText, Segment, Whole, Within

Found = tuple[Candidate, dict[str, PathText]]
Query = Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Place:
    """Where paths that begin alike meet. `ends` and `rests` are positions of candidates, ascending: those that end here, and
    those that take all that follows. `first` is the smallest position here and below. `within` is by the lengths of what such
    a segment begins and ends with, then by these texts.
    """

    first: int
    literals: "dict[str, _Place]" = field(default_factory=dict)
    within: "dict[tuple[int, int], dict[tuple[str, str], dict[Within, _Place]]]" = field(default_factory=dict)
    whole: "_Place | None" = None
    ends: list[int] = field(default_factory=list)
    rests: list[int] = field(default_factory=list)


class Dispatch:
    """The candidates of one edge."""

    def __init__(self, candidates: tuple[Candidate, ...]) -> None:
        self._candidates = candidates
        self._root = _Place(0)
        for position, candidate in enumerate(candidates):
            _plant(self._root, candidate.segments, position)

    def find(self, segments: list[PathText], query: Query) -> Found | None:
        """The first candidate that decoded segments and query match, with its path variables."""
        position = self._best(self._root, segments, 0, query, len(self._candidates))
        if position == len(self._candidates):
            return None
        candidate = self._candidates[position]
        return candidate, _variables(candidate.segments, segments)

    def _best(self, place: _Place, segments: list[PathText], depth: int, query: Query, best: int) -> int:
        """The smallest position below `best` that matches; `best` when none does."""
        if place.first >= best:
            return best
        if depth == len(segments):
            return self._first(place.ends, query, best)
        best = self._first(place.rests, query, best)
        for below in _following(place, segments[depth].text):
            best = self._best(below, segments, depth + 1, query, best)
        return best

    def _first(self, positions: list[int], query: Query, best: int) -> int:
        for position in positions:
            if position >= best:
                break
            if _has_query(self._candidates[position], query):
                return position
        return best


def _plant(root: _Place, segments: tuple[Segment, ...], position: int) -> None:
    place = root
    for segment in segments:
        if isinstance(segment, Whole) and segment.is_greedy:
            place.rests.append(position)
            return
        place = _below(place, segment, position)
    place.ends.append(position)


def _below(place: _Place, segment: Segment, position: int) -> _Place:
    if isinstance(segment, Literal):
        return place.literals.setdefault(segment.text, _Place(position))
    if isinstance(segment, Whole):
        place.whole = place.whole or _Place(position)
        return place.whole
    lengths = len(segment.before), len(segment.after)
    alike = place.within.setdefault(lengths, {}).setdefault((segment.before, segment.after), {})
    return alike.setdefault(segment, _Place(position))


def _following(place: _Place, text: str) -> Iterator[_Place]:
    """The places that a segment leads to, most literal first."""
    if text in place.literals:
        yield place.literals[text]
    for (before, after), by_text in place.within.items():
        alike = by_text.get((text[:before], text[len(text) - after :] if after <= len(text) else ""), {})
        yield from (below for segment, below in alike.items() if segment.pattern.fullmatch(text))
    if place.whole is not None:
        yield place.whole


def _has_query(candidate: Candidate, query: Query) -> bool:
    return all(name in query and (value is None or value in query[name]) for name, value in candidate.query.items())


def _variables(wanted: tuple[Segment, ...], segments: list[PathText]) -> dict[str, PathText]:
    """The variables of a candidate whose segments these are."""
    found: dict[str, PathText] = {}
    for number, segment in enumerate(wanted):
        if isinstance(segment, Whole):
            rest = segments[number:] if segment.is_greedy else segments[number : number + 1]
            found[segment.name] = PathText("/".join(each.text for each in rest), "/".join(each.raw for each in rest))
        elif isinstance(segment, Within):
            matched = segment.pattern.fullmatch(segments[number].text)
            texts = matched.groups() if matched else ()
            found |= {
                name: PathText(text, quote(text, safe="")) for name, text in zip(segment.names, texts, strict=True)
            }
    return found
