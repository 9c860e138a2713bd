"""What is worked out once and kept: requests that differ must not get each other's."""

import asyncio
import json
from typing import Any

import pytest

from headgate.local.dataplane import Request, Response, exchange, routes
from headgate.local.records import Integration, IntegrationResponse


def ask(world: Any, path: bytes = b"/e", **more: Any) -> Response:
    response: Response = asyncio.run(world.gateway.handle(Request("GET", "api1", "dev", path, **more)))
    return response


def told(world: Any, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(ask(world, **more).body)
    return event


def test_events_of_clients_that_send_other_headers_have_their_own(world: Any, make: Any) -> None:
    world.deploy({"GET /e": make.proxy()})

    first = told(world, headers=((b"Authorization", b"a"), (b"User-Agent", b"x")))
    second = told(world, headers=((b"Authorization", b"b"), (b"User-Agent", b"y")))

    assert (first["headers"]["Authorization"], second["headers"]["Authorization"]) == ("a", "b")
    assert first["multiValueHeaders"]["Authorization"] == ["a"]
    agents = [event["requestContext"]["identity"]["userAgent"] for event in (first, second)]
    assert agents == ["x", "y"]


def test_events_of_one_client_differ_in_what_belongs_to_the_request(world: Any, make: Any) -> None:
    world.deploy({"GET /e": make.proxy()}, endpoint_type="EDGE")

    events = [told(world, headers=((b"A", b"1"),)) for _ in range(2)]

    for name in ("X-Amzn-Trace-Id", "X-Amz-Cf-Id"):
        assert events[0]["headers"][name] != events[1]["headers"][name]
        assert [event["multiValueHeaders"][name] for event in events] == [[event["headers"][name]] for event in events]
    assert events[0]["requestContext"]["requestId"] != events[1]["requestContext"]["requestId"]


@pytest.mark.parametrize("differs", ["source_ip", "host", "port", "scheme"])
def test_callers_that_differ_in_one_thing_are_told_apart(world: Any, make: Any, differs: str) -> None:
    world.deploy({"GET /e": make.proxy()})
    values = {"source_ip": ("10.0.0.1", "10.0.0.2"), "host": ("a", "b"), "port": (1, 2), "scheme": ("http", "https")}

    events = [told(world, custom_domain=True, **{differs: value}) for value in values[differs]]

    shown = {
        "source_ip": [event["requestContext"]["identity"]["sourceIp"] for event in events],
        "host": [event["requestContext"]["domainName"] for event in events],
        "port": [int(event["headers"]["X-Forwarded-Port"]) for event in events],
        "scheme": [event["headers"]["X-Forwarded-Proto"] for event in events],
    }
    assert shown[differs] == list(values[differs])


def test_one_path_with_two_verbs_is_two_routes(world: Any, make: Any) -> None:
    world.deploy({"GET /e": make.mock("got"), "POST /e": make.mock("posted")})

    assert [world.call(verb, "/e").body for verb in ("GET", "POST", "GET")] == [b"got", b"posted", b"got"]


def test_a_mapped_header_makes_an_answer_that_is_not_constant(world: Any) -> None:
    mapped = {"method.response.header.X-Id": "context.requestId"}
    answer = IntegrationResponse("200", response_templates={"application/json": "{}"}, response_parameters=mapped)
    request = {"application/json": '{"statusCode": 200}'}
    world.deploy({"GET /m": Integration("MOCK", request_templates=request, responses={"200": answer})})

    ids = [dict(ask(world, b"/m").headers)[b"X-Id"] for _ in range(2)]

    assert ids[0] != ids[1]


def test_a_constant_answer_still_follows_accept(world: Any) -> None:
    templates = {"application/json": "{}", "text/plain": "plain"}
    answer = IntegrationResponse("200", response_templates=templates)
    request = {"application/json": '{"statusCode": 200}'}
    world.deploy({"GET /m": Integration("MOCK", request_templates=request, responses={"200": answer})})

    accepts = (b"text/plain", b"application/json", b"text/plain")
    bodies = [ask(world, b"/m", headers=((b"Accept", accept),)).body for accept in accepts]

    assert bodies == [b"plain", b"{}", b"plain"]


def test_a_constant_answer_gives_way_to_an_override(world: Any) -> None:
    answer = IntegrationResponse("200", response_templates={"application/json": "{}"})
    status = "#set($context.responseOverride.status = 418)"
    template = f'#if($input.params("odd") == "1"){status}#end{{"statusCode": 200}}'
    request = {"application/json": template}
    world.deploy({"GET /m": Integration("MOCK", request_templates=request, responses={"200": answer})})

    assert [ask(world, b"/m", query=query).status for query in (b"", b"odd=1", b"")] == [200, 418, 200]


def test_paths_are_remembered_up_to_a_number(world: Any, make: Any) -> None:
    world.deploy({"GET /p/{id}": make.proxy()})
    ask(world, b"/p/0")
    table = world.gateway._stages.view(world.stages["api1", "dev"], "api1").side(0.5).routes

    for number in range(routes.REMEMBERED + 50):
        table.find(f"/p/{number}", "GET")
        assert len(table._found) <= routes.REMEMBERED
    table.find("/p/" + "x" * routes.REMEMBERED_LENGTH, "GET")

    assert max(len(path) for path, _ in table._found) <= routes.REMEMBERED_LENGTH
    assert table.find("/p/7", "GET").parameters == {"id": "7"}


def test_parsed_headers_are_bounded() -> None:
    assert exchange.sent_headers.cache_info().maxsize == 256


def test_an_api_without_compression_passes_an_encoded_body_on(world: Any, make: Any) -> None:
    world.deploy({"POST /e": make.proxy()})

    world.call("POST", "/e", b"not really gzip", **{"Content-Encoding": "gzip"})

    assert world.events[-1][1]["body"] == "not really gzip"
