"""Upstreams that are AWS services: the integration, the role's grant, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.spec import CompiledApi, Target

from ..importer import complaints
from ..projects import GATEWAY, compile_files, compile_one, document, operation, problems_of

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"
BUS = "arn:aws:events:eu-west-1:123456789012:event-bus/shop"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:orders"
UPSTREAMS = {
    "jobs": {"aws": {"queue": QUEUE}},
    "ordered": {"aws": {"queue": f"{QUEUE}.fifo"}},
    "events": {"aws": {"event-bus": BUS, "source": "shop"}},
    "flow": {"aws": {"state-machine": MACHINE}},
    "shop": {"url": "https://shop.example.com"},
}
BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}


def api(folder: Path, upstream: str, *, target: Target | None = None, **members: Any) -> CompiledApi:
    """An API with one operation that such an upstream answers."""
    post = operation(**{"requestBody": BODY, "operationId": "place", **members, "x-headgate": {"upstream": upstream}})
    found = compile_one(folder, document({"/jobs": {"post": post}}), {"upstreams": UPSTREAMS}, target)
    assert complaints(found.wire) == []
    return found


def integration(found: CompiledApi) -> dict[str, Any]:
    called: dict[str, Any] = found.wire["paths"]["/jobs"]["post"]["x-amazon-apigateway-integration"]
    return called


@pytest.mark.parametrize(
    ("upstream", "uri", "action", "arn"),
    [
        ("jobs", "arn:aws:apigateway:eu-west-1:sqs:path/123456789012/jobs", "sqs:SendMessage", QUEUE),
        ("events", "arn:aws:apigateway:eu-west-1:events:action/PutEvents", "events:PutEvents", BUS),
        ("flow", "arn:aws:apigateway:eu-west-1:states:action/StartExecution", "states:StartExecution", MACHINE),
    ],
)
def test_api_gateway_calls_the_service_with_one_grant(
    tmp_path: Path, upstream: str, uri: str, action: str, arn: str
) -> None:
    found = api(tmp_path, upstream)

    assert (integration(found)["type"], integration(found)["uri"]) == ("aws", uri)
    assert integration(found)["credentials"].endswith(":role/headgate-invoke")
    assert [(grant.action, grant.resource) for grant in found.aws_grants] == [(action, arn)]
    assert not found.uses_aggregator


def test_a_body_that_no_template_reads_is_refused_by_api_gateway(tmp_path: Path) -> None:
    content = {"application/json": {}, "text/csv": {}, "image/png": {}}
    found = api(tmp_path, "jobs", requestBody={"content": content})

    assert set(integration(found)["requestTemplates"]) == {"application/json", "text/csv"}
    assert integration(found)["passthroughBehavior"] == "never"


@pytest.mark.parametrize(("upstream", "is_ordered"), [("jobs", False), ("ordered", True)])
def test_messages_of_a_fifo_queue_are_ordered_per_caller(tmp_path: Path, upstream: str, is_ordered: bool) -> None:
    found = integration(api(tmp_path, upstream, security=[{"oidc": []}]))

    wanted = "MessageGroupId=$util.urlEncode($context.authorizer.sub)"
    assert (wanted in found["requestTemplates"]["application/json"]) is is_ordered


def test_locally_an_address_takes_the_services_place(tmp_path: Path) -> None:
    upstreams = {"jobs": {"aws": {"queue": QUEUE}, "local": "http://127.0.0.1:9000"}}
    post = operation(requestBody=BODY, **{"x-headgate": {"upstream": "jobs"}})
    value = document({"/jobs": {"post": post}}, **{"x-headgate": {"upstream": "jobs"}})
    found = compile_one(tmp_path, value, {"upstreams": upstreams}, Target("dev", local=True))

    assert integration(found)["uri"] == "http://127.0.0.1:9000/jobs"
    assert found.aws_grants == ()


@pytest.mark.parametrize(
    ("method", "settings", "code"),
    [
        ("get", {}, "HG131"),
        ("delete", {}, "HG131"),
        ("post", {"rewrite": {"headers": {"X-A": "'1'"}}}, "HG133"),
        ("post", {"validate": "strict"}, "HG164"),
    ],
)
def test_what_a_service_cannot_do_is_refused(tmp_path: Path, method: str, settings: dict[str, Any], code: str) -> None:
    called = operation(**{"x-headgate": {"upstream": "jobs", **settings}})
    said = problems_of(tmp_path, document({"/jobs": {method: called}}), {"upstreams": UPSTREAMS})

    assert [line.split()[0] for line in said] == [code]


def test_a_service_that_takes_json_is_not_offered_anything_else(tmp_path: Path) -> None:
    called = operation(requestBody={"content": {"text/plain": {}}}, **{"x-headgate": {"upstream": "flow"}})
    said = problems_of(tmp_path, document({"/jobs": {"post": called}}), {"upstreams": UPSTREAMS})

    assert said == ["HG131 POST /jobs: flow takes JSON, and the operation has text/plain"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"aws": {}}, "aws is exactly one of queue, event-bus, state-machine; got none"),
        ({"aws": {"queue": QUEUE, "state-machine": MACHINE}}, "got queue and state-machine"),
        ({"aws": {"event-bus": BUS}}, "an event bus wants a source"),
        ({"aws": {"queue": QUEUE, "source": "x"}}, "source and detail-type are for an event-bus"),
        ({"aws": {"queue": QUEUE}, "url": "https://x.example.com"}, "got url and aws"),
        ({"service": "users.internal"}, "service (Cloud Map) is not supported"),
    ],
)
def test_an_upstream_that_cannot_be_read_is_explained(tmp_path: Path, entry: dict[str, Any], said: str) -> None:
    upstreams = {**GATEWAY["upstreams"], "odd": entry}
    _, problems = compile_files(tmp_path, {"shop.yaml": document({})}, {"upstreams": upstreams})

    assert any(said in problem.message + problem.fix for problem in problems), problems


def test_an_arn_of_another_service_is_refused(tmp_path: Path) -> None:
    upstreams = {"odd": {"aws": {"queue": BUS}}}
    _, problems = compile_files(tmp_path, {"shop.yaml": document({})}, {"upstreams": upstreams})

    assert [problem.code for problem in problems][:1] == ["HG110"]


def test_templates_name_no_account_in_what_a_client_sees(tmp_path: Path) -> None:
    for upstream in ("jobs", "events", "flow"):
        text = json.dumps(integration(api(tmp_path, upstream))["responses"])

        assert "123456789012" not in text


@pytest.mark.parametrize("origins", [["https://a.example.com"], ["https://a.example.com", "https://b.example.com"]])
def test_pages_of_the_listed_origins_may_read_the_answer(tmp_path: Path, origins: list[str]) -> None:
    gateway = {"upstreams": UPSTREAMS, "apis": {"shop": {"documents": ["shop.yaml"], "cors": {"origins": origins}}}}
    post = operation(requestBody=BODY, **{"x-headgate": {"upstream": "jobs"}})
    found = compile_one(tmp_path, document({"/jobs": {"post": post}}), gateway)

    assert complaints(found.wire) == []
    allowed = "method.response.header.Access-Control-Allow-Origin"
    for response in integration(found)["responses"].values():
        assert ("responseOverride.header.Access" in response["responseTemplates"]["application/json"]) is (
            len(origins) > 1
        )
        assert response["responseParameters"].get(allowed) == (f"'{origins[0]}'" if len(origins) == 1 else None)
