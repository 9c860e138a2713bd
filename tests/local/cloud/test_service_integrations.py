"""Integrations with AWS services on a whole cloud: what they set off runs in our workers, as it does from boto3."""

import http.client
import io
import json
import queue
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headgate.local.cloud import Cloud, CloudConfig
from headgate.local.records import Invocation

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:heard"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/gateway"
JSON = "application/json"
WAIT_SECONDS = 20

Events = "queue.Queue[Any]"


@pytest.fixture(scope="module")
def events() -> Events:
    """What the function `heard` was called with."""
    return queue.Queue()


@pytest.fixture(scope="module")
def cloud(events: Events) -> Iterator[Cloud]:
    def invoked(_spec: Any, event: bytes, answer: Any) -> None:
        assert isinstance(answer.result(), Invocation)
        events.put(json.loads(event))

    with Cloud(CloudConfig(port=0, http_port=0, invoked=invoked)) as running:
        prepare(running)
        yield running


def prepare(cloud: Cloud) -> None:
    """A role that API Gateway and Lambda may assume, and a function."""
    service = {"Service": ["apigateway.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"]}
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam = cloud.clients.client("iam")
    iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName="gateway", PolicyName="all", PolicyDocument=document(everything))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", "def handler(event, context):\n    return event\n")
    code = {"ZipFile": archive.getvalue()}
    cloud.clients.client("lambda").create_function(
        FunctionName="heard", Runtime="python3.12", Role=ROLE, Handler="index.handler", Code=code
    )


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


Post = Callable[[str], tuple[int, Any]]


@pytest.fixture
def api(cloud: Cloud) -> Callable[..., Post]:
    """An API with `POST /` in front of a service; what it returns posts to it."""

    def make(uri: str, template: str, region: str = "us-east-1", **integration: Any) -> Post:
        given = {"type": "aws", "httpMethod": "POST", "uri": f"arn:aws:apigateway:{region}:{uri}", "credentials": ROLE}
        given |= {"requestTemplates": {JSON: template}, "responses": {"default": {"statusCode": "200"}}, **integration}
        post = {"responses": {"200": {"description": ""}}, "x-amazon-apigateway-integration": given}
        body = {"openapi": "3.0.1", "info": {"title": "x", "version": "1"}, "paths": {"/": {"post": post}}}
        gateway = cloud.clients.client("apigateway")
        made = gateway.import_rest_api(body=json.dumps(body).encode())["id"]
        gateway.create_deployment(restApiId=made, stageName="dev")
        return lambda text: send(cloud, f"/_aws/execute-api/{made}/dev/", text)

    return make


def send(cloud: Cloud, path: str, body: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(cloud.endpoint_url.removeprefix("http://"), timeout=WAIT_SECONDS)
    connection.request("POST", path, body.encode(), {"Content-Type": JSON})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def test_a_published_message_reaches_the_topics_function(cloud: Cloud, api: Any, events: Events) -> None:
    sns = cloud.clients.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    form = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
    template = f"Action=Publish&TopicArn=$util.urlEncode('{topic}')&Message=$util.urlEncode($input.body)"

    status, answer = api("sns:path//", template, requestParameters=form)('{"a":"b&c"}')

    event = events.get(timeout=WAIT_SECONDS)
    assert (status, event["Records"][0]["Sns"]["Message"]) == (200, '{"a":"b&c"}')
    assert answer["PublishResponse"]["PublishResult"]["MessageId"]


def test_an_event_reaches_the_rules_function(cloud: Cloud, api: Any, events: Events) -> None:
    rules = cloud.clients.client("events")
    rules.put_rule(Name="orders", EventPattern='{"source":["shop"]}')
    rules.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": FUNCTION}])
    headers = {"integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'"}
    template = '{"Entries":[{"Source":"shop","DetailType":"placed","Detail":"$util.escapeJavaScript($input.body)"}]}'

    status, answer = api("events:action/PutEvents", template, requestParameters=headers)('{"n":1}')

    event = events.get(timeout=WAIT_SECONDS)
    assert (status, event["detail"], event["id"]) == (200, {"n": 1}, answer["Entries"][0]["EventId"])


def test_a_message_reaches_the_queues_function(cloud: Cloud, api: Any, events: Events) -> None:
    cloud.clients.client("sqs").create_queue(QueueName="jobs")
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
    cloud.clients.client("lambda").create_event_source_mapping(FunctionName="heard", EventSourceArn=arn)
    template = f'{{"QueueUrl":"{cloud.endpoint_url}/{ACCOUNT}/jobs","MessageBody":"hello"}}'
    headers = {"integration.request.header.X-Amz-Target": "'AmazonSQS.SendMessage'"}

    assert api("sqs:action/SendMessage", template, requestParameters=headers)("{}")[0] == 200

    assert events.get(timeout=WAIT_SECONDS)["Records"][0]["body"] == "hello"


def test_a_synchronous_execution_answers_with_what_its_function_said(cloud: Cloud, api: Any, events: Events) -> None:
    task = {"StartAt": "ask", "States": {"ask": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
    machine = cloud.clients.client("stepfunctions").create_state_machine(
        name="asking", type="EXPRESS", roleArn=ROLE, definition=json.dumps(task)
    )["stateMachineArn"]
    template = f'{{"stateMachineArn":"{machine}","input":"$util.escapeJavaScript($input.json(\'$\'))"}}'

    status, answer = api("states:action/StartSyncExecution", template)('{"n":1}')

    assert (status, answer["status"], json.loads(answer["output"])) == (200, "SUCCEEDED", {"n": 1})
    assert events.get(timeout=WAIT_SECONDS) == {"n": 1}


@pytest.mark.parametrize(
    ("kind", "states", "said"),
    [
        ("EXPRESS", {"end": {"Type": "Fail", "Error": "No", "Cause": "because"}}, ("FAILED", "No", "because")),
        ("STANDARD", {"end": {"Type": "Pass", "End": True}}, (None, None, None)),
    ],
)
def test_executions_that_fail_and_machines_that_do_not_answer(
    cloud: Cloud, api: Any, kind: str, states: dict[str, Any], said: tuple[Any, ...]
) -> None:
    machine = cloud.clients.client("stepfunctions").create_state_machine(
        name=f"ends-{kind}", type=kind, roleArn=ROLE, definition=json.dumps({"StartAt": "end", "States": states})
    )["stateMachineArn"]

    _, answer = api("states:action/StartSyncExecution", f'{{"stateMachineArn":"{machine}"}}')("{}")

    assert (answer.get("status"), answer.get("error"), answer.get("cause")) == said
    assert ("StateMachineTypeNotSupported" in answer.get("__type", "")) is (kind == "STANDARD")


def test_records_arrive_in_a_stream(cloud: Cloud, api: Any) -> None:
    kinesis = cloud.clients.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    template = '{"StreamName":"clicks","Data":"$util.base64Encode($input.body)","PartitionKey":"a"}'

    status, answer = api("kinesis:action/PutRecord", template)('{"n":1}')

    place = {"StreamName": "clicks", "ShardId": answer["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    records = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**place)["ShardIterator"])["Records"]
    assert (status, [record["Data"] for record in records]) == (200, [b'{"n":1}'])


def test_a_service_in_another_region_has_its_own_queues(cloud: Cloud, api: Any) -> None:
    cloud.clients.client("sqs", "eu-west-1").create_queue(QueueName="far")
    form = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
    template = "Action=SendMessage&MessageBody=x"

    status, answer = api(f"sqs:path/{ACCOUNT}/far", template, "eu-west-1", requestParameters=form)("{}")

    assert (status, list(answer)) == (200, ["SendMessageResponse"])
