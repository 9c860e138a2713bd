"""The local cloud's one clock: real time until a test freezes, sets or advances it, and the work that waits on it.

    clock.freeze()                # 12:00:00 and stays
    clock.advance(seconds=301)    # 12:05:01, and whatever was due in between has happened, in order

`advance` stops at every moment something is due (an alarm's minute, a Wait state, a retry), runs it, and lets the work that it
set off come to rest before going on, so that a rollout of an hour runs in the time its functions take.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

SETTLE_SECONDS = 60.0  # real: how long work that was set off may run before `advance` says that it does not end


class ClockError(Exception):
    """The clock cannot be moved that way; the message says why and what to do."""


class ClockClosed(SystemExit):
    """The cloud is gone; whoever waits on its clock leaves."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the clock differs from the machine's: `frozen` is where it stands, else it runs `offset` seconds ahead."""

    offset: float = 0.0
    frozen: float | None = None

    def __str__(self) -> str:
        """What a Lambda worker is told: nothing, `+3600.0` or `=1763700000.0`."""
        if self.frozen is not None:
            return f"={self.frozen!r}"
        return f"{self.offset:+}" if self.offset else ""


@dataclass(order=True, slots=True)
class Timer:
    """A callback at a moment; `cancel` forgets it."""

    due: float
    number: int
    callback: Callable[[], None] = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Do not call back."""
        self.is_cancelled = True


class Clock:
    """Thread-safe. Callbacks run in the thread that advances the clock, or in the clock's own."""

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._setting = Setting()
        self._lock = threading.Condition(threading.RLock())
        self._stepping = threading.RLock()
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._busy = 0
        self._local = threading.local()
        self._thread: threading.Thread | None = None
        self._waiters: set[_Waiter] = set()
        self._rewound: list[Callable[[], None]] = []
        self._is_closed = False

    # ---- reading

    def now(self) -> float:
        """Epoch seconds."""
        setting = self._setting
        return self._base() + setting.offset if setting.frozen is None else setting.frozen

    @property
    def setting(self) -> Setting:
        """How it differs from the machine's clock."""
        return self._setting

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self._setting.frozen is not None

    # ---- moving

    def freeze(self, at: float | None = None) -> None:
        """Stand still, at an epoch second or now."""
        with self._stepping:
            if at is not None:
                self.set(at)
            self._change(Setting(frozen=self.now() if at is None else at))

    def resume(self) -> None:
        """Run on from where it stands."""
        with self._stepping:
            self._change(Setting(offset=self.now() - self._base()))

    def reset(self) -> None:
        """The machine's time again. What was due before stays due at its moment."""
        with self._stepping:
            before = self.now()
            self._change(Setting())
            if self.now() < before:
                self._tell_rewound()

    def set(self, epoch_seconds: float) -> None:
        """Go to a moment: forward as `advance` does, backward at once."""
        with self._stepping:
            ahead = epoch_seconds - self.now()
            if ahead >= 0:
                self.advance(ahead)
            else:
                self._jump(epoch_seconds)
                self._tell_rewound()

    def advance(self, seconds: float) -> None:
        """Go forward through everything that is due on the way.

        Raises:
            ClockError: `seconds` is negative, or work that was set off did not come to rest.
        """
        if seconds < 0:
            raise ClockError(f"cannot advance by {seconds} s: time goes forward; use set() to go back")
        with self._stepping:
            target = self.now() + seconds
            self.settle()
            while (due := self._next_due()) is not None and due <= target:
                if due > self.now():
                    self._jump(due)
                self._fire()
                self.settle()
            if target > self.now():
                self._jump(target)

    def settle(self) -> None:
        """Wait, in real time, until the work that the clock knows of has come to rest.

        Raises:
            ClockError: it does not.
        """
        with self._lock:
            if not self._lock.wait_for(lambda: self._busy - self._own_work() <= 0, SETTLE_SECONDS):
                raise ClockError(
                    f"{self._busy} running pieces of work did not come to rest in {SETTLE_SECONDS:.0f} s: "
                    "a function or an execution waits for something that only happens later"
                )

    # ---- waiting

    def call_at(self, due: float, callback: Callable[[], None]) -> Timer:
        """Call back when the clock reads `due` epoch seconds or more."""
        timer = Timer(due, next(self._numbers), callback)
        with self._lock:
            heapq.heappush(self._timers, timer)
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._run, name="headgate-clock", daemon=True)
                self._thread.start()
            self._lock.notify_all()
        return timer

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back `seconds` from now."""
        return self.call_at(self.now() + seconds, callback)

    def when_rewound(self, callback: Callable[[], None]) -> None:
        """Call back whenever the clock has gone back: what happens at intervals is due earlier than its timer says."""
        self._rewound.append(callback)

    def signal(self) -> "Signal":
        """An event whose timed waits are on this clock."""
        return Signal(self)

    def sleep(self, seconds: float) -> None:
        """Block this thread for that long on this clock."""
        self.signal().wait(seconds)

    # ---- work that `advance` waits for

    def begin_work(self) -> None:
        """Something is under way that may lead to more; pair it with `end_work`, from any thread."""
        with self._lock:
            self._busy += 1

    def end_work(self) -> None:
        """It has ended."""
        with self._lock:
            self._busy -= 1
            self._lock.notify_all()

    @contextmanager
    def adopted_work(self) -> Iterator[None]:
        """Run work that somebody else began, in this thread; while the thread waits on a signal it counts as resting."""
        self._local.works = True
        try:
            yield
        except ClockClosed:
            return
        finally:
            self._local.works = False
            self.end_work()

    def close(self) -> None:
        """End every wait: the threads that wait leave silently."""
        with self._lock:
            self._is_closed = True
            self._timers.clear()
            for waiter in list(self._waiters):
                waiter.wake()
            self._lock.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(1)

    # ---- inside

    def _own_work(self) -> int:
        return 1 if getattr(self._local, "works", False) else 0

    def _change(self, setting: Setting) -> None:
        with self._lock:
            self._setting = setting
            self._lock.notify_all()

    def _tell_rewound(self) -> None:
        for callback in self._rewound:
            callback()

    def _jump(self, epoch_seconds: float) -> None:
        frozen = self._setting.frozen is not None
        offset = epoch_seconds - self._base()
        self._change(Setting(frozen=epoch_seconds) if frozen else Setting(offset=offset))

    def _next_due(self) -> float | None:
        with self._lock:
            while self._timers and self._timers[0].is_cancelled:
                heapq.heappop(self._timers)
            return self._timers[0].due if self._timers else None

    def _fire(self) -> None:
        """Run what is due, one moment's callbacks after the other."""
        while (due := self._next_due()) is not None and due <= self.now():
            with self._lock:
                timer = heapq.heappop(self._timers)
            try:
                timer.callback()
            except Exception:
                log.exception("clock.callback_failed")

    def _run(self) -> None:
        """The clock's own thread: fires what becomes due by itself."""
        while True:
            with self._lock:
                if self._is_closed:
                    return
                due = self._next_due()
                left = None if due is None or self.is_frozen else due - self.now()
                if left is None or left > 0:
                    self._lock.wait(left)
                    continue
            # A test that is advancing fires by itself, and may meanwhile have done so.
            with self._stepping:
                if not self.is_frozen and not self._is_closed:
                    self._fire()


