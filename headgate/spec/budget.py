"""The size of a template: CloudFormation takes 1 MB, and the wire documents stand in it, because they carry version ARNs.

When they are too large, request models go, the largest first. Nothing is opened by that: validators.json has all of it, and bodies
that the service must check, it must check anyway (`validate: strict` does it at the gateway). When that is not enough, more
operations go behind greedy resources (`tighter`, `placement.folding`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate, takewhile
from typing import Any

from .compiled import CompiledApi, dumps
from .diagnostics.records import Diagnostic
from .settings.target import Target
from .source.document import Located

# Resources that a REST API loses at a time, so that one operation more rarely moves others.
_STEP = 20

# Models up to which each is chosen anew; beyond, measuring all of them after each would take the square of their number.
_ONE_BY_ONE = 300


def fit(apis: list[CompiledApi], target: Target, at: Located) -> tuple[list[CompiledApi], list[Diagnostic]]:
    """The APIs of one template with as many models as `target.wire_bytes` leaves room for, and what was done about it."""
    sizes = [_size(api.wire) for api in apis]
    before = sum(sizes)
    left_out: list[str] = []
    while sum(sizes) > target.wire_bytes:
        found = _largest_models(apis, sum(sizes) - target.wire_bytes)
        if not found:
            message = f"the APIs take {sum(sizes):,} bytes of a template without a single request model; {target.wire_bytes:,} fit"
            return apis, [
                at.problem("HG195", message, fix="split the documents over several gateways, each with its stacks")
            ]
        for number, name in found:
            apis[number].models.drop(name)
            left_out.append(name)
        for number in {number for number, _ in found}:
            apis[number] = replace(apis[number], wire=_without_dropped(apis[number]))
            sizes[number] = _size(apis[number].wire)
    if not left_out:
        return apis, []
    names = ", ".join(left_out[:5]) + (f" and {len(left_out) - 5} more" if len(left_out) > 5 else "")
    message = f"{before:,} bytes of APIs; {target.wire_bytes:,} fit, so {len(left_out)} models are not in the template ({names})"
    fix = "API Gateway does not check these bodies; set validate: strict where the gateway must"
    return apis, [at.problem("HG196", message, fix=fix, level="warning")]


def tighter(apis: list[CompiledApi], target: Target, limit: int) -> int | None:
    """How many resources, less than `limit`, a REST API may have for all to fit into the template. None: they do, or never will."""
    sizes = [(_size(api.wire), _resources(api.wire)) for api in apis]
    if total_size(apis) <= target.wire_bytes:
        return None
    for fewer in range((limit - 1) // _STEP * _STEP, 0, -_STEP):
        left = sum(size * min(fewer, resources) / resources for size, resources in sizes)
        if left <= target.wire_bytes:
            return fewer
    return None


def total_size(apis: list[CompiledApi]) -> int:
    """Bytes of all wire documents."""
    return sum(_size(api.wire) for api in apis)


def _resources(wire: dict[str, Any]) -> int:
    parts = [path.strip("/").split("/") for path in wire["paths"]]
    return len({tuple(path[:length]) for path in parts for length in range(len(path) + 1)})


def _size(wire: dict[str, Any]) -> int:
    return len(dumps(wire).encode())


def _largest_models(apis: list[CompiledApi], excess: int) -> list[tuple[int, str]]:
    """The next to go. One, because without it others shrink or go too; of very many as many as make up half of the excess."""
    sizes = [
        (_size(model), number, name)
        for number, api in enumerate(apis)
        for name, model in api.wire.get("components", {}).get("schemas", {}).items()
    ]
    sizes.sort(reverse=True)
    kept = takewhile(lambda total: total <= excess / 2, accumulate(size for size, _, _ in sizes))
    number_to_go = max(1, sum(1 for _ in kept)) if len(sizes) > _ONE_BY_ONE else 1
    return [(number, name) for _, number, name in sizes[:number_to_go]]


def _without_dropped(api: CompiledApi) -> dict[str, Any]:
    """The wire document with the models that are left, and without bodies that have lost theirs."""
    schemas = api.models.finish()
    components = {key: value for key, value in api.wire.get("components", {}).items() if key != "schemas"}
    components |= {"schemas": schemas} if schemas else {}
    paths = {
        path: {method: _operation(operation, schemas) for method, operation in item.items()}
        for path, item in api.wire["paths"].items()
    }
    return {**api.wire, "paths": paths, "components": components}


def _operation(operation: dict[str, Any], models: Iterable[str]) -> dict[str, Any]:
    body = operation.get("requestBody")
    if body is None or body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2] in models:
        return operation
    weak = {key: value for key, value in operation.items() if key != "requestBody"}
    if any(parameter["in"] == "query" and parameter["required"] for parameter in operation["parameters"]):
        return {**weak, "x-amazon-apigateway-request-validator": "parameters"}
    weak.pop("x-amazon-apigateway-request-validator", None)
    return weak
