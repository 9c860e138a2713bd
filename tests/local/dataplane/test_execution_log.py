"""What a stage's execution log says of a request (FACTS 5.18)."""

import asyncio
from typing import Any

import pytest

from headgate.local.dataplane import Request
from headgate.local.records import (
    ApiKey,
    GatewayResponse,
    Integration,
    Invocation,
    Method,
    MethodSettings,
    Model,
    RequestValidator,
    TooManyInvocationsError,
    UsagePlan,
)

HEAD = "(RID) "
VERIFYING = "Verifying Usage Plan for request: RID. API Key:  API Stage: api1/dev"
NO_KEY = (
    "API Key  authorized because method '{}' does not require API Key. "
    "Request will not contribute to throttle or quota limits"
)
SUCCEEDED = "Usage Plan check succeeded for API Key  and API Stage api1/dev"


def level(name: str = "INFO", **more: Any) -> dict[str, Any]:
    return {"method_settings": {"*/*": MethodSettings(logging_level=name, **more)}}


def called(world: Any, *call: Any, **headers: str) -> list[str]:
    """The events of one call, without the request's id."""
    world.executions.clear()
    response = world.call(*call, **headers)
    ids = dict(response.headers)
    request_id = (ids.get(b"x-amzn-RequestId") or ids[b"x-amzn-requestid"]).decode()
    texts = [text.replace(request_id, "RID") for text, _ in world.executions]
    assert all(text.startswith(HEAD) for text in texts)
    return [text.removeprefix(HEAD) for text in texts]


def policy(event: dict[str, Any], effect: str = "Allow") -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "somebody-with-a-long-name", "policyDocument": {"Statement": [statement]}}


def guarded(world: Any, stage: dict[str, Any], effect: str = "Allow", **settings: Any) -> None:
    world.functions["authorizer"] = lambda event: policy(event, effect)
    world.deploy({"GET /a": world.guarded()}, stage=stage, authorizers={"au1": world.authorizer(**settings)})


def test_info_tells_the_steps_of_a_request_in_order(world: Any, make: Any) -> None:
    world.deploy({"ANY /{p+}": make.proxy()}, stage=level())

    first, *lines = called(world, "GET", "/a/b?q=1")

    assert first.startswith("Extended Request Id: ")
    assert lines == [
        VERIFYING,
        NO_KEY.format("ANY /{p+}"),
        SUCCEEDED,
        "Starting execution for request: RID",
        "HTTP Method: GET, Resource Path: /a/b",
        "Successfully completed execution",
        "Method completed with status: 200",
        "AWS Integration Endpoint RequestId : RID",
    ]


def test_the_path_has_the_base_path_of_a_custom_domain(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()}, stage=level())
    request = Request("GET", "api1", "dev", b"/a", host="api.example.com", mount=b"/base", custom_domain=True)

    asyncio.run(world.gateway.handle(request))

    assert any(text.endswith(" HTTP Method: GET, Resource Path: /base/a") for text, _ in world.executions)


def test_the_extended_id_is_the_one_on_the_wire(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()}, stage=level())

    response = world.call("GET", "/a")

    assert world.executions[0][0].endswith(f" Extended Request Id: {make.header(response, 'x-amz-apigw-id')}")


@pytest.mark.parametrize("settings", [{}, level("OFF"), level("OFF", data_trace_enabled=True), level("ERROR")])
def test_nothing_is_written_of_what_succeeds_below_info(world: Any, make: Any, settings: dict[str, Any]) -> None:
    world.deploy({"GET /a": make.mock()}, stage=settings)

    assert called(world, "GET", "/a") == []


def test_off_writes_no_failure_either(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.proxy("none")}, stage=level("OFF"))

    assert called(world, "GET", "/a") == []


def test_a_methods_own_level_wins(world: Any, make: Any) -> None:
    own = {"a/GET": MethodSettings(logging_level="INFO"), "*/*": MethodSettings()}
    world.deploy({"GET /a": make.mock(), "GET /b": make.mock()}, stage={"method_settings": own})

    assert called(world, "GET", "/a")
    assert not called(world, "GET", "/b")


