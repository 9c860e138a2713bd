"""Which base path of a domain leads to which stage: base path mappings, and the API mappings of API Gateway's second version.

Both are one set. Only the second version makes base paths of several levels.
"""

import re

from .. import patches
from ..errors import BadRequestError, ConflictError, LimitExceededError, NotFoundError
from ..patches import PatchPaths, text
from ..state import NO_PATH, Document, Region
from .domains import DOMAINS
from .kept import Documents, Kept

# rest-api-mappings.html, "Restrictions"
MAX_KEY_LENGTH = 300
MAX_MULTI_LEVEL = 200
_KEY = re.compile(r"[A-Za-z0-9$\-_.+!*'()/]*")
# Recorded: hashicorp/terraform-provider-aws#21986.
NO_SLASHES = (
    "API Gateway V1 doesn't support the slash character (/) in base path mappings. "
    "To create a multi-level base path mapping, use API Gateway V2."
)
_PATHS = PatchPaths(
    "BasePathMapping",
    values={"/basePath": text, "/basepath": text, "/restapiId": text, "/stage": text},
    blank_stays=("/basepath",),
)


def _store(region: Region, request: Document) -> Documents:
    return region.base_path_mappings[DOMAINS.one(region, request)["domainName"]]


MAPPINGS = Kept(_store, key="basePath", missing="Invalid base path mapping identifier specified", paths=_PATHS)


def mapped_domains(region: Region, rest_api_id: str, stage_name: str | None = None) -> list[str]:
    """The domains with a base path for the API, or for that stage of it."""
    return [
        name
        for name, mappings in region.base_path_mappings.items()
        if any(one["restApiId"] == rest_api_id and stage_name in (None, one.get("stage")) for one in mappings.values())
    ]


def create_base_path_mapping(region: Region, request: Document) -> Document:
    """Map a base path of one level, or none, to a stage."""
    if "/" in (request.get("basePath") or ""):
        raise BadRequestError(NO_SLASHES)
    return _add(region, request)


def _add(region: Region, request: Document) -> Document:
    mappings = _store(region, request)
    base = request.get("basePath") or NO_PATH
    if base in mappings:
        raise ConflictError("Base path already exists for this domain name")
    document: Document = {"basePath": base, "restApiId": request.get("restApiId")}
    if request.get("stage"):
        document["stage"] = request["stage"]
    _check(region, document)
    document["apiMappingId"] = region.world.token(6)
    mappings[base] = document
    return document


def _check(region: Region, document: Document) -> None:
    api = region.rest_apis.get(document.get("restApiId") or "")
    if api is None:
        raise BadRequestError("Invalid REST API identifier specified")
    if document.get("stage") and document["stage"] not in api.stages:
        raise BadRequestError("Invalid stage identifier specified")


def update_base_path_mapping(region: Region, request: Document) -> Document:
    """Patch a mapping; its base path may change."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "BasePathMapping")
    current = MAPPINGS.one(region, request)
    changed = patches.apply(current, operations, _PATHS)
    changed["restApiId"] = changed.pop("restapiId", changed["restApiId"])
    # AWS documents both spellings; a blank path is none at all.
    changed["basePath"] = changed.pop("basepath", changed.get("basePath")) or NO_PATH
    if "/" in changed["basePath"] and changed["basePath"] != current["basePath"]:
        raise BadRequestError(NO_SLASHES)
    _check(region, changed)
    mappings = _store(region, request)
    if changed["basePath"] != current["basePath"] and changed["basePath"] in mappings:
        raise ConflictError("Base path already exists for this domain name")
    del mappings[current["basePath"]]
    mappings[changed["basePath"]] = changed
    return changed


def create_api_mapping(region: Region, domain: str, key: str, api_id: str, stage: str) -> Document:
    """What CreateApiMapping of the second version does; `key` may have several levels."""
    name = DOMAINS.one(region, {"domainName": domain})
    if key.startswith("/") or key.endswith("/") or "//" in key:
        raise BadRequestError("API mapping key should not start or end with a '/' or have consecutive '/'s.")
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise BadRequestError(
            "API mappings must contain only letters, numbers, and $-_.+!*'()/, at most 300 characters"
        )
    if "/" in key:
        _check_levels(region, name)
    request = {"domainName": domain, "basePath": key, "restApiId": api_id, "stage": stage}
    return _add(region, request)


def _check_levels(region: Region, domain: Document) -> None:
    """Several levels: regional domains from TLS 1.2 on, and 200 per domain."""
    if domain["endpointConfiguration"]["types"] != ["REGIONAL"] or domain["securityPolicy"] == "TLS_1_0":
        raise BadRequestError("Multi-level API mappings need a regional domain name with the TLS 1.2 security policy")
    if sum("/" in base for base in region.base_path_mappings[domain["domainName"]]) >= MAX_MULTI_LEVEL:
        raise LimitExceededError(f"Maximum number of multi-level API mappings ({MAX_MULTI_LEVEL}) reached")


def api_mapping(region: Region, domain: str, mapping_id: str) -> Document:
    """The mapping with an id of the second version."""
    for document in _store(region, {"domainName": domain}).values():
        if document["apiMappingId"] == mapping_id:
            return document
    raise NotFoundError("Unable to find API mapping")


OPERATIONS = {
    "CreateBasePathMapping": create_base_path_mapping,
    "GetBasePathMapping": MAPPINGS.one,
    "GetBasePathMappings": MAPPINGS.all,
    "UpdateBasePathMapping": update_base_path_mapping,
    "DeleteBasePathMapping": MAPPINGS.delete,
}
