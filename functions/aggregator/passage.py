"""How a request passes an edge: which operation it means, whether it keeps that operation's schema, and who answers.

passage = find_operation(edge, request)   or a problem: 404
check(world, passage, request)            or a problem: 400, 413, 415
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..shared.problem import Problem, ProblemError
from .candidates import Candidate, PathText
from .edges import Edge, match, whole_path
from .events import Request
from .plan import Plan
from .runner import World


@dataclass(frozen=True, slots=True)
class Passage:
    """The operation behind an edge that a request means, with its path variables."""

    candidate: Candidate
    variables: Mapping[str, PathText]


def find_operation(edge: Edge, request: Request) -> Passage:
    """The operation a request means; `ProblemError` when there is none."""
    found = match(edge, whole_path(edge, request.raw_path, request.raw_values), request.query)
    if found is None:
        raise ProblemError(not_found())
    return Passage(*found)


def check(world: World, passage: Passage, request: Request) -> None:
    """Let a request pass that keeps its operation, where that is to be checked here; `ProblemError` otherwise."""
    candidate = passage.candidate
    if not candidate.validate:
        return
    problem = world.checks.refuse(candidate.operation, request, passage.variables)
    if problem is not None:
        raise ProblemError(problem)


def composed(world: World, passage: Passage, request: Request) -> tuple[Plan, Request]:
    """The plan behind an edge and the request as it reads it: path values under the document's own names."""
    plan = world.book.plans.get(passage.candidate.plan or "")
    if plan is None:
        what = f"No plan is called {passage.candidate.plan}."
        raise ProblemError(Problem(500, "no-plan", "The gateway cannot answer this", what))
    return plan, replace(request, path={name: each.text for name, each in passage.variables.items()})


def not_found() -> Problem:
    """What a path gets that the gateway has a method for and the document has not."""
    return Problem(404, "not-found", "Not found", "No operation has this path.")
