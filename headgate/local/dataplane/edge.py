"""What CloudFront adds in front of an EDGE API: to answers and to events (FACTS 1.23). Pure.

There is no CloudFront here: the values are plausible, the names are the recorded ones.
"""

import base64
import hashlib

from .message import Headers

POP = "LOC50-P1"
_HOST = "headgate.cloudfront.net"
VIA = f"1.1 {_HOST} (CloudFront)"
VIEWER_COUNTRY = "US"


def response_headers(status: int, request_id: str) -> Headers:
    """Answers of an EDGE API carry these."""
    found = "Miss" if status < 400 else "Error"
    return (
        (b"X-Cache", f"{found} from cloudfront".encode()),
        (b"Via", VIA.encode()),
        (b"X-Amz-Cf-Pop", POP.encode()),
        (b"X-Amz-Cf-Id", cloudfront_id(request_id).encode()),
    )


def event_headers(scheme: str, request_id: str, *, client_sent_via: bool) -> dict[str, str]:
    """Events of an EDGE API carry these."""
    viewer = {f"CloudFront-Is-{kind}-Viewer": "false" for kind in ("Mobile", "SmartTV", "Tablet")}
    return {
        "CloudFront-Forwarded-Proto": scheme,
        "CloudFront-Is-Desktop-Viewer": "true",
        **viewer,
        "CloudFront-Viewer-ASN": "64496",  # reserved for documentation (RFC 5398)
        "CloudFront-Viewer-Country": VIEWER_COUNTRY,
        **({} if client_sent_via else {"Via": VIA}),  # the recording of a client's own Via shows it alone (FACTS 3.7)
        "X-Amz-Cf-Id": cloudfront_id(request_id),
    }


def cloudfront_id(request_id: str) -> str:
    """56 characters, as CloudFront's; the same for the event and the answer of one request."""
    return base64.urlsafe_b64encode(hashlib.sha384(request_id.encode()).digest()[:40]).decode()
