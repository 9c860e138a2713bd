"""Event patterns and what a target is given."""

import json
from typing import Any

import pytest

from headgate.local.monitoring.event_input import input_for
from headgate.local.monitoring.event_pattern import EventPatternError, matches, read_event_pattern

EVENT = {
    "source": "aws.cloudwatch",
    "time": "2025-11-21T12:00:00Z",
    "resources": ["arn:one", "arn:two"],
    "detail": {
        "alarmName": "headgate-prod-canary",
        "count": 5,
        "flag": True,
        "nothing": None,
        "ip": "10.0.1.7",
        "state": {"value": "ALARM"},
        "rows": [{"id": 1}, {"id": 2}],
    },
}


@pytest.mark.parametrize(
    ("detail", "hit"),
    [
        ({"state": {"value": ["ALARM", "OK"]}}, True),
        ({"state": {"value": ["OK"]}}, False),
        ({"alarmName": [{"prefix": "headgate-"}]}, True),
        ({"alarmName": [{"prefix": {"equals-ignore-case": "HEADGATE-"}}]}, True),
        ({"alarmName": [{"suffix": "-canary"}]}, True),
        ({"alarmName": [{"suffix": "-stable"}]}, False),
        ({"alarmName": [{"wildcard": "head*-*-canary"}]}, True),
        ({"alarmName": [{"wildcard": "head*-stable"}]}, False),
        ({"alarmName": [{"equals-ignore-case": "HEADGATE-prod-CANARY"}]}, True),
        ({"alarmName": [{"anything-but": ["x", "headgate-prod-canary"]}]}, False),
        ({"alarmName": [{"anything-but": "x"}]}, True),
        ({"alarmName": [{"anything-but": {"prefix": "headgate"}}]}, False),
        ({"alarmName": [{"anything-but": {"suffix": ["-a", "-b"]}}]}, True),
        ({"count": [{"numeric": [">", 0, "<=", 5]}]}, True),
        ({"count": [{"numeric": [">", 5]}]}, False),
        ({"alarmName": [{"numeric": [">", 5]}]}, False),
        ({"count": [5]}, True),
        ({"count": ["5"]}, False),
        ({"flag": [True]}, True),
        ({"flag": [1]}, False),
        ({"nothing": [None]}, True),
        ({"missing": [None]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"missing": {"deep": [{"exists": False}]}}, True),
        ({"count": [{"exists": True}]}, True),
        ({"missing": [{"anything-but": "x"}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/16"}]}, True),
        ({"ip": [{"cidr": "10.1.0.0/16"}]}, False),
        ({"rows": {"id": [2]}}, True),
        ({"rows": {"id": [3]}}, False),
        ({"$or": [{"count": [1]}, {"flag": [True]}]}, True),
        ({"$or": [{"count": [1]}, {"flag": [False]}]}, False),
        ({"count": [5], "flag": [False]}, False),
    ],
    ids=str,
)
def test_patterns(detail: dict[str, Any], hit: bool) -> None:
    pattern = read_event_pattern(json.dumps({"source": ["aws.cloudwatch"], "detail": detail}))

    assert matches(pattern, EVENT) == hit


def test_one_of_several_values_is_enough() -> None:
    assert matches({"resources": ["arn:two"]}, EVENT)
    assert not matches({"resources": ["arn:three"]}, EVENT)


@pytest.mark.parametrize(
    "pattern",
    ["[]", "{}", "{", '{"source": "x"}', '{"source": []}', '{"detail": {}}', '{"a": [{"like": "x"}]}', '{"a": [{}]}'],
)
def test_wrong_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(EventPatternError, match="Event pattern is not valid"):
        read_event_pattern(pattern)


ABOUT = {"arn": "arn:rule", "name": "rule"}


@pytest.mark.parametrize(
    ("target", "given"),
    [
        ({}, EVENT),
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail.state"}, {"value": "ALARM"}),
        ({"InputPath": "$.resources[1]"}, "arn:two"),
        ({"InputPath": "$.no.where"}, None),
    ],
)
def test_what_a_target_gets(target: dict[str, Any], given: Any) -> None:
    assert json.loads(input_for(target, EVENT, ABOUT)) == given


def test_a_template_puts_values_in_as_json_and_inside_quotes_as_text() -> None:
    template = '{"alarm": <name>, "n": <n>, "text": "<name> is <state> by <aws.events.rule-name>", "kept": "<other>"}'
    paths = {"name": "$.detail.alarmName", "n": "$.detail.count", "state": "$.detail.state"}
    target = {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}

    assert json.loads(input_for(target, EVENT, ABOUT)) == {
        "alarm": "headgate-prod-canary",
        "n": 5,
        "text": 'headgate-prod-canary is {"value": "ALARM"} by rule',
        "kept": "<other>",
    }
