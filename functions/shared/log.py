"""One line of JSON per event, written by Powertools' Logger with our names.

Events are named `noun.verb` ("request.answered") and carry fields that say what happened: names of routes and steps,
statuses, milliseconds. Never a header, query, body, token or claim: a caller cannot pass one by accident, because
callers pass named fields and no request object.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

LogEvent = Callable[[str, Mapping[str, object]], None]


@cache
def _logger() -> "Logger":
    from aws_lambda_powertools import Logger  # noqa: PLC0415  40 ms of import, paid with the first line

    return Logger(log_uncaught_exceptions=False)


def log_event(name: str, fields: Mapping[str, object]) -> None:
    """Write one event. The service's name comes from POWERTOOLS_SERVICE_NAME."""
    _logger().info(name, extra=dict(fields))


def log_failure(name: str, fields: Mapping[str, object]) -> None:
    """Write one event about a fault of ours, with the traceback of the exception at hand."""
    _logger().exception(name, extra=dict(fields))
