"""The tree finds what trying every candidate in the order of the file would find, however many there are."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.aggregator.candidates import Candidate, Literal, PathText, Whole, parse_candidate
from functions.aggregator.dispatch import Dispatch
from functions.aggregator.edges import match, parse_edges
from tests.aggregator.edges import candidate

PIECES = ("a", "b", "ab", "a.b", "-a")
WITHIN: tuple[Any, ...] = (
    [{"name": "x"}, ".b"],
    [{"name": "x"}, "b"],
    ["a", {"name": "x"}],
    ["a", {"name": "x"}, "b"],
    [{"name": "x"}, "-", {"name": "y"}],
    [{"name": "x"}, {"name": "y"}],
)
GREEDY = {"name": "rest", "greedy": True}


@st.composite
def segments(draw: st.DrawFn) -> list[Any]:
    """One path; variables have names of their own by where they stand."""
    found: list[Any] = draw(st.lists(st.sampled_from([*PIECES, {"name": "v"}, *WITHIN]), max_size=4))
    found = [_named(part, number) for number, part in enumerate(found)]
    return [*found, GREEDY] if draw(st.booleans()) and draw(st.booleans()) else found


def _named(part: Any, number: int) -> Any:
    if isinstance(part, dict):
        return {"name": f"{part['name']}{number}"}
    return [_named(each, number) for each in part] if isinstance(part, list) else part


queries = st.dictionaries(st.sampled_from("qr"), st.sampled_from([None, "1"]), max_size=2)
paths = st.lists(st.sampled_from([*PIECES, "a-b", "b.b", "x"]), max_size=5)


def plainly(
    candidates: tuple[Candidate, ...], given: list[PathText], query: Mapping[str, tuple[str, ...]]
) -> tuple[str, dict[str, PathText]] | None:
    """One after the other."""
    for one in candidates:
        found = variables(one, given)
        if found is not None and all(n in query and v in {None, *query[n]} for n, v in one.query.items()):
            return one.operation, found
    return None


def variables(one: Candidate, given: list[PathText]) -> dict[str, PathText] | None:
    found: dict[str, PathText] = {}
    for number, segment in enumerate(one.segments):
        if isinstance(segment, Whole) and segment.is_greedy and given[number:]:
            return found | {segment.name: PathText(*("/".join(texts) for texts in zip(*given[number:], strict=True)))}
        if number >= len(given):
            return None
        text, raw = given[number]
        if isinstance(segment, Literal):
            names: dict[str, PathText] | None = {} if segment.text == text else None
        elif isinstance(segment, Whole):
            names = {segment.name: PathText(text, raw)}
        else:
            matched = re.fullmatch(segment.pattern, text)
            values = matched.groups() if matched else ()
            names = {n: PathText(v, quote(v, safe="")) for n, v in zip(segment.names, values, strict=False)} or None
        if names is None:
            return None
        found |= names
    return found if len(given) == len(one.segments) else None


@settings(max_examples=500)
@given(st.lists(st.tuples(segments(), queries), max_size=12), st.lists(paths, min_size=1, max_size=8), queries)
def test_the_tree_and_trying_each_in_turn_agree(
    entries: list[tuple[list[Any], dict[str, str | None]]], asked: list[list[str]], sent: dict[str, str | None]
) -> None:
    candidates = tuple(
        parse_candidate(candidate(*path, query=query, operation=f"{number}"))
        for number, (path, query) in enumerate(entries)
    )
    query = {name: (value or "2", "3") for name, value in sent.items()}
    tree = Dispatch(candidates)
    for path in asked:
        given = [PathText(part, quote(part)) for part in path]
        found = tree.find(given, query)

        assert (found and (found[0].operation, found[1])) == plainly(candidates, given, query)


def test_of_two_that_fit_the_first_in_the_file_is_meant_even_where_the_tree_meets_it_later() -> None:
    literal_first = (candidate("a", {"name": "y"}, operation="late"), candidate({"name": "x"}, "b", operation="early"))
    for order in (literal_first, literal_first[::-1]):
        edges = parse_edges({"edges": {"GET /x": {"secured": False, "candidates": list(order)}}})

        found = match(edges["GET /x"], "/a/b", {})
        assert found is not None
        assert found[0].operation == order[0]["operation"]


@pytest.mark.parametrize("kind", ["literal", "within", "variable"])
def test_a_thousand_candidates_are_not_tried_one_by_one(kind: str) -> None:
    """Places of the tree that a request visits, counted where it decides."""
    shapes = {
        "literal": lambda n: ["a", {"name": "b"}, f"r{n}"],
        "within": lambda n: ["a", [{"name": "b"}, f":do{n}"]],
        "variable": lambda n: ["a", {"name": f"v{n}"}, f"r{n}", {"name": "w"}],
    }
    requests = {"literal": ["a", "x", "r999"], "within": ["a", "x:do999"], "variable": ["a", "x", "r999", "y"]}
    counted = [_visits(kind, shapes[kind], requests[kind], size) for size in (10, 1000)]

    assert counted[1] <= counted[0] + 3


def _visits(kind: str, shape: Any, request: list[str], size: int) -> int:
    made = tuple(parse_candidate(candidate(*shape(999 - n), operation=str(n))) for n in range(size))
    tree = _Counting(made)
    found = tree.find([PathText(part, part) for part in request], {})
    assert found is not None, kind
    assert found[0].operation == "0"
    return tree.visits


class _Counting(Dispatch):
    visits = 0

    def _best(self, *arguments: Any) -> int:
        self.visits += 1
        return super()._best(*arguments)
