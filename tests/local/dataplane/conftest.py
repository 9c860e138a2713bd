"""A gateway whose world is made of numbers and functions: a clock, a script of random draws, functions by name."""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from headgate.local.dataplane import SWITCHES, Environment, Gateway, HttpClient, Outgoing, Request, Response, Switches
from headgate.local.dataplane.service_call import NoServices, Services
from headgate.local.records import (
    ApiDefinition,
    ApiKey,
    Authorizer,
    Canary,
    Deployment,
    FunctionNotFoundError,
    Integration,
    IntegrationResponse,
    Invocation,
    Method,
    Resource,
    Stage,
    UsagePlan,
)

API = "api1"
ACCOUNT = "123456789012"
JSON = "application/json"


def uri(function: str) -> str:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def mock(body: str = '{"ok":true}', **settings: Any) -> Integration:
    """A mock that answers 200 with a body template."""
    answer = IntegrationResponse("200", response_templates={JSON: body})
    given = {"request_templates": {JSON: '{"statusCode": 200}'}, "responses": {"200": answer}}
    return Integration("MOCK", **{**given, **settings})


def proxy(function: str = "echo", **settings: Any) -> Integration:
    return Integration("AWS_PROXY", **{"http_method": "POST", "uri": uri(function), **settings})


class Wire:
    """An HttpClient that is a function."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.answer: Callable[[Outgoing], Response] = lambda _: Response(200, (), b"{}")

    async def send(self, outgoing: Outgoing) -> Response:
        self.sent.append(outgoing)
        return self.answer(outgoing)


@dataclass
class World:
    """Everything a gateway asks, in the hands of a test."""

    now: float = 1_700_000_000.0
    draws: list[float] = field(default_factory=list)  # of the canary split; 0.5 when none is left
    functions: dict[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    lines: list[tuple[str, bool]] = field(default_factory=list)
    executions: list[tuple[str, bool]] = field(default_factory=list)  # events of execution logs
    stages: dict[tuple[str, str], Stage] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    plans: dict[str, UsagePlan] = field(default_factory=dict)  # by key id
    switches: Switches = SWITCHES
    wire: Wire = field(default_factory=Wire)
    client: HttpClient | None = None
    services: Services = field(default_factory=NoServices)
    _gateway: Gateway | None = None

    def __post_init__(self) -> None:
        self.functions["echo"] = lambda event: {"statusCode": 200, "body": json.dumps(event)}

    # -- the Directory

    def stage(self, rest_api_id: str, stage_name: str) -> Stage | None:
        return self.stages.get((rest_api_id, stage_name))

    def api_key(self, value: str) -> ApiKey | None:
        return self.keys.get(value)

    def usage_plan(self, key_id: str, rest_api_id: str, stage_name: str) -> UsagePlan | None:
        return self.plans.get(key_id)

    # -- making

    def deployment(self, routes: dict[str, Integration | Method], name: str = "d1", **definition: Any) -> Deployment:
        """`{"GET /users/{id}": mock()}` as a deployment."""
        resources: dict[str, Resource] = {}
        for route, what in routes.items():
            verb, path = route.split()
            method = what if isinstance(what, Method) else Method(verb, integration=what)
            known = resources.get(path, Resource(f"r-{path}", path))
            resources[path] = replace(known, methods={**known.methods, verb: method})
        given = {"endpoint_type": "REGIONAL", **definition}
        record = ApiDefinition(API, "test", ACCOUNT, "us-east-1", {one.id: one for one in resources.values()}, **given)
        return Deployment(name, record, 0.0)

    def deploy(
        self, routes: dict[str, Integration | Method], *, stage: dict[str, Any] | None = None, **api: Any
    ) -> None:
        """Deploy to the stage `dev`."""
        self.stages[API, "dev"] = Stage("dev", self.deployment(routes, **api), **(stage or {}))

    def canary(self, deployment: Deployment, percent: float, **settings: Any) -> None:
        self.stages[API, "dev"] = replace(self.stages[API, "dev"], canary=Canary(deployment, percent, **settings))

    # -- calling

    async def invoke(self, arn: str, event: bytes, trace: str | None) -> Invocation:
        name = arn.rpartition(":")[2]
        if name not in self.functions:
            raise FunctionNotFoundError(arn)
        parsed = json.loads(event)
        self.events.append((name, parsed))
        try:
            answer = self.functions[name](parsed)
        except Exception as error:  # noqa: BLE001 what a function raises is its answer
            message = {"errorMessage": str(error), "errorType": type(error).__name__}
            return Invocation(json.dumps(message).encode(), function_error="Unhandled")
        if isinstance(answer, Invocation):
            return answer
        return Invocation(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    @property
    def gateway(self) -> Gateway:
        if self._gateway is None:
            environment = Environment(
                clock=lambda: self.now,
                timer=lambda: self.now,
                random=lambda: self.draws.pop(0) if self.draws else 0.5,
                ids=random.Random(7),
                sink=lambda _arn, _stage, _at, line, is_canary: self.lines.append((line, is_canary)),
                execution_sink=lambda side, _at, text: self.executions.append((text, side.is_canary)),
                services=self.services,
            )
            self._gateway = Gateway(
                self, self.invoke, self.client or self.wire, environment=environment, switches=self.switches
            )
        return self._gateway

    def call(self, method: str = "GET", url: str = "/", body: bytes = b"", **headers: str) -> Response:
        """`call("GET", "/users/a?x=1", **{"X-Id": "1"})` on the stage `dev`."""
        path, _, query = url.encode().partition(b"?")
        raw = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
        request = Request(method, API, "dev", path, query, raw, body, host="localhost:4566", mount=b"/dev")
        return asyncio.run(self.gateway.handle(request))

    def event(self, *call: Any, **headers: str) -> dict[str, Any]:
        """The event that the last function saw."""
        assert self.call(*call, **headers).status == 200
        return self.events[-1][1]

    def authorizer(
        self, kind: str = "TOKEN", sources: str = "method.request.header.Authorization", **more: Any
    ) -> Authorizer:
        given = {"uri": uri("authorizer"), "identity_sources": (sources,) if sources else ()}
        return Authorizer("au1", "au", kind, **{**given, **more})

    def guarded(self, integration: Integration | None = None, **method: Any) -> Method:
        given = {"authorization_type": "CUSTOM", "authorizer_id": "au1", "integration": integration or mock()}
        return Method("GET", **{**given, **method})


def header(response: Response, name: str) -> str | None:
    values = [value.decode() for key, value in response.headers if key.lower() == name.lower().encode()]
    return ", ".join(values) if values else None


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make() -> Any:
    """The builders of this file, which tests cannot import."""

    class Builders:
        mock = staticmethod(mock)
        proxy = staticmethod(proxy)
        uri = staticmethod(uri)
        header = staticmethod(header)

    return Builders
