"""A project's gateway in this process, for as long as tests need it: a cloud, a warm synthesizer, stand-ins for the services."""

import json
import random
import shutil
import tempfile
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from headgate import spec
from headgate.cli import banner, releases
from headgate.cli.options import share_of
from headgate.cli.output import CommandError
from headgate.cli.synth import Synthesizer
from headgate.local.cloud import Cloud, CloudConfig

from .place import Place
from .upstreams import Upstreams

KEPT_INVOCATIONS = 10_000

# A percentage, or what the stage's own canary settings say.
Share = float | Literal["auto"]

Side = Literal["canary", "stable"]


class GatewayError(Exception):
    """The project cannot be served; the message lists every problem."""


@dataclass(frozen=True, slots=True)
class Call:
    """An invocation that ended. `error` is Lambda's function error (`Unhandled`), `result` what was returned, parsed."""

    function: str
    version: str
    event: Any
    result: Any
    error: str | None


class Dice:
    """The draws of the canary split: by chance (of a seed), or the side that a test asks for."""

    def __init__(self, seed: str | None = None) -> None:
        self.side: Side | None = None
        self._random = random.Random(seed)  # noqa: S311 - a split, not a secret

    def __call__(self) -> float:
        """A number in [0, 1)."""
        if self.side is None:
            return self._random.random()
        return 0.0 if self.side == "canary" else 0.999999


class Running:
    """The running pieces; `deploy` brings the project up, or a change of it in.

    moto's state is the process's: a test under `mock_aws` wipes it, and `mocked_gateway` needs the place of the cloud. `ensure`
    notices, and starts a cloud again; the synthesizer stays warm. Several in turn may share a `synthesizer`, which they leave
    running.
    """

    def __init__(
        self, project: Path, stage: str = "", seed: str | None = None, *, synthesizer: Synthesizer | None = None
    ) -> None:
        self.project = project
        self.dice = Dice(seed)
        self.calls: deque[Call] = deque(maxlen=KEPT_INVOCATIONS)
        self._calls_lock = threading.Lock()
        self.upstreams = Upstreams()
        self._wanted_stage = stage
        self._out = Path(tempfile.mkdtemp(prefix="headgate-test-"))
        self._synthesizer = synthesizer or Synthesizer()
        self._shares_synthesizer = synthesizer is not None
        self._config = CloudConfig(
            port=0,
            http_port=0,
            controllable_clock=True,
            random=self.dice,
            invoked=self._invoked,
            notice=lambda _text: None,
        )
        self.cloud = Cloud(self._config)
        self._is_parked = True
        Place.give_way = self.park

    def ensure(self) -> None:
        """Serve the project, as new: start and deploy, unless that is still there.

        Raises:
            GatewayError: the project cannot be deployed.
        """
        if self._is_deployed():
            self.reset()
            return
        self.park()
        self.cloud = Cloud(self._config).start()
        self._is_parked = False
        self.deploy()
        self.reset()

    @property
    def is_parked(self) -> bool:
        """Whether the place of the cloud is free for another."""
        return self._is_parked

    def _is_deployed(self) -> bool:
        return not self._is_parked and bool(self.cloud.clients.client("apigateway").get_rest_apis()["items"])

    def park(self) -> None:
        """Give the process's one place for a cloud free; `ensure` takes it again."""
        if not self._is_parked:
            self._is_parked = True
            self.cloud.stop()

    def stop(self) -> None:
        """Leave nothing behind."""
        Place.give_way = None
        if not self._shares_synthesizer:
            self._synthesizer.stop()
        self.upstreams.stop()
        self.park()
        shutil.rmtree(self._out, ignore_errors=True)

    def deploy(self, project: Path | None = None, canary: Share | None = None) -> None:
        """Synthesize and apply every environment's stack.

        Raises:
            GatewayError: the project's diagnostics, or why a stack failed.
        """
        folder = (project or self.project).resolve()
        port = self.cloud.endpoint_url.rpartition(":")[2]
        context = {"headgate:local": "true", "headgate:port": port, "headgate:upstreams": self.upstreams.url}
        if canary is not None:
            context["headgate:canary"] = share_of(canary)
        try:
            assembly = self._synthesizer.synth(folder, self._out / "assembly", context)
        except CommandError as error:
            raise GatewayError(f"{error.message} ({error.fix})") from error
        if assembly.folder is None:
            told = [f"{one['path']}:{one['line']}: {one['code']} {one['message']}" for one in assembly.diagnostics]
            raise GatewayError("\n".join([f"{folder}: {assembly.error}", *told]))
        for stack in assembly.stacks:
            result = self.cloud.deploy(assembly.folder, stack)
            if not result.ok:
                reasons = [f"{name}: {reason}" for name, reason in result.failures] or [result.reason or ""]
                raise GatewayError("\n".join([f"stack {stack} is {result.status}", *reasons]))
        banner.map_stage(self.cloud, self.settings, self.stage)

    @property
    def settings(self) -> spec.Project:
        """The project's gateway.yaml."""
        return releases.load(self.project)

    @property
    def stage(self) -> str:
        """The stage that is served at `/`."""
        project = self.settings
        stages = [stage for environment in project.environments.values() for stage in environment.stages]
        wanted = self._wanted_stage or project.local.stage or stages[0]
        if wanted not in stages:
            raise GatewayError(f"there is no stage {wanted!r}; the project's stages are {', '.join(stages)}")
        return str(wanted)

    def outputs(self) -> dict[str, str]:
        """The outputs of the stage's stack."""
        return banner.stage_outputs(self.cloud, self.settings, self.stage)

    def api_keys(self) -> dict[str, str]:
        """The values of the stack's API keys by the names of gateway.yaml."""
        project = self.settings
        environment = banner.environment_of(project, self.stage)
        region = project.environments[environment].region
        return banner.api_keys(self.cloud, region, f"{project.name}-{environment}-")

    def reset(self) -> None:
        """Between tests: what is deployed stays, what tests did is forgotten."""
        self.dice.side = None
        self.cloud.reset()
        self.upstreams.reset()
        with self._calls_lock:
            used = {call.function for call in self.calls}
            self.calls.clear()
        for function in used:
            self.cloud.pool.force_cold_start(
                function
            )  # what functions keep in memory goes by the clock of the last test
        self._empty_caches()

    def _empty_caches(self) -> None:
        """The composed operations' shared cache."""
        client = self.cloud.clients.client("dynamodb")
        for table in client.list_tables()["TableNames"]:
            if "cache" not in table.lower():
                continue
            keys = [item["AttributeName"] for item in client.describe_table(TableName=table)["Table"]["KeySchema"]]
            for item in client.scan(TableName=table)["Items"]:
                client.delete_item(TableName=table, Key={name: item[name] for name in keys})

    def _invoked(self, function: Any, payload: bytes, done: Any) -> None:
        """On the cloud's event loop, for every invocation."""
        if done.cancelled() or done.exception() is not None:
            return
        answer = done.result()
        call = Call(function.name, function.version, _json(payload), _json(answer.payload), answer.function_error)
        with self._calls_lock:
            self.calls.append(call)


def _json(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload
