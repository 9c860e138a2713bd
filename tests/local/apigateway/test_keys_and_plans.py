"""API keys and usage plans (FACTS 7)."""

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
    """FACTS 7.8."""
    stages = [{"apiId": deployed.api, "stage": "nope"}]

    status, code, message = refused(lambda: deployed.gateway.create_usage_plan(name="p", apiStages=stages))

    assert (status, code) == (404, NOT_FOUND)
    assert message.startswith(f"Invalid API Stage {{api: {deployed.api}, stage: nope}} specified for usageplan ")


def test_burst_above_rate_is_accepted(gateway: Any) -> None:
    """FACTS 7.8."""
    plan = gateway.create_usage_plan(name="p", throttle={"rateLimit": 5.0, "burstLimit": 10})

    assert plan["throttle"] == {"rateLimit": 5.0, "burstLimit": 10}
    assert plan["apiStages"] == []


@pytest.mark.parametrize(
    "options",
    [
        {"quota": {"limit": 1, "period": "YEAR"}},
        {"quota": {"limit": 0, "period": "DAY"}},
        {"quota": {"limit": 1, "period": "DAY", "offset": 1}},
        {"throttle": {"rateLimit": -1.0}},
    ],
)
def test_refused_limits(gateway: Any, refused: Any, options: dict[str, Any]) -> None:
    assert refused(lambda: gateway.create_usage_plan(name="p", **options))[0] == 400


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
    assert record.method_throttles == {"/users/GET": (1.5, 0)}
    removal = [{"op": "remove", "path": "/apiStages", "value": where}, {"op": "remove", "path": "/quota"}]
    assert gateway.update_usage_plan(usagePlanId=plan, patchOperations=removal)["apiStages"] == []
    assert published.usage_plan(key, place["apiId"], "v1") is None


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
