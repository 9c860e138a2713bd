"""Requirements grouped into REQUEST authorizers.

An authorizer's name ends in a digest of all it decides by, so releases that differ never share a cached result.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation
from ..operations.routing import routes_of
from .reach import inexact
from .requirements import Alternative, Requirement, require
from .schemes import Binding, Scheme, issuer_routes

# FACTS 10.2
MAX_AUTHORIZERS = 10


# Long enough to spare calls, short enough that a revoked token ends soon.
TTL_SECONDS = 60


# FACTS 4.16: authorizer output is at most 8 KB; the rest is for the context.
MAX_POLICY_BYTES = 6000


# `arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:abcdefghij/` and a stage name, quotes and comma.
_ARN_OVERHEAD = 90


PER_OPERATION_SOURCES = ("context.httpMethod", "context.resourcePath")


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
