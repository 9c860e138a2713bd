"""Usage plans and API keys: limits of consumers over every stage of the environment. Keys' values are made by AWS, never by us."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_apigateway as apigateway

from .names import logical
from .settings import PlanSettings
from .stages import depend


@dataclass(frozen=True, slots=True)
class Place:
    """A stage and the logical id of its API."""

    api: str
    stage: apigateway.CfnStage


def add_plans(stack: Stack, plans: Sequence[PlanSettings], places: Sequence[Place]) -> list[CfnResource]:
    """A plan for each entry and a key for each consumer; a consumer named by two plans has one key."""
    names = sorted({key for plan in plans for key in plan.keys})
    keys = {name: _add_key(stack, name, places) for name in names}
    made: list[CfnResource] = list(keys.values())
    for plan in plans:
        usage_plan = _add_plan(stack, plan, places)
        made.append(usage_plan)
        made += [_join(stack, plan, usage_plan, name, keys[name]) for name in plan.keys]
    return made


def _add_key(stack: Stack, name: str, places: Sequence[Place]) -> apigateway.CfnApiKey:
    key = apigateway.CfnApiKey(stack, logical("Key", name), name=f"{stack.stack_name}-{name}", enabled=True)
    depend(key, [place.stage for place in places])
    return key


def _add_plan(stack: Stack, plan: PlanSettings, places: Sequence[Place]) -> apigateway.CfnUsagePlan:
    usage_plan = apigateway.CfnUsagePlan(
        stack, logical("Plan", plan.name), usage_plan_name=f"{stack.stack_name}-{plan.name}"
    )
    usage_plan.add_property_override(
        "ApiStages", [{"ApiId": {"Ref": place.api}, "Stage": place.stage.ref} for place in places]
    )
    if plan.throttle:
        limits = {"RateLimit": plan.throttle.rate, "BurstLimit": plan.throttle.burst}
        usage_plan.add_property_override("Throttle", limits)
    if plan.quota_limit is not None:
        quota = {"Limit": plan.quota_limit, "Period": (plan.quota_period or "month").upper()}
        usage_plan.add_property_override("Quota", quota)
    return usage_plan


def _join(
    stack: Stack, plan: PlanSettings, usage_plan: apigateway.CfnUsagePlan, name: str, key: apigateway.CfnApiKey
) -> apigateway.CfnUsagePlanKey:
    return apigateway.CfnUsagePlanKey(
        stack, logical("Plan", plan.name, "Key", name), key_id=key.ref, key_type="API_KEY", usage_plan_id=usage_plan.ref
    )
