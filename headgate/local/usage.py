"""How much of its quota each key of a usage plan has used: the data plane counts, the control plane shows (FACTS 7.7).

One object is shared by both; a dictionary entry is replaced as a whole, so nothing here locks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

Consumer = tuple[str, str]  # usage plan id, key id


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests per DAY, WEEK or MONTH in UTC; `offset` is the day on which weeks and months start (FACTS 7.11)."""

    limit: int
    period: str = "DAY"
    offset: int = 0

    def first_day(self, day: date) -> date:
        """The day on which the period of a day started: with an offset of 0 a Sunday, or the first of a month."""
        moved = day - timedelta(days=self.offset)
        if self.period == "MONTH":
            moved = moved.replace(day=1)
        if self.period == "WEEK":
            moved -= timedelta(days=moved.isoweekday() % 7)
        return moved + timedelta(days=self.offset)

    def period_of(self, day: str) -> str:
        """A name of the period that a day such as `2026-11-21` lies in."""
        return self.first_day(date.fromisoformat(day)).isoformat()


def day_of(epoch: float) -> str:
    """`2026-11-21`, in UTC."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d}"


@dataclass(slots=True)
class Usage:
    """Requests per consumer: in the current period, and day by day."""

    _periods: dict[Consumer, tuple[str, int]] = field(default_factory=dict)
    _days: dict[tuple[Consumer, str], tuple[int, int]] = field(default_factory=dict)

    def take(self, consumer: Consumer, quota: Quota, day: str) -> bool:
        """Count one request; False, and nothing counted, when the quota of the day's period is used up."""
        period = quota.period_of(day)
        known, used = self._periods.get(consumer, (period, 0))
        used = used if known == period else 0
        if used >= quota.limit:
            return False
        self._periods[consumer] = (period, used + 1)
        today, _ = self._days.get((consumer, day), (0, 0))
        self._days[consumer, day] = (today + 1, max(0, quota.limit - used - 1))
        return True

    def set_remaining(self, consumer: Consumer, remaining: int, quota: Quota, day: str) -> None:
        """What UpdateUsage does: so many are left in the current period, whether the consumer was seen in it or not."""
        self._periods[consumer] = (quota.period_of(day), quota.limit - remaining)
        today, _ = self._days.get((consumer, day), (0, 0))
        self._days[consumer, day] = (today, remaining)

    def days(self, consumer: Consumer, start: str, end: str, quota: Quota) -> list[list[int]]:
        """[used, remaining] of each day; a day without requests is [0, what was left in its period]."""
        left, period, found = quota.limit, "", []
        for day in _each(quota.period_of(start), end):
            if (current := quota.period_of(day)) != period:
                left, period = quota.limit, current
            used, left = self._days.get((consumer, day), (0, left))
            found.append([used, left])
        return found[-_length(start, end) :]

    def clear(self) -> None:
        """Forget everything."""
        self._periods.clear()
        self._days.clear()


def _length(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days + 1


def _each(start: str, end: str) -> Iterator[str]:
    day, last = date.fromisoformat(start), date.fromisoformat(end)
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)
