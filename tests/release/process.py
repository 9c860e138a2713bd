"""The release function as a process that can be killed between any two calls to AWS, or held at them while another one runs.

A killed process makes no further call, not even to give its lease back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from functions.release.autopilot import Autopilot
from functions.release.cleaning import Cleaner, run_clean
from functions.release.commands import answer
from functions.release.journal import Journal
from functions.release.releases import Releases
from functions.release.stages import Stages

from .fake_versions import FakeVersions
from .world import World

FUNCTION = "headgate-prod-portal-authorizer"


class KilledError(BaseException):
    """SIGKILL: no `except Exception` sees it."""


@dataclass
class Process:
    """One invocation of the release function. `gate` is passed before every call; the call `kill_at` takes effect if `late`."""

    world: World
    name: str
    kill_at: int | None = None
    late: bool = False
    gate: Callable[[str], None] = lambda name: None
    versions: FakeVersions = field(default_factory=FakeVersions)
    calls: int = 0
    is_dead: bool = False

    def autopilot(self) -> Autopilot:
        """The function's environment over this process's connections."""
        world = self.world
        stages = Stages(Connection(self, world.gateway), sleep=self._sleep)  # type: ignore[arg-type]
        journal = Journal(Connection(self, world.table), world.table_name)  # type: ignore[arg-type]
        apis = {f"name-{api}": api for api in world.apis}
        releases = Releases(stages, journal, lambda: world.clock, apis)
        return Autopilot(releases, world.read_minutes, world.start_execution, world.strategies, world.fetch)

    def ask(self, command: str, **more: Any) -> dict[str, Any]:
        """A direct invocation."""
        if command == "gc":
            cleaner = Cleaner(self.autopilot().releases, [FUNCTION], Connection(self, self.versions))  # type: ignore[arg-type]
            return run_clean({"command": "gc", **more}, cleaner, self.name)
        return answer({"command": command, "stage": self.world.stage, **more}, self.autopilot(), self.name)

    def deploy(self, release: str, **changes: Any) -> str:
        """What CloudFormation asks for."""
        return self.world.deploy(release, autopilot=self.autopilot(), owner=self.name, **changes)

    def before_call(self) -> bool:
        """Whether the call is the last one that takes effect. Raises KilledError."""
        if self.is_dead:
            raise KilledError
        self.gate(self.name)
        self.calls += 1
        if self.kill_at != self.calls:
            return False
        self.is_dead = True
        if not self.late:
            raise KilledError
        return True

    def _sleep(self, seconds: float) -> None:
        for _ in range(int(seconds * 20)):  # a call takes about 50 ms
            self.gate(self.name)
        self.world.slept.append(seconds)


class Connection:
    """A boto3 client of a process."""

    def __init__(self, process: Process, client: Any) -> None:
        self._process, self._client = process, client

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name == "get_paginator":
            return lambda *_: self

        def call(**arguments: Any) -> Any:
            is_last = self._process.before_call()
            result = method(**arguments)
            if is_last:
                raise KilledError
            return result

        return call
