"""The APIs that the data-plane benchmark calls: the same mock everywhere, functions with more or fewer phases on our side."""

from typing import Any

import boto3

INTEGRATION = "x-amazon-apigateway-integration"
STAGE = "bench"


def deploy(endpoint: str) -> str:
    """Make and deploy the mock alone, by single calls of AWS's API (not every emulator imports one); its URL."""
    client: Any = boto3.client(
        "apigateway",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    integration = mock()[INTEGRATION]
    api = client.create_rest_api(name="bench")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    resource = client.create_resource(restApiId=api, parentId=root, pathPart="mock")["id"]
    method = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
    client.put_method(**method, authorizationType="NONE")
    client.put_integration(**method, type="MOCK", requestTemplates=integration["requestTemplates"])
    client.put_method_response(**method, statusCode="200")
    templates = integration["responses"]["default"]["responseTemplates"]
    client.put_integration_response(**method, statusCode="200", responseTemplates=templates)
    client.create_deployment(restApiId=api, stageName=STAGE)
    return f"{endpoint}/_aws/execute-api/{api}/{STAGE}/mock"


def document(paths: dict[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """An OpenAPI document with a GET method per path."""
    methods = {path: {"get": {"responses": {"200": {"description": "ok"}}, **method}} for path, method in paths.items()}
    return {"openapi": "3.0.1", "info": {"title": "bench", "version": "1"}, "paths": methods, **more}


def mock() -> dict[str, Any]:
    """A MOCK integration that answers what the function answers."""
    answer = {"statusCode": "200", "responseTemplates": {"application/json": '{"path": "/hello"}'}}
    template = {"application/json": '{"statusCode": 200}'}
    return {INTEGRATION: {"type": "mock", "requestTemplates": template, "responses": {"default": answer}}}


def function(arn: str) -> dict[str, Any]:
    """A Lambda proxy."""
    return {INTEGRATION: {"type": "aws_proxy", "httpMethod": "POST", "uri": _uri(arn)}}


def every_phase(arn: str) -> dict[str, Any]:
    """The same with an authorizer and a request validator in front: `?token=` is what they look at."""
    return {
        **function(arn),
        "security": [{"asks": []}],
        "parameters": [{"name": "token", "in": "query", "required": True, "schema": {"type": "string"}}],
        "x-amazon-apigateway-request-validator": "all",
    }


def guards(authorizer_arn: str) -> dict[str, Any]:
    """What `every_phase` refers to."""
    authorizer = {
        "type": "request",
        "authorizerUri": _uri(authorizer_arn),
        "identitySource": "method.request.querystring.token",
        "authorizerResultTtlInSeconds": 300,
    }
    scheme = {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": authorizer,
    }
    validator = {"validateRequestParameters": True, "validateRequestBody": True}
    return {
        "components": {"securitySchemes": {"asks": scheme}},
        "x-amazon-apigateway-request-validators": {"all": validator},
    }


def _uri(arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
