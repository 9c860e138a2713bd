"""The local cloud: one process that starts everything, serves it on two ports and leaves nothing behind.

    with Cloud(CloudConfig(port=4566)) as cloud:  # or `async with`, or start() and stop()
        cloud.clients.client("s3").create_bucket(Bucket="x")

It runs on an event loop in a thread of its own. moto keeps its state in module globals, so a process has one cloud.
"""

import asyncio
import contextlib
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from .attention import SECONDS, new_event_loop
from .clock import Clock
from .cloudformation import Engines, StackResult, apply_assembly
from .lambdas.launcher import Client, Launcher, SpawnLauncher, ZygoteLauncher, default_client, default_fork
from .lambdas.pool import USUAL_VARIABLES, FunctionPool, Observe
from .lambdas.records import LogLine, PoolSettings
from .server.clients import Clients
from .server.records import Running

ACCOUNT_ID = "123456789012"  # moto's default account

ACCESS_LOG_LINES = 10_000
ABANDONED_SECONDS = 5.0  # how long whoever was interrupted while it started a cloud waits for its end
UNBORN_SECONDS = 0.5  # and for its thread to begin


@dataclass(frozen=True)
class CloudConfig:
    """How to run. Port 0 means any free port; a busy port takes the next one and `notice` says so.

    `now` is the clock underneath, in epoch seconds. With `controllable_clock`, `cloud.clock` can be frozen, set and advanced, and
    everything follows it, the functions too; else functions run in the machine's time.
    """

    port: int = 4566
    http_port: int = 8080
    host: str = "127.0.0.1"
    region: str = "us-east-1"
    now: Callable[[], float] = time.time
    controllable_clock: bool = False
    random: Callable[[], float] = random.random
    fork_workers: bool = field(default_factory=default_fork)
    lambda_client: Client = field(default_factory=default_client)
    preload: tuple[str, ...] = ()  # third-party packages that zygotes import for all functions
    pool: PoolSettings = field(default_factory=PoolSettings)
    quotas: bool = False  # control-plane quotas: off for work, on for conformance
    state_folder: Path | None = None  # where code is unpacked; a temporary folder when None
    notice: Callable[[str], None] = lambda text: print(text, file=sys.stderr)
    function_output: Callable[[LogLine], None] = lambda _line: None  # a terminal, say; platform lines included
    access_output: Callable[[str], None] = lambda _line: None  # the same for access logs
    attention_seconds: float = SECONDS  # how long the loop looks for the next event before it sleeps
    invoked: Observe | None = None  # is told every invocation that ended


