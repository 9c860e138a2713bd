"""Refusals around methods and their parts, as recorded; and what GetModel and GetModelTemplate make of a model."""

import json
from typing import Any

import pytest

BAD_REQUEST, NOT_FOUND = "BadRequestException", "NotFoundException"
MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"


@pytest.fixture
def target(gateway: Any) -> dict[str, str]:
    """A method with a mock integration, both with the answer 200."""
    made = gateway.create_rest_api(name="n")
    place = {"restApiId": made["id"], "resourceId": made["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_method_response(**place, statusCode="200")
    gateway.put_integration(**place, type="MOCK")
    gateway.put_integration_response(**place, statusCode="200", selectionPattern="")
    return place


def test_wrong_operation_and_wrong_status_are_told_together(gateway: Any, target: Any, refused: Any) -> None:
    """api::test_update_method_response_negative_tests."""
    wrong = [{"op": "wrong_op", "path": "/responseParameters/method.response.header.a", "value": "true"}]

    status, code, message = refused(
        lambda: gateway.update_method_response(**target, statusCode="wrong", patchOperations=wrong)
    )

    assert (status, code) == (400, "ValidationException")
    assert message.startswith("2 validation errors detected: Value 'wrong_op' at 'updateMethodResponseInput.patch")
    assert message.endswith(
        "Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        r"[1-5]\d\d"
    )


def test_a_changed_method_response_is_a_201(gateway: Any, target: Any) -> None:
    patch = [{"op": "add", "path": "/responseParameters/method.response.header.a", "value": "true"}]

    answer = gateway.update_method_response(**target, statusCode="200", patchOperations=patch)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resourceId": "nope"}, "Invalid Resource identifier specified"),
        ({"restApiId": "nope"}, "Invalid Resource identifier specified"),
        ({"httpMethod": "POST"}, "Invalid Integration identifier specified"),
        ({"statusCode": "201"}, "Invalid Response status code specified"),
    ],
)
def test_deleting_integration_responses_that_are_not_there(
    gateway: Any, target: Any, refused: Any, change: Any, message: str
) -> None:
    """api::test_delete_integration_response_errors."""
    place = {**target, "statusCode": "200", **change}

    assert refused(lambda: gateway.delete_integration_response(**place)) == (404, NOT_FOUND, message)


def test_unknown_type_of_integration(gateway: Any, target: Any, refused: Any) -> None:
    """api::test_put_integration_wrong_type; said before the method is looked up."""
    place = {**target, "resourceId": "nope"}

    status, code, message = refused(lambda: gateway.put_integration(**place, type="HTTPS_PROXY"))

    assert (status, code) == (400, "ValidationException")
    assert message.endswith("Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]")


def test_a_template_is_for_a_media_type(gateway: Any, target: Any, refused: Any) -> None:
    """api::test_integration_response_invalid_responsetemplates."""
    place = {**target, "statusCode": "200"}

    answer = refused(lambda: gateway.put_integration_response(**place, responseTemplates={"123": "x"}))

    message = "Validation Result: warnings : [], errors : [Invalid content type specified: 123]"
    assert answer == (400, BAD_REQUEST, message)


def test_what_is_no_mapping_expression(gateway: Any, target: Any, refused: Any) -> None:
    """api::test_put_integration_request_parameter_bool_type."""
    mapped = {"integration.request.path.p": "true"}

    answer = refused(
        lambda: gateway.put_integration(
            **target, type="HTTP", integrationHttpMethod="GET", uri="https://example.com", requestParameters=mapped
        )
    )

    assert answer == (400, BAD_REQUEST, MAPPING.format("Invalid mapping expression specified: true"))


def test_authorizers_are_lambda_functions(gateway: Any, target: Any, refused: Any) -> None:
    """The text is known from users."""
    options = {"name": "a", "type": "TOKEN", "identitySource": "method.request.header.A"}
    uri = "arn:aws:lambda:us-east-1:123456789012:function:f"

    answer = refused(lambda: gateway.create_authorizer(restApiId=target["restApiId"], authorizerUri=uri, **options))

    assert answer[2] == (
        f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda "
        "function invocation."
    )


