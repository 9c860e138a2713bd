"""Stages: create, read, delete and flush. What UpdateStage does is in `stage_patches`."""

import re

from .. import patches, stage_patches
from ..errors import BadRequestError, ConflictError, LimitExceededError, NotFoundError
from ..state import Document, Region, RestApi, StageEntry
from .base_paths import mapped_domains

# FACTS 10.2
STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
MAX_STAGES = 10
ALL_VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD")


def check_stage_name(name: str) -> None:
    """Letters, digits, `_` and `-`, which AWS's text has not kept up with (FACTS 10.2, 10.7)."""
    if not STAGE_NAME.fullmatch(name):
        raise BadRequestError("Stage name only allows a-zA-Z0-9_")


def canary_settings(given: Document, deployment_id: str) -> Document:
    """A stage's canary block with AWS's defaults; `stageVariableOverrides` is absent when empty (FACTS 5.1)."""
    block: Document = {
        "percentTraffic": stage_patches.percent(str(given.get("percentTraffic", 0.0))),
        "deploymentId": deployment_id,
        "useStageCache": bool(given.get("useStageCache", False)),
    }
    if given.get("stageVariableOverrides"):
        block["stageVariableOverrides"] = _variables(given["stageVariableOverrides"])
    return block


def _variables(given: Document) -> Document:
    for name, value in given.items():
        stage_patches.check_variable(name, value)
    return dict(given)


def new_stage(region: Region, name: str, deployment_id: str, settings: Document) -> StageEntry:
    """A stage document with AWS's defaults."""
    now = region.world.now()
    document: Document = {
        "stageName": name,
        "deploymentId": deployment_id,
        "cacheClusterEnabled": bool(settings.get("cacheClusterEnabled", False)),
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": bool(settings.get("tracingEnabled", False)),
        "createdDate": now,
        "lastUpdatedDate": now,
    }
    for key in ("description", "documentationVersion", "cacheClusterSize"):
        if settings.get(key):
            document[key] = settings[key]
    if settings.get("variables"):
        document["variables"] = _variables(settings["variables"])
    if settings.get("tags"):
        document["tags"] = dict(settings["tags"])
    if document["cacheClusterEnabled"]:
        document["cacheClusterStatus"] = "AVAILABLE"
        document.setdefault("cacheClusterSize", stage_patches.CACHE_SIZES[0])
    if "cacheClusterSize" in document:
        stage_patches.check_cache_size(document["cacheClusterSize"])
    return StageEntry(document)


def create_stage(region: Region, request: Document) -> Document:
    """A stage on an existing deployment, optionally with a canary (FACTS 5.5)."""
    api = region.api(request["restApiId"])
    name, deployment_id = request.get("stageName") or "", request.get("deploymentId")
    check_stage_name(name)
    if name in api.stages:
        raise ConflictError("Stage already exists")
    if region.settings.quotas and len(api.stages) >= MAX_STAGES:
        raise LimitExceededError(
            "Maximum number of stages for this API has been reached. Please contact AWS if you need additional stages."
        )
    canary = request.get("canarySettings")
    wanted = [deployment_id, *([canary["deploymentId"]] if canary and canary.get("deploymentId") else [])]
    if any(one not in api.deployments for one in wanted):
        raise BadRequestError("Deployment id does not exist")
    version = request.get("documentationVersion")
    if version and version not in api.documentation_versions:  # the text is known from users
        raise NotFoundError("Invalid Documentation version specified")
    entry = new_stage(region, name, str(deployment_id), request)
    if canary is not None:
        entry.document["canarySettings"] = canary_settings(canary, canary.get("deploymentId") or str(deployment_id))
    api.stages[name] = entry
    return entry.document


def stage(api: RestApi, name: str) -> StageEntry:
    """The stage with this name."""
    found = api.stages.get(name)
    if found is None:
        raise NotFoundError("Invalid stage identifier specified")
    return found


def get_stage(region: Region, request: Document) -> Document:
    """One stage."""
    return stage(region.api(request["restApiId"]), request["stageName"]).document


def get_stages(region: Region, request: Document) -> Document:
    """All stages, or those of one deployment. The list is called `item`, in the singular."""
    api, wanted = region.api(request["restApiId"]), request.get("deploymentId")
    return {"item": [one.document for one in api.stages.values() if wanted in (None, one.document["deploymentId"])]}


def update_stage(region: Region, request: Document) -> Document:
    """Patch a stage; either every operation applies or none (FACTS 5.6 to 5.9, 6.9, 6.10)."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Stage")
    api = region.api(request["restApiId"])
    entry = stage(api, request["stageName"])
    context = stage_patches.Context(
        deployment_ids=frozenset(api.deployments),
        canary_locks_deployment=region.settings.canary_locks_deployment,
        certificate_ids=frozenset(region.client_certificates),
        documentation_versions=frozenset(api.documentation_versions),
        methods=lambda: _methods(api, entry),
    )
    document = stage_patches.apply(entry.document, operations, context)
    _check_logging(document, region)
    document["lastUpdatedDate"] = region.world.now()
    entry.document = document
    return document


def _methods(api: RestApi, entry: StageEntry) -> set[str]:
    """`/users/{id}/GET` for every method that the stage serves; an ANY method under each verb, too."""
    found = set()
    for resource in api.deployments[entry.document["deploymentId"]].record.definition.resources.values():
        verbs = {*resource.methods, *(ALL_VERBS if "ANY" in resource.methods else ())}
        found |= {f"{resource.path}/{verb}" for verb in verbs}
    return found


def _check_logging(document: Document, region: Region) -> None:
    """By switch; FACTS 5.19."""
    if not region.settings.logging_role_required or region.account.get("cloudwatchRoleArn"):
        return
    if any(one.get("loggingLevel", "OFF") != "OFF" for one in document["methodSettings"].values()):
        raise BadRequestError("CloudWatch Logs role ARN must be set in account settings to enable logging")


def delete_stage(region: Region, request: Document) -> None:
    """Refused while a base path or a usage plan names the stage."""
    api, name = region.api(request["restApiId"]), request["stageName"]
    stage(api, name)
    domains = mapped_domains(region, api.id, name)
    if domains:  # the text is known from users
        raise BadRequestError(
            f"Deleting stage {name} failed. Please remove all base path mappings related to the stage in your domains: "
            f"{', '.join(domains)}."
        )
    for plan in region.usage_plans.values():
        if any((one["apiId"], one["stage"]) == (api.id, name) for one in plan["apiStages"]):
            raise BadRequestError(
                f"Cannot delete stage '{name}' because it is associated with usage plan {plan['id']}. "
                "Remove the stage from the usage plan first."
            )
    del api.stages[name]


def flush_stage_cache(region: Region, request: Document) -> None:
    """Every cached response of the stage is forgotten (FACTS 6.11)."""
    stage(region.api(request["restApiId"]), request["stageName"]).cache_generation += 1


def flush_stage_authorizers_cache(region: Region, request: Document) -> None:
    """Every cached authorizer result of the stage is forgotten."""
    stage(region.api(request["restApiId"]), request["stageName"]).authorizer_cache_generation += 1


OPERATIONS = {
    "CreateStage": create_stage,
    "GetStage": get_stage,
    "GetStages": get_stages,
    "UpdateStage": update_stage,
    "DeleteStage": delete_stage,
    "FlushStageCache": flush_stage_cache,
    "FlushStageAuthorizersCache": flush_stage_authorizers_cache,
}
