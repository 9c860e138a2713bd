"""The one line that is logged per request: route, status, and how each step went. Names and numbers only."""

from ..shared.problem import Problem
from .answer import Answer
from .environment import Environment
from .runner import Run

INTERNAL = Problem(500, "internal-error", "The gateway failed")


def report(
    environment: Environment, answer: Answer, run: Run | None, *, route: str, request_id: str, began: float
) -> None:
    """Write the event `request.answered`."""
    fields: dict[str, object] = {
        "route": route,
        "request_id": request_id,
        "status": answer.status,
        "milliseconds": round((environment.clock.monotonic() - began) * 1000),
    }
    if answer.problem is not None:
        fields["problem"] = answer.problem
    if run is not None:
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
