"""What `headgate why` is told of a request: every phase in order, the rule that decided, and no secret."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from headgate.local.dataplane import Outgoing, Request, Response
from headgate.local.dataplane.http_backend import BackendError
from headgate.local.dataplane.trace import Notes, Recent, is_secret, own_lines, shown_url
from headgate.local.records import (
    ApiKey,
    GatewayResponse,
    Integration,
    Invocation,
    Method,
    MethodSettings,
    Model,
    RequestValidator,
    UsagePlan,
)

ALLOW = {"principalId": "ada", "context": {"scope": "users:read", "secretive": "xyzzy"}}
PHASES = ["release", "route", "authorizer", "throttle", "validate", "cache", "integration", "answer"]
SECRET = "tell-nobody"


def traced(world: Any, method: str = "GET", url: str = "/", body: bytes = b"", **options: Any) -> dict[str, Any]:
    """The facts of each phase, with its outcome; `side` forces the split, other options are headers."""
    side = options.pop("side", None)
    path, _, query = url.encode().partition(b"?")
    headers = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in options.items())
    notes = Notes(lambda: world.now, side)
    request = Request(method, "api1", "dev", path, query, headers, body, host="localhost:4566", mount=b"/dev")
    asyncio.run(world.gateway.handle(request, notes))
    told = notes.trace().to_json()["phases"]
    assert SECRET not in json.dumps(told)
    return {phase["phase"]: {**phase["facts"], "outcome": phase["outcome"]} for phase in told}


def policy(effect: str = "Allow", resource: str = "*", **more: Any) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {**ALLOW, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **more}


def guard(world: Any, answer: dict[str, Any], **deployed: Any) -> None:
    world.functions["authorizer"] = lambda _: answer
    world.deploy({"GET /a/{id}": world.guarded()}, authorizers={"au1": world.authorizer("REQUEST")}, **deployed)


def test_a_request_that_passes_comes_to_every_phase_in_order(world: Any, make: Any) -> None:
    world.deploy({"GET /a/{id}": make.mock()})
    told = traced(world, "GET", "/a/7")

    assert list(told) == PHASES
    assert {facts["outcome"] for facts in told.values()} == {"passed"}
    assert (told["route"]["resource"], told["route"]["parameters"]) == ("/a/{id}", ["id"])
    assert told["answer"]["status"] == 200


def test_without_notes_nothing_is_written_down(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()})
    untraced, notes = world.call("GET", "/a"), Notes(lambda: 0.0)

    assert untraced.status == 200
    assert notes.trace().phases == ()


def test_the_draw_says_why_the_canary_served(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()})
    world.canary(replace(world.deployment({"GET /a": make.mock()}, name="d2"), description="release r2"), 10.0)
    world.draws = [0.05]
    release = traced(world, "GET", "/a")["release"]

    assert (release["side"], release["why"], release["draw"], release["percent"]) == ("canary", "draw", 5.0, 10.0)
    assert (release["deploymentId"], release["release"]) == ("d2", "r2")


@pytest.mark.parametrize(("side", "deployment"), [("canary", "d2"), ("stable", "d1")])
def test_a_forced_side_wins_over_the_draw(world: Any, make: Any, side: str, deployment: str) -> None:
    world.deploy({"GET /a": make.mock()})
    world.canary(world.deployment({"GET /a": make.mock()}, name="d2"), 0.0 if side == "canary" else 100.0)
    release = traced(world, "GET", "/a", side=side)["release"]

    assert (release["side"], release["why"], release["deploymentId"]) == (side, "forced", deployment)


def test_a_canary_that_does_not_exist_is_said_so(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()})
    release = traced(world, "GET", "/a", side="canary")["release"]

    assert (release["side"], release["why"]) == ("stable", "no canary")


def test_no_route_tells_what_there_is(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock(), "POST /a": make.mock()})
    told = traced(world, "DELETE", "/a")

    assert list(told) == ["release", "route", "answer"]
    assert told["route"]["routes"] == {"/a": ["GET", "POST"]}
    assert told["route"]["responseType"] == "MISSING_AUTHENTICATION_TOKEN"
    assert told["route"]["outcome"] == "refused"


def test_a_missing_identity_source_is_named_and_no_function_called(world: Any) -> None:
    guard(world, policy())
    told = traced(world, "GET", "/a/1")["authorizer"]

    assert told["sources"] == {"method.request.header.Authorization": False}
    assert (told["responseType"], told.get("function")) == ("UNAUTHORIZED", None)


def test_the_statement_that_allowed_is_named(world: Any) -> None:
    guard(world, policy(resource="arn:aws:execute-api:*:*:*/GET/a/*"))
    told = traced(world, "GET", "/a/1", Authorization=SECRET)["authorizer"]

    assert (told["decision"], told["statement"]) == ("allow", "Allow arn:aws:execute-api:*:*:*/GET/a/*")
    assert (told["function"], told["isCached"], told["principal"]) == ("authorizer", False, "ada")
    assert (told["scope"], told["context"]) == ("users:read", ["scope", "secretive"])


def test_the_statement_that_denied_is_named(world: Any) -> None:
    guard(world, policy("Deny"))
    told = traced(world, "GET", "/a/1", Authorization=SECRET)["authorizer"]

    assert (told["decision"], told["statement"], told["cause"]) == ("deny", "Deny *", "explicit deny")


def test_no_statement_that_matches_is_said(world: Any) -> None:
    guard(world, policy(resource="arn:aws:execute-api:*:*:*/GET/b"))
    told = traced(world, "GET", "/a/1", Authorization=SECRET)["authorizer"]

    assert (told["decision"], told["statement"]) == ("none", None)
    assert told["methodArn"].endswith("/dev/GET/a/1")


def test_a_cached_result_says_how_long_it_lasts(world: Any) -> None:
    guard(world, policy())
    world.call("GET", "/a/1", Authorization=SECRET)
    world.now += 100
    told = traced(world, "GET", "/a/1", Authorization=SECRET)["authorizer"]

    assert (told["isCached"], told["secondsLeft"], told.get("function")) == (True, 200, None)


def test_an_authorizer_that_raises_tells_its_error_but_not_its_words(world: Any) -> None:
    def fail(_: dict[str, Any]) -> None:
        raise KeyError(SECRET)

    guard(world, {})
    world.functions["authorizer"] = fail
    told = traced(world, "GET", "/a/1", Authorization=SECRET)["authorizer"]

    assert (told["functionError"], told["cause"], told["outcome"]) == ("KeyError", "the authorizer failed", "failed")


def test_what_our_own_functions_log_is_told_and_nothing_else(world: Any, make: Any) -> None:
    own = {"message": "request.answered", "status": 502, "steps": {"cafes": {"state": "failed"}}, "token": SECRET}
    other = {"message": "debug", "reason": SECRET}
    lines = "\n".join((f"printed {SECRET}", json.dumps(own), json.dumps(other)))
    world.functions["echo"] = lambda _: Invocation(b'{"statusCode":502}', log=(lines,))
    world.deploy({"GET /a": make.proxy()})

    assert traced(world, "GET", "/a")["integration"]["said"] == [
        {"event": "request.answered", "status": 502, "steps": {"cafes": {"state": "failed"}}}
    ]
    assert own_lines("{broken\nplain") == []


def test_key_plan_and_buckets(world: Any, make: Any) -> None:
    method = Method("GET", api_key_required=True, integration=make.mock())
    limits = {"*/*": MethodSettings(throttling_rate_limit=10.0, throttling_burst_limit=20)}
    world.deploy({"GET /a": method}, stage={"method_settings": limits})
    world.keys = {SECRET: ApiKey("k1", SECRET, name="partner")}
    world.plans = {"k1": UsagePlan("p1", rate_limit=1.0, burst_limit=2, quota_limit=5, quota_period="DAY")}
    world.call("GET", "/a", x_api_key=SECRET)
    told = traced(world, "GET", "/a", x_api_key=SECRET)["throttle"]

    assert (told["key"], told["keyId"], told["plan"], told["quota"]) == ("partner", "k1", "p1", 5)
    assert told["buckets"][0] == {"bucket": "plan p1 k1", "rate": 1.0, "burst": 2, "tokens": 1.0}
    assert told["buckets"][1]["tokens"] == 19


def test_a_key_that_nobody_has_is_not_repeated(world: Any, make: Any) -> None:
    world.deploy({"GET /a": Method("GET", api_key_required=True, integration=make.mock())})
    told = traced(world, "GET", "/a", x_api_key=SECRET)["throttle"]

    assert (told["responseType"], told["keyRequired"]) == ("INVALID_API_KEY", True)


def test_missing_parameters_are_named(world: Any, make: Any) -> None:
    wanted = {"method.request.querystring.city": True}
    method = Method("GET", request_parameters=wanted, request_validator_id="v", integration=make.mock())
    world.deploy({"GET /a": method}, validators={"v": RequestValidator("v", "parameters", False, True)})
    told = traced(world, "GET", "/a")["validate"]

    assert (told["validator"], told["required"]) == ("parameters", ["querystring.city"])
    assert told["cause"] == "Missing required request parameters: [city]"


def test_a_body_that_breaks_its_model_is_told_by_place_and_keyword(world: Any, make: Any) -> None:
    schema = {
        "type": "object",
        "required": ["name"],
        "properties": {"age": {"type": "integer"}, "tags": {"items": {"enum": ["a"]}}},
    }
    method = Method(
        "POST", request_models={"application/json": "User"}, request_validator_id="v", integration=make.mock()
    )
    models = {"User": Model("m", "User", "application/json", json.dumps(schema))}
    world.deploy({"POST /a": method}, validators={"v": RequestValidator("v", "body", True)}, models=models)
    body = json.dumps({"age": SECRET, "tags": ["a", SECRET]}).encode()
    told = traced(world, "POST", "/a", body, content_type="application/json")["validate"]

    assert (told["model"], told["cause"]) == ("User", "the body cannot be read or does not fit its model")
    assert [(one["at"], one["keyword"], one.get("missing")) for one in told["problems"]] == [
        *(("$", "required", "name"), ("$.age", "type", None), ("$.tags[1]", "enum", None))
    ]


def test_a_number_of_the_body_is_not_repeated(world: Any, make: Any) -> None:
    method = Method(
        "POST", request_models={"application/json": "Text"}, request_validator_id="v", integration=make.mock()
    )
    models = {"Text": Model("m", "Text", "application/json", '{"type": "string"}')}
    world.deploy({"POST /a": method}, validators={"v": RequestValidator("v", "body", True)}, models=models)

    assert "4711" not in json.dumps(traced(world, "POST", "/a", b"4711", content_type="application/json")["validate"])


def test_names_that_only_the_body_has_are_hidden(world: Any, make: Any) -> None:
    method = Method(
        "POST", request_models={"application/json": "Map"}, request_validator_id="v", integration=make.mock()
    )
    models = {"Map": Model("m", "Map", "application/json", '{"additionalProperties": {"type": "integer"}}')}
    world.deploy({"POST /a": method}, validators={"v": RequestValidator("v", "body", True)}, models=models)
    told = traced(world, "POST", "/a", json.dumps({SECRET: "x"}).encode(), content_type="application/json")["validate"]

    assert told["problems"] == [{"at": "$.*", "keyword": "type", "rule": "/additionalProperties/type"}]


def test_cache_key_miss_and_hit(world: Any, make: Any) -> None:
    keys = ("method.request.querystring.q", "method.request.header.Authorization")
    settings = {"*/*": MethodSettings(caching_enabled=True, cache_ttl_seconds=60)}
    stage = {"cache_cluster_enabled": True, "method_settings": settings}
    world.deploy({"GET /a": make.mock(cache_key_parameters=keys)}, stage=stage)
    first, second = (traced(world, "GET", "/a?q=1", Authorization=SECRET) for _ in range(2))

    assert (first["cache"]["result"], second["cache"]["result"]) == ("miss", "hit")
    assert first["cache"]["key"] == {keys[0]: "1", keys[1]: "(hidden)"}
    assert "integration" in first
    assert "integration" not in second


def test_where_an_http_request_went_without_secrets_in_its_query(world: Any) -> None:
    integration = Integration("HTTP_PROXY", http_method="GET", uri="http://u:tell-nobody@h.example/x")
    world.deploy({"GET /a": integration})
    told = traced(world, "GET", "/a?q=1&access_token=tell-nobody")["integration"]

    assert told["url"] == "http://h.example/x?q=1&access_token=(hidden)"
    assert told["status"] == 200


def test_a_backend_that_is_down_is_named(world: Any) -> None:
    def refuse(_: Outgoing) -> Response:
        raise BackendError("connection refused")

    world.deploy({"GET /a": Integration("HTTP_PROXY", http_method="GET", uri="http://u:tell-nobody@h.example/x")})
    world.wire.answer = refuse
    told = traced(world, "GET", "/a?token=tell-nobody")["integration"]

    assert told["cause"] == "GET http://h.example/x: connection refused"
    assert (told["responseType"], told["outcome"], told["status"]) == ("INTEGRATION_FAILURE", "failed", None)


def test_a_functions_payload_is_never_quoted(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.proxy()})
    world.functions["echo"] = lambda _: {"unexpected": SECRET}
    told = traced(world, "GET", "/a")["integration"]

    assert told["cause"] == "malformed Lambda proxy response"


def test_headers_of_the_answer_are_told_by_name(world: Any, make: Any) -> None:
    headers = {"Set-Cookie": SECRET, "X-Own": SECRET, "Cache-Control": "no-store"}
    world.functions["echo"] = lambda _: {"statusCode": 200, "headers": headers, "body": SECRET}
    world.deploy({"GET /a": make.proxy()})
    told = traced(world, "GET", "/a")["answer"]

    assert (told["headers"]["Set-Cookie"], told["headers"]["X-Own"]) == ("(hidden)", "(hidden)")
    assert (told["headers"]["Cache-Control"], told["bytes"]) == ("no-store", len(SECRET))


def test_a_customised_gateway_response_is_named(world: Any, make: Any) -> None:
    custom = {"DEFAULT_4XX": GatewayResponse("DEFAULT_4XX", status_code="418")}
    world.deploy({"GET /a": make.mock()}, gateway_responses=custom)
    told = traced(world, "GET", "/b")

    assert told["route"]["customisedBy"] == "DEFAULT_4XX"
    assert told["answer"]["status"] == 418


def test_the_ring_remembers_requests_without_their_secrets(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()})
    world.call("GET", "/a?token=tell-nobody", Authorization=SECRET)
    world.call("GET", "/b")
    failed = world.gateway.recent.last(9, failed=True)
    newest = [one.to_json() for one in world.gateway.recent.last(9)]

    assert [(one["path"], one["status"]) for one in newest] == [("/b", 403), ("/a", 200)]
    assert [one.kind for one in failed] == ["MISSING_AUTHENTICATION_TOKEN"]
    assert world.gateway.recent.find(newest[1]["requestId"]).path == b"/a"
    assert world.gateway.recent.find("nobody") is None
    assert SECRET not in json.dumps(newest)


def test_the_ring_keeps_the_newest_and_a_reset_empties_it(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()})
    for _ in range(3):
        world.call("GET", "/a")
    kept = Recent(limit=2)
    for one in reversed(world.gateway.recent.last(3)):
        kept.append(tuple(one))
    world.gateway.reset()

    assert len(kept.last(9)) == 2
    assert world.gateway.recent.last(9) == []


@pytest.mark.parametrize(
    "name", ["Authorization", "Cookie", "x-api-key", "X-Auth", "access_token", "code", "X-Amz-Signature"]
)
def test_names_that_look_like_secrets(name: str) -> None:
    assert is_secret(name)
    assert shown_url(f"http://h/x?{name}=v&page=2") == f"http://h/x?{name}=(hidden)&page=2"


@pytest.mark.parametrize("name", ["Accept", "city", "page", "X-Request-Id", "country-code"])
def test_names_that_do_not(name: str) -> None:
    assert not is_secret(name)
