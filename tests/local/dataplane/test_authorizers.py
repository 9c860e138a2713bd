"""FACTS 4: TOKEN and REQUEST authorizers, their cache and their policies."""

import json
from typing import Any

import pytest

from headgate.local.records import Invocation

ARN = "arn:aws:execute-api:us-east-1:123456789012:api1/dev"


def policy(effect: str, *resources: str, **more: Any) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": list(resources)}
    return {"principalId": "u1", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **more}


@pytest.fixture
def guard(world: Any, make: Any) -> Any:
    """`guard(answer, ttl)` deploys two guarded methods whose authorizer gives the answer."""

    def deploy(answer: Any, ttl: int | None = 0, kind: str = "TOKEN", **authorizer: Any) -> Any:
        world.functions["authorizer"] = answer if callable(answer) else lambda _event: answer
        record = world.authorizer(kind, result_ttl_seconds=ttl, **authorizer)
        routes = {"GET /a": world.guarded(), "GET /b/{id}": world.guarded(make.proxy())}
        world.deploy(routes, authorizers={"au1": record})
        return world

    return deploy


def test_a_token_event_has_exactly_three_members(guard: Any) -> None:
    world = guard(policy("Allow", f"{ARN}/GET/a"))

    assert world.call("GET", "/a", Authorization="t").status == 200
    assert world.events == [
        ("authorizer", {"type": "TOKEN", "authorizationToken": "t", "methodArn": f"{ARN}/GET/a"}),
    ]


def test_the_context_reaches_the_event_as_text(guard: Any) -> None:
    world = guard(policy("Allow", "*", context={"s": "v", "n": 1, "b": True}))

    authorizer = world.event("GET", "/b/1", Authorization="t")["requestContext"]["authorizer"]

    assert authorizer == {"principalId": "u1", "integrationLatency": 0, "s": "v", "n": "1", "b": "true"}


def test_a_request_event_is_the_proxy_event_with_empty_objects(guard: Any) -> None:
    world = guard(policy("Allow", "*"), kind="REQUEST")

    world.call("GET", "/b/7?q=1", Authorization="t")

    event = world.events[0][1]
    assert (event["type"], event["methodArn"], event["pathParameters"]) == ("REQUEST", f"{ARN}/GET/b/7", {"id": "7"})
    assert (event["stageVariables"], event["queryStringParameters"]) == ({}, {"q": "1"})
    assert "body" not in event


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (policy("Deny", "*"), "User is not authorized to access this resource with an explicit deny"),
        (policy("Allow", f"{ARN}/GET/other"), "User is not authorized to access this resource"),
    ],
)
def test_denials_have_a_capital_message(guard: Any, make: Any, answer: Any, message: str) -> None:
    response = guard(answer).call("GET", "/a", Authorization="t")

    assert (response.status, json.loads(response.body)) == (403, {"Message": message})
    assert make.header(response, "x-amzn-ErrorType") == "AccessDeniedException"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "  "}, {"Authorization": "y-1"}], ids=str
)
def test_a_bad_identity_is_refused_without_a_call(guard: Any, headers: dict[str, str]) -> None:
    world = guard(policy("Allow", "*"), identity_validation_expression="x-[a-z]+|.")

    response = world.call("GET", "/a", **headers)

    assert (response.status, response.body) == (401, b'{"message":"Unauthorized"}')
    assert world.events == []


@pytest.mark.parametrize("url", ["/a", "/a?q=", "/a?q=%20"])
@pytest.mark.parametrize("ttl", [300, 0])
def test_every_identity_source_of_a_request_authorizer_is_mandatory(guard: Any, url: str, ttl: int) -> None:
    sources = "method.request.header.X-Id, method.request.querystring.q"
    world = guard(policy("Allow", "*"), ttl, "REQUEST", sources=sources)

    assert world.call("GET", url, **{"X-Id": "1"}).status == 401
    assert world.events == []


def raising(message: str) -> Any:
    def function(_event: Any) -> Any:
        raise RuntimeError(message)

    return function


