"""FACTS 7: API keys, token buckets and quotas, all on the clock."""

import json
from typing import Any

import pytest

from headgate.local.records import ApiKey, Method, MethodSettings, UsagePlan
from headgate.local.usage import Usage

VALUE = "k" * 20


@pytest.fixture
def keyed(world: Any, make: Any) -> Any:
    """`keyed(plan settings)` deploys a method that needs a key of that plan."""

    def deploy(stage: dict[str, Any] | None = None, **plan: Any) -> Any:
        world.deploy({"GET /k": Method("GET", api_key_required=True, integration=make.proxy())}, stage=stage)
        world.keys[VALUE] = ApiKey("key1", VALUE)
        world.plans["key1"] = UsagePlan("plan1", **plan)
        return lambda **headers: world.call("GET", "/k", **{"x-api-key": VALUE, **headers})

    return deploy


def test_a_key_in_a_plan_passes_whatever_the_headers_case(keyed: Any, world: Any) -> None:
    call = keyed()

    assert [call().status, call(**{"x-api-key": "no", "X-API-KEY": VALUE}).status] == [200, 200]
    assert world.events[-1][1]["requestContext"]["identity"]["apiKeyId"] == "key1"


@pytest.mark.parametrize("case", ["missing", "unknown", "disabled", "no-plan"])
def test_any_other_key_is_forbidden(keyed: Any, world: Any, make: Any, case: str) -> None:
    call = keyed()
    if case == "disabled":
        world.keys[VALUE] = ApiKey("key1", VALUE, enabled=False)
    if case == "no-plan":
        world.plans.clear()

    response = call(**{"x-api-key": {"missing": "", "unknown": "x" * 20}.get(case, VALUE)})

    assert (response.status, response.body) == (403, b'{"message":"Forbidden"}')
    assert make.header(response, "x-amzn-ErrorType") == "ForbiddenException"


def test_the_authorizer_may_name_the_key(world: Any) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    answer = {"principalId": "u", "policyDocument": {"Statement": [statement]}, "usageIdentifierKey": VALUE}
    world.functions["authorizer"] = lambda _event: answer
    routes = {"GET /k": world.guarded(api_key_required=True)}
    world.deploy(routes, authorizers={"au1": world.authorizer()}, api_key_source="AUTHORIZER")
    world.keys[VALUE] = ApiKey("key1", VALUE)
    world.plans["key1"] = UsagePlan("plan1")

    assert world.call("GET", "/k", Authorization="t").status == 200


def test_a_burst_passes_and_the_rate_refills(keyed: Any, world: Any) -> None:
    call = keyed(rate_limit=2.0, burst_limit=3)
    burst = [call().status for _ in range(4)]
    world.now += 0.5

    assert burst == [200, 200, 200, 429]
    assert [call().status, call().status] == [200, 429]


def test_a_throttled_answer(keyed: Any, make: Any) -> None:
    response = keyed(rate_limit=0.0, burst_limit=0)()

    assert (response.status, json.loads(response.body)) == (429, {"message": "Too Many Requests"})
    assert make.header(response, "x-amzn-ErrorType") == "TooManyRequestsException"


@pytest.mark.parametrize("name", ["/k/GET", "k/GET"])
def test_a_plan_may_limit_one_method(keyed: Any, name: str) -> None:
    call = keyed(rate_limit=100.0, burst_limit=100, method_throttles={name: (1.0, 1)})

    assert [call().status, call().status] == [200, 429]


def test_a_refused_request_takes_no_token_elsewhere(keyed: Any, world: Any) -> None:
    settings = MethodSettings(throttling_rate_limit=1.0, throttling_burst_limit=1)
    call = keyed({"method_settings": {"k/GET": settings}}, rate_limit=1.0, burst_limit=2)
    statuses = [call().status, call().status]
    world.now += 1

    assert [*statuses, call().status, call().status] == [200, 429, 200, 429]


@pytest.mark.parametrize("key", ["*/*", "open/GET"])
def test_stage_limits_need_no_key(world: Any, make: Any, key: str) -> None:
    settings = MethodSettings(throttling_rate_limit=0.0, throttling_burst_limit=0)
    world.deploy({"GET /open": make.mock()}, stage={"method_settings": {key: settings}})

    assert world.call("GET", "/open").status == 429


def test_the_quota_starts_again_with_its_period(keyed: Any, world: Any, make: Any) -> None:
    call = keyed(quota_limit=2, quota_period="DAY")
    first = [call().status for _ in range(2)]
    refused = call()
    world.now += 86_400

    assert first == [200, 200]
    assert (refused.status, refused.body) == (429, b'{"message":"Limit Exceeded"}')
    assert make.header(refused, "x-amzn-ErrorType") == "LimitExceededException"
    assert call().status == 200


def test_the_offset_counts_in_the_first_period_only(keyed: Any, world: Any) -> None:
    call = keyed(quota_limit=2, quota_period="MONTH", quota_offset=1)
    first = [call().status, call().status]
    world.now += 31 * 86_400

    assert first == [200, 429]
    assert [call().status, call().status, call().status] == [200, 200, 429]


def test_what_update_usage_leaves_counts_in_the_period_of_now() -> None:
    usage, consumer = Usage(), ("plan", "key")
    usage.count(consumer, "2026-10", "2026-10-31", used=9, limit=10)

    usage.set_remaining(consumer, 3, 10, period="2026-11", day="2026-11-21")

    assert usage.used(consumer, "2026-11", 0) == 7
    assert usage.days(consumer, "2026-11-21", "2026-11-22", 10) == [[0, 3], [0, 3]]
    assert usage.used(consumer, "2026-12", 0) == 0


def test_a_changed_limit_holds_from_the_next_request(world: Any, make: Any) -> None:
    wide, none = (MethodSettings(throttling_rate_limit=rate, throttling_burst_limit=int(rate)) for rate in (9.0, 0.0))
    statuses = []
    for settings in (wide, none, wide):
        world.deploy({"GET /open": make.mock()}, stage={"method_settings": {"*/*": settings}})
        statuses.append(world.call("GET", "/open").status)

    assert statuses == [200, 429, 200]
