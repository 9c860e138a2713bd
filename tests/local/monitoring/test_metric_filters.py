"""From log lines to metric data: metric filters and the embedded metric format."""

import json
from typing import Any

import pytest

from headgate.local.monitoring.emf import embedded
from headgate.local.monitoring.ingest import LogMetrics
from headgate.local.monitoring.metrics import Datum, Metric, MetricStore

OWNER = ("1", "us-east-1")
NOON = 1_763_726_400  # 2025-11-21 12:00:00 UTC


class Group:
    """A log group with one filter."""

    def __init__(self, pattern: str, **transformation: Any) -> None:
        self.store = MetricStore()
        self.logs = LogMetrics(lambda *_: self.store, lambda: 0.0)
        wanted = {"metricName": "m", "metricNamespace": "N", "metricValue": "1", **transformation}
        given = {"filterName": "f", "filterPattern": pattern, "logGroupName": "g", "metricTransformations": [wanted]}
        self.logs.put(OWNER, given)

    def write(self, *lines: Any, at: int = 0) -> None:
        self.logs.observe(OWNER, "g", [((NOON + at) * 1000, json.dumps(line)) for line in lines])

    def series(self, statistic: str = "Sum", **dimensions: str) -> dict[int, float]:
        metric = Metric("N", "m", tuple(sorted(dimensions.items())))
        found = self.store.series(metric, statistic, 60, NOON, NOON + 600)
        return {moment - NOON: value for moment, value in found.items()}


def test_events_that_match_are_counted_in_their_minute() -> None:
    group = Group("{ $.status >= 500 }")

    group.write({"status": 500}, {"status": 503}, {"status": 200})
    group.write({"status": 500}, at=61)

    assert group.series() == {0: 2.0, 60: 1.0}


def test_the_value_is_taken_from_a_field() -> None:
    group = Group("{ $.latency = * }", metricValue="$.latency")

    group.write({"latency": 10}, {"latency": "30"}, {"latency": "-"}, {"other": 1})

    assert group.series("Average") == {0: 20.0}


def test_a_default_is_reported_once_for_a_minute_in_which_nothing_matched() -> None:
    group = Group("{ $.status >= 500 }", defaultValue=0)

    group.write({"status": 200}, {"status": 201})
    group.write({"status": 204}, at=30)
    group.write({"status": 500}, {"status": 200}, at=60)
    group.write({"status": 200}, at=90)

    assert group.series("SampleCount") == {0: 1.0, 60: 1.0}
    assert group.series() == {0: 0.0, 60: 1.0}


def test_a_minute_without_events_has_no_default() -> None:
    group = Group("{ $.status >= 500 }", defaultValue=0)

    group.write({"status": 200}, at=120)

    assert group.series() == {120: 0.0}


def test_dimensions_are_fields() -> None:
    group = Group("{ $.status = * }", dimensions={"Stage": "$.stage", "Canary": "$.canary"})

    group.write({"status": 200, "stage": "prod", "canary": True}, {"status": 200, "stage": "prod"})

    assert group.series(Stage="prod", Canary="true") == {0: 1.0}
    assert len(group.store.metrics()) == 1


@pytest.mark.parametrize(
    ("transformation", "told"),
    [
        ({"defaultValue": 0, "dimensions": {"a": "$.a"}}, "mutually exclusive"),
        ({"dimensions": {"a": "$.a", "b": "$.b", "c": "$.c", "d": "$.d"}}, "at most 3"),
        ({"metricValue": "many"}, "neither a number nor a field"),
    ],
)
def test_what_cloudwatch_refuses_is_refused(transformation: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Group("", **transformation)


def test_filters_are_overwritten_described_and_deleted_by_name() -> None:
    group = Group("a")

    group.logs.put(
        OWNER,
        {
            "filterName": "f",
            "filterPattern": "b",
            "logGroupName": "g",
            "metricTransformations": [{"metricName": "m", "metricNamespace": "N", "metricValue": "1"}],
        },
    )

    assert [one["filterPattern"] for one in group.logs.filters(OWNER)] == ["b"]
    assert group.logs.delete(OWNER, "g", "f")
    assert not group.logs.delete(OWNER, "g", "f")
    assert group.logs.filters(OWNER) == []


EMF = {
    "_aws": {
        "Timestamp": NOON * 1000,
        "CloudWatchMetrics": [
            {
                "Namespace": "App",
                "Dimensions": [["service"], ["service", "stage"]],
                "Metrics": [{"Name": "Calls", "Unit": "Count"}, {"Name": "Times", "StorageResolution": 1}],
            }
        ],
    },
    "service": "gate",
    "stage": "prod",
    "Calls": 3,
    "Times": [1, 2.5],
}


def test_embedded_metrics_are_read_per_set_of_dimensions() -> None:
    data = list(embedded(json.dumps(EMF), 0))

    assert data[0] == Datum(Metric("App", "Calls", (("service", "gate"),)), NOON, ((3.0, 1),), "Count")
    assert data[1].values == ((1.0, 1), (2.5, 1))
    assert data[1].resolution == 1
    assert [datum.metric.dimensions for datum in data[2:]] == [(("service", "gate"), ("stage", "prod"))] * 2


@pytest.mark.parametrize("line", ["text", '{"_aws": 1}', '{"_aws": {"CloudWatchMetrics": [{}]}}', '{"_aws": ', "{}"])
def test_a_line_that_is_no_embedded_metric_is_only_a_line(line: str) -> None:
    assert list(embedded(line, 0)) == []


def test_a_dimension_that_is_not_there_leaves_the_metric_out() -> None:
    without = {name: value for name, value in EMF.items() if name != "service"}
    directive = {**EMF["_aws"]["CloudWatchMetrics"][0], "Dimensions": [["service"], ["stage"]]}  # type: ignore[index]
    line = {**without, "_aws": {"CloudWatchMetrics": [directive]}}

    assert [datum.metric.dimensions for datum in embedded(json.dumps(line), 0)] == [(("stage", "prod"),)] * 2
