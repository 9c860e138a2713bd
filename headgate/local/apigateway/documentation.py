"""Documentation parts: which location one may have, what a location leaves out, and AWS's refusals. Pure.

    location({"type": "METHOD", "method": "GET"}) -> {"type": "METHOD", "path": "/", "method": "GET"}

Source: Developer Guide, "Representation of API documentation in API Gateway", and recordings of the operations.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from .errors import BadRequestError, ConflictError, ValidationError, no_match, not_in_enum
from .state import Document, Draft, Region

# In the order of AWS's refusal (recorded).
TYPES = (
    *("RESPONSE_BODY", "RESPONSE", "METHOD", "MODEL", "AUTHORIZER", "RESPONSE_HEADER", "RESOURCE"),
    *("PATH_PARAMETER", "REQUEST_BODY", "QUERY_PARAMETER", "API", "REQUEST_HEADER"),
)
_METHOD = ("path", "method")
_RESPONSE = (*_METHOD, "statusCode")
# Type -> the fields its location may have besides the type.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "API": (),
    "AUTHORIZER": ("name",),
    "MODEL": ("name",),
    "RESOURCE": ("path",),
    "METHOD": _METHOD,
    "PATH_PARAMETER": (*_METHOD, "name"),
    "QUERY_PARAMETER": (*_METHOD, "name"),
    "REQUEST_HEADER": (*_METHOD, "name"),
    "REQUEST_BODY": _METHOD,
    "RESPONSE": _RESPONSE,
    "RESPONSE_HEADER": (*_RESPONSE, "name"),
    "RESPONSE_BODY": _RESPONSE,
}
_NEED_A_NAME = ("PATH_PARAMETER", "REQUEST_HEADER", "RESPONSE_HEADER")
_DEFAULTS = {"path": "/", "method": "*", "statusCode": "*"}
# botocore's model: DocumentationPartLocationStatusCode.
_STATUS_CODE = re.compile(r"([1-5]\d\d|\*|\s*)")
_ORDER = ("path", "method", "statusCode", "name")


def check_type(given: Any, owner: str) -> None:
    """One of the twelve types, and a status code or a star; `owner` as in `createDocumentationPartInput`."""
    asked: Document = given if isinstance(given, dict) else {}
    kind, status = asked.get("type"), asked.get("statusCode")
    wrong = []
    if kind not in TYPES:
        wrong.append(not_in_enum(kind, f"{owner}.location.type", TYPES))
    if status is not None and not _STATUS_CODE.fullmatch(str(status)):
        wrong.append(no_match(status, f"{owner}.location.statusCode", r"^([1-5]\d\d|\*|\s*)$"))
    if wrong:
        raise ValidationError(wrong)


def location(given: Document) -> Document:
    """The location as AWS shows it, its defaults written out; a field that the type does not have is refused."""
    kind = str(given["type"])
    named = {key: str(given[key]) for key in _ORDER if given.get(key) not in (None, "")}
    wrong = [key for key in named if key not in _FIELDS[kind]]
    if wrong:
        raise BadRequestError(f"Invalid location field for documentation part of type '{kind}': {', '.join(wrong)}")
    if kind in _NEED_A_NAME and "name" not in named:
        raise BadRequestError(f"Name is required in the location of a documentation part of type '{kind}'")
    defaults = {key: _DEFAULTS[key] for key in _FIELDS[kind] if key in _DEFAULTS}
    return {"type": kind, **defaults, **named}


def properties(value: Any) -> str:
    """The content map as text, in the client's own spelling; it is a JSON object."""
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadRequestError("Invalid documentation part properties specified. Must be a valid JSON object")
    return text


def already_exists(place: Document) -> ConflictError:
    """AWS's refusal of a second part for one location (documented for the API; recorded by users)."""
    fields = {"path": "path", "method": "method", "statusCode": "statusCode", "name": "name"}
    rest = "".join(f", {label} '{place[key]}'" for key, label in fields.items() if key in place)
    return ConflictError(f"Documentation part already exists for the specified location: type '{place['type']}'{rest}.")


def part_at(draft: Draft, place: Document) -> Document | None:
    """The part of a location."""
    return next((one for one in draft.documentation_parts.values() if one["location"] == place), None)


def add_part(region: Region, draft: Draft, place: Document, text: str) -> Document:
    """A new part."""
    identifier = region.unused_id(6, draft.documentation_parts)
    document = {"id": identifier, "location": place, "properties": text}
    draft.documentation_parts[identifier] = document
    return document


def import_parts(region: Region, draft: Draft, extension: Any, *, mode: str) -> tuple[list[str], list[str]]:
    """Apply the parts of an `x-amazon-apigateway-documentation`: (identifiers, warnings).

    A merge replaces the attributes of a part that the document has too and keeps the others; an overwrite replaces all.
    """
    if mode == "overwrite":
        draft.documentation_parts = {}
    found = extension.get("documentationParts") if isinstance(extension, dict) else None
    ids: list[str] = []
    warnings: list[str] = []
    for raw in found if isinstance(found, list) else []:
        try:
            place, text = _read(raw)
        except (BadRequestError, ValidationError) as error:
            warnings.append(f"Unable to import documentation part: {error}. Ignoring.")
            continue
        known = part_at(draft, place)
        if known is None:
            known = add_part(region, draft, place, text)
        else:
            known["properties"] = json.dumps({**json.loads(known["properties"]), **json.loads(text)})
        ids.append(known["id"])
    return ids, warnings


def _read(raw: Any) -> tuple[Document, str]:
    given = raw.get("location") if isinstance(raw, dict) else None
    check_type(given, "importDocumentationPartsInput")
    assert isinstance(given, dict)
    return location(given), properties(raw.get("properties") or {})


def as_extension(version: str, created: str, parts: list[Document]) -> Document:
    """`x-amazon-apigateway-documentation` of an export."""
    shown = [{"location": one["location"], "properties": json.loads(one["properties"])} for one in parts]
    return {"version": version, "createdDate": created, "documentationParts": shown}
