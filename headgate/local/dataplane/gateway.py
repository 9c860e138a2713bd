"""The data plane of API Gateway REST APIs: one request through the phases, in API Gateway's order (FACTS 4.15).

split -> route -> authorize -> API key and throttle -> validate -> cache -> integrate -> respond
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random, SystemRandom

from ..records import Directory, Invoke
from .access_log import Outcome, Sink
from .authorize import ResultCache, World
from .exchange import Exchange, Report
from .gateway_response import standard_body
from .http_backend import HttpClient
from .message import Request, Response, with_headers
from .operation import Operation, Tools
from .place import Side
from .refusal import Refusal
from .routes import ANY_VERBS
from .stage_cache import WARNING, Store
from .stages import SideView, Stages, StageView
from .switches import SWITCHES, Switches
from .throttle import Throttle
from .tracing import extended_request_id, request_id, trace_header

log = logging.getLogger("headgate.dataplane")
MAX_BODY_BYTES = 10 * 1024 * 1024  # FACTS 10.1


def _no_sink(destination: str, stage: str, epoch_millis: int, line: str, is_canary: bool) -> None:
    """Access logs go nowhere."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The world as the gateway sees it; a test passes its own.

    `clock` is epoch seconds, and everything that expires or refills goes by it; `timer` only measures latencies. `random` draws
    the canary split; request ids come from `ids`, so that a scripted draw does not shift them.
    """

    clock: Callable[[], float] = time.time
    timer: Callable[[], float] = time.perf_counter
    random: Callable[[], float] = SystemRandom().random
    ids: Random = Random()  # noqa: RUF009, S311 ids need no secrecy, and one generator serves the process
    sink: Sink = _no_sink


class Gateway:
    """Serves requests that found their API and stage; knows nothing of sockets."""

    def __init__(
        self,
        directory: Directory,
        invoke: Invoke,
        client: HttpClient,
        *,
        environment: Environment | None = None,
        switches: Switches = SWITCHES,
    ) -> None:
        self._environment = environment or Environment()
        clock = self._environment.clock
        self._directory = directory
        self._throttle = Throttle(directory, clock, switches)
        world = World(invoke, ResultCache(clock), switches)
        self._stages = Stages(Tools(invoke, client, world, Store(clock), switches))
        self._trusts_signatures = switches.trust_iam_signatures

    async def handle(self, request: Request) -> Response:
        """One request to one response; never raises for what a client, an API or a backend does."""
        stage = self._directory.stage(request.api_id, request.stage)
        if stage is None or (stage.disable_execute_api_endpoint and not request.custom_domain):
            self._stages.forget(request.api_id, request.stage)
            return self.refuse("WAF_FILTERED")  # FACTS 2.18: 403 Forbidden
        view = self._stages.view(stage, request.api_id)
        side_view = view.side(self._environment.random())
        exchange = self._arrive(request, side_view.side)
        try:
            response = await self._serve(exchange, side_view, view)
        except Refusal as refusal:
            response = self._answer(refusal, exchange, side_view)
        except Exception as error:
            log.exception("request.failed %s %s", exchange.method, exchange.place.resource_path)
            response = self._answer(Refusal("DEFAULT_5XX", repr(error)), exchange, side_view)
        self._record(exchange, response, view)
        return response

    def refuse(self, kind: str, *, status: int | None = None, message: str | None = "") -> Response:
        """An answer to a request that reached no stage: not customisable (FACTS 1.18, 2.18)."""
        refusal = Refusal(kind, status=status, message=message)
        ids = self._environment.ids
        headers = (
            (b"x-amzn-RequestId", request_id(ids).encode()),
            (b"x-amzn-ErrorType", refusal.error_type.encode()),
            (b"x-amz-apigw-id", extended_request_id(ids).encode()),
            (b"Content-Type", b"application/json"),
        )
        return Response(refusal.status, headers, standard_body(refusal))

    def _arrive(self, request: Request, side: Side) -> Exchange:
        environment = self._environment
        exchange = Exchange(request, side, request.method)
        override = exchange.header("x-http-method-override")  # FACTS 2.12
        if override and override.upper() in ANY_VERBS:
            exchange.method = override.upper()
        now = environment.clock()
        exchange.started = environment.timer()
        exchange.epoch_millis = int(now * 1000)
        exchange.request_id = request_id(environment.ids)
        exchange.extended_id = extended_request_id(environment.ids)
        exchange.trace = trace_header(exchange.header("x-amzn-trace-id"), int(now), environment.ids)
        return exchange

    async def _serve(self, exchange: Exchange, side_view: SideView, view: StageView) -> Response:
        """The phases, in order."""
        operation = _route(exchange, side_view)
        if side_view.policy is not None:
            side_view.policy.check(exchange, authorized_later=operation.method.authorization_type != "NONE")
        await self._authorize(exchange, operation, view.stage.authorizer_cache_generation)
        self._throttle.admit(exchange, operation.settings)
        if len(exchange.request.body) > MAX_BODY_BYTES:
            raise Refusal("REQUEST_TOO_LARGE", "the body is too large")
        if operation.validation is not None:
            operation.validation.check(exchange)
        if operation.cache is None:
            response = await self._integrate(exchange, operation)
        else:
            response = await self._through_cache(exchange, operation, view.stage.cache_generation)
        return with_headers(
            response,
            (b"x-amzn-RequestId", exchange.request_id.encode()),
            (b"x-amz-apigw-id", exchange.extended_id.encode()),
        )

    async def _authorize(self, exchange: Exchange, operation: Operation, generation: int) -> None:
        """Fill `exchange.grant`; an authorization that cannot be checked here lets nobody through."""
        kind = operation.method.authorization_type
        if kind == "NONE":
            return
        if operation.authorizer is not None:
            exchange.grant = await operation.authorizer.authorize(exchange, generation)
        elif kind == "AWS_IAM":
            self._check_signature(exchange)
        else:
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR", f"authorization {kind} cannot be checked here")

    def _check_signature(self, exchange: Exchange) -> None:
        """FACTS 1.31: unsigned is a missing token; a signature is only ever trusted by switch."""
        signed = (exchange.header("authorization") or "").startswith("AWS4-HMAC-SHA256")
        if not signed and "X-Amz-Signature" not in exchange.query:
            raise Refusal("MISSING_AUTHENTICATION_TOKEN", "the request is not signed")
        if not self._trusts_signatures:
            raise Refusal("INVALID_SIGNATURE", "signatures cannot be checked here (switch trust_iam_signatures)")

    async def _through_cache(self, exchange: Exchange, operation: Operation, generation: int) -> Response:
        cache = operation.cache
        assert cache is not None
        lookup = cache.look(exchange, generation)
        if lookup.hit is not None:
            return with_headers(lookup.hit, WARNING) if lookup.warn else lookup.hit
        response = await self._integrate(exchange, operation)
        cache.keep(lookup, response)
        return with_headers(response, WARNING) if lookup.warn else response

    async def _integrate(self, exchange: Exchange, operation: Operation) -> Response:
        timer = self._environment.timer
        began = timer()
        try:
            return await operation.runner.run(exchange)
        except Refusal as refusal:
            if not exchange.report.status:
                exchange.report = Report(status=refusal.status, error=refusal.cause)
            raise
        finally:
            report = exchange.report
            millis = round((timer() - began) * 1000)
            exchange.report = Report(report.status, millis, report.error, report.request_id)

    def _answer(self, refusal: Refusal, exchange: Exchange, side_view: SideView) -> Response:
        exchange.refusal = refusal
        level = logging.WARNING if refusal.status >= 500 else logging.DEBUG
        log.log(level, "request.refused %s %s %s: %s", exchange.method, exchange.path, refusal.kind, refusal.cause)
        return side_view.responses.render(refusal, exchange)

    def _record(self, exchange: Exchange, response: Response, view: StageView) -> None:
        """One access-log line to the sink; a canary's goes to the group with the suffix (FACTS 5.13)."""
        if view.log is None:
            return
        environment, side = self._environment, exchange.side
        millis = round((environment.timer() - exchange.started) * 1000)
        line = view.log.line(Outcome(exchange, response.status, len(response.body), millis))
        environment.sink(view.log.destination_arn, side.stage, exchange.epoch_millis, line, side.is_canary)


def _route(exchange: Exchange, side_view: SideView) -> Operation:
    """Raises Refusal 403 for an unknown path and for an unknown verb alike (FACTS 1.3)."""
    match = side_view.routes.find(exchange.path, exchange.method)
    if match is None:
        raise Refusal("MISSING_AUTHENTICATION_TOKEN", "no method serves this path and verb")
    operation = side_view.operation(match, exchange.method)
    exchange.place = operation.place
    exchange.parameters = match.parameters
    return operation
