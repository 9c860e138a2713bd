"""The function as API Gateway calls it: answers, the one message for 401, and what is logged."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.authorizer import handler as module
from functions.authorizer.errors import AuthorizerError, ConfigurationError
from functions.authorizer.handler import authorize, handler, load
from functions.authorizer.routes import read_routes

from .world import NOW, PREFIX, REQUEST_ID, authorizer, event, iam_allows, issuer, routes, with_token

STATIC = {
    "kind": "static",
    "in": "header",
    "name": "Authorization",
    "prefix": "Bearer",
    "principal": "tester",
    "scopes": ["*"],
}
# sha256 of "letmein"
DIGEST = "1c8bfe8f801d79745c4631d09fff36c82aa37fc4cce4fc946683d7b336b63032"


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    path = tmp_path / "routes.json"
    path.write_text(
        json.dumps(
            routes({"GET /orders": [{"local": []}]}, schemes={"local": {**STATIC, "sha256": [DIGEST]}}, issuers={})
        )
    )
    return path


def call(path: Path, request: Any, lines: list[Any] | None = None) -> dict[str, Any]:
    written = [] if lines is None else lines
    return authorize(request, routes=path, log=lambda name, fields: written.append((name, dict(fields))))


def test_a_good_credential_gets_a_policy(compiled: Path) -> None:
    answer = call(compiled, event("GET /orders", **with_token("letmein")))

    assert iam_allows(answer, f"{PREFIX}/GET/orders")
    assert answer["principalId"] == "tester"


@pytest.mark.parametrize("request_", [{}, with_token("wrong"), {"headers": {"Authorization": "Basic letmein"}}])
def test_every_refusal_is_the_same_message_to_api_gateway(compiled: Path, request_: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$") as caught:
        call(compiled, event("GET /orders", **request_))

    assert type(caught.value) is Exception
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "request_", [{}, None, [], "x", 1, {"methodArn": "not-an-arn"}, {"methodArn": None}, {"methodArn": 5}]
)
def test_a_malformed_event_is_denied_without_an_exception(compiled: Path, request_: Any) -> None:
    answer = call(compiled, request_)

    assert {statement["Effect"] for statement in answer["policyDocument"]["Statement"]} == {"Deny"}
    assert not iam_allows(answer, f"{PREFIX}/GET/orders")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:*:execute-api:us-east-1:123456789012:abc123/prod/GET/orders",
        "arn:aws:execute-api:*:123456789012:abc123/prod/GET/orders",
        "arn:aws:execute-api:us-east-1:123456789012:*/prod/GET/orders",
        "arn:aws:execute-api:us-east-1:123456789012:abc123/*/GET/orders",
        "arn:aws:execute-api:us-east-1:123456789012:abc123/prod",
    ],
)
def test_a_method_arn_that_would_widen_the_policy_is_denied(compiled: Path, arn: str) -> None:
    answer = call(compiled, event("GET /orders", **with_token("letmein"), methodArn=arn))

    assert answer["principalId"] == "nobody"


@pytest.mark.parametrize(
    "members",
    [
        {"resource": "/not-in-map"},
        {"httpMethod": "PUT"},
        {"resource": None},
        {"resource": ["/orders"]},
        {"httpMethod": "get"},
    ],
)
def test_an_operation_that_is_not_in_the_routes_is_denied(compiled: Path, members: dict[str, Any]) -> None:
    answer = call(compiled, event("GET /orders", **{**with_token("letmein"), **members}))

    assert not iam_allows(answer, f"{PREFIX}/GET/orders")


def test_without_compiled_routes_nothing_is_answered() -> None:
    assert not module.ROUTES.exists()
    with pytest.raises(ConfigurationError, match=r"routes\.json cannot be read"):
        handler(event("GET /orders"), None)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1}', "\xff"])
def test_routes_that_cannot_be_trusted_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "routes.json"
    path.write_text(text, encoding="latin-1")

    with pytest.raises(ConfigurationError):
        load(path)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"algorithms": []}, "algorithms"),
        ({"audience": []}, "audience"),
        ({"audience": [""]}, "audience"),
        ({"audience": "x"}, "list"),
        ({"algorithms": ["none"]}, "none"),
        ({"algorithms": ["RS256", "HS256"]}, "HMAC"),
        ({"leewaySeconds": 86400}, "leeway"),
        ({"leewaySeconds": True}, "leeway"),
        ({"issuer": ""}, "issuer"),
        ({"jwksUri": "http://issuer.example.com/keys"}, "https"),
        ({"jwksUri": "http://issuer.example.com/keys", "allowHttp": True}, "https"),
        ({"jwksUri": "https://169.254.169.254/"}, "public"),
        ({"jwksUri": "https://127.0.0.1/"}, "public"),
        ({"jwksUri": "https://localhost/"}, "public"),
        ({"jwksUri": "https://u:p@issuer.example.com/"}, "user name"),
        ({"jwksUri": "https://issuer.example.com/ x"}, "address"),
        ({"jwksUri": 5}, "address"),
        ({"jwksUri": None, "issuer": "issuer.example.com"}, "host"),
    ],
)
def test_an_issuer_that_invites_trouble_is_refused(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigurationError, match=word):
        read_routes(routes({}, issuers={"main": issuer(**settings)}))


@pytest.mark.parametrize("address", ["http://127.0.0.1:4566/keys", "http://localhost:1/keys", "http://[::1]/keys"])
def test_a_local_issuer_may_use_plain_http_to_this_machine(address: str) -> None:
    table = read_routes(routes({}, issuers={"main": issuer(jwksUri=address, allowHttp=True)}))

    assert table.issuers["main"].allow_http


@pytest.mark.parametrize(
    "template", ["orders", "/orders/*", "/orders/?", "/a//b", "/${x}", "/{a+}/b", "/{a}.json", "/a\n", "/a/"]
)
def test_a_template_that_could_widen_a_policy_is_refused(template: str) -> None:
    document = routes({"GET /x": []})
    document["operations"][0]["template"] = template

    with pytest.raises(ConfigurationError, match="template"):
        read_routes(document)


@pytest.mark.parametrize(
    "change",
    [
        {"schemes": {"oidc": {"kind": "jwt", "in": "body", "name": "x", "issuers": ["main"]}}},
        {"schemes": {"oidc": {"kind": "jwt", "in": "header", "name": "x", "issuers": ["other"]}}},
        {"schemes": {"oidc": {"kind": "jwt", "in": "header", "name": "x", "issuers": []}}},
        {"schemes": {"oidc": {"kind": "magic", "in": "header", "name": "x"}}},
        {"schemes": {}},
        {"authorizers": {}},
        {"authorizers": {"jwt": {"identitySources": [], "ttlSeconds": 60, "perOperation": True}}},
        {"authorizers": {"jwt": {"identitySources": [], "ttlSeconds": 7200}}},
        {"operations": [{"id": "x", "method": "FETCH", "template": "/x", "authorizer": "jwt", "security": []}]},
        {"operations": [{"id": "x", "method": "GET", "template": "/x", "authorizer": "jwt", "security": []}] * 2},
    ],
)
def test_inconsistent_routes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        read_routes(routes({"GET /x": []}, **change))


def test_one_line_is_logged_per_decision_and_never_what_the_caller_sent(compiled: Path) -> None:
    lines: list[Any] = []
    odd = {"X-Forged": '\n{"level":"INFO"}', "User-Agent": "canary-agent"}
    call(compiled, event("GET /orders", "/orders?canary", **{**with_token("letmein"), **odd}), lines)
    with pytest.raises(Exception, match="Unauthorized"):
        call(compiled, event("GET /orders", **with_token("canary-token")), lines)

    assert lines == [
        (
            "request.decided",
            {"reason": "operation.allowed", "operation": "GET /orders", "issuer": "", "request_id": REQUEST_ID},
        ),
        ("request.rejected", {"reason": "credential.unknown", "request_id": REQUEST_ID}),
    ]


@pytest.mark.parametrize("context", [None, "x", {}, {"requestId": 7}, {"requestId": "a\nb"}, {"requestId": "a" * 65}])
def test_what_is_no_request_id_is_not_logged(compiled: Path, context: Any) -> None:
    lines: list[Any] = []
    call(compiled, event("GET /orders", **with_token("letmein"), requestContext=context), lines)

    assert [fields["request_id"] for _, fields in lines] == [""]


def test_an_unexpected_failure_is_no_answer_and_leaves_a_trace(compiled: Path) -> None:
    faults: list[str] = []

    class Exploding(dict[str, Any]):
        def get(self, *_: Any) -> Any:
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        authorize(Exploding(), routes=compiled, log=lambda *_: None, log_fault=lambda name, _: faults.append(name))

    assert faults == ["decision.failed"]


def test_when_the_keys_cannot_be_fetched_the_invocation_fails() -> None:
    def down(_url: str, _allow_http: bool) -> bytes:
        raise AuthorizerError("down")

    table = routes({"GET /orders": []})
    token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbS8ifQ.AA"
    with pytest.raises(AuthorizerError, match="keys of issuer main"):
        authorizer(table, down).decide(event("GET /orders", **with_token(token)))
    assert NOW
