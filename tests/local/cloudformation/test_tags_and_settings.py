"""Properties that a service can be asked for again: tags, the stack's among them, and settings, put and taken back."""

import json
from typing import Any

import pytest

from headgate.local.cloudformation.parameters import Given
from headgate.local.cloudformation.settings import Settings
from headgate.local.cloudformation.template import parse

from .account import Account
from .fakes import template

TRUST = {"Version": "2012-10-17", "Statement": []}
OWN = [{"Key": "own", "Value": "1"}]


@pytest.fixture
def account() -> Account:
    return Account()


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


TAGGED: dict[str, dict[str, Any]] = {
    "AWS::SQS::Queue": {},
    "AWS::SNS::Topic": {},
    "AWS::S3::Bucket": {},
    "AWS::IAM::Role": {"AssumeRolePolicyDocument": TRUST},
    "AWS::DynamoDB::Table": {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    "AWS::Logs::LogGroup": {},
    "AWS::KMS::Key": {},
    "AWS::Events::Rule": {"EventPattern": {"source": ["a"]}},
}


def tags(account: Account, kind: str) -> dict[str, str]:
    """The tags of the resource `R`, asked of its service."""
    live = account.engine.get("demo").resources["R"]
    place, arn = str(live.physical_id), str(live.attributes.get("Arn", live.physical_id))
    client = account.clients
    found: Any = {
        "AWS::SQS::Queue": lambda: client("sqs").list_queue_tags(QueueUrl=place).get("Tags", {}),
        "AWS::SNS::Topic": lambda: client("sns").list_tags_for_resource(ResourceArn=place)["Tags"],
        "AWS::S3::Bucket": lambda: client("s3").get_bucket_tagging(Bucket=place)["TagSet"],
        "AWS::IAM::Role": lambda: client("iam").list_role_tags(RoleName=place)["Tags"],
        "AWS::DynamoDB::Table": lambda: client("dynamodb").list_tags_of_resource(ResourceArn=arn)["Tags"],
        "AWS::Logs::LogGroup": lambda: client("logs").list_tags_for_resource(resourceArn=arn.removesuffix(":*"))[
            "tags"
        ],
        "AWS::KMS::Key": lambda: client("kms").list_resource_tags(KeyId=place)["Tags"],
        "AWS::Events::Rule": lambda: client("events").list_tags_for_resource(ResourceARN=arn)["Tags"],
    }[kind]()
    if isinstance(found, dict):
        return dict(found)
    return {item.get("Key", item.get("TagKey")): item.get("Value", item.get("TagValue")) for item in found}


@pytest.mark.parametrize("kind", TAGGED)
def test_tags_come_change_and_go(account: Account, kind: str) -> None:
    account.deploy(R=resource(kind, **TAGGED[kind], Tags=OWN))
    assert tags(account, kind) == {"own": "1"}

    account.deploy(R=resource(kind, **TAGGED[kind], Tags=[{"Key": "other", "Value": "2"}]))

    assert tags(account, kind) == {"other": "2"}


def run(account: Account, body: dict[str, Any], tagged: dict[str, str]) -> None:
    """Creates or updates the stack `demo` with stack tags, at once."""
    engine = account.engine
    engine.spawn = lambda work: work()
    stack, settings = engine.find("demo"), Settings(tags=tagged)
    start = engine.start_update if stack else engine.start_create
    stack = stack or engine.new_stack("demo")
    nothing: dict[str, Given] = {}
    start(stack, engine.target(stack, parse(json.dumps(body)), nothing, settings), settings)
    assert stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, stack.events


def test_a_stacks_tags_go_to_its_resources_and_their_own_win(account: Account) -> None:
    body = template({"R": resource("AWS::SQS::Queue", Tags=OWN)})

    run(account, body, {"team": "a", "own": "stack"})
    assert tags(account, "AWS::SQS::Queue") == {"own": "1", "team": "a"}

    run(account, body, {"team": "b"})
    assert tags(account, "AWS::SQS::Queue") == {"own": "1", "team": "b"}
    assert account.engine.get("demo").status == "UPDATE_COMPLETE"


def test_a_queues_settings_go_back_when_they_are_taken_out(account: Account) -> None:
    account.deploy(Q=resource("AWS::SQS::Queue", VisibilityTimeout=90, DelaySeconds=5))

    account.deploy(Q=resource("AWS::SQS::Queue", DelaySeconds=7))

    url = account.physical("Q")
    found = account.clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("30", "7")


def test_a_generated_fifo_name_ends_as_it_must(account: Account) -> None:
    account.deploy(Q=resource("AWS::SQS::Queue", FifoQueue=True), T=resource("AWS::SNS::Topic", FifoTopic=True))

    assert account.physical("Q").endswith(".fifo")
    assert account.physical("T").endswith(".fifo")


def test_a_topics_subscriptions_come_and_go(account: Account) -> None:
    def topic(*endpoints: str) -> dict[str, Any]:
        wanted = [{"Protocol": "email", "Endpoint": endpoint} for endpoint in endpoints]
        return resource("AWS::SNS::Topic", DisplayName="d", Subscription=wanted)

    account.deploy(T=topic("a@example.com", "b@example.com"))
    account.deploy(T=topic("b@example.com", "c@example.com"))

    found = account.clients("sns").list_subscriptions_by_topic(TopicArn=account.physical("T"))["Subscriptions"]
    assert sorted(item["Endpoint"] for item in found) == ["b@example.com", "c@example.com"]


def test_a_bucket_is_configured_and_unconfigured(account: Account) -> None:
    closed = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    encrypted = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    cors = {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 60}]}
    account.deploy(
        B=resource(
            "AWS::S3::Bucket",
            PublicAccessBlockConfiguration=closed,
            BucketEncryption=encrypted,
            CorsConfiguration=cors,
        )
    )
    s3, name = account.clients("s3"), account.physical("B")
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == closed
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"][0]["MaxAgeSeconds"] == 60

    account.deploy(B=resource("AWS::S3::Bucket"))

    with pytest.raises(s3.exceptions.ClientError, match="NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket=name)
