"""The release function and the two custom resources through which CloudFormation asks it to publish and to roll out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from .roles import Grant
from .settings import EnvironmentSettings, StageSettings
from .stages import depend

# Longest an operation may take: several retries of CreateDeployment (one in 5 s per account) and the function's own timeout.
SERVICE_TIMEOUT_SECONDS = 330


@dataclass(frozen=True, slots=True)
class Publication:
    """What a deploy publishes: the APIs (name -> logical id), and the release they make up together.

    `retry` asks for it although it was rolled back before; `invoke_url` is where a stage is asked directly.
    """

    apis: Mapping[str, str]
    release: str
    function: lambda_.CfnFunction
    invoke_url: str
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
        Grant(["apigateway:GET", "apigateway:DELETE"], snapshots, because="Deployments are made after the template."),
        # What other stages point at must stay.
        Grant(["apigateway:GET"], [{"Fn::Sub": f"{api}/stages"} for api in owned]),
        Grant(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], [table.attr_arn]),
        # Tells a stack that rolls back from a user who deploys an older release.
        Grant(["cloudformation:DescribeStacks"], [{"Ref": "AWS::StackId"}]),
    ]


def version_grants(prefix: str) -> list[Grant]:
    """What cleaning up needs: to list and delete old versions of this environment's functions."""
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + prefix + "-*"
    because = "Versions are made by each release; the template lists the newest only."
    actions = ["lambda:ListVersionsByFunction", "lambda:DeleteFunction"]
    return [Grant(actions, [{"Fn::Sub": arn}], because=because)]


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
    """Moves the stage to the release, as its canary settings say, once the preview stage has passed its smoke checks."""
    percent, smoke = settings.canary_percent, smoke_checks(settings, publication)
    properties = {
        "StageName": settings.name,
        "ReleaseId": publication.release,
        "DeploymentId": {"Fn::GetAtt": [publish.node.id, "DeploymentId"]},
        "Mode": "all-at-once" if percent is None else "auto" if settings.is_automatic else "manual",
        "Percent": "100" if percent is None else f"{percent:g}",
        "OnConflict": settings.on_conflict,
        "OnNewRelease": settings.on_new_release,
        **({"Smoke": {"Fn::Sub": smoke}} if smoke else {}),
        **({"Retry": "true"} if publication.retry else {}),
    }
    return _custom(stack, (logical_id, "Custom::HeadgateRollout"), publication, properties, after)


def new_deployment(publish: CfnResource, index: int, count: int) -> dict[str, Any]:
    """The deployment that this release made of API number `index`: what the preview stage shows."""
    return _one_of({"Fn::GetAtt": [publish.node.id, "DeploymentId"]}, index, count)


def stable_deployment(publish: CfnResource, index: int, count: int) -> dict[str, Any]:
    """The deployment CloudFormation asserts on the stage of API number `index`: the one that is stable now."""
    return _one_of({"Fn::GetAtt": [publish.node.id, "StableDeploymentId"]}, index, count)


def smoke_checks(stage: StageSettings, publication: Publication) -> str:
    """The checks as JSON with CloudFormation variables in the URLs."""
    apis, name = publication.apis, preview_name(stage.name)
    first = next(iter(apis))
    checks = [
        {
            "url": publication.invoke_url.format(api="${" + apis[check.api or first] + "}", stage=name) + check.path,
            "status": check.status,
        }
        for check in stage.smoke
    ]
    return json.dumps(checks, sort_keys=True, separators=(",", ":")) if checks else ""


def invoke_url(settings: EnvironmentSettings) -> str:
    """Where a stage of an API is asked directly, with the fields `api` and `stage`."""
    if settings.local:
        return f"http://localhost:{settings.port}/_aws/execute-api/" + "{api}/{stage}"
    return "https://{api}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{stage}"


def preview_name(stage: str) -> str:
    """The hidden stage that shows a release before anyone else sees it."""
    return f"{stage}-preview"


def _one_of(attribute: dict[str, Any], index: int, count: int) -> dict[str, Any]:
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
