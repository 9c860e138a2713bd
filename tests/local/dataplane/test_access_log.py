"""Access logs: every variable a format may use, on success and on refusal."""

import json
from typing import Any

import pytest

from headgate.local.dataplane.access_log import LogFormat, Outcome
from headgate.local.dataplane.exchange import Exchange, Grant
from headgate.local.dataplane.message import Request
from headgate.local.dataplane.place import Side
from headgate.local.records import AccessLog


@pytest.fixture
def logged(world: Any, make: Any) -> Any:
    def call(log_format: str, url: str = "/a", **headers: str) -> str:
        world.deploy({"GET /a": make.proxy()}, stage={"access_log": AccessLog("arn:group", log_format)})
        world.call("GET", url, **headers)
        return world.lines[-1][0]

    return call


@pytest.mark.parametrize(
    ("log_format", "expected"),
    [
        ("$context.status $context.httpMethod $context.resourcePath", "200 GET /a"),
        ('{"s":$context.status,"i":"$context.integrationStatus"}', '{"s":200,"i":"200"}'),
        ("${context.stage}/$context.apiId/$context.deploymentId", "dev/api1/d1"),
        ("$context.identity.sourceIp [$context.requestTime]", "127.0.0.1 [14/Nov/2023:22:13:20 +0000]"),
        ("$context.isCanaryRequest $context.error.message $context.authorizer.principalId $context.unknown", "- - - -"),
        ("$context.protocol $context.path $context.responseLatency", "HTTP/1.1 /dev/a 0"),
    ],
)
def test_variables(logged: Any, log_format: str, expected: str) -> None:
    assert logged(log_format) == expected


def test_a_refusal_is_logged_with_its_error(logged: Any) -> None:
    line = logged(
        '{"status":$context.status,"error":$context.error.messageString,"type":"$context.error.responseType"}', "/nope"
    )

    assert json.loads(line) == {
        "status": 403,
        "error": "Missing Authentication Token",
        "type": "MISSING_AUTHENTICATION_TOKEN",
    }


def test_a_client_cannot_forge_a_line(logged: Any) -> None:
    line = logged('{"ua":"$context.identity.userAgent"}', **{"User-Agent": 'x","admin":"y\n{}'})

    assert json.loads(line) == {"ua": 'x","admin":"y\n{}'}
    assert "\n" not in line


def test_the_canarys_lines_are_marked(logged: Any, world: Any, make: Any) -> None:
    logged("$context.isCanaryRequest")
    world.canary(world.deployment({"GET /a": make.proxy()}, "d2"), 100.0)
    world.call("GET", "/a")

    assert world.lines[-1] == ("true", True)


def test_the_authorizers_context_is_logged(world: Any) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    answer = {"principalId": "u1", "policyDocument": {"Statement": [statement]}, "context": {"sub": "s-1"}}
    world.functions["authorizer"] = lambda _event: answer
    log = AccessLog("arn:group", "$context.authorizer.sub $context.authorizer.principalId $context.authorizer.status")
    world.deploy({"GET /a": world.guarded()}, authorizers={"au1": world.authorizer()}, stage={"access_log": log})

    world.call("GET", "/a", Authorization="t")
    world.call("GET", "/a")

    assert [line for line, _ in world.lines] == ["s-1 u1 200", "- - 401"]


def test_a_functions_own_status_is_not_lambdas(logged: Any, world: Any) -> None:
    world.functions["echo"] = lambda _event: {"statusCode": 418}
    statuses = "$context.status $context.integration.status $context.integrationStatus"

    assert logged(f"{statuses} $context.integration.integrationStatus") == "418 418 200 200"
    world.functions["echo"] = lambda _event: {"statusCode": "x"}
    assert logged(statuses) == "502 200 200"


def test_claims_and_base_paths_are_known(world: Any, make: Any) -> None:
    log = LogFormat(AccessLog("arn:group", "$context.authorizer.claims.sub $context.customDomain.basePathMatched"))
    side = Side(world.deployment({"GET /": make.mock()}).definition, "dev", "d1", {})
    exchange = Exchange(Request("GET", "api1", "dev", b"/", mount=b"/v1/orders", custom_domain=True), side, "GET")
    exchange.grant = Grant(claims={"sub": "ann"}, status=200)

    assert log.line(Outcome(exchange, 200, 0, 1)) == "ann v1/orders"
    exchange.request = exchange.request._replace(custom_domain=False)
    assert log.line(Outcome(exchange, 200, 0, 1)) == "ann -"
