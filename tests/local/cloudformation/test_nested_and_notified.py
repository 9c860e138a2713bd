"""Stacks within stacks, their neighbours and the topics that are told of them, on a running cloud."""

import json
from typing import Any

import pytest

from .cloud import RunningCloud

CHILD = {
    "Parameters": {"Word": {"Type": "String"}},
    "Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Word"}}}},
    "Outputs": {"Name": {"Value": {"Ref": "P"}}, "Said": {"Value": {"Fn::GetAtt": ["P", "Value"]}}},
}


@pytest.fixture(scope="module")
def bucket(cloud: RunningCloud) -> RunningCloud:
    """The cloud with the child's template in a bucket."""
    cloud.client("s3").create_bucket(Bucket="templates")
    cloud.client("s3").put_object(Bucket="templates", Key="child.json", Body=json.dumps(CHILD).encode())
    failing = {**CHILD, "Resources": {"P": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no name!"}}}}
    failing["Outputs"] = {}
    cloud.client("s3").put_object(Bucket="templates", Key="failing.json", Body=json.dumps(failing).encode())
    return cloud


def parent(word: str, template: str = "child") -> dict[str, Any]:
    url = f"https://s3.us-east-1.amazonaws.com/templates/{template}.json"
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": {"Word": word}}}
    said = {"Fn::GetAtt": ["Child", "Outputs.Said"]}
    return {"Resources": {"Child": child}, "Outputs": {"Said": {"Value": said}, "Child": {"Value": {"Ref": "Child"}}}}


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}


def test_a_nested_stack_is_made_changed_and_deleted_with_its_parent(bucket: RunningCloud) -> None:
    made = bucket.deploy("parent", parent("hello"))
    assert (made["StackStatus"], outputs(made)["Said"]) == ("CREATE_COMPLETE", "hello")
    child_id = outputs(made)["Child"]
    child = bucket.settled(child_id)
    assert child["StackName"].startswith("parent-Child-")
    assert (child["ParentId"], child["RootId"]) == (made["StackId"], made["StackId"])

    changed = bucket.deploy("parent", parent("goodbye"))
    assert (changed["StackStatus"], outputs(changed)["Said"]) == ("UPDATE_COMPLETE", "goodbye")
    assert outputs(changed)["Child"] == child_id

    bucket.client("cloudformation").delete_stack(StackName="parent")
    assert bucket.settled(made["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert bucket.settled(child_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_nested_stack_that_fails_fails_its_parent(bucket: RunningCloud) -> None:
    made = bucket.deploy("broken", parent("x", "failing"))

    events = bucket.client("cloudformation").describe_stack_events(StackName="broken")["StackEvents"]
    reasons = [item["ResourceStatusReason"] for item in events if item["ResourceStatus"] == "CREATE_FAILED"]
    assert made["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reasons[0].startswith("Embedded stack arn:aws:cloudformation:us-east-1:123456789012:stack/broken-Child-")
    assert "was not successfully created: The following resource(s) failed to create: [P]." in reasons[0]


def test_topics_are_told_what_happens(cloud: RunningCloud) -> None:
    topic = cloud.client("sns").create_topic(Name="told")["TopicArn"]
    queue = cloud.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    queue_arn = "arn:aws:sqs:us-east-1:123456789012:told"
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    body = {"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}}}

    cloud.client("cloudformation").create_stack(
        StackName="telling", TemplateBody=json.dumps(body), NotificationARNs=[topic]
    )
    made = cloud.settled("telling")

    messages: list[str] = []
    while batch := cloud.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        messages += [json.loads(item["Body"])["Message"] for item in batch]
    assert made["NotificationARNs"] == [topic]
    assert any(
        "ResourceStatus='CREATE_COMPLETE'\n" in text and "LogicalResourceId='telling'\n" in text for text in messages
    )
    assert any(
        "LogicalResourceId='P'\n" in text and "ResourceType='AWS::SSM::Parameter'\n" in text for text in messages
    )


def test_what_stands_beside_a_gateway(cloud: RunningCloud) -> None:
    generated = {"SecretStringTemplate": '{"user": "me"}', "GenerateStringKey": "password", "PasswordLength": 20}
    resources = {
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "pool"}},
        "Client": {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": {"Ref": "Pool"}}},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": generated}},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}},
        "Group": {"Type": "AWS::Logs::LogGroup"},
        "Stream": {"Type": "AWS::Logs::LogStream", "Properties": {"LogGroupName": {"Ref": "Group"}}},
    }
    told = {"Pool": {"Fn::GetAtt": ["Pool", "Arn"]}, "Client": {"Ref": "Client"}, "Secret": {"Ref": "Secret"}}

    made = cloud.deploy("beside", {"Resources": resources, "Outputs": {key: {"Value": told[key]} for key in told}})

    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert outputs(made)["Pool"].startswith("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_")
    secret = json.loads(
        cloud.client("secretsmanager").get_secret_value(SecretId=outputs(made)["Secret"])["SecretString"]
    )
    assert (secret["user"], len(secret["password"])) == ("me", 20)
    cloud.client("cloudformation").delete_stack(StackName="beside")
    assert cloud.settled(made["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert [bus["Name"] for bus in cloud.client("events").list_event_buses()["EventBuses"]] == ["default"]
