"""multipart/form-data (RFC 7578, RFC 2046 section 5.1) taken apart. What two readers could read differently is refused. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from . import media_types
from .violations import BadValueError

# RFC 2046 section 5.1.1: 1 to 70 characters, not ending in a space.
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
MAX_PARTS = 1000
MAX_HEADER_BYTES = 8192


class Part(NamedTuple):
    """One part. `content_type` None: it names none, and is text."""

    name: str
    filename: str | None
    content_type: str | None
    headers: Mapping[str, str]
    body: bytes


def read_parts(body: bytes, content_type: media_types.MediaType) -> list[Part]:
    """The parts in their order; `BadValueError` when the body is not what its boundary says."""
    boundary = content_type.parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise BadValueError("has no usable boundary in its Content-Type")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 2 or pieces[0].strip() or not _is_end(pieces[-1]):
        raise BadValueError("is not multipart/form-data with the boundary of its Content-Type")
    if len(pieces) - 2 > MAX_PARTS:
        raise BadValueError(f"has more than {MAX_PARTS} parts")
    return [_part(piece) for piece in pieces[1:-1]]


def _is_end(piece: bytes) -> bool:
    """The last delimiter ends in two dashes; what follows is no part."""
    return piece[:2] == b"--" and not piece[2:].strip()


def _part(piece: bytes) -> Part:
    start, _, rest = piece.partition(b"\r\n")
    if start.strip(b" \t"):
        raise BadValueError("has a boundary that goes on")
    head, blank, body = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if not blank or len(head) > MAX_HEADER_BYTES:
        raise BadValueError("has a part whose headers do not end")
    headers = _headers(head)
    kind = media_types.read(headers.get("content-disposition", ""))
    name = kind.parameters.get("name")
    if kind.name != "form-data" or name is None:
        raise BadValueError("has a part without a name")
    return Part(name, kind.parameters.get("filename"), headers.get("content-type"), headers, body)


def _headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in head.split(b"\r\n"):
        key, colon, value = line.partition(b":")
        if not line:
            continue
        if not colon or key != key.strip():
            raise BadValueError("has a part with a line that is no header")
        try:
            headers.setdefault(key.decode("ascii").lower(), value.strip().decode())
        except UnicodeDecodeError:
            raise BadValueError("has a part with a header that is no text") from None
    return headers
