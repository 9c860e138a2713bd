"""The aggregator: one composed operation per request. This file lists the steps; each lives in the file it names."""

from collections.abc import Mapping
from typing import Any

from ..shared.problem import Problem, ProblemError
from .answer import compose, refuse
from .cors import cors_headers
from .environment import Environment, warm_environment
from .events import Request, proxy_answer, read_event
from .inputs import read_inputs
from .plan import Plan
from .report import INTERNAL, cache_status, report
from .route import check_principal, find_plan
from .runner import Run, World, budget_seconds


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """AWS Lambda's entry: a proxy event in, a proxy answer out."""
    return serve(warm_environment(), event, context)


def serve(environment: Environment, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one event; whatever goes wrong becomes problem+json and a line in the log."""
    began = environment.clock.monotonic()
    route = f"{event.get('httpMethod')} {event.get('resource')}"
    request_id = str((event.get("requestContext") or {}).get("requestId", ""))
    run: Run | None = None
    shared: dict[str, str] = {}
    try:
        request = read_event(event)
        world, plan = find_plan(environment.worlds, request)
        shared = cors_headers(world.book.cors, request.headers)
        run = prepare(world, plan, request, context.get_remaining_time_in_millis())
        run.finish()
        answer = compose(run.plan, run.inputs, run.results, request_id)
    except ProblemError as error:
        answer = refuse(error.problem, request_id)
    except Exception:  # noqa: BLE001  the last line of defence: the client gets a problem, the log the place
        environment.log_failure("request.failed", {"route": route, "request_id": request_id})
        answer = refuse(INTERNAL, request_id)
    report(environment, answer, run, route=route, request_id=request_id, began=began)
    return proxy_answer(answer.status, {**answer.headers, **cache_status(run), **shared}, answer.body)


def prepare(world: World, plan: Plan, request: Request, remaining_milliseconds: int) -> Run:
    """The run that will answer a request; `ProblemError` when it gets none."""
    check_principal(plan, request)
    inputs = read_inputs(plan, request)
    budget = budget_seconds(plan, remaining_milliseconds)
    if budget <= 0:
        raise ProblemError(Problem(504, "upstream-timeout", "No time is left to answer"))
    return Run(world, plan, request, inputs, world.clock.monotonic() + budget)
