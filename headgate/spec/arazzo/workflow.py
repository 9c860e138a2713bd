"""One workflow that answers one operation -> one plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation
from ..settings.records import read_record
from ..source.document import Located
from .graph import circles, longest, sort, with_barriers
from .inputs import Inputs, read_inputs
from .listing import items_of, members_of
from .names import DEGRADED_TREE, Names, Value, compile_value
from .settings import KEY, WorkflowSettings
from .shapes import NothingThereError, Shape, inside, shape_of
from .source import STEP_FIELDS, Sources, check_fields
from .steps import STEP_ID, CompiledStep, Draft, check_settings, compile_step, lowest_success, outputs_of, read_settings

MOST_SECONDS = 28.0  # the aggregator's own limit, below API Gateway's 29 (FACTS 8.29)
DEFAULT_STEP_SECONDS = 5.0
# Statuses a required step may pass on, where the composed operation declares them (DESIGN 5).
PASSED_ON = (400, 404, 409, 410, 422)


@dataclass(frozen=True, slots=True)
class Composition:
    """A workflow and the operation it answers."""

    name: str
    at: Located
    sources: Sources
    operation: Operation
    secured: bool

    @property
    def problems(self) -> list[Diagnostic]:
        return self.sources.problems


def compile_workflow(composition: Composition) -> dict[str, Any]:
    """The plan; it is of use only when no problem was found on the way."""
    refuse_unsupported(composition)
    settings = _settings(composition)
    drafts = _drafts(composition)
    secured, problems = composition.secured, composition.problems
    inputs = read_inputs(composition.operation, composition.at, secured=secured, problems=problems)
    outputs = {draft.id: outputs_of(draft) for draft in drafts}
    names = Names(inputs.shapes, outputs, problems)
    compiled = {draft.id: compile_step(draft, names) for draft in drafts}
    steps = _ordered(composition, drafts, compiled)
    body = _outputs(composition, names, settings)
    operation = composition.operation
    respond = _respond(operation, replace(names, outputs=body))
    _check_answer(composition, operation, body)
    return {
        "workflow": composition.name,
        "secured": secured,
        "timeoutSeconds": plan_seconds(operation),
        "inputs": _used(inputs, steps, respond),
        "steps": steps,
        "respond": respond,
        "declared": [status for status in (*PASSED_ON, respond["status"]) if operation.response(status) is not None],
    }


def plan_seconds(operation: Operation) -> float:
    """How long the whole plan may take."""
    return min(MOST_SECONDS, operation.settings.timeout or MOST_SECONDS)


def refuse_unsupported(composition: Composition) -> None:
    """Parts of a workflow that Arazzo has and a gateway does not run."""
    if "dependsOn" in composition.at.value:
        at = composition.at.child("dependsOn")
        composition.problems.append(
            at.problem("HG171", "workflows do not wait for workflows", fix="make it one workflow")
        )


def _settings(composition: Composition) -> WorkflowSettings:
    if KEY not in composition.at.value:
        return WorkflowSettings()
    at = composition.at.child(KEY)
    return read_record(WorkflowSettings, at, "HG180", composition.problems) or WorkflowSettings()


def _drafts(composition: Composition) -> list[Draft]:
    problems, drafts = composition.problems, []
    listed = composition.at.at("steps")
    if listed is None or not isinstance(listed.value, list) or not listed.value:
        problems.append(composition.at.problem("HG170", "a workflow has steps", fix="add steps"))
        return []
    seen: set[str] = set()
    for at in items_of(listed):
        name = at.value.get("stepId") if isinstance(at.value, dict) else None
        if not isinstance(name, str) or not STEP_ID.fullmatch(name) or name in seen:
            wanted = "each step has a stepId of its own, of letters, digits, '-' and '_'"
            problems.append(at.problem("HG170", f"stepId is {name!r}; {wanted}", fix="correct it"))
            continue
        seen.add(name)
        check_fields(at, STEP_FIELDS, problems)
        draft = _draft(composition, name, at)
        drafts += [draft] if draft else []
    return drafts


def _draft(composition: Composition, name: str, at: Located) -> Draft | None:
    settings = read_settings(at, composition.problems)
    operation = composition.sources.operation(at)
    if operation is None:
        return None
    upstream = composition.sources.operations.upstreams.get(operation.upstream or "")
    place = at.at("operationId") or at.at("operationPath") or at
    if operation.settings.workflow:
        message = f"step {name!r} calls {operation.name}, which is a composition itself"
        composition.problems.append(place.problem("HG184", message, fix="call what that composition calls"))
    elif upstream is not None and not upstream.url:
        message = f"step {name!r} calls {operation.name}, which upstream {upstream.name!r} ({upstream.kind}) answers"
        composition.problems.append(place.problem("HG184", message, fix="give that upstream a url"))
    draft = Draft(name, at, composition.at, operation, settings, upstream.url if upstream else "")
    check_settings(draft, composition.problems)
    return draft


def _ordered(
    composition: Composition, drafts: Sequence[Draft], compiled: Mapping[str, CompiledStep]
) -> list[dict[str, Any]]:
    """Steps in an order that respects who waits for whom, with their timeouts."""
    order = [draft.id for draft in drafts]
    by_id = {draft.id: draft for draft in drafts}
    unsafe = frozenset(draft.id for draft in drafts if not draft.is_safe)
    # A step that could not be resolved is a problem of its own; what waits for it can still be checked.
    needs = {name: compiled[name].needs & compiled.keys() for name in order}
    waits = with_barriers(order, needs, unsafe)
    for circle in circles(order, waits):
        message = f"steps wait for each other: {' -> '.join([*circle, circle[0]])}"
        problem = by_id[circle[0]].at.problem(
            "HG178", message, fix="break the circle; unsafe steps keep document order"
        )
        composition.problems.append(problem)
    placed = sort(order, waits)
    seconds = _timeouts(composition, [by_id[name] for name in placed], waits, compiled)
    return [
        {
            **compiled[name].entry,
            "after": sorted(waits[name], key=placed.index),
            "needs": sorted(needs[name], key=placed.index),
            "timeoutSeconds": seconds[name],
        }
        for name in placed
    ]


def _timeouts(
    composition: Composition,
    drafts: Sequence[Draft],
    waits: Mapping[str, frozenset[str]],
    compiled: Mapping[str, CompiledStep],
) -> dict[str, float]:
    """Seconds per step: as given, else an even share of the time along the longest way, at most five."""
    order = [draft.id for draft in drafts]
    total = plan_seconds(composition.operation)
    depth, _ = longest(order, waits, dict.fromkeys(order, 1.0))
    share = min(DEFAULT_STEP_SECONDS, round(total / max(depth, 1), 3))
    seconds = {draft.id: draft.settings.timeout or _milliseconds(draft) or share for draft in drafts}
    cost = {name: _worst(seconds[name], compiled[name].entry["retry"]) for name in order}
    worst, path = longest(order, waits, cost)
    if worst > total + 0.01:
        message = f"{' -> '.join(path)} may take {worst:g} s, and {composition.name!r} has {total:g} s"
        fix = "lower the steps' x-headgate.timeout or retries, or raise the operation's timeout"
        composition.problems.append(composition.at.problem("HG179", message, fix=fix))
    return seconds


def _milliseconds(draft: Draft) -> float | None:
    """`timeout` of Arazzo 1.1's step, which counts milliseconds."""
    given = draft.at.value.get("timeout")
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return given / 1000 if is_number and given > 0 else None


