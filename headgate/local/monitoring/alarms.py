"""Metric alarms: from data points to a state, as CloudWatch documents it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"

# CloudWatch looks at some periods before those that it evaluates. How many is not documented; its examples show two.
EARLIER_PERIODS = 2

COMPARISONS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
SIGNS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
MISSING = ("missing", "notBreaching", "breaching", "ignore")


@dataclass(frozen=True, slots=True)
class Rule:
    """When a metric alarm goes off: `datapoints` of the last `periods` periods breach."""

    comparison: str
    threshold: float
    periods: int
    datapoints: int
    period: int = 60
    missing: str = "missing"

    @property
    def looks_at(self) -> int:
        """How many periods are fetched."""
        return self.periods + EARLIER_PERIODS

    def breaches(self, value: float) -> bool:
        """Whether a point breaches."""
        return bool(COMPARISONS[self.comparison](value, self.threshold))


@dataclass(frozen=True, slots=True)
class Judgement:
    """A state and why. `recent` are the points that it rests on, newest last; None is a missing one."""

    state: str
    reason: str
    recent: tuple[tuple[int, float | None], ...] = field(default=())


def judge(rule: Rule, points: Mapping[int, float], end: int, current: str) -> Judgement:
    """The state at `end`, the end of the newest period. `points` are by the beginning of their period."""
    moments = [end - rule.period * number for number in range(rule.looks_at, 0, -1)]
    real = [(moment, points[moment]) for moment in moments if moment in points]
    if not real:
        return _without_data(rule, moments, current)
    recent = real[-rule.periods :]
    lacking = rule.periods - len(recent)
    breaching = [value for _, value in recent if rule.breaches(value)]
    filled = lacking if rule.missing == "breaching" else 0
    shown = tuple((moment, value) for moment, value in recent)
    if len(breaching) + filled >= rule.datapoints:
        return Judgement(ALARM, _reason(rule, breaching, recent, lacking), shown)
    if rule.missing in ("missing", "ignore") and lacking and breaching and len(breaching) == len(recent):
        # Only breaching points, too few of them: CloudWatch waits until the oldest is as old as the rule asks.
        old_enough = recent[0][0] <= end - rule.period * rule.datapoints
        state = ALARM if rule.missing == "missing" and old_enough else current
        return Judgement(state, _reason(rule, breaching, recent, lacking), shown)
    return Judgement(OK, _reason(rule, breaching, recent, lacking), shown)


def _without_data(rule: Rule, moments: list[int], current: str) -> Judgement:
    state = {"breaching": ALARM, "notBreaching": OK, "ignore": current, "missing": INSUFFICIENT}[rule.missing]
    wanted = rule.periods
    told = {"breaching": "[Breaching]", "notBreaching": "[NonBreaching]"}.get(rule.missing, "")
    treated = f" and {wanted} missing datapoints were treated as {told}" if told else ""
    shown = tuple((moment, None) for moment in moments[-wanted:])
    if not told:
        return Judgement(state, f"Insufficient Data: {wanted} datapoints were unknown.", shown)
    return Judgement(state, f"Threshold Crossed: no datapoints were received for {wanted} periods{treated}.", shown)


def _reason(rule: Rule, breaching: list[float], recent: list[tuple[int, float]], lacking: int) -> str:
    values = ", ".join(f"{value:.10g}" for _, value in reversed(recent))
    count, of = len(breaching), len(recent)
    verb = "was" if of == 1 else "were"
    sense = "" if breaching else "not "
    out_of = f"{count or of} out of the last {rule.periods} datapoints"
    missing = f", {lacking} missing treated as {rule.missing}" if lacking else ""
    crossed = f"{verb} {sense}{SIGNS[rule.comparison]} the threshold ({rule.threshold:.10g})"
    return f"Threshold Crossed: {out_of} [{values}] {crossed}{missing}."


def read_rule(given: Mapping[str, Any], period: int) -> Rule:
    """PutMetricAlarm's parameters as a rule.

    Raises:
        ValueError: CloudWatch would refuse them.
    """
    comparison = given["ComparisonOperator"]
    if comparison not in COMPARISONS:
        raise ValueError(
            f"ComparisonOperator {comparison}: anomaly detection is not here; use {', '.join(COMPARISONS)}"
        )
    if "Threshold" not in given:
        raise ValueError("Threshold is required with a static comparison")
    periods = int(given["EvaluationPeriods"])
    datapoints = int(given.get("DatapointsToAlarm") or periods)
    if not 1 <= datapoints <= periods:
        raise ValueError(f"DatapointsToAlarm {datapoints} must be between 1 and EvaluationPeriods {periods}")
    missing = given.get("TreatMissingData") or "missing"
    if missing not in MISSING:
        raise ValueError(f"TreatMissingData {missing}: must be one of {', '.join(MISSING)}")
    return Rule(comparison, float(given["Threshold"]), periods, datapoints, period, missing)
