"""Resources: create, move, rename and delete nodes of the path tree (FACTS 2.13)."""

from .. import patches
from ..errors import BadRequestError, ConflictError
from ..pages import page
from ..patches import PatchPaths, text
from ..resource_tree import add_child, check_child, child_path, descendants, find_resource
from ..state import Document, Draft, Region

_PATHS = PatchPaths(
    "Resource", values={"/parentId": text, "/pathPart": text}, blank_stays=("/parentId", "/pathPart"), lists_paths=True
)


def create_resource(region: Region, request: Document) -> Document:
    """A child of a resource."""
    draft = region.api(request["restApiId"]).draft
    return add_child(region, draft, find_resource(draft, request["parentId"]), request.get("pathPart") or "")


def get_resource(region: Region, request: Document) -> Document:
    """One resource; `embed=methods` shows its methods in full."""
    document = find_resource(region.api(request["restApiId"]).draft, request["resourceId"])
    return _shown(document, request)


def get_resources(region: Region, request: Document) -> Document:
    """All resources, by path."""
    resources = region.api(request["restApiId"]).draft.resources.values()
    return page((_shown(one, request) for one in sorted(resources, key=lambda one: str(one["path"]))), request)


def _shown(document: Document, request: Document) -> Document:
    methods = document.get("resourceMethods")
    if not methods or "methods" in (request.get("embed") or []):
        return {key: one for key, one in document.items() if key != "resourceMethods" or one}
    return {**document, "resourceMethods": {verb: {} for verb in methods}}


def update_resource(region: Region, request: Document) -> Document:
    """Rename a resource or move it below another parent; everything below it moves along."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Resource")
    draft = region.api(request["restApiId"]).draft
    current = find_resource(draft, request["resourceId"])
    changed = patches.apply(current, operations, _PATHS)
    if current["id"] == draft.rest_api["rootResourceId"]:
        for operation in operations:
            raise BadRequestError(f"Root resource cannot update its {operation['path'].removeprefix('/')}.")
        return _shown(current, request)
    parent = find_resource(draft, changed["parentId"])
    below = descendants(draft, current)
    if parent["id"] in below:
        clash = any(
            one.get("parentId") == parent["id"] and one["pathPart"] == changed["pathPart"]
            for one in draft.resources.values()
        )
        if clash:
            raise ConflictError(f"Another resource with the same parent already has this name: {changed['pathPart']}")
        raise BadRequestError("Resources cannot be cyclical.")
    others = Draft(draft.rest_api, {key: one for key, one in draft.resources.items() if key != current["id"]})
    check_child(others, parent, changed["pathPart"])
    draft.resources[current["id"]] = changed
    for identifier in below:
        one = draft.resources[identifier]
        one["path"] = child_path(draft.resources[one["parentId"]], one["pathPart"])
    return _shown(changed, request)


def delete_resource(region: Region, request: Document) -> None:
    """A resource with everything below it."""
    draft = region.api(request["restApiId"]).draft
    document = find_resource(draft, request["resourceId"])
    if document["id"] == draft.rest_api["rootResourceId"]:
        raise BadRequestError("Cannot delete root resource")
    for identifier in descendants(draft, document):
        del draft.resources[identifier]


OPERATIONS = {
    "CreateResource": create_resource,
    "GetResource": get_resource,
    "GetResources": get_resources,
    "UpdateResource": update_resource,
    "DeleteResource": delete_resource,
}
