"""One step: the operation it calls, what it sends, what counts as success and what it gives to others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation, Parameter
from ..settings.records import read_record
from ..source.document import Located
from .actions import read_retries, read_success, reusable
from .listing import items_of, members_of
from .names import Names, Response, Value, compile_value, steps_read
from .request_body import read_body
from .settings import KEY, STALE, StepSettings
from .shapes import UNKNOWN, Shape, fits, shape_of, shape_of_value

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 section 9.2.1
PATH_VARIABLE = re.compile(r"\{([^{}]+)\}")
STEP_ID = re.compile(r"[A-Za-z0-9_-]+")
# How each place may spell an array; other styles have no form that a path segment, query or header can be trusted with.
STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
# Written by the gateway or the connection, never by a document.
OWN_HEADERS = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "content-length", "expect", "accept-encoding", "x-headgate-subject",
        "x-headgate-scope", "traceparent", "tracestate", "x-amzn-trace-id",
    }
)  # fmt: skip
# OpenAPI leaves these out of `parameters` on purpose (3.1, Parameter Object).
UNDECLARED_HEADERS = frozenset({"accept", "content-type", "authorization", "idempotency-key"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A step that is resolved but not yet compiled."""

    id: str
    at: Located
    workflow: Located
    operation: Operation
    settings: StepSettings
    url: str

    @property
    def is_safe(self) -> bool:
        return self.operation.method in SAFE_METHODS


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """A step for plans.json, without its place in the order; `needs` are the steps it cannot do without."""

    entry: dict[str, Any]
    needs: frozenset[str]


def read_settings(step: Located, problems: list[Diagnostic]) -> StepSettings:
    """`x-headgate` of a step; defaults where it is absent or wrong."""
    if KEY not in step.value:
        return StepSettings()
    at = step.child(KEY)
    settings = read_record(StepSettings, at, "HG180", problems) or StepSettings()
    for name, given in (("for-each", settings.for_each), ("batch", settings.batch)):
        if given is not None:
            message = f"{name} is not run yet"
            problems.append(at.child(name).problem("HG171", message, fix="ask the service for a list in one call"))
    return settings


def check_settings(draft: Draft, problems: list[Diagnostic]) -> None:
    """Settings that contradict each other or the operation."""
    settings = draft.settings
    at = draft.at.at(KEY) or draft.at
    if settings.cache is not None and not draft.is_safe:
        message = f"step {draft.id!r}: replies to {draft.operation.method} cannot be reused"
        problems.append(at.problem("HG180", message, fix="remove cache"))
    if settings.cache is not None and settings.cache.public and settings.forward_authorization:
        message = f"step {draft.id!r}: a public cache would share replies to one client's own authorization"
        problems.append(at.problem("HG180", message, fix="remove public, or forward-authorization"))
    if settings.fallback == STALE and (settings.cache is None or settings.cache.stale <= 0):
        message = f"step {draft.id!r}: nothing is kept to fall back on"
        problems.append(at.problem("HG180", message, fix="add cache: {ttl: 60, stale: 300}"))


def outputs_of(draft: Draft) -> dict[str, Shape]:
    """What other steps may read of a step, by output name; problems are found when the step itself is compiled."""
    names = Names({}, {}, [], response=response_of(draft, []))
    shapes: dict[str, Shape] = {}
    for name, at in members_of(draft.at.at("outputs")):
        shape = compile_value(at.value, at, names).shape
        shapes[name] = replace(shape, is_optional=shape.is_optional or _may_be_null(draft))
    return shapes


def _may_be_null(draft: Draft) -> bool:
    return not draft.settings.required and not draft.settings.has_static_fallback


def response_of(draft: Draft, success: list[dict[str, Any]]) -> Response:
    """The reply that success means: of the status the criteria name, else the lowest declared 2xx."""
    named = [tree["right"].get("const") for tree in success if tree.get("op") == "==" and "status" in tree["left"]]
    status = named[0] if named and isinstance(named[0], int) else lowest_success(draft.operation)
    response = draft.operation.response(status)
    if response is None or not response.content:
        return Response(UNKNOWN, None)
    media_type = next((media for media in response.content if "json" in media), next(iter(response.content)))
    return Response(shape_of(response.content[media_type]), media_type)


def lowest_success(operation: Operation) -> int:
    """The lowest 2xx an operation declares, 200 when it declares none or all."""
    declared = [int(r.status) for r in operation.responses if r.status.isdigit() and r.status.startswith("2")]
    return min(declared, default=200)


