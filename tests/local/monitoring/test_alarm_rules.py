"""From data points to a state, and composite rules over states."""

from typing import Any

import pytest

from headgate.local.monitoring.alarms import Rule, judge, read_rule
from headgate.local.monitoring.composite import RuleError, holds, parse_rule

BREACHING, FINE, GAP = "X", "0", "-"


def state(points: str, missing: str, *, datapoints: int = 3, periods: int = 3, current: str = "before") -> str:
    """The state after five one-minute periods, oldest first."""
    rule = Rule("GreaterThanThreshold", 1.0, periods, datapoints, 60, missing)
    marks = points.split()
    found = {60 * number: {BREACHING: 2.0, FINE: 0.0}[mark] for number, mark in enumerate(marks) if mark != GAP}
    return judge(rule, found, 60 * len(marks), current).state


# The examples of CloudWatch's documentation on missing data, 3 out of 3.
@pytest.mark.parametrize(
    ("points", "missing", "not_breaching", "breaching", "ignore"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("- - - - 0", "OK", "OK", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", "OK", "ALARM", "before"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", "OK", "ALARM", "before"),
    ],
)
def test_three_out_of_three(points: str, missing: str, not_breaching: str, breaching: str, ignore: str) -> None:
    assert state(points, "missing") == missing
    assert state(points, "notBreaching") == not_breaching
    assert state(points, "breaching") == breaching
    assert state(points, "ignore") == ignore


@pytest.mark.parametrize(
    ("points", "missing", "not_breaching", "breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM", "ALARM"),
        ("0 - X - -", "OK", "OK", "ALARM"),
        ("- - - - 0", "OK", "OK", "ALARM"),
        ("0 0 0 0 X", "OK", "OK", "OK"),
    ],
)
def test_two_out_of_three(points: str, missing: str, not_breaching: str, breaching: str) -> None:
    assert state(points, "missing", datapoints=2) == missing
    assert state(points, "notBreaching", datapoints=2) == not_breaching
    assert state(points, "breaching", datapoints=2) == breaching


def test_a_single_new_breach_among_gaps_waits_for_company() -> None:
    assert state("- - - - X", "missing", datapoints=2) == "before"
    assert state("- - - X -", "missing", datapoints=2) == "ALARM"


@pytest.mark.parametrize(
    ("comparison", "value", "breaches"),
    [
        ("GreaterThanThreshold", 1, False),
        ("GreaterThanOrEqualToThreshold", 1, True),
        ("LessThanThreshold", 1, False),
        ("LessThanOrEqualToThreshold", 1, True),
        ("LessThanThreshold", 0.9, True),
    ],
)
def test_comparisons(comparison: str, value: float, breaches: bool) -> None:
    assert Rule(comparison, 1.0, 1, 1).breaches(value) == breaches


def test_the_reason_names_the_points() -> None:
    found = judge(Rule("GreaterThanThreshold", 1.0, 2, 2), {0: 2.0, 60: 3.5}, 120, "OK")

    assert found.reason == (
        "Threshold Crossed: 2 out of the last 2 datapoints [3.5, 2] were greater than the threshold (1)."
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"DatapointsToAlarm": 3}, "must be between 1 and EvaluationPeriods 2"),
        ({"TreatMissingData": "perhaps"}, "must be one of"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly detection"),
    ],
)
def test_wrong_rules_are_refused(given: dict[str, Any], told: str) -> None:
    usual = {"ComparisonOperator": "LessThanThreshold", "Threshold": 1, "EvaluationPeriods": 2}

    with pytest.raises(ValueError, match=told):
        read_rule({**usual, **given}, 60)


STATES = {"a": "ALARM", "b b": "OK", "c": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("rule", "result"),
    [
        ("ALARM(a)", True),
        ('ALARM("b b")', False),
        ('OK("b b") AND INSUFFICIENT_DATA(c)', True),
        ('ALARM(a) AND ALARM("b b") OR TRUE', True),
        ('ALARM(a) AND (ALARM("b b") OR FALSE)', False),
        ("NOT ALARM(a)", False),
        ("NOT NOT ALARM(a)", True),
        ("ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:a)", True),
        ("ALARM(nobody) OR OK(nobody)", False),
    ],
)
def test_composite_rules(rule: str, result: bool) -> None:
    assert holds(parse_rule(rule), STATES) == result


@pytest.mark.parametrize("rule", ["", "ALARM a", "ALARM(a", "ALARM(a) ALARM(b)", "PANIC(a)", "ALARM()", "AND ALARM(a)"])
def test_wrong_composite_rules_are_refused(rule: str) -> None:
    with pytest.raises(RuleError, match="wanted"):
        parse_rule(rule)
