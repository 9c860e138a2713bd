"""Which plan or edge answers a request, and whether the request may have it. Pure."""

from ..shared.problem import Problem, ProblemError
from .edges import Edge
from .events import Request
from .plan import Plan
from .runner import World


def find_route(worlds: tuple[World, ...], request: Request) -> tuple[World, Plan | Edge]:
    """The plan or edge of this method and resource.

    An API's id is only known after deployment, so the route is all that tells APIs apart: two that compose the same route
    cannot share a function, and get no answer rather than each other's.
    """
    found: list[tuple[World, Plan | Edge]] = []
    for world in worlds:
        route = world.book.edges.get(request.key) or world.book.plans.get(request.key)
        if route is not None:
            found.append((world, route))
    if len(found) != 1:
        what = "No plan" if not found else "More than one plan"
        raise ProblemError(Problem(500, "no-plan", "The gateway cannot answer this", f"{what} answers {request.key}."))
    return found[0]


def check_principal(route: Plan | Edge, request: Request) -> None:
    """A secured route without a principal means the authorizer did not run: nobody gets in that way."""
    if route.secured and not (request.principal or {}).get("sub"):
        raise ProblemError(Problem(403, "access-denied", "Access denied", "The request carries no verified principal."))
