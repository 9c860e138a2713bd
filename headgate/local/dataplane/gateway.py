"""The data plane of API Gateway REST APIs: one request through the phases, in API Gateway's order (FACTS 4.15).

split -> route -> authorize -> API key and throttle -> validate -> cache -> integrate -> respond
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from ..records import Directory, Invoke
from ..usage import Usage
from . import edge
from .access_log import Outcome, Sink
from .authorize import ResultCache, World
from .compression import compressed, unpacked
from .exchange import Exchange, Report
from .execution_log import ExecutionLog, ExecutionSink, listened
from .explaining import (
    choose_side,
    tell_answer,
    tell_cache,
    tell_grant,
    tell_integration,
    tell_no_cache,
    tell_no_route,
    tell_refusal,
    tell_route,
)
from .gateway_response import standard_body
from .http_backend import HttpClient
from .identities import Identities, NobodyKnown
from .message import Request, Response, with_headers
from .operation import Logging, Operation, Tools
from .place import Side
from .refusal import Refusal
from .routes import ANY_VERBS
from .service_call import NoServices, Services
from .signature import Signatures, grant_for, incomplete, is_signed
from .stage_cache import WARNING, Store
from .stages import SideView, Stages, StageView
from .switches import SWITCHES, Switches
from .throttle import Throttle
from .trace import Notes, Recent
from .tracing import extended_request_id, request_id, request_ids

log = logging.getLogger("headgate.dataplane")
MAX_BODY_BYTES = 10 * 1024 * 1024  # FACTS 10.1


def _no_sink(destination: str, stage: str, epoch_millis: int, line: str, is_canary: bool) -> None:
    """Access logs go nowhere."""


def _no_execution_sink(side: Side, epoch_millis: int, text: str) -> None:
    """Execution logs go nowhere."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The world as the gateway sees it; a test passes its own.

    `clock` is epoch seconds, and everything that expires or refills goes by it; `timer` only measures latencies. `random` draws
    the canary split; request ids come from `ids`, so that a scripted draw does not shift them.
    `usage` is what the control plane reads for GetUsage, `recent` what `headgate why --last` reads.
    """

    clock: Callable[[], float] = time.time
    timer: Callable[[], float] = time.perf_counter
    random: Callable[[], float] = Random().random  # noqa: S311 a share needs no secrecy
    ids: Random = Random()  # noqa: RUF009, S311 ids need no secrecy, and one generator serves the process
    sink: Sink = _no_sink
    execution_sink: ExecutionSink = _no_execution_sink
    usage: Usage = field(default_factory=Usage)
    recent: Recent = field(default_factory=Recent)
    services: Services = field(default_factory=NoServices)


class Gateway:
    """Serves requests that found their API and stage; knows nothing of sockets."""

    def __init__(
        self,
        directory: Directory,
        invoke: Invoke,
        client: HttpClient,
        *,
        environment: Environment | None = None,
        identities: Identities | None = None,
        switches: Switches = SWITCHES,
    ) -> None:
        self._environment = environment or Environment()
        clock = self._environment.clock
        self._directory = directory
        known = identities or NobodyKnown()
        self._signatures = Signatures(known, clock)
        self._trusts_signatures = switches.trust_iam_signatures
        self._refuses_pipes = switches.raw_pipe_refused

        def begin() -> None:
            usage = self._environment.usage
            usage.clear()
            self._environment.recent.clear()
            self._throttle = Throttle(directory, clock, switches, usage)
            world = World(invoke, ResultCache(clock), switches)
            services = self._environment.services
            self._tools = Tools(invoke, client, world, Store(clock), switches, known, services)
            self._stages = Stages(self._tools)

        self._begin = begin
        begin()

    @property
    def clock(self) -> Callable[[], float]:
        """Epoch seconds, as everything here counts them."""
        return self._environment.clock

    @property
    def recent(self) -> Recent:
        """The newest requests, for `headgate why`."""
        return self._environment.recent

    def reset(self) -> None:
        """Full token buckets, unused quotas and empty caches, as if nobody had called yet; requests under way go on."""
        self._begin()

    async def handle(self, request: Request, notes: Notes | None = None) -> Response:
        """One request to one response; never raises for what a client, an API or a backend does.

        `notes` are for `headgate why`: each phase writes down what it saw and decided.
        """
        stage = self._directory.stage(request.api_id, request.stage)
        if stage is None or (stage.disable_execute_api_endpoint and not request.custom_domain):
            self._stages.forget(request.api_id, request.stage)
            return self.refuse("WAF_FILTERED")  # FACTS 2.18: 403 Forbidden
        if self._refuses_pipes and b"|" in request.query:
            return self.refuse("BAD_REQUEST_PARAMETERS", message="Bad Request")  # FACTS 2.11
        view = self._stages.view(stage, request.api_id)
        draw = self._environment.random()
        side_view = view.side(draw) if view.percent else view.stable
        if notes is not None:
            side_view = choose_side(notes, view, draw)
        exchange = self._arrive(request, side_view.side)
        exchange.notes = notes
        operation = None
        try:
            operation = _route(exchange, side_view)
            if operation.logging is None or not operation.logging.is_verbose:
                response = await self._serve(exchange, operation, side_view, view)
            else:
                response = await self._serve_logged(exchange, operation, operation.logging, side_view, view)
        except Refusal as refusal:
            response = self._answer(refusal, exchange, side_view)
            if operation is not None and operation.logging is not None:
                journal = ExecutionLog(exchange, operation, operation.logging, self._environment.clock)
                journal.refuse(refusal)
                journal.end(response, self._environment.execution_sink)
        except Exception as error:
            log.exception("request.failed %s %s", exchange.method, exchange.place.resource_path)
            response = self._answer(Refusal("DEFAULT_5XX", repr(error)), exchange, side_view)
        self._record(exchange, response, view)
        return _delivered(response, exchange)

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
        last = exchange.sent.last
        override = last.get("x-http-method-override")  # FACTS 2.12
        if override and override.upper() in ANY_VERBS:
            exchange.method = override.upper()
        now = environment.clock()
        exchange.started = environment.timer()
        exchange.epoch_millis = int(now * 1000)
        ids = request_ids(environment.ids, last.get("x-amzn-trace-id"), int(now))
        exchange.request_id, exchange.extended_id, exchange.trace = ids
        return exchange

    async def _serve_logged(
        self, exchange: Exchange, operation: Operation, logging: Logging, side_view: SideView, view: StageView
    ) -> Response:
        """The phases at INFO, and what the execution log says of them; internal failures leave nothing there."""
        environment = self._environment
        journal = ExecutionLog(exchange, operation, logging, environment.clock)
        operation = listened(operation, logging, journal, self._tools, environment.timer)
        try:
            response = await self._serve(exchange, operation, side_view, view)
        except Refusal as refusal:
            response = self._answer(refusal, exchange, side_view)
            journal.refuse(refusal)
        journal.end(response, environment.execution_sink)
        return response

    async def _serve(self, exchange: Exchange, operation: Operation, side_view: SideView, view: StageView) -> Response:
        """The phases after routing, in order."""
        if side_view.policy is not None or operation.method.authorization_type != "NONE":
            await self._grant(exchange, operation, side_view, view.stage.authorizer_cache_generation)
        self._admit(exchange, operation)
        if operation.validation is not None:
            operation.validation.check(exchange)
        if operation.cache is None:
            if exchange.notes is not None:
                tell_no_cache(exchange.notes, operation, view)
            response = await self._integrate(exchange, operation)
        else:
            response = await self._through_cache(exchange, operation, view.stage.cache_generation)
        return with_headers(
            response,
            (b"x-amzn-RequestId", exchange.request_id.encode()),
            (b"x-amz-apigw-id", exchange.extended_id.encode()),
        )

    async def _grant(self, exchange: Exchange, operation: Operation, side_view: SideView, generation: int) -> None:
        """Who may call."""
        if operation.method.authorization_type == "AWS_IAM":
            self._admit_signed(exchange, side_view)
            return
        is_open = operation.method.authorization_type == "NONE"
        if side_view.policy is not None:
            side_view.policy.check(exchange, authorized_later=not is_open)
        if not is_open:
            await self._authorize(exchange, operation, generation)

    def _admit(self, exchange: Exchange, operation: Operation) -> None:
        """How often, and how much."""
        notes = exchange.notes
        if notes is not None:
            tell_grant(notes, exchange)
            notes.begin("throttle")
        self._throttle.admit(exchange, operation.settings)
        if notes is not None:
            notes.begin("validate", validator=operation.validator)
        if len(exchange.request.body) > MAX_BODY_BYTES:
            raise Refusal("REQUEST_TOO_LARGE", "the body is too large")
        minimum = exchange.side.definition.minimum_compression_size
        if minimum is not None:
            exchange.replace_request(unpacked(exchange.request, minimum))

    async def _authorize(self, exchange: Exchange, operation: Operation, generation: int) -> None:
        """Fill `exchange.grant`; an authorization that cannot be checked here lets nobody through."""
        if operation.authorizer is not None:
            exchange.grant = await operation.authorizer.authorize(exchange, generation)
        else:
            kind = operation.method.authorization_type
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR", f"authorization {kind} cannot be checked here")

    def _admit_signed(self, exchange: Exchange, side_view: SideView) -> None:
        """FACTS 1.31, 4.15: who signed, then their policies and the API's together; by switch any signature will do."""
        if self._trusts_signatures and is_signed(exchange):
            return
        caller = self._signatures.caller(exchange)
        verdict = side_view.policy.verdict(exchange, caller) if side_view.policy is not None else "none"
        exchange.grant = grant_for(caller, exchange, verdict)

    async def _through_cache(self, exchange: Exchange, operation: Operation, generation: int) -> Response:
        cache = operation.cache
        assert cache is not None
        if exchange.notes is not None:
            exchange.notes.begin("cache", ttlSeconds=operation.settings.cache_ttl_seconds)
        lookup = cache.look(exchange, generation)
        if exchange.notes is not None:
            tell_cache(exchange.notes, operation.method.integration, lookup.key, is_hit=lookup.hit is not None)
        if lookup.hit is not None:
            return with_headers(lookup.hit, WARNING) if lookup.warn else lookup.hit
        response = await self._integrate(exchange, operation)
        cache.keep(lookup, response)
        return with_headers(response, WARNING) if lookup.warn else response

    async def _integrate(self, exchange: Exchange, operation: Operation) -> Response:
        timer = self._environment.timer
        if exchange.notes is not None:
            tell_integration(exchange.notes, operation)
        began = timer()
        try:
            return await operation.runner.run(exchange)
        except Refusal as refusal:
            if not exchange.report.status:
                exchange.report = Report(status=refusal.status, error=refusal.cause)
            raise
        finally:
            report = exchange.report
            exchange.report = Report(report[0], round((timer() - began) * 1000), report[2], report[3])
            if exchange.notes is not None:
                exchange.notes.tell(status=None if report.error else report.status)

    def _answer(self, refusal: Refusal, exchange: Exchange, side_view: SideView) -> Response:
        exchange.refusal = refusal
        if exchange.notes is not None:
            tell_refusal(exchange.notes, refusal, exchange.side.definition.gateway_responses)
        level = logging.WARNING if refusal.status >= 500 else logging.DEBUG
        log.log(level, "request.refused %s %s %s: %s", exchange.method, exchange.path, refusal.kind, refusal.cause)
        return side_view.responses.render(refusal, exchange)

    def _record(self, exchange: Exchange, response: Response, view: StageView) -> None:
        """One access-log line to the sink; a canary's goes to the group with the suffix (FACTS 5.13)."""
        environment, side = self._environment, exchange.side
        millis = round((environment.timer() - exchange.started) * 1000)
        request, grant, report, refusal = exchange.request, exchange.grant, exchange.report, exchange.refusal
        kind = "" if refusal is None else getattr(refusal, "kind", "")
        environment.recent.append((  # in the order of `Summary`
            exchange.request_id, exchange.epoch_millis, request.api_id, side.stage, side.deployment_id, side.is_canary,
            side.has_canary, exchange.method, request.path, exchange.place.resource_path, response.status, kind, millis,
            grant.status, grant.latency_millis, report.status, report.latency_millis,
        ))  # fmt: skip
        if exchange.notes is not None:
            tell_answer(exchange.notes, exchange, response, millis)
        if view.log is None:
            return
        line = view.log.line(Outcome(exchange, response.status, len(response.body), millis))
        environment.sink(view.log.destination_arn, side.stage, exchange.epoch_millis, line, side.is_canary)


def _delivered(response: Response, exchange: Exchange) -> Response:
    """What stands between API Gateway and the client: compression, and CloudFront in front of EDGE APIs (FACTS 1.23)."""
    definition = exchange.side.definition
    minimum = definition.minimum_compression_size
    if minimum is not None:
        response = compressed(response, exchange.header("accept-encoding"), minimum)
    if definition.endpoint_type != "EDGE":
        return response
    return with_headers(response, *edge.response_headers(response.status, exchange.request_id))


def _route(exchange: Exchange, side_view: SideView) -> Operation:
    """Raises Refusal 403 for an unknown path and for an unknown verb alike (FACTS 1.3)."""
    notes = exchange.notes
    if notes is not None:
        notes.begin("route")
    match = side_view.routes.find(exchange.path, exchange.method)
    if match is None:
        if notes is not None:
            tell_no_route(notes, exchange)
        raise incomplete(exchange) or Refusal("MISSING_AUTHENTICATION_TOKEN", "no method serves this path and verb")
    operation = side_view.operation(match, exchange.method)
    exchange.place = operation.place
    exchange.parameters = match.parameters
    if notes is not None:
        tell_route(notes, exchange, operation)
    return operation
