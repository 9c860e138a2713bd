"""The compiled routes (routes.json) as frozen records. Everything that is not clearly right is a ConfigurationError.

    read_routes(json.loads(text)) -> RouteTable
    table.find("/users/{id}", "GET") -> Operation

An operation whose method is ANY stands for the seven verbs that its resource does not list itself (FACTS 2.4).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from .addresses import check_url
from .errors import ConfigurationError
from .keys import ALGORITHMS, HMAC_BYTES

VERSION = 1
VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
MAX_LEEWAY_SECONDS = 300
MAX_ISSUER_LENGTH = 512  # it is part of every answer
DEFAULT_LEEWAY_SECONDS = 30
# What an access token may call itself when the issuer's settings do not say (RFC 8725 3.11, RFC 9068 2.1); absent is fine too.
DEFAULT_TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})

_SHA256 = re.compile(r"[0-9a-f]{64}")
# FACTS 2.14; a wildcard or IAM policy variable in a template would widen policies.
_SEGMENT = re.compile(r"[A-Za-z0-9_\-.,:~%!@+='()]+|\{[A-Za-z0-9_.\-]+\+?\}")

Kind = Literal["jwt", "static", "deny", "api-key"]
Place = Literal["header", "query", "cookie"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whom tokens are accepted from. `types` None: the usual ones or none; a set: exactly these, and one must be given."""

    name: str
    issuer: str
    audience: frozenset[str]
    algorithms: frozenset[str]
    jwks_uri: str | None = None
    leeway_seconds: float = DEFAULT_LEEWAY_SECONDS
    allow_http: bool = False
    types: frozenset[str] | None = None
    max_lifetime_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where a credential is read; header names are lower case here."""

    place: Place
    name: str

    @property
    def identity_source(self) -> str:
        """As API Gateway names it (FACTS 4.5); a cookie is part of the Cookie header."""
        if self.place == "query":
            return f"method.request.querystring.{self.name}"
        return "method.request.header." + ("cookie" if self.place == "cookie" else self.name)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to prove who calls. `digests` are SHA-256 over whole credentials, so no secret ships."""

    name: str
    kind: Kind
    location: Location | None = None
    prefix: str | None = None
    issuers: frozenset[str] = frozenset()
    digests: tuple[bytes, ...] = ()
    principal: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Resource:
    """One authorizer resource of the API: what its cached results are keyed by."""

    name: str
    identity_sources: frozenset[str]
    ttl_seconds: int
    per_operation: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb on one template. `alternatives`: any will do; each lists schemes with the scopes they must carry.

    With an `audience`, a token must name one of it besides one of its issuer's.
    """

    id: str
    verb: str
    template: str
    authorizer: str | None
    alternatives: tuple[tuple[tuple[str, frozenset[str]], ...], ...] = ()
    audience: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Everything a decision is made from."""

    api: str
    issuers: Mapping[str, Issuer]
    schemes: Mapping[str, Scheme]
    resources: Mapping[str, Resource]
    operations: tuple[Operation, ...]
    index: Mapping[tuple[str, str], Operation]

    def find(self, template: object, verb: object) -> Operation | None:
        """The operation API Gateway matched, named by the event's `resource` and `httpMethod`."""
        return self.index.get((template, verb)) if isinstance(template, str) and isinstance(verb, str) else None

    def behind(self, resource: str) -> tuple[Operation, ...]:
        """The operations whose requests ask that authorizer resource."""
        return tuple(operation for operation in self.operations if operation.authorizer == resource)


