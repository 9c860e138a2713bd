"""Gateway responses: read with their defaults, customise, forget (FACTS 1.26 to 1.28)."""

from collections.abc import Callable

from .. import patches
from ..errors import BadRequestError, NotFoundError
from ..gateway_responses import (
    DEFAULT_STATUS,
    DEFAULT_TEMPLATES,
    build_gateway_response,
    check_status,
    check_type,
    shown,
)
from ..pages import page
from ..patches import PatchPaths
from ..state import Document, Region


def _filled(key: str) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if not value:
            raise BadRequestError(f"Invalid null or empty value in {key}")
        return value

    return convert


_PATHS = PatchPaths(
    "GatewayResponse",
    values={"/statusCode": check_status},
    maps={"/responseParameters": _filled("responseParameters"), "/responseTemplates": _filled("responseTemplates")},
    replace_needs_name=True,
)


def put_gateway_response(region: Region, request: Document) -> Document:
    """Customise a response; what is absent keeps its default (FACTS 1.27)."""
    check_type(request["responseType"])
    draft = region.api(request["restApiId"]).draft
    document = build_gateway_response(request["responseType"], request)
    draft.gateway_responses[request["responseType"]] = document
    return shown(request["responseType"], draft.gateway_responses)


def get_gateway_response(region: Region, request: Document) -> Document:
    """One response as it is now, customised or not."""
    check_type(request["responseType"])
    return shown(request["responseType"], region.api(request["restApiId"]).draft.gateway_responses)


def get_gateway_responses(region: Region, request: Document) -> Document:
    """All 21, by type."""
    custom = region.api(request["restApiId"]).draft.gateway_responses
    return page((shown(kind, custom) for kind in DEFAULT_STATUS), request)


def update_gateway_response(region: Region, request: Document) -> Document:
    """Patch a response; one that was never set is created (FACTS 1.27, 1.28)."""
    kind = request["responseType"]
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, _PATHS.kind)
    check_type(kind)
    draft = region.api(request["restApiId"]).draft
    current = draft.gateway_responses.get(kind) or {"responseType": kind}
    current = {"responseTemplates": dict(DEFAULT_TEMPLATES), **current}
    for operation in operations:
        if operation.get("path") == "/statusCode" and operation["op"] != "replace":
            raise BadRequestError("Invalid patch path /statusCode")
    draft.gateway_responses[kind] = patches.apply(current, operations, _PATHS)
    return shown(kind, draft.gateway_responses)


def delete_gateway_response(region: Region, request: Document) -> None:
    """Back to the default."""
    check_type(request["responseType"])
    draft = region.api(request["restApiId"]).draft
    if draft.gateway_responses.pop(request["responseType"], None) is None:
        raise NotFoundError("Gateway response type not defined on api")


OPERATIONS = {
    "PutGatewayResponse": put_gateway_response,
    "GetGatewayResponse": get_gateway_response,
    "GetGatewayResponses": get_gateway_responses,
    "UpdateGatewayResponse": update_gateway_response,
    "DeleteGatewayResponse": delete_gateway_response,
}
