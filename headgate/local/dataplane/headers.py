"""Which headers are dropped, renamed or refused on their way in and out (FACTS 3.6, 3.7, 3.20, 8.24 to 8.26). Pure tables."""

import re

from .message import Headers

# FACTS 3.7: never reach a Lambda event.
NOT_IN_EVENTS = frozenset(
    [
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "transfer-encoding",
        "trailer",
        "upgrade",
        "www-authenticate",
    ]
)
# FACTS 8.24: never reach an HTTP_PROXY backend either; keep-alive and proxy-connection are hop-by-hop (RFC 9110, 7.6.1).
NOT_TO_BACKENDS = NOT_IN_EVENTS | frozenset(["host", "content-encoding", "via", "keep-alive", "proxy-connection"])
# FACTS 3.7: an Authorization header that begins so is API Gateway's business, and no integration sees it.
SIGNED = "AWS4-HMAC-SHA256"
# FACTS 3.6: what CloudFront renames in front of EDGE APIs.
RENAMED_AT_EDGE = {"authorization": "Authorization", "user-agent": "User-Agent"}
# FACTS 8.26: mapping one of these makes every call fail.
ILLEGAL_MAPPINGS = frozenset(["content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"])
ILLEGAL_AWS_MAPPINGS = frozenset(["authorization", "connection", "expect", "proxy-authenticate", "te"])

_PREFIX = b"x-amzn-Remapped-"
# FACTS 3.20: answers of functions and HTTP_PROXY backends lose these names to the prefix, spelled as they came.
_REMAPPED = frozenset(
    (
        *(b"authorization", b"connection", b"content-length", b"content-md5", b"date", b"max-forwards", b"server"),
        *(b"user-agent", b"www-authenticate", b"x-amzn-requestid"),
    )
)
_REMAPPED_FROM_HTTP = _REMAPPED | {b"x-forwarded-for"}
_REMAPPED_IF_MAPPED = {
    name.lower(): _PREFIX + name
    for name in (
        *(
            b"Authorization",
            b"Connection",
            b"Content-Length",
            b"Content-MD5",
            b"Date",
            b"Expect",
            b"Host",
            b"Max-Forwards",
        ),
        *(b"Proxy-Authenticate", b"Server", b"Trailer", b"Upgrade", b"User-Agent", b"WWW-Authenticate"),
    )
}
_DROPPED_IF_MAPPED = frozenset((b"transfer-encoding",))
# FACTS 3.20.
_DROPPED = frozenset(
    (
        *(b"expect", b"host", b"proxy-authenticate", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"via"),
        b"x-amz-apigw-id",
    )
)
_DROPPED_FROM_FUNCTIONS = _DROPPED | {b"x-amzn-trace-id"}  # the gateway's own is there
_DROPPED_FROM_HTTP = _DROPPED | {b"keep-alive", b"proxy-connection"}  # RFC 9110, 7.6.1: about one hop only

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def is_sendable(name: bytes, value: bytes) -> bool:
    """Whether a header may be written: no CR, LF or NUL, so that nobody splits a response (RFC 9110, 5.5)."""
    return _NAME.fullmatch(name) is not None and _BAD_VALUE.search(value) is None


def from_lambda(name: bytes) -> bytes | None:
    """The name under which a proxy function's header leaves, or None to drop it (FACTS 3.20)."""
    lower = name.lower()
    if lower in _REMAPPED:
        return _PREFIX + name
    return None if lower in _DROPPED_FROM_FUNCTIONS else name


def from_mapping(name: bytes) -> bytes | None:
    """The name under which a header mapped by a non-proxy integration leaves (FACTS 8.25)."""
    lower = name.lower()
    return None if lower in _DROPPED_IF_MAPPED else _REMAPPED_IF_MAPPED.get(lower, name)


def from_backend(headers: Headers, *, keep_content_encoding: bool) -> Headers:
    """An HTTP_PROXY backend's headers on their way to the client, order and case kept (FACTS 3.20, 8.25)."""
    dropped = _DROPPED_FROM_HTTP if keep_content_encoding else _DROPPED_FROM_HTTP | {b"content-encoding"}
    return tuple(
        (_PREFIX + name if lower in _REMAPPED_FROM_HTTP else name, value)
        for name, value, lower in ((name, value, name.lower()) for name, value in headers)
        if lower not in dropped
    )


def from_gateway_response(name: bytes) -> bool:
    """Whether a mapped header may leave with a gateway response: framing, Date and the ids stay the gateway's own."""
    return name.lower() not in _GATEWAYS_OWN


_GATEWAYS_OWN = _DROPPED_FROM_HTTP - {b"via", b"proxy-authenticate"} | {
    *(b"connection", b"content-length", b"date", b"x-amzn-requestid", b"x-amz-apigw-id"),
}