def read_routes(document: Any) -> RouteTable:
    """The table of one API; ConfigurationError names what is wrong."""
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ConfigurationError(f"routes.json has no version {VERSION}; compile again with this Headgate")
    try:
        issuers = {name: _issuer(name, value) for name, value in document["issuers"].items()}
        schemes = {name: _scheme(name, value, issuers) for name, value in document["schemes"].items()}
        resources = {name: _resource(name, value) for name, value in document["authorizers"].items()}
        operations = tuple(_expanded([_operation(value, schemes, resources) for value in document["operations"]]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ConfigurationError(f"routes.json is malformed: {type(error).__name__} {error}") from error
    index = {(operation.template, operation.verb): operation for operation in operations}
    if len(index) != len(operations):
        raise ConfigurationError("routes.json lists an operation twice")
    return RouteTable(str(document.get("api", "")), issuers, schemes, resources, operations, index)


def _issuer(name: str, value: Mapping[str, Any]) -> Issuer:
    issuer, allow_http, jwks_uri = value["issuer"], value.get("allowHttp", False) is True, value.get("jwksUri")
    audience, algorithms = _texts(value["audience"]), _texts(value["algorithms"])
    leeway, lifetime = value.get("leewaySeconds", DEFAULT_LEEWAY_SECONDS), value.get("maxLifetimeSeconds")
    _want(bool(audience) and "" not in audience, f"issuer {name}: audience is empty; name who the tokens are for")
    _want(bool(algorithms), f"issuer {name}: algorithms is empty; name RS256 or ES256")
    unknown = algorithms - ALGORITHMS.keys()
    _want(not unknown, f"issuer {name}: algorithms {sorted(unknown)} are not known; known: {', '.join(ALGORITHMS)}")
    symmetric = algorithms & HMAC_BYTES.keys()
    _want(
        not symmetric or symmetric == algorithms,
        f"issuer {name}: HMAC and public-key algorithms together invite forgery",
    )
    _want(_is_number(leeway) and 0 <= leeway <= MAX_LEEWAY_SECONDS, f"issuer {name}: leewaySeconds is {leeway!r}")
    _want(
        lifetime is None or (_is_number(lifetime) and lifetime > 0),
        f"issuer {name}: maxLifetimeSeconds is {lifetime!r}",
    )
    _want(isinstance(issuer, str) and 0 < len(issuer) <= MAX_ISSUER_LENGTH, f"issuer {name}: issuer is {issuer!r}")
    check_url(issuer if jwks_uri is None else jwks_uri, allow_http=allow_http)
    types = None if value.get("types") is None else frozenset(kind.lower() for kind in _texts(value["types"]))
    return Issuer(name, issuer, audience, algorithms, jwks_uri, leeway, allow_http, types, lifetime)


def _scheme(name: str, value: Mapping[str, Any], issuers: Mapping[str, Issuer]) -> Scheme:
    kind = value["kind"]
    if kind in {"deny", "api-key"}:
        return Scheme(name, kind)
    location = _location(name, value)
    prefix = value.get("prefix")
    _want(prefix is None or (isinstance(prefix, str) and bool(prefix)), f"scheme {name}: prefix is {prefix!r}")
    if kind == "jwt":
        bound = _texts(value["issuers"])
        _want(
            bool(bound) and bound <= issuers.keys(), f"scheme {name}: issuers {sorted(bound)}; known: {sorted(issuers)}"
        )
        return Scheme(name, "jwt", location, prefix, issuers=bound)
    _want(kind == "static", f"scheme {name}: kind is {kind!r}; known: jwt, static, deny, api-key")
    digests = tuple(sorted(_texts(value["sha256"])))
    _want(bool(digests), f"scheme {name}: sha256 is empty")
    _want(
        all(_SHA256.fullmatch(digest) for digest in digests),
        f"scheme {name}: sha256 wants 64 lower-case hex digits each",
    )
    principal = value["principal"]
    _want(isinstance(principal, str) and bool(principal), f"scheme {name}: principal is {principal!r}")
    stored = tuple(bytes.fromhex(digest) for digest in digests)
    return Scheme(
        name, "static", location, prefix, digests=stored, principal=principal, scopes=_texts(value.get("scopes", []))
    )


def _location(name: str, value: Mapping[str, Any]) -> Location:
    place, field = value["in"], value["name"]
    _want(place in {"header", "query", "cookie"}, f"scheme {name}: in is {place!r}; known: header, query, cookie")
    _want(isinstance(field, str) and bool(field), f"scheme {name}: name is {field!r}")
    return Location(place, field.lower() if place == "header" else field)


def _resource(name: str, value: Mapping[str, Any]) -> Resource:
    ttl = value.get("ttlSeconds", 0)
    _want(
        isinstance(ttl, int) and 0 <= ttl <= 3600,
        f"authorizer {name}: ttlSeconds is {ttl!r}; API Gateway takes 0 to 3600",
    )
    sources = frozenset(_normal_source(source) for source in _texts(value.get("identitySources", [])))
    per_operation = value.get("perOperation", False) is True
    keyed = {"context.httpMethod", "context.resourcePath"} <= sources
    fix = "perOperation wants context.httpMethod and context.resourcePath as identity sources"
    _want(not per_operation or ttl == 0 or keyed, f"authorizer {name}: {fix}")
    return Resource(name, sources, ttl, per_operation)


def _normal_source(source: str) -> str:
    return source.lower() if source.startswith("method.request.header.") else source


def _operation(value: Mapping[str, Any], schemes: Mapping[str, Scheme], resources: Mapping[str, Resource]) -> Operation:
    template, verb, authorizer = value["template"], value["method"], value.get("authorizer")
    name = f"{verb} {template}"
    _want(verb == "ANY" or verb in VERBS, f"{name}: no such method")
    _want(template == "/" or _is_template(template), f"{name}: the template has a segment that API Gateway cannot have")
    _want(authorizer is None or authorizer in resources, f"{name}: authorizer {authorizer!r} is not listed")
    alternatives = tuple(
        tuple((scheme, _texts(scopes)) for scheme, scopes in entry.items()) for entry in value.get("security") or ()
    )
    unknown = {scheme for entry in alternatives for scheme, _ in entry} - schemes.keys()
    _want(not unknown, f"{name}: schemes {sorted(unknown)} are not listed")
    audience = _texts(value.get("audience", []))
    return Operation(str(value.get("id", name)), verb, template, authorizer, alternatives, audience)


def _is_template(template: object) -> bool:
    if not isinstance(template, str) or not template.startswith("/"):
        return False
    segments = template[1:].split("/")
    greedy = [segment.endswith("+}") for segment in segments]
    return all(_SEGMENT.fullmatch(segment) for segment in segments) and not any(greedy[:-1])


def _expanded(operations: list[Operation]) -> Iterable[Operation]:
    listed = {(operation.template, operation.verb) for operation in operations}
    for operation in operations:
        if operation.verb != "ANY":
            yield operation
            continue
        for verb in VERBS:
            if (operation.template, verb) not in listed:
                yield replace(operation, verb=verb)


def _texts(values: Any) -> frozenset[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ConfigurationError(f"routes.json: {values!r} is no list of texts")
    return frozenset(values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _want(condition: bool, problem: str) -> None:
    if not condition:
        raise ConfigurationError(problem)
