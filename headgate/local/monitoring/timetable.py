"""Scheduled rules on the cloud's clock: one timer per rule, the next one set when it fires."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from ..clock import Clock, Timer
from .schedules import Schedule


@dataclass(slots=True)
class _Entry:
    """A rule's schedule. `created` is where its rate counts from."""

    schedule: Schedule
    created: float
    fire: Callable[[], None]
    timer: Timer | None = None


class Timetable:
    """Thread-safe. Entries are by the rule's ARN."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        clock.when_rewound(self._rewound)

    def put(self, arn: str, schedule: Schedule, fire: Callable[[], None]) -> None:
        """Begin a rule's schedule now, in place of the one it had."""
        self.remove(arn)
        entry = _Entry(schedule, self._clock.now(), fire)
        with self._lock:
            self._entries[arn] = entry
        self._plan(arn, entry)

    def remove(self, arn: str) -> None:
        """End a rule's schedule; one that has none is fine."""
        with self._lock:
            entry = self._entries.pop(arn, None)
        if entry is not None and entry.timer is not None:
            entry.timer.cancel()

    def clear(self) -> None:
        """End every schedule."""
        for arn in list(self._entries):
            self.remove(arn)

    def _plan(self, arn: str, entry: _Entry) -> None:
        if self._entries.get(arn) is not entry:
            return  # what it set off has ended or replaced it
        due = entry.schedule.after(entry.created, self._clock.now())
        if due is not None:
            entry.timer = self._clock.call_at(due, lambda: self._due(arn, entry))

    def _due(self, arn: str, entry: _Entry) -> None:
        try:
            entry.fire()
        finally:
            self._plan(arn, entry)

    def _rewound(self) -> None:
        """The clock has gone back: what counts from a moment that is yet to come begins anew."""
        with self._lock:
            entries = list(self._entries.items())
        for arn, entry in entries:
            if entry.timer is not None:
                entry.timer.cancel()
            entry.created = min(entry.created, self._clock.now())
            self._plan(arn, entry)
