"""API Gateway's stages and deployments in memory, with AWS's patch semantics and messages as recorded (FACTS 5.1 to 5.16).

Looks like boto3's client to `functions.release.stages`. `before_update` is called before each UpdateStage, to make it fail or to
move the stage behind a caller's back.
"""

# ruff: noqa: N803 - boto3's own parameter names
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

COPIES = {"/canarySettings/deploymentId": "/deploymentId", "/canarySettings/stageVariableOverrides": "/variables"}


def bad_request(message: str) -> ClientError:
    return client_error("BadRequestException", message)


def client_error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "UpdateStage")


@dataclass
class FakeApiGateway:
    """Deployments by (api, id), stages by (api, name). A throttled call fails once per unit of `busy`."""

    deployments: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    stages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    before_update: Callable[[str, str], None] = lambda api, stage: None
    busy: int = 0
    number: int = 0
    now: Callable[[], float] = lambda: 0.0
    updates: list[tuple[str, list[dict[str, str]]]] = field(default_factory=list)

    def create_deployment(self, *, restApiId: str, description: str = "", **rest: Any) -> dict[str, Any]:
        self._be_busy()
        assert not rest, "a deployment is made without a stage (F4)"
        self.number += 1
        identity = f"d{self.number}"
        made = datetime.fromtimestamp(self.now(), UTC)
        self.deployments[restApiId, identity] = {"id": identity, "description": description, "createdDate": made}
        return self.deployments[restApiId, identity]

    def get_deployment(self, *, restApiId: str, deploymentId: str) -> dict[str, Any]:
        self._be_busy()
        return self._known_or_missing(restApiId, deploymentId)

    def _known_or_missing(self, api: str, deployment: str) -> dict[str, Any]:
        found = self.deployments.get((api, deployment))
        if found is None:
            raise client_error("NotFoundException", "Invalid Deployment identifier specified")
        return found

    def get_deployments(self, *, restApiId: str, limit: int = 25, position: str = "0") -> dict[str, Any]:
        items = [item for (api, _), item in self.deployments.items() if api == restApiId]
        start = int(position)
        page = {"items": items[start : start + limit]}
        return page | ({"position": str(start + limit)} if start + limit < len(items) else {})

    def delete_deployment(self, *, restApiId: str, deploymentId: str) -> None:
        self.before_update(restApiId, deploymentId)
        self._known_or_missing(restApiId, deploymentId)
        stages = [stage for (api, _), stage in self.stages.items() if api == restApiId]
        serving = {s["deploymentId"] for s in stages} | {
            s.get("canarySettings", {}).get("deploymentId") for s in stages
        }
        if deploymentId in serving:
            raise bad_request("Active stages pointing to this deployment must be moved or deleted")
        del self.deployments[restApiId, deploymentId]

    def get_stages(self, *, restApiId: str) -> dict[str, Any]:
        return {"item": [_copied(stage) for (api, _), stage in self.stages.items() if api == restApiId]}

    def create_stage(self, *, restApiId: str, stageName: str, deploymentId: str) -> None:
        """What CloudFormation does."""
        self.stages[restApiId, stageName] = {"stageName": stageName, "deploymentId": deploymentId, "variables": {}}

    def get_stage(self, *, restApiId: str, stageName: str) -> dict[str, Any]:
        self._be_busy()
        found = self.stages.get((restApiId, stageName))
        if found is None:
            raise client_error("NotFoundException", "Invalid stage identifier specified")
        return _copied(found)

    def update_stage(self, *, restApiId: str, stageName: str, patchOperations: list[dict[str, str]]) -> dict[str, Any]:
        self._be_busy()
        self.before_update(restApiId, stageName)
        stage = self.get_stage(restApiId=restApiId, stageName=stageName)
        for operation in patchOperations:
            self._patch(restApiId, stage, operation)
        self.stages[restApiId, stageName] = stage
        self.updates.append((restApiId, patchOperations))
        return stage

    def _be_busy(self) -> None:
        if self.busy:
            self.busy -= 1
            raise client_error("TooManyRequestsException", "Too Many Requests")

    def _patch(self, api: str, stage: dict[str, Any], operation: dict[str, str]) -> None:
        path = operation["path"]
        if operation["op"] == "copy":
            return self._copy(stage, path, operation["from"])
        if path == "/deploymentId" and operation["op"] == "replace":
            assert "canarySettings" not in stage, "F6: not beside a canary"
            stage["deploymentId"] = self._known(api, operation["value"])
            return None
        if not path.startswith("/canarySettings"):
            raise bad_request(f"Invalid patch path {path}")
        return self._canary(api, stage, operation)

    def _canary(self, api: str, stage: dict[str, Any], operation: dict[str, str]) -> None:
        path, value = operation["path"], operation.get("value", "")
        if operation["op"] == "remove":
            if path != "/canarySettings":
                raise bad_request(
                    f"Cannot remove method setting {path[1:]} because there is no method setting for this method "
                )
            stage.pop("canarySettings", None)
            return
        if operation["op"] != "replace":
            raise bad_request(f"Invalid {operation['op']} operation with path: {path}")
        default = {"percentTraffic": 0.0, "deploymentId": stage["deploymentId"], "useStageCache": False}
        settings = stage.setdefault("canarySettings", default)
        match path.removeprefix("/canarySettings").split("/")[1:]:
            case ["deploymentId"]:
                settings["deploymentId"] = self._known(api, value)
            case ["percentTraffic"]:
                settings["percentTraffic"] = float(value)
            case ["useStageCache"]:
                settings["useStageCache"] = value == "true"
            case ["stageVariableOverrides", name]:
                settings.setdefault("stageVariableOverrides", {})[name] = value
            case _:
                raise bad_request(
                    f"Invalid method setting path: {path}. Must be one of: [/deploymentId, /description, ...]"
                )

    def _copy(self, stage: dict[str, Any], path: str, source: str) -> None:
        if COPIES.get(source) != path:
            raise bad_request(f"Invalid copy operation with path: {path} and from {source}.")
        if "canarySettings" not in stage:
            raise bad_request("Promotion not available. Canary does not exist.")
        if path == "/deploymentId":
            stage["deploymentId"] = stage["canarySettings"]["deploymentId"]
        else:
            stage["variables"] |= stage["canarySettings"].get("stageVariableOverrides", {})

    def _known(self, api: str, deployment: str) -> str:
        if (api, deployment) not in self.deployments:
            raise bad_request("Deployment id does not exist")
        return deployment


def _copied(stage: dict[str, Any]) -> dict[str, Any]:
    """What travels as JSON is copied as JSON: a tenth of the time of `copy.deepcopy`, hundreds of thousands of times."""
    copy: dict[str, Any] = json.loads(json.dumps(stage))
    return copy
