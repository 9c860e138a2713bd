"""What is counted from the access logs, canary and stable apart: metrics, an alarm on the canary, and a dashboard.

The filters stand on the main group only: requests of the canary are also written to `<group>/Canary`, and would count twice there
(FACTS 5.13).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs

from .names import logical
from .settings import StageSettings

SIDES: Mapping[str, str] = {
    "canary": '($.isCanaryRequest = "true")',
    # A stage without a canary writes "-" or "false".
    "stable": '($.isCanaryRequest != "true")',
}
# Answers that an authorizer gave, as `$context.error.responseType` names them (FACTS 1.16).
AUTHORIZER_ERRORS = ("UNAUTHORIZED", "ACCESS_DENIED", "AUTHORIZER_FAILURE", "AUTHORIZER_CONFIGURATION_ERROR")
REQUESTS = "requests"
PERIOD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Monitored:
    """A stage, the access-log groups of its APIs, and the namespace of its metrics."""

    stage: StageSettings
    groups: Sequence[logs.CfnLogGroup]
    namespace: str


def namespace(stack: str) -> str:
    """Where a stack's metrics are."""
    return f"Headgate/{stack}"


def signal_patterns(slow_ms: int) -> dict[str, str]:
    """What makes an answer bad, by signal, in the filter language; `requests` is every answer."""
    authorizer = " || ".join(f'($.errorType = "{kind}")' for kind in AUTHORIZER_ERRORS)
    return {
        REQUESTS: "($.status >= 0)",
        "5xx": "($.status >= 500)",
        "4xx": "($.status >= 400) && ($.status < 500)",
        "auth": authorizer,
        "slow": f"($.responseLatency >= {slow_ms})",
    }


def add_metrics(stack: Stack, monitored: Monitored) -> None:
    """A metric filter per API, side and signal; the APIs of a stage add to the same metrics."""
    stage = monitored.stage
    for group in monitored.groups:
        for side, of_side in SIDES.items():
            for signal, pattern in signal_patterns(stage.slow_ms).items():
                name = metric_name(stage.name, side, signal)
                transformation = logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_name=name,
                    metric_namespace=monitored.namespace,
                    metric_value="1",
                    default_value=0,
                    unit="Count",
                )
                logs.CfnMetricFilter(
                    stack,
                    f"{group.node.id}{logical(side, signal)}",
                    log_group_name=group.ref,
                    filter_pattern=f"{{ {of_side} && ({pattern}) }}",
                    metric_transformations=[transformation],
                )


def add_canary_alarm(stack: Stack, monitored: Monitored) -> cloudwatch.CfnAlarm:
    """The fast way out: within a minute more than `alarm_percent` of the canary's answers are 5xx.

    Percent of at least `alarm_requests` requests; a quiet canary is no alarm.
    """
    stage = monitored.stage
    queries = [
        _query("requests", monitored, "canary", REQUESTS),
        _query("errors", monitored, "canary", "5xx"),
        cloudwatch.CfnAlarm.MetricDataQueryProperty(
            id="share",
            expression=f"IF(requests >= {stage.alarm_requests}, 100 * errors / requests, 0)",
            label="5xx of the canary in percent",
            return_data=True,
        ),
    ]
    return cloudwatch.CfnAlarm(
        stack,
        f"{logical(stage.name)}CanaryAlarm",
        alarm_name=alarm_name(stack.stack_name, stage.name),
        alarm_description=f"The canary of stage {stage.name} fails; it is rolled back",
        metrics=queries,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=stage.alarm_percent,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data="notBreaching",
    )


def add_dashboard(stack: Stack, monitored: Sequence[Monitored]) -> cloudwatch.CfnDashboard:
    """Stable beside canary, one row per stage."""
    widgets = [widget for row, stage in enumerate(monitored) for widget in _row(row, stage)]
    body = json.dumps({"widgets": widgets}, sort_keys=True, separators=(",", ":"))
    # The Region is known when the stack is made.
    text = {"Fn::Sub": body.replace('"REGION"', '"${AWS::Region}"')}
    board = cloudwatch.CfnDashboard(stack, "Dashboard", dashboard_name=stack.stack_name, dashboard_body="{}")
    board.add_property_override("DashboardBody", text)
    return board


def metric_name(stage: str, side: str, signal: str) -> str:
    """As `functions.release.metrics` reads it."""
    return f"{stage}.{side}.{signal}"


def alarm_name(stack: str, stage: str) -> str:
    return f"{stack}-{stage}-canary-errors"


def _query(identity: str, monitored: Monitored, side: str, signal: str) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:
    metric = cloudwatch.CfnAlarm.MetricProperty(
        namespace=monitored.namespace, metric_name=metric_name(monitored.stage.name, side, signal)
    )
    stat = cloudwatch.CfnAlarm.MetricStatProperty(metric=metric, period=PERIOD_SECONDS, stat="Sum")
    return cloudwatch.CfnAlarm.MetricDataQueryProperty(id=identity, metric_stat=stat, return_data=False)


def _row(row: int, monitored: Monitored) -> list[dict[str, Any]]:
    signals = list(signal_patterns(monitored.stage.slow_ms))
    return [
        {
            "type": "metric",
            "x": 4 * column,
            "y": 6 * row,
            "width": 4,
            "height": 6,
            "properties": {
                "title": f"{monitored.stage.name}: {signal}",
                "region": "REGION",
                "stat": "Sum",
                "period": PERIOD_SECONDS,
                "metrics": [
                    [monitored.namespace, metric_name(monitored.stage.name, side, signal), {"label": side}]
                    for side in SIDES
                ],
            },
        }
        for column, signal in enumerate(signals)
    ]
