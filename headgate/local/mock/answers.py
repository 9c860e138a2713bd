"""What the mock server answers: the lowest declared success, with a body and headers that keep the document.

    Answers(book).success(operation, accept="*/*") -> (200, (("content-type", "application/json"),), b'{"id": 1}')

An example of the document is used if it keeps its own schema; otherwise a value is made. Nothing is sent unchecked.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from .samples import CannotSampleError, Sampler
from .schemas import SchemaBook

Headers = tuple[tuple[str, str], ...]
Answer = tuple[int, Headers, bytes]

# A transparent picture of one pixel.
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)
_CONCRETE = {
    "*/*": "application/json",
    "application/*": "application/json",
    "text/*": "text/plain",
    "image/*": "image/png",
}
_BODILESS = frozenset({204, 205, 304})


class Answers:
    """Answers for the operations of one API."""

    def __init__(self, book: SchemaBook) -> None:
        self._book = book
        self._sampler = Sampler(book)

    def success(self, operation: Mapping[str, Any], accept: str | None) -> Answer:
        """The lowest declared 2xx; without one `default` as 200, else the lowest status that is no error."""
        key, status = success_status(operation["responses"])
        return self.of(operation["responses"].get(key, {}), status, accept)

    def of(self, response: Mapping[str, Any], status: int, accept: str | None) -> Answer:
        """One declared response; CannotSampleError when no value keeps its schema."""
        headers = self._headers(response.get("headers", {}))
        content = response.get("content", {})
        if status in _BODILESS or not content:
            return status, headers, b""
        media_type = chosen_media_type(list(content), accept)
        body = self._body(media_type, content[media_type])
        return status, (("content-type", _CONCRETE.get(media_type, media_type)), *headers), body

    def _headers(self, declared: Mapping[str, Any]) -> Headers:
        """The required ones; a header that cannot be written in ASCII is no header."""
        found = []
        for name, header in declared.items():
            if header.get("required") and name.lower() != "content-type":
                value = self._value(header)
                found.append((name, _header_text(value)))
        return tuple(found)

    def _value(self, holder: Mapping[str, Any]) -> Any:
        schema = holder.get("schema", {})
        for example in holder.get("examples", ()):
            if self._book.is_valid(schema, example):
                return example
        return self._sampler.sample(schema)

    def _body(self, media_type: str, holder: Mapping[str, Any]) -> bytes:
        concrete = _CONCRETE.get(media_type, media_type).partition(";")[0].strip().lower()
        if is_json(concrete):
            return json.dumps(self._value(holder), ensure_ascii=False).encode()
        if concrete == "image/png":
            return _PNG
        value = self._value(holder) if holder.get("schema") or holder.get("examples") else "headgate"
        if isinstance(value, str):
            return value.encode()
        if concrete == "application/x-www-form-urlencoded" and isinstance(value, Mapping):
            return urlencode(value, doseq=True).encode()
        return json.dumps(value, ensure_ascii=False).encode()


def success_status(responses: Mapping[str, Any]) -> tuple[str, int]:
    """(key in `responses`, status to send)."""
    declared = sorted((_status(key), key) for key in responses if key != "DEFAULT")
    for status, key in declared:
        if 200 <= status <= 299:
            return key, status
    if "DEFAULT" in responses:
        return "DEFAULT", 200
    harmless = [(status, key) for status, key in declared if 300 <= status <= 399] or declared
    return (harmless[0][1], harmless[0][0]) if harmless else ("", 200)


def _status(key: str) -> int:
    return 100 * int(key[0]) if key.endswith("XX") else int(key)


def error_response(responses: Mapping[str, Any], statuses: tuple[int, ...]) -> tuple[int, Mapping[str, Any] | None]:
    """The first of `statuses` that is declared, with its response; the first one and None when none is."""
    for status in statuses:
        for key in (str(status), f"{status // 100}XX"):
            if key in responses:
                return status, responses[key]
    return statuses[0], responses.get("DEFAULT")


def chosen_media_type(declared: list[str], accept: str | None) -> str:
    """What the client asks for if it is declared, else JSON, else the first."""
    wanted = [part.partition(";")[0].strip().lower() for part in (accept or "").split(",")]
    for media_type in wanted:
        for candidate in declared:
            if candidate.partition(";")[0].strip().lower() == media_type:
                return candidate
    return next((candidate for candidate in declared if is_json(candidate)), declared[0])


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON or built on it (RFC 6839)."""
    name = media_type.partition(";")[0].strip().lower()
    return name in {"application/json", "text/json"} or name.endswith("+json")


def _header_text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_header_text(item) for item in value)
    text = value if isinstance(value, str) else json.dumps(value)
    if not text.isascii() or not text.isprintable():
        raise CannotSampleError(f"{text[:40]!r} cannot be a header")
    return text
