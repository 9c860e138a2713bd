"""The questions that releases leave open (docs/parity.md): how CloudFormation, metrics and caches treat a stage with a canary.

The release function is right under every reading; an answer lets a note in docs/parity.md go. What is made here is deleted again.
"""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from .account import STAGE, Account, document, mock
from .probes import REFUSED, probe

TEMPLATE = {
    "Parameters": {"Api": {"Type": "String"}, "Deployment": {"Type": "String"}, "Note": {"Type": "String"}},
    "Resources": {
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "StageName": "stack",
                "DeploymentId": {"Ref": "Deployment"},
                "Variables": {"note": {"Ref": "Note"}},
            },
        }
    },
}
AUTHORIZER = """
import uuid
def handler(event, context):
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    return {"principalId": "probe", "policyDocument": policy, "context": {"mark": uuid.uuid4().hex}}
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "apigateway.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
SETTLED_SECONDS, PAUSE = 120, 2.0


@probe(
    "Does a stack that changes another property of a stage write its DeploymentId again?",
    "written again",
    "left alone",
    REFUSED,
)
def stack_writes_deployment_again(account: Account) -> str:
    """The stage is moved by UpdateStage after the stack made it; then the stack changes a variable only."""
    first, second = _deployments(account, 2)
    with _stack(account, first) as update:
        client = account.client
        patch = [{"op": "replace", "path": "/deploymentId", "value": second}]
        client.update_stage(restApiId=account.api_id, stageName="stack", patchOperations=patch)
        if not update(first):
            return REFUSED
        now = client.get_stage(restApiId=account.api_id, stageName="stack")["deploymentId"]
    return "written again" if now == first else "left alone"


@probe("Does a stack update a stage's variable while a canary is on it?", "updated", REFUSED)
def stack_updates_beside_a_canary(account: Account) -> str:
    first, second = _deployments(account, 2)
    with _stack(account, first) as update:
        _canary(account, "stack", second, 10.0)
        return "updated" if update(first) else REFUSED


@probe("How long until a moved percentage is in force?", "at once", "within 10 s", "within 60 s", "later")
def percentage_in_force(account: Account) -> str:
    """From 0 % to 100 % of a canary that answers otherwise; the last stable answer of two hundred in a row."""
    _serve_two(account)
    _canary(account, STAGE, _canary_deployment(account), 100.0)
    began = last = time.monotonic()
    row = 0
    while row < 200 and time.monotonic() - began < SETTLED_SECONDS:
        is_canary = account.call("GET", "/side").status == 202
        row = row + 1 if is_canary else 0
        last = last if is_canary else time.monotonic()
    _no_canary(account)
    waited = last - began
    return "at once" if waited < 1 else "within 10 s" if waited < 10 else "within 60 s" if waited < 60 else "later"


@probe("Do CloudWatch metrics tell the canary apart by a dimension of their own?", "stage/Canary", "no")
def metrics_of_a_canary(account: Account) -> str:
    _serve_two(account)
    _canary(account, STAGE, _canary_deployment(account), 50.0)
    for _ in range(40):
        account.call("GET", "/side")
    metrics = account.aws("cloudwatch")
    found = False
    for _ in range(account.patience):
        listed = metrics.list_metrics(Namespace="AWS/ApiGateway", MetricName="Count")["Metrics"]
        values = {d["Value"] for metric in listed for d in metric["Dimensions"] if d["Name"] == "Stage"}
        found = found or f"{STAGE}/Canary" in values
        if found:
            break
        account.pause(30)
    _no_canary(account)
    return "stage/Canary" if found else "no"


@probe("Do stable and canary share the results of an authorizer?", "shared", "apart", "not cached", REFUSED)
def authorizer_cache_of_a_canary(account: Account) -> str:
    """One token on both sides; the authorizer marks each of its results."""
    with _authorizer(account) as (uri, role):
        if account.put(_guarded(uri, role, 200)).error:
            return REFUSED
        account.client.create_deployment(restApiId=account.api_id, stageName=STAGE)
        account.put(_guarded(uri, role, 202))
        _canary(account, STAGE, _canary_deployment(account), 50.0)
        marks: dict[int, set[str]] = {}
        for _ in range(200):
            answer = account.call("GET", "/guarded", headers={"Authorization": "probe"})
            mark = {name.lower(): value for name, value in answer.headers.items()}.get("x-mark")
            if mark:
                marks.setdefault(answer.status, set()).add(mark)
            elif sum(map(len, marks.values())) == 0:
                account.pause(PAUSE)
        _no_canary(account)
    stable, canary = marks.get(200, set()), marks.get(202, set())
    if not stable or not canary:
        return REFUSED
    if stable & canary:
        return "shared"
    return "apart" if len(stable) == len(canary) == 1 else "not cached"


def _deployments(account: Account, count: int) -> list[str]:
    account.put(document({"/a": {"get": mock()}}))
    return [account.client.create_deployment(restApiId=account.api_id)["id"] for _ in range(count)]


def _answering(status: int) -> dict[str, Any]:
    method = mock()
    method["responses"] = {str(status): {"description": "side"}}
    integration = method["x-amazon-apigateway-integration"]
    integration["requestTemplates"] = {"application/json": json.dumps({"statusCode": status})}
    integration["responses"] = {str(status): {"statusCode": str(status)}, "default": {"statusCode": str(status)}}
    return method


def _serve_two(account: Account) -> None:
    """The stage answers 200; the API as it stands now would answer 202."""
    account.serve(document({"/side": {"get": _answering(200)}}))
    account.put(document({"/side": {"get": _answering(202)}}))


def _canary_deployment(account: Account) -> str:
    made: str = account.client.create_deployment(restApiId=account.api_id)["id"]
    return made


def _canary(account: Account, stage: str, deployment: str, percent: float) -> None:
    patch = [
        {"op": "replace", "path": "/canarySettings/deploymentId", "value": deployment},
        {"op": "replace", "path": "/canarySettings/percentTraffic", "value": str(percent)},
    ]
    account.client.update_stage(restApiId=account.api_id, stageName=stage, patchOperations=patch)


def _no_canary(account: Account) -> None:
    patch = [{"op": "remove", "path": "/canarySettings"}]
    account.client.update_stage(restApiId=account.api_id, stageName=STAGE, patchOperations=patch)


@contextmanager
def _stack(account: Account, deployment: str) -> Iterator[Any]:
    """A stack with one stage; gives a function that updates its variable and says whether that worked."""
    client, name = account.aws("cloudformation"), f"headgate-probe-{uuid.uuid4().hex[:8]}"

    def parameters(deployment: str) -> list[dict[str, str]]:
        values = {"Api": account.api_id, "Deployment": deployment, "Note": uuid.uuid4().hex[:8]}
        return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]

    def update(deployment: str) -> bool:
        client.update_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE), Parameters=parameters(deployment))
        return _settled(account, client, name) == "UPDATE_COMPLETE"

    client.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE), Parameters=parameters(deployment))
    try:
        assert _settled(account, client, name) == "CREATE_COMPLETE"
        yield update
    finally:
        client.delete_stack(StackName=name)
        _settled(account, client, name)


def _settled(account: Account, client: Any, stack: str) -> str:
    for _ in range(200):
        try:
            status: str = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        except ClientError:
            return "DELETE_COMPLETE"
        if not status.endswith("IN_PROGRESS"):
            return status
        time.sleep(0.05) if account.endpoint else time.sleep(PAUSE)
    raise TimeoutError(f"stack {stack} does not settle")


@contextmanager
def _authorizer(account: Account) -> Iterator[tuple[str, str]]:
    """A function that marks its results, and the role that may call it: (authorizer URI, role ARN)."""
    iam, functions, name = account.aws("iam"), account.aws("lambda"), f"headgate-probe-{uuid.uuid4().hex[:8]}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    try:
        arn = _function(account, functions, name, role)
        yield f"arn:aws:apigateway:{account.region}:lambda:path/2015-03-31/functions/{arn}/invocations", role
    finally:
        functions.delete_function(FunctionName=name)
        iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.delete_role(RoleName=name)


def _function(account: Account, functions: Any, name: str, role: str) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("probe.py", AUTHORIZER)
    for attempt in range(20):
        try:
            made = functions.create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role,
                Handler="probe.handler",
                Code={"ZipFile": packed.getvalue()},
            )
            arn: str = made["FunctionArn"]
            return arn
        except ClientError:
            if attempt == 19:
                raise
            account.pause(PAUSE)  # a new role takes some seconds to be known everywhere
    raise AssertionError


def _guarded(uri: str, role: str, status: int) -> dict[str, Any]:
    authorizer = {
        "type": "request",
        "authorizerUri": uri,
        "authorizerCredentials": role,
        "identitySource": "method.request.header.Authorization",
        "authorizerResultTtlInSeconds": 300,
    }
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": authorizer,
    }
    method = _answering(status)
    method["security"] = [{"probe": []}]
    method["responses"][str(status)]["headers"] = {"x-mark": {"schema": {"type": "string"}}}
    marked = {"method.response.header.x-mark": "context.authorizer.mark"}
    for response in method["x-amazon-apigateway-integration"]["responses"].values():
        response["responseParameters"] = marked
    return document({"/guarded": {"get": method}}, components={"securitySchemes": {"probe": scheme}})
