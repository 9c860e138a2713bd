"""AWS services on the one port: what moto has, what we mended, what we serve ourselves."""

import contextlib
import http.client
import io
import json
import sys
import threading
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud

NUMBERS = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("no")
    return {"doubled": event["number"] * 2}
"""


@pytest.mark.parametrize(
    "key", ["plain", "a%2Fb c/ü", "a//b", "/leading", "per cent%", "q?x=1&y", "plus+sign", "日本", "dots/../x", "#hash"]
)
def test_s3_keys_survive_the_journey(cloud: Cloud, key: str) -> None:
    s3 = cloud.clients.client("s3")
    s3.create_bucket(Bucket="odd-keys")

    s3.put_object(Bucket="odd-keys", Key=key, Body=key.encode())

    assert s3.get_object(Bucket="odd-keys", Key=key)["Body"].read().decode() == key
    assert key in [item["Key"] for item in s3.list_objects_v2(Bucket="odd-keys")["Contents"]]


def test_s3_metadata_names_keep_their_underscores(cloud: Cloud) -> None:
    s3 = cloud.clients.client("s3")
    s3.create_bucket(Bucket="odd-metadata")

    s3.put_object(Bucket="odd-metadata", Key="x", Body=b"", Metadata={"my_key": "1", "other-key": "2"})

    assert s3.head_object(Bucket="odd-metadata", Key="x")["Metadata"] == {"my_key": "1", "other-key": "2"}


def test_an_operation_moto_lacks_is_a_fast_client_error(cloud: Cloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.clients.client("iam").list_organizations_features()

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Code"] == "NotImplementedException"


def test_the_cloud_never_loads_ec2(cloud: Cloud) -> None:
    for service in (
        "sts",
        "s3",
        "iam",
        "lambda",
        "apigateway",
        "dynamodb",
        "kms",
        "logs",
        "ecr",
        "ssm",
        "cloudformation",
    ):
        cloud.clients.client(service)
    cloud.clients.client("sts").get_caller_identity()

    # Only Step Functions' interpreter does, and other tests of this process may have started it.
    assert "moto.ec2.models" not in sys.modules or "moto.stepfunctions.parser.models" in sys.modules


def test_parameters_have_versions(cloud: Cloud) -> None:
    ssm = cloud.clients.client("ssm")
    ssm.put_parameter(Name="/versions/a", Value="1", Type="String")

    made = ssm.put_parameter(Name="/versions/a", Value="2", Type="String", Overwrite=True)

    assert made["Version"] == 2
    assert ssm.get_parameter(Name="/versions/a")["Parameter"]["Value"] == "2"
    assert ssm.get_parameter(Name="/versions/a:1")["Parameter"]["Value"] == "1"


def test_a_parameter_is_not_overwritten_by_accident(cloud: Cloud) -> None:
    ssm = cloud.clients.client("ssm")
    ssm.put_parameter(Name="once", Value="1", Type="String")

    with pytest.raises(ssm.exceptions.ParameterAlreadyExists):
        ssm.put_parameter(Name="once", Value="2", Type="String")


def test_parameters_are_found_by_path_and_by_name(cloud: Cloud) -> None:
    ssm = cloud.clients.client("ssm")
    for name in ("/tree/a", "/tree/b", "/tree/deep/c"):
        ssm.put_parameter(Name=name, Value=name, Type="String")

    flat = ssm.get_parameters_by_path(Path="/tree")["Parameters"]
    deep = ssm.get_paginator("get_parameters_by_path").paginate(Path="/tree", Recursive=True, MaxResults=2)
    several = ssm.get_parameters(Names=["/tree/a", "/nowhere"])

    assert [one["Name"] for one in flat] == ["/tree/a", "/tree/b"]
    assert len([one for page in deep for one in page["Parameters"]]) == 3
    assert several["InvalidParameters"] == ["/nowhere"]


def test_a_missing_parameter_has_awss_error(cloud: Cloud) -> None:
    ssm = cloud.clients.client("ssm")

    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/nowhere")


def test_parameters_of_regions_are_apart(cloud: Cloud) -> None:
    cloud.clients.client("ssm").put_parameter(Name="/regional", Value="1", Type="String")
    elsewhere = cloud.clients.client("ssm", "eu-west-1")

    with pytest.raises(elsewhere.exceptions.ParameterNotFound):
        elsewhere.get_parameter(Name="/regional")


def test_cloudtrail_is_empty(cloud: Cloud) -> None:
    assert cloud.clients.client("cloudtrail").lookup_events()["Events"] == []


def test_health_answers(cloud: Cloud) -> None:
    url = urlsplit(cloud.endpoint_url)
    connection = http.client.HTTPConnection("127.0.0.1", url.port)
    connection.request("GET", "/_headgate/health")
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())["status"]) == (200, "ok")
    connection.close()


@pytest.fixture(scope="module")
def numbers(cloud: Cloud) -> str:
    """ARN of a function."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("app.py", NUMBERS)
    role = cloud.clients.client("iam").create_role(RoleName="numbers", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    made = cloud.clients.client("lambda").create_function(
        FunctionName="numbers",
        Runtime="python3.13",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": buffer.getvalue()},
    )
    return str(made["FunctionArn"])


def test_a_state_machine_runs_functions_and_calls_the_sdk(cloud: Cloud, numbers: str) -> None:
    api = cloud.clients.client("apigateway").create_rest_api(name="from a state machine")["id"]
    states = {
        "Double": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": numbers, "Payload": {"number": 21}},
            "ResultSelector": {"doubled.$": "$.Payload.doubled"},
            "ResultPath": "$.first",
            "Next": "Look",
        },
        "Look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:getRestApi",
            "Parameters": {"RestApiId": api},
            "ResultPath": "$.api",
            "End": True,
        },
    }

    output = run_states(cloud, "both", states, "Double")

    assert output["first"]["doubled"] == 42
    assert output["api"]["Name"] == "from a state machine"


