"""Who may call what: requirements pushed down to each operation, grouped into REQUEST authorizers, and routes.json.

routes.json ships with the authorizer, which evaluates `security` as OpenAPI means it: any of the alternatives, all schemes of one.
An authorizer's name ends in a digest of all it decides by, so releases that differ never share a cached result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .diagnostics import Diagnostic
from .document import Located
from .operations import Operation
from .project import Issuer
from .reach import inexact
from .routing import routes_of
from .schemes import Binding, Scheme
from .target import Target

# FACTS 10.2
MAX_AUTHORIZERS = 10
# Long enough to spare calls, short enough that a revoked token ends soon.
TTL_SECONDS = 60
# FACTS 4.16: authorizer output is at most 8 KB; the rest is for the context.
MAX_POLICY_BYTES = 6000
# `arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:abcdefghij/` and a stage name, quotes and comma.
_ARN_OVERHEAD = 90

PER_OPERATION_SOURCES = ("context.httpMethod", "context.resourcePath")

Alternative = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one operation asks for. `alternatives` are those the authorizer decides on; empty with no `natives` means public.

    A token must name one of `audience`, besides one of its issuer's; empty asks for nothing more.
    """

    alternatives: tuple[Alternative, ...] = ()
    api_key: bool = False
    native: str | None = None
    is_valid: bool = True
    audience: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        return self.is_valid and not self.alternatives and not self.api_key and self.native is None

    @property
    def allows_anonymous(self) -> bool:
        return any(not alternative for alternative in self.alternatives)


@dataclass(frozen=True, slots=True)
class Authorizer:
    """One REQUEST authorizer. Without identity sources nothing is cached and every request is asked about."""

    name: str
    identity_sources: tuple[str, ...]
    ttl_seconds: int
    per_operation: bool

    @property
    def route(self) -> dict[str, Any]:
        """Its entry in routes.json."""
        return {
            "identitySources": list(self.identity_sources),
            "ttlSeconds": self.ttl_seconds,
            "perOperation": self.per_operation,
        }


@dataclass(frozen=True, slots=True)
class Guard:
    """How each operation of an API is protected. Requirements are by (method, template), authorizers by (method, resource)."""

    requirements: dict[tuple[str, str], Requirement]
    authorizers: dict[tuple[str, str], Authorizer]
    schemes: dict[str, Scheme]

    def requirement(self, operation: Operation) -> Requirement:
        return self.requirements[operation.method, operation.template]

    def authorizer(self, operation: Operation) -> Authorizer | None:
        return self.authorizers.get((operation.method, operation.resource))


def require(operation: Operation, binding: Binding) -> Requirement:
    """What an operation asks for. A requirement that cannot be read or bound is invalid, never public."""
    at = declared_security(operation)
    if at is None:
        return Requirement()
    alternatives = _alternatives(operation, at, binding)
    if alternatives is None:
        return Requirement(is_valid=False)
    if not alternatives or all(not alternative for alternative in alternatives):
        return Requirement()
    return _split(operation, at, alternatives, binding)


def declared_security(operation: Operation) -> Located | None:
    """The `security` that applies: the operation's own, however odd, else the document's."""
    for holder in (operation.at, operation.document.root):
        if "security" in holder.value:
            return holder.child("security")
    return None


def _alternatives(operation: Operation, at: Located, binding: Binding) -> list[Alternative] | None:
    """`security` as written, every scheme known; None when something is wrong with it."""
    if not isinstance(at.value, list) or not all(isinstance(item, dict) for item in at.value):
        binding.problems.append(_no_security(operation, at))
        return None
    is_complete = True
    for number, item in enumerate(at.value):
        for name, scopes in item.items():
            if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
                binding.problems.append(_no_security(operation, at))
                return None
            is_complete = binding.scheme(name, operation, at.child(number)) is not None and is_complete
    return [{name: list(scopes) for name, scopes in item.items()} for item in at.value] if is_complete else None


def _no_security(operation: Operation, at: Located) -> Diagnostic:
    message = f"{operation.name}: security is a list of {{scheme: [scopes]}}"
    return at.problem("HG142", message, fix="correct it, or [] for public")


