"""The tree of resources: which child a parent may get, and AWS's refusals (FACTS 2.13, 2.14)."""

import re

from .errors import BadRequestError, ConflictError, LimitExceededError, NotFoundError
from .state import Document, Draft, Region

# FACTS 9.17
MAX_RESOURCES = 300
_PATH_PART = re.compile(r"\{[A-Za-z0-9._\-:]+\+?\}|[A-Za-z0-9._\-:,]+")
_BAD_PATH_PART = (
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning "
    "and the end."
)


def find_resource(draft: Draft, identifier: str) -> Document:
    """The resource with this identifier."""
    found = draft.resources.get(identifier)
    if found is None:
        raise NotFoundError("Invalid Resource identifier specified")
    return found


def add_child(region: Region, draft: Draft, parent: Document, path_part: str) -> Document:
    """A new resource below `parent`."""
    check_child(draft, parent, path_part)
    if region.settings.quotas and len(draft.resources) >= MAX_RESOURCES:
        raise LimitExceededError(
            "Maximum number of resources for this API has been reached. Please contact AWS if you "
            "need additional resources."
        )
    identifier = region.unused_id(6, draft.resources)
    document = {
        "id": identifier,
        "parentId": parent["id"],
        "pathPart": path_part,
        "path": child_path(parent, path_part),
    }
    draft.resources[identifier] = document
    return document


def child_path(parent: Document, path_part: str) -> str:
    """`/pets` + `{id}` -> `/pets/{id}`."""
    return f"{parent['path'].rstrip('/')}/{path_part}"


def check_child(draft: Draft, parent: Document, path_part: str) -> None:
    """Refuse a part with bad characters, below a greedy one, twice, or beside another variable."""
    if not _PATH_PART.fullmatch(path_part):
        raise BadRequestError(_BAD_PATH_PART)
    if parent.get("pathPart", "").endswith("+}"):
        raise BadRequestError(f"Cannot create a child of a resource with a greedy path variable: {parent['pathPart']}")
    siblings = [one["pathPart"] for one in draft.resources.values() if one.get("parentId") == parent["id"]]
    if path_part in siblings:
        raise ConflictError(f"Another resource with the same parent already has this name: {path_part}")
    variable = next((one for one in siblings if one.startswith("{")), None)
    if variable is not None and path_part.startswith("{"):
        raise BadRequestError(
            f"A sibling ({variable}) of this resource already has a variable path part -- only one is allowed"
        )


def descendants(draft: Draft, resource: Document) -> list[str]:
    """The identifiers of a resource and of everything below it."""
    found = [resource["id"]]
    for identifier in found:
        found += [one["id"] for one in draft.resources.values() if one.get("parentId") == identifier]
    return found


def ensure_path(region: Region, draft: Draft, path: str) -> Document:
    """The resource at a path, created with everything above it where it is missing (FACTS 9.11)."""
    current = draft.resources[draft.rest_api["rootResourceId"]]
    for part in path.strip("/").split("/") if path.strip("/") else []:
        known = next(
            (
                one
                for one in draft.resources.values()
                if one.get("parentId") == current["id"] and one["pathPart"] == part
            ),
            None,
        )
        try:
            current = known or add_child(region, draft, current, part)
        except BadRequestError as error:
            raise BadRequestError(f"Unable to create resource at path '{path}': {error}") from None
    return current


def drop_unused(draft: Draft, kept: set[str]) -> None:
    """Delete every resource that is neither in `kept` nor above one that is; the root always stays."""
    needed = {draft.rest_api["rootResourceId"]}
    for identifier in kept:
        current: str | None = identifier
        while current is not None and current not in needed:
            needed.add(current)
            current = draft.resources[current].get("parentId")
    draft.resources = {key: one for key, one in draft.resources.items() if key in needed}
