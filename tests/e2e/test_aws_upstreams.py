"""A project whose operations are answered by AWS services: a queue, an event bus and a state machine, from request to effect."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

from .gateway import Answer, Gateway, up

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/shop"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:orders"
PROJECT = {
    "name": "services",
    "apis": {"shop": {"documents": ["openapi/shop.yaml"]}},
    "upstreams": {
        "jobs": {"aws": {"queue": QUEUE}},
        "lost": {"aws": {"queue": f"{QUEUE}-lost"}},
        "events": {"aws": {"event-bus": BUS, "source": "shop"}},
        "flow": {"aws": {"state-machine": MACHINE}},
        "stopped": {"aws": {"state-machine": f"{MACHINE}-stopped"}},
    },
    "environments": {"dev": {"region": "us-east-1", "stages": {"dev": {}}}},
    "local": {"stage": "dev"},
}
JSON = {"Content-Type": "application/json"}
ODD = '{"name": "it\'s \\"quoted\\" & <b> + 100%\\n\\u00e9 é \\\\"}'


def operation(upstream: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    return {
        "operationId": f"to{upstream.capitalize()}",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"202": {"description": "Accepted"}},
        "x-headgate": {"upstream": upstream},
    }


def document() -> dict[str, Any]:
    names = PROJECT["upstreams"]
    assert isinstance(names, dict)
    paths = {f"/{name}": {"post": operation(name)} for name in names}
    return {"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "security": [], "paths": paths}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "openapi").mkdir()
    (folder / "gateway.yaml").write_text(yaml.safe_dump(PROJECT), encoding="utf-8")
    (folder / "openapi" / "shop.yaml").write_text(yaml.safe_dump(document()), encoding="utf-8")
    with up("--project", str(folder), folder=folder) as running:
        yield running


@pytest.fixture(scope="module")
def aws(shop: Gateway) -> Callable[[str], Any]:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    config = Config(retries={"max_attempts": 0}, proxies={})
    return lambda service: session.client(service, endpoint_url=shop.endpoint, config=config)


@pytest.fixture(scope="module")
def queue(aws: Callable[[str], Any]) -> str:
    url: str = aws("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    return url


def post(shop: Gateway, path: str, body: str, **headers: str) -> Answer:
    return shop.get(path, "POST", headers={**JSON, **headers}, body=body.encode())


def test_a_request_becomes_a_message_byte_for_byte(shop: Gateway, aws: Callable[[str], Any], queue: str) -> None:
    answer = post(shop, "/jobs", ODD)

    message = aws("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"][0]
    assert (answer.status, answer.json) == (202, {"id": message["MessageId"]})
    assert message["Body"] == ODD
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert told == {"X-Headgate-Subject": "anonymous", "X-Headgate-Operation": "toJobs"}


def test_a_body_cannot_add_parameters_to_the_call(shop: Gateway, aws: Callable[[str], Any], queue: str) -> None:
    body = '{"a":"x&MessageAttribute.1.Value.StringValue=root&DelaySeconds=900"}'

    assert post(shop, "/jobs", body).status == 202
    message = aws("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"][0]
    assert message["Body"] == body
    assert message["MessageAttributes"]["X-Headgate-Subject"]["StringValue"] == "anonymous"


def test_a_request_becomes_an_event_that_a_rule_matches(shop: Gateway, aws: Callable[[str], Any]) -> None:
    aws("events").create_event_bus(Name="shop")
    machine = aws("stepfunctions").create_state_machine(
        name="listener",
        definition=json.dumps({"StartAt": "hear", "States": {"hear": {"Type": "Pass", "End": True}}}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
    )["stateMachineArn"]
    aws("events").put_rule(Name="orders", EventBusName="shop", EventPattern='{"source":["shop"]}')
    aws("events").put_targets(Rule="orders", EventBusName="shop", Targets=[{"Id": "1", "Arn": machine}])

    answer = post(shop, "/events", ODD)

    execution = _eventually(lambda: aws("stepfunctions").list_executions(stateMachineArn=machine)["executions"])[0]
    event = json.loads(aws("stepfunctions").describe_execution(executionArn=execution["executionArn"])["input"])
    assert (answer.status, answer.json) == (202, {"id": event["id"]})
    assert (event["source"], event["detail-type"], event["detail"]) == ("shop", "toEvents", json.loads(ODD))
    assert event["resources"] == ["headgate:subject/anonymous"]


def test_a_request_becomes_an_execution(shop: Gateway, aws: Callable[[str], Any]) -> None:
    definition = {"StartAt": "keep", "States": {"keep": {"Type": "Pass", "End": True}}}
    made = aws("stepfunctions").create_state_machine(
        name="orders", definition=json.dumps(definition), roleArn=f"arn:aws:iam::{ACCOUNT}:role/any"
    )

    answer = post(shop, "/flow", ODD)

    executions = aws("stepfunctions").list_executions(stateMachineArn=made["stateMachineArn"])["executions"]
    assert (answer.status, answer.json) == (202, {"id": executions[0]["name"]})
    text = aws("stepfunctions").describe_execution(executionArn=executions[0]["executionArn"])["input"]
    assert json.loads(text) == json.loads(ODD)


@pytest.mark.parametrize("path", ["/lost", "/stopped"])
def test_what_a_service_refuses_is_a_problem_of_ours(shop: Gateway, path: str) -> None:
    answer = post(shop, path, '{"name":"x"}')

    assert (answer.status, answer.headers["content-type"]) == (502, "application/problem+json")
    assert answer.json["type"].endswith("/upstream-failed")
    assert ACCOUNT not in answer.body.decode()


def test_input_that_no_execution_takes_is_the_clients_mistake(shop: Gateway) -> None:
    answer = post(shop, "/flow", "no json")

    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")


def test_a_body_of_another_type_is_refused_before_the_service_hears_of_it(
    shop: Gateway, aws: Callable[[str], Any], queue: str
) -> None:
    assert post(shop, "/jobs", "a,b", **{"Content-Type": "text/csv"}).status == 415
    assert "Messages" not in aws("sqs").receive_message(QueueUrl=queue)


def _eventually(look: Callable[[], Any]) -> Any:
    """What is asynchronous on AWS is so here."""
    deadline = time.monotonic() + 10
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)
    return found