def _split(operation: Operation, at: Located, alternatives: list[Alternative], binding: Binding) -> Requirement:
    """Separates what API Gateway checks by itself from what the authorizer decides."""
    alternatives = _without_keys(operation, at, alternatives, binding)
    kinds = [{binding.schemes[name].kind for name in alternative} for alternative in alternatives]
    api_key = any("api-key" in kind for kind in kinds)
    natives = sorted({n for a in alternatives for n in a if binding.schemes[n].kind == "native"})
    if api_key and not all("api-key" in kind for kind in kinds):
        message = f"{operation.name}: an API key or something else; API Gateway demands a key always or never"
        binding.problems.append(
            at.problem("HG146", message, fix="ask for the key in every alternative, or give it another header")
        )
        return Requirement(is_valid=False)
    if natives and (len(alternatives) > 1 or len(natives) > 1 or kinds[0] - {"native", "api-key"}):
        message = f"{operation.name}: {natives[0]!r} is an API Gateway authorizer, which cannot be combined with others"
        binding.problems.append(at.problem("HG146", message, fix="ask for it alone"))
        return Requirement(is_valid=False)
    if "x-amazon-apigateway-auth" in operation.at.value:
        message = f"{operation.name}: x-amazon-apigateway-auth would replace what `security` asks for"
        binding.problems.append(operation.at.problem("HG146", message, fix="remove one of the two"))
        return Requirement(is_valid=False)
    if natives:
        return Requirement(api_key=api_key, native=natives[0])
    decided = tuple(alternatives) if any(kind - {"api-key"} for kind in kinds) else ()
    return Requirement(decided, api_key, audience=tuple(sorted(set(operation.settings.audience or ()))))


def _without_keys(
    operation: Operation, at: Located, alternatives: list[Alternative], binding: Binding
) -> list[Alternative]:
    """With `--unbound deny`, an API key as one of several ways in is a way that nobody can take; the others stay."""
    has_key = ["api-key" in {binding.schemes[name].kind for name in alternative} for alternative in alternatives]
    if all(has_key) or not any(has_key) or binding.target.unbound != "deny":
        return alternatives
    message = (
        f"{operation.name}: an API key is one of several ways in; API Gateway cannot do that, so this way is closed"
    )
    binding.problems.append(at.problem("HG146", message, fix="give the key another header", level="warning"))
    return [alternative for alternative, is_key in zip(alternatives, has_key, strict=True) if not is_key]


def guard(operations: list[Operation], binding: Binding) -> Guard:
    """Requirements and authorizers of all operations; problems go to the binding's list."""
    requirements = {(o.method, o.template): require(o, binding) for o in operations}
    # Operations of one route ask for the same (`edge_checks`), so the first stands for all.
    firsts = [route.first for route in routes_of(operations)]
    guarded = [o for o in firsts if requirements[o.method, o.template].alternatives]
    groups: dict[tuple[tuple[str, ...], bool], list[Operation]] = {}
    for operation in guarded:
        sources = identity_sources(requirements[operation.method, operation.template], binding.schemes)
        groups.setdefault((sources, False), []).append(operation)
    for (sources, _), members in list(groups.items()):
        if sources:
            groups = _exact(groups, sources, members, requirements)
    authorizers = {}
    for (sources, per_operation), members in groups.items():
        authorizer = _authorizer(sources, per_operation, members, requirements, binding)
        authorizers.update({(o.method, o.resource): authorizer for o in members})
    _check_number(authorizers, guarded, binding.problems)
    return Guard(requirements, authorizers, binding.schemes)


def identity_sources(requirement: Requirement, schemes: dict[str, Scheme]) -> tuple[str, ...]:
    """What the cached result depends on. Empty, so not cached, unless every way in needs exactly the same places.

    API Gateway answers 401 itself when one is missing (FACTS 4.5), so an alternative that does without must not list it.
    """
    ways = set()
    for alternative in requirement.alternatives:
        if any(schemes[name].kind == "deny" for name in alternative):
            continue
        ways.add(tuple(sorted({source for name in alternative if (source := schemes[name].identity_source)})))
    return ways.pop() if len(ways) == 1 else ()


def _exact(
    groups: dict[tuple[tuple[str, ...], bool], list[Operation]],
    sources: tuple[str, ...],
    members: list[Operation],
    requirements: dict[tuple[str, str], Requirement],
) -> dict[tuple[tuple[str, ...], bool], list[Operation]]:
    """Moves operations that a shared policy cannot describe to an authorizer that is asked per operation."""

    def implies(left: Operation, right: Operation) -> bool:
        return _implies(requirements[left.method, left.template], requirements[right.method, right.template])

    too_large = sum(_ARN_OVERHEAD + len(o.method) + len(o.resource) for o in members) > MAX_POLICY_BYTES
    apart = members if too_large else inexact(members, implies)
    moved = {(o.method, o.resource) for o in apart}
    rest = [o for o in members if (o.method, o.resource) not in moved]
    groups = {key: value for key, value in groups.items() if value is not members}
    if rest:
        groups[sources, False] = rest
    if apart:
        groups[(*sources, *PER_OPERATION_SOURCES), True] = apart
    return groups


