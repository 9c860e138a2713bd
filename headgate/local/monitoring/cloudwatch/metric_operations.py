"""The operations on metrics, dashboards and tags: (region, parameters) -> answer."""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..expressions import Grid
from ..metrics import MINUTE, Datum, Metric, dimensions, is_statistic, statistic_of
from ..queries import QueryError, period_of, read_queries, results
from .errors import CloudWatchError, invalid
from .records import Region, moment

LIST_PAGE = 500
POINTS = 1_440  # GetMetricStatistics answers no more


def put_metric_data(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """PutMetricData: values, values with counts, or statistic sets. Namespaces of AWS's own are refused."""
    if str(given["Namespace"]).startswith("AWS/"):
        raise CloudWatchError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    return keep_metric_data(region, given)


def keep_metric_data(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """The same for services, which may report in any namespace."""
    now = region.world.now()
    region.metrics.add([_datum(given["Namespace"], item, now) for item in given.get("MetricData") or ()])
    return {}


def _datum(namespace: str, item: Mapping[str, Any], now: float) -> Datum:
    when = item.get("Timestamp")
    seconds = when.timestamp() if isinstance(when, datetime) else now
    metric = Metric(namespace, item["MetricName"], dimensions(item.get("Dimensions") or ()))
    resolution = 1 if item.get("StorageResolution") == 1 else MINUTE
    values = _values(item)
    if any(math.isnan(value) or math.isinf(value) for value, _ in values):
        raise CloudWatchError("InvalidParameterValue", f"The value of {metric.name} must be a finite number.")
    return Datum(metric, seconds, values, item.get("Unit") or "None", resolution)


def _values(item: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    if item.get("StatisticValues"):
        return _of_statistics(item["StatisticValues"])
    if not item.get("Values"):
        return ((float(item.get("Value", 0)), 1),)
    counts = item.get("Counts") or [1] * len(item["Values"])
    if len(counts) != len(item["Values"]):
        raise CloudWatchError("InvalidParameterValue", "The parameters Values and Counts must be of the same size.")
    return tuple((float(value), float(count)) for value, count in zip(item["Values"], counts, strict=True))


def _of_statistics(given: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    """Values with these statistics; what is between minimum and maximum is put at its mean."""
    count, low, high = float(given["SampleCount"]), float(given["Minimum"]), float(given["Maximum"])
    if count <= 2:
        return ((float(given["Sum"]) / count, count),) if count == 1 or low == high else ((low, 1), (high, 1))
    return ((low, 1), (high, 1), ((float(given["Sum"]) - low - high) / (count - 2), count - 2))


def get_metric_data(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """GetMetricData."""
    start, end = given["StartTime"].timestamp(), given["EndTime"].timestamp()
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    try:
        queries = read_queries(given["MetricDataQueries"])
        grid = _grid(start, end, period_of(queries))
        found = results(region.metrics, queries, grid)
    except QueryError as problem:
        raise invalid(str(problem)) from problem
    newest_first = (given.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
    shown = []
    for query in queries:
        if query.returns:
            points = sorted(found[query.id].items(), reverse=newest_first)
            shown.append(
                {
                    "Id": query.id,
                    "Label": query.label,
                    "Timestamps": [moment(when) for when, _ in points],
                    "Values": [value for _, value in points],
                    "StatusCode": "Complete",
                }
            )
    return {"MetricDataResults": shown, "Messages": []}


def _grid(start: float, end: float, period: int) -> Grid:
    """Periods on their boundaries: the start is rounded down, as CloudWatch does."""
    first = math.floor(start) // period * period
    return Grid(first, math.ceil(end), period)


def get_metric_statistics(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """GetMetricStatistics, percentiles included."""
    start, end, period = given["StartTime"].timestamp(), given["EndTime"].timestamp(), int(given["Period"])
    plain, extended = given.get("Statistics") or [], given.get("ExtendedStatistics") or []
    if start >= end:
        raise CloudWatchError(
            "InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime."
        )
    if bool(plain) == bool(extended):
        raise CloudWatchError(
            "InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics, not both"
        )
    unknown = [name for name in (*plain, *extended) if not is_statistic(name)]
    if unknown:
        raise CloudWatchError(
            "InvalidParameterValue", f"The value {unknown[0]} for parameter Statistics is not supported."
        )
    grid = _grid(start, end, period)
    if (grid.end - grid.start) / period > POINTS:
        raise CloudWatchError("InvalidParameterCombination", f"You have requested more than {POINTS} datapoints.")
    metric = Metric(given["Namespace"], given["MetricName"], dimensions(given.get("Dimensions") or ()))
    units = dict(region.metrics.metrics())
    points: list[dict[str, Any]] = []
    for when, values in region.metrics.periods(metric, period, grid.start, grid.end).items():
        point: dict[str, Any] = {"Timestamp": moment(when), "Unit": units.get(metric, "None")}
        point |= {name: statistic_of(values, name) for name in plain}
        if extended:
            point["ExtendedStatistics"] = {name: statistic_of(values, name) for name in extended}
        points.append(point)
    return {"Label": metric.name, "Datapoints": points}


def list_metrics(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """ListMetrics, 500 a page."""
    wanted = {item["Name"]: item.get("Value") for item in given.get("Dimensions") or ()}
    found = [
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        }
        for metric, _ in region.metrics.metrics()
        if given.get("Namespace") in (None, metric.namespace)
        and given.get("MetricName") in (None, metric.name)
        and all(wanted[name] in (None, dict(metric.dimensions).get(name)) for name in wanted)
        and set(wanted) <= {name for name, _ in metric.dimensions}
    ]
    first = int(given.get("NextToken") or 0)
    more = {"NextToken": str(first + LIST_PAGE)} if first + LIST_PAGE < len(found) else {}
    return {"Metrics": found[first : first + LIST_PAGE], **more}


def put_dashboard(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """PutDashboard."""
    body = given["DashboardBody"]
    try:
        json.loads(body)
    except ValueError as problem:
        raise CloudWatchError("InvalidParameterInput", f"The dashboard body is not JSON: {problem}") from problem
    region.dashboards[given["DashboardName"]] = (body, region.world.now())
    return {"DashboardValidationMessages": []}


def get_dashboard(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """GetDashboard."""
    name = given["DashboardName"]
    if name not in region.dashboards:
        raise CloudWatchError("ResourceNotFound", f"Dashboard {name} does not exist")
    return {
        "DashboardArn": region.arn("dashboard", name),
        "DashboardBody": region.dashboards[name][0],
        "DashboardName": name,
    }


def list_dashboards(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """ListDashboards."""
    prefix = given.get("DashboardNamePrefix") or ""
    return {
        "DashboardEntries": [
            {
                "DashboardName": name,
                "DashboardArn": region.arn("dashboard", name),
                "LastModified": moment(when),
                "Size": len(body),
            }
            for name, (body, when) in sorted(region.dashboards.items())
            if name.startswith(prefix)
        ]
    }


def delete_dashboards(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteDashboards: all of them or none."""
    gone = [name for name in given["DashboardNames"] if name not in region.dashboards]
    if gone:
        raise CloudWatchError("ResourceNotFound", f"The specified dashboard does not exist. [{', '.join(gone)}]")
    for name in given["DashboardNames"]:
        del region.dashboards[name]
    return {}


def tag_resource(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """TagResource."""
    tags = region.tags.setdefault(given["ResourceARN"], {})
    tags.update({tag["Key"]: tag["Value"] for tag in given["Tags"]})
    return {}


def untag_resource(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """UntagResource."""
    for key in given["TagKeys"]:
        region.tags.get(given["ResourceARN"], {}).pop(key, None)
    return {}


def list_tags_for_resource(region: Region, given: Mapping[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    tags = region.tags.get(given["ResourceARN"], {})
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