def test_a_state_machine_catches_a_python_error_by_name(cloud: Cloud, numbers: str) -> None:
    states = {
        "Fail": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": numbers, "Payload": {"fail": True}},
            "Catch": [{"ErrorEquals": ["ValueError"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": {"Type": "Pass", "Result": {"was": "caught"}, "End": True},
    }

    assert run_states(cloud, "catches", states, "Fail") == {"was": "caught"}


def run_states(cloud: Cloud, name: str, states: dict[str, Any], start: str) -> Any:
    """The output of one execution."""
    client = cloud.clients.client("stepfunctions")
    definition = json.dumps({"StartAt": start, "States": states})
    role = "arn:aws:iam::123456789012:role/states"
    machine = client.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    state = wait_for(
        lambda: client.describe_execution(executionArn=execution), lambda seen: seen["status"] != "RUNNING"
    )
    assert state["status"] == "SUCCEEDED", state
    return json.loads(state["output"])


def wait_for(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """Poll, for what another thread does."""
    pause = threading.Event()
    for _ in range(500):
        if good(seen := look()):
            return seen
        pause.wait(0.02)
    raise AssertionError(f"not within 10 s: {seen}")


def test_a_topic_reaches_a_function(cloud: Cloud, numbers: str) -> None:
    """Asynchronously, as on AWS: the publisher does not wait for the function."""
    logs = cloud.clients.client("logs")
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="/aws/lambda/numbers")
    topic = cloud.clients.client("sns").create_topic(Name="numbers")["TopicArn"]
    cloud.clients.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=numbers)

    cloud.clients.client("sns").publish(TopicArn=topic, Message="7")
    events = wait_for(
        lambda: cloud.clients.client("logs").filter_log_events(logGroupName="/aws/lambda/numbers")["events"],
        lambda seen: any("KeyError" in event["message"] for event in seen),
    )

    assert any("'number'" in event["message"] for event in events)
