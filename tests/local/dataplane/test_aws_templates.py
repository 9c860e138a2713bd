"""The templates that the compiler writes for AWS services, through the local cloud's VTL engine."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from headgate.local.dataplane.exchange import Exchange
from headgate.local.dataplane.message import Request
from headgate.local.dataplane.place import Side
from headgate.local.dataplane.template import Template
from headgate.spec import Target, compile_project, load_project

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"
BUS = "arn:aws:events:eu-west-1:123456789012:event-bus/shop"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:orders"
NASTY = json.dumps({"it's": 'a "quote" \\ & = 100% é', "x": ["\n", "</script>", '\'},"a":{']}, ensure_ascii=False)


@pytest.fixture
def integration(tmp_path: Path) -> Any:
    """`integration(target)`: what the compiler writes for an upstream."""

    def of(target: dict[str, Any]) -> dict[str, Any]:
        gateway = {
            "name": "shop",
            "apis": {"shop": {"documents": ["shop.yaml"]}},
            "upstreams": {"it": {"aws": target}},
            "environments": {"dev": {"stages": {"dev": {}}}},
        }
        post = {"operationId": "place", "x-headgate": {"upstream": "it"}, "responses": {"202": {"description": "OK"}}}
        value = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/p": {"post": post}}}
        (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(gateway))
        (tmp_path / "shop.yaml").write_text(yaml.safe_dump(value))
        project, problems = load_project(tmp_path)
        assert project is not None, problems
        compiled, problems = compile_project(project, Target("dev"))
        assert compiled is not None, problems
        found: dict[str, Any] = compiled.apis[0].wire["paths"]["/p"]["post"]["x-amazon-apigateway-integration"]
        return found

    return of


@pytest.fixture
def exchange(world: Any, make: Any) -> Exchange:
    side = Side(world.deployment({"GET /": make.mock()}).definition, "dev", "d1", {})
    return Exchange(Request("POST", "api1", "dev", b"/p", b"", (), b""), side, "POST")


def request(found: dict[str, Any], exchange: Exchange, body: str) -> str:
    return Template(found["requestTemplates"]["application/json"]).render(exchange, body.encode())


def answer(found: dict[str, Any], exchange: Exchange, selected: str, reply: Any) -> tuple[dict[str, Any], Any]:
    """The answer's body and the status that the template sets."""
    template = found["responses"][selected]["responseTemplates"]["application/json"]
    text = Template(template).render(exchange, json.dumps(reply).encode())
    return json.loads(text), exchange.overrides.response


@pytest.mark.parametrize("body", [NASTY, '{"a":1}', "{}", "x&QueueUrl=http://elsewhere&Action=PurgeQueue"])
def test_a_message_is_the_body_and_nothing_else(integration: Any, exchange: Exchange, body: str) -> None:
    form = parse_qs(request(integration({"queue": QUEUE}), exchange, body), strict_parsing=True)

    assert form["MessageBody"] == [body]
    assert form["Action"] == ["SendMessage"]
    assert "QueueUrl" not in form
    assert form["MessageAttribute.1.Value.StringValue"] == ["anonymous"]


@pytest.mark.parametrize("body", [NASTY, "{}", '"}],"Entries":[{"Source":"evil"}],"x":[{"'])
def test_an_event_is_the_body_and_nothing_else(integration: Any, exchange: Exchange, body: str) -> None:
    call = json.loads(request(integration({"event-bus": BUS, "source": "shop"}), exchange, body))

    assert call == {
        "Entries": [
            {
                "Source": "shop",
                "DetailType": "place",
                "EventBusName": BUS,
                "Resources": ["headgate:subject/anonymous"],
                "Detail": body,
            }
        ]
    }


@pytest.mark.parametrize("body", [NASTY, "{}", '","stateMachineArn":"evil'])
def test_an_execution_gets_the_body_and_nothing_else(integration: Any, exchange: Exchange, body: str) -> None:
    call = json.loads(request(integration({"state-machine": MACHINE}), exchange, body))

    assert call == {"stateMachineArn": MACHINE, "input": body}


@pytest.mark.parametrize(
    ("target", "reply", "identifier"),
    [
        ({"queue": QUEUE}, {"SendMessageResponse": {"SendMessageResult": {"MessageId": "m-1"}}}, "m-1"),
        ({"event-bus": BUS, "source": "s"}, {"FailedEntryCount": 0, "Entries": [{"EventId": "e-1"}]}, "e-1"),
        (
            {"state-machine": MACHINE},
            {"executionArn": "arn:aws:states:eu-west-1:123456789012:execution:orders:x-1", "startDate": 1.0},
            "x-1",
        ),
    ],
    ids=["queue", "event-bus", "state-machine"],
)
def test_what_the_service_took_is_named(
    integration: Any, exchange: Exchange, target: dict[str, Any], reply: Any, identifier: str
) -> None:
    found = integration(target)
    body, override = answer(found, exchange, "2\\d{2}", reply)

    assert (found["responses"]["2\\d{2}"]["statusCode"], body) == ("202", {"id": identifier})
    assert not override.get("status")


@pytest.mark.parametrize(
    ("target", "selected", "reply", "status"),
    [
        ({"queue": QUEUE}, "default", {"Error": {"Code": "AccessDenied", "Message": "arn:aws:…"}}, 502),
        ({"queue": QUEUE}, "default", {"Error": {"Code": "RequestThrottled"}}, 503),
        ({"queue": QUEUE}, "default", {}, 502),
        ({"state-machine": MACHINE}, "default", {"__type": "com.amazonaws.states#InvalidExecutionInput"}, 400),
        ({"state-machine": MACHINE}, "default", {"__type": "ThrottlingException"}, 503),
        ({"state-machine": MACHINE}, "default", {"__type": "StateMachineDoesNotExist"}, 502),
        (
            {"event-bus": BUS, "source": "s"},
            "2\\d{2}",
            {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "MalformedDetail", "ErrorMessage": "x"}]},
            400,
        ),
        (
            {"event-bus": BUS, "source": "s"},
            "2\\d{2}",
            {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]},
            503,
        ),
        ({"event-bus": BUS, "source": "s"}, "default", {"__type": "AccessDeniedException", "Message": "x"}, 502),
    ],
)
def test_what_the_service_did_not_take_is_a_problem(
    integration: Any, exchange: Exchange, *, target: dict[str, Any], selected: str, reply: Any, status: int
) -> None:
    body, override = answer(integration(target), exchange, selected, reply)

    assert (body["status"], override["status"]) == (status, status)
    assert body["type"].startswith("https://headgate.dev/problems/")
    assert set(body) == {"type", "title", "status", "requestId"}
