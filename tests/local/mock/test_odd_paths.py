"""Paths that API Gateway cannot hold: the mock server answers them as the aggregator asks for them."""

import json
from typing import Any

import pytest

from headgate.local.mock.upstream import MockUpstream


def operation(answer: str, *required: str) -> dict[str, Any]:
    """An operation that answers a constant and demands these query parameters."""
    content = {"application/json": {"schema": {"const": answer}, "examples": [answer]}}
    return {
        "id": answer,
        "parameters": [
            {"name": n, "in": "query", "required": True, "style": "form", "explode": True, "schema": {"type": "string"}}
            for n in required
        ],
        "body": None,
        "responses": {"200": {"content": content, "headers": {}}},
    }


@pytest.fixture(scope="module")
def upstream() -> MockUpstream:
    operations = {
        "GET /r": operation("plain"),
        "GET /r?beta=true": operation("beta"),
        "GET /r?x={x}": operation("x"),
        "GET /t#one": operation("one", "a"),
        "GET /t#two": operation("two", "b"),
        "GET /f/{id}.json": operation("json"),
        "GET /f/{id}": operation("any"),
        "GET /my photos": operation("photos"),
    }
    return MockUpstream({"version": 1, "api": "odd", "$defs": {}, "operations": operations})


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/r", "plain"),
        ("/r?beta=true", "beta"),
        ("/r?beta=false", "plain"),
        ("/r?x=7", "x"),
        ("/t?a=1", "one"),
        ("/t?b=1", "two"),
        ("/f/7.json", "json"),
        ("/f/7.xml", "any"),
        ("/my%20photos", "photos"),
    ],
)
def test_a_request_finds_its_operation(upstream: MockUpstream, target: str, answer: str) -> None:
    path, _, query = target.partition("?")
    status, _, body = upstream.respond("GET", path, query, [], b"")

    assert (status, json.loads(body)) == (200, answer)


def test_a_request_that_no_variant_takes_is_refused_by_the_first(upstream: MockUpstream) -> None:
    status, _, body = upstream.respond("GET", "/t", "", [], b"")

    assert (status, json.loads(body)["errors"][0]["name"]) == (400, "a")
