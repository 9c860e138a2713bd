"""The one line that is logged per request: route, status, and how each step went. Names and numbers only."""

from dataclasses import dataclass, field

from ..shared.problem import Problem
from .answer import Answer
from .environment import Environment
from .passage import Passage
from .runner import Run

INTERNAL = Problem(500, "internal-error", "The gateway failed")


@dataclass(slots=True)
class Trail:
    """What is known of a request so far, however it ends. `shared` are headers of every answer of its API."""

    route: str
    request_id: str
    began: float
    shared: dict[str, str] = field(default_factory=dict)
    passage: Passage | None = None
    run: Run | None = None


def report(environment: Environment, answer: Answer, trail: Trail) -> None:
    """Write the event `request.answered`."""
    fields: dict[str, object] = {
        "route": trail.route,
        "request_id": trail.request_id,
        "status": answer.status,
        "milliseconds": round((environment.clock.monotonic() - trail.began) * 1000),
    }
    if answer.problem is not None:
        fields["problem"] = answer.problem
    if trail.passage is not None:
        fields |= {"operation": trail.passage.candidate.operation, "upstream": trail.passage.candidate.upstream}
    if trail.run is not None:
        run = trail.run
        fields |= {"workflow": run.plan.workflow, "degraded": list(answer.degraded), "steps": _steps(run)}
    environment.log("request.answered", fields)


def _steps(run: Run) -> dict[str, dict[str, object]]:
    steps: dict[str, dict[str, object]] = {}
    for step in run.plan.steps:
        result = run.results.get(step.position)
        if result is None:
            continue
        told = {
            "state": result.state,
            "reason": result.reason,
            "status": result.status,
            "milliseconds": run.milliseconds.get(step.position),
            "cache": run.cache_status.get(step.position),
        }
        steps[step.id] = {name: value for name, value in told.items() if value is not None}
    return steps


def cache_status(run: Run | None) -> dict[str, str]:
    """The Cache-Status header (RFC 9211): one member per step that a cache was asked about."""
    if run is None:
        return {}
    members = [f"headgate/{run.plan.steps[position].id}; {told}" for position, told in sorted(run.cache_status.items())]
    return {"Cache-Status": ", ".join(members)} if members else {}
