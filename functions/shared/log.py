"""One line of JSON per event, written by Powertools' Logger with our names.

Events are named `noun.verb` ("request.answered") and carry fields that say what happened: names of routes and steps,
statuses, milliseconds. Never a header, query, body, token or claim: a caller cannot pass one by accident, because
callers pass named fields and no request object.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from traceback import extract_tb
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
    """Write one event about a fault of ours: the kind of the exception at hand and where it came from.

    Its message stays out: it may quote what a client or an upstream sent.
    """
    kind, _, traceback = sys.exc_info()
    frames = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in extract_tb(traceback)]
    error = None if kind is None else kind.__name__
    _logger().error(name, extra={**fields, "error": error, "frames": frames})
