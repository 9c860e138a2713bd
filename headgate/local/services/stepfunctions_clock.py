"""Step Functions on the cloud's clock: moto's interpreter sees our `time`, `datetime` and `threading` by their names.

Each of its modules imports these modules whole, so a name in a module's namespace is all that changes. Wait states, retry
intervals, timeouts, heartbeats and the times in a history then go by the clock, and the threads of an execution count as work
that `Clock.advance` waits for, except while they wait themselves.
"""

import datetime as dt
import threading
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from ..clock import Clock

ASL = "moto.stepfunctions.parser.asl"
EXEC = f"{ASL}.component.state.exec"
# module -> the names in it that are replaced
PLACES = {
    f"{ASL}.component.program.program": ("threading",),
    f"{EXEC}.execute_state": ("threading", "Thread"),
    f"{EXEC}.state_parallel.branch_worker": ("threading",),
    f"{EXEC}.state_parallel.branches_decl": ("threading",),
    f"{EXEC}.state_map.iteration.inline_iteration_component": ("threading",),
    f"{EXEC}.state_map.iteration.job": ("threading",),
    f"{EXEC}.state_map.iteration.itemprocessor.map_run_record": ("threading", "datetime"),
    f"{EXEC}.state_task.service.state_task_service_callback": ("threading", "time"),
    f"{ASL}.component.common.retry.retrier_decl": ("time",),
    f"{ASL}.component.state.wait.wait_function.wait_function": ("time",),
    f"{ASL}.component.state.wait.wait_function.timestamp": ("datetime",),
    f"{ASL}.component.state.state": ("datetime",),
    f"{ASL}.eval.callback.callback": ("Event",),
    f"{ASL}.eval.environment": ("threading",),
    f"{ASL}.eval.event.event_manager": ("datetime",),
    "moto.stepfunctions.parser.backend.execution": ("datetime",),
    "moto.stepfunctions.parser.backend.execution_worker": ("Thread",),
    "moto.stepfunctions.parser.backend.state_machine": ("datetime",),
    "moto.stepfunctions.parser.models": ("datetime",),
}


def install(clock: Clock) -> Callable[[], None]:
    """Put the clock into every place; returns what takes it out again."""
    names = _replacements(clock)
    undo: list[tuple[Any, str, Any]] = []
    for place, wanted in PLACES.items():
        module = import_module(place)
        for name in wanted:
            undo.append((module, name, getattr(module, name)))
            setattr(module, name, names[name])
    retrier = import_module(f"{ASL}.component.common.retry.retrier_decl").RetrierDecl
    undo.append((retrier, "_eval_body", retrier._eval_body))
    retrier._eval_body = _interruptible(retrier._eval_body, names["time"])

    def uninstall() -> None:
        for owner, name, was in reversed(undo):
            setattr(owner, name, was)

    return uninstall


def _replacements(clock: Clock) -> dict[str, Any]:
    def now(tz: dt.tzinfo | None = None) -> dt.datetime:
        moment = dt.datetime.fromtimestamp(clock.now(), dt.UTC)
        # Without a zone the interpreter compares with a UTC time.
        return moment.astimezone(tz) if tz else moment.replace(tzinfo=None)

    def event() -> Any:
        return clock.signal()

    class Thread(ClockThread):
        _clock = clock

    moments = _Moments(now)
    return {
        "Event": event,
        "Thread": Thread,
        "threading": SimpleNamespace(Event=event, Thread=Thread, Lock=threading.Lock, RLock=threading.RLock),
        "time": _Time(clock),
        "datetime": SimpleNamespace(datetime=moments, timezone=dt.timezone, timedelta=dt.timedelta, date=dt.date),
    }


class _Moments:
    """`dt.datetime` with another `now`."""

    def __init__(self, now: Callable[..., dt.datetime]) -> None:
        self.now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(dt.datetime, name)

    def __call__(self, *arguments: Any, **named: Any) -> dt.datetime:
        return dt.datetime(*arguments, **named)


class _Time:
    """`time` on the clock. A retry's pause ends when the execution is stopped: `waiting_in` is its environment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.waiting_in = threading.local()

    def time(self) -> float:
        """Epoch seconds."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait on the clock."""
        environment = getattr(self.waiting_in, "environment", None)
        if environment is None:
            self._clock.sleep(seconds)
        elif environment.is_running():
            environment.program_state_event.wait(seconds)


def _interruptible(evaluate: Callable[..., None], clock_time: _Time) -> Callable[..., None]:
    def run(self: Any, env: Any) -> None:
        clock_time.waiting_in.environment = env
        try:
            evaluate(self, env)
        finally:
            clock_time.waiting_in.environment = None

    return run


class ClockThread:
    """`threading.Thread`, as far as the interpreter uses it: its target is work from the moment it is started."""

    _clock: Clock

    def __init__(
        self,
        target: Callable[..., Any],
        name: str | None = None,
        args: tuple[Any, ...] = (),
        *,
        daemon: bool = True,  # noqa: ARG002 - every one is: no execution may keep the process alive
    ) -> None:
        self._target = target
        self._args = args
        self._finished = self._clock.signal()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def native_id(self) -> int | None:
        """The system's number of the thread."""
        return self._thread.native_id

    def start(self) -> None:
        """Start it."""
        self._clock.begin_work()
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, on the clock."""
        self._finished.wait(timeout)

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return not self._finished.is_set()

    def _run(self) -> None:
        with self._clock.adopted_work():
            try:
                self._target(*self._args)
            finally:
                self._finished.set()
