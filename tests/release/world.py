"""One environment with fakes behind it: deploys as CloudFormation would send them, commands as the command line would."""

from dataclasses import dataclass, field
from typing import Any

from functions.release.autopilot import Autopilot
from functions.release.canary import Stage
from functions.release.commands import answer
from functions.release.deploys import PUBLISH, ROLLOUT, Deploy, publish, roll_out
from functions.release.journal import Journal
from functions.release.judge import Counts, Minute
from functions.release.releases import Releases
from functions.release.stages import Stages

from .fake_stage import FakeApiGateway
from .fake_table import FakeTable


@dataclass
class World:
    """`apis` are REST API ids; `clock` seconds; `slept` what the backoff waited;
    `minutes` the traffic by the start of each minute."""

    apis: tuple[str, ...] = ("api1",)
    stage: str = "prod"
    gateway: FakeApiGateway = field(default_factory=FakeApiGateway)
    table: FakeTable = field(default_factory=FakeTable)
    table_name: str = "releases"
    clock: float = 1000.0
    slept: list[float] = field(default_factory=list)
    applied: dict[str, Any] | None = None
    strategies: dict[str, Any] = field(default_factory=dict)
    started: list[tuple[str, str]] = field(default_factory=list)
    minutes: dict[int, Minute] = field(default_factory=dict)
    answers: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gateway.now = lambda: self.clock
        self.releases = self.fresh()

    def fresh(self) -> Releases:
        """As a new execution environment has it."""
        stages = Stages(self.gateway, sleep=self.slept.append)  # type: ignore[arg-type]
        apis = {f"name-{api}": api for api in self.apis}
        return Releases(stages, Journal(self.table, self.table_name), lambda: self.clock, apis)  # type: ignore[arg-type]

    @property
    def autopilot(self) -> Autopilot:
        """The automation of this environment, over the traffic in `minutes`."""
        return Autopilot(
            self.releases,
            self.read_minutes,
            self.start_execution,
            self.strategies,
            self.fetch,
        )

    def fetch(self, url: str) -> int:
        """The next of the URL's statuses; the last one stays."""
        statuses = self.answers[url]
        return statuses.pop(0) if len(statuses) > 1 else statuses[0]

    def start_execution(self, name: str, given: str) -> None:
        """The state machine: an execution that has this name already is left alone."""
        if (name, given) not in self.started:
            self.started.append((name, given))

    def read_minutes(self, _stage: str, _signals: list[str], within: range) -> list[Minute]:
        return [self.minutes.get(at, Minute(Counts(0), Counts(0))) for at in within]

    def deploy(
        self,
        release: str,
        *,
        rolling_back: bool = False,
        autopilot: Autopilot | None = None,
        owner: str = "cloudformation-request",
        **changes: Any,
    ) -> str:
        """What CloudFormation does with one stack update; answers the rollout's outcome."""
        function = autopilot or self.autopilot
        properties = {
            "RestApis": [{"id": api, "name": f"name-{api}"} for api in self.apis],
            "StageName": self.stage,
            "ReleaseId": release,
            "StageConfigDigest": "1",
            "Mode": "manual",
            "Percent": "10",
            **changes,
        }
        is_first, old = self.applied is None, self.applied
        kind = "Create" if is_first else "Update"
        made = publish(Deploy(kind, properties, old, owner, lambda: rolling_back), function.releases)
        stable = made["StableDeploymentId"].split(",")
        if is_first:
            for api, deployment in zip(self.apis, stable, strict=True):
                self.gateway.create_stage(restApiId=api, stageName=self.stage, deploymentId=deployment)
        properties["DeploymentId"] = made["DeploymentId"]
        outcome = roll_out(Deploy(kind, properties, old, owner, lambda: rolling_back), function)
        self.applied = properties
        return outcome["Outcome"]

    def delete(self) -> dict[str, str]:
        """What CloudFormation does first when it deletes the stack."""
        assert self.applied
        return roll_out(Deploy("Delete", self.applied, None, "cloudformation-request", lambda: False), self.autopilot)

    def ask(self, command: str, **more: Any) -> dict[str, Any]:
        """A direct invocation."""
        return answer({"command": command, "stage": self.stage, **more}, self.autopilot, "operator-request")

    def look(self) -> Stage:
        """The stage as it is."""
        return self.releases.stages.read(self.apis, self.stage)

    def traffic(self) -> dict[str, float]:
        """Share of the first API's requests by release."""
        return shares(self.look())


def shares(stage: Stage, position: int = 0) -> dict[str, float]:
    """Share of an API's requests by release, in percent, releases without requests left out."""
    pointer = stage.pointers[position]
    percent = pointer.canary.percent if pointer.canary else 0.0
    split = {str(pointer.stable.release): 100.0 - percent}
    if pointer.canary:
        name = str(pointer.canary.snapshot.release)
        split[name] = split.get(name, 0.0) + percent
    return {release: share for release, share in split.items() if share}


__all__ = ["PUBLISH", "ROLLOUT", "World", "shares"]