def test_data_trace_adds_what_came_and_went(world: Any, make: Any) -> None:
    world.functions["echo"] = lambda _: {"statusCode": 201, "body": "made", "headers": {"X-A": "b"}}
    world.deploy({"POST /a/{id}": make.proxy()}, stage=level(data_trace_enabled=True))

    lines = called(world, "POST", "/a/1?q=2", b"sent", X_Api_Key="k" * 34 + "bMZHBg", Cookie="c=1")

    arn = f"https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/{'arn:aws:lambda:us-east-1:123456789012:function:echo'}"
    assert lines[5:10] == [
        "HTTP Method: POST, Resource Path: /a/1",
        "Method request path: {id=1}",
        "Method request query string: {q=2}",
        f"Method request headers: {{X-Api-Key={'*' * 34}bMZHBg, Cookie=***}}",
        "Method request body before transformations: sent",
    ]
    assert lines[10] == f"Endpoint request URI: {arn}/invocations"
    assert lines[12].startswith('Endpoint request body after transformations: {"resource":')
    assert lines[13] == f"Sending request to {arn}/invocations"
    assert lines[14] == "Received response. Status: 200, Integration latency: 0 ms"
    assert lines[16] == (
        'Endpoint response body before transformations: {"statusCode": 201, "body": "made", "headers": {"X-A": "b"}}'
    )
    assert lines[17] == "Method response body after transformations: made"
    assert lines[18].startswith("Method response headers: {X-A=b, Content-Type=application/json, X-Amzn-Trace-Id=")
    assert "RequestId" not in lines[18]
    assert lines[19:21] == ["Successfully completed execution", "Method completed with status: 201"]


def test_events_are_cut_and_keep_their_line_breaks(world: Any, make: Any) -> None:
    world.deploy({"POST /a": make.mock()}, stage=level(data_trace_enabled=True))

    body = next(line for line in called(world, "POST", "/a", b"x\n" * 2000) if "request body before" in line)

    assert "x\nx" in body
    assert len(body) == 1024 + len(" [TRUNCATED]")
    assert body.endswith(" [TRUNCATED]")


def test_a_key_is_shown_by_its_end(world: Any, make: Any) -> None:
    key = "abcdefghijklmnopqrstuvwxyz0123456789WXYZ"
    world.keys[key] = ApiKey("key1", key)
    world.plans["key1"] = UsagePlan("plan1")
    world.deploy({"GET /a": Method("GET", api_key_required=True, integration=make.mock())}, stage=level())

    lines = called(world, "GET", "/a", X_Api_Key=key)

    shown = "*" * 34 + "89WXYZ"
    assert lines[1:3] == [
        f"Verifying Usage Plan for request: RID. API Key: {shown} API Stage: api1/dev",
        f"Usage Plan check succeeded for API Key {shown} and API Stage api1/dev",
    ]


def test_a_request_without_a_key_is_not_started(world: Any, make: Any) -> None:
    world.deploy({"GET /a": Method("GET", api_key_required=True, integration=make.mock())}, stage=level())

    assert called(world, "GET", "/a")[1:] == [
        VERIFYING,
        (
            "API Key  not authorized because method 'GET /a' requires API Key and API Key is not associated with a Usage Plan "
            "for API Stage api1/dev: No Usage Plan found for key and API Stage"
        ),
        "Method completed with status: 403",
    ]


def test_a_key_may_come_from_the_authorizer(world: Any) -> None:
    world.functions["authorizer"] = lambda event: {**policy(event), "usageIdentifierKey": "k" * 30}
    world.deploy(
        {"GET /a": world.guarded(api_key_required=True)},
        stage=level(),
        authorizers={"au1": world.authorizer()},
        api_key_source="AUTHORIZER",
    )

    lines = called(world, "GET", "/a", Authorization="token")

    assert f"Verifying Usage Plan for request: RID. API Key: {'*' * 24}kkkkkk API Stage: api1/dev" in lines


def test_error_tells_of_a_key_only_what_is_wrong(world: Any, make: Any) -> None:
    world.deploy({"GET /a": Method("GET", api_key_required=True, integration=make.mock())}, stage=level("ERROR"))

    first, second = called(world, "GET", "/a")

    assert first.startswith("API Key  not authorized because method 'GET /a'")
    assert second == "Method completed with status: 403"


def test_a_request_over_the_limit_is_not_started(world: Any, make: Any) -> None:
    stage = level(throttling_rate_limit=0.0, throttling_burst_limit=0)
    world.deploy({"GET /a": make.mock()}, stage=stage)

    lines = called(world, "GET", "/a")

    assert (lines[1], lines[-1]) == (VERIFYING, "Method completed with status: 429")
    assert not any("Starting execution" in line for line in lines)


def failing(error: str) -> Any:
    def fail(_: Any) -> Any:
        raise ValueError(error)

    return fail


