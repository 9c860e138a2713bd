"""From log events to metrics: the metric filters of every log group, and embedded metrics, as lines come in."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .emf import embedded
from .filter_pattern import Pattern, compile_pattern
from .metric_filters import Event, MetricFilter, data_of, describe, read_filter
from .metrics import MetricStore

# (account, Region) -> where its metrics are kept.
StoreOf = Callable[[str, str], MetricStore]
Owner = tuple[str, str]  # account, Region

REMEMBERED_MINUTES = 20_000


class LogMetrics:
    """Metric filters by (account, Region), log group and name. Thread-safe."""

    def __init__(self, store_of: StoreOf, now: Callable[[], float]) -> None:
        self._store_of = store_of
        self._now = now
        self._filters: dict[tuple[Owner, str], dict[str, MetricFilter]] = {}
        self._reported: dict[tuple[Owner, str, str], set[int]] = {}
        self._lock = threading.RLock()

    def put(self, owner: Owner, given: Mapping[str, Any]) -> None:
        """PutMetricFilter. Raises ValueError for what CloudWatch Logs would refuse."""
        made = read_filter(given, int(self._now() * 1000))
        with self._lock:
            self._filters.setdefault((owner, made.group), {})[made.name] = made

    def filters(self, owner: Owner) -> list[dict[str, Any]]:
        """All filters, as DescribeMetricFilters shows them."""
        with self._lock:
            found = [one for (whose, _), group in self._filters.items() if whose == owner for one in group.values()]
        return [describe(one) for one in sorted(found, key=lambda one: one.name)]

    def delete(self, owner: Owner, group: str, name: str) -> bool:
        """DeleteMetricFilter; whether there was one."""
        with self._lock:
            self._reported.pop((owner, group, name), None)
            return self._filters.get((owner, group), {}).pop(name, None) is not None

    def forget_group(self, owner: Owner, group: str) -> None:
        """The log group is gone, and its filters with it."""
        with self._lock:
            self._filters.pop((owner, group), None)

    def compiled(self, pattern: str) -> Pattern:
        """What matches events. Raises ValueError for a pattern that CloudWatch Logs would refuse."""
        return compile_pattern(pattern)

    def clear(self) -> None:
        """Forget every filter."""
        with self._lock:
            self._filters.clear()
            self._reported.clear()

    def watches(self, owner: Owner, group: str) -> bool:
        """Whether a filter waits for the group's events."""
        return bool(self._filters.get((owner, group)))

    def observe(self, owner: Owner, group: str, events: Sequence[Event]) -> None:
        """Events that have just come into a log group."""
        with self._lock:
            data = [datum for millis, message in events for datum in embedded(message, millis)]
            for one in self._filters.get((owner, group), {}).values():
                reported = self._reported.setdefault((owner, group, one.name), set())
                data += data_of(one, events, reported)
                while len(reported) > REMEMBERED_MINUTES:
                    reported.discard(min(reported))
        if data:
            self._store_of(*owner).add(data)
