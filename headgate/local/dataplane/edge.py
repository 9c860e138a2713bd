"""What CloudFront adds in front of an EDGE API: to answers and to events (FACTS 1.23). Pure.

There is no CloudFront here: the values are plausible, the names are the recorded ones.
"""

from .message import Headers

POP = "LOC50-P1"
_HOST = "headgate.cloudfront.net"
VIA = f"1.1 {_HOST} (CloudFront)"
VIEWER_COUNTRY = "US"
ADDRESS = "198.51.100.1"  # of CloudFront, the last of X-Forwarded-For; reserved for documentation (RFC 5737)


def response_headers(status: int, request_id: str) -> Headers:
    """Answers of an EDGE API carry these."""
    return (_MISS if status < 400 else _ERROR, *_SAME, (b"X-Amz-Cf-Id", cloudfront_id(request_id).encode()))


_MISS = (b"X-Cache", b"Miss from cloudfront")
_ERROR = (b"X-Cache", b"Error from cloudfront")
_SAME = ((b"Via", VIA.encode()), (b"X-Amz-Cf-Pop", POP.encode()))


def event_headers(scheme: str, *, client_sent_via: bool) -> dict[str, str]:
    """Events of an EDGE API carry these, and X-Amz-Cf-Id."""
    found = {"CloudFront-Forwarded-Proto": scheme, **_VIEWER}
    if not client_sent_via:  # the recording of a client's own Via shows it alone (FACTS 3.7)
        found["Via"] = VIA
    return found


_VIEWER = {
    "CloudFront-Is-Desktop-Viewer": "true",
    "CloudFront-Is-Mobile-Viewer": "false",
    "CloudFront-Is-SmartTV-Viewer": "false",
    "CloudFront-Is-Tablet-Viewer": "false",
    "CloudFront-Viewer-ASN": "64496",  # reserved for documentation (RFC 5398)
    "CloudFront-Viewer-Country": VIEWER_COUNTRY,
}
# Lower-case names of what `event_headers` may return; a client's headers of these names give way.
EVENT_NAMES = frozenset(name.lower() for name in ("CloudFront-Forwarded-Proto", *_VIEWER, "Via", "X-Amz-Cf-Id"))


def cloudfront_id(request_id: str) -> str:
    """56 characters ending in `==`, as CloudFront's; the same for the event and the answer of one request."""
    return f"{request_id}{request_id[::-1]}"[:54] + "=="
