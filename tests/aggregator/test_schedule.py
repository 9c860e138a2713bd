"""Laws of the schedule, for any plan and any order in which replies come back."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.aggregator.answer import compose
from functions.aggregator.plan import parse_plans
from functions.aggregator.schedule import StepResult, first_failure, moves, skipped
from tests.aggregator.pages import plan, step

OK = StepResult("ok", {"body": 1})
FAILED = StepResult("failed", reason="broken")


@st.composite
def plans_and_results(draw):
    """A plan of up to eight steps that wait for earlier ones, and how each step would end if it ran."""
    count = draw(st.integers(1, 8))
    steps, results = [], []
    for number in range(count):
        earlier = [f"s{n}" for n in range(number)]
        needs = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3)) if earlier else []
        order = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
        steps.append(step(f"s{number}", needs=needs, after=sorted({*needs, *order}), required=draw(st.booleans())))
        results.append(draw(st.sampled_from([OK, FAILED, StepResult("fallback", {"body": 2}, reason="timeout")])))
    document = {"version": 1, "upstreams": {"main": {"url": "http://x"}}, "plans": {"GET /": plan(*steps)}}
    return parse_plans(document)[0].plans["GET /"], results


def run(page, outcomes, order):
    """Run with replies arriving in the order that `order` (a random source) picks; the results and what was started."""
    results, started, in_flight = {}, [], set()
    while not (step := moves(page, results, started)).is_done:
        for position in step.skip:
            results[position] = skipped(page.steps[position], results)
        for position in step.start:
            assert position not in started
            assert page.steps[position].after <= results.keys()
            started.append(position)
            in_flight.add(position)
        if in_flight:
            arrived = order.choice(sorted(in_flight))
            in_flight.remove(arrived)
            results[arrived] = outcomes[arrived]
    return results, started


@settings(max_examples=300, deadline=None)
@given(plans_and_results(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_every_order_of_completions_gives_the_same_answer(case, one, other):
    page, outcomes = case
    answers = []
    for seed in (one, other):
        results, _ = run(page, outcomes, random.Random(seed))
        answers.append(compose(page, {}, results, "r"))

    assert answers[0] == answers[1]


@settings(max_examples=200, deadline=None)
@given(plans_and_results(), st.integers(0, 2**32))
def test_without_a_failure_every_step_is_settled_once(case, seed):
    page, outcomes = case
    results, started = run(page, outcomes, random.Random(seed))

    if first_failure(page, results) is None:
        assert results.keys() == set(range(len(page.steps)))
    assert len(started) == len(set(started))


@settings(max_examples=200, deadline=None)
@given(plans_and_results(), st.integers(0, 2**32))
def test_no_step_runs_without_what_it_needs(case, seed):
    page, outcomes = case
    results, started = run(page, outcomes, random.Random(seed))

    for position in started:
        assert all(results[need].is_usable for need in page.steps[position].needs)


def test_independent_steps_start_together():
    page = parse_plans({"version": 1, "upstreams": {}, "plans": {"GET /": plan(*map(step, "abcde"))}})[0].plans["GET /"]

    assert moves(page, {}, set()).start == (0, 1, 2, 3, 4)


def test_a_failed_required_step_stops_what_comes_after_it():
    page = parse_plans({"version": 1, "upstreams": {}, "plans": {"GET /": plan(*map(step, "abc"))}})[0].plans["GET /"]

    after_b = moves(page, {1: FAILED}, {0, 1, 2})
    after_both = moves(page, {0: OK, 1: FAILED}, {0, 1, 2})

    assert (after_b.is_done, after_both.is_done) == (False, True)
