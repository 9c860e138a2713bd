"""ImportApiKeys (FACTS 7.13)."""

from typing import Any

import pytest

BAD_REQUEST = "BadRequestException"
FIRST, SECOND = "apikey1234abcdefghij0123456789", "second1234abcdefghij0123456789"


@pytest.fixture
def read(gateway: Any) -> Any:
    """Import lines of CSV."""
    return lambda *lines, **options: gateway.import_api_keys(body="\n".join(lines).encode(), format="csv", **options)


def test_columns_stand_in_any_order_and_others_are_ignored(gateway: Any, read: Any) -> None:
    answer = read("Owner,KEY,name", f"me,{FIRST},one")

    key = gateway.get_api_key(apiKey=answer["ids"][0], includeValue=True)
    assert (key["name"], key["value"], key["enabled"]) == ("one", FIRST, True)
    assert answer["warnings"] == []


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_quoted_list_names_several_plans(gateway: Any, read: Any, quote: str) -> None:
    plans = [gateway.create_usage_plan(name=name)["id"] for name in "ab"]
    row = f"{quote}{','.join(plans)}{quote}"

    identifier = read("Enabled,Name,key,UsageplanIds", f"FALSE,it's,{FIRST},{row}")["ids"][0]

    assert gateway.get_api_key(apiKey=identifier)["enabled"] is False
    assert gateway.get_api_key(apiKey=identifier)["name"] == "it's"
    assert [one["id"] for one in gateway.get_usage_plans(keyId=identifier)["items"]] == plans


def test_a_value_that_is_known_overwrites_its_key(gateway: Any, read: Any) -> None:
    plan = gateway.create_usage_plan(name="p")["id"]
    header = "name,key,description,enabled,usageplanids"
    first = read(header, f"one,{FIRST},d,true,{plan}")["ids"]

    second = read(header, f"two,{FIRST},,false,{plan}")

    assert second == second | {"ids": first, "warnings": []}
    key = gateway.get_api_key(apiKey=first[0])
    assert (key["name"], key.get("description"), key["enabled"]) == ("two", None, False)
    assert len(gateway.get_usage_plan_keys(usagePlanId=plan)["items"]) == 1


@pytest.mark.parametrize("lines", [["x,y", "1,2"], ["name", "one"], [f"{FIRST},one"], [""]])
def test_a_file_without_names_or_keys_is_refused(gateway: Any, read: Any, refused: Any, lines: list[str]) -> None:
    assert refused(lambda: read(*lines))[:2] == (400, BAD_REQUEST)
    assert gateway.get_api_keys()["items"] == []


@pytest.mark.parametrize("key", ["short", ""])
def test_wrong_rows_are_warned_of_or_refuse_the_file(gateway: Any, read: Any, refused: Any, key: str) -> None:
    lines = ["name,key,usageplanids", f"one,{key},", f"two,{SECOND},nope"]
    told = [
        "Line 2: API Key value should be at least 20 characters",
        "Line 3: Invalid Usage Plan ID specified: nope",
    ]

    strict = refused(lambda: read(*lines, failOnWarnings=True))
    kept = gateway.get_api_keys()["items"]
    answer = read(*lines)

    assert strict == (400, BAD_REQUEST, "Warnings found during import:\n\t" + "\n\t".join(told))
    assert kept == []
    assert (len(answer["ids"]), answer["warnings"]) == (1, told)