def _implies(left: Requirement, right: Requirement) -> bool:
    """Whether everybody whom `left` lets in is let in by `right`."""
    is_named = not right.audience or (bool(left.audience) and set(left.audience) <= set(right.audience))
    return is_named and all(any(_covers(way, other) for other in right.alternatives) for way in left.alternatives)


def _covers(stronger: Alternative, weaker: Alternative) -> bool:
    return all(name in stronger and set(scopes) <= set(stronger[name]) for name, scopes in weaker.items())


def _authorizer(
    sources: tuple[str, ...],
    per_operation: bool,
    members: list[Operation],
    requirements: dict[tuple[str, str], Requirement],
    binding: Binding,
) -> Authorizer:
    names = sorted({n for o in members for a in requirements[o.method, o.template].alternatives for n in a})
    kinds = {binding.schemes[name].kind for name in names}
    ttl_seconds = TTL_SECONDS if sources else 0
    table = {
        "identitySources": sources,
        "ttlSeconds": ttl_seconds,
        "schemes": {name: binding.schemes[name].route for name in names},
        "issuers": issuer_routes(binding.issuers, binding.target),
        "operations": sorted(
            [
                o.method,
                o.resource,
                json.dumps(requirements[o.method, o.template].alternatives, sort_keys=True),
                *requirements[o.method, o.template].audience,
            ]
            for o in members
        ),
    }
    digest = hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:10]
    prefix = next(kind for kind in ("jwt", "static", "deny") if kind in kinds)
    return Authorizer(f"{prefix}-{digest}", sources, ttl_seconds, per_operation)


def _check_number(authorizers: dict[Any, Authorizer], guarded: list[Operation], problems: list[Diagnostic]) -> None:
    names = {authorizer.name for authorizer in authorizers.values()}
    if len(names) > MAX_AUTHORIZERS:
        message = (
            f"{len(names)} different sets of credential places; API Gateway has at most {MAX_AUTHORIZERS} authorizers"
        )
        problems.append(
            guarded[0].document.root.problem("HG143", message, fix="send credentials in fewer places, or split the API")
        )


def check_audiences(operations: list[Operation], protection: Guard) -> Iterator[Diagnostic]:
    """Operations whose `audience` nobody would check: a way in takes no token."""
    for operation in (o for o in operations if o.settings.audience is not None):
        requirement = protection.requirement(operation)
        at = operation.at.at("x-headgate", "audience")
        ways = [{protection.schemes[name].kind for name in way} for way in requirement.alternatives]
        if requirement.is_public and at is None:
            continue
        if not ways or not all(way & {"jwt", "static", "deny"} for way in ways):
            message = f"{operation.name}: audience is about tokens, and there is a way in without one"
            yield (at or operation.at).problem(
                "HG134", message, fix="remove audience, or ask for a token in `security`"
            )


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


def routes(api: str, operations: list[Operation], protection: Guard, binding: Binding) -> dict[str, Any]:
    """routes.json of one API. Native API Gateway authorizers are not in it: the authorizer function never sees those requests."""
    used = {n for r in protection.requirements.values() for a in r.alternatives for n in a}
    used |= {n for n, scheme in protection.schemes.items() if scheme.kind == "api-key"}
    entries = []
    for operation in (route.first for route in routes_of(operations)):
        requirement = protection.requirement(operation)
        authorizer = protection.authorizer(operation)
        entries.append(
            {
                "id": operation.id,
                "method": operation.method,
                "template": operation.resource,
                "authorizer": authorizer.name if authorizer else None,
                "security": security_entry(operation, requirement, protection.schemes),
                **({"audience": list(requirement.audience)} if requirement.audience else {}),
            }
        )
    return {
        "version": 1,
        "api": api,
        "issuers": issuer_routes(binding.issuers, binding.target),
        "schemes": {name: protection.schemes[name].route for name in sorted(used)},
        "authorizers": {a.name: a.route for a in protection.authorizers.values()},
        "operations": entries,
    }


def security_entry(operation: Operation, requirement: Requirement, schemes: dict[str, Scheme]) -> list[Alternative]:
    """The alternatives with API keys named, as routes.json has them."""
    if requirement.alternatives:
        return list(requirement.alternatives)
    if not requirement.api_key:
        return []
    at = declared_security(operation)
    names = [n for item in at.value for n in item] if at else []
    return [{name: []} for name in dict.fromkeys(names) if schemes[name].kind == "api-key"]
