"""The aggregator: one composed or edge operation per request. This file lists the steps; each lives in the file it names."""

from collections.abc import Mapping
from typing import Any

from ..shared.problem import Problem, ProblemError
from .answer import Answer, compose, refuse
from .cors import cors_headers
from .edges import Edge
from .environment import Environment, warm_environment
from .events import Request, proxy_answer, read_event
from .forward import forward
from .inputs import read_inputs
from .passage import check, composed, find_operation
from .plan import Plan
from .report import INTERNAL, Trail, cache_status, report
from .route import check_principal, find_route
from .runner import Run, World, budget_seconds


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """AWS Lambda's entry: a proxy event in, a proxy answer out."""
    return serve(warm_environment(), event, context)


def serve(environment: Environment, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one event; whatever goes wrong becomes problem+json and a line in the log."""
    trail = Trail(
        route=f"{event.get('httpMethod')} {event.get('resource')}",
        request_id=str((event.get("requestContext") or {}).get("requestId", "")),
        began=environment.clock.monotonic(),
    )
    try:
        request = read_event(event)
        world, route = find_route(environment.worlds, request)
        trail.shared = cors_headers(world.book.cors, request.headers)
        check_principal(route, request)
        answer = _answer(world, route, request, context.get_remaining_time_in_millis(), trail)
    except ProblemError as error:
        answer = refuse(error.problem, trail.request_id)
    except Exception:  # noqa: BLE001  the last line of defence: the client gets a problem, the log the place
        environment.log_failure("request.failed", {"route": trail.route, "request_id": trail.request_id})
        answer = refuse(INTERNAL, trail.request_id)
    report(environment, answer, trail)
    own = {} if answer.lines else trail.shared
    headers = {**answer.headers, **cache_status(trail.run), **own}
    return proxy_answer(answer.status, headers, answer.body, lines=answer.lines)


def _answer(world: World, route: Plan | Edge, request: Request, remaining_milliseconds: int, trail: Trail) -> Answer:
    if isinstance(route, Edge):
        passage = trail.passage = find_operation(route, request)
        check(world, passage, request)
        if passage.candidate.plan is None:
            return forward(world, passage, request, remaining_milliseconds)
        route, request = composed(world, passage, request)
        check_principal(route, request)
    run = trail.run = prepare(world, route, request, remaining_milliseconds)
    run.finish()
    return compose(run.plan, run.inputs, run.results, trail.request_id)


def prepare(world: World, plan: Plan, request: Request, remaining_milliseconds: int) -> Run:
    """The run that will answer a request; `ProblemError` when it gets none."""
    inputs = read_inputs(plan, request)
    budget = budget_seconds(plan, remaining_milliseconds)
    if budget <= 0:
        raise ProblemError(Problem(504, "upstream-timeout", "No time is left to answer"))
    return Run(world, plan, request, inputs, world.clock.monotonic() + budget)
