"""Evaluating alarms: over a Region's metrics at a moment, metric alarms first, then the composites above them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .alarms import ALARM, OK, Judgement, judge
from .composite import holds
from .expressions import Grid
from .queries import QueryError, results

if TYPE_CHECKING:
    from .cloudwatch.records import Alarm, Region, State

STANDARD_STEP = 60  # CloudWatch evaluates every minute, alarms with shorter periods every 10 s
FINE_STEP = 10


def step_of(region: "Region") -> int | None:
    """How often the Region's alarms are evaluated, in seconds; None without metric alarms."""
    periods = [alarm.watch.rule.period for alarm in region.alarms.values() if alarm.watch]
    if not periods:
        return None
    return FINE_STEP if min(periods) < STANDARD_STEP else STANDARD_STEP


def evaluate(region: "Region", now: float) -> None:
    """Every alarm of a Region at a moment; what changes its state is told."""
    with region.lock:
        alarms = list(region.alarms.values())
    for alarm in alarms:
        if alarm.watch is not None and now >= alarm.configured:
            _evaluate_metric(region, alarm, now)
    evaluate_composites(region)


def _evaluate_metric(region: "Region", alarm: "Alarm", now: float) -> None:
    watch = alarm.watch
    assert watch is not None
    rule = watch.rule
    step = STANDARD_STEP if rule.period >= STANDARD_STEP else FINE_STEP
    end = int(now) // step * step
    grid = Grid(end - rule.period * rule.looks_at, end, rule.period)
    try:
        points = results(region.metrics, watch.queries, grid)[watch.watched]
        found = judge(rule, points, end, alarm.state.value)
    except QueryError as problem:
        found = Judgement("INSUFFICIENT_DATA", f"The expression cannot be evaluated: {problem}")
    if found.state != alarm.state.value:
        data = _reason_data(alarm, found, now)
        region.move(
            alarm, replace(alarm.state, value=found.state, reason=found.reason, reason_data=data, epoch_seconds=now)
        )


def evaluate_composites(region: "Region") -> None:
    """Composite alarms, again and again until nothing changes: they may stand upon each other."""
    now = region.world.now()
    for _ in range(len(region.alarms) + 1):
        states = {name: alarm.state.value for name, alarm in region.alarms.items()}
        changed = False
        for alarm in list(region.alarms.values()):
            if alarm.rule is None:
                continue
            value = ALARM if holds(alarm.rule, states) else OK
            if value != alarm.state.value:
                changed = True
                region.move(alarm, _composite_state(alarm, value, now))
        if not changed:
            return


def _composite_state(alarm: "Alarm", value: str, now: float) -> "State":
    reason = f"{alarm.arn} transitioned to {value} at {iso(now)}"
    return replace(alarm.state, value=value, reason=reason, reason_data="{}", epoch_seconds=now)


def _reason_data(alarm: "Alarm", found: Judgement, now: float) -> str:
    watch = alarm.watch
    assert watch is not None
    points = [value for _, value in found.recent if value is not None]
    data = {
        "version": "1.0",
        "queryDate": iso(now),
        "startDate": iso(found.recent[0][0]) if found.recent else iso(now),
        "period": watch.rule.period,
        "recentDatapoints": points,
        "threshold": watch.rule.threshold,
        "evaluatedDatapoints": [
            {"timestamp": iso(moment), **({} if value is None else {"value": value})}
            for moment, value in reversed(found.recent)
        ],
    }
    return json.dumps(data)


def iso(epoch_seconds: float) -> str:
    """As CloudWatch writes times in texts: `2026-11-21T12:00:00.000+0000`."""
    when = datetime.fromtimestamp(epoch_seconds, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000"
