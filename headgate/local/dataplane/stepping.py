"""Run a coroutine without a Task: step it by hand, go on from the callbacks of the futures it waits for.

A Task costs more than a whole mock answer. What runs here must wait only for asyncio futures, and must not ask for the current
task; code that does (aiohttp) is given a Task of its own by its caller.
"""

import asyncio
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

    __slots__ = ("_awaitable", "_expired", "_pending", "_seconds")

    def __init__(self, seconds: float, awaitable: Awaitable[T]) -> None:
        self._seconds = seconds
        self._awaitable = awaitable
        self._pending: Any = None
        self._expired = False

    def _expire(self) -> None:
        self._expired = True
        if self._pending is not None:
            self._pending.cancel()

    def __await__(self) -> Generator[Any, Any, T]:
        inner: Any = self._awaitable.__await__()
        timer: asyncio.TimerHandle | None = None
        try:
            self._pending = next(inner)
            timer = asyncio.get_running_loop().call_later(self._seconds, self._expire)
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
            if timer is not None:
                timer.cancel()