def _worst(seconds: float, retries: Sequence[Mapping[str, Any]]) -> float:
    return float(seconds + sum(each["limit"] * (seconds + each["afterSeconds"]) for each in retries))


def _outputs(composition: Composition, names: Names, settings: WorkflowSettings) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, at in members_of(composition.at.at("outputs")):
        values[name] = compile_value(at.value, at, names)
    if settings.degraded is not None:
        if settings.degraded in values:
            message = f"x-headgate.degraded is {settings.degraded!r}, which is an output already"
            problem = composition.at.child(KEY).problem("HG182", message, fix="choose another name")
            composition.problems.append(problem)
        values[settings.degraded] = Value(DEGRADED_TREE, Shape(frozenset({"array"})))
    return values


def _respond(operation: Operation, names: Names) -> dict[str, Any]:
    """Status, headers and body of the answer; the outputs as an object unless `respond` says otherwise."""
    outputs = names.outputs or {}
    whole: dict[str, Any] = {"object": {name: value.tree for name, value in outputs.items()}}
    respond = operation.settings.respond
    if respond is None:
        return {"status": lowest_success(operation), "headers": {}, "body": whole}
    at = operation.at.at(KEY, "respond") or operation.at
    headers = {
        name: compile_value(value, _inner(at, "headers", name), names).tree for name, value in respond.headers.items()
    }
    body = whole if respond.body is None else compile_value(respond.body, _inner(at, "body"), names).tree
    return {"status": respond.status or lowest_success(operation), "headers": headers, "body": body}


def _inner(at: Located, *keys: str) -> Located:
    """Where a setting stands, or its holder when it was inherited from elsewhere."""
    return at.at(*keys) or at


def _check_answer(composition: Composition, operation: Operation, outputs: Mapping[str, Value]) -> None:
    """The outputs against the schema that the composed operation declares for its answer."""
    respond = operation.settings.respond
    response = operation.response(lowest_success(operation))
    media_type = next((media for media in response.content if "json" in media), None) if response else None
    if response is None or media_type is None or (respond is not None and respond.body is not None):
        return
    shape = shape_of(response.content[media_type])
    at = composition.at.at("outputs") or composition.at
    for schema in shape.schemas if len(shape.schemas) == 1 else ():
        required = schema.value.get("required", ())
        for name in required if isinstance(required, list) else ():
            if name not in outputs:
                message = f"{operation.name} declares {name!r} as required, and workflow {composition.name!r} has no such output"
                composition.problems.append(at.problem("HG182", message, fix="add the output"))
    for name in outputs:
        try:
            inside(shape, (name,))
        except NothingThereError:
            message = f"output {name!r} is not in the answer that {operation.name} declares"
            composition.problems.append(_inner(at, name).problem("HG182", message, fix="declare it", level="warning"))


def _used(inputs: Inputs, *trees: Any) -> dict[str, dict[str, Any]]:
    """The inputs that expressions read; a plan checks no others."""
    read = _inputs_read(list(trees))
    return {name: entry for name, entry in inputs.entries.items() if name in read}


def _inputs_read(tree: Any) -> set[str]:
    if isinstance(tree, list):
        return set().union(*(_inputs_read(item) for item in tree))
    if not isinstance(tree, dict) or "const" in tree:
        return set()
    own = {tree["input"]} if isinstance(tree.get("input"), str) else set()
    return own.union(*(_inputs_read(value) for value in tree.values()))
