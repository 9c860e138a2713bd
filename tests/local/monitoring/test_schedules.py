"""When scheduled rules are due, and that they fire on the cloud's clock."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.clock import Clock
from headgate.local.cloud import Cloud, CloudConfig
from headgate.local.monitoring.schedules import ScheduleError, read_schedule
from headgate.local.monitoring.timetable import Timetable

NOON = "2025-11-21 12:00"  # a Friday


def at(text: str) -> float:
    """Epoch seconds of a minute in UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()


def due(expression: str, now: str = NOON) -> str:
    """The next moment of a rule made now."""
    found = read_schedule(expression).after(at(now), at(now))
    return "never" if found is None else f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", "2025-11-21 12:01"),
        ("rate(5 minutes)", "2025-11-21 12:05"),
        ("rate(1 hour)", "2025-11-21 13:00"),
        ("rate(7 days)", "2025-11-28 12:00"),
        ("cron(* * * * ? *)", "2025-11-21 12:01"),
        ("cron(0/15 * * * ? *)", "2025-11-21 12:15"),
        ("cron(0 12 * * ? *)", "2025-11-22 12:00"),
        ("cron(15 10 ? * 6L *)", "2025-11-28 10:15"),
        ("cron(0 10 ? * MON-FRI *)", "2025-11-24 10:00"),
        ("cron(0 18 ? * 1 *)", "2025-11-23 18:00"),
        ("cron(0 8 1 * ? *)", "2025-12-01 08:00"),
        ("cron(0 8 L * ? *)", "2025-11-30 08:00"),
        ("cron(0 8 LW * ? *)", "2025-11-28 08:00"),
        ("cron(0 8 30W * ? *)", "2025-11-28 08:00"),
        ("cron(0 8 ? * 2#1 *)", "2025-12-01 08:00"),
        ("cron(30 6,18 * JAN,MAR ? *)", "2026-01-01 06:30"),
        ("cron(0 0 29 2 ? *)", "2028-02-29 00:00"),
        ("cron(0 0 1 1 ? 2024)", "never"),
        ("cron(0 0 31 2 ? *)", "never"),
    ],
)
def test_the_next_moment(expression: str, expected: str) -> None:
    assert due(expression) == expected


def test_a_rate_counts_from_when_the_rule_was_made() -> None:
    schedule = read_schedule("rate(10 minutes)")

    assert schedule.after(at("2025-11-21 12:03"), at("2025-11-21 12:20")) == at("2025-11-21 12:23")
    assert schedule.after(at("2025-11-21 12:03"), at("2025-11-21 12:23")) == at("2025-11-21 12:33")


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(5 seconds)",
        "cron(0 12 * * *)",
        "cron(0 12 * * * *)",
        "cron(0 12 ? * ? *)",
        "cron(60 12 * * ? *)",
        "cron(0 12 ? * 2#6 *)",
        "cron(0 12 x * ? *)",
        "every day",
    ],
)
def test_expressions_that_are_refused(expression: str) -> None:
    with pytest.raises(ScheduleError, match="Parameter ScheduleExpression is not valid"):
        read_schedule(expression)


def test_a_schedule_may_end_itself() -> None:
    clock, fired = Clock(), []
    clock.freeze(at(NOON))
    timetable = Timetable(clock)

    def fire() -> None:
        fired.append(clock.now())
        timetable.remove("arn")

    timetable.put("arn", read_schedule("rate(1 minute)"), fire)
    clock.advance(600)

    assert fired == [at("2025-11-21 12:01")]
    clock.close()


# ---- on the clock


@pytest.fixture(scope="module")
def running() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0, controllable_clock=True)) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: Cloud) -> Iterator[Cloud]:
    """At noon, and the rules gone afterwards."""
    running.clock.freeze(at(NOON))
    yield running
    events = running.clients.client("events")
    for rule in events.list_rules()["Rules"]:
        events.remove_targets(Rule=rule["Name"], Ids=["queue"])
        events.delete_rule(Name=rule["Name"])
    running.reset()


