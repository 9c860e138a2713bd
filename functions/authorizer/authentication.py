"""Who calls: from an event to the principal that each security scheme proves.

A credential that is there must be good: presented and wrong is rejected even where another scheme's would do. Two issuers
may use the same `kid`; the key always comes from the set of the issuer that the token names, and the claims are then
checked against that issuer.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from ..shared.clock import Clock
from .claims import Principal, check_claims
from .credentials import credential, presented, refuse_query_token
from .errors import RejectedError
from .key_source import Fetch, KeySource
from .routes import Location, Resource, RouteTable, Scheme
from .token import parse_token

_AUTHORIZATION = Location("header", "authorization")
_Places = tuple[tuple[Location, tuple[Scheme, ...]], ...]


class Authenticator:
    """Proves principals for one compiled API."""

    def __init__(self, table: RouteTable, *, fetch: Fetch, clock: Clock) -> None:
        self._clock = clock
        self._issuers = {issuer.issuer: (issuer, KeySource(issuer, fetch, clock)) for issuer in table.issuers.values()}
        self._places = {name: _places(table, resource) for name, resource in table.resources.items()}

    def principals(self, event: Mapping[str, Any], resource: Resource) -> dict[str, Principal]:
        """Scheme name to principal, empty without credentials; RejectedError for a wrong one."""
        proven: dict[str, Principal] = {}
        for location, schemes in self._places[resource.name]:
            value = presented(event, location)
            if value is not None:
                proven |= self._prove(event, value, schemes)
        return proven

    def _prove(self, event: Mapping[str, Any], value: str, schemes: tuple[Scheme, ...]) -> dict[str, Principal]:
        """What one value proves, for every scheme read at its place; several may accept it."""
        proven: dict[str, Principal] = {}
        refusal = RejectedError("credential.unknown")
        for scheme in schemes:
            try:
                secret = credential(value, scheme.prefix)
                if secret is not None:
                    proven[scheme.name] = (
                        _static(secret, scheme) if scheme.kind == "static" else self._verify(secret, scheme)
                    )
            except RejectedError as error:
                refusal = error
        if not proven:
            raise refusal
        if any(scheme.kind == "jwt" and scheme.location == _AUTHORIZATION for scheme in schemes):
            refuse_query_token(event)
        return proven

    def _verify(self, text: str, scheme: Scheme) -> Principal:
        """Strict reading, then the issuer the token names, its key, the signature, and last the claims."""
        token = parse_token(text)
        named = token.claims.get("iss")
        issuer, keys = self._issuers.get(named, (None, None)) if isinstance(named, str) else (None, None)
        if issuer is None or keys is None or issuer.name not in scheme.issuers:
            raise RejectedError("token.issuer-wrong")
        if token.header.algorithm not in issuer.algorithms:
            raise RejectedError("token.algorithm-refused")
        keys.find(token.header.key_id).verify(token)
        return check_claims(token, issuer, self._clock.now())


def _places(table: RouteTable, resource: Resource) -> _Places:
    """Where to look, and for which schemes. Where results are cached, only at places that are part of the cache's key."""
    operations = table.behind(resource.name)
    names = sorted({name for operation in operations for entry in operation.alternatives for name, _ in entry})
    found: dict[Location, list[Scheme]] = {}
    for scheme in (table.schemes[name] for name in names):
        if scheme.location is not None and _is_keyed(scheme.location, resource):
            found.setdefault(scheme.location, []).append(scheme)
    return tuple((location, tuple(schemes)) for location, schemes in found.items())


def _is_keyed(location: Location, resource: Resource) -> bool:
    return resource.ttl_seconds == 0 or location.identity_source in resource.identity_sources


def _static(secret: str, scheme: Scheme) -> Principal:
    """Digests are compared in constant time, all of them, whichever matches."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
    matches = [hmac.compare_digest(digest, known) for known in scheme.digests]
    if not any(matches):
        raise RejectedError("credential.unknown")
    scopes = scheme.scopes - {"*"}
    return Principal(scheme.principal, scopes, " ".join(sorted(scopes)), has_every_scope="*" in scheme.scopes)