def compile_step(draft: Draft, names: Names) -> CompiledStep:
    """The step as plans.json has it; `names` holds the inputs and every step's outputs."""
    names = replace(names, method=draft.operation.method)
    parameters, sent = _parameters(draft, names)
    body = read_body(draft.at, draft.operation, names)
    if body is not None:
        sent["body", ""] = Value(body["value"])
    own = replace(names, response=response_of(draft, []), request=sent)
    success = read_success(draft.at, draft.workflow, own)
    own = replace(own, response=response_of(draft, success))
    retry = read_retries(draft.at, draft.workflow, own, has_idempotency_key=("header", "idempotency-key") in sent)
    outputs = _outputs(draft, own)
    settings = draft.settings
    entry: dict[str, Any] = {
        "id": draft.id,
        "upstream": draft.operation.upstream,
        "method": draft.operation.method,
        "path": draft.operation.upstream_path or draft.operation.path,
        "parameters": parameters,
        "required": settings.required,
        "success": success,
        "retry": retry,
        "outputs": outputs,
    }
    if body is not None:
        entry["body"] = body
    entry |= _extras(settings)
    needs = steps_read([each["value"] for each in parameters] + [body, success, retry, list(outputs.values())])
    return CompiledStep(entry, frozenset((needs | _depends_on(draft, names)) - {draft.id}))


def _extras(settings: StepSettings) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if settings.fallback == STALE:
        extras["fallback"] = {"kind": "stale"}
    elif settings.has_static_fallback:
        extras["fallback"] = {"kind": "value", "value": settings.fallback}
    if settings.cache is not None:
        cache = settings.cache
        extras["cache"] = {"ttlSeconds": cache.ttl, "staleSeconds": cache.stale, "public": cache.public}
    if settings.forward_authorization:
        extras["forwardAuthorization"] = True
    return extras


def _parameters(draft: Draft, names: Names) -> tuple[list[dict[str, Any]], dict[tuple[str, str], Value]]:
    """Parameters for the plan and, by place and name, what is sent; the workflow's apply unless the step has its own."""
    entries: list[dict[str, Any]] = []
    sent: dict[tuple[str, str], Value] = {}
    for holder in (draft.at, draft.workflow):
        for at, raw in _given(holder, names.problems):
            location, name = str(at.value.get("in")), str(at.value.get("name"))
            key = (location, name.lower() if location == "header" else name)
            declared = _declared(draft, at, location, name, names.problems)
            if key in sent or (holder is draft.workflow and declared is None):
                continue
            sent[key] = value = compile_value(raw.value, raw, names)
            entries.append(_parameter(declared, name, location, value.tree))
            if declared is not None:
                _check_type(draft, declared, value, raw, names.problems)
    _check_missing(draft, sent, names.problems)
    _check_path(draft, sent, names.problems)
    return entries, sent


def _given(holder: Located, problems: list[Diagnostic]) -> list[tuple[Located, Located]]:
    """(parameter, its value) of a list, reusable ones looked up; a reference may bring a value of its own."""
    found: list[tuple[Located, Located]] = []
    for item in items_of(holder.at("parameters")):
        at = reusable(item, "parameters", problems)
        if at is None:
            continue
        raw = item.child("value") if "reference" in item.value and "value" in item.value else at.at("value")
        if raw is None or "name" not in at.value or at.value.get("in") not in STYLES:
            wanted = "a parameter has a name, in: path, query, header or cookie, and a value"
            problems.append(item.problem("HG170", wanted, fix="complete it"))
        else:
            found.append((at, raw))
    return found


def _declared(draft: Draft, at: Located, location: str, name: str, problems: list[Diagnostic]) -> Parameter | None:
    """The operation's parameter, or None; a step's parameter that the operation does not have is a problem."""
    parameter = draft.operation.parameter(location, name)
    if location == "header" and name.lower() in OWN_HEADERS:
        message = f"header {name!r} is written by the gateway or the connection"
        problems.append(at.problem("HG177", message, fix="remove it"))
    elif parameter is not None and parameter.style != STYLES[location]:
        message = f"{location} parameter {name!r} has style {parameter.style}; {STYLES[location]} is sent"
        problems.append(at.problem("HG171", message, fix="describe it in that style"))
    is_of_step = at.pointer.startswith(draft.at.pointer)
    if parameter is None and is_of_step and not (location == "header" and name.lower() in UNDECLARED_HEADERS):
        known = [p.name for p in draft.operation.parameters if p.location == location]
        close = get_close_matches(name, known, n=1)
        fix = f"did you mean {close[0]!r}?" if close else f"it has: {', '.join(known) or 'none'}"
        message = f"step {draft.id!r}: {draft.operation.name} has no {location} parameter {name!r}"
        problems.append(at.problem("HG177", message, fix=fix))
    return parameter


