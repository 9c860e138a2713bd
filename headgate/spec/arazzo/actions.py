"""What happens after a step: success criteria and retries. Everything else Arazzo can do there is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..diagnostics.records import Diagnostic
from ..source.document import Located
from .listing import items_of
from .names import Names, compile_condition

DEFAULT_SUCCESS = {
    "op": "and",
    "of": [
        {"op": ">=", "left": {"status": True}, "right": {"const": 200}},
        {"op": "<", "left": {"status": True}, "right": {"const": 300}},
    ],
}
MAX_RETRIES = 5  # more belongs to the client: a gateway has 28 seconds
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110 section 9.2.2


def read_criteria(at: Located | None, names: Names) -> list[dict[str, Any]]:
    """The conditions of a list of criteria; other kinds than simple ones are refused."""
    trees: list[dict[str, Any]] = []
    for criterion in items_of(at):
        value = criterion.value if isinstance(criterion.value, dict) else {}
        if value.get("type", "simple") != "simple":
            kind = value["type"].get("type") if isinstance(value["type"], dict) else value["type"]
            message = f"criteria of type {kind} are not run"
            names.problems.append(criterion.problem("HG171", message, fix="write a simple condition"))
        elif not isinstance(value.get("condition"), str):
            names.problems.append(criterion.problem("HG170", "a criterion has a condition", fix="add it"))
        else:
            tree = compile_condition(value["condition"], criterion.child("condition"), names)
            trees += [] if tree is None else [tree]
    return trees


def read_success(step: Located, workflow: Located, names: Names) -> list[dict[str, Any]]:
    """What makes the step succeed; any 2xx when it does not say."""
    for holder, key in ((step, "onSuccess"), (workflow, "successActions")):
        for action in _actions(holder.at(key), "successActions", names.problems):
            _refuse(action, "the next step follows by itself", names.problems)
    return read_criteria(step.at("successCriteria"), names) or [DEFAULT_SUCCESS]


def read_retries(step: Located, workflow: Located, names: Names, *, has_idempotency_key: bool) -> list[dict[str, Any]]:
    """The retry actions of a step, its own before the workflow's."""
    retries: list[dict[str, Any]] = []
    seen: set[str] = set()
    for holder, key in ((step, "onFailure"), (workflow, "failureActions")):
        for action in _actions(holder.at(key), "failureActions", names.problems):
            name = str(action.value.get("name"))
            if name not in seen:
                retries += _failure(action, names, has_idempotency_key=has_idempotency_key)
            seen.add(name)
    return retries


def _failure(action: Located, names: Names, *, has_idempotency_key: bool) -> list[dict[str, Any]]:
    value, problems = action.value, names.problems
    if value.get("type") == "end":
        return []  # what a failed required step does anyway
    if value.get("type") != "retry" or "stepId" in value or "workflowId" in value:
        _refuse(action, "use retry without another step, or x-headgate: {required: false, fallback: ...}", problems)
        return []
    if names.method not in IDEMPOTENT_METHODS and not has_idempotency_key:
        message = f"{names.method} is not idempotent: a retry could do it twice"
        problems.append(action.problem("HG171", message, fix="send an Idempotency-Key header, or do not retry"))
        return []
    limit, seconds = value.get("retryLimit", 1), value.get("retryAfter", 0)
    if not isinstance(limit, int) or not 0 <= limit <= MAX_RETRIES:
        problems.append(action.problem("HG170", f"retryLimit is {limit!r}", fix=f"give 0 to {MAX_RETRIES}"))
        return []
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        problems.append(action.problem("HG170", f"retryAfter is {seconds!r}", fix="give seconds, 0 or more"))
        return []
    return [{"limit": limit, "afterSeconds": seconds, "when": read_criteria(action.at("criteria"), names)}]


def _refuse(action: Located, fix: str, problems: list[Diagnostic]) -> None:
    kind = action.value.get("type")
    target = action.value.get("stepId") or action.value.get("workflowId") or "the end"
    problems.append(action.problem("HG171", f"action {kind} to {target} is not run", fix=fix))


def _actions(at: Located | None, kind: str, problems: list[Diagnostic]) -> Iterator[Located]:
    """The actions of a list, reusable ones looked up in `components`."""
    for item in items_of(at):
        action = reusable(item, kind, problems)
        if action is not None:
            yield action


def reusable(item: Located, kind: str, problems: list[Diagnostic]) -> Located | None:
    """An object written in place, or the component that `reference: $components.<kind>.<name>` names."""
    if not isinstance(item.value, dict):
        problems.append(item.problem("HG170", f"an item of {kind} is no object", fix="correct it"))
        return None
    if "reference" not in item.value:
        return item
    reference = str(item.value["reference"])
    prefix = f"$components.{kind}."
    found = item.document.root.at("components", kind, reference.removeprefix(prefix))
    if not reference.startswith(prefix) or found is None or not isinstance(found.value, dict):
        message = f"reference {reference!r} leads nowhere"
        problems.append(item.child("reference").problem("HG174", message, fix=f"define it under components.{kind}"))
        return None
    return found
