"""REST APIs: create, import, put, read, patch, delete, and their tags."""

import json
from typing import Any

from .. import patches
from ..endpoints import build_endpoint, check_patched, check_values, is_endpoint_path, patch_endpoint
from ..errors import BadRequestError, ValidationError, not_in_enum
from ..openapi.importer import import_document
from ..pages import page
from ..patches import PatchPaths, text, truth
from ..state import Document, Draft, Region, RestApi
from .base_paths import mapped_domains

# FACTS 10.5
MAX_COMPRESSION_SIZE = 10_485_760
KEY_SOURCES = ("HEADER", "AUTHORIZER")
_DRAFT_4 = "http://json-schema.org/draft-04/schema#"
# Name -> (description, schema) (FACTS 8.7).
PREDEFINED_MODELS: dict[str, tuple[str, Document]] = {
    "Empty": (
        "This is a default empty schema model",
        {"$schema": _DRAFT_4, "title": "Empty Schema", "type": "object"},
    ),
    "Error": (
        "This is a default error schema model",
        {
            "$schema": _DRAFT_4,
            "title": "Error Schema",
            "type": "object",
            "properties": {"message": {"type": "string"}},
        },
    ),
}


def create_rest_api(region: Region, request: Document) -> Document:
    """A new API with the root resource and the models Empty and Error (FACTS 8.7, 9.11)."""
    given = request.get("endpointConfiguration") or {}
    check_values(given.get("types"), given.get("ipAddressType"), "createRestApiInput")
    if request.get("apiKeySource") is not None and request["apiKeySource"] not in KEY_SOURCES:
        raise ValidationError([not_in_enum(request["apiKeySource"], "createRestApiInput.apiKeySource", KEY_SOURCES)])
    if request.get("description") == "":
        raise BadRequestError("Description cannot be an empty string")
    if not request.get("name"):
        raise BadRequestError("Invalid API name specified")
    check_policy(request.get("policy"))
    settings = {key: request[key] for key in _CREATE_KEYS if request.get(key) not in (None, [], {})}
    settings["endpointConfiguration"] = build_endpoint(request.get("endpointConfiguration"), "createRestApiInput")
    if "minimumCompressionSize" in request:
        settings["minimumCompressionSize"] = compression_size(request["minimumCompressionSize"])
    api = new_rest_api(region, settings)
    source = request.get("cloneFrom")
    if source:
        _clone(region.api(source), api, request)
    else:
        add_predefined_models(region, api.draft)
    region.rest_apis[api.id] = api
    return api.draft.rest_api


_CREATE_KEYS = (
    "name",
    "description",
    "version",
    "binaryMediaTypes",
    "apiKeySource",
    "endpointConfiguration",
    "policy",
    "tags",
    "disableExecuteApiEndpoint",
    "securityPolicy",
    "endpointAccessMode",
)


def new_rest_api(region: Region, settings: Document) -> RestApi:
    """An API with AWS's defaults and nothing but the root resource; not yet part of the Region."""
    root = region.world.token(10)
    endpoint = settings.pop("endpointConfiguration", None) or build_endpoint(None, "createRestApiInput")
    document = {
        "id": region.unused_id(10, region.rest_apis),
        "createdDate": region.world.now(),
        "apiKeySource": "HEADER",
        "disableExecuteApiEndpoint": False,
        "endpointConfiguration": endpoint,
        "rootResourceId": root,
        **settings,
    }
    return RestApi(Draft(rest_api=document, resources={root: {"id": root, "path": "/"}}))


def add_predefined_models(region: Region, draft: Draft) -> None:
    """The models CreateRestApi makes and ImportRestApi does not."""
    for name, (description, schema) in PREDEFINED_MODELS.items():
        draft.models[name] = {
            "id": region.unused_id(6, draft.models),
            "name": name,
            "description": description,
            "schema": json.dumps(schema, indent=2),
            "contentType": "application/json",
        }


def compression_size(value: Any) -> int:
    """0 to 10,485,760 (FACTS 10.5)."""
    try:
        size = int(value)
    except (TypeError, ValueError):
        size = -1
    if not 0 <= size <= MAX_COMPRESSION_SIZE:
        raise BadRequestError("Invalid minimum compression size, must be between 0 and 10485760")
    return size


def _clone(source: RestApi, target: RestApi, request: Document) -> None:
    """Everything of the source but its tags; what the request says goes on top."""
    draft, own = source.draft.copy(), target.draft.rest_api
    draft.rest_api.pop("tags", None)
    draft.rest_api |= {key: one for key, one in own.items() if key in ("id", "createdDate") or key in request}
    for model in draft.models.values():
        model["schema"] = model["schema"].replace(f"/restapis/{source.id}/models/", f"/restapis/{target.id}/models/")
    target.draft = draft


