"""The cloud's clock inside a worker: `time` and `datetime` read what the pool says with each event.

Only a cloud whose clock tests may move installs it, before the function's code is imported. On AWS there is nothing of it.
Wall-clock readings are shifted; `monotonic`, `perf_counter` and `sleep` stay real, as the function really runs.

A clock is told as text: empty (the machine's time), `+3600.0` (seconds ahead, running) or `=1763700000.0` (standing still).
"""

import datetime as dt
import time
from datetime import date as RealDate  # noqa: N812 - the names are changed below
from datetime import datetime as RealDateTime  # noqa: N812
from typing import Any

REAL_TIME = time.time
FORMATTERS = {"gmtime": 0, "localtime": 0, "ctime": 0, "strftime": 1}  # name -> where the moment is among the arguments


class State:
    """What was told last."""

    offset = 0.0
    frozen: float | None = None


def follow(told: str) -> None:
    """Read this clock from now on."""
    State.frozen = float(told[1:]) if told.startswith("=") else None
    State.offset = float(told) if told and State.frozen is None else 0.0


def now() -> float:
    """Epoch seconds."""
    return REAL_TIME() + State.offset if State.frozen is None else State.frozen


class _AnyMoment(type):
    """Real dates and times count as instances: code that checks types sees no difference."""

    real: type

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.real)


class _Date(RealDate, metaclass=_AnyMoment):
    """`datetime.date` on the clock; all it makes are real dates, but for subclasses."""

    real = RealDate

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        return RealDate(*arguments, **named) if cls is _Date else super().__new__(cls, *arguments, **named)

    @classmethod
    def today(cls) -> Any:
        return RealDate.fromtimestamp(now())


class _DateTime(RealDateTime, metaclass=_AnyMoment):
    """`datetime.datetime` on the clock; all it makes are real ones, but for subclasses."""

    real = RealDateTime

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        return RealDateTime(*arguments, **named) if cls is _DateTime else super().__new__(cls, *arguments, **named)

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return RealDateTime.fromtimestamp(now(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return RealDateTime.fromtimestamp(now(), dt.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return RealDateTime.fromtimestamp(now())


def install() -> None:
    """Put the clock under the standard library's names."""
    time.time = now
    time.time_ns = lambda: round(now() * 1_000_000_000)
    for name, position in FORMATTERS.items():
        setattr(time, name, _with_moment(getattr(time, name), position))
    dt.date = _Date  # type: ignore[misc]
    dt.datetime = _DateTime  # type: ignore[misc]


def _with_moment(real: Any, position: int) -> Any:
    """A formatter of `time` whose moment is the clock's when none is given."""
    local = time.localtime

    def formatted(*arguments: Any) -> Any:
        if len(arguments) > position:
            return real(*arguments)
        return real(*arguments, local(now()) if position else now())

    return formatted