class Cloud:
    """See the module. `access_log` holds the newest access-log lines."""

    def __init__(self, config: CloudConfig | None = None) -> None:
        self.config = config or CloudConfig()
        self.access_log: deque[str] = deque(maxlen=ACCESS_LOG_LINES)
        self._thread: threading.Thread | None = None
        self._running: Running | None = None
        self._is_abandoned = False

    # ---- life

    def start(self) -> Self:
        """Return when every port answers."""
        if self._thread is not None:
            raise RuntimeError("this cloud has been started; make another one to start again")
        started: deque[Running | BaseException] = deque()
        is_up = threading.Event()
        thread = threading.Thread(target=self._run, args=(started, is_up), name="headgate-cloud", daemon=True)
        try:
            if _PLACE.setdefault("cloud", self) is not self:
                raise RuntimeError(
                    "another cloud runs in this process, and moto's state is per process: stop that one first"
                )
            self._thread = thread
            self._thread.start()
            is_up.wait()
        except BaseException:  # Ctrl-C, or a test's time limit: the thread takes itself apart as soon as it is up
            self._abandon(started, is_up)
            raise
        outcome = started.pop()
        if isinstance(outcome, BaseException):
            self._thread.join()
            raise outcome
        self._running = outcome
        return self

    def _abandon(self, started: deque[Running | BaseException], is_up: threading.Event) -> None:
        self._is_abandoned = True
        for running in list(started):
            if isinstance(running, Running):
                running.loop.call_soon_threadsafe(running.leave.set)
        if self._thread is not None:
            is_up.wait(UNBORN_SECONDS)
        if self._thread is not None and (is_up.is_set() or self._thread.is_alive()):
            self._thread.join(ABANDONED_SECONDS)
        else:  # the machine has no thread left, or the interruption hit the thread's own start, which then never runs
            self._leave_place()

    def _leave_place(self) -> None:
        """Whoever comes first, the thread that started this cloud or the cloud's own."""
        if _PLACE.get("cloud") is self:
            _PLACE.pop("cloud", None)

    def stop(self) -> None:
        """Close the ports, end the workers, forget everything. Harmless when it does not run."""
        running, self._running = self._running, None
        if running is None or self._thread is None:
            return
        running.loop.call_soon_threadsafe(running.leave.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _at: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    # ---- what it serves

    @property
    def endpoint_url(self) -> str:
        """AWS's API, for `AWS_ENDPOINT_URL`."""
        return self._up().endpoint_url

    @property
    def http_url(self) -> str:
        """The friendly port, which shows the stage of `map_default` at `/`."""
        return self._up().http_url

    def deploy(self, folder: Path, stack_name: str) -> StackResult:
        """Apply one stack of a CDK assembly (`cdk.out`) in process: its assets, then its resources; no polling.

        Raises AssemblyError when the folder does not hold it, EngineError or TemplateError when it cannot be accepted.
        """
        region = _region_of(folder, stack_name) or self.config.region
        clients = self.clients
        return apply_assembly(
            folder, stack_name, self.engines.engine(ACCOUNT_ID, region), lambda name: clients.client(name, region)
        )

    def map_default(self, api_id: str, stage: str, base_path: str = "") -> None:
        """Show a stage on the friendly port at `/`, or at a base path, as a custom domain would."""
        self._up().mappings.add(api_id, stage, base_path)

    def show(self, apis: Mapping[str, str], stage: str) -> None:
        """Show a stage of these APIs (base path -> API id) on the friendly port, and nothing else, as a custom domain would."""
        self._up().mappings.show(apis, stage)

    @property
    def clients(self) -> Clients:
        """boto3 clients of this cloud."""
        return self._up().clients

    @property
    def pool(self) -> FunctionPool:
        """The Lambda workers."""
        return self._up().pool

    @property
    def clock(self) -> Clock:
        """The cloud's clock, to be moved by tests; only with `controllable_clock`."""
        if not self.config.controllable_clock:
            raise RuntimeError(
                "the clock of this cloud is the machine's: start it with CloudConfig(controllable_clock=True)"
            )
        return self._up().clock

    def reset(self) -> None:
        """Between tests: the machine's time, full token buckets, empty caches, no metrics or log lines; what is deployed stays."""
        running = self._up()
        running.clock.reset()
        running.monitor.clear()
        running.loop.call_soon_threadsafe(running.gateway.reset)
        self.access_log.clear()

    @property
    def engines(self) -> Engines:
        """CloudFormation in process: `engines.engine()` for `apply_assembly`."""
        return self._up().engines

    def _up(self) -> Running:
        if self._running is None:
            raise RuntimeError("the cloud does not run; call start() first, or use it as a context manager")
        return self._running

    # ---- the thread

    def _run(self, started: deque[Running | BaseException], is_up: threading.Event) -> None:
        def announce(running: Running) -> None:
            started.append(running)
            is_up.set()
            if self._is_abandoned:
                running.leave.set()

        try:
            if _PLACE.get("cloud") is self:
                self._serve(announce)
        except BaseException as problem:  # noqa: BLE001 - start() raises it in the caller's thread
            started.append(problem)
        finally:
            self._leave_place()  # here, so that whoever was interrupted while it waited leaves the place free too
            is_up.set()

    def _serve(self, announce: Callable[[Running], None]) -> None:
        with contextlib.ExitStack() as stack:
            folder = self.config.state_folder
            if folder is None:
                folder = Path(tempfile.mkdtemp(prefix="headgate-"))
                stack.callback(shutil.rmtree, folder, ignore_errors=True)
            # The zygote's imports and ours (moto takes half a second) run side by side.
            launcher = _launcher(self.config)
            stack.callback(launcher.close)
            from .server.wiring import World, serve  # noqa: PLC0415

            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(serve(self.config, World(launcher, folder, self.access_log), announce))


def _region_of(folder: Path, stack_name: str) -> str | None:
    """The Region in a stack's `aws://ACCOUNT/REGION`, unless the assembly leaves it open."""
    manifest = folder / "manifest.json"
    artifacts = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"] if manifest.is_file() else {}
    for key, artifact in artifacts.items():
        if stack_name in (key, artifact.get("properties", {}).get("stackName")):
            region = str(artifact.get("environment", "")).rpartition("/")[2]
            return None if region in ("", "unknown-region") else region
    return None


# The one cloud of this process: a claim is one step, and says whose it is, so that no interruption leaves it to nobody.
_PLACE: dict[str, Cloud] = {}


def _launcher(config: CloudConfig) -> Launcher:
    if not config.fork_workers:
        return SpawnLauncher(config.lambda_client)
    launcher = ZygoteLauncher(config.lambda_client, config.preload)
    launcher.warm_up(USUAL_VARIABLES)
    return launcher
