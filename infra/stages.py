"""A stage as CloudFormation owns it: everything but its two pointers, which the release function moves.

The template has no canary settings, ever: CloudFormation could start a canary but never remove one (aws-cdk#33901).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import Acknowledgment, CfnResource, Stack, Validations
from aws_cdk import aws_apigateway as apigateway

from .logs import access_log_format
from .release_id import digest_of
from .settings import MethodLimits, StageSettings

# API Gateway's names for `logging: {level: ...}`.
LOG_LEVELS = {"off": "OFF", "error": "ERROR", "info": "INFO"}


def stage_properties(settings: StageSettings, own: Mapping[str, MethodLimits]) -> dict[str, Any]:
    """The stage's own properties as CfnStage takes them, free of ARNs: also what its configuration digest covers."""
    methods = [_method_settings(settings, "/*", "*", MethodLimits())]
    methods += [_method_settings(settings, *_method(key), limits) for key, limits in sorted(own.items())]
    properties: dict[str, Any] = {"stage_name": settings.name, "tracing_enabled": True, "method_settings": methods}
    if settings.variables:
        properties["variables"] = dict(settings.variables)
    if settings.cache:
        properties |= {"cache_cluster_enabled": True, "cache_cluster_size": settings.cache.size}
    return properties


def config_digest(settings: StageSettings, own: Mapping[str, MethodLimits]) -> str:
    """Changes when anything CloudFormation would patch on the stage changes, so that the publisher runs then."""
    return digest_of({"stage": stage_properties(settings, own), "log": access_log_format()})[:16]


def add_stage(
    stack: Stack,
    logical_id: str,
    properties: Mapping[str, Any],
    *,
    api: str,
    deployment: Any,
    access_log_arn: str,
) -> apigateway.CfnStage:
    """The stage of API `api` (its id), pointed at whatever is stable there now."""
    access_log = apigateway.CfnStage.AccessLogSettingProperty(
        destination_arn=access_log_arn, format=access_log_format()
    )
    methods = [apigateway.CfnStage.MethodSettingProperty(**entry) for entry in properties["method_settings"]]
    own = {**properties, "method_settings": methods, "access_log_setting": access_log}
    stage = apigateway.CfnStage(stack, logical_id, rest_api_id=api, **own)
    stage.add_property_override("DeploymentId", deployment)
    if methods[0].logging_level == LOG_LEVELS["off"]:
        reason = "gateway.yaml turns execution logs off for this stage; access logs are on."
        Validations.of(stage).acknowledge(Acknowledgment(id="AwsSolutions-APIG6", reason=reason))
    return stage


def add_account_logging(stack: Stack, role_arn: str) -> apigateway.CfnAccount:
    """API Gateway's CloudWatch role: one per account and Region, so a project must ask for it."""
    return apigateway.CfnAccount(stack, "AccountLogging", cloud_watch_role_arn=role_arn)


def depend(resource: CfnResource, others: Iterable[CfnResource]) -> None:
    """Make a resource wait for others."""
    for other in others:
        resource.add_resource_dependency(other)


def _method(key: str) -> tuple[str, str]:
    """`/users/{id}/GET` -> (`/~1users~1{id}`, `GET`): CloudFormation wants inner slashes encoded, the root's not."""
    path, _, verb = key.rpartition("/")
    return ("/" + path.replace("/", "~1") if path.strip("/") else "/"), verb


def _method_settings(settings: StageSettings, path: str, verb: str, own: MethodLimits) -> dict[str, Any]:
    """Every entry carries every setting: a method's own entry inherits nothing from the stage's.

    Only methods that ask for it are cached: the key of any other holds nothing of the request (FACTS 6.2).
    """
    entry: dict[str, Any] = {
        "resource_path": path,
        "http_method": verb,
        "logging_level": LOG_LEVELS[settings.log_level],
        "data_trace_enabled": False,  # it would log bodies and tokens
        "metrics_enabled": True,
    }
    limits = own.throttle or settings.throttle
    if limits:
        entry |= {"throttling_rate_limit": limits.rate, "throttling_burst_limit": limits.burst}
    if settings.cache:
        entry |= {
            "caching_enabled": own.is_cached,
            "cache_ttl_in_seconds": own.ttl_seconds or settings.cache.ttl_seconds,
            "cache_data_encrypted": True,
        }
    return entry
