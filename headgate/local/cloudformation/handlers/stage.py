"""AWS::ApiGateway::Stage: made once, then patched only where the template changed.

Two things CloudFormation does not undo, and neither do we (LIFECYCLE F5, aws-cdk#33901): removing CanarySetting leaves the live
canary, removing the cache settings leaves the cache on.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .contract import Handler, HandlerError, Made, Request
from .shapes import conform, tag_map

SCALARS: Mapping[str, str] = {
    "CacheClusterEnabled": "/cacheClusterEnabled",
    "CacheClusterSize": "/cacheClusterSize",
    "ClientCertificateId": "/clientCertificateId",
    "DeploymentId": "/deploymentId",
    "Description": "/description",
    "DocumentationVersion": "/documentationVersion",
    "TracingEnabled": "/tracingEnabled",
}
# What a property falls back to when it is taken out of the template; those not here keep their live value.
DEFAULTS: Mapping[str, str] = {"Description": "", "TracingEnabled": "false"}
# MethodSetting property -> the tail of its patch path (FACTS 6.9).
METHOD_SETTINGS: Mapping[str, str] = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}
ACCESS_LOG: Mapping[str, str] = {
    "DestinationArn": "/accessLogSettings/destinationArn",
    "Format": "/accessLogSettings/format",
}
CANARY: Mapping[str, str] = {
    "DeploymentId": "/canarySettings/deploymentId",
    "PercentTraffic": "/canarySettings/percentTraffic",
    "UseStageCache": "/canarySettings/useStageCache",
}
PatchOperation = dict[str, str]


def create(request: Request) -> Made:
    """CreateStage, then the settings that only UpdateStage takes."""
    client, properties = request.clients("apigateway"), request.properties
    if not properties.get("DeploymentId"):
        raise HandlerError("DeploymentId is required to create a stage")
    parameters = conform("apigateway", "CreateStage", {**properties, "Tags": tag_map(properties.get("Tags"))})
    parameters["canarySettings"] = conform(
        "apigateway", "CreateStage", {"canarySettings": properties.get("CanarySetting") or {}}
    )["canarySettings"]
    if not parameters["canarySettings"]:
        del parameters["canarySettings"]
    client.create_stage(**parameters)
    name = properties["StageName"]
    later = {
        key: properties[key]
        for key in ("AccessLogSetting", "MethodSettings", "ClientCertificateId")
        if key in properties
    }
    patches = stage_patches({}, later)
    try:
        if patches:
            client.update_stage(restApiId=properties["RestApiId"], stageName=name, patchOperations=patches)
    except Exception:
        client.delete_stage(restApiId=properties["RestApiId"], stageName=name)
        raise
    return Made(name)


def update(request: Request) -> Made:
    """One UpdateStage with the operations for what changed, if anything did."""
    client, properties = request.clients("apigateway"), request.properties
    patches = stage_patches(request.old_properties, properties)
    if patches:
        client.update_stage(restApiId=properties["RestApiId"], stageName=request.physical_id, patchOperations=patches)
    _tag(request)
    return Made(request.physical_id)


def delete(request: Request) -> None:
    """Deletes the stage; one that is gone with its API is fine."""
    client = request.clients("apigateway")
    try:
        client.delete_stage(restApiId=request.properties["RestApiId"], stageName=request.physical_id)
    except client.exceptions.NotFoundException:
        return


HANDLER = Handler(create=create, update=update, delete=delete)


def stage_patches(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PatchOperation]:
    """The UpdateStage operations between two sets of properties, for what differs only. Pure."""
    return [
        *_scalar_patches(old, new),
        *_variable_patches(old.get("Variables") or {}, new.get("Variables") or {}),
        *_access_log_patches(old.get("AccessLogSetting") or {}, new.get("AccessLogSetting") or {}),
        *_method_patches(_by_method(old), _by_method(new)),
        *_canary_patches(old.get("CanarySetting") or {}, new.get("CanarySetting") or {}),
    ]


def _scalar_patches(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PatchOperation]:
    for name, path in SCALARS.items():
        if name in new and old.get(name) != new[name]:
            yield _replace(path, new[name])
        elif name in old and name not in new and name in DEFAULTS:
            yield _replace(path, DEFAULTS[name])


def _variable_patches(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PatchOperation]:
    for name in sorted(set(old) - set(new)):
        yield {"op": "remove", "path": f"/variables/{name}"}
    for name in sorted(new):
        if old.get(name) != new[name]:
            yield _replace(f"/variables/{name}", new[name])


def _access_log_patches(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PatchOperation]:
    if old and not new:
        yield {"op": "remove", "path": "/accessLogSettings"}
    for name, path in ACCESS_LOG.items():
        if name in new and old.get(name) != new[name]:
            # A log group's Arn attribute ends in `:*`; the destination is the group itself, without it.
            value = str(new[name]).removesuffix(":*") if name == "DestinationArn" else new[name]
            yield _replace(path, value)


def _by_method(properties: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    settings = properties.get("MethodSettings") or ()
    return {_method_key(setting): setting for setting in settings}


def _method_key(setting: Mapping[str, Any]) -> str:
    """`/users/{id}` or `/~1users~1{id}`, and GET -> `/~1users~1{id}/GET`; the pair of stars, or none at all, -> `/*/*`.

    AWS::ApiGateway::Stage MethodSetting: inner slashes come as ~1, and a slash stands before them.
    """
    path = str(setting.get("ResourcePath", "*"))
    if path in {"*", "/*"}:
        path = "*"
    escaped = path[1:] if path.startswith("/~1") else path.replace("~", "~0").replace("/", "~1")
    return f"/{escaped}/{setting.get('HttpMethod', '*')}"


def _method_patches(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Iterator[PatchOperation]:
    for key in sorted(set(old) - set(new)):
        yield {"op": "remove", "path": key}
    for key in sorted(new):
        before, after = old.get(key, {}), new[key]
        if set(before) - set(after):
            # One setting taken out: start the method over, since single settings cannot be removed.
            yield {"op": "remove", "path": key}
            before = {}
        for name, tail in METHOD_SETTINGS.items():
            if name in after and before.get(name) != after[name]:
                yield _replace(f"{key}/{tail}", after[name])


def _canary_patches(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PatchOperation]:
    for name, path in CANARY.items():
        if name in new and old.get(name) != new[name]:
            yield _replace(path, new[name])
    before, after = old.get("StageVariableOverrides") or {}, new.get("StageVariableOverrides") or {}
    for name in sorted(set(before) - set(after)):
        if new:
            yield {"op": "remove", "path": f"/canarySettings/stageVariableOverrides/{name}"}
    for name in sorted(after):
        if before.get(name) != after[name]:
            yield _replace(f"/canarySettings/stageVariableOverrides/{name}", after[name])


def _replace(path: str, value: Any) -> PatchOperation:
    return {"op": "replace", "path": path, "value": str(value).lower() if isinstance(value, bool) else str(value)}


def _tag(request: Request) -> None:
    old, new = tag_map(request.old_properties.get("Tags")), tag_map(request.properties.get("Tags"))
    if old == new:
        return
    client = request.clients("apigateway")
    arn = request.stack.arn(
        "apigateway", f"/restapis/{request.properties['RestApiId']}/stages/{request.physical_id}", account=""
    )
    gone = sorted(set(old) - set(new))
    if gone:
        client.untag_resource(resourceArn=arn, tagKeys=gone)
    if new:
        client.tag_resource(resourceArn=arn, tags=new)
