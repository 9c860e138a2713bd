"""Run a coroutine without a Task: step it by hand, go on from the callbacks of the futures it waits for.

A Task costs more than a whole mock answer. What runs here must wait only for asyncio futures, and must not ask for the current
task; code that does (aiohttp) is given a Task of its own by its caller.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Done = Callable[[Any, BaseException | None], None]


class Stepper:
    """Drives one coroutine to its end and calls `done(result, error)` once, at once if nothing had to be waited for."""

    __slots__ = ("_coroutine", "_done", "_loop", "_waiting", "closed")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], done: Done, loop: asyncio.AbstractEventLoop) -> None:
        self._coroutine = coroutine
        self._done = done
        self._loop = loop
        self._waiting: asyncio.Future[Any] | None = None
        self.closed = False

    def step(self, _future: object = None) -> None:
        """Run until the next wait or the end."""
        self._waiting = None
        if self.closed:
            return
        try:
            future = self._coroutine.send(None)
        except StopIteration as end:
            self.closed = True
            self._done(end.value, None)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 handed on: the caller answers, the loop goes on
            self.closed = True
            self._done(None, error)
        else:
            self._wait_for(future)

    def _wait_for(self, future: Any) -> None:
        if future is None:  # a bare yield: asyncio.sleep(0)
            self._loop.call_soon(self.step)
            return
        future._asyncio_future_blocking = False
        self._waiting = future
        future.add_done_callback(self.step)

    def cancel(self) -> None:
        """Cancel what the coroutine waits for, as a Task would; it ends with CancelledError."""
        if self._waiting is not None:
            self._waiting.cancel()


class within(Generic[T]):  # noqa: N801 it reads as a verb: await within(1.5, work)
    """Await something for at most so many seconds, else TimeoutError; works under a Task and under a Stepper alike.

    The late work is cancelled through the future it waits for, which is what cancelling a Task does.
    """

    __slots__ = ("_awaitable", "_expired", "_pending", "_seconds", "deadline", "is_over")

    def __init__(self, seconds: float, awaitable: Awaitable[T]) -> None:
        self._seconds = seconds
        self._awaitable: Awaitable[T] | None = awaitable
        self._pending: Any = None
        self._expired = False
        self.deadline = 0.0
        self.is_over = False

    def expire(self) -> None:
        """The time is up: cancel what is waited for."""
        self._expired = True
        if self._pending is not None:
            self._pending.cancel()

    def __await__(self) -> Generator[Any, Any, T]:
        assert self._awaitable is not None
        inner: Any = self._awaitable.__await__()
        lane: _Lane | None = None
        try:
            self._pending = next(inner)
            lane = _lane(self._seconds, self._pending)
            lane.add(self)
            while True:
                try:
                    yield self._pending
                except BaseException as error:  # noqa: BLE001 passed on to the one who waits, as await does
                    self._pending = inner.throw(error)
                else:
                    self._pending = next(inner)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        except asyncio.CancelledError:
            if self._expired:
                raise TimeoutError from None
            raise
        finally:
            self.is_over = True
            self._awaitable = self._pending = None
            if lane is not None and lane.queue and lane.queue[0] is self:
                lane.tidy()


class _Lane:
    """Waits of one length: they expire in the order they began, so one timer serves them all and a wait costs no heap entry."""

    __slots__ = ("_seconds", "_timer", "loop", "queue")

    def __init__(self, seconds: float, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._seconds = seconds
        self.queue: deque[within[Any]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, wait: within[Any]) -> None:
        wait.deadline = self.loop.time() + self._seconds
        self.queue.append(wait)
        if self._timer is None:
            self._timer = self.loop.call_at(wait.deadline, self._look)

    def tidy(self) -> None:
        """Forget waits that are over, as far as they stand first."""
        queue = self.queue
        while queue and queue[0].is_over:
            queue.popleft()

    def _look(self) -> None:
        self._timer = None
        now = self.loop.time()
        self.tidy()
        while self.queue and self.queue[0].deadline <= now:
            wait = self.queue.popleft()
            if not wait.is_over:
                wait.expire()
        self.tidy()
        if self.queue:
            self._timer = self.loop.call_at(self.queue[0].deadline, self._look)


_LANES: dict[float, _Lane] = {}


def _lane(seconds: float, pending: Any) -> _Lane:
    """The lane of this loop; an older loop's keeps its own timer. Asking a future costs no system call (CPython 3.11)."""
    loop = asyncio.get_running_loop() if pending is None else pending.get_loop()
    lane = _LANES.get(seconds)
    if lane is None or lane.loop is not loop:
        lane = _LANES[seconds] = _Lane(seconds, loop)
    return lane
