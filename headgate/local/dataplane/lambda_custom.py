"""AWS integrations that are no proxies, with a function behind them (FACTS 8.12, 8.13)."""

import json
from typing import Any

from ..records import Integration
from .exchange import Exchange, Report
from .functions import Caller
from .message import Response
from .refusal import misconfigured
from .request_body import RequestBody
from .shape import ResponseShaper
from .switches import Switches


class LambdaCustom:
    """The AWS integration of one operation, with a function behind it."""

    def __init__(self, integration: Integration, arn: str, caller: Caller, *, switches: Switches) -> None:
        self._integration = integration
        self._arn = arn
        self._caller = caller
        self._body = RequestBody(integration, switches)
        self._shaper = ResponseShaper(integration, switches)

    async def run(self, exchange: Exchange) -> Response:
        """Invoke with the rendered body; patterns look at the error message, and nothing else (FACTS 8.12)."""
        event = self._body.write(exchange) or b"{}"
        try:
            json.loads(event)
        except ValueError:
            raise misconfigured(f"the function's event is no JSON: {event[:200]!r}") from None
        seconds = self._integration.timeout_millis / 1000
        invocation = await self._caller.call(self._arn, event, exchange, seconds=seconds)
        message = _error_message(invocation.payload) if invocation.function_error is not None else None
        exchange.report = Report(status=200, error=message or "")
        shaped = self._shaper.shape(exchange, Response(200, (), invocation.payload), message)
        return shaped._replace(headers=(*shaped.headers, (b"X-Amzn-Trace-Id", exchange.trace.encode())))  # FACTS 1.21


def _error_message(payload: bytes) -> str | None:
    try:
        value: Any = json.loads(payload)
    except ValueError:
        return None
    message = value.get("errorMessage") if isinstance(value, dict) else None
    return None if message is None else str(message)
