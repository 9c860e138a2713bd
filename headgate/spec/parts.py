"""The parts of an API that is split over several REST APIs: which operations each has, and its artefacts as its REST API has them.

A part compiles with the paths of the whole API. Then `relocated` takes the base path off everything that names a resource, because
API Gateway takes it off every request: the wire document, the authorizer's routes, the aggregator's plans, and throttles.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from .compiled import CompiledApi
from .ledger.rows import Facts
from .operations.paths import count_resources
from .operations.records import Operation
from .placement.split import Split, below

# Of the base path in a part's name; logical ids and function names are made of it.
_NAME_LIMIT = 30
_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Part:
    """Some operations of an API under one base path (`/users`; empty for the first part)."""

    name: str
    base_path: str
    operations: list[Operation]


def parts_of(api: str, operations: list[Operation], found: Split, taken: Collection[str] = ()) -> list[Part]:
    """The parts that have operations, the one without a base path first. `taken` are names that no part may have."""
    parts = {prefix: Part(api, prefix, []) for prefix in ("", *found.prefixes)}
    for operation in operations:
        parts[found.owner(operation.resource)].operations.append(operation)
    inhabited = [part for part in parts.values() if part.operations]
    if parts[""].operations or not inhabited:
        first, *others = inhabited or parts.values()
    else:
        # Operations that were left out may have been all that the first had.
        smallest = min(inhabited, key=lambda part: (count_resources(part.operations), part.base_path))
        first, others = replace(smallest, base_path=""), [part for part in inhabited if part is not smallest]
    names = {api, *taken}
    named = [first]
    for part in others:
        named.append(replace(part, name=_name(api, part.base_path, names)))
        names.add(named[-1].name)
    return named


def _name(api: str, prefix: str, names: Collection[str]) -> str:
    """`portal-v1-users`: made of the base path, so that another part more changes no part's name."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", prefix).strip("-")
    name = f"{api}-{slug}"
    if slug and len(slug) <= _NAME_LIMIT and name not in names:
        return name
    digest = hashlib.sha256(prefix.encode()).hexdigest()[:6]
    return f"{api}-{slug[:_NAME_LIMIT].strip('-')}-{digest}"


def part_plans(plans: dict[str, Any], part: Part) -> dict[str, Any]:
    """plans.json of one part, still with whole paths. `plans` is that of the whole API."""
    keys = {f"{operation.method} {operation.resource}" for operation in part.operations}
    edges = {key: entry for key, entry in plans.get("edges", {}).items() if key in keys}
    candidates = [one for entry in edges.values() for one in entry["candidates"]]
    keys |= {one["plan"] for one in candidates if one["plan"] is not None}
    kept = {key: plan for key, plan in plans.get("plans", {}).items() if key in keys}
    called = {step["upstream"] for plan in kept.values() for step in plan["steps"]}
    called |= {one["upstream"] for one in candidates if one["upstream"] is not None}
    upstreams = {name: value for name, value in plans.get("upstreams", {}).items() if name in called}
    rest = {key: value for key, value in plans.items() if key != "edges"}
    return {**rest, "api": part.name, "upstreams": upstreams, "plans": kept, **({"edges": edges} if edges else {})}


def relocated(api: CompiledApi, part: Part, whole: str) -> CompiledApi:
    """The part as its REST API has it; `whole` is the API that it is a part of."""
    base = part.base_path
    operations = [{**entry, "template": below(base, entry["template"])} for entry in api.routes["operations"]]
    return replace(
        api,
        base_path=base,
        part_of=whole,
        wire={**api.wire, "paths": {below(base, path): item for path, item in api.wire["paths"].items()}},
        routes={**api.routes, "operations": operations},
        plans=_relocated_plans(api.plans, base),
        throttles={_below_throttle(base, key): value for key, value in api.throttles.items()},
        caches={_below_throttle(base, key): value for key, value in api.caches.items()},
    )


def _below_throttle(base: str, key: str) -> str:
    """`/users/{id}/GET` -> `/{id}/GET`; the root's key is `//GET`."""
    resource, _, verb = key.rpartition("/")
    return f"{below(base, resource)}/{verb}"


def _relocated_plans(plans: dict[str, Any], base: str) -> dict[str, Any]:
    """Keys are the event's method and resource. Segments of edges stay whole: `basePath` says what an event's path may lack."""
    if not base:
        return plans
    found = {**plans, "basePath": base, "plans": {_key(base, key): plan for key, plan in plans["plans"].items()}}
    if "edges" in plans:
        found["edges"] = {_key(base, key): _relocated_edge(entry, base) for key, entry in plans["edges"].items()}
    return found


def _relocated_edge(entry: dict[str, Any], base: str) -> dict[str, Any]:
    candidates = [{**one, "plan": one["plan"] and _key(base, one["plan"])} for one in entry["candidates"]]
    return {**entry, "candidates": candidates}


def _key(base: str, key: str) -> str:
    verb, _, path = key.partition(" ")
    return f"{verb} {below(base, path)}" if path == base or path.startswith(base + "/") else key


def joined_facts(facts: Iterable[Facts]) -> Facts:
    """What the compilations of all parts did together. What one of them leaves unchecked is not checked."""
    first, *others = facts
    joined = replace(
        first,
        **{
            name: getattr(first, name).union(*(getattr(other, name) for other in others))
            for name in first.__dataclass_fields__
        },
    )
    return replace(
        joined,
        carried_parameters=joined.carried_parameters - joined.unchecked,
        modelled_bodies=joined.modelled_bodies - joined.unchecked,
    )


def joined_wire(apis: Iterable[CompiledApi]) -> dict[str, Any]:
    """One wire document with the paths of all parts, for who checks requests as API Gateway would; never imported."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    joined: dict[str, Any] = {}
    for number, api in enumerate(apis):
        wire = _renamed(api.wire, f"{_SCHEMAS}{number}.") if number else api.wire
        joined = joined or wire
        prefix = f"{number}." if number else ""
        schemas |= {prefix + name: model for name, model in wire.get("components", {}).get("schemas", {}).items()}
        paths |= {
            api.base_path + ("" if path == "/" and api.base_path else path): item
            for path, item in wire["paths"].items()
        }
    return {**joined, "paths": paths, "components": {**joined.get("components", {}), "schemas": schemas}}


def _renamed(value: Any, start: str) -> Any:
    if isinstance(value, dict):
        return {
            key: start + item.removeprefix(_SCHEMAS)
            if key == "$ref" and isinstance(item, str) and item.startswith(_SCHEMAS)
            else _renamed(item, start)
            for key, item in value.items()
        }
    return [_renamed(item, start) for item in value] if isinstance(value, list) else value
