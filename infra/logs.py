"""Log groups, made before anything writes to them, so that none appears without encryption and retention."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Fn, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

# What an access-log line says. Numbers stand unquoted so that metric filters can compare them; API Gateway writes "-" for what is
# absent, so only values that are always numbers may. Never a token, a query or a header.
NUMBERS = {"status": "$context.status", "responseLatency": "$context.responseLatency"}
TEXTS = {
    "requestId": "$context.requestId",
    "traceId": "$context.xrayTraceId",
    "apiId": "$context.apiId",
    "stage": "$context.stage",
    "deploymentId": "$context.deploymentId",
    "isCanaryRequest": "$context.isCanaryRequest",
    "routeKey": "$context.httpMethod $context.resourcePath",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "sourceIp": "$context.identity.sourceIp",
    "principal": "$context.authorizer.principalId",
    "integrationStatus": "$context.integration.status",
    "integrationLatency": "$context.integration.latency",
    "integrationError": "$context.integration.error",
    "authorizerStatus": "$context.authorizer.status",
    "authorizerLatency": "$context.authorizer.latency",
    "authorizerError": "$context.authorizer.error",
    "errorType": "$context.error.responseType",
}


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What every group of a stack shares."""

    key: kms.CfnKey
    retention_days: int


def access_log_format() -> str:
    """One JSON object per line, numbers unquoted."""
    members = [f'"{name}":"{value}"' for name, value in TEXTS.items()] + [
        f'"{name}":{value}' for name, value in NUMBERS.items()
    ]
    return "{" + ",".join(members) + "}"


def access_log_group_name(stack: str, stage: str) -> str:
    return f"/headgate/{stack}/{stage}/access"


def add_log_group(stack: Stack, logical_id: str, name: Any, settings: LogSettings) -> logs.CfnLogGroup:
    """An encrypted group with retention. `name` is text or an intrinsic."""
    group = logs.CfnLogGroup(
        stack, logical_id, kms_key_id=settings.key.attr_arn, retention_in_days=settings.retention_days
    )
    group.add_property_override("LogGroupName", name)
    group.apply_removal_policy(RemovalPolicy.DESTROY)
    return group


def group_arn(group: logs.CfnLogGroup) -> str:
    """The group's ARN without the `:*` at its end, which API Gateway does not accept."""
    name = group.node.id
    return Fn.sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${" + name + "}")


def add_access_log_groups(
    stack: Stack, prefix: str, stage: str, settings: LogSettings
) -> tuple[logs.CfnLogGroup, logs.CfnLogGroup]:
    """The access-log group and, beside it, the one that canary requests are also written to (FACTS 5.13)."""
    name = access_log_group_name(stack.stack_name, stage)
    main = add_log_group(stack, f"{prefix}AccessLog", name, settings)
    return main, add_log_group(stack, f"{prefix}AccessLogCanary", f"{name}/Canary", settings)


def add_execution_log_groups(
    stack: Stack, prefix: str, api: str, stage: str, settings: LogSettings
) -> list[logs.CfnLogGroup]:
    """The groups API Gateway would otherwise make itself, unencrypted and kept for ever."""
    name = "API-Gateway-Execution-Logs_${" + api + "}/" + stage
    names = {"ExecutionLog": name, "ExecutionLogCanary": f"{name}/Canary"}
    return [add_log_group(stack, prefix + kind, {"Fn::Sub": text}, settings) for kind, text in names.items()]
