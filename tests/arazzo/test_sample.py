"""The sample's own compositions, compiled from its files and answered by its services over real sockets."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from examples.portal.__main__ import Server, start, stop
from examples.portal.services import PORTS
from functions.aggregator.environment import open_environment
from functions.aggregator.handler import serve
from functions.shared.clock import SystemClock
from headgate.spec import Target, compile_project, load_project
from tests.aggregator.pages import Answer, Lambda, proxy_event

ROOT = Path(__file__).parents[2]
ADA = {"sub": "ada", "scope": "users:read"}


@dataclass
class Portal:
    """The sample's aggregator and services."""

    environment: Any
    services: dict[str, Server]

    def get(self, template: str, **event: Any) -> Answer:
        answer = serve(self.environment, proxy_event(template, principal=ADA, **event), Lambda())
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def break_off(self, service: str) -> None:
        """Turn the service's switch."""
        port = self.services[service].server_address[1]
        with urlopen(Request(f"http://127.0.0.1:{port}/_switch?broken=true", method="POST")):
            pass


@pytest.fixture
def portal() -> Iterator[Portal]:
    project, problems = load_project(ROOT)
    assert project is not None, problems
    compiled, problems = compile_project(project, Target("prod", local=True))
    assert compiled is not None, [str(problem) for problem in problems]
    servers = {server.service: server for server in start(dict.fromkeys(PORTS, 0))}
    plans = compiled.apis[0].plans
    for name, upstream in plans["upstreams"].items():
        upstream["url"] = f"http://127.0.0.1:{servers[name].server_address[1]}"
    quiet = {"log": lambda *_: None, "log_failure": lambda *_: None}
    environment = open_environment(plans, variables={}, clock=SystemClock(), **quiet)
    yield Portal(environment, servers)
    environment.worlds[0].transport.close()
    stop(list(servers.values()))


def test_the_home_page_has_five_parts(portal):
    answer = portal.get("/portal/home", queryStringParameters={"city": "Seoul"})

    assert answer.status == 200
    assert answer.json["missing"] == []
    assert all(answer.json[part] for part in ("news", "trending", "ad", "weather"))
    assert answer.headers["X-Portal-Edition"] == "morning"


def test_a_broken_weather_service_costs_the_weather_and_nothing_else(portal):
    portal.break_off("weather")
    answer = portal.get("/portal/home", queryStringParameters={"city": "Seoul"})

    assert answer.json["weather"] is None
    assert answer.json["missing"] == [{"step": "weather", "reason": "status"}]
    assert answer.json["news"]


def test_the_cafe_page_is_for_the_users_city(portal):
    answer = portal.get("/portal/cafes/{userId}", pathParameters={"userId": user_id()})

    assert answer.status == 200
    assert {cafe["city"] for cafe in answer.json["cafes"]} <= {answer.json["user"]["city"]}


def test_the_cafe_page_may_lack_recommendations(portal):
    portal.break_off("recommendations")
    answer = portal.get("/portal/cafes/{userId}", pathParameters={"userId": user_id()})

    assert (answer.status, answer.json["recommendations"]) == (200, [])
    assert answer.headers["x-headgate-degraded"] == "recommendations;reason=status;status=500"


def test_the_cafe_page_never_lacks_its_cafes(portal):
    portal.break_off("cafes")
    answer = portal.get("/portal/cafes/{userId}", pathParameters={"userId": user_id()})

    assert (answer.status, answer.kind, answer.json["step"]) == (502, "upstream-failed", "cafes")


def test_an_unknown_user_is_not_found(portal):
    answer = portal.get("/portal/cafes/{userId}", pathParameters={"userId": "nobody"})

    assert (answer.status, answer.kind) == (404, "not-found")


def user_id() -> str:
    from examples.portal import data

    return next(iter(data.USERS))
