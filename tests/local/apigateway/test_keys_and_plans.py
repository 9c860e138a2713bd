"""API keys and usage plans (FACTS 7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

BAD_REQUEST, NOT_FOUND, CONFLICT = "BadRequestException", "NotFoundException", "ConflictException"
VALUE = "v" * 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value": "x" * 19}, "API Key value should be at least 20 characters"),
        ({"value": "x" * 129}, "API Key value exceeds maximum size of 128 characters"),
        ({"name": "x" * 1025}, "Invalid API Key name, can be at most 1024 characters."),
    ],
)
def test_refused_keys(gateway: Any, refused: Any, options: dict[str, str], message: str) -> None:
    """FACTS 7.3."""
    assert refused(lambda: gateway.create_api_key(**options)) == (400, BAD_REQUEST, message)


def test_value_is_made_and_shown_only_on_request(gateway: Any) -> None:
    key = gateway.create_api_key(name="n", enabled=True)

    assert len(key["value"]) == 40
    assert "value" not in gateway.get_api_key(apiKey=key["id"])
    assert gateway.get_api_key(apiKey=key["id"], includeValue=True)["value"] == key["value"]
    assert ["value" in one for one in gateway.get_api_keys()["items"]] == [False]
    assert [one["value"] for one in gateway.get_api_keys(includeValues=True)["items"]] == [key["value"]]


def test_values_are_unique(gateway: Any, refused: Any) -> None:
    gateway.create_api_key(value=VALUE)

    assert refused(lambda: gateway.create_api_key(value=VALUE))[:2] == (409, CONFLICT)


def test_keys_are_found_by_name(gateway: Any) -> None:
    for name in ("alpha", "beta", "alpine"):
        gateway.create_api_key(name=name)

    assert [one["name"] for one in gateway.get_api_keys(nameQuery="alp")["items"]] == ["alpha", "alpine"]


def test_disabling_a_key_reaches_the_data_plane(gateway: Any, published: Any) -> None:
    key = gateway.create_api_key(value=VALUE, enabled=True)["id"]

    gateway.update_api_key(apiKey=key, patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])

    assert published.api_key(VALUE).enabled is False
    gateway.delete_api_key(apiKey=key)
    assert published.api_key(VALUE) is None


def test_keys_come_from_csv(gateway: Any) -> None:
    body = f"name,key,enabled\nfirst,{VALUE},true\nsecond,short,true\n".encode()

    answer = gateway.import_api_keys(body=body, format="csv")

    assert len(answer["ids"]) == 1
    assert answer["warnings"] == ["Line 3: API Key value should be at least 20 characters"]


@pytest.fixture
def place(deployed: Any) -> dict[str, str]:
    return {"apiId": deployed.api, "stage": "v1"}


def test_unknown_stage_in_a_plan(deployed: Any, refused: Any) -> None:
    """FACTS 7.8, 7.10: a new plan says it in other words than a changed one."""
    stages = [{"apiId": deployed.api, "stage": "nope"}]
    plan = deployed.gateway.create_usage_plan(name="p")["id"]
    operation = {"op": "add", "path": "/apiStages", "value": f"{deployed.api}:nope"}

    new = refused(lambda: deployed.gateway.create_usage_plan(name="p", apiStages=stages))
    old = refused(lambda: deployed.gateway.update_usage_plan(usagePlanId=plan, patchOperations=[operation]))

    assert new == (404, NOT_FOUND, f"API Stage not found: {deployed.api}:nope")
    words = f"Invalid API Stage {{api: {deployed.api}, stage: nope}} specified for usageplan {plan}"
    assert old == (404, NOT_FOUND, words)


def test_a_method_throttle_names_a_resource_and_a_verb(gateway: Any, place: Any, refused: Any) -> None:
    """FACTS 7.10."""
    stages = [place | {"throttle": {"badkey": {"rateLimit": 1.0, "burstLimit": 1}}}]

    answer = refused(lambda: gateway.create_usage_plan(name="p", apiStages=stages))

    assert answer == (400, BAD_REQUEST, "Invalid method {resourcePath: badkey,method: } specified")


def test_burst_above_rate_is_accepted(gateway: Any) -> None:
    """FACTS 7.8."""
    plan = gateway.create_usage_plan(name="p", throttle={"rateLimit": 5.0, "burstLimit": 10})

    assert plan["throttle"] == {"rateLimit": 5.0, "burstLimit": 10}
    assert plan["apiStages"] == []


NO_PERIOD = "Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]"
OFFSET = "Usage Plan quota offset must be between 0 and {} inclusive in the {} period"
# FACTS 7.10
QUOTAS: list[tuple[dict[str, Any], str]] = [
    ({"limit": 1, "period": "YEAR"}, NO_PERIOD),
    ({"limit": 1}, NO_PERIOD),
    ({"limit": 0, "period": "DAY"}, "Usage Plan quota limit must be a non-negative numeric"),
    ({"limit": 1, "period": "DAY", "offset": 1}, "Usage Plan quota offset must be zero in the DAY period"),
    ({"limit": 1, "period": "WEEK", "offset": 7}, OFFSET.format(6, "WEEK")),
    ({"limit": 1, "period": "MONTH", "offset": 28}, OFFSET.format(27, "MONTH")),
]


@pytest.mark.parametrize(("quota", "message"), QUOTAS, ids=lambda one: str(one)[:40])
def test_refused_quotas(gateway: Any, refused: Any, quota: dict[str, Any], message: str) -> None:
    answer = refused(lambda: gateway.create_usage_plan(name="p", quota=quota))

    assert answer == (400, BAD_REQUEST, message)


def test_a_rate_is_not_negative(gateway: Any, refused: Any) -> None:
    assert refused(lambda: gateway.create_usage_plan(name="p", throttle={"rateLimit": -1.0}))[0] == 400


def test_usage_shows_what_is_left_in_each_days_period(gateway: Any) -> None:
    """FACTS 7.7: a day without requests has its whole quota again."""
    plan = gateway.create_usage_plan(name="p", quota={"limit": 5, "period": "DAY"})["id"]
    key = gateway.create_api_key(value=VALUE)["id"]
    target = {"usagePlanId": plan, "keyId": key}
    gateway.create_usage_plan_key(**target, keyType="API_KEY")
    today = datetime.fromtimestamp(1_800_000_000, UTC).date()

    gateway.update_usage(**target, patchOperations=[{"op": "replace", "path": "/remaining", "value": "2"}])
    days = {"startDate": str(today - timedelta(1)), "endDate": str(today + timedelta(1))}

    assert gateway.get_usage(**target, **days)["items"] == {key: [[0, 5], [0, 2], [0, 5]]}


def test_patched_plan(gateway: Any, place: Any, published: Any) -> None:
    plan = gateway.create_usage_plan(name="p")["id"]
    key = gateway.create_api_key(value=VALUE, enabled=True)["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    where = f"{place['apiId']}:v1"

    answer = gateway.update_usage_plan(
        usagePlanId=plan,
        patchOperations=[
            {"op": "add", "path": "/apiStages", "value": where},
            {"op": "replace", "path": "/throttle/rateLimit", "value": "2"},
            {"op": "replace", "path": "/quota/limit", "value": "9"},
            {"op": "replace", "path": "/quota/period", "value": "WEEK"},
            {"op": "replace", "path": f"/apiStages/{where}/throttle/~1users/GET/rateLimit", "value": "1.5"},
        ],
    )

    assert answer["apiStages"] == [place | {"throttle": {"/users/GET": {"rateLimit": 1.5}}}]
    record = published.usage_plan(key, place["apiId"], "v1")
    assert (record.rate_limit, record.quota_limit, record.quota_period) == (2.0, 9, "WEEK")
    assert record.method_throttles == {"/users/GET": (1.5, 5000)}  # the account's burst
    removal = [{"op": "remove", "path": "/apiStages", "value": where}, {"op": "remove", "path": "/quota"}]
    assert gateway.update_usage_plan(usagePlanId=plan, patchOperations=removal)["apiStages"] == []
    assert published.usage_plan(key, place["apiId"], "v1") is None


@pytest.mark.parametrize("written", ["/users/GET", "~1users/GET"])
def test_method_throttles_are_patched_with_slashes_or_escapes(gateway: Any, place: Any, written: str) -> None:
    """FACTS 7.12."""
    plan = gateway.create_usage_plan(name="p", apiStages=[place])["id"]
    path = f"/apiStages/{place['apiId']}:v1/throttle/{written}"
    limits = [{"op": "replace", "path": f"{path}/{name}", "value": "3"} for name in ("rateLimit", "burstLimit")]

    answer = gateway.update_usage_plan(usagePlanId=plan, patchOperations=limits)
    removed = gateway.update_usage_plan(usagePlanId=plan, patchOperations=[{"op": "remove", "path": path}])

    assert answer["apiStages"] == [place | {"throttle": {"/users/GET": {"rateLimit": 3.0, "burstLimit": 3}}}]
    assert removed["apiStages"] == [place]


def test_key_has_one_plan_per_stage(gateway: Any, place: Any, refused: Any) -> None:
    """FACTS 7.4."""
    first, second = (gateway.create_usage_plan(name=name, apiStages=[place])["id"] for name in "ab")
    key = gateway.create_api_key(value=VALUE)["id"]
    gateway.create_usage_plan_key(usagePlanId=first, keyId=key, keyType="API_KEY")

    answer = refused(lambda: gateway.create_usage_plan_key(usagePlanId=second, keyId=key, keyType="API_KEY"))

    assert answer[:2] == (409, CONFLICT)


def test_keys_of_a_plan(gateway: Any, refused: Any) -> None:
    plan = gateway.create_usage_plan(name="p")["id"]
    key = gateway.create_api_key(name="n", value=VALUE)["id"]
    target = {"usagePlanId": plan, "keyId": key}
    gateway.create_usage_plan_key(**target, keyType="API_KEY")

    shown = gateway.get_usage_plan_key(**target)
    assert {one: shown[one] for one in ("id", "type", "name", "value")} == {
        "id": key,
        "type": "API_KEY",
        "name": "n",
        "value": VALUE,
    }
    assert [one["id"] for one in gateway.get_usage_plans(keyId=key)["items"]] == [plan]
    assert list(gateway.get_usage(**target, startDate="2026-01-01", endDate="2026-01-02")["items"]) == [key]
    gateway.delete_usage_plan_key(**target)
    assert refused(lambda: gateway.get_usage_plan_key(**target))[:2] == (404, NOT_FOUND)


def test_plan_or_stage_in_use_is_not_deleted(gateway: Any, place: Any, refused: Any) -> None:
    plan = gateway.create_usage_plan(name="p", apiStages=[place])["id"]

    assert refused(lambda: gateway.delete_usage_plan(usagePlanId=plan))[:2] == (400, BAD_REQUEST)
    assert refused(lambda: gateway.delete_stage(restApiId=place["apiId"], stageName="v1"))[:2] == (400, BAD_REQUEST)


def test_deleting_an_api_frees_its_plan(gateway: Any, place: Any) -> None:
    plan = gateway.create_usage_plan(name="p", apiStages=[place])["id"]

    gateway.delete_rest_api(restApiId=place["apiId"])

    gateway.delete_usage_plan(usagePlanId=plan)
