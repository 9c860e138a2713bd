"""FACTS 1: customised gateway responses and their order."""

import json
from typing import Any

import pytest

from headgate.local.records import GatewayResponse

PROBLEM = (
    '{"type":"x","detail":$context.error.messageString,"kind":"$context.error.responseType","id":"$context.requestId"}'
)


@pytest.fixture
def refused(world: Any, make: Any) -> Any:
    """`refused(MISSING_AUTHENTICATION_TOKEN=GatewayResponse(...))` -> the answer to an unknown path."""

    def call(path: str = "/nope", **responses: dict[str, Any]) -> Any:
        entries = {kind: GatewayResponse(kind, **settings) for kind, settings in responses.items()}
        world.deploy({"GET /a": make.mock(request_templates={"application/json": "bad"})}, gateway_responses=entries)
        return world.call("GET", path, Accept="text/weird")

    return call


def test_templates_and_headers_take_variables(refused: Any, make: Any) -> None:
    mapped = {
        "gatewayresponse.header.x-lit": "'a.b'",
        "gatewayresponse.header.x-acc": "method.request.header.Accept",
        "gatewayresponse.header.x-q": "method.request.querystring.q",
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
    }
    custom = {"status_code": "404", "response_parameters": mapped, "response_templates": {"application/json": PROBLEM}}

    response = refused("/nope?q=7", MISSING_AUTHENTICATION_TOKEN=custom)

    body = json.loads(response.body)
    assert (response.status, body["detail"], body["kind"]) == (
        404,
        "Missing Authentication Token",
        "MISSING_AUTHENTICATION_TOKEN",
    )
    assert body["id"] == make.header(response, "x-amzn-RequestId")
    wanted = {"x-lit": "a.b", "x-acc": "text/weird", "x-q": "7", "content-type": "application/problem+json"}
    assert {name: make.header(response, name) for name in wanted} == wanted


def test_a_header_with_a_line_break_is_left_out(refused: Any, make: Any) -> None:
    mapped = {"gatewayresponse.header.x-q": "method.request.querystring.q"}

    assert make.header(refused("/nope?q=a%0d%0aX-Evil:1", DEFAULT_4XX={"response_parameters": mapped}), "x-q") is None


@pytest.mark.parametrize(
    ("responses", "status", "family_header"),
    [
        ({"DEFAULT_4XX": {"status_code": "444"}}, 444, None),
        ({"DEFAULT_4XX": {"response_parameters": {"gatewayresponse.header.x-fam": "'1'"}}}, 403, "1"),
        (
            {
                "DEFAULT_4XX": {"status_code": "444", "response_parameters": {"gatewayresponse.header.x-fam": "'1'"}},
                "MISSING_AUTHENTICATION_TOKEN": {"status_code": "404"},
            },
            404,
            None,
        ),
        ({"DEFAULT_5XX": {"status_code": "599"}}, 403, None),
    ],
    ids=["family-status", "family-keeps-status", "specific-only", "other-family"],
)
def test_one_entry_is_used_and_never_merged(
    refused: Any, make: Any, responses: Any, status: int, family_header: Any
) -> None:
    response = refused(**responses)

    assert (response.status, make.header(response, "x-fam")) == (status, family_header)
    assert json.loads(response.body) == {"message": "Missing Authentication Token"}


def test_the_family_covers_internal_errors(refused: Any) -> None:
    custom = {"status_code": "599", "response_templates": {"application/json": '{"e":$context.error.messageString}'}}

    response = refused("/a", DEFAULT_5XX=custom)

    assert (response.status, response.body) == (599, b'{"e":"Internal server error"}')


def test_templates_are_no_vtl(refused: Any) -> None:
    custom = {
        "response_templates": {
            "application/json": '#set($x = 1){"p":"$input.path(\'$\')","s":"${context.stage}","n":"$context.none"}'
        }
    }

    body = refused(DEFAULT_4XX=custom).body

    assert body == b'#set($x = 1){"p":"$input.path(\'$\')","s":"dev","n":""}'


def test_too_large_cannot_be_customised(world: Any, make: Any) -> None:
    world.deploy(
        {"POST /a": make.mock()}, gateway_responses={"REQUEST_TOO_LARGE": GatewayResponse("REQUEST_TOO_LARGE", "499")}
    )

    response = world.call("POST", "/a", b"x" * (10 * 1024 * 1024 + 1))

    assert (response.status, response.body) == (413, b'{"message": "Request Too Long"}')


def test_a_broken_gateway_answers_and_goes_on(world: Any, make: Any) -> None:
    def broken(_: Any) -> Any:
        raise RuntimeError("a defect")

    world.wire.answer = broken
    from headgate.local.records import Integration

    world.deploy({"GET /a": Integration("HTTP_PROXY", http_method="GET", uri="http://h/")})

    assert world.call("GET", "/a").status == 500


def test_a_denial_tells_what_the_authorizer_knew(world: Any, make: Any) -> None:
    """FACTS 1.34, on the call of the authorizer and from its cache."""
    deny = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "*"}
    world.functions["authorizer"] = lambda _event: {
        "principalId": "ann",
        "policyDocument": {"Version": "2012-10-17", "Statement": [deny]},
        "context": {"why": "expired", "tries": 3},
    }
    template = '{"why":"$context.authorizer.why $context.authorizer.tries","who":"$context.authorizer.principalId"}'
    mapped = {"gatewayresponse.header.X-Why": "context.authorizer.why"}
    custom = GatewayResponse("ACCESS_DENIED", "401", mapped, {"application/json": template})
    world.deploy(
        {"GET /a": world.guarded()},
        authorizers={"au1": world.authorizer(result_ttl_seconds=300)},
        gateway_responses={"ACCESS_DENIED": custom},
    )

    for _ in range(2):
        response = world.call("GET", "/a", Authorization="t")

        assert (response.status, make.header(response, "X-Why")) == (401, "expired")
        assert json.loads(response.body) == {"why": "expired 3", "who": "ann"}
    assert len(world.events) == 1


def test_framing_dates_and_ids_cannot_be_mapped(refused: Any, make: Any) -> None:
    """Two lengths would break the connection; a challenge is what gateway responses are for."""
    ours = ("Content-Length", "transfer-encoding", "Connection", "Date", "Trailer", "x-amzn-RequestId")
    theirs = {"WWW-Authenticate": "Basic", "x-amzn-ErrorType": "Mine"}
    values = {**dict.fromkeys(ours, "1"), **theirs}
    mapped = {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in values.items()}

    response = refused(DEFAULT_4XX={"response_parameters": mapped})

    assert {name: make.header(response, name) for name in theirs} == theirs
    assert [make.header(response, name) for name in ours[:-1]] == [None] * 5
    assert make.header(response, "x-amzn-RequestId") != "1"
