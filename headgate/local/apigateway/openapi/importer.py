"""ImportRestApi and PutRestApi: an OpenAPI document applied to a draft (FACTS 9).

    warnings = import_document(region, draft, {"body": b"...", "parameters": {"basepath": "prepend"}}, mode="merge")

Errors are collected and raised together, and the caller throws the draft away. What keeps its name keeps its
identifier, in both modes.
"""

import json
from typing import Any

from ..documentation import import_parts
from ..endpoints import build_endpoint
from ..errors import BadRequestError, ControlPlaneError
from ..gateway_responses import build_gateway_response
from ..resource_tree import drop_unused
from ..state import Document, Draft, Region
from .dialects import Dialect, dialect_of
from .document import parse, variables_of
from .paths import Importing, import_paths
from .schemas import Findings, import_schemas
from .security import Schemes, import_schemes

_X = "x-amazon-apigateway-"
# What an overwrite without the extension puts back to AWS's default; never stages, keys or the endpoint (FACTS 9.9).
_ROOT_SETTINGS = ("description", "version", "binaryMediaTypes", "minimumCompressionSize", "policy")


def import_document(region: Region, draft: Draft, request: Document, *, mode: str) -> list[str]:
    """Apply the request's document; the answer is AWS's `warnings`."""
    if mode not in ("merge", "overwrite"):
        raise BadRequestError('Enumeration value of OpenAPI import mode must be "overwrite" or "merge"')
    dialect = dialect_of(parse(request.get("body") or b"", variables_of(region)))
    findings, parameters = Findings(), request.get("parameters") or {}
    if mode == "overwrite":
        for resource in draft.resources.values():
            resource.pop("resourceMethods", None)
        draft.rest_api = {key: one for key, one in draft.rest_api.items() if key not in _ROOT_SETTINGS}
    _import_root(draft, dialect, parameters)
    import_schemas(region, draft, dialect.schemas(), dialect.prefix, findings)
    _import_validators(region, draft, dialect.document)
    _import_gateway_responses(draft, dialect.document, findings)
    schemes = import_schemes(region, draft, dialect.security_schemes(), findings)
    base_path = str(parameters.get("basepath") or "ignore").lower()
    kept = import_paths(Importing(region, draft, dialect, schemes, findings, base_path))
    if mode == "overwrite":
        _forget_absent(draft, dialect, schemes)
        drop_unused(draft, kept)
    if str(parameters.get("ignore") or "").lower() != "documentation":
        extension = dialect.document.get(f"{_X}documentation")
        findings.warnings += import_parts(region, draft, extension, mode=mode if extension else "merge")[1]
    _report(findings, fail_on_warnings=bool(request.get("failOnWarnings")))
    return findings.warnings


def _report(findings: Findings, *, fail_on_warnings: bool) -> None:
    parts = []
    if findings.errors:
        parts.append("Errors found during import:\n\t" + "\n\t".join(findings.errors))
    if findings.warnings and (fail_on_warnings or findings.errors):
        parts.append("Warnings found during import:\n\t" + "\n\t".join(findings.warnings))
    if parts:
        raise BadRequestError("\n".join(parts))


def _import_root(draft: Draft, dialect: Dialect, parameters: Document) -> None:
    document, api = dialect.document, draft.rest_api
    info = document.get("info") if isinstance(document.get("info"), dict) else {}
    assert isinstance(info, dict)
    api["name"] = str(info.get("title") or api.get("name") or "")
    if not api["name"]:
        raise BadRequestError("Invalid OpenAPI input. The title of the API is missing: give info.title")
    for key in ("description", "version"):
        if info.get(key) not in (None, ""):
            api[key] = str(info[key])
    media = document.get(f"{_X}binary-media-types")
    if isinstance(media, list):
        api["binaryMediaTypes"] = list(dict.fromkeys([*(api.get("binaryMediaTypes") or []), *map(str, media)]))
    if document.get(f"{_X}api-key-source"):
        api["apiKeySource"] = str(document[f"{_X}api-key-source"]).upper()
    if document.get(f"{_X}minimum-compression-size") is not None:
        api["minimumCompressionSize"] = int(document[f"{_X}minimum-compression-size"])
    policy = document.get(f"{_X}policy")
    if policy:
        api["policy"] = policy if isinstance(policy, str) else json.dumps(policy, separators=(",", ":"))
    _import_endpoint(api, dialect.endpoint(), parameters)


def _import_endpoint(api: Document, extension: Any, parameters: Document) -> None:
    endpoint = api["endpointConfiguration"]
    given = extension if isinstance(extension, dict) else {}
    asked = parameters.get("endpointConfigurationVpcEndpointIds")
    vpc_endpoints = str(asked).split(",") if asked else given.get("vpcEndpointIds")
    if vpc_endpoints:
        endpoint["vpcEndpointIds"] = list(vpc_endpoints)
    if given.get("disableExecuteApiEndpoint") is not None:
        api["disableExecuteApiEndpoint"] = str(given["disableExecuteApiEndpoint"]).lower() == "true"
    types = parameters.get("endpointConfigurationTypes")
    if types:
        chosen = types if isinstance(types, list) else str(types).split(",")
        api["endpointConfiguration"] = build_endpoint(
            {"types": chosen, **{key: endpoint[key] for key in ("vpcEndpointIds",) if key in endpoint}},
            "importRestApiInput",
        )


def _import_validators(region: Region, draft: Draft, document: Document) -> None:
    ids = {one["name"]: key for key, one in draft.validators.items()}
    for name, given in _section(document, "request-validators").items():
        identifier = ids.get(name) or region.unused_id(6, draft.validators)
        draft.validators[identifier] = {
            "id": identifier,
            "name": name,
            "validateRequestBody": bool(given.get("validateRequestBody", False)),
            "validateRequestParameters": bool(given.get("validateRequestParameters", False)),
        }


def _import_gateway_responses(draft: Draft, document: Document, findings: Findings) -> None:
    for kind, given in _section(document, "gateway-responses").items():
        try:
            draft.gateway_responses[kind] = build_gateway_response(kind, given)
        except ControlPlaneError as error:
            findings.errors.append(f"Unable to put gateway response '{kind}': {error}")


def _section(document: Document, name: str) -> dict[str, Document]:
    found = document.get(f"{_X}{name}")
    return {str(key): one for key, one in found.items() if isinstance(one, dict)} if isinstance(found, dict) else {}


def _forget_absent(draft: Draft, dialect: Dialect, schemes: Schemes) -> None:
    """Overwriting deletes what the document does not name (FACTS 9.9)."""
    document = dialect.document
    used = {
        name
        for resource in draft.resources.values()
        for method in (resource.get("resourceMethods") or {}).values()
        for owner in (
            method.get("requestModels"),
            *(one.get("responseModels") for one in (method.get("methodResponses") or {}).values()),
        )
        for name in (owner or {}).values()
    }
    named = used | {str(name) for name in dialect.schemas()}
    draft.models = {key: one for key, one in draft.models.items() if key in named}
    kept = set(schemes.authorizers.values())
    draft.authorizers = {key: one for key, one in draft.authorizers.items() if key in kept}
    validators = _section(document, "request-validators")
    draft.validators = {key: one for key, one in draft.validators.items() if one["name"] in validators}
    responses = _section(document, "gateway-responses")
    draft.gateway_responses = {key: one for key, one in draft.gateway_responses.items() if key in responses}