def _parameter(declared: Parameter | None, name: str, location: str, tree: dict[str, Any]) -> dict[str, Any]:
    entry = {"in": location, "name": name, "value": tree, "required": location == "path"}
    if declared is not None:
        entry |= {"required": declared.required, "explode": declared.explode}
    return entry


def _check_type(draft: Draft, declared: Parameter, value: Value, at: Located, problems: list[Diagnostic]) -> None:
    wanted = shape_of(declared.schema).types
    what = f"step {draft.id!r}: {declared.location} parameter {declared.name!r}"
    if not fits(value.shape, wanted, is_text=True):
        got = "/".join(sorted(value.shape.types))
        message = f"{what} is {'/'.join(sorted(wanted))}, and {at.value!r} is {got}"
        problems.append(at.problem("HG176", message, fix="pass a value of that type"))
    elif declared.required and (value.shape.is_optional or "null" in value.shape.types):
        message = f"{what} is required, and {at.value!r} may be absent; the step fails then"
        problems.append(at.problem("HG176", message, fix="make sure that it is always there", level="warning"))


def _check_missing(draft: Draft, sent: Mapping[tuple[str, str], Value], problems: list[Diagnostic]) -> None:
    for parameter in draft.operation.parameters:
        name = parameter.name.lower() if parameter.location == "header" else parameter.name
        if parameter.required and (parameter.location, name) not in sent and name not in UNDECLARED_HEADERS:
            message = (
                f"step {draft.id!r}: {draft.operation.name} needs {parameter.location} parameter {parameter.name!r}"
            )
            problems.append(draft.at.problem("HG177", message, fix="add it to parameters"))


def _check_path(draft: Draft, sent: Mapping[tuple[str, str], Value], problems: list[Diagnostic]) -> None:
    """Variables of the path at the upstream, which a rewrite may have changed."""
    path = draft.operation.upstream_path or draft.operation.path
    declared = {(p.location, p.name) for p in draft.operation.parameters}
    for name in PATH_VARIABLE.findall(path):
        if ("path", name) not in sent and ("path", name) not in declared:
            message = f"step {draft.id!r}: nothing fills {{{name}}} of {path}"
            problems.append(draft.at.problem("HG177", message, fix="declare it as a path parameter and pass it"))


def _outputs(draft: Draft, names: Names) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for name, at in members_of(draft.at.at("outputs")):
        value = compile_value(at.value, at, names)
        entries[name] = {
            "value": value.tree,
            "types": sorted(value.shape.types),
            "optional": value.shape.is_optional or not value.shape.types,
        }
        _check_fallback(draft, name, value, at, names.problems)
    return entries


def _check_fallback(draft: Draft, name: str, value: Value, at: Located, problems: list[Diagnostic]) -> None:
    """A static fallback stands in for the body: each output must find in it what it reads."""
    fallback = draft.settings.fallback
    if not draft.settings.has_static_fallback or fallback is None or "body" not in value.tree:
        return
    for token in value.tree["body"]:
        has = isinstance(fallback, dict) and token in fallback
        has = has or (isinstance(fallback, list) and token.isdecimal() and int(token) < len(fallback))
        if not has:
            message = f"output {name!r} of step {draft.id!r} reads {at.value!r}, which the fallback does not have"
            problems.append(at.problem("HG180", message, fix="give the fallback the shape of the body"))
            return
        fallback = fallback[int(token)] if isinstance(fallback, list) else fallback[token]
    if not fits(shape_of_value(fallback), value.shape.types):
        message = f"the fallback of step {draft.id!r} makes output {name!r} {shape_of_value(fallback).types}"
        problems.append(at.problem("HG176", message, fix=f"the body has {'/'.join(sorted(value.shape.types))} there"))


def _depends_on(draft: Draft, names: Names) -> set[str]:
    """`dependsOn` of Arazzo 1.1, steps of this workflow only."""
    found: set[str] = set()
    for at in items_of(draft.at.at("dependsOn")):
        if at.value in names.steps:
            found.add(str(at.value))
        else:
            known = ", ".join(sorted(names.steps))
            message = f"step {draft.id!r} depends on {at.value!r}, which is no step of this workflow"
            names.problems.append(at.problem("HG174", message, fix=f"known: {known}"))
    return found
