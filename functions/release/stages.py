"""The only place that calls UpdateStage and CreateDeployment. It decides nothing: it reads stages and makes the calls of a plan."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from .canary import Call, Canary, Pointer, Snapshot, Stage
from .gc import Made

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
            self._releases[key] = described_release(answer.get("description"))
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
        for item in self._deployments(api):
            if described_release(item.get("description")) == release:
                return str(item["id"])
        return None

    def made(self, api: str) -> list[Made]:
        """Every deployment of an API."""
        return [
            Made(api, str(item["id"]), described_release(item.get("description")), _seconds(item.get("createdDate")))
            for item in self._deployments(api)
        ]

    def names(self, api: str) -> list[str]:
        """The stages of an API, whoever made them."""
        return sorted(str(stage["stageName"]) for stage in self._stages(api))

    def pointed_at(self, api: str) -> set[str]:
        """The deployments that some stage of an API serves, to all or to some."""
        stages = self._stages(api)
        canaries = {str(stage.get("canarySettings", {}).get("deploymentId") or "") for stage in stages}
        return {str(stage["deploymentId"]) for stage in stages} | (canaries - {""})

    def delete(self, api: str, deployment: str) -> None:
        """Delete a deployment; one that is gone already is fine. API Gateway itself refuses one that a stage serves."""
        self._releases.pop((api, deployment), None)
        try:
            self._patiently(lambda: self.client.delete_deployment(restApiId=api, deploymentId=deployment))
        except ClientError as error:
            if error_code(error) != "NotFoundException":
                raise

    def _stages(self, api: str) -> list[Mapping[str, Any]]:
        answer: Mapping[str, Any] = self._patiently(lambda: self.client.get_stages(restApiId=api))
        return list(answer.get("item", []))

    def _deployments(self, api: str) -> Iterator[Mapping[str, Any]]:
        position: str | None = None
        while True:
            page = {"position": position} if position else {}
            answer: Mapping[str, Any] = self._patiently(
                lambda page=page: self.client.get_deployments(restApiId=api, limit=500, **page)  # type: ignore[misc]
            )
            yield from answer.get("items", [])
            position = answer.get("position")
            if not position:
                return

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


def _seconds(date: Any) -> float:
    return date.timestamp() if isinstance(date, datetime) else 0.0


def _place(pointer: Pointer) -> tuple[str, str | None, float | None]:
    canary = pointer.canary
    if canary is None:
        return pointer.stable.deployment, None, None
    return pointer.stable.deployment, canary.snapshot.deployment, canary.percent


def described_release(description: str | None) -> str | None:
    """The release that a deployment's or a version's description names, None for one made by hand."""
    found = DESCRIBED.fullmatch(description or "")
    return found[1] if found else None
