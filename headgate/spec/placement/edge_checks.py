"""What operations that share a route must agree on, and what the aggregator cannot do for an edge. Changes nothing.

Whatever differs in who may call refuses the later operation: API Gateway authorizes the route, not the operation behind it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ..diagnostics.records import Diagnostic
from ..operations.path_keys import PathKey, overlap, plain_path, read_path
from ..operations.paths import clashes, variable_name
from ..operations.records import Operation, Upstream, place_of
from ..operations.routing import Route, is_strict, routes_of, specificity
from ..security.authorizers import Guard
from ..security.requirements import Requirement, declared_security
from ..wire.aws_services import aws_problems
from .edges import fallbacks
from .overlaps import Overlaps

_UNCALLABLE = {
    "lambda": "a Lambda upstream",
    "load-balancer": "a load balancer behind a VPC link",
    "aws": "an AWS service",
}


def check_clashes(operations: list[Operation], *, is_lenient: bool) -> Iterator[Diagnostic]:
    """Operations that no request can tell apart. They share a route where only the service has to tell them apart."""
    for first, second in clashes(operations):
        if _may_share(first, second, is_lenient=is_lenient):
            message = (
                f"{second.name} shares its route with {first.name} in {place_of(first)}: the service tells them apart"
            )
            fix = "requests are checked for what both ask for"
            yield second.at.problem("HG160", message, fix=fix, level="warning")
        else:
            message = f"{second.name} is also {first.name} in {place_of(first)}"
            yield second.at.problem("HG123", message, fix="remove one, or give a document a base-path")


def _may_share(first: Operation, second: Operation, *, is_lenient: bool) -> bool:
    """Whether one integration serves both as their document means it.

    Variants after a `#` are written to share a path. Two names for one variable are a mistake of a project's own documents;
    one foreign document on its own is served as it is.
    """
    fragments = read_path(first.template).fragment, read_path(second.template).fragment
    is_meant = fragments[0] != fragments[1] or (is_lenient and first.template != second.template)
    settings = (first.settings, second.settings)
    is_ours = any(one.workflow is not None or one.validate_ == "strict" for one in settings)
    return (
        is_meant
        and not is_ours
        and settings[0] == settings[1]
        and first.document is second.document
        and first.upstream == second.upstream
        and _without_names(first.upstream_path) == _without_names(second.upstream_path)
        and not (_extensions(first) or _extensions(second))
    )


def _without_names(path: str) -> list[str]:
    return ["{}" if variable_name(part) else part for part in plain_path(path).split("/")]


def _extensions(operation: Operation) -> list[str]:
    return sorted(key for key in operation.at.value if key.startswith("x-amazon-apigateway-"))


def check_edges(operations: list[Operation], upstreams: Mapping[str, Upstream]) -> Iterator[Diagnostic]:
    """What the operations of one route cannot have beside each other, and what none behind an edge can have."""
    for route in routes_of(operations):
        for operation in route.operations[1:]:
            if operation.settings.throttle != route.first.settings.throttle:
                message = f"{operation.name}: another throttle than {route.first.name} in {place_of(route.first)}"
                fix = f"API Gateway limits {route.key} as a whole; give both the same throttle"
                yield operation.at.problem("HG162", message, fix=fix)
        for operation in route.operations:
            upstream = upstreams.get(operation.upstream or "")
            if route.is_edge:
                yield from _unservable(route, operation, upstreams)
            elif upstream is not None and upstream.aws is not None:
                yield from aws_problems(operation, upstream)


def _unservable(route: Route, operation: Operation, upstreams: Mapping[str, Upstream]) -> Iterator[Diagnostic]:
    why = _why_edge(route, operation)
    kind = _kind(operation, upstreams)
    if kind in _UNCALLABLE:
        message = f"{operation.name}: {why}, and that cannot call {_UNCALLABLE[kind]}"
        yield operation.at.problem("HG164", message, fix="give the operation an upstream with a url")
    extensions = _extensions(operation)
    if extensions:
        message = f"{operation.name}: {why}, where {extensions[0]} would do nothing"
        yield operation.at.problem("HG163", message, fix="remove the extension")
    if operation.at.at("x-headgate", "cache") is not None:
        message = f"{operation.name}: {why}, and API Gateway's cache knows nothing of that"
        yield operation.at.problem("HG163", message, fix="remove `cache`")


def held_by(operation: Operation, upstreams: Mapping[str, Upstream]) -> str | None:
    """What only API Gateway can do for an operation, so that it has to keep its own resource; None when there is nothing."""
    kind, settings = _kind(operation, upstreams), operation.settings
    if kind in _UNCALLABLE:
        return _UNCALLABLE[kind]
    if settings.throttle is not None:
        return "a throttle of its own"
    if settings.cache is not None and operation.method == "GET":
        return "API Gateway's cache"
    return next(iter(_extensions(operation)), None)


def _kind(operation: Operation, upstreams: Mapping[str, Upstream]) -> str:
    """What answers it; empty for a composition."""
    upstream = upstreams.get(operation.upstream or "")
    return upstream.kind if upstream else ""


def _why_edge(route: Route, operation: Operation) -> str:
    """The reason in words, to begin a message with."""
    if is_strict(operation):
        return "`validate: strict` is the aggregator's work"
    other = next((other.name for other in route.operations if other is not operation), None)
    return f"the aggregator tells it apart from {other}" if other else "its path takes the aggregator to match"


def check_shared_security(operations: list[Operation], protection: Guard) -> Iterator[Diagnostic]:
    """Operations that ask for something else than the first of their route. Never served: the route asks for one thing."""
    for route in routes_of(operations):
        wanted = _canonical(protection.requirement(route.first))
        for operation in route.operations[1:]:
            if _canonical(protection.requirement(operation)) != wanted:
                first = f"{route.first.name} in {place_of(route.first)}"
                message = f"{operation.name}: asks for other security than {first}; both are {route.key} to API Gateway"
                yield operation.at.problem("HG161", message, fix="give both the same security, or one another path")


def check_shadows(operations: list[Operation], left_out: list[Operation]) -> Iterator[Diagnostic]:
    """Operations that requests for a left-out one would reach, past what that one asks for."""
    overlaps = Overlaps(operations if left_out else ())
    for missing in left_out:
        asked = _declared(missing)
        if asked == "[]":
            continue
        for operation in overlaps.of(missing.method, missing.template):
            if _declared(operation) != asked:
                message = f"{operation.name}: would answer requests for {missing.name}, which is left out and asks for security"
                yield operation.at.problem("HG161", message, fix="mend the other one, or give both the same security")


def _declared(operation: Operation) -> str:
    """The `security` that applies, as text: `[]` where there is none, and `null` where somebody wrote that."""
    at = declared_security(operation)
    return "[]" if at is None else json.dumps(at.value, sort_keys=True, default=str)


def asked_of(protection: Guard, operation: Operation) -> tuple[object, ...]:
    """What an operation asks of its callers, in a form that can be compared."""
    return _canonical(protection.requirement(operation))


def _canonical(requirement: Requirement) -> tuple[object, ...]:
    ways = sorted(
        json.dumps({name: sorted(scopes) for name, scopes in way.items()}, sort_keys=True)
        for way in requirement.alternatives
    )
    return tuple(ways), requirement.api_key, requirement.native, requirement.is_valid, requirement.audience


def extra_candidates(
    operations: list[Operation], protection: Guard, upstreams: Mapping[str, Upstream]
) -> tuple[dict[str, list[Operation]], list[Diagnostic]]:
    """Operations of less specific routes that also answer at an edge, by `Route.key`; a warning where one cannot.

    Where one cannot, nothing may stand in for it: what is less specific would answer its requests past what it asks for.
    """
    extras: dict[str, list[Operation]] = {}
    problems: list[Diagnostic] = []
    overlaps = Overlaps(operations)
    for route in (one for one in routes_of(operations) if one.is_edge):
        barred: list[PathKey] = []
        for operation in sorted(fallbacks(route, overlaps), key=lambda one: specificity(read_path(one.template))):
            path = read_path(operation.template)
            if _may_join(route, operation, protection, upstreams) and not any(overlap(path, one) for one in barred):
                extras.setdefault(route.key, []).append(operation)
                continue
            barred.append(path)
            message = f"{operation.name}: requests that API Gateway takes for {route.key} get 404"
            fix = "give both the same security and throttle, and an upstream with a url"
            problems.append(operation.at.problem("HG165", message, fix=fix, level="warning"))
    return extras, problems


def _may_join(route: Route, operation: Operation, protection: Guard, upstreams: Mapping[str, Upstream]) -> bool:
    """Whether the aggregator can answer for an operation of another route where API Gateway has let a request in to this one."""
    asked = asked_of(protection, operation), operation.settings.throttle
    is_same = asked == (asked_of(protection, route.first), route.first.settings.throttle)
    return _kind(operation, upstreams) == "url" and is_same and not _extensions(operation)


def note_edges(operations: list[Operation]) -> Iterator[Diagnostic]:
    """What serving paths that API Gateway cannot hold costs: one note per document."""
    odd: dict[str, list[Operation]] = {}
    for route in routes_of(operations):
        if route.is_edge and not all(is_strict(operation) for operation in route.operations):
            told = [operation for operation in route.operations if not operation.is_folded]
            odd.setdefault(route.first.document.file, []).extend(told)
    for members in filter(None, odd.values()):
        rest = f" and {len(members) - 1} more" if len(members) > 1 else ""
        message = f"{members[0].name}{rest}: the aggregator serves what API Gateway cannot route"
        fix = "each request costs one function call, and bodies may have 6 MB"
        yield members[0].at.problem("HG166", message, fix=fix, level="warning")
