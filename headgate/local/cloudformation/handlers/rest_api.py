"""AWS::ApiGateway::RestApi: imported from its Body, or made empty, then the properties on top.

A Body is imported as a whole on every change (Mode overwrite unless the template says merge); nothing of it is deployed by that.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .contract import Handler, HandlerError, Made, Request
from .shapes import conform, is_true, tag_map

# Property -> patch path of UpdateRestApi, for those that are one scalar.
SCALARS: Mapping[str, str] = {
    "ApiKeySourceType": "/apiKeySource",
    "Description": "/description",
    "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
    "MinimumCompressionSize": "/minimumCompressionSize",
    "Name": "/name",
}
PatchOperation = dict[str, str]


def create(request: Request) -> Made:
    """Imports or creates the API; one that fails half way is deleted again by the rollback."""
    client, properties = request.clients("apigateway"), request.properties
    body = _body(request)
    if body is None and not properties.get("Name"):
        raise HandlerError("Name is required for a REST API without Body or BodyS3Location")
    if body is None:
        parameters = conform("apigateway", "CreateRestApi", {**properties, "Tags": tag_map(properties.get("Tags"))})
        if properties.get("ApiKeySourceType"):
            parameters["apiKeySource"] = properties["ApiKeySourceType"]
        if properties.get("Policy"):
            parameters["policy"] = _json(properties["Policy"])
        return _made(request, client.create_rest_api(**parameters))
    made = client.import_rest_api(
        body=body, failOnWarnings=is_true(properties.get("FailOnWarnings")), parameters=_import_parameters(properties)
    )
    try:
        _apply(request, made["id"], rest_api_patches({}, properties))
        _tag(request, made["id"], {}, tag_map(properties.get("Tags")))
    except Exception:
        client.delete_rest_api(restApiId=made["id"])
        raise
    return _made(request, made)


def update(request: Request) -> Made:
    """Imports a changed body again, then patches what changed besides."""
    body = _body(request)
    if body is not None and _definition(request.old_properties) != _definition(request.properties):
        request.clients("apigateway").put_rest_api(
            restApiId=request.physical_id,
            mode=request.properties.get("Mode", "overwrite"),
            failOnWarnings=is_true(request.properties.get("FailOnWarnings")),
            parameters=_import_parameters(request.properties),
            body=body,
        )
    # An overwrite resets what the body does not carry, so the properties go on top again as a whole.
    before = {} if body is not None else request.old_properties
    patches = [*rest_api_patches(before, request.properties), *_removed(request.old_properties, request.properties)]
    _apply(request, request.physical_id, patches)
    _tag(
        request,
        request.physical_id,
        tag_map(request.old_properties.get("Tags")),
        tag_map(request.properties.get("Tags")),
    )
    return Made(request.physical_id, request.old_attributes)


def delete(request: Request) -> None:
    """Deletes the API with its stages; one that is gone is fine."""
    client = request.clients("apigateway")
    try:
        client.delete_rest_api(restApiId=request.physical_id)
    except client.exceptions.NotFoundException:
        return


HANDLER = Handler(create=create, update=update, delete=delete)


def rest_api_patches(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PatchOperation]:
    """The UpdateRestApi operations for the properties that differ. Pure."""
    patches = [
        {"op": "replace", "path": path, "value": _scalar(new[name])}
        for name, path in SCALARS.items()
        if name in new and old.get(name) != new[name]
    ]
    if "Policy" in new and old.get("Policy") != new["Policy"]:
        patches.append({"op": "replace", "path": "/policy", "value": _json(new["Policy"])})
    before, after = set(old.get("BinaryMediaTypes") or ()), set(new.get("BinaryMediaTypes") or ())
    patches += [{"op": "remove", "path": f"/binaryMediaTypes/{_escape(kind)}"} for kind in sorted(before - after)]
    patches += [{"op": "add", "path": f"/binaryMediaTypes/{_escape(kind)}"} for kind in sorted(after - before)]
    old_types, new_types = _endpoint_types(old), _endpoint_types(new)
    if old and old_types != new_types and old_types and new_types:
        path = f"/endpointConfiguration/types/{old_types[0]}"
        patches.append({"op": "replace", "path": path, "value": new_types[0]})
    return patches


def _removed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PatchOperation]:
    defaults = {
        "ApiKeySourceType": "HEADER",
        "Description": "",
        "DisableExecuteApiEndpoint": "false",
    }
    for name, value in defaults.items():
        if name in old and name not in new:
            yield {"op": "replace", "path": SCALARS[name], "value": value}
    if "MinimumCompressionSize" in old and "MinimumCompressionSize" not in new:
        yield {"op": "replace", "path": "/minimumCompressionSize"}
    if "Policy" in old and "Policy" not in new:
        yield {"op": "replace", "path": "/policy", "value": ""}


def _apply(request: Request, rest_api_id: str, patches: list[PatchOperation]) -> None:
    if patches:
        request.clients("apigateway").update_rest_api(restApiId=rest_api_id, patchOperations=patches)


def _tag(request: Request, rest_api_id: str, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    arn = request.stack.arn("apigateway", f"/restapis/{rest_api_id}", account="")
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed:
        request.clients("apigateway").tag_resource(resourceArn=arn, tags=changed)
    gone = sorted(set(old) - set(new))
    if gone:
        request.clients("apigateway").untag_resource(resourceArn=arn, tagKeys=gone)


def _made(request: Request, answer: Mapping[str, Any]) -> Made:
    rest_api_id, root = answer["id"], answer.get("rootResourceId")
    if not root:
        resources = request.clients("apigateway").get_resources(restApiId=rest_api_id, limit=500)["items"]
        root = next((item["id"] for item in resources if item["path"] == "/"), "")
    return Made(rest_api_id, {"RestApiId": rest_api_id, "RootResourceId": root})


def _body(request: Request) -> bytes | None:
    properties = request.properties
    if properties.get("Body"):
        return _json(properties["Body"]).encode("utf-8")
    location = properties.get("BodyS3Location")
    if not location:
        return None
    parameters = {"Bucket": location["Bucket"], "Key": location["Key"]}
    if location.get("Version"):
        parameters["VersionId"] = location["Version"]
    content: bytes = request.clients("s3").get_object(**parameters)["Body"].read()
    return content


def _definition(properties: Mapping[str, Any]) -> list[Any]:
    return [properties.get(name) for name in ("Body", "BodyS3Location", "Mode", "Parameters", "FailOnWarnings")]


def _import_parameters(properties: Mapping[str, Any]) -> dict[str, str]:
    parameters = {key: str(value) for key, value in (properties.get("Parameters") or {}).items()}
    types = _endpoint_types(properties)
    if types:
        parameters.setdefault("endpointConfigurationTypes", ",".join(types))
    endpoints = (properties.get("EndpointConfiguration") or {}).get("VpcEndpointIds")
    if endpoints:
        parameters.setdefault("endpointConfigurationVpcEndpointIds", ",".join(endpoints))
    return parameters


def _endpoint_types(properties: Mapping[str, Any]) -> list[str]:
    return list((properties.get("EndpointConfiguration") or {}).get("Types") or ())


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _escape(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")
