"""The release function and the two custom resources through which CloudFormation asks it to publish and to roll out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from .roles import Grant
from .settings import StageSettings
from .stages import depend

# Longest an operation may take: several retries of CreateDeployment (one in 5 s per account) and the function's own timeout.
SERVICE_TIMEOUT_SECONDS = 330


@dataclass(frozen=True, slots=True)
class Publication:
    """What a deploy publishes: the APIs (name -> logical id), and the release they make up together.

    `retry` asks for it although it was rolled back before.
    """

    apis: Mapping[str, str]
    release: str
    function: lambda_.CfnFunction
    retry: bool = False

    @property
    def rest_apis(self) -> list[dict[str, Any]]:
        return [{"id": {"Ref": logical_id}, "name": name} for name, logical_id in self.apis.items()]


def release_grants(apis: Sequence[str], stages: Sequence[str], table: dynamodb.CfnTable) -> list[Grant]:
    """What the release function may do: move these stages' pointers, snapshot these APIs, keep its journal."""
    base = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/"
    owned = [base + "${" + api + "}" for api in apis]
    stage_arns = [{"Fn::Sub": f"{api}/stages/{stage}"} for api in owned for stage in stages]
    deployments = [{"Fn::Sub": f"{api}/deployments"} for api in owned]
    snapshots = [{"Fn::Sub": f"{api}/deployments/*"} for api in owned]
    return [
        Grant(["apigateway:GET", "apigateway:PATCH"], stage_arns),
        Grant(["apigateway:GET", "apigateway:POST"], deployments),
        Grant(["apigateway:GET"], snapshots, because="Deployments are made after the template."),
        Grant(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], [table.attr_arn]),
        # Tells a stack that rolls back from a user who deploys an older release.
        Grant(["cloudformation:DescribeStacks"], [{"Ref": "AWS::StackId"}]),
    ]


def add_publish(
    stack: Stack,
    logical_id: str,
    publication: Publication,
    *,
    stage: str,
    config_digest: str,
    after: Sequence[CfnResource] = (),
) -> CfnResource:
    """Snapshots the APIs' bodies as deployments, once per release."""
    properties = {
        "StageName": stage,
        "ReleaseId": publication.release,
        "StageConfigDigest": config_digest,
    }
    return _custom(stack, (logical_id, "Custom::HeadgatePublish"), publication, properties, after)


def add_rollout(
    stack: Stack,
    logical_id: str,
    publication: Publication,
    *,
    settings: StageSettings,
    publish: CfnResource,
    after: Sequence[CfnResource],
) -> CfnResource:
    """Moves the stage to the release, as its canary settings say."""
    percent = settings.canary_percent
    properties = {
        "StageName": settings.name,
        "ReleaseId": publication.release,
        "DeploymentId": {"Fn::GetAtt": [publish.node.id, "DeploymentId"]},
        "Mode": "all-at-once" if percent is None else "manual",
        "Percent": "100" if percent is None else f"{percent:g}",
        "OnConflict": settings.on_conflict,
        "OnNewRelease": settings.on_new_release,
        **({"Retry": "true"} if publication.retry else {}),
    }
    return _custom(stack, (logical_id, "Custom::HeadgateRollout"), publication, properties, after)


def stable_deployment(publish: CfnResource, index: int, count: int) -> dict[str, Any]:
    """The deployment CloudFormation asserts on the stage of API number `index`: the one that is stable now."""
    attribute = {"Fn::GetAtt": [publish.node.id, "StableDeploymentId"]}
    return attribute if count == 1 else {"Fn::Select": [index, {"Fn::Split": [",", attribute]}]}


def _custom(
    stack: Stack,
    named: tuple[str, str],
    publication: Publication,
    properties: Mapping[str, Any],
    after: Sequence[CfnResource],
) -> CfnResource:
    logical_id, kind = named
    common = {
        "ServiceToken": {"Fn::GetAtt": [publication.function.node.id, "Arn"]},
        "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
        "RestApis": publication.rest_apis,
    }
    resource = CfnResource(stack, logical_id, type=kind, properties={**common, **properties})
    depend(resource, after)
    return resource
