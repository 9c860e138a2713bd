"""A stage's execution log: what INFO, ERROR and data trace write about one request (FACTS 5.13, 5.18).

Events are collected while the request is under way and written when it is over, so that those of one request stand together
and one that fails the identity check leaves none (FACTS 4.20).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..records import Authorizer
from . import log_lines
from .authorize import World
from .exchange import Exchange, Grant
from .mapping import source
from .message import Headers, Response
from .operation import Authorizing, Checking, Logging, Operation, Tools
from .place import Side
from .recording import RecordingClient, RecordingServices, recording_invoke
from .refusal import IdentityRefusal, Refusal

# (side, epoch milliseconds, text) of one event; which log group that is, the side says.
ExecutionSink = Callable[[Side, int, str], None]
_THROTTLE_KINDS = ("INVALID_API_KEY", "THROTTLED", "QUOTA_EXCEEDED")


class ExecutionLog:
    """Of one request; its owner calls `end` once."""

    def __init__(self, exchange: Exchange, operation: Operation, logging: Logging, clock: Callable[[], float]) -> None:
        self._events: list[tuple[int, str]] = []  # (epoch milliseconds, text)
        self._exchange, self._logging, self._clock = exchange, logging, clock
        self._method = operation.method
        self._api_stage = f"{exchange.side.definition.rest_api_id}/{exchange.side.stage}"
        self._asks_authorizer = False
        self._refusal: Refusal | None = None
        if logging.is_verbose:
            self._say(f"Extended Request Id: {exchange.extended_id}")

    def begin_authorizer(self, record: Authorizer) -> None:
        """An authorizer is about to decide."""
        self._asks_authorizer = True
        self._say(f"Starting authorizer: {record.id} for request: {self._exchange.request_id}")
        if self._logging.is_traced and record.type.upper() == "TOKEN" and record.identity_sources:
            token = source(record.identity_sources[0])(self._exchange) or ""
            self._say(f"Incoming identity: {log_lines.starred(token)}")

    def end_authorizer(self, grant: Grant) -> None:
        """It lets the request through."""
        self._asks_authorizer = False
        if self._logging.is_traced and grant.principal_id:
            self._say(f"Using valid authorizer policy for principal: {log_lines.starred(grant.principal_id)}")
        self._say("Successfully completed authorizer execution")

    def admit(self) -> None:
        """Key and limits are in order: the execution begins."""
        exchange, key = self._exchange, self._key()
        self._verify()
        if not exchange.place.api_key_required:
            method = f"{self._method.http_method} {exchange.place.resource_path}"
            self._say(
                f"API Key {key} authorized because method '{method}' does not require API Key. "
                "Request will not contribute to throttle or quota limits"
            )
        self._say(f"Usage Plan check succeeded for API Key {key} and API Stage {self._api_stage}")
        self._say(*log_lines.starting(exchange))
        if not self._logging.is_traced:
            return
        if exchange.key.id:
            self._say(f"API Key: {key}", f"API Key ID: {exchange.key.id}")
        self._say(*log_lines.method_request(exchange))

    def sends(self, address: str, headers: Headers, body: bytes) -> None:
        """What goes to the backend or to the authorizer."""
        self._say(*log_lines.endpoint_request(address, headers, body))
        if not self._asks_authorizer:
            self._say(f"Sending request to {address}")

    def receives(self, status: int, millis: int, headers: Headers, body: bytes) -> None:
        """What the backend or the authorizer said."""
        if self._asks_authorizer:
            self._say(f"Authorizer result body before parsing: {log_lines.text(body)}")
        else:
            self._say(*log_lines.endpoint_response(status, millis, headers, body))

    def refuse(self, refusal: Refusal) -> None:
        """Why the gateway ends it here."""
        self._refusal = refusal
        if isinstance(refusal, IdentityRefusal):
            self._events.clear()
            return
        if self._logging.is_verbose and refusal.kind in _THROTTLE_KINDS:
            self._verify()
        if refusal.kind == "INVALID_API_KEY":
            self._say(self._no_plan())
        elif self._is_unauthorized():
            self._say(f"Unauthorized request: {self._exchange.request_id}")
        else:
            self._say(*log_lines.failure(refusal, self._exchange))

    def end(self, response: Response, sink: ExecutionSink) -> None:
        """What the client gets, and all events to where they belong."""
        if not self._is_unauthorized():
            self._complete(response)
        for millis, text in self._events:
            sink(self._exchange.side, millis, text)

    def _complete(self, response: Response) -> None:
        logging, request_id = self._logging, self._exchange.report.request_id
        if self._refusal is None:
            if logging.is_traced:
                self._say(*log_lines.method_response(log_lines.without_ids(response)))
            self._say("Successfully completed execution")
        self._say(f"Method completed with status: {response.status}")
        if logging.is_verbose and request_id:
            self._say(f"AWS Integration Endpoint RequestId : {request_id}")

    def _is_unauthorized(self) -> bool:
        """The last that is said is that; of a failed identity check, an UNAUTHORIZED as well, nothing is."""
        refusal = self._refusal
        return refusal is not None and refusal.kind in ("UNAUTHORIZED", "ACCESS_DENIED")

    def _verify(self) -> None:
        request_id = self._exchange.request_id
        self._say(
            f"Verifying Usage Plan for request: {request_id}. API Key: {self._key()} API Stage: {self._api_stage}"
        )

    def _no_plan(self) -> str:
        method = f"{self._method.http_method} {self._exchange.place.resource_path}"
        return (
            f"API Key {self._key()} not authorized because method '{method}' requires API Key and API Key is not associated "
            f"with a Usage Plan for API Stage {self._api_stage}: No Usage Plan found for key and API Stage"
        )

    def _key(self) -> str:
        """From where the throttle takes it (FACTS 7.2, 4.14)."""
        exchange = self._exchange
        from_authorizer = exchange.side.definition.api_key_source.upper() == "AUTHORIZER"
        return log_lines.starred((exchange.grant.usage_key if from_authorizer else exchange.header("x-api-key")) or "")

    def _say(self, *lines: str) -> None:
        now, head = int(self._clock() * 1000), f"({self._exchange.request_id}) "
        self._events += [(now, head + log_lines.cut(line)) for line in lines]


@dataclass(frozen=True, slots=True)
class _LoggedAuthorizer:
    authorizer: Authorizing
    record: Authorizer
    log: ExecutionLog

    async def authorize(self, exchange: Exchange, generation: int) -> Grant:
        """As the authorizer does."""
        self.log.begin_authorizer(self.record)
        grant = await self.authorizer.authorize(exchange, generation)
        self.log.end_authorizer(grant)
        return grant


@dataclass(frozen=True, slots=True)
class _LoggedCheck:
    """The validation, which comes right after key and limits."""

    validation: Checking | None
    log: ExecutionLog

    def check(self, exchange: Exchange) -> None:
        """As the validation does."""
        self.log.admit()
        if self.validation is not None:
            self.validation.check(exchange)


def listened(
    operation: Operation, logging: Logging, log: ExecutionLog, tools: Tools, timer: Callable[[], float]
) -> Operation:
    """The operation for one request at INFO; caches, authorizer results and limits are those of all requests.

    With data trace whatever calls out is made anew with tools that are listened to.
    """
    authorizer, runner = operation.authorizer, operation.runner
    if logging.is_traced:
        authorizer, runner = logging.connect(_listened_tools(tools, log, timer))
    if authorizer is not None and logging.authorizer is not None:
        authorizer = _LoggedAuthorizer(authorizer, logging.authorizer, log)
    validation = _LoggedCheck(operation.validation, log)
    return replace(operation, authorizer=authorizer, runner=runner, validation=validation)


def _listened_tools(tools: Tools, log: ExecutionLog, timer: Callable[[], float]) -> Tools:
    invoke = recording_invoke(tools.invoke, log, timer)
    return replace(
        tools,
        invoke=invoke,
        client=RecordingClient(tools.client, log, timer),
        authorizers=World(invoke, tools.authorizers.cache, tools.authorizers.switches),
        services=RecordingServices(tools.services, log, timer),
    )
