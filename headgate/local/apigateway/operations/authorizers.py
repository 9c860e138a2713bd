"""Authorizers: TOKEN, REQUEST and COGNITO_USER_POOLS (FACTS 4.4 to 4.6, 4.18, 4.22)."""

import re

from .. import patches
from ..errors import BadRequestError, ConflictError, LimitExceededError, NotFoundError, ValidationError, not_in_enum
from ..pages import page
from ..patches import PatchPaths, text, whole_number
from ..state import Document, Region, RestApi

TYPES = ("TOKEN", "REQUEST", "COGNITO_USER_POOLS")
# FACTS 4.6 and 10.2
_URI = re.compile(r"arn:[\w-]+:apigateway:[^:]*:lambda:path/.+")
DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, MAX_AUTHORIZERS = 300, 3600, 10
# Type -> where its identity may come from (FACTS 4.5).
_SOURCES = {
    "TOKEN": re.compile(r"method\.request\.header\..+"),
    "REQUEST": re.compile(r"method\.request\.(multivalue)?(header|querystring)\..+|stageVariables\..+|context\..+"),
}
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
    removable=("/identitySource",),
    blank_stays=("/name", "/type", "/authorizerUri"),
)


def create_authorizer(region: Region, request: Document) -> Document:
    """A new authorizer; without a TTL AWS stores 300 s."""
    api = region.rest_apis.get(request["restApiId"])
    if api is None:  # recorded (FACTS 4.18)
        raise ConflictError("Unable to complete operation due to concurrent modification. Please try again later.")
    _check_name(api, request.get("name"))
    if region.settings.quotas and len(api.draft.authorizers) >= MAX_AUTHORIZERS:
        raise LimitExceededError(
            "Maximum number of Authorizers for this API has been reached. Please contact AWS if "
            "you need additional Authorizers."
        )
    identifier = region.unused_id(6, api.draft.authorizers)
    document: Document = {"id": identifier, "name": request.get("name"), "type": request.get("type")}
    document |= {key: request[key] for key in _KEYS if request.get(key) not in (None, "")}
    # Documented (AWS CLI examples): one of a user pool shows no TTL of its own accord.
    default = None if document["type"] == TYPES[2] else DEFAULT_TTL_SECONDS
    ttl = request.get("authorizerResultTtlInSeconds", default)
    if ttl is not None:
        document["authorizerResultTtlInSeconds"] = ttl
    if request.get("providerARNs"):
        document["providerARNs"] = list(request["providerARNs"])
    document.setdefault("authType", "cognito_user_pools" if document["type"] == TYPES[2] else "custom")
    _check(document)
    api.draft.authorizers[identifier] = document
    return document


def _check_name(api: RestApi, name: str | None) -> None:
    if any(one["name"] == name for one in api.draft.authorizers.values()):
        raise BadRequestError(f"Authorizer name must be unique. Authorizer {name} already exists in this RestApi.")


def _check(document: Document) -> None:
    kind, ttl = document["type"], document.get("authorizerResultTtlInSeconds")
    if kind not in TYPES:
        raise ValidationError([not_in_enum(kind, "createAuthorizerInput.type", TYPES)])
    if not document.get("name"):
        raise BadRequestError("Authorizer name must be non-empty")
    if ttl is not None and not 0 <= ttl <= MAX_TTL_SECONDS:
        raise BadRequestError(
            f"Authorizer result TTL outside allowable range. TTL must be between 0 and {MAX_TTL_SECONDS} seconds."
        )
    if kind == "COGNITO_USER_POOLS":
        if not document.get("providerARNs"):
            raise BadRequestError("ProviderARNs cannot be empty")
        return
    uri = str(document.get("authorizerUri") or "")
    if not _URI.fullmatch(uri):  # the text is known from users
        raise BadRequestError(
            f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda "
            "function invocation."
        )
    sources = str(document.get("identitySource") or "")
    if not sources and (kind == "TOKEN" or ttl != 0):  # the second text is known from users
        raise BadRequestError("IdentitySource cannot be empty" if kind == "TOKEN" else "Invalid request input")
    for source in sources.split(","):
        if source.strip() and not _SOURCES[kind].fullmatch(source.strip()):
            raise BadRequestError(_wrong_source(kind, sources, source.strip()))


def _wrong_source(kind: str, sources: str, source: str) -> str:
    """Recorded for REQUEST, up to `a stage variable, m`; what follows it there is the second version's text."""
    if kind == "REQUEST":
        return (
            f"Invalid request identity source expression: {sources}. The sources must be separated by comma, and each "
            "source must be either a method request parameter, matching "
            "'method.request.querystring|header.[a-zA-Z0-9._-]+', or a stage variable, matching "
            "'stageVariables.[a-zA-Z0-9._-]+', or a context parameter, matching 'context.[a-zA-Z0-9._-]+'"
        )
    return (
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
        f"expression specified: {source}]"
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
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Authorizer")
    api = region.api(request["restApiId"])
    current = find_authorizer(api, request["authorizerId"])
    changed = patches.apply(current, operations, _PATHS)
    _check(changed)
    if changed["name"] != current["name"]:
        _check_name(api, changed["name"])
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
