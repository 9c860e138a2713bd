"""FACTS 2: pairs of resource and verb, greedy fall-through, slashes."""

import json
from typing import Any

import pytest


@pytest.fixture
def served(world: Any, make: Any) -> Any:
    routes = (
        "GET /",
        "POST /test",
        "ANY /test/any",
        "OPTIONS /{proxy+}",
        "GET /users/{id}",
        "GET /users/me",
        "PUT /users/me/x",
    )
    world.deploy({route: make.mock(f"\"{route} $input.params('id')$input.params('proxy')\"") for route in routes})

    def serve(verb: str, path: str) -> Any:
        response = world.call(verb, path)
        return json.loads(response.body).strip() if response.status == 200 else response.status

    return serve


@pytest.mark.parametrize(
    ("verb", "path", "expected"),
    [
        pytest.param("GET", "/", "GET /", id="root"),
        pytest.param("GET", "", "GET /", id="no-slash"),
        pytest.param("POST", "/test", "POST /test", id="literal"),
        pytest.param("POST", "/test/", "POST /test", id="trailing-slash"),
        pytest.param("POST", "//test", "POST /test", id="leading-double-slash"),
        pytest.param("PATCH", "/test/any", "ANY /test/any", id="any"),
        pytest.param("OPTIONS", "/test", "OPTIONS /{proxy+} test", id="literal-without-verb-falls-to-greedy"),
        pytest.param("OPTIONS", "/a//b/", "OPTIONS /{proxy+} a//b", id="double-slash-in-greedy"),
        pytest.param("OPTIONS", "/", 403, id="greedy-needs-a-segment"),
        pytest.param("GET", "/users/me", "GET /users/me", id="literal-before-variable"),
        pytest.param("GET", "/users/m%65", "GET /users/{id} m%65", id="percent-is-left-alone"),
        pytest.param("HEAD", "/users/me", 403, id="head-is-not-get"),
        pytest.param("GET", "/users/a/b", 403, id="unknown-path"),
        pytest.param("BREW", "/test/any", 403, id="any-is-seven-verbs"),
    ],
)
def test_a_request_is_served_by_the_best_pair(served: Any, verb: str, path: str, expected: Any) -> None:
    assert served(verb, path) == expected


def test_an_unknown_path_is_a_missing_token(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()})

    response = world.call("GET", "/nope")

    assert response.body == b'{"message":"Missing Authentication Token"}'
    assert make.header(response, "x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert make.header(response, "x-amz-apigw-id").endswith("=")
    assert make.header(response, "X-Amzn-Trace-Id") is None


def test_the_method_may_be_overridden_by_a_header(world: Any, make: Any) -> None:
    world.deploy({"PUT /a": make.mock('"$context.httpMethod"')})

    assert world.call("POST", "/a", **{"X-HTTP-Method-Override": "put"}).body == b'"PUT"'


def test_an_unknown_stage_is_forbidden(world: Any) -> None:
    response = world.call("GET", "/")

    assert (response.status, response.body) == (403, b'{"message":"Forbidden"}')
