"""The minutes the judge sees, read from CloudWatch: sums of metric filters on the access logs, canary and stable apart.

Names: namespace `Headgate/<stack>`, metric `<stage>.<side>.<signal>` with side `canary` or `stable`; `requests` counts them all.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .judge import Counts, Minute

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

MINUTE = 60
REQUESTS = "requests"
SIDES = ("canary", "stable")


def metric_name(stage: str, side: str, signal: str) -> str:
    return f"{stage}.{side}.{signal}"


def whole_minutes(start: float, end: float) -> range:
    """The whole minutes that lie inside [start, end], as seconds since 1970."""
    first = -(-int(start) // MINUTE) * MINUTE
    return range(first, int(end) // MINUTE * MINUTE, MINUTE)


def read_minutes(
    client: "CloudWatchClient", namespace: str, stage: str, signals: Sequence[str], within: range
) -> list[Minute]:
    """The minutes of a range, empty ones included."""
    if not within:
        return []
    names = [metric_name(stage, side, signal) for side in SIDES for signal in (REQUESTS, *signals)]
    sums = _sums(client, namespace, names, within)
    return [Minute(*(_counts(sums, stage, side, signals, at) for side in SIDES)) for at in within]


def _counts(sums: Mapping[str, Mapping[int, int]], stage: str, side: str, signals: Sequence[str], at: int) -> Counts:
    bad = {signal: sums[metric_name(stage, side, signal)].get(at, 0) for signal in signals}
    return Counts(sums[metric_name(stage, side, REQUESTS)].get(at, 0), bad)


def _sums(client: "CloudWatchClient", namespace: str, names: Sequence[str], within: range) -> dict[str, dict[int, int]]:
    queries: Any = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {"Namespace": namespace, "MetricName": name},
                "Period": MINUTE,
                "Stat": "Sum",
            },
        }
        for number, name in enumerate(names)
    ]
    found: dict[str, dict[int, int]] = {name: {} for name in names}
    token: dict[str, Any] = {}
    while True:
        answer: Mapping[str, Any] = client.get_metric_data(
            MetricDataQueries=queries,
            StartTime=datetime.fromtimestamp(within.start, UTC),
            EndTime=datetime.fromtimestamp(within.stop, UTC),
            ScanBy="TimestampAscending",
            **token,
        )
        for result in answer["MetricDataResults"]:
            values = found[names[int(result["Id"][1:])]]
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                values[int(at.timestamp())] = round(value)
        if not answer.get("NextToken"):
            return found
        token = {"NextToken": answer["NextToken"]}
