"""Retries: where the plan says so, while the budget and the deadline last, and never twice for what must happen once."""

import time

import pytest

from functions.aggregator.retry_budget import RetryBudget
from tests.aggregator.pages import gateway, plan, step
from tests.aggregator.upstreams import Service, in_turn, json_reply

TWICE = [{"limit": 2, "afterSeconds": 0, "when": []}]
BAD = json_reply({}, 503)


def calls_and_answer(behaviour, retry, **settings):
    page = plan(step("a", retry=retry, **settings), timeoutSeconds=5.0)
    with Service({"/a": behaviour}) as service, gateway(page, service.url) as portal:
        answer = portal.get()
    return len(service.requests), answer.status


def test_a_failed_call_is_made_again():
    assert calls_and_answer(in_turn(BAD, json_reply({})), TWICE) == (2, 200)


def test_a_retry_ends_at_its_limit():
    assert calls_and_answer(BAD, TWICE) == (3, 502)


def test_a_retry_is_for_what_its_criteria_name():
    on_503 = [
        {"limit": 2, "afterSeconds": 0, "when": [{"op": "==", "left": {"status": True}, "right": {"const": 503}}]}
    ]

    assert calls_and_answer(json_reply({}, 500), on_503) == (1, 502)
    assert calls_and_answer(in_turn(BAD, json_reply({})), on_503) == (2, 200)


@pytest.mark.parametrize(("method", "calls"), [("POST", 1), ("PATCH", 1), ("PUT", 3), ("DELETE", 3)])
def test_what_may_have_happened_is_not_tried_again(method, calls):
    assert calls_and_answer(BAD, TWICE, method=method)[0] == calls


def test_an_idempotency_key_makes_a_post_repeatable():
    key = {"in": "header", "name": "Idempotency-Key", "value": {"const": "k"}, "required": True}

    assert calls_and_answer(BAD, TWICE, method="POST", parameters=[key])[0] == 3


def test_retry_after_overrules_the_plan_and_the_deadline_overrules_both():
    began = time.monotonic()

    assert calls_and_answer(json_reply({}, 503, Retry_After="999999999"), TWICE) == (1, 502)
    assert time.monotonic() - began < 60


def test_a_retry_waits_as_long_as_the_plan_says():
    began = time.monotonic()

    assert calls_and_answer(in_turn(BAD, json_reply({})), [{"limit": 1, "afterSeconds": 0.2, "when": []}]) == (2, 200)
    assert time.monotonic() - began >= 0.2


def test_a_dead_upstream_is_called_little_more_than_once_per_request():
    page = plan(step("a", retry=TWICE))
    with Service({"/a": BAD}) as service, gateway(page, service.url) as portal:
        for _ in range(200):
            portal.get()

    assert len(service.requests) <= 200 * 1.2


def test_the_budget_is_kept_per_upstream():
    budget = RetryBudget()
    while budget.spend("dead"):
        pass

    assert budget.spend("alive")


def test_first_attempts_earn_retries():
    budget = RetryBudget()
    while budget.spend("a"):
        pass
    for _ in range(11):
        budget.earn("a")

    assert [budget.spend("a"), budget.spend("a")] == [True, False]
