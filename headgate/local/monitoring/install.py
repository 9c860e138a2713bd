"""Plugging CloudWatch and EventBridge into moto, and the timer that evaluates the alarms."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from moto.cloudwatch.models import cloudwatch_backends
from moto.events.models import events_backends

from ..clock import Clock, Timer
from . import alarm_events, bus
from .bus import LocalEvents
from .cloudwatch.models import LocalCloudWatch
from .cloudwatch.records import Alarm, Region, State, World
from .cloudwatch.responses import CloudWatchResponse
from .delivery import Delivery
from .ingest import LogMetrics
from .metrics import MetricStore
from .watching import evaluate, step_of


@dataclass(frozen=True, slots=True)
class Parts:
    """What monitoring works with. `flush` moves log lines that are still queued, before metrics are read."""

    clock: Clock
    delivery: Delivery
    flush: Callable[[], None]


class Monitor:
    """The running monitoring of a cloud: `logs` takes log events, alarms are evaluated by the clock."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.logs = LogMetrics(store_of, parts.clock.now)
        self._lock = threading.Lock()
        self._timer: Timer | None = None
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Take the place of moto's backends."""
        clock = self._parts.clock
        LocalCloudWatch.world = World(clock.now, self._changed, self._alarm_put)
        CloudWatchResponse.before_reading = staticmethod(self._parts.flush)
        clock.when_rewound(self._rewind)
        previous = cloudwatch_backends.backend
        cloudwatch_backends.backend = LocalCloudWatch  # type: ignore[assignment]  # moto types it as its own class
        self._undo += [
            bus.install(self._parts.delivery, clock),
            lambda: setattr(cloudwatch_backends, "backend", previous),
        ]

    def uninstall(self) -> None:
        """Give moto's backends their places back."""
        while self._undo:
            self._undo.pop()()

    def clear(self) -> None:
        """Between tests: no metrics, alarms as if they had just been made; nothing is told of it."""
        self._parts.flush()
        for region in regions():
            region.metrics.clear()
            with region.lock:
                for alarm in region.alarms.values():
                    alarm.state = State(epoch_seconds=self._parts.clock.now())
                    alarm.history.clear()
        self._rewind()

    def _rewind(self) -> None:
        """The clock has gone back: the next evaluation is earlier than planned."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._schedule()

    def evaluate(self) -> None:
        """Evaluate every alarm now."""
        self._parts.flush()
        now = self._parts.clock.now()
        for region in regions():
            evaluate(region, now)

    # ---- the timer

    def _alarm_put(self, _region: Region) -> None:
        with self._lock:
            if self._timer is None:
                self._schedule()

    def _schedule(self) -> None:
        steps = [step for region in regions() if (step := step_of(region)) is not None]
        self._timer = None
        if steps:
            step = min(steps)
            due = (self._parts.clock.now() // step + 1) * step
            self._timer = self._parts.clock.call_at(due, self._tick)

    def _tick(self) -> None:
        try:
            self.evaluate()
        finally:
            with self._lock:
                self._schedule()

    # ---- what an alarm sets off

    def _changed(self, region: Region, alarm: Alarm, before: State) -> None:
        delivery = self._parts.delivery
        event = alarm_events.state_change(region, alarm, before, bus.iso(alarm.state.epoch_seconds))
        backend = events_backends[region.account_id][region.region]
        if isinstance(backend, LocalEvents):
            backend.emit(event)
        for arn in alarm_events.actions(alarm):
            service = arn.split(":")[2]
            if service == "sns":
                delivery.notify(arn, *alarm_events.topic_message(region, alarm, before))
            elif service == "lambda":
                delivery.send(arn, alarm_events.lambda_payload(region, alarm, before))


def regions() -> list[Region]:
    """CloudWatch's Regions that are in use."""
    return [
        backend.state
        for account in list(cloudwatch_backends.values())
        for backend in list(account.values())
        if isinstance(backend, LocalCloudWatch)
    ]


def store_of(account: str, region: str) -> MetricStore:
    """Where an account's metrics are kept."""
    backend = cloudwatch_backends[account][region]
    assert isinstance(backend, LocalCloudWatch)
    return backend.state.metrics


def install(parts: Parts) -> Monitor:
    """Start monitoring; `Monitor.uninstall` undoes it."""
    monitor = Monitor(parts)
    monitor.install()
    return monitor
