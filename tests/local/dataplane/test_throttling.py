"""FACTS 7: API keys, token buckets and quotas, all on the clock."""

import json
from datetime import datetime
from typing import Any

import pytest

from headgate.local.records import ApiKey, Method, MethodSettings, UsagePlan
from headgate.local.usage import Quota, Usage

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


@pytest.mark.parametrize(
    ("period", "offset", "first"),
    [
        ("DAY", 0, "2030-01-16"),
        ("WEEK", 0, "2030-01-06"),  # a Sunday
        ("WEEK", 2, "2030-01-15"),  # a Tuesday
        ("WEEK", 6, "2030-01-05"),  # a Saturday
        ("MONTH", 0, "2030-02-01"),
        ("MONTH", 3, "2030-02-04"),
        ("MONTH", 27, "2030-02-28"),
    ],
)
def test_the_offset_moves_the_day_on_which_a_period_starts(
    keyed: Any, world: Any, period: str, offset: int, first: str
) -> None:
    """FACTS 7.11: midnight, UTC."""
    call = keyed(quota_limit=1, quota_period=period, quota_offset=offset)
    midnight = datetime.fromisoformat(f"{first}T00:00:00+00:00").timestamp()

    world.now = midnight - 1
    before = [call().status, call().status]
    world.now = midnight

    assert before == [200, 429]
    assert [call().status, call().status] == [200, 429]


def test_a_period_is_called_after_its_first_day() -> None:
    assert Quota(1, "WEEK", 2).period_of("2030-01-21") == "2030-01-15"
    assert Quota(1, "MONTH", 3).period_of("2030-02-03") == "2030-01-04"


def test_a_week_goes_on_at_new_year(keyed: Any, world: Any) -> None:
    call = keyed(quota_limit=1, quota_period="WEEK")
    world.now = datetime.fromisoformat("2026-12-31T23:00:00+00:00").timestamp()
    first = call().status
    world.now += 7200

    assert [first, call().status] == [200, 429]


def test_what_update_usage_leaves_counts_in_the_period_of_now() -> None:
    usage, consumer, quota = Usage(), ("plan", "key"), Quota(10, "MONTH")
    assert usage.take(consumer, quota, "2026-10-31")

    usage.set_remaining(consumer, 1, quota, "2026-11-21")

    assert [usage.take(consumer, quota, "2026-11-22") for _ in range(2)] == [True, False]
    days = usage.days(consumer, "2026-10-30", "2026-12-01", quota)
    assert [days[0], days[1], days[2], days[21], days[22], days[23], days[-1]] == [
        *([0, 10], [1, 9], [0, 10], [0, 10], [0, 1], [1, 0], [0, 10])
    ]


def test_days_after_the_first_shown_know_what_was_used_before_it() -> None:
    usage, consumer, quota = Usage(), ("plan", "key"), Quota(10, "WEEK")
    usage.take(consumer, quota, "2030-01-07")

    assert usage.days(consumer, "2030-01-08", "2030-01-13", quota) == [*([[0, 9]] * 5), [0, 10]]


def test_a_changed_limit_holds_from_the_next_request(world: Any, make: Any) -> None:
    wide, none = (MethodSettings(throttling_rate_limit=rate, throttling_burst_limit=int(rate)) for rate in (9.0, 0.0))
    statuses = []
    for settings in (wide, none, wide):
        world.deploy({"GET /open": make.mock()}, stage={"method_settings": {"*/*": settings}})
        statuses.append(world.call("GET", "/open").status)

    assert statuses == [200, 429, 200]
