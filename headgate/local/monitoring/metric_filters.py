"""Metric filters: log events in, metric data out. Pure.

A transformation's value is a number or `$.field`; its default is reported for each minute in which the group had events and none
matched; its dimensions are fields of the event, and exclude a default.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .filter_pattern import Match, Pattern, compile_pattern
from .metrics import MINUTE, Datum, Metric

MAX_DIMENSIONS = 3

Event = tuple[int, str]  # epoch milliseconds and message


@dataclass(frozen=True, slots=True)
class Transformation:
    """What is reported for an event that matches. `dimensions` are (name, selector)."""

    namespace: str
    name: str
    value: str
    default: float | None = None
    unit: str = "None"
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """A compiled filter of a log group."""

    name: str
    group: str
    pattern_text: str
    pattern: Pattern
    transformations: tuple[Transformation, ...]
    created_millis: int = 0


def read_filter(given: Mapping[str, Any], created_millis: int = 0) -> MetricFilter:
    """PutMetricFilter's parameters, compiled.

    Raises:
        ValueError: CloudWatch Logs would refuse them; the message says why.
    """
    transformations = tuple(_transformation(item) for item in given["metricTransformations"])
    text = given.get("filterPattern") or ""
    return MetricFilter(
        given["filterName"], given["logGroupName"], text, compile_pattern(text), transformations, created_millis
    )


def _transformation(given: Mapping[str, Any]) -> Transformation:
    dimensions = given.get("dimensions") or {}
    default = given.get("defaultValue")
    if len(dimensions) > MAX_DIMENSIONS:
        raise ValueError(f"a metric filter has at most {MAX_DIMENSIONS} dimensions, got {', '.join(dimensions)}")
    if dimensions and default is not None:
        raise ValueError(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        )
    value = str(given["metricValue"])
    if not value.startswith("$") and _number(value) is None:
        raise ValueError(f"metricValue {value!r} is neither a number nor a field such as $.latency")
    return Transformation(
        namespace=given["metricNamespace"],
        name=given["metricName"],
        value=value,
        default=None if default is None else float(default),
        unit=given.get("unit") or "None",
        dimensions=tuple(sorted(dimensions.items())),
    )


def describe(one: MetricFilter) -> dict[str, Any]:
    """The filter as DescribeMetricFilters shows it."""
    return {
        "filterName": one.name,
        "logGroupName": one.group,
        "filterPattern": one.pattern_text,
        "creationTime": one.created_millis,
        "metricTransformations": [_described(item) for item in one.transformations],
    }


def _described(item: Transformation) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "metricName": item.name,
        "metricNamespace": item.namespace,
        "metricValue": item.value,
        "unit": item.unit,
    }
    if item.default is not None:
        shown["defaultValue"] = item.default
    if item.dimensions:
        shown["dimensions"] = dict(item.dimensions)
    return shown


def data_of(one: MetricFilter, events: Iterable[Event], reported: set[int]) -> Iterator[Datum]:
    """What a filter makes of events that have just come. `reported` holds the minutes that have a default or a match."""
    defaults: dict[int, None] = {}
    for millis, message in events:
        minute = millis // 1000 // MINUTE
        match = one.pattern(message)
        if match is None:
            defaults[minute] = None
            continue
        reported.add(minute)
        for item in one.transformations:
            datum = _datum(item, match, millis)
            if datum is not None:
                yield datum
    for minute in defaults:
        if minute in reported:
            continue
        reported.add(minute)
        for item in one.transformations:
            if item.default is not None:
                yield Datum(Metric(item.namespace, item.name), minute * MINUTE, ((item.default, 1),), item.unit)


def _datum(item: Transformation, match: Match, millis: int) -> Datum | None:
    """None when the value is no number, or a dimension is absent."""
    value = _number(match.value(item.value) if item.value.startswith("$") else item.value)
    dimensions = tuple((name, match.value(selector)) for name, selector in item.dimensions)
    if value is None or any(part is None or isinstance(part, (dict, list)) for _, part in dimensions):
        return None
    named = tuple((name, _text(part)) for name, part in dimensions)
    return Datum(Metric(item.namespace, item.name, named), millis / 1000, ((value, 1),), item.unit)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
