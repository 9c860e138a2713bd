"""TestInvokeMethod and TestInvokeAuthorizer on a whole cloud (FACTS 1.32, 4.21)."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from headgate.local.cloud import Cloud, CloudConfig

ROLE = "arn:aws:iam::123456789012:role/functions"
CODE = """
import boto3, json

def renames(event, context):
    gateway = boto3.client("apigateway")
    api = event["requestContext"]["apiId"]
    gateway.update_rest_api(restApiId=api, patchOperations=[{"op": "replace", "path": "/name", "value": "renamed"}])
    return {"statusCode": 201, "body": gateway.get_rest_api(restApiId=api)["name"]}

def authorizes(event, context):
    token = event["authorizationToken"]
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if token == "broken":
        return {"principalId": "me"}
    statement = {"Action": "execute-api:Invoke", "Effect": token, "Resource": event["methodArn"]}
    return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0)) as running:
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        running.clients.client("iam").create_role(RoleName="functions", AssumeRolePolicyDocument=policy)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("index.py", CODE)
        for name in ("renames", "authorizes"):
            running.clients.client("lambda").create_function(
                FunctionName=name, Runtime="python3.12", Role=ROLE, Handler=f"index.{name}", Timeout=20,
                Code={"ZipFile": archive.getvalue()},
            )  # fmt: skip
        yield running


def uri(name: str) -> str:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


@pytest.fixture(scope="module")
def gateway(cloud: Cloud) -> Any:
    return cloud.clients.client("apigateway")


@pytest.fixture
def draft(gateway: Any) -> Any:
    """(call of test_invoke_method for a path and verb, the API's id); nothing is deployed."""
    authorizer = {"type": "token", "authorizerUri": uri("authorizes"), "identityValidationExpression": "[a-zA-Z]+"}
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "custom"}
    mock = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": $input.params("s")}'}}
    answers = {"default": {"statusCode": "200", "responseTemplates": {"application/json": "$stageVariables.v"}}}
    proxied = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri("renames")}
    number = {"name": "n", "in": "query", "required": True, "schema": {"type": "string"}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "draft", "version": "1"},
        "components": {"securitySchemes": {"au": {**scheme, "x-amazon-apigateway-authorizer": authorizer}}},
        "x-amazon-apigateway-request-validators": {"all": {"validateRequestParameters": True, "validateRequestBody": False}},
        "paths": {
            "/rename": {"post": operation(proxied, security=[{"au": []}])},
            "/mock/{s}": {"get": operation({**mock, "responses": answers})},
            "/checked": {"get": {**operation({**mock, "responses": answers}), "parameters": [number],
                                 "x-amazon-apigateway-request-validator": "all"}},
        },
    }  # fmt: skip
    api = gateway.import_rest_api(body=json.dumps(document).encode())["id"]
    ids = {one["path"]: one["id"] for one in gateway.get_resources(restApiId=api, limit=500)["items"]}

    def call(path: str, verb: str = "GET", **more: Any) -> Any:
        return gateway.test_invoke_method(restApiId=api, resourceId=ids[path], httpMethod=verb, **more)

    return call, api


def operation(integration: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": ""}}, "x-amazon-apigateway-integration": integration, **more}


def test_a_function_behind_the_method_may_change_the_api_meanwhile(draft: Any) -> None:
    answer = draft[0]("/rename", "POST")  # holding the lock, this would wait for itself

    assert (answer["status"], answer["body"]) == (201, "renamed")
    assert "Method completed with status: 201" in answer["log"]


def test_what_is_tried_is_the_draft_of_now(gateway: Any, draft: Any) -> None:
    call, api = draft
    before = call("/mock/{s}", pathWithQueryString="/mock/200", stageVariables={"v": "one"})
    resource = next(one for one in gateway.get_resources(restApiId=api)["items"] if one["path"] == "/mock/{s}")
    gateway.update_integration_response(
        restApiId=api, resourceId=resource["id"], httpMethod="GET", statusCode="200",
        patchOperations=[{"op": "replace", "path": "/responseTemplates/application~1json", "value": "changed"}],
    )  # fmt: skip

    assert (before["body"], call("/mock/{s}", pathWithQueryString="/mock/200")["body"]) == ("one", "changed")


@pytest.mark.parametrize(
    ("path", "more", "status", "said"),
    [
        ("/checked", {}, 400, "Missing required request parameters: [n]"),
        ("/checked", {"pathWithQueryString": "/checked?n=1&s=200"}, 200, ""),
        ("/mock/{s}", {"pathWithQueryString": "/else/where"}, 500, "Internal server error"),
        ("/checked", {"pathWithQueryString": "/mock/200?n=1"}, 500, "Internal server error"),
        ("/mock/{s}", {"pathWithQueryString": "/mock/200", "clientCertificateId": "none"}, 200, ""),
    ],
)
def test_requests_are_validated_and_errors_rendered(
    draft: Any, path: str, more: dict[str, str], status: int, said: str
) -> None:
    answer = draft[0](path, **more)

    assert answer["status"] == status
    assert said in answer["body"]
    assert "x-amzn-RequestId" not in answer["headers"]
    assert ("Execution failed" in answer["log"]) is (status != 200)


def test_credentials_are_starred_in_the_log(draft: Any) -> None:
    secrets = {"Authorization": "Bearer abc", "x-api-key": "k123456789", "X-Plain": "shown"}

    log = draft[0]("/mock/{s}", pathWithQueryString="/mock/200", headers=secrets)["log"]

    assert "X-Plain=shown" in log
    assert not any(secret in log for secret in ("abc", "k123456789"))


@pytest.mark.parametrize(
    ("token", "status"),
    [("Allow", 200), ("Deny", 200), ("unauthorized", 401), ("broken", 500), ("123", 401), ("", 401)],
)
def test_an_authorizer_says_its_policy_or_why_not(gateway: Any, draft: Any, token: str, status: int) -> None:
    api = draft[1]
    identifier = gateway.get_authorizers(restApiId=api)["items"][0]["id"]

    answer = gateway.test_invoke_authorizer(restApiId=api, authorizerId=identifier, headers={"Authorization": token})

    assert answer["clientStatus"] == status
    assert f"Authorizer completed with status: {status}" in answer["log"]
    if status == 200:
        statement = json.loads(answer["policy"])["Statement"][0]
        assert (answer["principalId"], statement["Effect"]) == ("me", token)
        assert statement["Resource"].endswith(f":{api}/ESTestInvoke-stage/GET/")
    else:
        assert "policy" not in answer


@pytest.mark.parametrize("wrong", [{"restApiId": "none"}, {"authorizerId": "none"}])
def test_an_authorizer_that_does_not_exist(gateway: Any, draft: Any, wrong: dict[str, str]) -> None:
    given = {"restApiId": draft[1], "authorizerId": "x", **wrong}

    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.test_invoke_authorizer(**given)
