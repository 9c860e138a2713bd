"""Request validators (FACTS 8.1)."""

from .. import patches
from ..errors import BadRequestError, ConflictError, NotFoundError
from ..pages import page
from ..patches import PatchPaths, truth
from ..state import Document, Draft, Region


def _name(value: str) -> str:
    if not value:
        raise BadRequestError("Request Validator name cannot be blank")
    return value


_PATHS = PatchPaths(
    "RequestValidator",
    values={"/name": _name, "/validateRequestParameters": truth, "/validateRequestBody": truth},
    lists_paths=True,
)


def create_request_validator(region: Region, request: Document) -> Document:
    """A new validator."""
    api = region.rest_apis.get(request["restApiId"])
    if api is None:  # recorded
        raise BadRequestError("Invalid REST API identifier specified")
    identifier = region.unused_id(6, api.draft.validators)
    document: Document = {"id": identifier}
    if request.get("name"):
        document["name"] = request["name"]
    document.setdefault("name", "")
    document["validateRequestBody"] = bool(request.get("validateRequestBody", False))
    document["validateRequestParameters"] = bool(request.get("validateRequestParameters", False))
    api.draft.validators[identifier] = document
    return document


def _find(region: Region, request: Document) -> tuple[Draft, Document]:
    api, identifier = region.rest_apis.get(request["restApiId"]), request["requestValidatorId"]
    if api is None or identifier not in api.draft.validators:  # recorded: an unknown API reads the same
        raise NotFoundError("Invalid Request Validator identifier specified")
    return api.draft, api.draft.validators[identifier]


def get_request_validator(region: Region, request: Document) -> Document:
    """One validator."""
    return _find(region, request)[1]


def get_request_validators(region: Region, request: Document) -> Document:
    """All validators, oldest first."""
    return page(region.api(request["restApiId"]).draft.validators.values(), request)


def update_request_validator(region: Region, request: Document) -> Document:
    """Patch a validator."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "RequestValidator")
    draft, current = _find(region, request)
    changed = patches.apply(current, operations, _PATHS)
    draft.validators[changed["id"]] = changed
    return changed


def delete_request_validator(region: Region, request: Document) -> None:
    """Refused while a method uses it."""
    draft, document = _find(region, request)
    for resource in draft.resources.values():
        for verb, method in (resource.get("resourceMethods") or {}).items():
            if method.get("requestValidatorId") == document["id"]:
                raise ConflictError(
                    f"Cannot delete request validator '{document['id']}', is referenced in method: "
                    f"{resource['path']}/{verb}"
                )
    del draft.validators[document["id"]]


OPERATIONS = {
    "CreateRequestValidator": create_request_validator,
    "GetRequestValidator": get_request_validator,
    "GetRequestValidators": get_request_validators,
    "UpdateRequestValidator": update_request_validator,
    "DeleteRequestValidator": delete_request_validator,
}
