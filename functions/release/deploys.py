"""What CloudFormation asks for: Custom::HeadgatePublish snapshots a release, Custom::HeadgateRollout moves the stage to it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .autopilot import Autopilot
from .canary import Call, Command, Plan, Refusal, Snapshot, Stage
from .releases import DEPLOY_PATIENCE_SECONDS, Order, RefusedError, Releases
from .rollout import Applied, Desired, decide, merge, withdraw
from .smoke import Check, failures
from .stages import StageNotFoundError

PUBLISH = "Custom::HeadgatePublish"
ROLLOUT = "Custom::HeadgateRollout"


@dataclass(frozen=True, slots=True)
class Deploy:
    """A custom-resource event: what is asked, the properties now and the ones applied last (None when created)."""

    request: str  # Create | Update | Delete
    properties: Mapping[str, Any]
    old: Mapping[str, Any] | None
    owner: str
    is_rolling_back: Callable[[], bool]

    @property
    def apis(self) -> tuple[str, ...]:
        return tuple(api["id"] for api in self.properties["RestApis"])

    @property
    def stage(self) -> str:
        return str(self.properties["StageName"])

    @property
    def release(self) -> str:
        return str(self.properties["ReleaseId"])

    def changed(self, name: str) -> bool:
        """Whether an update gives a property another value."""
        return self.old is not None and self.old.get(name) != self.properties.get(name)


def publish(deploy: Deploy, releases: Releases) -> dict[str, str]:
    """Make the release's deployments, once. Attributes: DeploymentId, and StableDeploymentId, where the stage is to keep pointing.

    Raises RefusedError when CloudFormation is about to change the stage while a canary is in flight (F6).
    """
    if deploy.request == "Delete":
        return {}
    live = {api: _pointer_or_none(releases, api, deploy.stage) for api in deploy.apis}
    in_flight = [pointer for pointer in live.values() if pointer and pointer.canary]
    if in_flight and deploy.changed("StageConfigDigest") and not deploy.is_rolling_back():
        raise RefusedError(
            Refusal(
                "canary-in-flight",
                f"the settings of stage {deploy.stage} change while a canary is in flight, which API Gateway refuses",
                f"headgate canary promote {deploy.stage}, or rollback {deploy.stage}, then deploy again",
            )
        )
    made: dict[str, str] = {}
    for api in deploy.apis:
        made[api] = releases.stages.publish(api, deploy.release, releases.journal.deployment(api, deploy.release))
        releases.journal.remember(api, deploy.release, made[api], releases.now())
    stable = [pointer.stable.deployment if (pointer := live[api]) else made[api] for api in deploy.apis]
    return {"DeploymentId": ",".join(made.values()), "StableDeploymentId": ",".join(stable)}


def roll_out(deploy: Deploy, autopilot: Autopilot) -> dict[str, str]:
    """Move the stage as the three-way merge says. Attribute: Outcome, a sentence. Raises RefusedError to fail the deploy."""
    releases = autopilot.releases
    merged = _withdrawal(deploy) if deploy.request == "Delete" else _merging(deploy, releases)

    def decision(stage: Stage) -> Plan | Refusal:
        decided = decide(stage, merged(stage))
        return _unless_it_smokes(deploy, autopilot, decided)

    order = Order(
        apis=deploy.apis,
        stage=deploy.stage,
        verb="deploy",
        release=deploy.release,
        decide=decision,
        by="cloudformation",
        owner=deploy.owner,
        patience=DEPLOY_PATIENCE_SECONDS,
    )
    try:
        outcome = releases.carry_out(order)
    except StageNotFoundError:
        if deploy.request == "Delete":
            return {}
        raise
    if deploy.request != "Delete":
        releases.journal.want(deploy.stage, deploy.release)
    candidate = outcome.stage.candidate
    if candidate and candidate.snapshot.release == deploy.release:
        releases.journal.lift(deploy.stage, deploy.release, now=releases.now())
        autopilot.engage(deploy.stage)
    return {"Outcome": outcome.plan.message}


def _unless_it_smokes(deploy: Deploy, autopilot: Autopilot, decided: Plan | Refusal) -> Plan | Refusal:
    """A release that is about to get traffic is asked first; a plan that moves nothing, or takes a release away, is not."""
    checks = [
        Check(str(check["url"]), int(check["status"])) for check in json.loads(deploy.properties.get("Smoke", "[]"))
    ]
    is_entering = isinstance(decided, Plan) and any(_brings(call, deploy) for call in decided.calls)
    if not checks or not is_entering or deploy.is_rolling_back():
        return decided
    wrong = failures(checks, autopilot.fetch, autopilot.releases.stages.sleep)
    if not wrong:
        return decided
    message = f"release {deploy.release} failed its smoke test: {'; '.join(wrong)}"
    return Refusal("smoke-failed", message, "no traffic was given to it; correct the release, or the check")


def _brings(call: Call, deploy: Deploy) -> bool:
    targets = {snapshot.deployment for snapshot in _targets(deploy.properties).values()}
    return any(operation.value in targets for operation in call.operations)


def _merging(deploy: Deploy, releases: Releases) -> Callable[[Stage], Command | Plan | Refusal]:
    properties, old = deploy.properties, deploy.old
    desired = Desired(
        release=deploy.release,
        targets=_targets(properties),
        mode=str(properties.get("Mode", "manual")),
        percent=float(properties.get("Percent", 10)),
        on_conflict=str(properties.get("OnConflict", "fail")),
        on_new_release=str(properties.get("OnNewRelease", "supersede")),
        retry=str(properties.get("Retry", "")).lower() == "true",
    )
    applied = None
    if old is not None:
        applied = Applied(
            str(old["ReleaseId"]), _targets(old), str(old.get("Mode", "manual")), float(old.get("Percent", 10))
        )
    moves = deploy.changed("ReleaseId") or deploy.changed("Percent")
    is_rollback = moves and deploy.is_rolling_back()

    def merged(stage: Stage) -> Command | Plan | Refusal:
        rejected = releases.journal.rejected(deploy.stage)
        return merge(applied, desired, stage, rejected=rejected, is_rollback=is_rollback)

    return merged


def _withdrawal(deploy: Deploy) -> Callable[[Stage], Command | Plan | Refusal]:
    return lambda stage: withdraw(deploy.release, stage)


def _targets(properties: Mapping[str, Any]) -> dict[str, Snapshot]:
    apis = (str(api["id"]) for api in properties["RestApis"])
    deployments = str(properties.get("DeploymentId", "")).split(",")
    return {
        api: Snapshot(deployment, str(properties["ReleaseId"]))
        for api, deployment in zip(apis, deployments, strict=False)
    }


def _pointer_or_none(releases: Releases, api: str, stage: str) -> Any:
    try:
        return releases.stages.pointer(api, stage)
    except StageNotFoundError:
        return None