def test_exactly_unauthorized_is_a_401(guard: Any) -> None:
    assert guard(raising("Unauthorized")).call("GET", "/a", Authorization="t").status == 401


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(raising("unauthorized"), id="other-error"),
        pytest.param({}, id="empty"),
        pytest.param([], id="list"),
        pytest.param(b"", id="no-json"),
        pytest.param({**policy("Allow", "*"), "principalId": " "}, id="blank-principal"),
        pytest.param(policy("Allow", "*", context={"a": []}), id="list-in-context"),
        pytest.param(policy("Allow", "*", context={"a": None}), id="null-in-context"),
        pytest.param(policy("Maybe", "*"), id="unknown-effect"),
        pytest.param(policy("Allow", "x" * 513), id="long-resource"),
        pytest.param(policy("Allow", "*", context={"a": "x" * 8192}), id="over-8-kB"),
        pytest.param(Invocation(b"", timed_out=True), id="timeout"),
    ],
)
def test_a_broken_authorizer_lets_nobody_in_and_is_never_cached(guard: Any, make: Any, answer: Any) -> None:
    world = guard(answer, 300)

    responses = [world.call("GET", "/a", Authorization="t") for _ in range(2)]

    assert [(one.status, one.body) for one in responses] == [(500, b'{"message":null}')] * 2
    assert make.header(responses[0], "x-amzn-ErrorType") == "AuthorizerConfigurationException"
    assert len(world.events) == 2


def test_an_authorizer_without_a_function_lets_nobody_in(guard: Any) -> None:
    world = guard(policy("Allow", "*"))
    del world.functions["authorizer"]

    assert world.call("GET", "/a", Authorization="t").status == 500


def test_the_cache_holds_the_policy_not_the_verdict(guard: Any) -> None:
    world = guard(policy("Allow", f"{ARN}/GET/a"), 300)

    statuses = [world.call("GET", path, Authorization="t").status for path in ("/a", "/b/1", "/a")]

    assert statuses == [200, 403, 200]
    assert len(world.events) == 1


@pytest.mark.parametrize(("ttl", "seconds", "calls"), [(300, 299, 1), (300, 300, 2), (None, 299, 1), (0, 0, 2)])
def test_results_expire_on_the_clock(guard: Any, ttl: int | None, seconds: int, calls: int) -> None:
    world = guard(policy("Allow", "*"), ttl)
    world.call("GET", "/a", Authorization="t")
    world.now += seconds

    world.call("GET", "/a", Authorization="t")

    assert len(world.events) == calls


def test_the_cache_key_is_the_identity_in_order(guard: Any) -> None:
    sources = "method.request.header.X, method.request.querystring.q"
    world = guard(policy("Allow", "*"), 300, "REQUEST", sources=sources)

    for value, query in (("a", "b"), ("b", "a"), ("a", "b")):
        world.call("GET", f"/a?q={query}", X=value)

    assert len(world.events) == 2


def test_without_identity_sources_nobody_shares_a_result(guard: Any) -> None:
    world = guard(policy("Allow", "*"), 300, "REQUEST", sources="")

    assert [world.call("GET", "/a", Authorization=token).status for token in ("a", "b")] == [200, 200]
    assert len(world.events) == 2


def test_context_sources_vary_the_key_by_operation(guard: Any) -> None:
    sources = "method.request.header.X, context.httpMethod, context.resourcePath"
    world = guard(policy("Allow", "*"), 300, "REQUEST", sources=sources)

    for path in ("/a", "/b/1", "/b/2"):
        world.call("GET", path, X="1")

    assert [name for name, _ in world.events].count("authorizer") == 2


def test_flushing_the_authorizer_cache_asks_again(guard: Any) -> None:
    from dataclasses import replace

    world = guard(policy("Allow", "*"), 300)
    world.call("GET", "/a", Authorization="t")
    key = ("api1", "dev")
    world.stages[key] = replace(world.stages[key], authorizer_cache_generation=1)

    world.call("GET", "/a", Authorization="t")

    assert len(world.events) == 2


def test_a_trailing_slash_does_not_slip_past_a_deny(guard: Any) -> None:
    statements = [
        {"Action": "*", "Effect": "Allow", "Resource": "*"},
        {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": f"{ARN}/GET/a"},
    ]
    world = guard({"principalId": "u", "policyDocument": {"Statement": statements}})

    assert [world.call("GET", path, Authorization="t").status for path in ("/a", "/a/", "//a")] == [403, 403, 403]


def test_a_very_long_method_arn_is_414(guard: Any) -> None:
    response = guard(policy("Allow", "*")).call("GET", "/b/" + "x" * 1600, Authorization="t")

    assert (response.status, json.loads(response.body)) == (414, {"message": "Request URI too long"})


def test_a_custom_method_without_its_authorizer_lets_nobody_in(world: Any) -> None:
    world.deploy({"GET /a": world.guarded()})

    assert world.call("GET", "/a", Authorization="t").status == 500


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 403), ({"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, 403)],
    ids=["unsigned", "signed"],
)
def test_iam_methods_are_closed(world: Any, headers: dict[str, str], status: int) -> None:
    world.deploy({"GET /a": world.guarded(authorization_type="AWS_IAM", authorizer_id=None)})

    assert world.call("GET", "/a", **headers).status == status
