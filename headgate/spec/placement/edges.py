"""`edges` of plans.json: the routes that the aggregator serves because API Gateway cannot route or check them by itself.

    "edges": {"GET /Services/{Sid}": {"secured": true, "candidates": [
      {"operation": "GET /v2/Services/{Sid}.json", "id": "fetchService",
       "segments": ["v2", "Services", [{"name": "Sid"}, ".json"]], "query": {}, "validate": true,
       "upstream": "verify", "path": "/v2/Services/{Sid}.json", "plan": null,
       "rewrite": {"headers": {"X-Api": {"const": "v2"}}, "query": {"sid": {"input": "path", "pointer": ["Sid"]}}},
       "timeout": 29.0}]}}

Candidates stand most literal first; none matches: 404. `path` holds the document's own variable names. Values of `rewrite` are the
expressions of workflows (`functions.aggregator.expressions`) over the inputs `path`, `query`, `header` (names in lower case),
`principal` and `context` (members of the event's requestContext).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..operations.path_keys import Segment, Variable, read_path
from ..operations.records import Operation, Upstream
from ..operations.routing import Route, fills_its_resource, is_strict, routes_of, specificity
from ..security.authorizers import Guard
from ..wire.integrations import MAX_TIMEOUT_MS, read_expression
from .overlaps import Overlaps


def edge_entries(routes: list[Route], protection: Guard, extras: Mapping[str, list[Operation]]) -> dict[str, Any]:
    """The `edges` of one API. `extras` are operations of other routes that also answer there, by `Route.key`."""
    return {
        route.key: {
            "secured": protection.authorizer(route.first) is not None,
            "candidates": [candidate(same[0]) for same in _ordered(route, extras.get(route.key, []))],
        }
        for route in routes
        if route.is_edge
    }


def _ordered(route: Route, extras: list[Operation]) -> list[tuple[Operation, ...]]:
    every = [*route.variants, *((operation,) for operation in extras)]
    return sorted(every, key=lambda same: specificity(read_path(same[0].template)))


def candidate(operation: Operation) -> dict[str, Any]:
    """One candidate of an edge."""
    path = read_path(operation.template)
    is_composed = operation.settings.workflow is not None
    return {
        "operation": operation.name,
        "id": operation.id,
        "segments": [_segment(segment) for segment in path.segments],
        "query": dict(path.query),
        "validate": is_strict(operation),
        "upstream": None if is_composed else operation.upstream,
        "path": None if is_composed else operation.upstream_path,
        "plan": operation.name if is_composed else None,
        "rewrite": _rewrite(operation),
        "timeout": operation.settings.timeout or MAX_TIMEOUT_MS / 1000,
    }


def _segment(segment: Segment) -> Any:
    parts = [_part(part) for part in segment]
    return parts[0] if len(parts) == 1 else parts


def _part(part: str | Variable) -> Any:
    if isinstance(part, str):
        return part
    return {"name": part.name, "greedy": True} if part.is_greedy else {"name": part.name}


def _rewrite(operation: Operation) -> dict[str, Any]:
    rewrite = operation.settings.rewrite
    if rewrite is None:
        return {"headers": {}, "query": {}}
    return {
        "headers": {name: _value(text) for name, text in rewrite.headers.items()},
        "query": {name: _value(text) for name, text in rewrite.query.items()},
    }


def _value(text: str) -> dict[str, Any]:
    """A rewrite's value as an expression tree; `rewrite_problems` has refused what is none.

    >>> _value("request.header.X-Api"), _value("'v2'")
    ({'input': 'header', 'pointer': ['x-api']}, {'const': 'v2'})
    """
    read = read_expression(text)
    if read is None or read[0] == "literal":
        return {"const": read[1] if read else ""}
    where, name = read
    if where == "header":
        return {"input": where, "pointer": [name.lower()]}
    return {"input": where, "pointer": name.split(".") if where == "context" else [name]}


def edge_upstreams(edges: dict[str, Any], upstreams: Mapping[str, Upstream]) -> dict[str, Any]:
    """The addresses that edges call, as plans.json has them."""
    candidates = [one for entry in edges.values() for one in entry["candidates"]]
    names = sorted({one["upstream"] for one in candidates if one["upstream"] is not None})
    return {name: {"url": upstreams[name].url} for name in names}


def fallbacks(route: Route, overlaps: Overlaps) -> list[Operation]:
    """Less specific operations that answer requests which API Gateway routes to an edge that takes not all of them."""
    if not route.is_edge or any(fills_its_resource(one) for one in route.operations):
        return []
    method, resource = route.place
    rank = specificity(read_path(resource))
    others = [one for one in overlaps.of(method, resource) if one.resource != resource]
    return [one for one in others if rank < specificity(read_path(one.resource))]


def edge_validators(validators: dict[str, Any], edges: dict[str, Any]) -> dict[str, Any]:
    """validators.json with the operations that edges check, and the definitions these lead to."""
    wanted = {one["operation"] for entry in edges.values() for one in entry["candidates"] if one["validate"]}
    operations = {name: _for_requests(entry) for name, entry in validators["operations"].items() if name in wanted}
    definitions: dict[str, Any] = validators["$defs"]
    reached: dict[str, Any] = {}
    waiting = sorted(set(_references(operations)))
    while waiting:
        name = waiting.pop()
        if name in definitions and name not in reached:
            reached[name] = definitions[name]
            waiting += sorted(set(_references(definitions[name])))
    return {**validators, "$defs": dict(sorted(reached.items())), "operations": operations}


def _for_requests(entry: dict[str, Any]) -> dict[str, Any]:
    """Answers are passed on unchecked, so their schemas would only weigh."""
    return {**entry, "responses": {}}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/$defs/"):
            yield reference.removeprefix("#/$defs/")
        for item in value.values():
            yield from _references(item)


def with_edges(
    plans: dict[str, Any],
    operations: list[Operation],
    protection: Guard,
    extras: Mapping[str, list[Operation]],
    upstreams: Mapping[str, Upstream],
) -> dict[str, Any]:
    """plans.json with its edges and the addresses they call; as it was when there are none."""
    edges = edge_entries(routes_of(operations), protection, extras)
    if not edges:
        return plans
    return {**plans, "upstreams": {**plans["upstreams"], **edge_upstreams(edges, upstreams)}, "edges": edges}


def composed_behind_edges(operations: list[Operation]) -> list[Operation]:
    """The operations as workflows are compiled for: behind an edge, a path's values have the document's own names."""
    behind = {operation.name for route in routes_of(operations) if route.is_edge for operation in route.operations}
    return [_under_its_own_names(one) if one.name in behind else one for one in operations]


def _under_its_own_names(operation: Operation) -> Operation:
    names = {variable.name: variable.name for variable in read_path(operation.template).variables}
    return replace(operation, resource=operation.template, path_names=names)