def queue(cloud: Cloud, name: str) -> tuple[str, str]:
    """URL and ARN of a queue."""
    url = cloud.clients.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:123456789012:{name}"


def received(cloud: Cloud, url: str) -> list[dict[str, Any]]:
    """Everything in a queue."""
    found: list[dict[str, Any]] = []
    while batch := cloud.clients.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in batch]
    return found


def test_a_rate_fires_on_the_clock(cloud: Cloud) -> None:
    events, (url, arn) = cloud.clients.client("events"), queue(cloud, "rate")
    rule = events.put_rule(Name="every-five", ScheduleExpression="rate(5 minutes)")["RuleArn"]
    events.put_targets(Rule="every-five", Targets=[{"Id": "queue", "Arn": arn}])

    cloud.clock.advance(16 * 60)

    got = received(cloud, url)
    assert [event["time"] for event in got] == [f"2025-11-21T12:{minute:02d}:00Z" for minute in (5, 10, 15)]
    assert {event["detail-type"] for event in got} == {"Scheduled Event"}
    assert (got[0]["source"], got[0]["resources"], got[0]["detail"]) == ("aws.events", [rule], {})


def test_a_cron_fires_with_the_targets_input(cloud: Cloud) -> None:
    events, (url, arn) = cloud.clients.client("events"), queue(cloud, "cron")
    events.put_rule(Name="evening", ScheduleExpression="cron(0 18 * * ? *)")
    events.put_targets(Rule="evening", Targets=[{"Id": "queue", "Arn": arn, "Input": '{"job": "nightly"}'}])

    cloud.clock.advance(29 * 3600)

    assert received(cloud, url) == [{"job": "nightly"}]


def test_a_disabled_rule_rests_and_counts_anew_when_enabled(cloud: Cloud) -> None:
    events, (url, arn) = cloud.clients.client("events"), queue(cloud, "disabled")
    events.put_rule(Name="resting", ScheduleExpression="rate(10 minutes)", State="DISABLED")
    events.put_targets(Rule="resting", Targets=[{"Id": "queue", "Arn": arn}])
    cloud.clock.advance(15 * 60)
    assert received(cloud, url) == []

    events.enable_rule(Name="resting")
    cloud.clock.advance(10 * 60)

    assert [event["time"] for event in received(cloud, url)] == ["2025-11-21T12:25:00Z"]


def test_a_rule_that_is_changed_or_deleted_no_longer_fires_as_before(cloud: Cloud) -> None:
    events, (url, arn) = cloud.clients.client("events"), queue(cloud, "changed")
    events.put_rule(Name="moving", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="moving", Targets=[{"Id": "queue", "Arn": arn}])
    events.put_rule(Name="moving", ScheduleExpression="rate(1 hour)")
    cloud.clock.advance(3600)
    assert len(received(cloud, url)) == 1

    events.remove_targets(Rule="moving", Ids=["queue"])
    events.delete_rule(Name="moving")
    cloud.clock.advance(7200)

    assert received(cloud, url) == []


def test_a_clock_that_goes_back_fires_again(cloud: Cloud) -> None:
    events, (url, arn) = cloud.clients.client("events"), queue(cloud, "back")
    events.put_rule(Name="again", ScheduleExpression="cron(30 12 * * ? *)")
    events.put_targets(Rule="again", Targets=[{"Id": "queue", "Arn": arn}])
    cloud.clock.advance(3600)
    cloud.clock.set(at(NOON))

    cloud.clock.advance(3600)

    assert len(received(cloud, url)) == 2


def test_a_schedule_that_makes_no_sense_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError) as refusal:
        cloud.clients.client("events").put_rule(Name="wrong", ScheduleExpression="rate(1 minutes)")

    assert refusal.value.response["Error"]["Code"] == "ValidationException"
    assert "Parameter ScheduleExpression is not valid." in str(refusal.value)
