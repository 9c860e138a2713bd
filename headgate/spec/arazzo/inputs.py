"""`$inputs` of a workflow at a gateway: the parameters, body and principal of the operation it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation, Parameter
from ..source.document import Located
from .listing import members_of
from .shapes import UNKNOWN, Shape, fits, shape_of

BODY, PRINCIPAL = "body", "principal"


@dataclass(frozen=True, slots=True)
class Inputs:
    """`shapes` by name, for type checks; `entries` by name, for plans.json."""

    shapes: Mapping[str, Shape]
    entries: Mapping[str, dict[str, Any]]


def read_inputs(operation: Operation, workflow: Located, *, secured: bool, problems: list[Diagnostic]) -> Inputs:
    """The inputs of a workflow that answers an operation; a name that could mean two of them is a problem."""
    shapes: dict[str, Shape] = {}
    entries: dict[str, dict[str, Any]] = {}
    for parameter in operation.parameters:
        if parameter.name in shapes:
            message = (
                f"{operation.name} has two parameters {parameter.name!r}: $inputs.{parameter.name} could be either"
            )
            problems.append(parameter.at.problem("HG181", message, fix="rename one of them"))
        shape = shape_of(parameter.schema)
        has_value = parameter.required or _default(parameter) is not None
        shapes[parameter.name] = Shape(shape.types, shape.schemas, is_optional=not has_value)
        entries[parameter.name] = _entry(operation, parameter, shape)
    _add_reserved(operation, shapes, entries, secured=secured, problems=problems)
    _check_declared(operation, workflow, shapes, problems)
    return Inputs(shapes, entries)


def _add_reserved(
    operation: Operation,
    shapes: dict[str, Shape],
    entries: dict[str, dict[str, Any]],
    *,
    secured: bool,
    problems: list[Diagnostic],
) -> None:
    body = operation.body
    for name, exists in ((BODY, body is not None), (PRINCIPAL, secured)):
        if exists and name in shapes:
            message = f"{operation.name}: its parameter {name!r} and the request's {name} would both be $inputs.{name}"
            problems.append(operation.at.problem("HG181", message, fix="rename the parameter"))
    if secured:
        shapes[PRINCIPAL] = UNKNOWN
    json_type = next((media for media in body.content if "json" in media), None) if body else None
    if body is not None and json_type is not None:
        shape = shape_of(body.content[json_type])
        shapes[BODY] = Shape(shape.types, shape.schemas, is_optional=not body.required)
        entries[BODY] = {"in": "body", "type": _kind(shape, "any"), "required": body.required}


def _entry(operation: Operation, parameter: Parameter, shape: Shape) -> dict[str, Any]:
    key = operation.path_names.get(parameter.name, parameter.name) if parameter.location == "path" else parameter.name
    entry: dict[str, Any] = {
        "in": parameter.location,
        "key": key,
        "type": _kind(shape, "string"),
        "required": parameter.required,
        "explode": parameter.explode,
    }
    default = _default(parameter)
    return entry if default is None else {**entry, "default": default}


def _default(parameter: Parameter) -> Any:
    schema = parameter.schema.follow() if parameter.schema else None
    return schema.value.get("default") if schema is not None and isinstance(schema.value, dict) else None


def _kind(shape: Shape, otherwise: str) -> str:
    """The one type of a shape, null apart; what may be several things is read as it stands."""
    kinds = shape.types - {"null"}
    return next(iter(kinds)) if len(kinds) == 1 else otherwise


def _check_declared(
    operation: Operation, workflow: Located, shapes: Mapping[str, Shape], problems: list[Diagnostic]
) -> None:
    """What the workflow says about its inputs against what the operation has."""
    declared = workflow.at("inputs")
    if declared is None or not isinstance(declared.value, dict):
        return
    required = declared.value.get("required", ())
    for name, at in members_of(declared.at("properties")):
        shape = shape_of(at)
        if name in shapes and not fits(shapes[name], shape.types):
            has, wants = "/".join(sorted(shapes[name].types)), "/".join(sorted(shape.types))
            message = f"input {name!r} is {wants} here and {has} in {operation.name}"
            problems.append(at.problem("HG176", message, fix="make them agree"))
        if name not in shapes and name in required:
            message = f"input {name!r} is required, and {operation.name} has no such parameter"
            problems.append(
                at.problem("HG174", message, fix=f"add the parameter; it has: {', '.join(shapes) or 'none'}")
            )
