"""Test invocations: one method of a draft without authorization, or one authorizer alone (FACTS 1.32, 4.21)."""

import json
from dataclasses import dataclass, replace

from ..records import ApiDefinition, Deployment, Invoke, MethodSettings, Stage
from ..trials import AuthorizerResult, AuthorizerTrial, MethodResult, MethodTrial, TrialRequest
from .authorize import LambdaAuthorizer, ResultCache, World
from .cognito import CognitoAuthorizer
from .event import EventWriter
from .exchange import Exchange
from .gateway import MAX_BODY_BYTES, Environment
from .http_backend import HttpClient
from .identities import Identities
from .log_lines import without_ids
from .message import Request, Response
from .operation import Operation, Tools, compile_operation
from .place import Place
from .recording import RecordingClient, RecordingServices, recording_invoke
from .refusal import Refusal
from .stage_cache import Store
from .stages import SideView, Snapshots, StageView
from .switches import SWITCHES, Switches
from .tracing import request_ids
from .trial_log import Journal

# What AWS calls the stages that there are not.
METHOD_STAGE, AUTHORIZER_STAGE = "test-invoke-stage", "ESTestInvoke-stage"
_SOURCE_IP = "test-invoke-source-ip"


@dataclass(frozen=True, slots=True)
class Trier:
    """Runs trials on the event loop, each with caches of its own."""

    invoke: Invoke
    client: HttpClient
    environment: Environment
    identities: Identities
    switches: Switches = SWITCHES

    async def method(self, trial: MethodTrial) -> MethodResult:
        """The method's answer; errors are rendered by the draft's gateway responses."""
        journal = Journal(self.environment.clock)
        tools = self._tools(journal)
        side_view = _side(_without_binary(trial), METHOD_STAGE, tools, dict(trial.variables))
        exchange = self._exchange(trial.request, side_view)
        try:
            operation = self._operation(trial, side_view, tools)
            _place(exchange, operation, side_view)
            journal.begin(exchange)
            response = await _run(exchange, operation)
        except Refusal as refusal:
            exchange.refusal = refusal
            journal.refused(refusal, exchange)
            response = side_view.responses.render(refusal, exchange)
        response = without_ids(response)
        journal.end(response)
        return MethodResult(
            status=response.status,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers),
            body=response.body.decode("utf-8", "replace"),
            latency_millis=self._latency(exchange),
            log=journal.text(),
        )

    async def authorizer(self, trial: AuthorizerTrial) -> AuthorizerResult:
        """What the authorizer says; a policy that denies is an answer like any other."""
        journal = Journal(self.environment.clock)
        tools = self._tools(journal)
        side_view = _side(trial.definition, AUTHORIZER_STAGE, tools, dict(trial.variables))
        exchange = self._exchange(trial.request, side_view)
        record = trial.definition.authorizers[trial.authorizer_id]
        journal.begin_authorizer(exchange, record.name)
        authorizer: LambdaAuthorizer | CognitoAuthorizer
        if record.type.upper() == "COGNITO_USER_POOLS":
            authorizer = CognitoAuthorizer(record, (), self.identities, self.environment.clock)
        else:
            events = EventWriter(side_view.side, Place("", "/"), self.switches)
            authorizer = LambdaAuthorizer(record, side_view.side, events, tools.authorizers)
        status = 200
        try:
            exchange.grant = await authorizer.authorize(exchange, 0)
        except Refusal as refusal:
            status = 200 if refusal.kind == "ACCESS_DENIED" else refusal.status
            if status != 200:
                journal.refused(refusal, exchange)
        principal, policy = _said(journal.last_answer) if status == 200 else ("", "")
        journal.end_authorizer(status)
        return AuthorizerResult(
            status=status,
            latency_millis=self._latency(exchange),
            log=journal.text(),
            principal_id=principal,
            policy=policy,
            claims=dict(exchange.grant.claims),
        )

    def _tools(self, journal: Journal) -> Tools:
        """Everything that leaves is written down on its way."""
        clock, timer = self.environment.clock, self.environment.timer
        invoke = recording_invoke(self.invoke, journal, timer)
        return Tools(
            invoke=invoke,
            client=RecordingClient(self.client, journal, timer),
            authorizers=World(invoke, ResultCache(clock), self.switches),
            store=Store(clock),
            switches=self.switches,
            identities=self.identities,
            services=RecordingServices(self.environment.services, journal, timer),
        )

    def _exchange(self, asked: TrialRequest, side_view: SideView) -> Exchange:
        environment, side = self.environment, side_view.side
        request = Request(
            method=asked.method,
            api_id=side.definition.rest_api_id,
            stage=side.stage,
            path=asked.path.encode(),
            query=asked.query.encode(),
            headers=tuple((name.encode("latin-1", "replace"), value.encode()) for name, value in asked.headers),
            body=asked.body,
            host=f"{side.definition.rest_api_id}.execute-api.{side.definition.region}.amazonaws.com",
            source_ip=_SOURCE_IP,
            scheme="https",
            port=443,
            mount=f"/{side.stage}".encode(),
        )
        exchange = Exchange(request, side, asked.method)
        now = environment.clock()
        exchange.started = environment.timer()
        exchange.epoch_millis = int(now * 1000)
        ids = request_ids(environment.ids, exchange.header("x-amzn-trace-id"), int(now))
        exchange.request_id, exchange.extended_id, exchange.trace = ids
        return exchange

    def _operation(self, trial: MethodTrial, side_view: SideView, tools: Tools) -> Operation:
        resource = trial.definition.resources[trial.resource_id]
        method = resource.methods[trial.http_method]
        return compile_operation(resource, method, side_view.side, settings=MethodSettings(), cached=False, tools=tools)

    def _latency(self, exchange: Exchange) -> int:
        return round((self.environment.timer() - exchange.started) * 1000)


def _without_binary(trial: MethodTrial) -> ApiDefinition:
    """Payloads of trials are text: templates work there that a binary media type makes fail elsewhere (FACTS 8.28)."""
    integration = trial.definition.resources[trial.resource_id].methods[trial.http_method].integration
    if integration is None or integration.type == "AWS_PROXY":
        return trial.definition
    return replace(trial.definition, binary_media_types=())


def _side(definition: ApiDefinition, stage_name: str, tools: Tools, variables: dict[str, str]) -> SideView:
    nobodys_edge = replace(definition, endpoint_type="REGIONAL")  # no CloudFront stands before a trial
    stage = Stage(stage_name, Deployment("", nobodys_edge, 0.0), variables=variables)
    return StageView(stage, Snapshots(tools), tools).side(0.0)


def _place(exchange: Exchange, operation: Operation, side_view: SideView) -> None:
    """A path that does not lead to the resource has no parameters (FACTS 1.32)."""
    exchange.place = operation.place
    match = side_view.routes.find(exchange.path, exchange.method)
    if match is not None and match.resource.id == operation.place.resource_id:
        exchange.parameters = match.parameters


async def _run(exchange: Exchange, operation: Operation) -> Response:
    if len(exchange.request.body) > MAX_BODY_BYTES:
        raise Refusal("REQUEST_TOO_LARGE", "the body is too large")
    if operation.validation is not None:
        operation.validation.check(exchange)
    return await operation.runner.run(exchange)


def _said(payload: bytes) -> tuple[str, str]:
    """(principalId, policyDocument as JSON text) of a Lambda authorizer's answer."""
    try:
        answer = json.loads(payload or b"{}")
    except ValueError:
        return "", ""
    policy = answer.get("policyDocument")
    return str(answer.get("principalId", "")), json.dumps(policy, separators=(",", ":")) if policy else ""
