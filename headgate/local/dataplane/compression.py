"""minimumCompressionSize: answers compressed for clients that accept it, compressed requests unpacked (FACTS 10.5). Pure.

Documented: an API with the setting compresses answers of at least that size, with gzip or deflate, and unpacks request bodies
with one of these encodings before it validates and maps them. An answer that is encoded already stays as it is.
"""

import gzip
import zlib

from .message import Headers, Request, Response
from .refusal import Refusal

CODINGS = ("gzip", "deflate")
LEVEL = 6  # zlib's default
MAX_UNPACKED_BYTES = 10 * 1024 * 1024  # FACTS 10.1; bounds what a small body may grow to


def compressed(response: Response, accept_encoding: str | None, minimum: int | None) -> Response:
    """The answer, encoded when the API, its size and the client ask for it."""
    if (
        minimum is None
        or not response.body
        or len(response.body) < minimum
        or _header(response.headers, b"content-encoding")
    ):
        return response
    coding = _chosen(accept_encoding or "")
    if coding is None:
        return response
    body = gzip.compress(response.body, LEVEL, mtime=0) if coding == "gzip" else zlib.compress(response.body, LEVEL)
    return Response(response.status, (*response.headers, (b"Content-Encoding", coding.encode())), body)


def unpacked(request: Request, minimum: int | None) -> Request:
    """The request with a plain body; its Content-Encoding is gone then. Raises Refusal 400 or 413."""
    if minimum is None or not request.body:
        return request
    coding = (_header(request.headers, b"content-encoding") or b"").strip().lower().decode("latin-1")
    if coding not in CODINGS:
        return request
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32 if coding == "gzip" else zlib.MAX_WBITS)
    try:
        body = unpack.decompress(request.body, MAX_UNPACKED_BYTES + 1)
    except zlib.error as error:
        raise Refusal("BAD_REQUEST_BODY", f"the body is not {coding}: {error}") from None
    if len(body) > MAX_UNPACKED_BYTES:
        raise Refusal("REQUEST_TOO_LARGE", "the unpacked body is too large")
    headers = tuple(pair for pair in request.headers if pair[0].lower() != b"content-encoding")
    return request._replace(headers=headers, body=body)


def _header(headers: Headers, name: bytes) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _chosen(accept: str) -> str | None:
    """`br, gzip;q=0.5` -> `gzip`; a quality of 0 is a no."""
    offered = {}
    for part in accept.lower().split(","):
        coding, _, parameter = part.partition(";")
        quality = parameter.strip().removeprefix("q=")
        offered[coding.strip()] = not parameter or quality.strip("0.") != ""
    return next((coding for coding in CODINGS if offered.get(coding, offered.get("*", False))), None)
