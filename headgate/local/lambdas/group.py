"""The warm workers of one function version: who is idle, who waits, and when to start another."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from ..records import Invocation
from .records import FunctionSpec, PoolSettings
from .worker import Call, Owner, Worker

# Makes and starts a worker for a group; ValueError when the code cannot be unpacked.
StartWorker = Callable[[Owner], Awaitable[Worker]]

STOPPING = "the local cloud is stopping"


class Group:
    """A queue and its workers; all methods run on the event loop."""

    def __init__(self, spec: FunctionSpec, settings: PoolSettings, start_worker: StartWorker) -> None:
        self.spec = spec
        self._settings = settings
        self._start_worker = start_worker
        self._idle: list[Worker] = []
        self._workers: set[Worker] = set()
        self._starting = 0
        self._waiting: deque[Call] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_retired = False
        self._is_killed = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing runs, waits or starts here."""
        return not (self._workers or self._waiting or self._starting)

    def submit(self, call: Call) -> None:
        """Run a call on an idle worker, the one used last; else it waits."""
        if self._idle:
            self._idle.pop().run(call)
            return
        self._waiting.append(call)
        self._consider_growing()

    def retire(self) -> None:
        """Finish what is under way, then end every worker; nothing new is submitted here."""
        self._is_retired = True
        for worker in self._idle:
            worker.retire()
        self._idle.clear()

    def kill(self) -> None:
        """End every worker now; calls that wait for one fail."""
        self._is_retired = self._is_killed = True
        while self._waiting:
            self._waiting.popleft().finish(ConnectionError(STOPPING))
        for worker in list(self._workers):
            worker.kill()

    def trim(self, now: float) -> None:
        """End workers that have been idle for long."""
        keep = [worker for worker in self._idle if now - worker.idle_since < self._settings.idle_seconds]
        for worker in self._idle:
            if worker not in keep:
                worker.retire()
        self._idle = keep

    # ---- what workers report

    def worker_ready(self, worker: Worker) -> None:
        """A worker has been initialised or has answered."""
        while self._waiting:
            call = self._waiting.popleft()
            if call.answer.done():  # the caller has gone
                call.leave(call.arn)
                continue
            worker.run(call)
            return
        if self._is_retired:
            worker.retire()
            return
        worker.idle_since = time.monotonic()
        self._idle.append(worker)

    def worker_gone(self, worker: Worker, failure: Invocation | None) -> None:
        """A worker ended; with `failure` its init went wrong, which answers the call that waited longest."""
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if failure is not None and self._waiting:
            self._waiting.popleft().finish(failure)
        self._consider_growing()

    # ---- growing

    def _consider_growing(self) -> None:
        if not self._waiting:
            return
        total = len(self._workers) + self._starting
        if total == 0:
            self._launch()
        elif total < self._settings.max_workers and self._timer is None and self._starting < len(self._waiting):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._patience(total), self._grow)

    def _patience(self, total: int) -> float:
        settings = self._settings
        steady = total < settings.steady_workers
        return settings.grow_after_seconds if steady else settings.stretch_after_seconds

    def _grow(self) -> None:
        self._timer = None
        total = len(self._workers) + self._starting
        if not self._waiting or total >= self._settings.max_workers:
            return
        waited = time.monotonic() - self._waiting[0].asked_at
        if waited >= self._patience(total):
            self._launch()
        self._consider_growing()

    def _launch(self) -> None:
        self._starting += 1
        task = asyncio.get_running_loop().create_task(self._start_one())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start_one(self) -> None:
        try:
            worker = await self._start_worker(self)
        except Exception as problem:  # noqa: BLE001 - an archive or a machine can fail in many ways: the caller is told
            self._starting -= 1
            if self._waiting:
                self._waiting.popleft().finish(problem)
            self._consider_growing()
            return
        self._starting -= 1
        self._workers.add(worker)
        if self._is_killed:  # it started while the others were killed
            worker.kill()
