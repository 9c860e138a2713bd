"""FACTS 3.13 to 3.22: what a proxy function may answer."""

import json
from typing import Any

import pytest

from headgate.local.records import Invocation, TooManyInvocationsError


@pytest.fixture
def answer(world: Any, make: Any) -> Any:
    world.deploy({"POST /t": make.proxy("fn")}, binary_media_types=("image/png", "*/test", "audio/*"))

    def call(value: Any, **headers: str) -> Any:
        world.functions["fn"] = lambda _event: value
        return world.call("POST", "/t", **headers)

    return call


@pytest.mark.parametrize(
    ("value", "status", "body"),
    [
        pytest.param({}, 200, b"", id="empty"),
        pytest.param({"statusCode": "201"}, 201, b"", id="digits"),
        pytest.param({"headers": None, "body": None}, 200, b"", id="nulls"),
        pytest.param(b'{"body":"\\ud83d"}', 200, b"?", id="lone-surrogate"),
    ],
)
def test_every_key_is_optional(answer: Any, make: Any, value: Any, status: int, body: bytes) -> None:
    response = answer(value)

    assert (response.status, response.body) == (status, body)
    assert make.header(response, "Content-Type") == "application/json"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"statusCode": 200, "wrong": 1}, id="unknown-key"),
        pytest.param({"statusCode": 0}, id="zero"),
        pytest.param({"statusCode": 101}, id="informational"),
        pytest.param({"statusCode": "test"}, id="text"),
        pytest.param({"multiValueHeaders": {"a": "b"}}, id="multi-value-no-list"),
        pytest.param({"headers": {"a": "b\r\nX-Evil: 1"}}, id="response-splitting"),
        pytest.param({"headers": {"a b": "c"}}, id="bad-name"),
        pytest.param({"body": {"a": 1}}, id="body-object"),
        pytest.param("text", id="string"),
        pytest.param(None, id="null"),
        pytest.param([], id="list"),
        pytest.param(b"not json", id="no-json"),
        pytest.param(Invocation(b'{"errorMessage":"x"}', function_error="Unhandled"), id="function-error"),
        pytest.param(Invocation(b"", timed_out=True), id="function-timeout"),
    ],
)
def test_anything_else_is_a_bad_gateway_of_36_bytes(answer: Any, make: Any, value: Any) -> None:
    response = answer(value)

    assert (response.status, response.body) == (502, b'{"message": "Internal server error"}')
    assert make.header(response, "x-amzn-ErrorType") == "InternalServerErrorException"


def test_headers_come_multi_first_in_its_case(answer: Any) -> None:
    response = answer({"multiValueHeaders": {"tesT-M": ["a", "b"]}, "headers": {"test-m": "c", "Flag": True, "n": 1}})

    sent = [pair for pair in response.headers if pair[0] in (b"tesT-M", b"Flag", b"n")]
    assert sent == [(b"tesT-M", b"a"), (b"tesT-M", b"b"), (b"tesT-M", b"c"), (b"Flag", b"true"), (b"n", b"1")]


def test_framing_headers_are_remapped_or_dropped(answer: Any, make: Any) -> None:
    response = answer(
        {"headers": {"Connection": "x", "Date": "d", "server": "s", "Content-Length": "9", "Transfer-Encoding": "y"}}
    )

    remapped = [
        make.header(response, f"x-amzn-Remapped-{name}") for name in ("Connection", "Date", "Server", "Content-Length")
    ]
    assert remapped == ["x", "d", "s", "9"]
    names = {name.lower() for name, _ in response.headers}
    assert not names & {b"connection", b"transfer-encoding", b"content-length", b"date"}


@pytest.mark.parametrize(
    ("accept", "decoded"),
    [
        ("image/png", True),
        ("image/png,*/*;q=0.8", True),
        ("audio/anything", True),
        ("image/*", False),
        ("image/webp,image/png", False),
        ("*/*", False),
        ("random/test", False),
        ("", False),
    ],
)
def test_binary_answers_depend_on_the_first_accepted_type(answer: Any, accept: str, decoded: bool) -> None:
    response = answer({"body": "AQID", "isBase64Encoded": True}, Accept=accept)

    assert response.body == (b"\x01\x02\x03" if decoded else b"AQID")


def test_a_body_that_is_no_base64_is_our_configuration_error(answer: Any) -> None:
    assert answer({"body": "è)(", "isBase64Encoded": True}, Accept="image/png").status == 500


def test_the_function_is_invoked_by_post_only(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.proxy(http_method="GET")})

    assert world.call("GET", "/a").status == 500


def test_a_missing_function_is_an_internal_error(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.proxy("nobody")})

    assert world.call("GET", "/a").status == 500


def test_no_concurrency_left_is_an_internal_error(answer: Any, world: Any) -> None:
    async def invoke(*_: Any) -> Invocation:
        raise TooManyInvocationsError("used up")

    world.invoke = invoke
    assert answer({}).status == 500


def test_an_event_over_six_megabytes_is_too_large(world: Any, make: Any) -> None:
    world.deploy({"POST /t": make.proxy()})

    response = world.call("POST", "/t", b"x" * (6 * 1024 * 1024))

    assert (response.status, json.loads(response.body)) == (413, {"message": "Request Too Long"})


def test_stage_variables_choose_the_function(world: Any, make: Any) -> None:
    integration = make.proxy("${stageVariables.fn}")
    world.functions["blue"] = lambda _event: {"body": "blue"}
    world.deploy({"GET /a": integration}, stage={"variables": {"fn": "blue"}})

    assert world.call("GET", "/a").body == b"blue"


def test_mapping_a_forbidden_header_fails_every_call(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.proxy(request_parameters={"integration.request.header.Authorization": "'z'"})})

    assert world.call("GET", "/a").status == 500
    assert world.events == []
