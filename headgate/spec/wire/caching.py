"""`x-headgate: {cache: {ttl: 60}}`: answers of GET operations kept by the stage's cache cluster (FACTS 6).

API Gateway's key holds only what a method declares (FACTS 6.2), so everything that a document says an answer depends on is
declared: path, query and header parameters, and for protected operations the credentials and whom the authorizer found, so that no
two principals share an entry. Query parameters that a document does not mention reach the service and are not in the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from ..diagnostics.records import Diagnostic
from ..operations.paths import is_wire_name
from ..operations.records import Operation, Parameter
from ..operations.routing import Route, routes_of
from ..security.authorizers import Guard
from ..settings.records import Record, read_record

# OpenAPI 3.1, Parameter Object: header parameters of these names are ignored.
_IGNORED_HEADERS = {"accept", "authorization", "content-type"}


class StageCache(Record):
    """`ttl` in seconds; None takes the stage's."""

    ttl: int | None = Field(default=None, ge=1, le=3600)


def stage_cache(route: Route) -> StageCache | None:
    """How a route's answers are kept; None when they are not. Only GET is cached (FACTS 6.1)."""
    given = route.first.settings.cache
    if given is None or route.first.method != "GET" or route.is_edge or len(route.operations) > 1:
        return None
    return StageCache.model_validate(given)


def check_caches(operations: list[Operation], protection: Guard, *, has_cluster: bool) -> Iterator[Diagnostic]:
    """Caches that would do nothing, or mix up answers."""
    for operation in (route.first for route in routes_of(operations) if not route.is_edge):
        if operation.settings.cache is None:
            continue
        own = operation.at.at("x-headgate", "cache")
        at = own or operation.at
        problems: list[Diagnostic] = []
        if own is not None and read_record(StageCache, own, "HG132", problems) is None:
            yield from problems
        elif operation.method != "GET":
            if own is not None:
                message = f"{operation.name}: cache is for GET only"
                yield at.problem("HG134", message, fix="remove it")
        elif unkeyed := _unkeyed(operation, protection):
            message = f"{operation.name}: cache cannot tell values of {unkeyed!r} apart"
            yield at.problem("HG134", message, fix="remove cache, or give the parameter one plain value")
        elif not has_cluster:
            message = f"{operation.name}: cache does nothing, because no stage of this environment has a cache"
            yield at.problem("HG134", message, fix="add cache: {size: '0.5'} to the stage", level="warning")


def _unkeyed(operation: Operation, protection: Guard) -> str | None:
    """The name of something whose value API Gateway cannot put into its key whole. Names must differ, too (FACTS 8.18)."""
    names = [name for _, name in cache_sources(operation, protection)]
    twice = (name for name in names if names.count(name) > 1 or not is_wire_name(name))
    return next((p.name for p in operation.parameters if not _has_one_value(p)), None) or next(twice, None)


def _has_one_value(parameter: Parameter) -> bool:
    if parameter.location != "query" or parameter.media_type is not None:
        return True
    schema = parameter.schema.follow() if parameter.schema else None
    kind = schema.value.get("type") if schema is not None and isinstance(schema.value, dict) else None
    return isinstance(kind, str) and kind not in {"array", "object"}


def cache_sources(operation: Operation, protection: Guard) -> list[tuple[str, str]]:
    """(location, name) of everything in a request that an answer depends on; locations as in a parameter's `in`."""
    found = [("path", name) for name in operation.path_names.values()]
    for parameter in operation.parameters:
        is_ignored = parameter.location == "header" and parameter.name.lower() in _IGNORED_HEADERS
        if parameter.location != "path" and not is_ignored:
            found.append((parameter.location, parameter.name))
    requirement = protection.requirement(operation)
    names = [name for way in requirement.alternatives for name in way]
    names += [requirement.native] if requirement.native else []
    found += [(protection.schemes[name].where, protection.schemes[name].header) for name in names]
    if not requirement.is_public:
        found.append(("header", "Authorization"))
    if requirement.api_key:
        found.append(("header", "x-api-key"))
    # A cookie is part of its header to API Gateway.
    places = [("header", "Cookie") if where == "cookie" else (where, name) for where, name in found if where]
    return list(dict.fromkeys(places))


def cache_keys(sources: list[tuple[str, str]], mappings: dict[str, str]) -> list[str]:
    """`cacheKeyParameters`: the sources, and what the integration is told besides, such as the authorizer's principal."""
    places = {"path": "path", "query": "querystring", "header": "header"}
    declared = [f"method.request.{places[location]}.{name}" for location, name in sources]
    told = [
        target
        for target, value in sorted(mappings.items())
        if not value.startswith("'") and not target.startswith("integration.request.path.") and value not in declared
    ]
    return [*declared, *told]


def method_caches(operations: list[Operation]) -> dict[str, dict[str, Any]]:
    """What stages set per method: `{resource}/{VERB}` to `{"ttl": seconds or None}`."""
    found = {}
    for route in routes_of(operations):
        cache = stage_cache(route)
        if cache is not None:
            found[f"{route.first.resource}/{route.first.method}"] = {"ttl": cache.ttl}
    return found
