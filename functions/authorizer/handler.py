"""The Lambda function's edge: `functions.authorizer.handler.handler`. Finds routes.json beside itself, the clock and the network.

A credential that is missing or not good raises `Exception("Unauthorized")`, the one message API Gateway answers with 401
(FACTS 1.10). Any other exception is a 500 to the client and an error in the function's metrics, so a broken release is seen.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from ..shared.clock import SystemClock
from ..shared.log import LogEvent, log_event, log_failure
from .decision import Authorizer
from .errors import ConfigurationError, RejectedError
from .fetching import fetch
from .routes import RouteTable, read_routes

REQUEST_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
ROUTES = Path(__file__).with_name("routes.json")


def handler(event: Any, _context: object) -> dict[str, Any]:
    """One REQUEST authorizer event (FACTS 4.2) to policy and context."""
    return authorize(event, routes=ROUTES, log=log_event)


def authorize(event: Any, *, routes: Path, log: LogEvent, log_fault: LogEvent = log_failure) -> dict[str, Any]:
    """The handler with its surroundings passed in; writes one line per decision, without anything the caller sent."""
    request: dict[str, str] = {}
    try:
        request = {"request_id": _request_id(event)}
        decision = _authorizer(routes).decide(event)
    except RejectedError as error:
        log("request.rejected", {"reason": error.reason, **request})
        raise Exception("Unauthorized") from None  # API Gateway compares this very text
    except Exception:
        log_fault("decision.failed", request)
        raise
    told = {"reason": decision.reason, "operation": decision.operation, "issuer": decision.issuer}
    log("request.decided", {**told, **request})
    return decision.answer


def _request_id(event: Any) -> str:
    """API Gateway's own id of the request (FACTS 1.20), by which its access log and `headgate why` find this line."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    found = context.get("requestId") if isinstance(context, dict) else None
    return found if isinstance(found, str) and REQUEST_ID.fullmatch(found) else ""


@cache
def _authorizer(routes: Path) -> Authorizer:
    """Made with the first request: reading a large table costs milliseconds, and importing must not need the file."""
    return Authorizer(
        load(routes), fetch=lambda url, allow_http: fetch(url, allow_http=allow_http), clock=SystemClock()
    )


def load(routes: Path) -> RouteTable:
    """The table of a compiled file."""
    try:
        document = json.loads(routes.read_bytes())
    except (OSError, ValueError) as error:
        problem = f"{routes.name} cannot be read ({type(error).__name__})"
        raise ConfigurationError(f"{problem}; compile and bundle it beside the handler") from error
    return read_routes(document)
