"""Templates as somebody writes who does not know this project, through boto3 against a running cloud."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud, CloudConfig

EVERYTHING = """
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Zones: {Type: CommaDelimitedList, Default: 'a, b,c'}
Mappings:
  Sizes: {dev: {seconds: 30, list: [1, 2]}, prod: {seconds: 60, list: [3]}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${AWS::StackName}-${Env}'
      VisibilityTimeout: !FindInMap [Sizes, !Ref Env, seconds]
      DelaySeconds: !If [IsProd, 5, !Ref AWS::NoValue]
  Topic: {Type: AWS::SNS::Topic, Condition: IsProd}
Outputs:
  Parts: {Value: !Join ['-', [!Select [1, !Ref Zones], !Select [2, !Split ['/', 'x/y/z']], !Base64 hi]]}
  Nets: {Value: !Join ['|', !Cidr ['10.0.0.0/16', 2, 8]]}
  Text: {Value: !Sub ['${a}-${!kept}-${Queue.QueueName}', {a: !Sub '${Env}x'}]}
  List: {Value: !Join ['', !FindInMap [Sizes, !Ref Env, list]]}
  Topic: {Condition: IsProd, Value: !Ref Topic}
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> Any:
    return cloud.clients.client("cloudformation")


def settled(api: Any, name: str) -> dict[str, Any]:
    """The stack, at rest."""
    pause = threading.Event()
    for _ in range(1000):
        stack: dict[str, Any] = api.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return stack
        pause.wait(0.02)
    raise AssertionError(f"{name} does not come to rest")


def created(api: Any, name: str, resources: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Status, and why resources failed."""
    api.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    status = settled(api, name)["StackStatus"]
    events = api.describe_stack_events(StackName=name)["StackEvents"]
    failed = {event["LogicalResourceId"]: event for event in events if event["ResourceStatus"].endswith("_FAILED")}
    return status, {name: event["ResourceStatusReason"] for name, event in failed.items()}


def refusal(call: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Message"])


def test_every_function_in_one_template(cloud: Cloud, api: Any) -> None:
    api.create_stack(StackName="all", TemplateBody=EVERYTHING)
    first = {output["OutputKey"]: output["OutputValue"] for output in settled(api, "all")["Outputs"]}
    prod = [{"ParameterKey": "Env", "ParameterValue": "prod"}, {"ParameterKey": "Zones", "UsePreviousValue": True}]
    api.update_stack(StackName="all", TemplateBody=EVERYTHING, Parameters=prod)
    second = {output["OutputKey"]: output["OutputValue"] for output in settled(api, "all")["Outputs"]}

    assert first == {
        "Parts": "b-z-aGk=",
        "Nets": "10.0.0.0/24|10.0.1.0/24",
        "Text": "devx-${kept}-all-dev",
        "List": "12",
    }
    assert (second["List"], second["Topic"].rpartition(":")[0]) == ("3", "arn:aws:sns:us-east-1:123456789012")
    queues = [url.rpartition("/")[2] for url in cloud.clients.client("sqs").list_queues()["QueueUrls"]]
    assert queues == ["all-prod"]


def test_a_failed_stack_keeps_what_it_must_retain(cloud: Cloud, api: Any) -> None:
    subscription = {"TopicArn": "arn:aws:sns:us-east-1:123456789012:none", "Protocol": "sms", "Endpoint": "1"}
    resources = {
        "Kept": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "Properties": {"QueueName": "kept"}},
        "Gone": {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": {"QueueName": "gone"},
        },
        "Bad": {"Type": "AWS::SNS::Subscription", "DependsOn": ["Kept", "Gone"], "Properties": subscription},
    }

    status, failed = created(api, "retaining", resources)

    names = [url.rpartition("/")[2] for url in cloud.clients.client("sqs").list_queues()["QueueUrls"]]
    assert (status, list(failed)) == ("ROLLBACK_COMPLETE", ["Bad"])
    assert ("kept" in names, "gone" in names) == (True, False)


def test_every_unknown_resource_type_is_named(api: Any) -> None:
    types = ("AWS::RDS::DBInstance", "AWS::SQS::Queue", "AWS::EKS::Cluster", "AWS::Serverless::Function")
    resources = {f"R{number}": {"Type": kind} for number, kind in enumerate(types)}

    told = refusal(lambda: api.create_stack(StackName="x", TemplateBody=json.dumps({"Resources": resources})))

    assert told == (
        "Template format error: Unrecognized resource types: "
        "[AWS::EKS::Cluster, AWS::RDS::DBInstance, AWS::Serverless::Function]"
    )


def test_an_ssm_parameter_that_is_not_there_is_told_in_awss_words(api: Any) -> None:
    template = {
        "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/none"}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
    }

    told = refusal(lambda: api.create_stack(StackName="x", TemplateBody=json.dumps(template)))

    assert told == "Unable to fetch parameters [/none] from parameter store for this account."


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:nobody"}, "could not be invoked"),
        ({"ServiceToken": "hello"}, "could not be invoked: hello: not a function's ARN"),
        ({"ServiceToken": "hello", "ServiceTimeout": "soon"}, "ServiceTimeout is 'soon': give seconds from 1 to 3600"),
    ],
    ids=["nobody", "no-arn", "timeout"],
)
def test_a_custom_resource_that_nobody_serves_rolls_back(
    api: Any, request: pytest.FixtureRequest, properties: dict[str, str], told: str
) -> None:
    """There is nothing to delete, and nobody to ask for it."""
    name = f"unserved-{request.node.callspec.id}"

    status, failed = created(api, name, {"C": {"Type": "Custom::Thing", "Properties": properties}})

    assert status == "ROLLBACK_COMPLETE"
    assert told in failed["C"]


@pytest.mark.parametrize("operation", ["detect_stack_drift", "describe_stack_resource_drifts"])
def test_drift_detection_is_refused_by_name(api: Any, operation: str) -> None:
    told = refusal(lambda: getattr(api, operation)(StackName="all"))

    assert "is not there in the local cloud" in told