FAILURES = [
    (
        failing("Application error"),
        502,
        [
            (
                "Lambda execution failed with status 200 due to customer function error: Application error. "
                "Lambda request id: RID"
            )
        ],
    ),
    (lambda _: "Bad response", 502, ["Execution failed due to configuration error: Malformed Lambda proxy response"]),
    (
        lambda _: {"statusCode": "no"},
        502,
        ["Execution failed due to configuration error: Malformed Lambda proxy response"],
    ),
    (
        lambda _: Invocation(b"", timed_out=True),
        502,
        [
            "Lambda execution failed with status 200 due to customer function error: Task timed out. Lambda request id: RID"
        ],
    ),
]


@pytest.mark.parametrize(("function", "status", "said"), FAILURES)
def test_error_tells_why_a_function_failed(world: Any, make: Any, function: Any, status: int, said: list[str]) -> None:
    world.functions["echo"] = function
    world.deploy({"GET /a": make.proxy()}, stage=level("ERROR"))

    assert called(world, "GET", "/a") == [*said, f"Method completed with status: {status}"]


@pytest.mark.parametrize(("function", "status", "said"), FAILURES)
def test_info_tells_it_at_the_end(world: Any, make: Any, function: Any, status: int, said: list[str]) -> None:
    world.functions["echo"] = function
    world.deploy({"GET /a": make.proxy()}, stage=level())

    lines = called(world, "GET", "/a")

    assert lines[5] == "HTTP Method: GET, Resource Path: /a"
    assert lines[6:8] == [*said, f"Method completed with status: {status}"]


def test_a_function_without_concurrency(world: Any, make: Any) -> None:
    async def busy(_arn: str, _event: bytes, _trace: str | None) -> Invocation:
        raise TooManyInvocationsError

    world.invoke = busy
    world.deploy({"GET /a": make.proxy()}, stage=level("ERROR"))

    assert called(world, "GET", "/a") == [
        "Lambda invocation failed with status: 429. Lambda request id: RID",
        "Execution failed due to configuration error: Rate Exceeded.",
        "Method completed with status: 500",
    ]


def test_error_with_data_trace_records_no_data(world: Any, make: Any) -> None:
    world.functions["echo"] = failing("Application error")
    world.deploy({"GET /a": make.proxy()}, stage=level("ERROR", data_trace_enabled=True))

    assert len(called(world, "GET", "/a")) == 2


def test_a_backend_that_is_too_slow(world: Any) -> None:
    def late(_: Any) -> Any:
        raise TimeoutError

    world.wire.answer = late
    world.deploy({"GET /a": Integration("HTTP_PROXY", "GET", "http://localhost:8000/")}, stage=level("ERROR"))

    assert called(world, "GET", "/a") == [
        "Execution failed due to a timeout error",
        "Method completed with status: 504",
    ]


def test_a_status_that_a_gateway_response_changed(world: Any, make: Any) -> None:
    responses = {"DEFAULT_5XX": GatewayResponse("DEFAULT_5XX", "418")}
    world.functions["echo"] = failing("x")
    world.deploy({"GET /a": make.proxy()}, stage=level("ERROR"), gateway_responses=responses)

    assert called(world, "GET", "/a")[-1] == "Method completed with status: 418"


def test_a_body_that_breaks_its_model(world: Any, make: Any) -> None:
    model = Model("m1", "m", "application/json", '{"type": "object", "required": ["email"]}')
    method = Method("POST", request_validator_id="v", request_models={"application/json": "m"}, integration=make.mock())
    validators = {"v": RequestValidator("v", "all", validate_request_body=True)}
    world.deploy({"POST /a": method}, stage=level("ERROR"), models={"m": model}, validators=validators)

    assert called(world, "POST", "/a", b"{}", Content_Type="application/json; charset=utf-8") == [
        (
            "Request body does not match model schema for content type application/json: "
            '[object has missing required properties (["email"])]'
        ),
        "Method completed with status: 400",
    ]
    assert called(world, "POST", "/a", b'{"email": 1}', Content_Type="application/json") == []


def test_validation_still_runs_at_info(world: Any, make: Any) -> None:
    method = Method(
        "GET",
        request_validator_id="v",
        request_parameters={"method.request.querystring.n": True},
        integration=make.mock(),
    )
    validators = {"v": RequestValidator("v", "all", validate_request_parameters=True)}
    world.deploy({"GET /a": method}, stage=level(), validators=validators)

    lines = called(world, "GET", "/a")

    assert lines[-3:] == [
        "HTTP Method: GET, Resource Path: /a",
        "Execution failed: Missing required request parameters: [n]",
        "Method completed with status: 400",
    ]


def test_an_authorizer_that_allows_stands_before_the_usage_plan(world: Any) -> None:
    guarded(world, level())

    lines = called(world, "GET", "/a", Authorization="token")

    assert lines[1:4] == [
        "Starting authorizer: au1 for request: RID",
        "Successfully completed authorizer execution",
        VERIFYING,
    ]


