"""Methods and method responses."""

import re
from collections.abc import Sequence
from typing import Any

from .. import patches
from ..errors import BadRequestError, ConflictError, NotFoundError, ValidationError, no_match
from ..methods import check_authorization, check_references, check_request_parameters, check_verb
from ..patches import PatchPaths, text, truth
from ..resource_tree import find_resource
from ..state import Document, Draft, Region

_METHOD_KEYS = (
    "authorizerId",
    "operationName",
    "requestParameters",
    "requestModels",
    "requestValidatorId",
    "authorizationScopes",
)
_METHOD_PATHS = PatchPaths(
    "Method",
    values={
        "/authorizationType": text,
        "/authorizerId": text,
        "/apiKeyRequired": truth,
        "/operationName": text,
        "/requestValidatorId": text,
    },
    maps={"/requestParameters": truth, "/requestModels": text},
    value_lists=("/authorizationScopes",),
    blank_stays=("/authorizationType",),
    replace_needs_name=True,
)
_RESPONSE_PATHS = PatchPaths(
    "MethodResponse", maps={"/responseParameters": truth, "/responseModels": text}, replace_needs_name=True
)


def draft_of(region: Region, request: Document) -> Draft:
    """The API's draft. Recorded: below a resource, an unknown API reads as an unknown resource."""
    api = region.rest_apis.get(request["restApiId"])
    if api is None:
        raise NotFoundError("Invalid Resource identifier specified")
    return api.draft


def find_method(region: Region, request: Document) -> Document:
    """The method the request names."""
    resource = find_resource(draft_of(region, request), request["resourceId"])
    found: Document | None = (resource.get("resourceMethods") or {}).get(request["httpMethod"])
    if found is None:
        raise NotFoundError("Invalid Method identifier specified")
    return found


def put_method(region: Region, request: Document) -> Document:
    """Create a method."""
    draft = draft_of(region, request)
    resource = find_resource(draft, request["resourceId"])
    verb = check_verb(request["httpMethod"])
    document: Document = {
        "httpMethod": verb,
        "authorizationType": request.get("authorizationType") or "NONE",
        "apiKeyRequired": bool(request.get("apiKeyRequired", False)),
    }
    document |= {key: request[key] for key in _METHOD_KEYS if request.get(key) not in (None, "", {}, [])}
    if document.get("authorizationScopes") and document["authorizationType"] != "COGNITO_USER_POOLS":  # FACTS 8.46
        raise BadRequestError(
            "Invalid Method authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS "
            "authorization type"
        )
    _check(document, draft)
    known = (resource.get("resourceMethods") or {}).get(verb)
    if known is not None:
        raise ConflictError("Method already exists for this resource")
    resource.setdefault("resourceMethods", {})[verb] = document
    return document


def _check(document: Document, draft: Draft) -> None:
    check_request_parameters(document.get("requestParameters") or {})
    check_authorization(document, draft)
    check_references(document, draft)
    if document["authorizationType"] not in ("CUSTOM", "COGNITO_USER_POOLS"):
        document.pop("authorizerId", None)


def get_method(region: Region, request: Document) -> Document:
    """One method with its responses and its integration."""
    return find_method(region, request)


def update_method(region: Region, request: Document) -> Document:
    """Patch a method."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Method")
    draft, current = draft_of(region, request), find_method(region, request)
    changed = patches.apply(current, operations, _METHOD_PATHS)
    _check(changed, draft)
    find_resource(draft, request["resourceId"])["resourceMethods"][request["httpMethod"]] = changed
    return changed


def delete_method(region: Region, request: Document) -> None:
    """A method with its responses and its integration."""
    find_method(region, request)
    resource = find_resource(draft_of(region, request), request["resourceId"])
    del resource["resourceMethods"][request["httpMethod"]]
    if not resource["resourceMethods"]:
        del resource["resourceMethods"]


def check_status(status: Any) -> str:
    """Three digits, the first 1 to 5."""
    wrong = _status_violations(status)
    if wrong:
        raise ValidationError(wrong)
    return str(status)


def _status_violations(status: Any) -> list[str]:
    fits = re.fullmatch(r"[1-5]\d\d", str(status))
    return [] if fits else [no_match(status, "statusCode", r"[1-5]\d\d")]


def check_front(operations: Sequence[Document], kind: str, status: Any) -> None:
    """Operation names and the status code together, as AWS's front end lists them (recorded for method responses)."""
    wrong = [*patches.violations(operations, kind), *_status_violations(status)]
    if wrong:
        raise ValidationError(wrong)


def put_method_response(region: Region, request: Document) -> Document:
    """Declare a response of a method."""
    method, status = find_method(region, request), check_status(request["statusCode"])
    draft = draft_of(region, request)
    document: Document = {"statusCode": status}
    document |= {key: request[key] for key in ("responseParameters", "responseModels") if request.get(key) is not None}
    _check_response(document, draft)
    if status in (method.get("methodResponses") or {}):
        raise ConflictError("Response already exists for this resource")
    method.setdefault("methodResponses", {})[status] = document
    return document


def _check_response(document: Document, draft: Draft) -> None:
    for name in document.get("responseParameters") or {}:
        if not re.fullmatch(r"method\.response\.header\..+", name):
            raise BadRequestError(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
                f"[Invalid mapping expression specified: {name}]"
            )
    for name in (document.get("responseModels") or {}).values():
        if name not in draft.models:
            raise BadRequestError(f"Invalid model identifier specified: {name}")


def _find_response(region: Region, request: Document) -> Document:
    check_status(request["statusCode"])
    found: Document | None = (find_method(region, request).get("methodResponses") or {}).get(request["statusCode"])
    if found is None:
        raise NotFoundError("Invalid Response status code specified")
    return found


def get_method_response(region: Region, request: Document) -> Document:
    """One declared response."""
    return _find_response(region, request)


def update_method_response(region: Region, request: Document) -> Document:
    """Patch a declared response."""
    operations = request.get("patchOperations") or []
    check_front(operations, "MethodResponse", request["statusCode"])
    current = _find_response(region, request)
    changed = patches.apply(current, operations, _RESPONSE_PATHS)
    _check_response(changed, draft_of(region, request))
    find_method(region, request)["methodResponses"][request["statusCode"]] = changed
    return changed


def delete_method_response(region: Region, request: Document) -> None:
    """Forget a declared response."""
    _find_response(region, request)
    method = find_method(region, request)
    del method["methodResponses"][request["statusCode"]]
    if not method["methodResponses"]:
        del method["methodResponses"]


OPERATIONS = {
    "PutMethod": put_method,
    "GetMethod": get_method,
    "UpdateMethod": update_method,
    "DeleteMethod": delete_method,
    "PutMethodResponse": put_method_response,
    "GetMethodResponse": get_method_response,
    "UpdateMethodResponse": update_method_response,
    "DeleteMethodResponse": delete_method_response,
}
