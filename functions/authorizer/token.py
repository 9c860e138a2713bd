"""The strict reading of a token's text, before any cryptography (SECURITY: RFC 7515, RFC 7519, RFC 8725).

    parse_token("eyJ...") -> Token(header, claims, signing_input, signature)   or RejectedError

It decides nothing about trust: the signature is checked in `keys`, the claims in `claims`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..shared import strict_json
from . import base64url
from .errors import RejectedError

# Twice the largest honest token seen in practice; API Gateway allows 10,240 bytes of headers in all.
MAX_TOKEN_BYTES = 8192
MAX_DEPTH = 20
_SEGMENTS = 3


@dataclass(frozen=True, slots=True)
class Header:
    """The header members that matter; `jwk`, `jku`, `x5u` and `x5c` are never read (RFC 8725 3.10)."""

    algorithm: str
    key_id: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """A well-formed token about which nothing is proven yet."""

    header: Header
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes


def parse_token(text: str) -> Token:
    """Read a compact JWS; anything another parser might read differently is rejected."""
    if len(text) > MAX_TOKEN_BYTES:
        raise RejectedError("token.too-long")
    segments = text.split(".")
    if len(segments) != _SEGMENTS:
        raise RejectedError("token.malformed")
    header, claims, signature = segments
    try:
        return Token(
            header=_header(header),
            claims=_object(claims),
            signing_input=f"{header}.{claims}".encode("ascii"),
            signature=base64url.decode(signature),
        )
    except ValueError:
        raise RejectedError("token.malformed") from None


# All tokens of one key have the same header text; the bound keeps a flood of other texts from growing it.
@lru_cache(maxsize=64)
def _header(segment: str) -> Header:
    members = _object(segment)
    algorithm, key_id, kind = members.get("alg"), members.get("kid"), members.get("typ")
    if not isinstance(algorithm, str):
        raise RejectedError("token.malformed")
    if "kid" in members and not (isinstance(key_id, str) and key_id):
        raise RejectedError("token.malformed")
    if "typ" in members and not isinstance(kind, str):
        raise RejectedError("token.malformed")
    if "crit" in members or "b64" in members:
        # We understand no extension (RFC 7515 4.1.11), and unencoded payloads are forbidden in JWTs (RFC 7797 7).
        raise RejectedError("token.critical-extension")
    return Header(algorithm, key_id, kind)


def _object(segment: str) -> dict[str, Any]:
    value = strict_json.loads(base64url.decode(segment), max_depth=MAX_DEPTH)
    if not isinstance(value, dict):
        raise RejectedError("token.malformed")
    return value
