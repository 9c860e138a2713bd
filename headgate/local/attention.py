"""Staying awake for a moment: the loop looks again at once, instead of sleeping, while the next event is about to come.

A process that sleeps between two events of one conversation pays for it twice: the kernel wakes it late, and its caches have
cooled, so that the same Python takes up to twice as long. One caller who asks one thing after the other (a test, a browser)
waits for every such wake-up; with many at once nobody sleeps anyway. So after an answer, while no other request is under way, and
after an event went to a Lambda worker, while no other call is, the loop looks for the next event without sleeping, for a fraction
of a millisecond, giving way to whoever wants the core.
"""

import asyncio
import os
import time
from collections.abc import Callable
from importlib.util import find_spec

SECONDS = 0.0004  # how long; a call of a small function takes half of it
CORES = 3  # with fewer, whoever is awake keeps the next one from running


class Sleepy:
    """No attention: the loop sleeps as ever. `begin` and `end` frame each request."""

    def begin(self) -> None:
        """A request came."""

    def end(self) -> None:
        """It is answered."""

    def rouse(self) -> None:
        """Something happened, and the next thing may follow soon."""


SLEEPY = Sleepy()


class Attention(Sleepy):
    """Belongs to one loop; not thread-safe."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._clock = clock
        self._until = 0.0
        self._is_awake = False
        self._under_way = 0

    def begin(self) -> None:
        """A request came."""
        self._under_way += 1

    def end(self) -> None:
        """It is answered; when it was the only one, its client may go on at once."""
        self._under_way -= 1
        if not self._under_way:
            self.rouse()

    def rouse(self) -> None:
        """Something happened, and the next thing may follow soon."""
        self._until = self._clock() + self._seconds
        if not self._is_awake:
            self._is_awake = True
            self._loop.call_soon(self._look)

    def _look(self) -> None:
        if self._clock() < self._until:
            os.sched_yield()
            self._loop.call_soon(self._look)
        else:
            self._is_awake = False


def attention(loop: asyncio.AbstractEventLoop, seconds: float) -> Sleepy:
    """A loop's attention; none on a machine with too few cores, or for no seconds."""
    if seconds <= 0 or cores() < CORES or not hasattr(os, "sched_yield"):
        return SLEEPY
    return Attention(loop, seconds)


def cores() -> int:
    """Those this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def new_event_loop() -> asyncio.AbstractEventLoop:
    """libuv's loop, which takes a third less time per event; asyncio's own where there is none (Windows)."""
    if find_spec("uvloop") is None:
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - not everywhere

    return uvloop.new_event_loop()
