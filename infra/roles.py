"""Roles with exactly the permissions each part uses; no managed policies, and every wildcard with its reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam

Condition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be done to what. A resource is text or `{"Fn::Sub": text}`; `because` is why one of them has a wildcard."""

    actions: Sequence[str]
    resources: Sequence[Any]
    because: str = ""

    def to_json(self) -> dict[str, Any]:
        """As an Allow statement."""
        return {"Effect": "Allow", "Action": list(self.actions), "Resource": list(self.resources)}


def add_function_role(stack: Stack, logical_id: str, log_group_name: str, grants: Sequence[Grant]) -> iam.CfnRole:
    """A Lambda role: its own log group, X-Ray, and what is given."""
    log_arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:" + log_group_name + ":*"
    own = [
        Grant(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [{"Fn::Sub": log_arn}],
            because="The streams of the function's own log group are named by Lambda.",
        ),
        Grant(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"], because="X-Ray has no resources to name."),
    ]
    return _role(stack, logical_id, "lambda.amazonaws.com", [*own, *grants])


def add_invoke_role(
    stack: Stack, prefix: str, upstream_arns: Sequence[str], services: Mapping[str, Sequence[str]] | None = None
) -> iam.CfnRole:
    """What API Gateway assumes to call functions: this environment's in every version, and the project's Lambda upstreams.

    `services` are the AWS services among the upstreams: action to resources.

    A role outlives a deploy, where a permission per version would be replaced and take the stable release's grant with it.
    """
    own = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + prefix + "*:*"
    grants = [
        Grant(
            ["lambda:InvokeFunction"],
            [{"Fn::Sub": own}],
            because="Stable and canary are versions of this environment's functions, which the template cannot list.",
        )
    ]
    if upstream_arns:
        names = [name for arn in upstream_arns for name in (arn, f"{arn}:*")]
        grants.append(Grant(["lambda:InvokeFunction"], names, because="An upstream may publish versions and aliases."))
    grants += [Grant([action], resources) for action, resources in sorted((services or {}).items())]
    condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    return _role(stack, "InvokeRole", "apigateway.amazonaws.com", grants, condition)


def add_account_logging_role(stack: Stack) -> iam.CfnRole:
    """What API Gateway writes CloudWatch logs with: one per account and Region."""
    verbs = ("Create", "Describe", "Put", "Get", "Filter")
    nouns = {"Create": ("LogGroup", "LogStream"), "Describe": ("LogGroups", "LogStreams")}
    actions = [f"logs:{verb}{noun}" for verb in verbs for noun in nouns.get(verb, ("LogEvents",))]
    arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"
    because = "The role serves every API of the account, and API Gateway tests it with all log groups."
    grant = Grant(actions, [{"Fn::Sub": arn}], because=because)
    return _role(stack, "AccountLoggingRole", "apigateway.amazonaws.com", [grant])


def add_service_role(stack: Stack, logical_id: str, service: str, grants: Sequence[Grant]) -> iam.CfnRole:
    """A role of this account's resources of another service."""
    condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    return _role(stack, logical_id, service, grants, condition)


def _role(
    stack: Stack, logical_id: str, service: str, grants: Sequence[Grant], condition: Condition | None = None
) -> iam.CfnRole:
    trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = condition
    document = _document([grant.to_json() for grant in grants])
    policy = iam.CfnRole.PolicyProperty(policy_name="own", policy_document=document)
    role = iam.CfnRole(stack, logical_id, assume_role_policy_document=_document([trust]), policies=[policy])
    for finding, reason in wildcard_findings(grants).items():
        Validations.of(role).acknowledge(Acknowledgment(id=finding, reason=reason))
    return role


def wildcard_findings(grants: Sequence[Grant]) -> dict[str, str]:
    """What cdk-nag calls each wildcard, with the reason for it: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:...:*]`."""
    texts = {
        resource["Fn::Sub"] if isinstance(resource, dict) else str(resource): grant.because
        for grant in grants
        if grant.because
        for resource in grant.resources
    }
    wildcards = {text: because for text, because in texts.items() if "*" in text}
    named = {re.sub(r"[$]{([^}]+)}", r"<\1>", text): because for text, because in wildcards.items()}
    return {f"AwsSolutions::AwsSolutions-IAM5[Resource::{name}]": because for name, because in named.items()}


def _document(statements: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
