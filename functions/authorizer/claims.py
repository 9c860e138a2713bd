"""From verified claims to a principal: RFC 7519 4.1, RFC 8725 3.8 to 3.12, RFC 9068 4. Pure; the time is passed in.

    check_claims(token, issuer, now) -> Principal     or RejectedError

Every registered claim is typed: a claim of the wrong type rejects the token, it never counts as absent.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import RejectedError
from .routes import DEFAULT_TYPES, Issuer
from .token import Token

# Year 9999: later dates are milliseconds by mistake, or an attempt to overflow somebody.
MAX_DATE = 253_402_300_799
# Subjects become a header for the services: printable ASCII (OpenID Connect Core 2: at most 255 ASCII characters), no outer spaces.
_HEADER_TEXT = re.compile(r"[!-~](?:[ -~]{0,253}[!-~])?")
_SCOPE = re.compile(r"[!#-\[\]-~]+")  # RFC 6749 3.3


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, as far as is proven. `has_every_scope` is for static credentials of local tests."""

    subject: str
    scopes: frozenset[str] = frozenset()
    scope_text: str = ""
    issuer: str = ""
    client_id: str = ""
    issuer_name: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    has_every_scope: bool = False
    audience: frozenset[str] = frozenset()


def check_claims(token: Token, issuer: Issuer, now: float) -> Principal:
    """The principal of a token whose signature is good; `now` in seconds since 1970."""
    claims = token.claims
    _check_type(token.header.type, issuer)
    if claims.get("iss") != issuer.issuer:
        raise RejectedError("token.issuer-wrong")
    audience = _audience(claims, issuer)
    _check_times(claims, issuer, now)
    scopes = _scopes(claims)
    client_id = _text(claims, "client_id") or _text(claims, "azp") or ""
    return Principal(
        subject=_subject(claims, client_id),
        scopes=frozenset(scopes),
        scope_text=" ".join(scopes),
        issuer=issuer.issuer,
        client_id=client_id,
        issuer_name=issuer.name,
        claims=claims,
        audience=audience,
    )


def _check_type(kind: str | None, issuer: Issuer) -> None:
    """A token of another kind (an ID token's `id+jwt`, a logout token) must not pass for an access token."""
    if issuer.types is None:
        accepted = kind is None or kind.lower() in DEFAULT_TYPES
    else:
        accepted = kind is not None and kind.lower() in issuer.types
    if not accepted:
        raise RejectedError("token.type-wrong")


def _audience(claims: Mapping[str, Any], issuer: Issuer) -> frozenset[str]:
    """Whom the token is for; one of them must be the issuer's."""
    named = claims.get("aud")
    audience = [named] if isinstance(named, str) else named
    if not isinstance(audience, list) or not all(isinstance(one, str) for one in audience):
        raise RejectedError("token.audience-wrong")
    if issuer.audience.isdisjoint(audience):
        raise RejectedError("token.audience-wrong")
    return frozenset(audience)


def _check_times(claims: Mapping[str, Any], issuer: Issuer, now: float) -> None:
    leeway = issuer.leeway_seconds
    expires, not_before, issued = (_date(claims, name) for name in ("exp", "nbf", "iat"))
    if expires is None:
        raise RejectedError("token.expiry-missing")
    if expires <= now - leeway:
        raise RejectedError("token.expired")
    if not_before is not None and not_before > now + leeway:
        raise RejectedError("token.not-yet-valid")
    if issued is not None and issued > now + leeway:
        raise RejectedError("token.issued-in-the-future")
    cap = issuer.max_lifetime_seconds
    if cap is not None and (expires - (now if issued is None else issued) > cap or expires > now + cap + leeway):
        raise RejectedError("token.lifetime-too-long")


def _date(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 2), which may be fractional; None only when the claim is absent."""
    if name not in claims:
        return None
    value = claims[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not (-MAX_DATE <= value <= MAX_DATE) or not math.isfinite(value):
        raise RejectedError("token.claim-malformed")
    return float(value)


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if name in claims and (not isinstance(value, str) or not _HEADER_TEXT.fullmatch(value)):
        raise RejectedError("token.claim-malformed")
    return value


def _subject(claims: Mapping[str, Any], client_id: str) -> str:
    subject = _text(claims, "sub") or client_id
    if not subject:
        raise RejectedError("token.subject-missing")  # nobody is no default identity
    return subject


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    """From `scope`, separated by single spaces (RFC 8693 4.2), else from `scp` as Entra and Okta write it. Never expanded."""
    value = claims.get("scope", claims.get("scp", ""))
    if isinstance(value, list) and "scope" not in claims:
        parts = value
    elif isinstance(value, str):
        parts = value.split(" ")
    else:
        raise RejectedError("token.claim-malformed")
    if not all(isinstance(part, str) for part in parts):
        raise RejectedError("token.claim-malformed")
    return list(dict.fromkeys(part for part in parts if _SCOPE.fullmatch(part)))
