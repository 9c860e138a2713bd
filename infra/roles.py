"""Roles with exactly the permissions each part uses; no managed policies."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

Statement = dict[str, Any]


def statement(actions: Sequence[str], resources: Sequence[Any], condition: dict[str, Any] | None = None) -> Statement:
    """An Allow."""
    allow: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**allow, "Condition": condition} if condition else allow


def add_function_role(
    stack: Stack, logical_id: str, log_group_name: str, statements: Sequence[Statement]
) -> iam.CfnRole:
    """A Lambda role: its own log group, X-Ray, and what is given."""
    log_arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:" + log_group_name + ":*"
    own = [
        statement(["logs:CreateLogStream", "logs:PutLogEvents"], [{"Fn::Sub": log_arn}]),
        # X-Ray has no resources to name.
        statement(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
    ]
    return _role(stack, logical_id, "lambda.amazonaws.com", [*own, *statements])


def add_invoke_role(stack: Stack, prefix: str, upstream_arns: Sequence[str]) -> iam.CfnRole:
    """What API Gateway assumes to call functions: this environment's in every version, and the project's Lambda upstreams.

    A role outlives a deploy, where a permission per version would be replaced and take the stable release's grant with it.
    """
    own = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + prefix + "*:*"
    resources: list[Any] = [{"Fn::Sub": own}]
    resources += [name for arn in upstream_arns for name in (arn, f"{arn}:*")]
    condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    return _role(
        stack, "InvokeRole", "apigateway.amazonaws.com", [statement(["lambda:InvokeFunction"], resources)], condition
    )


def add_account_logging_role(stack: Stack) -> iam.CfnRole:
    """What API Gateway writes CloudWatch logs with: one per account and Region."""
    actions = [
        "CreateLogGroup",
        "CreateLogStream",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "PutLogEvents",
        "GetLogEvents",
        "FilterLogEvents",
    ]
    arn = {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"}
    grant = statement([f"logs:{action}" for action in actions], [arn])
    return _role(stack, "AccountLoggingRole", "apigateway.amazonaws.com", [grant])


def _role(
    stack: Stack,
    logical_id: str,
    service: str,
    statements: Sequence[Statement],
    condition: dict[str, Any] | None = None,
) -> iam.CfnRole:
    trust: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = condition
    policy = iam.CfnRole.PolicyProperty(policy_name="own", policy_document=_document(statements))
    return iam.CfnRole(stack, logical_id, assume_role_policy_document=_document([trust]), policies=[policy])


def _document(statements: Sequence[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
