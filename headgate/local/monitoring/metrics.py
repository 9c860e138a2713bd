"""Metrics: what was reported, kept by name and moment, and the statistics over it. Pure but for its own memory; no clock."""

import math
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MINUTE = 60
MAX_MOMENTS = 50_000  # per metric: the oldest go first, as in CloudWatch, only sooner

Dimensions = tuple[tuple[str, str], ...]
Series = Mapping[int, float]  # beginning of a period, in epoch seconds -> value


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's identity. Dimensions are part of it; they are sorted."""

    namespace: str
    name: str
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class Datum:
    """Something reported: `values` are (value, how often). A high-resolution one keeps its second, others their minute."""

    metric: Metric
    epoch_seconds: float
    values: tuple[tuple[float, float], ...]
    unit: str = "None"
    resolution: int = MINUTE


@dataclass(slots=True)
class Moment:
    """All that was reported for one second or minute."""

    values: Counter[float] = field(default_factory=Counter)


@dataclass(slots=True)
class _Kept:
    unit: str
    moments: dict[int, Moment] = field(default_factory=dict)


def dimensions(pairs: Iterable[Mapping[str, str]]) -> Dimensions:
    """`[{"Name": ..., "Value": ...}]` as a metric has them."""
    return tuple(sorted((pair["Name"], pair["Value"]) for pair in pairs))


class MetricStore:
    """The metrics of one account in one Region. Thread-safe."""

    def __init__(self) -> None:
        self._metrics: dict[Metric, _Kept] = {}
        self._lock = threading.Lock()

    def add(self, data: Iterable[Datum]) -> None:
        """Keep what was reported."""
        with self._lock:
            for datum in data:
                kept = self._metrics.setdefault(datum.metric, _Kept(datum.unit))
                second = math.floor(datum.epoch_seconds)
                moment = kept.moments.setdefault(second - second % datum.resolution, Moment())
                for value, count in datum.values:
                    moment.values[value] += count  # type: ignore[assignment]  # counts may be fractions
                if len(kept.moments) > MAX_MOMENTS:
                    del kept.moments[min(kept.moments)]

    def metrics(self) -> list[tuple[Metric, str]]:
        """Every metric with its unit."""
        with self._lock:
            return [(metric, kept.unit) for metric, kept in self._metrics.items()]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._metrics.clear()

    def series(self, metric: Metric, statistic: str, period: int, start: int, end: int) -> dict[int, float]:
        """A statistic per period from `start` (inclusive, a boundary) to `end` (exclusive); periods without data are absent."""
        return {
            moment: value
            for moment, values in self.periods(metric, period, start, end).items()
            if (value := statistic_of(values, statistic)) is not None
        }

    def periods(self, metric: Metric, period: int, start: int, end: int) -> dict[int, Counter[float]]:
        """The raw values per period."""
        found: dict[int, Counter[float]] = {}
        with self._lock:
            kept = self._metrics.get(metric)
            for second, moment in sorted(kept.moments.items()) if kept else ():
                if start <= second < end:
                    found.setdefault(start + (second - start) // period * period, Counter()).update(moment.values)
        return found


def statistic_of(values: Mapping[float, float], statistic: str) -> float | None:
    """`Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, a percentile (`p99`, `p99.9`) or a trimmed mean (`tm90`).

    None when there is nothing. ValueError for a statistic that is none of these.
    """
    if not values:
        return None
    count = sum(values.values())
    total = math.fsum(value * times for value, times in values.items())
    simple = {
        "Sum": total,
        "SampleCount": float(count),
        "Average": total / count,
        "Minimum": min(values),
        "Maximum": max(values),
    }
    if statistic in simple:
        return simple[statistic]
    kind, rank = _ranked(statistic)
    return percentile(values, rank) if kind == "p" else _trimmed_mean(values, rank)


def is_statistic(text: str) -> bool:
    """Whether `statistic_of` knows it."""
    try:
        statistic_of({0.0: 1}, text)
    except ValueError:
        return False
    return True


def _ranked(statistic: str) -> tuple[str, float]:
    kind = statistic.rstrip("0123456789.").lower()
    try:
        rank = float(statistic[len(kind) :])
    except ValueError:
        rank = -1
    if kind not in ("p", "tm") or not 0 <= rank <= 100:
        raise ValueError(
            f"{statistic}: not a statistic here; use Sum, Average, Minimum, Maximum, SampleCount, p0 to p100 or tm0 to tm100"
        )
    return kind, rank


def percentile(values: Mapping[float, float], rank: float) -> float:
    """Between the two nearest values, in proportion."""
    ordered = sorted(values.items())
    position = rank / 100 * (sum(values.values()) - 1)
    below = math.floor(position)
    low, high = _at(ordered, below), _at(ordered, math.ceil(position))
    return low + (high - low) * (position - below)


def _at(ordered: list[tuple[float, float]], index: int) -> float:
    seen = 0.0
    for value, times in ordered:
        seen += times
        if index < seen:
            return value
    return ordered[-1][0]


def _trimmed_mean(values: Mapping[float, float], rank: float) -> float:
    """The mean of the lowest `rank` percent."""
    left = kept = rank / 100 * sum(values.values())
    total = 0.0
    for value, times in sorted(values.items()):
        taken = min(times, left)
        total += value * taken
        left -= taken
    return total / kept if kept else min(values)
