"""Which plan answers a request, and whether the request may have it. Pure."""

from ..shared.problem import Problem, ProblemError
from .events import Request
from .plan import Plan
from .runner import World


def find_plan(worlds: tuple[World, ...], request: Request) -> tuple[World, Plan]:
    """The plan of this method and resource.

    An API's id is only known after deployment, so the route is all that tells APIs apart: two that compose the same route
    cannot share a function, and get no answer rather than each other's.
    """
    found = [(world, plan) for world in worlds if (plan := world.book.plans.get(request.key)) is not None]
    if len(found) != 1:
        what = "No plan" if not found else "More than one plan"
        raise ProblemError(Problem(500, "no-plan", "The gateway cannot answer this", f"{what} answers {request.key}."))
    return found[0]


def check_principal(plan: Plan, request: Request) -> None:
    """A secured plan without a principal means the authorizer did not run: nobody gets in that way."""
    if plan.secured and not (request.principal or {}).get("sub"):
        raise ProblemError(Problem(403, "access-denied", "Access denied", "The request carries no verified principal."))
