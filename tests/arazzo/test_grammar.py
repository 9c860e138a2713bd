"""Expressions, conditions and graphs on their own: what can be read, and laws for what cannot be listed."""

import contextlib
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aggregator.expressions import Scope
from functions.aggregator.expressions import parse_condition as run_condition
from headgate.spec.arazzo.conditions import parse_condition
from headgate.spec.arazzo.graph import circles, longest, sort, with_barriers
from headgate.spec.arazzo.references import BadExpressionError, Reference, parse_reference, split_text


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("$inputs.city", Reference("input", "city")),
        ("$inputs.x-store-id", Reference("input", "x-store-id")),
        ("$inputs.body#/a~1b/~0", Reference("input", "body", pointer=("a/b", "~"))),
        ("$steps.user.outputs.home.city", Reference("step", "user", "home.city")),
        ("$steps.a-b_1.outputs.x#/0", Reference("step", "a-b_1", "x", ("0",))),
        ("$outputs.cafes", Reference("output", "cafes")),
        ("$response.body", Reference("body")),
        ("$response.body#/", Reference("body", pointer=("",))),
        ("$response.body.items[0].id", Reference("body", pointer=("items", "0", "id"))),
        ("$response.header.X-Total", Reference("header", "X-Total")),
        ("$statusCode", Reference("status")),
        ("$method", Reference("method")),
        ("$request.path.id", Reference("request", "path", "id")),
        ("$request.body#/a", Reference("request", "body", pointer=("a",))),
    ],
)
def test_an_expression_is_read(text, reference):
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    ["$url", "$inputs", "$inputs.", "$steps.a", "$steps.a.outputs", "$steps.a b.outputs.x", "$response", "$response.bodyx",
     "$response.header", "$statusCode.x", "$workflows.a.outputs.x", "$request.form.x", "$foo", "$inputs.a#b"],
)  # fmt: skip
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(BadExpressionError):
        parse_reference(text)


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_a_bad_one(text):
    for each in (text, f"${text}", f"$steps.{text}", f"$response.{text}"):
        with contextlib.suppress(BadExpressionError):
            assert parse_reference(each).kind


def test_a_text_is_split_at_its_expressions():
    assert split_text("{$inputs.a}-{x}{$statusCode}") == [Reference("input", "a"), "-{x}", Reference("status")]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("$statusCode == 200", True),
        ("$statusCode==200&&$response.body#/state=='READY'", True),
        ("$response.body#/state != 'gone'", True),
        ("$statusCode >= 200 && $statusCode < 300", True),
        ("$statusCode < 200 || $statusCode > 299 || $response.body#/n == 3", True),
        ("!($statusCode == 500)", True),
        ("! $response.body#/absent", True),
        ("$response.body#/ok", True),
        ("$response.body#/ok == true", True),
        ("$response.body#/none == null", True),
        ("$response.body#/name == 'it''s'", True),
        ("$response.body#/n == 3.0", True),
        ("$response.header.X-Total > -1", True),
        ("{$statusCode == 200}", True),
        ("$statusCode == 500 && $statusCode == 200 || $statusCode == 200", True),
        ("$statusCode == 500 && ($statusCode == 200 || $statusCode == 200)", False),
        ("$response.body#/n == 'three'", False),
    ],
)
def test_a_condition_compiles_to_what_it_says(condition, holds):
    body = {"state": "ready", "ok": True, "none": None, "name": "It's", "n": 3}
    scope = Scope({}, status=200, headers={"x-total": "0"}, body=body)

    assert run_condition(parse_condition(condition, leaf))(scope) is holds


def leaf(reference):
    kinds = {"body": list(reference.pointer), "header": reference.name.lower(), "status": True}
    return {reference.kind: kinds[reference.kind]}


@pytest.mark.parametrize(
    "condition", ["", "==", "$statusCode ==", "$statusCode = 200", "($statusCode", "$statusCode 200", "'open", "a == b",
                  "$statusCode == 200)", "1 == 1 == 1", "x" * 3000],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_is_refused(condition):
    with pytest.raises(BadExpressionError):
        parse_condition(condition, leaf)


@st.composite
def graphs(draw):
    names = [f"s{n}" for n in range(draw(st.integers(1, 8)))]
    return names, {name: frozenset(draw(st.lists(st.sampled_from(names), max_size=2))) - {name} for name in names}


@given(graphs())
def test_a_step_stands_behind_what_it_waits_for(graph):
    names, waits = graph
    placed = sort(names, waits)

    assert all(placed.index(before) < placed.index(name) for name in placed for before in waits[name])


@given(graphs())
def test_what_cannot_be_sorted_is_in_a_circle_or_waits_for_one(graph):
    names, waits = graph
    found = circles(names, waits)

    assert bool(found) == (set(sort(names, waits)) != set(names))
    for circle in found:
        assert all(after in waits[before] for before, after in itertools.pairwise([*circle, circle[0]]))


@given(graphs(), st.integers(0, 99))
def test_the_longest_way_is_no_shorter_than_any(graph, seed):
    names, waits = graph
    placed = sort(names, waits)
    cost = {name: random.Random(f"{seed}{name}").random() for name in placed}
    seconds, path = longest(placed, waits, cost)

    assert seconds == pytest.approx(sum(cost[name] for name in path))
    assert all(seconds >= cost[name] + sum(cost[before] for before in list(waits[name])[:1]) - 1e-9 for name in placed)


def test_a_step_after_an_unsafe_one_waits_for_it():
    waits = with_barriers(["a", "b", "c"], dict.fromkeys("abc", frozenset()), frozenset("b"))

    assert waits == {"a": frozenset(), "b": frozenset("a"), "c": frozenset("b")}


def test_two_circles_are_two_problems():
    waits = {"a": frozenset("b"), "b": frozenset("a"), "c": frozenset("d"), "d": frozenset("c"), "e": frozenset("a")}

    assert circles(list("abcde"), waits) == [["a", "b"], ["c", "d"]]
