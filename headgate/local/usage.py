"""How much of its quota each key of a usage plan has used: the data plane counts, the control plane shows (FACTS 7.7).

One object is shared by both; a dictionary entry is replaced as a whole, so nothing here locks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

Consumer = tuple[str, str]  # usage plan id, key id


def day_of(epoch: float) -> str:
    """`2026-11-21`, in UTC."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d}"


def period_of(epoch: float, period: str) -> str:
    """A name of the UTC day, week (from Sunday) or month of a moment."""
    moment = datetime.fromtimestamp(epoch, UTC)
    if period == "MONTH":
        return f"{moment:%Y-%m}"
    return f"{moment:%Y-%U}" if period == "WEEK" else f"{moment:%Y-%m-%d}"


@dataclass(slots=True)
class Usage:
    """Requests per consumer: in the current period, and day by day."""

    _periods: dict[Consumer, tuple[str, int]] = field(default_factory=dict)
    _days: dict[tuple[Consumer, str], tuple[int, int]] = field(default_factory=dict)

    def used(self, consumer: Consumer, period: str, before: int) -> int:
        """Requests in this period; `before` counts as used by a consumer who was never seen (the quota's offset)."""
        known, count = self._periods.get(consumer, (period, before))
        return count if known == period else 0

    def count(self, consumer: Consumer, period: str, day: str, *, used: int, limit: int) -> None:
        """One request more than `used`."""
        self._periods[consumer] = (period, used + 1)
        today, _ = self._days.get((consumer, day), (0, 0))
        self._days[consumer, day] = (today + 1, max(0, limit - used - 1))

    def set_remaining(self, consumer: Consumer, remaining: int, limit: int, *, period: str, day: str) -> None:
        """What UpdateUsage does: so many are left in the current period, whether the consumer was seen in it or not."""
        self._periods[consumer] = (period, limit - remaining)
        today, _ = self._days.get((consumer, day), (0, 0))
        self._days[consumer, day] = (today, remaining)

    def days(self, consumer: Consumer, start: str, end: str, limit: int) -> list[list[int]]:
        """[used, remaining] of each day; days without requests are [0, what was left before]."""
        left, found = limit, []
        for day in _each(start, end):
            used, left = self._days.get((consumer, day), (0, left))
            found.append([used, left])
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._periods.clear()
        self._days.clear()


def _each(start: str, end: str) -> Iterator[str]:
    day, last = date.fromisoformat(start), date.fromisoformat(end)
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)
