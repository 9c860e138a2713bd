"""CloudWatch's and Logs' API as boto3 sees it: what is kept, shown and refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud, CloudConfig

ALARM = {
    "Namespace": "N",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def cloudwatch(cloud: Cloud) -> Any:
    return cloud.clients.client("cloudwatch")


def test_a_state_that_is_set_is_shown_and_remembered_and_moves_composites(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(AlarmName="a", **ALARM)
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")

    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")

    found = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"], StateValue="ALARM")
    assert [one["AlarmName"] for one in found["MetricAlarms"] + found["CompositeAlarms"]] == ["a", "c"]
    assert found["MetricAlarms"][0]["StateReason"] == "by hand"
    history = cloudwatch.describe_alarm_history(AlarmName="a")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in history] == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"AlarmActions": ["arn:aws:states:us-east-1:123456789012:stateMachine:m"]}, "use an EventBridge rule"),
        ({"Statistic": "Median"}, "not a statistic|is required"),
        ({"TreatMissingData": "perhaps"}, "must be one of"),
        ({"DatapointsToAlarm": 2}, "between 1 and EvaluationPeriods"),
    ],
    ids=["state machine", "statistic", "missing data", "datapoints"],
)
def test_wrong_alarms_are_refused(cloudwatch: Any, given: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError, match=told) as refusal:
        cloudwatch.put_metric_alarm(AlarmName="wrong", **{**ALARM, **given})

    assert refusal.value.response["Error"]["Code"] in ("ValidationError", "ValidationException")
    assert cloudwatch.describe_alarms(AlarmNames=["wrong"])["MetricAlarms"] == []


def test_an_expression_that_cannot_be_read_is_refused(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match=r"Query e: .*wanted a value"):
        cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "e", "Expression": "1 +"}], StartTime="2026-01-01", EndTime="2026-01-02"
        )


def test_metrics_are_listed_by_name_and_dimension(cloudwatch: Any) -> None:
    data = [
        {"MetricName": "x", "Value": 1, "Dimensions": [{"Name": "side", "Value": side}]}
        for side in ("canary", "stable")
    ]
    cloudwatch.put_metric_data(Namespace="L", MetricData=data)

    assert len(cloudwatch.list_metrics(Namespace="L", MetricName="x")["Metrics"]) == 2
    wanted = [{"Name": "side", "Value": "canary"}]
    assert len(cloudwatch.list_metrics(Namespace="L", Dimensions=wanted)["Metrics"]) == 1


def test_a_wrong_filter_pattern_is_refused_and_a_good_one_shown(cloud: Cloud) -> None:
    logs = cloud.clients.client("logs")
    logs.create_log_group(logGroupName="/g")
    transformations = [{"metricName": "m", "metricNamespace": "N", "metricValue": "1", "defaultValue": 0.0}]

    def put(pattern: str, group: str = "/g") -> None:
        logs.put_metric_filter(
            logGroupName=group, filterName="f", filterPattern=pattern, metricTransformations=transformations
        )

    with pytest.raises(ClientError, match="wanted a value"):
        put("{ $.a = }")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        put("", "/nowhere")
    put("{ $.a = 1 }")
    put("{ $.a = 2 }")

    shown = logs.describe_metric_filters(logGroupName="/g")["metricFilters"]
    assert [one["filterPattern"] for one in shown] == ["{ $.a = 2 }"]
    assert shown[0]["metricTransformations"][0]["defaultValue"] == 0.0
    logs.delete_log_group(logGroupName="/g")
    assert logs.describe_metric_filters()["metricFilters"] == []
