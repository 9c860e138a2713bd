"""Request bodies: what the content type promises, as a value that the schema can be asked about.

check_body(operation["body"], request, book) -> [Complaint("body", "", Problem("/name", ...))]
media_type_is_declared(operation["body"], request) -> False is a 415
"""

import json
from collections.abc import Mapping
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from .answers import is_json
from .forms import read_form
from .parameters import Complaint, Request
from .schemas import Problem, SchemaBook

_FORM = "application/x-www-form-urlencoded"


def declared_content(body: Mapping[str, Any], request: Request) -> Mapping[str, Any] | None:
    """The entry of `content` for the request's media type, the most specific one; None when it is not declared."""
    content: Mapping[str, Any] = body["content"]
    media_type = media_type_of(request)
    if media_type is None:
        return next(iter(content.values())) if len(content) == 1 else content.get("application/json")
    by_name = {name.partition(";")[0].strip().lower(): entry for name, entry in content.items()}
    for name in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if name in by_name:
            found: Mapping[str, Any] = by_name[name]
            return found
    return None


def media_type_of(request: Request) -> str | None:
    """The media type without parameters, in lower case."""
    header = request.header("content-type")
    return header.partition(";")[0].strip().lower() if header else None


def check_body(body: Mapping[str, Any] | None, request: Request, book: SchemaBook) -> list[Complaint]:
    """Everything wrong with a body whose media type is declared."""
    if body is None:
        return []  # a body that nothing asks for hurts nobody
    if not request.body:
        missing = Complaint("body", "", Problem("", "is required and missing"))
        return [missing] if body.get("required") and not _is_empty_file(request) else []
    entry = declared_content(body, request) or {}
    schema = entry.get("schema", {})
    try:
        value = _parsed(request, media_type_of(request) or "application/json", entry, book)
    except ValueError as error:
        return [Complaint("body", "", Problem("", str(error)))]
    return [] if value is None else [Complaint("body", "", problem) for problem in book.problems(schema, value[0])]


def _is_empty_file(request: Request) -> bool:
    """Whether nothing at all is a body: a picture or a text of no bytes, sent with its type, is one; JSON of no bytes is none."""
    media_type = media_type_of(request)
    structured = media_type is None or is_json(media_type) or media_type in {_FORM, "multipart/form-data"}
    return not structured


def _parsed(request: Request, media_type: str, entry: Mapping[str, Any], book: SchemaBook) -> tuple[Any] | None:
    """The body's value, boxed; None for media types whose content no schema can describe."""
    if is_json(media_type):
        try:
            return (json.loads(request.body.decode("utf-8")),)
        except (ValueError, RecursionError):
            raise ValueError("is not JSON") from None
    if media_type == _FORM:
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return (read_form(pairs, entry, book),)
    if media_type == "multipart/form-data":
        return (read_form(_multipart(request), entry, book),)
    if media_type.startswith("text/"):
        return (request.body.decode("utf-8", "replace"),)
    return None


def _multipart(request: Request) -> list[tuple[str, str]]:
    header = f"content-type: {request.header('content-type')}\r\n\r\n".encode("latin-1", "replace")
    message = message_from_bytes(header + request.body, policy=HTTP)
    if not message.is_multipart():
        raise ValueError("is not multipart/form-data")
    found = []
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and not part.is_multipart():
            payload = part.get_payload(decode=True)
            found.append((name, payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""))
    return found
