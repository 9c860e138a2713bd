"""Plans, events and environments for the aggregator's tests: small ones, made of the same parts as the sample's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from functions.aggregator.environment import Environment, open_environment
from functions.aggregator.handler import serve
from functions.aggregator.runner import World

OK = [{"op": "==", "left": {"status": True}, "right": {"const": 200}}]
BODY = {"body": {"value": {"body": []}, "types": [], "optional": False}}


def step(name: str, path: str = "", **settings: Any) -> dict[str, Any]:
    """A step that gets `/<name>` of the upstream `main` and gives its body as output `body`."""
    return {
        "id": name,
        "upstream": "main",
        "method": "GET",
        "path": path or f"/{name}",
        "parameters": [],
        "after": [],
        "needs": [],
        "required": True,
        "timeoutSeconds": 2.0,
        "success": OK,
        "retry": [],
        "outputs": BODY,
        **settings,
    }


def after(*names: str) -> dict[str, Any]:
    """The settings of a step that needs others."""
    return {"after": list(names), "needs": list(names)}


def query(name: str, value: dict[str, Any], required: bool = True) -> dict[str, Any]:
    return {"in": "query", "name": name, "value": value, "required": required}


def plan(*steps: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """A plan whose outputs are the bodies of its steps and what is missing."""
    body = {each["id"]: {"step": each["id"], "output": "body", "pointer": []} for each in steps}
    body["missing"] = {"step": "$degraded", "output": "parts", "pointer": []}
    return {
        "workflow": "page",
        "secured": False,
        "timeoutSeconds": 5.0,
        "inputs": {},
        "steps": list(steps),
        "respond": {"status": 200, "headers": {}, "body": {"object": body}},
        "declared": [200],
        **settings,
    }


def text_input(place: str, required: bool = True, kind: str = "string") -> dict[str, Any]:
    return {"in": place, "type": kind, "required": required}


@dataclass
class TestClock:
    """Real seconds for deadlines, since sockets are real; a wall clock that a test may move."""

    ahead: float = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class Lambda:
    """What the runtime passes as the context."""

    remaining_milliseconds: int = 29_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_milliseconds


@dataclass
class Gateway:
    """An aggregator with its log, and a way to ask it."""

    environment: Environment
    clock: TestClock
    log: list[tuple[str, Mapping[str, object]]]
    failures: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def get(self, template: str = "/page", context: Lambda | None = None, **event: Any) -> Answer:
        answer = serve(self.environment, proxy_event(template, **event), context or Lambda())
        return Answer(answer["statusCode"], answer["headers"], answer["body"])


@dataclass
class Answer:
    """The proxy answer, read."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def kind(self) -> str:
        """The last segment of a problem's type."""
        return str(self.json["type"].rpartition("/")[2])


def proxy_event(template: str = "/page", **settings: Any) -> dict[str, Any]:
    """An event as API Gateway sends it (FACTS 3.1): absent maps are null."""
    principal = settings.pop("principal", None)
    context: dict[str, Any] = {"requestId": "request-1", "stage": "test"}
    if principal is not None:
        context["authorizer"] = principal
    return {
        "resource": template,
        "path": template,
        "httpMethod": "GET",
        "headers": None,
        "multiValueHeaders": None,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": context,
        "body": None,
        "isBase64Encoded": False,
        **settings,
    }


@contextmanager
def gateway(
    plans: Mapping[str, dict[str, Any]] | dict[str, Any],
    url: str = "http://127.0.0.1:9",
    *,
    upstreams: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    edges: Mapping[str, Any] | None = None,
    validators: Mapping[str, Any] | None = None,
    cors: Mapping[str, Any] | None = None,
) -> Iterator[Gateway]:
    """An aggregator for plans by route, or for one plan at GET /page; its connections are closed at the end."""
    if "steps" in plans:
        plans = {"GET /page": dict(plans)}
    urls = {"main": url, **(upstreams or {})}
    document = {
        "version": 1,
        "api": "portal",
        "upstreams": {name: {"url": each} for name, each in urls.items()},
        "plans": dict(plans),
        **({"edges": dict(edges)} if edges else {}),
        **({"cors": dict(cors)} if cors else {}),
    }
    clock = TestClock()
    log: list[tuple[str, Mapping[str, object]]] = []
    failures: list[tuple[str, Mapping[str, object]]] = []
    environment = open_environment(
        document,
        variables={"HEADGATE_RELEASE_ID": "r1", **(variables or {})},
        clock=clock,
        validators=lambda: validators or {},
        log=lambda name, fields: log.append((name, fields)),
        log_failure=lambda name, fields: failures.append((name, fields)),
    )
    try:
        yield Gateway(environment, clock, log, failures)
    finally:
        for world in environment.worlds:
            close(world)


def close(world: World) -> None:
    """Close a world's connections."""
    world.transport.close()  # type: ignore[attr-defined]
