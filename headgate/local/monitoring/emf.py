"""CloudWatch's embedded metric format: a log line that says which of its members are metrics. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .metrics import MINUTE, Datum, Metric

MARK = '"_aws"'


def embedded(message: str, received_millis: int) -> Iterator[Datum]:
    """The metrics in a log line; none when it is an ordinary one."""
    if MARK not in message or not message.lstrip().startswith("{"):
        return
    try:
        document = json.loads(message)
        head = document["_aws"]
        moment = float(head.get("Timestamp", received_millis)) / 1000
        for directive in head["CloudWatchMetrics"]:
            yield from _directive(directive, document, moment)
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # a line that only looks like it: CloudWatch keeps it as a line


def _directive(directive: Mapping[str, Any], document: Mapping[str, Any], moment: float) -> Iterator[Datum]:
    for names in directive.get("Dimensions") or [[]]:
        if any(name not in document for name in names):
            continue
        dimensions = tuple(sorted((name, str(document[name])) for name in names))
        for metric in directive.get("Metrics", ()):
            values = document.get(metric["Name"])
            several = values if isinstance(values, list) else [values]
            numbers = tuple((float(value), 1) for value in several if isinstance(value, (int, float)))
            if numbers:
                yield Datum(
                    Metric(directive["Namespace"], metric["Name"], dimensions),
                    moment,
                    numbers,
                    metric.get("Unit", "None"),
                    1 if metric.get("StorageResolution") == 1 else MINUTE,
                )
