"""Security schemes of the documents and what stands behind each: an issuer's tokens, API keys, API Gateway's own, or nothing."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation
from ..settings.project import Issuer
from ..settings.target import Target
from ..source.document import Located

Kind = Literal["jwt", "static", "deny", "api-key", "native"]

# API Gateway reads API keys from this header only (FACTS 7.2).
API_KEY_HEADER = "x-api-key"

_IDENTITY_SOURCES = {"header": "method.request.header.{}", "query": "method.request.querystring.{}"}


@dataclass(frozen=True, slots=True)
class Credential:
    """A made-up credential of `up --mock`: what to send where, so that the CLI can print it."""

    scheme: str
    where: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """One security scheme as the gateway enforces it. `route` is its entry in routes.json."""

    name: str
    kind: Kind
    where: str
    header: str
    prefix: str | None
    at: Located
    issuers: tuple[str, ...] = ()
    credential: Credential | None = None

    @property
    def identity_source(self) -> str | None:
        """Where API Gateway finds the credential, for its cache key; None when it cannot see it."""
        if self.kind not in {"jwt", "static"}:
            return None
        if self.where == "cookie":
            return "method.request.header.Cookie"
        if self.where == "header" and self.header.lower() == "authorization":
            return "method.request.header.Authorization"
        return _IDENTITY_SOURCES[self.where].format(self.header)

    @property
    def route(self) -> dict[str, Any]:
        """The scheme for the authorizer, as routes.json has it."""
        if self.kind in {"deny", "api-key"}:
            return {"kind": self.kind}
        found: dict[str, Any] = {"kind": self.kind, "in": self.where, "name": self.header, "prefix": self.prefix}
        if self.credential is None:
            return {**found, "issuers": list(self.issuers)}
        value = self.credential.value.removeprefix(f"{self.prefix} ") if self.prefix else self.credential.value
        digest = hashlib.sha256(value.encode()).hexdigest()
        return {**found, "sha256": [digest], "principal": "local-test", "scopes": ["*"]}


@dataclass(slots=True)
class Binding:
    """Binds the schemes of one API. `has_plans` False (no gateway.yaml) means that nobody could hold an API key."""

    issuers: dict[str, Issuer]
    has_plans: bool
    target: Target
    problems: list[Diagnostic]
    schemes: dict[str, Scheme]

    def scheme(self, name: str, operation: Operation, at: Located) -> Scheme | None:
        """The scheme behind a name of an operation's security, None with a problem when there is no safe answer."""
        declared = operation.document.root.at("components", "securitySchemes", name)
        if declared is None or not isinstance(declared.value, dict):
            if self.target.unbound == "deny":
                return self.schemes.setdefault(name, Scheme(name, "deny", "", "", None, at))
            message = f"{operation.name}: security names {name!r}, which components.securitySchemes does not define"
            self.problems.append(at.problem("HG141", message, fix="define it or correct the name"))
            return None
        scheme = self._bound(name, declared)
        known = self.schemes.get(name)
        if scheme is None or known is None:
            self._remember(scheme)
            return scheme
        if known.route != scheme.route or known.kind != scheme.kind:
            where = f"{known.at.document.name}:{known.at.document.position(known.at.pointer)[0]}"
            message = f"security scheme {name!r} means something else in {where}"
            self.problems.append(declared.problem("HG145", message, fix="give one of them another name"))
            return None
        return known

    def _remember(self, scheme: Scheme | None) -> None:
        if scheme is not None:
            self.schemes[scheme.name] = scheme

    def _bound(self, name: str, declared: Located) -> Scheme | None:
        where, header, prefix = credential_place(declared.value)
        issuers = tuple(issuer for issuer, entry in self.issuers.items() if name in entry.schemes)
        if issuers and where:
            return Scheme(name, "jwt", where, header, prefix, declared, issuers)
        if _is_native(declared.value):
            return Scheme(name, "native", where, header, prefix, declared)
        is_api_key = where == "header" and header.lower() == API_KEY_HEADER
        if is_api_key and (self.has_plans or self.target.unbound != "test"):
            return Scheme(name, "api-key", where, header, None, declared)
        if self.target.unbound == "deny":
            return Scheme(name, "deny", where, header, prefix, declared)
        if self.target.unbound == "test":
            credential = _test_credential(name, where or "header", header or "Authorization", prefix)
            return Scheme(
                name, "static", where or "header", header or "Authorization", prefix, declared, credential=credential
            )
        message = f"nothing checks security scheme {name!r}"
        fix = "list it in `schemes` of an issuer in gateway.yaml, or compile with --unbound deny (always 401)"
        problem = declared.problem("HG140", message, fix=fix)
        if problem not in self.problems:
            self.problems.append(problem)
        return None


def _is_native(scheme: dict[str, Any]) -> bool:
    """Whether API Gateway checks it by itself: an authorizer of the user's own, or AWS signatures."""
    has_authorizer = isinstance(scheme.get("x-amazon-apigateway-authorizer"), dict)
    return scheme.get("type") == "apiKey" and (
        has_authorizer or scheme.get("x-amazon-apigateway-authtype") == "awsSigv4"
    )


def credential_place(scheme: dict[str, Any]) -> tuple[str, str, str | None]:
    """(where, name, prefix) of the credential that a scheme describes; where is empty for mutual TLS and unknown types."""
    kind = scheme.get("type")
    if kind in ("oauth2", "openIdConnect"):  # a tuple: documents write anything there, lists too
        return "header", "Authorization", "Bearer"
    if kind == "http":
        word = str(scheme.get("scheme") or "bearer")
        return "header", "Authorization", {"bearer": "Bearer", "basic": "Basic"}.get(word.lower(), word)
    if kind == "apiKey" and scheme.get("in") in ("header", "query", "cookie") and isinstance(scheme.get("name"), str):
        prefix = "Bearer" if str(scheme["name"]).lower() == "authorization" and scheme.get("bearerFormat") else None
        return scheme["in"], scheme["name"], prefix
    return "", "", None


def _test_credential(name: str, where: str, header: str, prefix: str | None) -> Credential:
    """A fixed, obviously fake credential: it exists only where every upstream is the mock server."""
    secret = f"local-test-{name}"
    if prefix == "Basic":
        secret = base64.b64encode(f"test:{secret}".encode()).decode()
    return Credential(name, where, header, f"{prefix} {secret}" if prefix else secret)


def issuer_routes(issuers: dict[str, Issuer], target: Target) -> dict[str, Any]:
    """The issuers for the authorizer. Locally the built-in provider takes the place of those that say so."""
    routes = {}
    for name, issuer in issuers.items():
        is_local = target.local and issuer.local == "provider"
        routes[name] = {
            "issuer": target.local_issuer if is_local else issuer.issuer,
            "jwksUri": None if is_local else issuer.jwks_uri,
            "audience": issuer.audience,
            "algorithms": issuer.algorithms,
            "leewaySeconds": issuer.leeway_seconds,
            "allowHttp": is_local,
            **({"types": issuer.types} if issuer.types else {}),
            **({"maxLifetimeSeconds": issuer.max_lifetime_seconds} if issuer.max_lifetime_seconds else {}),
        }
    return routes
