"""AWS integrations that are no proxies, with a function behind them (FACTS 8.12, 8.13)."""

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Any

from ..records import Integration, Invocation
from .exchange import Exchange, Report
from .functions import Caller
from .http_backend import with_overrides
from .mapping import RequestMapping
from .message import Response
from .refusal import Refusal, misconfigured
from .request_body import RequestBody
from .shape import ResponseShaper
from .switches import Switches

log = logging.getLogger("headgate.dataplane")
INVOCATION_TYPE = "x-amz-invocation-type"
MAX_SECONDS = 900.0  # Lambda's own limit


class LambdaCustom:
    """The AWS integration of one operation, with a function behind it."""

    def __init__(self, integration: Integration, arn: str, caller: Caller, *, switches: Switches) -> None:
        self._integration = integration
        self._arn = arn
        self._caller = caller
        self._mapping = RequestMapping(integration.request_parameters)
        self._may_be_asynchronous = any(name.lower() == INVOCATION_TYPE for name in self._mapping.sources["header"])
        self._running: set[asyncio.Task[None]] = set()
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
        if self._is_asynchronous(exchange):
            return self._traced(self._shaper.shape(exchange, self._begin(event, exchange), None), exchange)
        invocation = await self._caller.call(self._arn, event, exchange, seconds=seconds)
        message = _error_message(invocation.payload) if invocation.function_error is not None else None
        exchange.report = Report(status=200, error=message or "")
        return self._traced(self._shaper.shape(exchange, Response(200, (), invocation.payload), message), exchange)

    def _traced(self, shaped: Response, exchange: Exchange) -> Response:
        return shaped._replace(headers=(*shaped.headers, (b"X-Amzn-Trace-Id", exchange.trace.encode())))  # FACTS 1.21

    def _is_asynchronous(self, exchange: Exchange) -> bool:
        """Whether X-Amz-Invocation-Type says `Event`, by a mapping or by the template (FACTS 8.41)."""
        if not self._may_be_asynchronous and not exchange.is_overridden:
            return False
        headers = with_overrides(self._mapping.evaluate(exchange), exchange).headers
        return any(name.lower() == INVOCATION_TYPE and value == "Event" for name, value in headers.items())

    def _begin(self, event: bytes, exchange: Exchange) -> Response:
        """What Lambda answers at once: nothing, with 202. How the function ends is nobody's business here."""
        call = self._caller.call(self._arn, event, exchange, seconds=MAX_SECONDS)
        task = asyncio.get_running_loop().create_task(_ended(call))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        exchange.report = Report(status=202)
        return Response(202)


async def _ended(call: Coroutine[Any, Any, Invocation]) -> None:
    try:
        await call
    except Refusal as refusal:
        log.warning("invocation.failed %s", refusal.cause)


def _error_message(payload: bytes) -> str | None:
    try:
        value: Any = json.loads(payload)
    except ValueError:
        return None
    message = value.get("errorMessage") if isinstance(value, dict) else None
    return None if message is None else str(message)
