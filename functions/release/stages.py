"""The only place that calls UpdateStage and CreateDeployment. It decides nothing: it reads stages and makes the calls of a plan."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from .canary import Call, Canary, Pointer, Snapshot, Stage

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

Answer = TypeVar("Answer")

# CreateDeployment is limited to one in 5 s per account, UpdateStage shares 10 a second (FACTS 10.4): about a minute in all.
BACKOFF_SECONDS = (1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0)
DESCRIPTION = "release {release}"
DESCRIBED = re.compile(r"release (\S+)")


class StageNotFoundError(Exception):
    """The API has no stage of this name (yet)."""


class StageMovedError(Exception):
    """Somebody moved the stage between our look and our call."""


@dataclass
class Stages:
    """API Gateway's stages and deployments. `sleep` takes seconds, `jitter` answers 0 to 1."""

    client: "APIGatewayClient"
    sleep: Callable[[float], None]
    jitter: Callable[[], float] = lambda: 0.0
    # A deployment's description never changes under us, and warm invocations ask again.
    _releases: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def read(self, apis: Sequence[str], name: str) -> Stage:
        """The stage over all its APIs (REST API ids). Raises StageNotFoundError."""
        return Stage(name, tuple(self.pointer(api, name) for api in apis))

    def pointer(self, api: str, name: str) -> Pointer:
        """One API's part of the stage. Raises StageNotFoundError."""
        try:
            stage: Mapping[str, Any] = self._patiently(lambda: self.client.get_stage(restApiId=api, stageName=name))
        except ClientError as error:
            if error_code(error) != "NotFoundException":
                raise
            raise StageNotFoundError(f"REST API {api} has no stage {name}") from error
        settings = stage.get("canarySettings")
        canary = None
        if settings:
            canary = Canary(
                self.snapshot(api, settings.get("deploymentId") or stage["deploymentId"]),
                float(settings.get("percentTraffic", 0.0)),
                has_overrides=bool(settings.get("stageVariableOverrides")),
            )
        return Pointer(api, self.snapshot(api, stage["deploymentId"]), canary)

    def snapshot(self, api: str, deployment: str) -> Snapshot:
        """A deployment with the release its description names."""
        key = api, deployment
        if key not in self._releases:
            answer = self._patiently(lambda: self.client.get_deployment(restApiId=api, deploymentId=deployment))
            self._releases[key] = _release(answer.get("description"))
        return Snapshot(deployment, self._releases[key])

    def apply(self, call: Call) -> None:
        """Make one call of a plan. UpdateStage has no If-Match, so look again first.

        Raises StageMovedError when the stage is not where the plan saw it.
        """
        live = self.pointer(call.api, call.stage)
        if not is_same_place(live, call.expected):
            raise StageMovedError(f"stage {call.stage} of REST API {call.api} was moved by somebody else meanwhile")
        operations: Any = [operation.to_json() for operation in call.operations]
        self._patiently(
            lambda: self.client.update_stage(restApiId=call.api, stageName=call.stage, patchOperations=operations)
        )

    def publish(self, api: str, release: str, known: str | None) -> str:
        """The deployment of a release, made when there is none: `known` is what the journal remembers. Never names a stage (F4)."""
        if known and self.snapshot_or_none(api, known):
            return known
        found = self.find(api, release)
        if found:
            return found
        answer = self._patiently(
            lambda: self.client.create_deployment(restApiId=api, description=DESCRIPTION.format(release=release))
        )
        return str(answer["id"])

    def snapshot_or_none(self, api: str, deployment: str) -> Snapshot | None:
        """The same for a deployment that may have been deleted since we last saw it."""
        self._releases.pop((api, deployment), None)
        try:
            return self.snapshot(api, deployment)
        except ClientError as error:
            if error_code(error) == "NotFoundException":
                return None
            raise

    def find(self, api: str, release: str) -> str | None:
        """A deployment that says it is of this release: CloudFormation may repeat an event whose answer got lost."""
        position: str | None = None
        while True:
            page = {"position": position} if position else {}
            answer: Mapping[str, Any] = self._patiently(
                lambda page=page: self.client.get_deployments(restApiId=api, limit=500, **page)  # type: ignore[misc]
            )
            for item in answer.get("items", []):
                if _release(item.get("description")) == release:
                    return str(item["id"])
            position = answer.get("position")
            if not position:
                return None

    def _patiently(self, request: Callable[[], Answer]) -> Answer:
        """The answer, waiting while AWS says that there are too many requests."""
        for seconds in BACKOFF_SECONDS:
            try:
                return request()
            except ClientError as error:
                if error_code(error) not in {"TooManyRequestsException", "ThrottlingException"}:
                    raise
                self.sleep(seconds * (1 + self.jitter()))
        return request()


def is_same_place(live: Pointer, expected: Pointer) -> bool:
    """Whether both point at the same deployments with the same split."""
    return _place(live) == _place(expected)


def error_code(error: ClientError) -> str:
    """AWS's code of an error, such as NotFoundException."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _place(pointer: Pointer) -> tuple[str, str | None, float | None]:
    canary = pointer.canary
    if canary is None:
        return pointer.stable.deployment, None, None
    return pointer.stable.deployment, canary.snapshot.deployment, canary.percent


def _release(description: str | None) -> str | None:
    found = DESCRIBED.fullmatch(description or "")
    return found[1] if found else None
