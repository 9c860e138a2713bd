"""What an alarm's change of state sets off: the event on the bus, and the actions for the new state. Pure."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .watching import iso

if TYPE_CHECKING:
    from .cloudwatch.records import Alarm, Region, State

DETAIL_TYPE = "CloudWatch Alarm State Change"
ACTIONS_OF = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


def state_change(region: "Region", alarm: "Alarm", before: "State", when: str) -> dict[str, Any]:
    """The event, as EventBridge delivers it. `when` is its time."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": DETAIL_TYPE,
        "source": "aws.cloudwatch",
        "account": region.account_id,
        "time": when,
        "region": region.region,
        "resources": [alarm.arn],
        "detail": {
            "alarmName": alarm.name,
            "state": _state(alarm.state),
            "previousState": _state(before),
            "configuration": _configuration(alarm),
        },
    }


def _state(state: "State") -> dict[str, Any]:
    return {
        "value": state.value,
        "reason": state.reason,
        "reasonData": state.reason_data,
        "timestamp": iso(state.epoch_seconds),
    }


def _configuration(alarm: "Alarm") -> dict[str, Any]:
    about = {"description": alarm.given["AlarmDescription"]} if alarm.given.get("AlarmDescription") else {}
    if alarm.watch is None:
        return {"alarmRule": alarm.given["AlarmRule"], **about}
    metrics = []
    for query in alarm.watch.queries:
        shown: dict[str, Any] = {"id": query.id, "returnData": query.returns}
        if query.metric is not None:
            shown["metricStat"] = {
                "metric": {
                    "namespace": query.metric.namespace,
                    "name": query.metric.name,
                    "dimensions": dict(query.metric.dimensions),
                },
                "period": query.period,
                "stat": query.statistic,
            }
        else:
            shown |= {"expression": _expression(alarm.given, query.id), "label": query.label}
        metrics.append(shown)
    return {"metrics": metrics, **about}


def _expression(given: Mapping[str, Any], query_id: str) -> str:
    return next(str(item["Expression"]) for item in given["Metrics"] if item["Id"] == query_id)


def actions(alarm: "Alarm") -> list[str]:
    """The ARNs to call for the state it is in now."""
    return list(alarm.given.get(ACTIONS_OF[alarm.state.value]) or ()) if alarm.actions_enabled else []


def lambda_payload(region: "Region", alarm: "Alarm", before: "State") -> str:
    """What a function gets that is an alarm's action."""
    return json.dumps(
        {
            "source": "aws.cloudwatch",
            "alarmArn": alarm.arn,
            "accountId": region.account_id,
            "time": iso(alarm.state.epoch_seconds),
            "region": region.region,
            "alarmData": {
                "alarmName": alarm.name,
                "state": _state(alarm.state),
                "previousState": _state(before),
                "configuration": _configuration(alarm),
            },
        }
    )


def topic_message(region: "Region", alarm: "Alarm", before: "State") -> tuple[str, str]:
    """Subject and message for a topic."""
    given = alarm.given
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": given.get("AlarmDescription"),
        "AWSAccountId": region.account_id,
        "AlarmConfigurationUpdatedTimestamp": iso(alarm.configured),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": iso(alarm.state.epoch_seconds),
        "Region": region.region,
        "AlarmArn": alarm.arn,
        "OldStateValue": before.value,
        **{name: list(given.get(name) or ()) for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    if alarm.watch is None:
        message["AlarmRule"] = given["AlarmRule"]
    else:
        names = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Metrics", "Dimensions")
        limits = ("EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator", "Threshold", "TreatMissingData")
        message["Trigger"] = {name: given[name] for name in (*names, *limits) if name in given}
    return f'{alarm.state.value}: "{alarm.name}" in {region.region}', json.dumps(message)
