"""Authorizers: TOKEN, REQUEST and COGNITO_USER_POOLS (FACTS 4.4 to 4.6, 4.18)."""

from .. import patches
from ..errors import BadRequestError, ConflictError, LimitExceededError, NotFoundError, ValidationError, not_in_enum
from ..pages import page
from ..patches import PatchPaths, text, whole_number
from ..state import Document, Region, RestApi

TYPES = ("TOKEN", "REQUEST", "COGNITO_USER_POOLS")
# FACTS 4.6 and 10.2
DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, MAX_AUTHORIZERS = 300, 3600, 10
_KEYS = ("authType", "authorizerUri", "authorizerCredentials", "identitySource", "identityValidationExpression")
_PATHS = PatchPaths(
    "Authorizer",
    values={
        "/name": text,
        "/type": text,
        "/authType": text,
        "/authorizerUri": text,
        "/authorizerCredentials": text,
        "/identitySource": text,
        "/identityValidationExpression": text,
        "/authorizerResultTtlInSeconds": whole_number,
    },
    value_lists=("/providerARNs",),
    removable=("/authorizerCredentials", "/identityValidationExpression", "/identitySource"),
)


def create_authorizer(region: Region, request: Document) -> Document:
    """A new authorizer; without a TTL AWS stores 300 s."""
    api = region.rest_apis.get(request["restApiId"])
    if api is None:  # recorded (FACTS 4.18)
        raise ConflictError("Unable to complete operation due to concurrent modification. Please try again later.")
    if any(one["name"] == request.get("name") for one in api.draft.authorizers.values()):
        raise BadRequestError(
            "Authorizer name must be unique. Authorizer with name "
            f"{request.get('name')} already exists in this RestApi."
        )
    if region.settings.quotas and len(api.draft.authorizers) >= MAX_AUTHORIZERS:
        raise LimitExceededError(
            "Maximum number of Authorizers for this API has been reached. Please contact AWS if "
            "you need additional Authorizers."
        )
    identifier = region.unused_id(6, api.draft.authorizers)
    document: Document = {"id": identifier, "name": request.get("name"), "type": request.get("type")}
    document |= {key: request[key] for key in _KEYS if request.get(key) not in (None, "")}
    document["authorizerResultTtlInSeconds"] = request.get("authorizerResultTtlInSeconds", DEFAULT_TTL_SECONDS)
    if request.get("providerARNs"):
        document["providerARNs"] = list(request["providerARNs"])
    document.setdefault("authType", "cognito_user_pools" if document["type"] == TYPES[2] else "custom")
    _check(document)
    api.draft.authorizers[identifier] = document
    return document


def _check(document: Document) -> None:
    kind, ttl = document["type"], document.get("authorizerResultTtlInSeconds")
    if kind not in TYPES:
        raise ValidationError([not_in_enum(kind, "createAuthorizerInput.type", TYPES)])
    if not document.get("name"):
        raise BadRequestError("Authorizer name must be non-empty")
    if ttl is not None and not 0 <= ttl <= MAX_TTL_SECONDS:
        raise BadRequestError(
            f"Invalid value for authorizerResultTtlInSeconds. Must be between 0 and {MAX_TTL_SECONDS}"
        )
    if kind == "COGNITO_USER_POOLS":
        if not document.get("providerARNs"):
            raise BadRequestError("Invalid Cognito user pool ARN specified")
        return
    if not str(document.get("authorizerUri", "")).startswith("arn:"):
        raise BadRequestError(
            f"Invalid Authorizer URI: an authorizer of type {kind} needs the ARN of a Lambda invocation"
        )
    if not document.get("identitySource") and (kind == "TOKEN" or ttl != 0):
        raise BadRequestError(
            "Identity source must be specified for this authorizer. It may be left out only for a "
            "REQUEST authorizer whose result is not cached"
        )


def find_authorizer(api: RestApi, identifier: str) -> Document:
    """The authorizer with this identifier."""
    found = api.draft.authorizers.get(identifier)
    if found is None:
        raise NotFoundError("Invalid Authorizer identifier specified")
    return found


def get_authorizer(region: Region, request: Document) -> Document:
    """One authorizer."""
    return find_authorizer(region.api(request["restApiId"]), request["authorizerId"])


def get_authorizers(region: Region, request: Document) -> Document:
    """All authorizers, oldest first."""
    return page(region.api(request["restApiId"]).draft.authorizers.values(), request)


def update_authorizer(region: Region, request: Document) -> Document:
    """Patch an authorizer."""
    api = region.api(request["restApiId"])
    changed = patches.apply(find_authorizer(api, request["authorizerId"]), request.get("patchOperations") or [], _PATHS)
    _check(changed)
    api.draft.authorizers[changed["id"]] = changed
    return changed


def delete_authorizer(region: Region, request: Document) -> None:
    """Refused while a method uses it."""
    api = region.api(request["restApiId"])
    identifier = find_authorizer(api, request["authorizerId"])["id"]
    for resource in api.draft.resources.values():
        for verb, method in (resource.get("resourceMethods") or {}).items():
            if method.get("authorizerId") == identifier:
                raise ConflictError(
                    f"Cannot delete authorizer '{identifier}', is referenced in method: {resource['path']}/{verb}"
                )
    del api.draft.authorizers[identifier]


OPERATIONS = {
    "CreateAuthorizer": create_authorizer,
    "GetAuthorizer": get_authorizer,
    "GetAuthorizers": get_authorizers,
    "UpdateAuthorizer": update_authorizer,
    "DeleteAuthorizer": delete_authorizer,
}
