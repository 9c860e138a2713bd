"""Integrations and integration responses (FACTS 8.29)."""

from .. import patches
from ..errors import NotFoundError, ValidationError, not_in_enum
from ..integrations import (
    TYPES,
    build_integration,
    build_integration_response,
    check_cache_keys,
    check_endpoint,
    check_role,
    connection_type,
    content_handling,
    passthrough,
    selection_pattern,
    timeout,
)
from ..methods import check_request_mappings, check_response_mappings
from ..patches import PatchPaths, text, truth
from ..resource_tree import find_resource
from ..state import Document, Region
from .methods import check_front, check_status, draft_of, find_method


def _handling(value: str) -> str:
    return content_handling(value) if value else ""


_PATHS = PatchPaths(
    "Integration",
    values={
        "/uri": text,
        "/httpMethod": text,
        "/credentials": text,
        "/connectionType": connection_type,
        "/connectionId": text,
        "/passthroughBehavior": passthrough,
        "/contentHandling": _handling,
        "/timeoutInMillis": timeout,
        "/cacheNamespace": text,
        "/tlsConfig/insecureSkipVerification": truth,
        "/responseTransferMode": text,
        "/integrationTarget": text,
    },
    maps={"/requestParameters": text, "/requestTemplates": text},
    lists=("/cacheKeyParameters",),
    blank_stays=("/uri", "/httpMethod"),
)
_RESPONSE_PATHS = PatchPaths(
    "IntegrationResponse",
    values={"/selectionPattern": selection_pattern, "/contentHandling": _handling},
    maps={"/responseParameters": text, "/responseTemplates": text},
    blank_stays=("/selectionPattern",),
)


def put_integration(region: Region, request: Document) -> Document:
    """Give a method its integration; one that is there is replaced, its responses with it."""
    if request.get("type") not in TYPES:  # an enumeration, refused before anything is looked up
        raise ValidationError([not_in_enum(request.get("type"), "putIntegrationInput.type", TYPES)])
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
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Integration")
    changed = patches.apply(_find(region, request), operations, _PATHS)
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
    operations = request.get("patchOperations") or []
    check_front(operations, "IntegrationResponse", request["statusCode"])
    changed = patches.apply(_find_response(region, request), operations, _RESPONSE_PATHS)
    check_response_mappings(
        find_method(region, request), changed, declared_only=region.settings.declared_parameters_only
    )
    _find(region, request)["integrationResponses"][request["statusCode"]] = changed
    return changed


def delete_integration_response(region: Region, request: Document) -> None:
    """Forget a mapping."""
    check_status(request["statusCode"])
    find_resource(draft_of(region, request), request["resourceId"])
    try:
        integration = _find(region, request)
    except NotFoundError:  # recorded: here an unknown method reads as an unknown integration
        raise NotFoundError("Invalid Integration identifier specified") from None
    _find_response(region, request)
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
