"""The answer of a plan whose steps are settled: outputs, what is missing, or why it failed (DESIGN 5). Pure.

A failed required step passes 400, 404, 409, 410 and 422 on where the composed operation declares that status; 401 and 403
are our own credential's and become 502, unless the client's own was forwarded; 429 becomes 503 with Retry-After; time
runs out as 504; all else is 502. Step names appear, upstreams' bodies and addresses never.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ..shared.problem import MEDIA_TYPE, Problem
from .calls import HEADER_VALUE
from .expressions import Scope, as_text, or_null
from .plan import Plan
from .schedule import StepResult, first_failure

PASSED_ON = {
    400: ("upstream-refused", "The request was refused"),
    404: ("not-found", "Not found"),
    409: ("conflict", "The request conflicts with the current state"),
    410: ("gone", "No longer there"),
    422: ("unprocessable", "The request cannot be processed"),
}
FORWARDED = {401: ("unauthorized", "Unauthorized"), 403: ("access-denied", "Access denied")}
DEFAULT_RETRY_AFTER_SECONDS = 1
# Lambda takes 6 MB (FACTS 3.23) of JSON in which the body is a string; the rest of the answer needs a little room too.
MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 32 * 1024
# Where a plan finds what is missing: no step can have this name.
DEGRADED = "$degraded"

MESSAGES = {
    "timeout": "did not answer in time",
    "unreachable": "could not be reached",
    "broken": "broke off its answer",
    "too-large": "sent more than can be taken",
    "invalid": "sent something that is not what it declares",
    "status": "failed",
    "criteria": "did not meet its success criteria",
    "input": "has no usable value for a parameter",
    "dependency": "needs a step that failed",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets; `degraded` are the names of parts that are missing or not fresh, `lines` an upstream's headers."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    degraded: tuple[str, ...] = ()
    problem: str | None = None
    lines: tuple[tuple[str, str], ...] = ()


def compose(plan: Plan, inputs: Mapping[str, Any], results: Mapping[int, StepResult], request_id: str) -> Answer:
    """The answer to settled steps."""
    failure = first_failure(plan, results)
    if failure is not None:
        return refuse(failed(plan, results, failure), request_id)
    parts = list(_degraded(plan, results))
    outputs = {step.id: results[step.position].outputs for step in plan.steps if step.position in results}
    missing = [{"step": name, "reason": result.reason} for name, result in parts]
    scope = Scope(inputs, {**outputs, DEGRADED: {"parts": missing}})
    body = b"" if plan.respond.status in (204, 304) else orjson.dumps(or_null(plan.respond.body(scope)))
    if len(body) > MAX_ANSWER_BYTES // 2 and lambda_size(body) > MAX_ANSWER_BYTES:
        return refuse(Problem(502, "answer-too-large", "The composed answer is too large"), request_id)
    headers = _respond_headers(plan, scope)
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    if parts:
        headers |= {"x-headgate-degraded": ", ".join(_describe(*part) for part in parts), "Cache-Control": "no-store"}
    return Answer(plan.respond.status, headers, body, tuple(name for name, _ in parts))


def refuse(problem: Problem, request_id: str) -> Answer:
    """A problem as the answer."""
    document = {**problem.to_json(), "requestId": request_id}
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", **problem.headers}
    return Answer(problem.status, headers, orjson.dumps(document), problem=problem.kind)


def failed(plan: Plan, results: Mapping[int, StepResult], position: int) -> Problem:
    """The problem of a required step that failed; a skipped one is told by its root cause."""
    step, result = plan.steps[position], results[position]
    cause = result
    while cause.cause is not None:
        step, cause = plan.steps[cause.cause], results[cause.cause]
    detail = f"Step {step.id} {MESSAGES[cause.reason or 'status']}."
    kind, status, title, headers = _failure(plan, cause, is_forwarded=step.forward_authorization)
    return Problem(status, kind, title, detail, {"step": step.id}, headers)


def _failure(plan: Plan, cause: StepResult, *, is_forwarded: bool) -> tuple[str, int, str, dict[str, str]]:
    status = cause.status or 0
    if cause.reason == "timeout":
        return "upstream-timeout", 504, "A required part took too long", {}
    if cause.reason == "input" and cause.is_client_fault:
        return "invalid-request", 400, "The request is not valid", {}
    if cause.reason != "status":
        return "upstream-failed", 502, "A required part could not be had", {}
    if status in PASSED_ON and status in plan.declared:
        return PASSED_ON[status][0], status, PASSED_ON[status][1], {}
    if status in FORWARDED and is_forwarded:
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return FORWARDED[status][0], status, FORWARDED[status][1], headers
    if status == 429:
        seconds = cause.retry_after_seconds
        retry_after = str(DEFAULT_RETRY_AFTER_SECONDS if seconds is None else seconds)
        return "upstream-busy", 503, "A required part is busy", {"Retry-After": retry_after}
    return "upstream-failed", 502, "A required part could not be had", {}


def _degraded(plan: Plan, results: Mapping[int, StepResult]) -> Iterator[tuple[str, StepResult]]:
    for step in plan.steps:
        result = results.get(step.position)
        if result is not None and result.reason is not None:
            yield step.id, result


def _describe(name: str, result: StepResult) -> str:
    status = f";status={result.status}" if result.reason == "status" else ""
    return f"{name};reason={result.reason}{status}{';stale' if result.state == 'stale' else ''}"


def _respond_headers(plan: Plan, scope: Scope) -> dict[str, str]:
    texts = {name: as_text(value(scope)) for name, value in plan.respond.headers}
    return {name: text for name, text in texts.items() if text and HEADER_VALUE.fullmatch(text)}


def lambda_size(body: bytes) -> int:
    """Bytes of a body inside the JSON that a function hands to Lambda, where quotes and backslashes are escaped."""
    return len(body) + body.count(b'"') + body.count(b"\\")
