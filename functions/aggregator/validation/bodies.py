"""The body of a request, held to the entry of `content` that its media type chooses.

check_body({"required": true, "content": {...}}, request, book) -> [Violation("body", ..., "/items/0/price")]
"""

from collections.abc import Mapping
from typing import Any

from ..events import Request
from . import media_types
from .forms import parts_object, urlencoded
from .media_types import FORM, MULTIPART, MediaType
from .multipart import read_parts
from .schemas import SchemaBook
from .values import read_json
from .violations import BadValueError, UnsupportedMediaTypeError, Violation

# Texts in other charsets cannot be told apart from broken ones, and API Gateway has decoded them as UTF-8 by now (FACTS 3.11).
_UTF8 = ("", "utf-8", "utf8", "us-ascii")
_UNREADABLE = object()


def check_body(body: Mapping[str, Any] | None, request: Request, book: SchemaBook) -> list[Violation]:
    """Everything wrong with a body; `UnsupportedMediaTypeError` when its type is not declared."""
    if body is None:
        return []  # OpenAPI says nothing about a body that no one asks for
    if not request.body and not _is_empty_file(body["content"], request):
        return [Violation("body", "is required and missing")] if body.get("required") else []
    name, media_type = _chosen(body["content"], request)
    entry = body["content"][name]
    try:
        value = _read(request.body, media_type, entry, book)
    except BadValueError as error:
        return [Violation("body", str(error))]
    if value is _UNREADABLE:
        return []
    found = book.problems(entry.get("schema", True), value)
    return [Violation("body", detail, pointer) for pointer, detail in found]


def _is_empty_file(content: Mapping[str, Any], request: Request) -> bool:
    """A picture or a text of no bytes, sent with its type, is a body; JSON and forms of no bytes are none."""
    told = request.headers.get("content-type")
    if not told or media_types.choose(content, told) is None:
        return False
    name = media_types.read(told).name
    return not media_types.is_json(name) and name not in (FORM, MULTIPART)


def _chosen(content: Mapping[str, Any], request: Request) -> tuple[str, MediaType]:
    if request.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise UnsupportedMediaTypeError
    told = request.headers.get("content-type") or _default(content)
    name = media_types.choose(content, told)
    if name is None:
        raise UnsupportedMediaTypeError
    media_type = media_types.read(told)
    if media_type.parameters.get("charset", "").lower() not in _UTF8 and _is_text(media_type.name):
        raise UnsupportedMediaTypeError
    return name, media_type


def _default(content: Mapping[str, Any]) -> str:
    """The type of a body that names none: the only one that may come, else what API Gateway assumes (FACTS 8.6)."""
    names = [media_types.read(name).name for name in content]
    return names[0] if len(names) == 1 and "*" not in names[0] else "application/json"


def _is_text(name: str) -> bool:
    return media_types.is_json(name) or name == FORM or name.startswith("text/")


def _read(body: bytes, media_type: MediaType, entry: Mapping[str, Any], book: SchemaBook) -> Any:
    if media_types.is_json(media_type.name):
        return read_json(body)
    if media_type.name == FORM:
        return urlencoded(body, entry, book)
    if media_type.name == MULTIPART:
        return parts_object(read_parts(body, media_type), entry, book)
    if not media_type.name.startswith("text/"):
        return _UNREADABLE  # no JSON Schema describes what is inside a picture or XML
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadValueError("is not UTF-8") from None
