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


REMAPPED = (
    *("Connection", "Content-Length", "Date", "server", "www-authenticate", "WWW-Authenticate", "Authorization"),
    *("Content-MD5", "Max-Forwards", "User-Agent", "x-amzn-RequestId"),
)
IDS = ("X-Amzn-Trace-Id", "x-amz-apigw-id")
DROPPED = ("Expect", "Host", "Proxy-Authenticate", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", *IDS)


@pytest.mark.parametrize("name", REMAPPED)
@pytest.mark.parametrize("shape", ["headers", "multiValueHeaders"])
def test_some_names_leave_with_a_prefix(answer: Any, shape: str, name: str) -> None:
    response = answer({shape: {name: "v" if shape == "headers" else ["v"]}})

    found = [pair for pair in response.headers if pair[0].lower().endswith(name.lower().encode())]
    assert (f"x-amzn-Remapped-{name}".encode(), b"v") in found
    assert (name.encode(), b"v") not in found


def test_some_names_do_not_leave(answer: Any) -> None:
    response = answer({"headers": {**dict.fromkeys(DROPPED, "v"), "Age": "7", "Accept": "a", "Warn": "w"}})

    values = [(name, value) for name, value in response.headers if value in (b"v", b"7", b"a", b"w")]
    assert values == [(b"Age", b"7"), (b"Accept", b"a"), (b"Warn", b"w")]


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


@pytest.mark.parametrize(
    ("flags", "decoded"),
    [
        ({"isBase64Encoded": "true"}, True),
        ({"isBase64Encoded": "True"}, True),
        ({"isBase64Encoded": "false"}, False),
        ({"isBase64Encoded": None}, False),
        ({"base64Encoded": True}, True),
        ({"base64Encoded": False, "isBase64Encoded": True}, False),
        ({"base64Encoded": None, "isBase64Encoded": True}, True),
    ],
)
def test_the_flag_has_two_names_and_some_spellings(answer: Any, flags: dict[str, Any], decoded: bool) -> None:
    response = answer({"body": "AQID", **flags}, Accept="image/png")

    assert (response.status, response.body) == (200, b"\x01\x02\x03" if decoded else b"AQID")


@pytest.mark.parametrize("flag", [1, 0, 1.0, "yes", "", [], {}])
@pytest.mark.parametrize("name", ["isBase64Encoded", "base64Encoded"])
def test_another_flag_is_a_bad_gateway_even_without_a_body(answer: Any, name: str, flag: Any) -> None:
    assert answer({name: flag}).status == 502


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
