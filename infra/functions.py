"""Lambda functions: one asset each, a log group each, a role each, and a published version that outlives the next deploy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import CfnDeletionPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets

from .assets import Bundle, build_bundle
from .logs import LogSettings, add_log_group
from .names import function_name, logical
from .roles import Grant, add_function_role
from .settings import ARCHITECTURE, RUNTIME, FunctionSettings


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """One function to make. `owner` is the API it serves, or empty for one per environment."""

    owner: str
    bundle: Bundle
    settings: FunctionSettings
    environment: Mapping[str, Any]
    grants: Sequence[Grant]
    description: str


def add_function(stack: Stack, plan: FunctionPlan, *, cache: Path, log_settings: LogSettings) -> lambda_.CfnFunction:
    """The function with its log group and role."""
    room = plan.bundle.room
    owners = [plan.owner] if plan.owner else []
    logical_id = logical(*owners, room)
    name = function_name(stack.stack_name, *owners, room)
    asset = s3_assets.Asset(
        stack, f"{logical_id}Code", path=str(build_bundle(plan.bundle, cache)), asset_hash=plan.bundle.digest
    )
    group = add_log_group(stack, f"{logical_id}Log", f"/aws/lambda/{name}", log_settings)
    role = add_function_role(stack, f"{logical_id}Role", f"/aws/lambda/{name}", plan.grants)
    function = lambda_.CfnFunction(
        stack,
        logical_id,
        function_name=name,
        description=plan.description,
        runtime=RUNTIME,
        architectures=[ARCHITECTURE],
        handler=f"functions.{room}.handler.handler",
        code=lambda_.CfnFunction.CodeProperty(s3_bucket=asset.s3_bucket_name, s3_key=asset.s3_object_key),
        role=role.attr_arn,
        memory_size=plan.settings.memory_mb,
        timeout=plan.settings.timeout_seconds,
        reserved_concurrent_executions=plan.settings.concurrency,
        tracing_config=lambda_.CfnFunction.TracingConfigProperty(mode="Active"),
        environment=lambda_.CfnFunction.EnvironmentProperty(variables=dict(plan.environment)),
    )
    function.add_resource_dependency(group)
    return function


def add_version(stack: Stack, function: lambda_.CfnFunction, release: str) -> lambda_.CfnVersion:
    """The function as this release has it. Retained: a stage may point at it long after the template has moved on."""
    version = lambda_.CfnVersion(
        stack, f"{function.node.id}Version{release}", function_name=function.ref, description=f"release {release}"
    )
    version.cfn_options.deletion_policy = CfnDeletionPolicy.RETAIN
    version.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
    return version
