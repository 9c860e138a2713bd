"""Integrations and integration responses (FACTS 8.29)."""

from .. import patches
from ..errors import NotFoundError
from ..integrations import (
    build_integration,
    build_integration_response,
    check_cache_keys,
    check_endpoint,
    check_role,
    content_handling,
    passthrough,
    timeout,
)
from ..methods import check_request_mappings, check_response_mappings
from ..patches import PatchPaths, text, truth
from ..state import Document, Region
from .methods import check_status, find_method

_PATHS = PatchPaths(
    "Integration",
    values={
        "/uri": text,
        "/httpMethod": text,
        "/credentials": text,
        "/connectionType": text,
        "/connectionId": text,
        "/passthroughBehavior": passthrough,
        "/contentHandling": content_handling,
        "/timeoutInMillis": timeout,
        "/cacheNamespace": text,
        "/tlsConfig/insecureSkipVerification": truth,
        "/responseTransferMode": text,
    },
    maps={"/requestParameters": text, "/requestTemplates": text},
    lists=("/cacheKeyParameters",),
    removable=("/credentials", "/contentHandling", "/connectionId"),
)
_RESPONSE_PATHS = PatchPaths(
    "IntegrationResponse",
    values={"/selectionPattern": text, "/contentHandling": content_handling},
    maps={"/responseParameters": text, "/responseTemplates": text},
    removable=("/selectionPattern", "/contentHandling"),
)


def put_integration(region: Region, request: Document) -> Document:
    """Give a method its integration; one that is there is replaced, its responses with it."""
    method = find_method(region, request)
    document = build_integration(request, request["resourceId"])
    check_request_mappings(
        method, document.get("requestParameters") or {}, declared_only=region.settings.declared_parameters_only
    )
    check_cache_keys(document["cacheKeyParameters"], method.get("requestParameters"), document.get("requestParameters"))
    method["methodIntegration"] = document
    return document


def _find(region: Region, request: Document) -> Document:
    found: Document | None = find_method(region, request).get("methodIntegration")
    if found is None:
        raise NotFoundError("Invalid Integration identifier specified")
    return found


def get_integration(region: Region, request: Document) -> Document:
    """The integration with its responses."""
    return _find(region, request)


def update_integration(region: Region, request: Document) -> Document:
    """Patch an integration."""
    changed = patches.apply(_find(region, request), request.get("patchOperations") or [], _PATHS)
    method = find_method(region, request)
    check_endpoint(changed["type"], changed.get("uri"), changed.get("httpMethod"))
    check_role(changed["type"], changed.get("uri"), changed.get("credentials"))
    check_request_mappings(
        method, changed.get("requestParameters") or {}, declared_only=region.settings.declared_parameters_only
    )
    changed.setdefault("cacheKeyParameters", [])
    method["methodIntegration"] = changed
    return changed


def delete_integration(region: Region, request: Document) -> None:
    """Take a method's integration away."""
    _find(region, request)
    del find_method(region, request)["methodIntegration"]


def put_integration_response(region: Region, request: Document) -> Document:
    """Map a backend's answer to a status of the method."""
    check_status(request["statusCode"])
    method, integration = find_method(region, request), _find(region, request)
    document = build_integration_response(request)
    check_response_mappings(method, document, declared_only=region.settings.declared_parameters_only)
    integration.setdefault("integrationResponses", {})[document["statusCode"]] = document
    return document


def _find_response(region: Region, request: Document) -> Document:
    check_status(request["statusCode"])
    responses = _find(region, request).get("integrationResponses") or {}
    found: Document | None = responses.get(request["statusCode"])
    if found is None:
        raise NotFoundError("Invalid Response status code specified")
    return found


def get_integration_response(region: Region, request: Document) -> Document:
    """One mapping."""
    return _find_response(region, request)


def update_integration_response(region: Region, request: Document) -> Document:
    """Patch a mapping."""
    changed = patches.apply(_find_response(region, request), request.get("patchOperations") or [], _RESPONSE_PATHS)
    check_response_mappings(
        find_method(region, request), changed, declared_only=region.settings.declared_parameters_only
    )
    _find(region, request)["integrationResponses"][request["statusCode"]] = changed
    return changed


def delete_integration_response(region: Region, request: Document) -> None:
    """Forget a mapping."""
    _find_response(region, request)
    integration = _find(region, request)
    del integration["integrationResponses"][request["statusCode"]]
    if not integration["integrationResponses"]:
        del integration["integrationResponses"]


OPERATIONS = {
    "PutIntegration": put_integration,
    "GetIntegration": get_integration,
    "UpdateIntegration": update_integration,
    "DeleteIntegration": delete_integration,
    "PutIntegrationResponse": put_integration_response,
    "GetIntegrationResponse": get_integration_response,
    "UpdateIntegrationResponse": update_integration_response,
    "DeleteIntegrationResponse": delete_integration_response,
}
