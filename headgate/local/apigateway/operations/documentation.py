"""Documentation parts and versions: create, import, list, patch, delete, and publish a snapshot of the parts."""

import copy
from typing import Any

from .. import patches
from ..documentation import add_part, already_exists, check_type, import_parts, location, part_at, properties
from ..errors import BadRequestError, ConflictError, NotFoundError, ValidationError, not_in_enum
from ..openapi.document import parse, variables_of
from ..pages import page
from ..patches import PatchPaths, text
from ..state import Document, DocumentationVersion, Draft, Region, RestApi
from .stages import stage

_X = "x-amazon-apigateway-documentation"
_STATUSES = ("DOCUMENTED", "UNDOCUMENTED")
_PART_PATHS = PatchPaths("DocumentationPart", values={"/properties": properties}, lists_paths=True)
_VERSION_PATHS = PatchPaths("DocumentationVersion", values={"/description": text}, lists_paths=True)


# ---- parts


def create_documentation_part(region: Region, request: Document) -> Document:
    """Document an entity that has no part yet."""
    check_type(request.get("location"), "createDocumentationPartInput")
    draft = region.api(request["restApiId"]).draft
    place, content = location(request["location"]), properties(request.get("properties") or "")
    if part_at(draft, place) is not None:
        raise already_exists(place)
    return add_part(region, draft, place, content)


def _find_part(region: Region, request: Document) -> tuple[Draft, Document]:
    api, identifier = region.rest_apis.get(request["restApiId"]), request["documentationPartId"]
    if api is None or identifier not in api.draft.documentation_parts:  # recorded: an unknown API reads the same
        raise NotFoundError("Invalid Documentation part identifier specified")
    return api.draft, api.draft.documentation_parts[identifier]


def get_documentation_part(region: Region, request: Document) -> Document:
    """One part."""
    return _find_part(region, request)[1]


def get_documentation_parts(region: Region, request: Document) -> Document:
    """All parts, or those of a type, a path, a name, with or without content."""
    status, kind = request.get("locationStatus"), request.get("type")
    if status is not None and status not in _STATUSES:
        raise ValidationError([not_in_enum(status, "locationStatus", _STATUSES)])
    if kind is not None:
        check_type({"type": kind}, "getDocumentationPartsInput")
    parts = region.api(request["restApiId"]).draft.documentation_parts.values()
    return page((one for one in parts if _is_asked_for(one, request)), request)


def _is_asked_for(part: Document, request: Document) -> bool:
    place, status = part["location"], request.get("locationStatus")
    has_content = part["properties"].strip() != "{}"
    return (
        request.get("type") in (None, place["type"])
        and request.get("path") in (None, place.get("path"))
        and str(place.get("name", "")).startswith(request.get("nameQuery") or "")
        and (status is None or has_content == (status == "DOCUMENTED"))
    )


def update_documentation_part(region: Region, request: Document) -> Document:
    """Replace a part's content."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "DocumentationPart")
    draft, current = _find_part(region, request)
    changed = patches.apply(current, operations, _PART_PATHS)
    draft.documentation_parts[changed["id"]] = changed
    return changed


def delete_documentation_part(region: Region, request: Document) -> None:
    """Forget a part. Recorded: here an unknown API reads as one, unlike in the other operations."""
    region.api(request["restApiId"])
    draft, part = _find_part(region, request)
    del draft.documentation_parts[part["id"]]


def import_documentation_parts(region: Region, request: Document) -> Document:
    """The parts of a document's extension, merged (the default) or put in the place of all there are."""
    mode = request.get("mode") or "merge"
    if mode not in ("merge", "overwrite"):
        raise BadRequestError('Enumeration value of OpenAPI import mode must be "overwrite" or "merge"')
    api = region.api(request["restApiId"])
    try:
        document = parse(request.get("body") or b"", variables_of(region))
    except BadRequestError:  # recorded
        raise BadRequestError("Unable to build importer with provided input.") from None
    draft = api.draft.copy()
    ids, warnings = import_parts(region, draft, document.get(_X), mode=mode)
    if warnings and request.get("failOnWarnings"):
        raise BadRequestError("Warnings found during import:\n\t" + "\n\t".join(warnings))
    api.draft = draft
    answer: Document = {"ids": ids}
    return {**answer, "warnings": warnings} if warnings else answer


# ---- versions


def create_documentation_version(region: Region, request: Document) -> Document:
    """A snapshot of the parts; with a stage name, the one that stage shows from now on."""
    api, name = region.api(request["restApiId"]), request.get("documentationVersion") or ""
    if not name:
        raise BadRequestError("Documentation version must be non-empty")
    if name in api.documentation_versions:
        raise ConflictError("Documentation version already exists")
    entry = stage(api, request["stageName"]) if request.get("stageName") else None
    document: Document = {"version": name, "createdDate": region.world.now()}
    if request.get("description"):
        document["description"] = request["description"]
    parts = copy.deepcopy(list(api.draft.documentation_parts.values()))
    api.documentation_versions[name] = DocumentationVersion(document, parts)
    if entry is not None:
        entry.document["documentationVersion"] = name
    return document


def find_version(api: RestApi | None, name: Any) -> DocumentationVersion:
    """The version of that name."""
    found = api.documentation_versions.get(str(name)) if api else None
    if found is None:
        raise NotFoundError("Invalid Documentation version specified")
    return found


def get_documentation_version(region: Region, request: Document) -> Document:
    """One version."""
    return find_version(region.rest_apis.get(request["restApiId"]), request["documentationVersion"]).document


def get_documentation_versions(region: Region, request: Document) -> Document:
    """All versions, oldest first."""
    versions = region.api(request["restApiId"]).documentation_versions.values()
    return page((one.document for one in versions), request)


def update_documentation_version(region: Region, request: Document) -> Document:
    """Only the description can change."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "DocumentationVersion")
    found = find_version(region.rest_apis.get(request["restApiId"]), request["documentationVersion"])
    found.document = patches.apply(found.document, operations, _VERSION_PATHS)
    return found.document


def delete_documentation_version(region: Region, request: Document) -> None:
    """Forget a version; stages that showed it show none."""
    api, name = region.api(request["restApiId"]), request["documentationVersion"]
    find_version(api, name)
    del api.documentation_versions[name]
    for entry in api.stages.values():
        if entry.document.get("documentationVersion") == name:
            del entry.document["documentationVersion"]


OPERATIONS = {
    "CreateDocumentationPart": create_documentation_part,
    "GetDocumentationPart": get_documentation_part,
    "GetDocumentationParts": get_documentation_parts,
    "UpdateDocumentationPart": update_documentation_part,
    "DeleteDocumentationPart": delete_documentation_part,
    "ImportDocumentationParts": import_documentation_parts,
    "CreateDocumentationVersion": create_documentation_version,
    "GetDocumentationVersion": get_documentation_version,
    "GetDocumentationVersions": get_documentation_versions,
    "UpdateDocumentationVersion": update_documentation_version,
    "DeleteDocumentationVersion": delete_documentation_version,
}
