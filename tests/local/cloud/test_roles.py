"""Roles of integrations: who may assume one, and what one may do (FACTS 8.38)."""

import json
from typing import Any

import boto3
import pytest

from headgate.local.cloud import Cloud
from headgate.local.dataplane.service_call import NotPermittedError, RoleRefusedError
from headgate.local.roles import Roles, may

GATEWAY = "apigateway.amazonaws.com"


def policy(effect: str, action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]}


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ([], False),
        ([policy("Allow", "sqs:SendMessage")], True),
        ([policy("Allow", "SQS:sendmessage", "arn:aws:sqs:*:*:other")], True),
        ([policy("Allow", ["sns:*", "sqs:Send*"])], True),
        ([policy("Allow", "sqs:SendMessag?")], True),
        ([policy("Allow", "sqs:Receive*")], False),
        ([policy("Allow", "sqs.SendMessage")], False),
        ([policy("Allow", "*"), policy("Deny", "sqs:*")], False),
        ([policy("Allow", "*"), policy("Deny", "sqs:*", "arn:aws:sqs:*:*:other")], True),
        ([policy("Allow", "*"), policy("Deny", "sqs:*", Condition={"Bool": {"aws:SecureTransport": "false"}})], True),
        ([{"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}], True),
        ([{"Statement": {"Effect": "Allow", "NotAction": ["s3:*", "sqs:*"], "Resource": "*"}}], False),
    ],
)
def test_a_role_may_what_some_statement_allows_and_none_denies(policies: list[Any], allowed: bool) -> None:
    assert may(policies, "sqs:SendMessage") is allowed


def make(cloud: Cloud, name: str, principal: Any, **policies: Any) -> str:
    iam = cloud.clients.client("iam")
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for key, document in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=key, PolicyDocument=json.dumps(document))
    return arn


@pytest.mark.parametrize("principal", [{"Service": "lambda.amazonaws.com"}, {"AWS": "*"}], ids=str)
def test_a_role_that_does_not_trust_api_gateway_is_not_assumed(cloud: Cloud, principal: Any) -> None:
    arn = make(cloud, f"trusts-{next(iter(principal))}", principal)

    with pytest.raises(RoleRefusedError, match="trust policy"):
        Roles(permissions_checked=False).access_key(arn, "")


@pytest.mark.parametrize("arn", ["arn:aws:iam::123456789012:role/none", "role", "arn:aws:iam::123456789012:user/me"])
def test_what_is_no_role_is_not_assumed(cloud: Cloud, arn: str) -> None:
    assert cloud.endpoint_url
    with pytest.raises(RoleRefusedError):
        Roles(permissions_checked=True).access_key(arn, "")


def test_a_session_belongs_to_the_role_and_is_kept(cloud: Cloud) -> None:
    arn = make(cloud, "caller", {"Service": [GATEWAY, "lambda.amazonaws.com"]}, some=policy("Allow", "sqs:*"))
    roles = Roles(permissions_checked=True)

    key = roles.access_key(arn, "sqs:SendMessage")

    sts = boto3.client(
        "sts",
        endpoint_url=cloud.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="x",
    )
    assert sts.get_caller_identity()["Arn"].endswith(":assumed-role/caller/BackplaneAssumeRoleSession")
    assert roles.access_key(arn, "") == key


def test_permissions_are_asked_by_switch(cloud: Cloud) -> None:
    arn = make(cloud, "reader", {"Service": GATEWAY}, some=policy("Allow", "sqs:Receive*"))

    with pytest.raises(
        NotPermittedError, match="reader/BackplaneAssumeRoleSession is not authorized to perform: sqs:SendM"
    ):
        Roles(permissions_checked=True).access_key(arn, "sqs:SendMessage")
    assert Roles(permissions_checked=False).access_key(arn, "sqs:SendMessage")
    assert Roles(permissions_checked=True).access_key(arn, "")