class _Waiter:
    """One thread that waits on a signal."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._works = bool(getattr(clock._local, "works", False))
        self._woken = threading.Event()
        if self._works:
            clock.end_work()
        clock._waiters.add(self)

    def wake(self) -> None:
        """Let it go on; it counts as working from here, not from when its thread gets to run."""
        with self._clock._lock:
            if self._woken.is_set():
                return
            self._clock._waiters.discard(self)
            if self._works:
                self._clock.begin_work()
            self._woken.set()

    def wait(self) -> None:
        """Until woken."""
        self._woken.wait()


class Signal:
    """`threading.Event` on a clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_set = False
        self._waiters: list[_Waiter] = []

    def is_set(self) -> bool:
        """Whether it has been set."""
        return self._is_set

    def set(self) -> None:
        """Wake everybody who waits."""
        with self._clock._lock:
            self._is_set = True
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                waiter.wake()

    def clear(self) -> None:
        """Unset it."""
        with self._clock._lock:
            self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is set, or until the clock has gone on by `timeout` seconds; whether it is set.

        Leaves the thread (ClockClosed) when the clock is closed.
        """
        clock = self._clock
        with clock._lock:
            if clock._is_closed:
                raise ClockClosed
            if self._is_set or (timeout is not None and timeout <= 0):
                return self._is_set
            waiter = _Waiter(clock)
            self._waiters.append(waiter)
            timer = clock.call_later(timeout, waiter.wake) if timeout is not None else None
        waiter.wait()
        with clock._lock:
            if timer is not None:
                timer.cancel()
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            if clock._is_closed:
                raise ClockClosed
            return self._is_set
