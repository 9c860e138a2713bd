"""The operations on alarms: (region, parameters) -> answer."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..alarms import read_rule
from ..composite import RuleError, parse_rule
from ..queries import period_of, read_queries, simple_query
from ..watching import evaluate_composites
from .errors import invalid, not_found
from .records import Alarm, MetricWatch, Region, State, moment

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
# What CloudWatch itself can call. Anything else, a state machine too, is started by a rule on the alarm's event.
ACTIONS = ("sns", "lambda", "autoscaling", "ec2", "automate", "ssm", "ssm-incidents", "aiops", "swf")


def put_metric_alarm(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """PutMetricAlarm: a new alarm, or new settings for one that keeps its state."""
    try:
        watch = _metric_watch(given)
    except (KeyError, ValueError) as problem:
        text = f"The parameter {problem.args[0]} is required" if isinstance(problem, KeyError) else str(problem)
        raise invalid(text) from problem
    _put(region, given, watch=watch)
    return {}


def _metric_watch(given: Mapping[str, Any]) -> MetricWatch:
    if not given.get("Metrics"):
        query = simple_query(given)
        return MetricWatch(read_rule(given, int(given["Period"])), (query,), query.id)
    queries = read_queries(given["Metrics"])
    returning = [query.id for query in queries if query.returns]
    if len(returning) != 1:
        raise ValueError(
            f"Exactly one element of the metrics list should return data, got {', '.join(returning) or 'none'}"
        )
    return MetricWatch(read_rule(given, period_of(queries)), queries, returning[0])


def put_composite_alarm(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """PutCompositeAlarm; evaluated at once."""
    try:
        rule = parse_rule(given["AlarmRule"])
    except RuleError as problem:
        raise invalid(str(problem)) from problem
    _put(region, given, rule=rule)
    evaluate_composites(region)
    return {}


def _put(region: Region, given: Mapping[str, Any], *, watch: Any = None, rule: Any = None) -> None:
    for kind in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for action in given.get(kind) or ():
            parts = action.split(":")
            if len(parts) < 6 or parts[2] not in ACTIONS:
                raise invalid(
                    f"Invalid {kind} {action}: CloudWatch calls SNS topics and Lambda functions; use an EventBridge rule"
                )
    name = given["AlarmName"]
    now = region.world.now()
    with region.lock:
        known = region.alarms.get(name)
        state = known.state if known else State(epoch_seconds=now)
        enabled = given.get("ActionsEnabled", True) is not False
        arn = region.arn("alarm", name)
        alarm = Alarm(name, arn, dict(given), watch, rule, now, state, enabled, known.history if known else [])
        region.alarms[name] = alarm
        if given.get("Tags"):
            region.tags[arn] = {tag["Key"]: tag["Value"] for tag in given["Tags"]}
    region.world.alarm_put(region)


def describe_alarms(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeAlarms: metric alarms unless AlarmTypes says otherwise; by name, prefix, state and action prefix."""
    kinds = given.get("AlarmTypes") or ["MetricAlarm", *(["CompositeAlarm"] if given.get("AlarmNames") else ())]
    shown = [alarm for alarm in sorted(region.alarms.values(), key=lambda one: one.name) if _wanted(alarm, given)]
    return {
        "MetricAlarms": [show(one) for one in shown if not one.is_composite and "MetricAlarm" in kinds],
        "CompositeAlarms": [show(one) for one in shown if one.is_composite and "CompositeAlarm" in kinds],
    }


def _wanted(alarm: Alarm, given: Mapping[str, Any]) -> bool:
    actions = [action for kind in ("AlarmActions", "OKActions") for action in alarm.given.get(kind) or ()]
    prefix = given.get("ActionPrefix")
    return (
        (not given.get("AlarmNames") or alarm.name in given["AlarmNames"])
        and alarm.name.startswith(given.get("AlarmNamePrefix") or "")
        and given.get("StateValue") in (None, alarm.state.value)
        and (not prefix or any(action.startswith(prefix) for action in actions))
    )


def show(alarm: Alarm) -> dict[str, Any]:
    """An alarm as DescribeAlarms shows it."""
    return {
        **{name: value for name, value in alarm.given.items() if name != "Tags"},
        "AlarmArn": alarm.arn,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmConfigurationUpdatedTimestamp": moment(alarm.configured),
        "StateValue": alarm.state.value,
        "StateReason": alarm.state.reason,
        "StateReasonData": alarm.state.reason_data,
        "StateUpdatedTimestamp": moment(alarm.state.epoch_seconds),
        "StateTransitionedTimestamp": moment(alarm.state.epoch_seconds),
    }


def describe_alarms_for_metric(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeAlarmsForMetric."""
    found = [
        alarm
        for alarm in region.alarms.values()
        if alarm.given.get("MetricName") == given["MetricName"] and alarm.given.get("Namespace") == given["Namespace"]
    ]
    return {"MetricAlarms": [show(alarm) for alarm in found]}


def delete_alarms(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteAlarms; names of none are passed over, as CloudWatch does when another one exists."""
    with region.lock:
        for name in given["AlarmNames"]:
            alarm = region.alarms.pop(name, None)
            if alarm:
                region.tags.pop(alarm.arn, None)
    return {}


def enable_alarm_actions(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """EnableAlarmActions."""
    return _switch(region, given, enabled=True)


def disable_alarm_actions(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """DisableAlarmActions."""
    return _switch(region, given, enabled=False)


def _switch(region: Region, given: Mapping[str, Any], *, enabled: bool) -> dict[str, Any]:
    with region.lock:
        for name in given["AlarmNames"]:
            if name in region.alarms:
                region.alarms[name].actions_enabled = enabled
    return {}


def set_alarm_state(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """SetAlarmState: until the next evaluation."""
    alarm = region.alarms.get(given["AlarmName"])
    if alarm is None:
        raise not_found()
    if given["StateValue"] not in STATES:
        raise invalid(
            f"1 validation error detected: Value '{given['StateValue']}' at 'stateValue' failed to satisfy constraint: "
            "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
        )
    data = given.get("StateReasonData") or "{}"
    try:
        json.loads(data)
    except ValueError as problem:
        raise invalid(f"StateReasonData is not JSON: {problem}") from problem
    state = replace(alarm.state, value=given["StateValue"], reason=given["StateReason"], reason_data=data)
    if state.value != alarm.state.value:
        region.move(alarm, replace(state, epoch_seconds=region.world.now()))
        evaluate_composites(region)
    return {}


def describe_alarm_history(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeAlarmHistory: the changes of state, newest first."""
    found = [
        {
            "AlarmName": alarm.name,
            "AlarmType": "CompositeAlarm" if alarm.is_composite else "MetricAlarm",
            "Timestamp": moment(change["after"].epoch_seconds),
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"Alarm updated from {change['before'].value} to {change['after'].value}",
            "HistoryData": json.dumps(
                {"version": "1.0", **{name: _history_state(state) for name, state in _sides(change)}}
            ),
        }
        for alarm in region.alarms.values()
        if given.get("AlarmName") in (None, alarm.name)
        for change in alarm.history
    ]
    newest = sorted(found, key=lambda item: item["Timestamp"], reverse=True)
    return {"AlarmHistoryItems": newest[: int(given.get("MaxRecords") or 100)]}


def _sides(change: Mapping[str, State]) -> list[tuple[str, State]]:
    return [("oldState", change["before"]), ("newState", change["after"])]


def _history_state(state: State) -> dict[str, Any]:
    return {"stateValue": state.value, "stateReason": state.reason, "stateReasonData": json.loads(state.reason_data)}
