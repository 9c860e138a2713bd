"""AWS::ApiGateway::{UsagePlan,ApiKey,UsagePlanKey,Account}: who may call how much, and the account's log role."""

from collections.abc import Iterator, Mapping
from typing import Any

from .contract import Handler, Made, Request
from .shapes import conform, tag_map

PatchOperation = dict[str, str]
PLAN_SCALARS: Mapping[tuple[str, ...], str] = {
    ("UsagePlanName",): "/name",
    ("Description",): "/description",
    ("Throttle", "RateLimit"): "/throttle/rateLimit",
    ("Throttle", "BurstLimit"): "/throttle/burstLimit",
    ("Quota", "Limit"): "/quota/limit",
    ("Quota", "Period"): "/quota/period",
    ("Quota", "Offset"): "/quota/offset",
}
KEY_SCALARS: Mapping[str, str] = {"Description": "/description", "Enabled": "/enabled", "CustomerId": "/customerId"}


def create_plan(request: Request) -> Made:
    """CreateUsagePlan; the name defaults to a generated one."""
    properties = request.properties
    renamed = {
        **properties,
        "Name": request.name(properties.get("UsagePlanName")),
        "ApiStages": [_api_stage(item) for item in properties.get("ApiStages") or ()],
        "Tags": tag_map(properties.get("Tags")),
    }
    made = request.clients("apigateway").create_usage_plan(**conform("apigateway", "CreateUsagePlan", renamed))
    return Made(made["id"], {"Id": made["id"]})


def update_plan(request: Request) -> Made:
    """UpdateUsagePlan with what changed."""
    patches = plan_patches(request.old_properties, request.properties)
    if patches:
        request.clients("apigateway").update_usage_plan(usagePlanId=request.physical_id, patchOperations=patches)
    return Made(request.physical_id, {"Id": request.physical_id})


def delete_plan(request: Request) -> None:
    """A plan can only go once its stages are out of it."""
    client = request.clients("apigateway")
    try:
        stages = client.get_usage_plan(usagePlanId=request.physical_id).get("apiStages") or ()
        patches = [
            {"op": "remove", "path": "/apiStages", "value": f"{item['apiId']}:{item['stage']}"} for item in stages
        ]
        if patches:
            client.update_usage_plan(usagePlanId=request.physical_id, patchOperations=patches)
        client.delete_usage_plan(usagePlanId=request.physical_id)
    except client.exceptions.NotFoundException:
        return


def plan_patches(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PatchOperation]:
    """The UpdateUsagePlan operations between two sets of properties. Pure."""
    gone = [block for block in ("Throttle", "Quota") if old.get(block) and not new.get(block)]
    patches: list[PatchOperation] = [{"op": "remove", "path": f"/{block.lower()}"} for block in gone]
    for path, target in PLAN_SCALARS.items():
        before, after = _at(old, path), _at(new, path)
        if after is not None and before != after:
            patches.append({"op": "replace", "path": target, "value": str(after)})
    return [*patches, *_stage_patches(_stages(old), _stages(new))]


def _stage_patches(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PatchOperation]:
    for name in sorted(set(old) - set(new)):
        yield {"op": "remove", "path": "/apiStages", "value": name}
    for name in sorted(new):
        if name not in old:
            yield {"op": "add", "path": "/apiStages", "value": name}
        yield from _throttle_patches(f"/apiStages/{name}/throttle", old.get(name) or {}, new[name])


def _throttle_patches(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PatchOperation]:
    for method in sorted(set(old) - set(new)):
        yield {"op": "remove", "path": f"{path}/{_method(method)}"}
    for method in sorted(name for name in new if old.get(name) != new[name]):
        for key, member in (("RateLimit", "rateLimit"), ("BurstLimit", "burstLimit")):
            if key in new[method]:
                yield {"op": "replace", "path": f"{path}/{_method(method)}/{member}", "value": str(new[method][key])}


def _stages(properties: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        f"{item['ApiId']}:{item['Stage']}": item.get("Throttle") or {} for item in properties.get("ApiStages") or ()
    }


def _api_stage(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value not in ({}, None)}


def _at(properties: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = properties
    for name in path:
        value = (value or {}).get(name)
    return value


def _method(key: str) -> str:
    """`/users/{id}/GET` -> `~1users~1{id}/GET`: only the path is escaped, the verb is a step of its own."""
    path, _, verb = key.rpartition("/")
    return f"{path.replace('~', '~0').replace('/', '~1')}/{verb}"


def create_key(request: Request) -> Made:
    """CreateApiKey, enabled only when the template says so, as on AWS."""
    properties = request.properties
    parameters = conform("apigateway", "CreateApiKey", {**properties, "Tags": tag_map(properties.get("Tags"))})
    parameters["name"] = request.name(properties.get("Name"))
    made = request.clients("apigateway").create_api_key(**parameters)
    return Made(made["id"], {"APIKeyId": made["id"]})


def update_key(request: Request) -> Made:
    """UpdateApiKey with what changed."""
    old, new = request.old_properties, request.properties
    patches = [
        {"op": "replace", "path": path, "value": _text(new.get(name, False if name == "Enabled" else ""))}
        for name, path in KEY_SCALARS.items()
        if old.get(name) != new.get(name)
    ]
    if patches:
        request.clients("apigateway").update_api_key(apiKey=request.physical_id, patchOperations=patches)
    return Made(request.physical_id, {"APIKeyId": request.physical_id})


def delete_key(request: Request) -> None:
    """DeleteApiKey; one that is gone is fine."""
    client = request.clients("apigateway")
    try:
        client.delete_api_key(apiKey=request.physical_id)
    except client.exceptions.NotFoundException:
        return


def create_plan_key(request: Request) -> Made:
    """Puts a key into a plan; the physical id names both."""
    properties = request.properties
    request.clients("apigateway").create_usage_plan_key(**conform("apigateway", "CreateUsagePlanKey", properties))
    physical_id = f"{properties['KeyId']}:{properties['UsagePlanId']}"
    return Made(physical_id, {"Id": physical_id})


def delete_plan_key(request: Request) -> None:
    """Takes the key out of the plan."""
    client = request.clients("apigateway")
    key_id, plan_id = request.physical_id.split(":", 1)
    try:
        client.delete_usage_plan_key(usagePlanId=plan_id, keyId=key_id)
    except client.exceptions.NotFoundException:
        return


def put_account(request: Request) -> Made:
    """Sets the account's CloudWatch role: one per account and region."""
    role = request.properties.get("CloudWatchRoleArn")
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": str(role or "")}
    request.clients("apigateway").update_account(patchOperations=[patch])
    physical_id = request.physical_id or request.name(None)
    return Made(physical_id, {"Id": physical_id})


def keep_account(request: Request) -> None:
    """The account outlives every stack and keeps its role, as on AWS."""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


PLAN = Handler(create=create_plan, update=update_plan, delete=delete_plan)
KEY = Handler(create=create_key, update=update_key, delete=delete_key)
PLAN_KEY = Handler(create=create_plan_key, delete=delete_plan_key)
ACCOUNT = Handler(create=put_account, update=put_account, delete=keep_account)
