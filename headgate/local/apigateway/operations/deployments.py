"""Deployments: immutable snapshots of an API's draft (FACTS 8.30), and canary deployments (FACTS 5.2 to 5.4)."""

from ...records import Deployment
from .. import patches
from ..definition import freeze
from ..errors import BadRequestError, NotFoundError
from ..pages import page
from ..patches import PatchPaths, text
from ..stage_patches import check_cache_size, set_cache_cluster
from ..state import DeploymentEntry, Document, Region, RestApi
from .stages import canary_settings, check_stage_name, new_stage


def create_deployment(region: Region, request: Document) -> Document:
    """Freeze the draft; with a stage name also point the stage, or its canary, at it."""
    api = region.api(request["restApiId"])
    stage_name, canary = request.get("stageName"), request.get("canarySettings")
    _check_stage(api, stage_name, canary)
    _check_methods(api)
    entry = _freeze(region, api, request)
    if stage_name:
        _place(region, api, entry.document["id"], request)
    return entry.document


def _check_stage(api: RestApi, stage_name: str | None, canary: Document | None) -> None:
    if canary is not None:
        if not stage_name:
            given = "null" if stage_name is None else stage_name
            raise BadRequestError(
                "Invalid deployment content specified.Non null and non empty stageName must be provided for canary "
                f"deployment. Provided value is {given}"
            )
        if stage_name not in api.stages:
            raise BadRequestError(
                f"Invalid deployment content specified.Stage {stage_name} must already be created before making a "
                "canary release deployment"
            )
        canary_settings(canary, "")
        return
    if not stage_name:
        return
    check_stage_name(stage_name)
    stage = api.stages.get(stage_name)
    if stage is not None and "canarySettings" in stage.document:
        raise BadRequestError(non_canary_refused(stage_name))


def non_canary_refused(stage_name: str) -> str:
    """AWS's text for a plain deployment to a stage that has a canary (FACTS 5.4)."""
    return (
        f"Invalid deployment content specified.Non canary deployment not supported on stage {stage_name} because "
        "Canary is enabled. Provide CanarySettings in deploymentInput."
    )


def _check_methods(api: RestApi) -> None:
    methods = [
        method
        for resource in api.draft.resources.values()
        for method in (resource.get("resourceMethods") or {}).values()
    ]
    if not methods:
        raise BadRequestError("The REST API doesn't contain any methods")
    if any("methodIntegration" not in method for method in methods):
        raise BadRequestError("No integration defined for method")


def _freeze(region: Region, api: RestApi, request: Document) -> DeploymentEntry:
    identifier, now = region.unused_id(6, api.deployments), region.world.now()
    document: Document = {"id": identifier, "createdDate": now}
    if request.get("description"):
        document["description"] = request["description"]
    definition = freeze(api.draft, account_id=region.account_id, region=region.name)
    record = Deployment(identifier, definition, now, document.get("description"))
    entry = DeploymentEntry(document, record)
    api.deployments[identifier] = entry
    return entry


def _place(region: Region, api: RestApi, identifier: str, request: Document) -> None:
    name = request["stageName"]
    if request.get("canarySettings") is not None:
        stage = api.stages[name].document
        # A second canary deployment replaces the whole block (FACTS 5.3).
        stage["canarySettings"] = canary_settings(request["canarySettings"], identifier)
        stage["lastUpdatedDate"] = region.world.now()
        return
    existing = api.stages.get(name)
    settings: Document = {
        key: request[key] for key in ("cacheClusterEnabled", "cacheClusterSize", "tracingEnabled") if key in request
    }
    if request.get("stageDescription"):
        settings["description"] = request["stageDescription"]
    if existing is None:
        api.stages[name] = new_stage(region, name, identifier, {**settings, "variables": request.get("variables")})
        return
    variables = {**existing.document.get("variables", {}), **(request.get("variables") or {})}
    if "cacheClusterSize" in settings:
        check_cache_size(settings["cacheClusterSize"])
    existing.document.update(settings, deploymentId=identifier, lastUpdatedDate=region.world.now())
    if "cacheClusterEnabled" in settings:
        set_cache_cluster(existing.document, enabled=bool(settings["cacheClusterEnabled"]))
    if variables:
        existing.document["variables"] = variables


def deployment(api: RestApi, identifier: str) -> DeploymentEntry:
    """The deployment with this identifier."""
    found = api.deployments.get(identifier)
    if found is None:
        raise NotFoundError("Invalid Deployment identifier specified")
    return found


def get_deployment(region: Region, request: Document) -> Document:
    """One deployment; `embed=apisummary` adds the summary of its methods."""
    entry = deployment(region.api(request["restApiId"]), request["deploymentId"])
    if "apisummary" not in [str(one).lower() for one in request.get("embed") or []]:
        return entry.document
    return {**entry.document, "apiSummary": _summary(entry)}


def _summary(entry: DeploymentEntry) -> Document:
    return {
        resource.path: {
            verb: {"authorizationType": method.authorization_type, "apiKeyRequired": method.api_key_required}
            for verb, method in resource.methods.items()
        }
        for resource in entry.record.definition.resources.values()
        if resource.methods
    }


def get_deployments(region: Region, request: Document) -> Document:
    """All deployments, oldest first."""
    api = region.api(request["restApiId"])
    return page((entry.document for entry in api.deployments.values()), request)


def update_deployment(region: Region, request: Document) -> Document:
    """Only the description can change: the snapshot cannot."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Deployment")
    entry = deployment(region.api(request["restApiId"]), request["deploymentId"])
    entry.document = patches.apply(entry.document, operations, PatchPaths("Deployment", values={"/description": text}))
    return entry.document


def delete_deployment(region: Region, request: Document) -> None:
    """Refused while a stage points at it, as its own deployment or as its canary's (FACTS 5.16, LIFECYCLE F10)."""
    api = region.api(request["restApiId"])
    entry = deployment(api, request["deploymentId"])
    identifier = entry.document["id"]
    for stage in api.stages.values():
        canary = stage.document.get("canarySettings") or {}
        if identifier in (stage.document["deploymentId"], canary.get("deploymentId")):
            raise BadRequestError("Active stages pointing to this deployment must be moved or deleted")
    del api.deployments[identifier]


OPERATIONS = {
    "CreateDeployment": create_deployment,
    "GetDeployment": get_deployment,
    "GetDeployments": get_deployments,
    "UpdateDeployment": update_deployment,
    "DeleteDeployment": delete_deployment,
}
