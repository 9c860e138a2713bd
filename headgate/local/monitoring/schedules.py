"""When a rule's `rate(...)` or `cron(...)` is due. Pure; moments are epoch seconds, days and hours are UTC's.

`read_schedule("rate(5 minutes)").after(created, now)` and `read_schedule("cron(0 12 * * ? *)").after(created, now)`. The grammar
is that of the EventBridge documentation, "Cron expressions reference" and "Rate expressions reference".
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
CRON = re.compile(r"cron\((.+)\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
# Sunday is 1, as in the documentation; Python's Monday is 0.
WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
FIRST_YEAR, LAST_YEAR = 1970, 2199
# A day that comes at all comes within eight years (29 February around 2100).
DAYS_AHEAD = 366 * 8 + 2


class ScheduleError(ValueError):
    """EventBridge would refuse the expression."""


class Schedule(Protocol):
    """Something that is due again and again."""

    def after(self, created: float, now: float) -> float | None:
        """The next moment after `now`, for a rule made at `created`; None when there is none left."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds from the rule's beginning."""

    seconds: int

    def after(self, created: float, now: float) -> float | None:
        """The next multiple of the period since the rule was made."""
        past = max(0.0, now - created)
        return created + (past // self.seconds + 1) * self.seconds


@dataclass(frozen=True, slots=True)
class Cron:
    """Minutes, hours, months and years as sets; days by one of two fields, of which the other is `?`."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    day_of_month: str
    day_of_week: str

    def after(self, created: float, now: float) -> float | None:  # noqa: ARG002 - a Schedule's signature
        """The first matching minute after `now`."""
        start = datetime.fromtimestamp(now, UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for ahead in range(DAYS_AHEAD):
            day = start.date() + timedelta(days=ahead)
            if day.year > LAST_YEAR:
                return None
            if day.month in self.months and day.year in self.years and self._is_day(day):
                moment = self._first(day, start)
                if moment is not None:
                    return moment.timestamp()
        return None

    def _first(self, day: date, start: datetime) -> datetime | None:
        moments = (
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
            for hour in self.hours
            for minute in self.minutes
        )
        return next((moment for moment in moments if moment >= start), None)

    def _is_day(self, day: date) -> bool:
        if self.day_of_week == "?":
            return _is_day_of_month(self.day_of_month, day)
        return _is_day_of_week(self.day_of_week, day)


def read_schedule(text: str) -> Schedule:
    """The schedule in an expression.

    Raises:
        ScheduleError: with EventBridge's own sentence, which does not say why.
    """
    try:
        return _read(text)
    except (ValueError, IndexError) as problem:
        raise ScheduleError("Parameter ScheduleExpression is not valid.") from problem


def _read(text: str) -> Schedule:
    rate, cron = RATE.fullmatch(text), CRON.fullmatch(text)
    if rate is not None:
        count, unit = int(rate[1]), rate[2]
        if count < 1 or (count == 1) == unit.endswith("s"):
            raise ValueError("rate wants a positive value, and the unit in its number")
        return Rate(count * SECONDS[unit.removesuffix("s")])
    if cron is None:
        raise ValueError("wanted rate(...) or cron(...)")
    fields = cron[1].split()
    if len(fields) != 6:
        raise ValueError("cron wants six fields")
    minutes, hours, day_of_month, months, day_of_week, years = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise ValueError("one of the two fields for days must be ?, and only one")
    _check_days(day_of_month, day_of_week)
    return Cron(
        tuple(sorted(_numbers(minutes, 0, 59))),
        tuple(sorted(_numbers(hours, 0, 23))),
        frozenset(_numbers(months, 1, 12, MONTHS)),
        frozenset(_numbers(years, FIRST_YEAR, LAST_YEAR)),
        day_of_month,
        day_of_week,
    )


def _numbers(field: str, low: int, high: int, names: Mapping[str, int] | None = None) -> Iterator[int]:
    """`1,5-7,10/5` -> 1 5 6 7 10 15 ...; names stand for their numbers."""
    for part in field.split(","):
        span, slash, step = part.partition("/")
        if span in {"*", ""} and (span or slash):
            first, last = low, high
        elif "-" in span:
            first, last = (_number(side, names or {}) for side in span.split("-"))
        else:
            first = _number(span, names or {})
            last = high if slash else first
        if not low <= first <= last <= high or (slash and int(step) < 1):
            raise ValueError(f"{part} is not within {low} and {high}")
        yield from range(first, last + 1, int(step) if slash else 1)


def _number(text: str, names: Mapping[str, int]) -> int:
    return names[text.upper()] if text.upper() in names else int(text)


def _check_days(day_of_month: str, day_of_week: str) -> None:
    """Raises ValueError for a field that could never be asked."""
    if day_of_week == "?":
        if day_of_month not in {"L", "LW"}:
            list(_numbers(day_of_month.removesuffix("W"), 1, 31))
        return
    name, _, nth = day_of_week.partition("#")
    if nth and not 1 <= int(nth) <= 5:
        raise ValueError("a month has at most five of a weekday")
    if day_of_week != "L":
        list(_numbers(name.removesuffix("L") if len(name) in {2, 4} and name.endswith("L") else name, 1, 7, WEEKDAYS))


def _is_day_of_month(field: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "L":
        return day.day == last
    if field == "LW":
        return day == _nearest_weekday(day.replace(day=last))
    if field.endswith("W"):
        return day == _nearest_weekday(day.replace(day=min(int(field[:-1]), last)))
    return day.day in set(_numbers(field, 1, 31))


def _nearest_weekday(day: date) -> date:
    """The day itself, or the Friday before or the Monday after it, never in another month."""
    if day.weekday() == 5:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if day.weekday() == 6:
        after = day + timedelta(days=1)
        return after if after.month == day.month else day - timedelta(days=2)
    return day


def _is_day_of_week(field: str, day: date) -> bool:
    number = (day.weekday() + 1) % 7 + 1
    name, _, nth = field.partition("#")
    if nth:
        return number == _number(name, WEEKDAYS) and (day.day - 1) // 7 + 1 == int(nth)
    if field == "L":
        return number == 7
    if len(field) in {2, 4} and field.endswith("L"):
        last = calendar.monthrange(day.year, day.month)[1]
        return number == _number(field[:-1], WEEKDAYS) and day.day > last - 7
    return number in set(_numbers(field, 1, 7, WEEKDAYS))