def test_data_trace_shows_what_the_authorizer_was_asked_and_said(world: Any) -> None:
    guarded(world, level(data_trace_enabled=True))

    lines = called(world, "GET", "/a", Authorization="a-rather-long-token-I1BUdE")

    assert lines[2] == f"Incoming identity: {'*' * 20}I1BUdE"
    assert lines[3].endswith(":function:authorizer/invocations")
    assert lines[5].startswith('Endpoint request body after transformations: {"type": "TOKEN"')
    assert lines[6].startswith('Authorizer result body before parsing: {"principalId"')
    assert lines[7] == f"Using valid authorizer policy for principal: {'*' * 19}g-name"
    assert lines[8:10] == ["Successfully completed authorizer execution", VERIFYING]


def test_data_trace_tells_the_backend_from_the_authorizer(world: Any, make: Any) -> None:
    stage = level(data_trace_enabled=True)
    world.functions["authorizer"] = policy
    world.deploy({"GET /a": world.guarded(make.proxy())}, stage=stage, authorizers={"au1": world.authorizer()})

    lines = called(world, "GET", "/a", Authorization="token")

    sent = [line for line in lines if line.startswith("Sending request to")]
    answers = [line for line in lines if line.startswith(("Authorizer result", "Endpoint response body"))]
    assert [one.rpartition(":")[2] for one in sent] == ["echo/invocations"]
    assert [one.split()[0] for one in answers] == ["Authorizer", "Endpoint"]


def test_an_authorizers_result_is_shared_with_requests_that_log(world: Any) -> None:
    guarded(world, level(data_trace_enabled=True))

    for _ in range(3):
        called(world, "GET", "/a", Authorization="token")

    assert len(world.events) == 1


@pytest.mark.parametrize(("name", "begins"), [("INFO", True), ("ERROR", False)])
@pytest.mark.parametrize("effect", ["Deny", "Unauthorized"])
def test_who_is_not_authorized_gets_no_further(world: Any, effect: str, name: str, begins: bool) -> None:
    guarded(world, level(name), effect)
    if effect == "Unauthorized":
        world.functions["authorizer"] = failing("Unauthorized")

    lines = called(world, "GET", "/a", Authorization="token")

    starting = ["Starting authorizer: au1 for request: RID"] if begins else []
    assert lines[1 if begins else 0 :] == [*starting, "Unauthorized request: RID"]


@pytest.mark.parametrize("name", ["INFO", "ERROR"])
@pytest.mark.parametrize("token", [None, "1"])
def test_a_failed_identity_check_leaves_nothing(world: Any, name: str, token: str | None) -> None:
    guarded(world, level(name), identity_validation_expression="[a-z]+")

    assert called(world, "GET", "/a", **({"Authorization": token} if token else {})) == []


def test_an_authorizer_that_is_broken(world: Any) -> None:
    guarded(world, level("ERROR"))
    world.functions["authorizer"] = lambda _: {}

    lines = called(world, "GET", "/a", Authorization="token")

    assert lines[0].startswith("Execution failed due to configuration error: malformed output")
    assert lines[1] == "Method completed with status: 500"


def test_limits_are_shared_by_requests_that_log(world: Any, make: Any) -> None:
    stage = level(data_trace_enabled=True, throttling_rate_limit=1.0, throttling_burst_limit=2)
    world.deploy({"GET /a": make.mock()}, stage=stage)

    assert [world.call("GET", "/a").status for _ in range(3)] == [200, 200, 429]


def test_the_stage_cache_is_shared_by_requests_that_log(world: Any, make: Any) -> None:
    stage = level(data_trace_enabled=True, caching_enabled=True)
    world.deploy({"GET /a": make.proxy()}, stage={**stage, "cache_cluster_enabled": True})

    first, second = called(world, "GET", "/a"), called(world, "GET", "/a")

    assert len(world.events) == 1
    assert any(line.startswith("Sending request") for line in first)
    assert not any(line.startswith("Sending request") for line in second)
    assert "Successfully completed execution" in second


def test_an_unknown_path_has_no_settings_and_no_log(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()}, stage=level())

    assert called(world, "GET", "/b") == []


def test_a_canarys_events_are_marked(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()}, stage=level())
    world.canary(world.deployment({"GET /a": make.mock()}, "d2"), 50.0)
    world.draws = [0.1, 0.9]

    sides = []
    for _ in range(2):
        called(world, "GET", "/a")
        sides.append({is_canary for _, is_canary in world.executions})

    assert sides == [{True}, {False}]
