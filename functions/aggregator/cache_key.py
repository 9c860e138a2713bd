"""The name under which a reply is kept. Pure.

Every part is written with its length in front, so that ("ab", "c") and ("a", "bc") differ whatever bytes they hold. A key
names the release, API, upstream, method, URL and every header the reply may depend on; unless the step's cache is marked
public it also names the principal, so that no principal is ever given another's reply.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from .calls import Call
from .expressions import as_text


def cache_key(release_id: str, api: str, call: Call, principal: Mapping[str, Any] | None, *, is_public: bool) -> str:
    """64 hexadecimal digits."""
    headers = [part for name, value in sorted(call.varying) for part in (name, value)]
    owner = [] if is_public else ["principal", *owner_of(principal)]
    parts = ["1", release_id, api, call.upstream, call.method, call.url, str(len(headers)), *headers, *owner]
    return sha256(length_prefixed(parts)).hexdigest()


def owner_of(principal: Mapping[str, Any] | None) -> list[str]:
    """Who a private reply belongs to; a subject is only unique within its issuer."""
    if principal is None:
        return ["anonymous"]
    return ["known", *(as_text(principal.get(claim)) for claim in ("iss", "sub", "client_id"))]


def length_prefixed(parts: Iterable[str]) -> bytes:
    """
    >>> length_prefixed(["ab", "c"])
    b'2:ab1:c'
    """
    encoded = (part.encode("utf-8", "surrogatepass") for part in parts)
    return b"".join(b"%d:%b" % (len(part), part) for part in encoded)