def import_rest_api(region: Region, request: Document) -> Document:
    """A new API from an OpenAPI document; with `failonwarnings` a warning refuses it (FACTS 9.10)."""
    api = new_rest_api(region, {})
    warnings = import_document(region, api.draft, request, mode="overwrite")
    region.rest_apis[api.id] = api
    return _with_warnings(api.draft.rest_api, warnings)


def put_rest_api(region: Region, request: Document) -> Document:
    """Merge (the default) or overwrite an API's definition; a refused document changes nothing (FACTS 9.9, 9.10)."""
    api = region.api(request["restApiId"])
    draft = api.draft.copy()
    warnings = import_document(region, draft, request, mode=request.get("mode") or "merge")
    api.draft = draft
    return _with_warnings(draft.rest_api, warnings)


def _with_warnings(document: Document, warnings: list[str]) -> Document:
    return {**document, "warnings": warnings} if warnings else document


def get_rest_api(region: Region, request: Document) -> Document:
    """One API."""
    return region.api(request["restApiId"]).draft.rest_api


def get_rest_apis(region: Region, request: Document) -> Document:
    """All APIs, oldest first."""
    return page((api.draft.rest_api for api in region.rest_apis.values()), request)


def delete_rest_api(region: Region, request: Document) -> None:
    """The API with everything in it; usage plans forget its stages."""
    api = region.api(request["restApiId"])
    domains = mapped_domains(region, api.id)
    if domains:  # the text is known from users
        raise BadRequestError(
            f"Deleting RestApi {api.id} failed. Please remove all base path mappings related to the RestApi in your "
            f"domains: {', '.join(domains)}."
        )
    for plan in region.usage_plans.values():
        if any(one["apiId"] == api.id for one in plan["apiStages"]):
            plan["apiStages"] = [one for one in plan["apiStages"] if one["apiId"] != api.id]
    del region.rest_apis[api.id]


_PATHS = PatchPaths(
    "RestApi",
    values={
        "/name": text,
        "/description": text,
        "/version": text,
        "/policy": text,
        "/apiKeySource": text,
        "/disableExecuteApiEndpoint": truth,
        "/minimumCompressionSize": compression_size,
        "/securityPolicy": text,
        "/endpointAccessMode": text,
    },
    lists=("/binaryMediaTypes",),
    removable=("/description",),
    blank_stays=("/name", "/apiKeySource"),
)


def update_rest_api(region: Region, request: Document) -> Document:
    """Patch an API. Changes of the definition serve only after the next deployment."""
    operations = list(request.get("patchOperations") or [])
    patches.check_operations(operations, "RestApi")
    api = region.api(request["restApiId"])
    document = api.draft.rest_api
    for operation in operations:
        document = _update(document, operation)
    check_patched(document["endpointConfiguration"])
    _check_settings(document)
    api.draft.rest_api = document
    return {"tags": {}, **document}


def _check_settings(document: Document) -> None:
    if not document.get("name"):
        raise BadRequestError("Invalid API name specified")
    if document.get("apiKeySource") not in KEY_SOURCES:
        raise BadRequestError(f"Invalid API Key source specified. Valid options are {','.join(KEY_SOURCES)}")
    check_policy(document.get("policy"))


def check_policy(policy: Any) -> None:
    """A policy is a JSON object; AWS's text is known from users."""
    if not policy:
        return
    try:
        found = json.loads(policy)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not found.get("Statement"):
        raise BadRequestError(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
        )


def _update(document: Document, operation: Document) -> Document:
    path, op, value = operation.get("path") or "", operation["op"], operation.get("value") or ""
    if path == "/minimumCompressionSize":
        if op != "replace":
            raise BadRequestError("Invalid patch operation specified. Must be one of: [replace]")
        if operation.get("value") is None or value == "":  # recorded: no value switches compression off
            return {key: one for key, one in document.items() if key != "minimumCompressionSize"}
    if is_endpoint_path(operation):
        return {**document, "endpointConfiguration": patch_endpoint(document["endpointConfiguration"], operation)}
    return patches.apply(document, [operation], _PATHS)


OPERATIONS = {
    "CreateRestApi": create_rest_api,
    "ImportRestApi": import_rest_api,
    "PutRestApi": put_rest_api,
    "GetRestApi": get_rest_api,
    "GetRestApis": get_rest_apis,
    "DeleteRestApi": delete_rest_api,
    "UpdateRestApi": update_rest_api,
}
