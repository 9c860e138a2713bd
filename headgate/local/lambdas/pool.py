"""The worker pool: an ARN and an event in, an Invocation out. Thread-safe at `submit`, on the event loop at `invoke`."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from ..attention import SLEEPY, Sleepy
from ..records import Invocation, TooManyInvocationsError
from .code import CodeFolder
from .group import STOPPING, Group, StartWorker
from .launcher import Launcher, ZygoteLauncher, site_packages
from .records import (
    Functions,
    FunctionSpec,
    LogSink,
    PoolSettings,
    Resolved,
    WorkerClock,
    log_stream_name,
    search_path,
    variables,
)
from .runtime.worker import Assignment
from .worker import Answer, Call, Owner, Worker

TRIM_SECONDS = 30.0

# The function, the event, and the future of its answer, which is done.
Observe = Callable[[FunctionSpec, bytes, Answer], None]

# The zygote most functions need; started with the pool.
USUAL_VARIABLES = ("AWS_Lambda_python3.14", "TEXT", "")


@dataclass(frozen=True)
class PoolParts:
    """What the pool works with: the functions, how processes are made, where code lies, where logs go."""

    functions: Functions
    launcher: Launcher
    folder: Path
    log: LogSink
    endpoint_url: Callable[[], str]
    settings: PoolSettings = field(default_factory=PoolSettings)
    random: Callable[[], float] = random.random  # draws an alias's version
    clock: WorkerClock = field(default_factory=WorkerClock)
    attention: Sleepy = SLEEPY
    observe: Observe | None = None  # is told every invocation that ended, on the event loop


class FunctionPool:
    """Warm workers per function version."""

    def __init__(self, parts: PoolParts, loop: asyncio.AbstractEventLoop) -> None:
        self._parts = parts
        self._loop = loop
        self._code = CodeFolder(parts.folder)
        self._groups: dict[FunctionSpec, Group] = {}
        self._leaving: list[Group] = []  # nothing new is submitted to them, but something may run or wait there
        self._current: dict[tuple[str, str], FunctionSpec] = {}  # (ARN, version) -> its spec now
        self._resolved: dict[str, Resolved] = {}
        self._in_flight: Counter[str] = Counter()
        self._total_in_flight = 0
        self._trimmer: asyncio.TimerHandle | None = None
        self._is_stopped = False
        if isinstance(parts.launcher, ZygoteLauncher):
            parts.launcher.warm_up(USUAL_VARIABLES)

    def submit(
        self, function_arn: str, payload: bytes, trace_id: str | None = None, *, client_context: str = ""
    ) -> "Future[Invocation]":
        """Invoke from any thread but the event loop's.

        The future fails with FunctionNotFoundError, TooManyInvocationsError, or ValueError for code that is no archive.
        """
        answer: Future[Invocation] = Future()
        self._loop.call_soon_threadsafe(self._begin, answer, function_arn, payload, trace_id, client_context)
        return answer

    def invoke(self, function_arn: str, payload: bytes, trace_id: str | None = None) -> "asyncio.Future[Invocation]":
        """Invoke from the event loop: `Invoke` of `headgate.local.records`. A caller that gives up may cancel."""
        answer: asyncio.Future[Invocation] = self._loop.create_future()
        self._begin(answer, function_arn, payload, trace_id, "")
        return answer

    def forget(self) -> None:
        """Look every function up again: something about some function has changed. From any thread."""
        self._resolved = {}

    def force_cold_start(self, function_name: str | None = None) -> None:
        """The next invocation, of one function or of all, meets a fresh worker. From any thread."""
        self._loop.call_soon_threadsafe(self._retire_groups, function_name)

    async def stop(self) -> None:
        """End every worker and the processes that make them; whoever waits is answered. Harmless twice."""
        self._is_stopped = True
        if self._trimmer is not None:
            self._trimmer.cancel()
        groups = [*self._groups.values(), *self._leaving]
        for group in groups:
            group.kill()
        self._parts.launcher.close()
        while any(not group.is_empty for group in groups):
            await asyncio.sleep(0.001)

    # ---- one call

    def _begin(
        self, answer: Answer, function_arn: str, payload: bytes, trace_id: str | None, client_context: str
    ) -> None:
        try:
            resolved = self._choose(function_arn)
            self._admit(resolved)
        except Exception as problem:  # noqa: BLE001 - every failure belongs to the caller's future
            answer.set_exception(problem)
            return
        arn, now = resolved.spec.arn, time.monotonic()
        call = Call(_request_id(), function_arn, payload, trace_id or "", client_context, answer, arn, self._leave, now)
        observe = self._parts.observe
        if observe is not None:
            answer.add_done_callback(lambda done: observe(resolved.spec, payload, done))
        if self._total_in_flight == 1 and self._parts.attention is not SLEEPY:
            call.is_alone = True
            self._parts.attention.rouse()
        self._group(resolved).submit(call)

    def _choose(self, function_arn: str) -> Resolved:
        """The version behind an ARN; an alias with weights draws."""
        resolved = self._resolved.get(function_arn)
        if resolved is None:
            resolved = self._resolved[function_arn] = self._parts.functions.resolve(function_arn)
        if resolved.alternatives:
            drawn = self._parts.random()
            for share, alternative in resolved.alternatives:
                drawn -= share
                if drawn < 0:
                    return alternative
        return resolved

    def _admit(self, resolved: Resolved) -> None:
        if self._is_stopped:
            raise ConnectionError(STOPPING)
        arn = resolved.spec.arn
        reserved = resolved.reserved_concurrency
        if reserved is not None and self._in_flight[arn] >= reserved:
            raise TooManyInvocationsError(f"{arn}: its reserved concurrency of {reserved} is in use")
        if self._total_in_flight >= self._parts.settings.account_concurrency:
            raise TooManyInvocationsError(f"the account's concurrency of {self._total_in_flight} is in use")
        self._in_flight[arn] += 1
        self._total_in_flight += 1

    def _leave(self, arn: str) -> None:
        self._in_flight[arn] -= 1
        self._total_in_flight -= 1

    # ---- groups

    def _group(self, resolved: Resolved) -> Group:
        spec = resolved.spec
        group = self._groups.get(spec)
        if group is not None:
            return group
        self._drop_empty()
        key = (spec.arn, spec.version)
        outdated = self._current.get(key)
        if outdated is not None and outdated in self._groups:
            self._retire(outdated)
        self._current[key] = spec
        group = self._groups[spec] = Group(spec, self._parts.settings, self._starter(resolved))
        if self._trimmer is None:
            self._trimmer = self._loop.call_later(TRIM_SECONDS, self._trim)
        return group

    def _retire_groups(self, function_name: str | None) -> None:
        for spec in list(self._groups):
            if function_name is None or spec.name == function_name:
                self._retire(spec)

    def _retire(self, spec: FunctionSpec) -> None:
        group = self._groups.pop(spec)
        group.retire()
        self._leaving.append(group)

    def _drop_empty(self) -> None:
        self._leaving = [group for group in self._leaving if not group.is_empty]
        for spec, group in list(self._groups.items()):
            if group.is_empty:
                del self._groups[spec]

    def _trim(self) -> None:
        for group in self._groups.values():
            group.trim(time.monotonic())
        self._trimmer = self._loop.call_later(TRIM_SECONDS, self._trim)

    def _starter(self, resolved: Resolved) -> StartWorker:
        parts, spec = self._parts, resolved.spec

        async def start(owner: Owner) -> Worker:
            code, *layers = await asyncio.to_thread(self._unpack, resolved)
            stream = log_stream_name(spec.version, time.strftime("%Y/%m/%d", time.gmtime(parts.clock.now())))
            before, after = search_path(spec, code, tuple(layers), site_packages())
            assignment = Assignment(
                handler=spec.handler,
                environment=variables(spec, stream=stream, task_root=code, endpoint_url=parts.endpoint_url()),
                path_before=before,
                path_after=after,
                directory=code,
                client=parts.launcher.client,
                clock=parts.clock.told() if parts.clock.told else None,
            )
            worker = Worker(spec, stream, owner, parts.launcher, parts.log, clock=parts.clock)
            await worker.start(assignment, spec.timeout_seconds + parts.settings.init_grace_seconds)
            return worker

        return start

    def _unpack(self, resolved: Resolved) -> list[str]:
        spec = resolved.spec
        archives = [(spec.code_digest, resolved.code), *zip(spec.layer_digests, resolved.layers, strict=True)]
        return [str(self._code.unpack(digest, archive)) for digest, archive in archives]


def _request_id() -> str:
    """A version 4 UUID, in a third of the time of `uuid.uuid4()`."""
    bits = random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | (4 << 76) | (2 << 62)
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