AUTHORIZER_URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"
SOURCES = (
    "Invalid request identity source expression: {}. The sources must be separated by comma, and each source must be "
    "either a method request parameter, matching 'method.request.querystring|header.[a-zA-Z0-9._-]+', or a stage variable"
)
TTL = "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."
# Settings of an authorizer -> the beginning of what AWS says (FACTS 4.22).
AUTHORIZERS: list[tuple[dict[str, Any], str]] = [
    (
        {"type": "TOKEN", "identitySource": "context.accountId"},
        MAPPING.format("Invalid mapping expression specified: context.accountId"),
    ),
    ({"type": "REQUEST", "identitySource": "header.Auth"}, SOURCES.format("header.Auth")),
    (
        {"type": "REQUEST", "identitySource": "context.path, method.request.path.a"},
        SOURCES.format("context.path, method.request.path.a"),
    ),
    ({"type": "TOKEN"}, "IdentitySource cannot be empty"),
    ({"type": "REQUEST", "authorizerResultTtlInSeconds": 1}, "Invalid request input"),
    ({"type": "COGNITO_USER_POOLS", "identitySource": "method.request.header.A"}, "ProviderARNs cannot be empty"),
    ({"type": "REQUEST", "identitySource": "context.path", "authorizerResultTtlInSeconds": 3601}, TTL),
    ({"type": "REQUEST", "identitySource": "context.path", "authorizerResultTtlInSeconds": -1}, TTL),
]


@pytest.mark.parametrize(("given", "message"), AUTHORIZERS, ids=lambda one: str(one)[:60])
def test_refused_authorizers(gateway: Any, target: Any, refused: Any, given: Any, message: str) -> None:
    options = {"restApiId": target["restApiId"], "name": "a", "authorizerUri": AUTHORIZER_URI, **given}

    status, code, words = refused(lambda: gateway.create_authorizer(**options))

    assert (status, code) == (400, BAD_REQUEST)
    assert words.startswith(message)


def test_a_request_authorizer_without_a_cache_needs_no_source(gateway: Any, target: Any) -> None:
    options = {"name": "a", "type": "REQUEST", "authorizerUri": AUTHORIZER_URI, "authorizerResultTtlInSeconds": 0}

    assert "identitySource" not in gateway.create_authorizer(restApiId=target["restApiId"], **options)


def test_model_in_a_response_is_not_deleted(gateway: Any, target: Any, refused: Any) -> None:
    gateway.put_method_response(**target, statusCode="201", responseModels={"application/json": "Error"})

    status, code, message = refused(lambda: gateway.delete_model(restApiId=target["restApiId"], modelName="Error"))

    assert (status, code) == (409, "ConflictException")
    assert message.startswith("Cannot delete model 'Error', is referenced in method response: ")


def test_template_and_flat_schema_of_a_model(gateway: Any, target: Any) -> None:
    """The template of Empty is documented (AWS CLI examples)."""
    rest = {"restApiId": target["restApiId"]}
    url = f"https://apigateway.amazonaws.com/restapis/{target['restApiId']}/models/Error"
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "error": {"$ref": url}}}
    gateway.create_model(**rest, name="Pet", contentType="application/json", schema=json.dumps(schema))

    empty = gateway.get_model_template(**rest, modelName="Empty")["value"]
    assert empty == "#set($inputRoot = $input.path('$'))\n{ }"
    written = gateway.get_model_template(**rest, modelName="Pet")["value"]
    assert '"id" : 42' in written
    assert '"message" : "foo"' in written
    flat = json.loads(gateway.get_model(**rest, modelName="Pet", flatten=True)["schema"])
    assert flat["properties"]["error"] == {"$ref": "#/definitions/Error"}
    assert flat["definitions"]["Error"]["type"] == "object"
    assert json.loads(gateway.get_model(**rest, modelName="Pet")["schema"]) == schema


def test_a_clone_is_changed_by_what_the_request_says(gateway: Any, target: Any) -> None:
    source = target["restApiId"]
    patch = [{"op": "replace", "path": "/description", "value": "old"}]
    gateway.update_rest_api(restApiId=source, patchOperations=patch)

    kept = gateway.create_rest_api(name="c", cloneFrom=source)
    changed = gateway.create_rest_api(name="d", description="new", cloneFrom=source)

    assert (kept["description"], changed["description"]) == ("old", "new")
    resources = gateway.get_resources(restApiId=changed["id"], embed=["methods"])["items"]
    assert resources[0]["resourceMethods"]["GET"]["methodIntegration"]["type"] == "MOCK"
