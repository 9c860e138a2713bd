"""Resources, methods, integrations and their responses, as recorded (FACTS 2.13, 4.18, 8.18, 8.29)."""

from typing import Any

import pytest

BAD_REQUEST, NOT_FOUND, CONFLICT = "BadRequestException", "NotFoundException", "ConflictException"
LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:"
    "function:f/invocations"
)


@pytest.fixture
def api(gateway: Any) -> Any:
    return gateway.create_rest_api(name="a")


@pytest.fixture
def child(gateway: Any, api: Any) -> Any:
    return lambda part, parent=None: gateway.create_resource(
        restApiId=api["id"], parentId=parent or api["rootResourceId"], pathPart=part
    )["id"]


@pytest.fixture
def target(gateway: Any, api: Any) -> dict[str, str]:
    """GET on the root, made."""
    place = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    return place


def test_created_api_has_two_models(gateway: Any, api: Any) -> None:
    """FACTS 8.7."""
    assert [one["name"] for one in gateway.get_models(restApiId=api["id"])["items"]] == ["Empty", "Error"]


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("pets", "pets", (409, CONFLICT, "Another resource with the same parent already has this name: pets")),
        (
            "{proxy+}",
            "{other}",
            (
                400,
                BAD_REQUEST,
                "A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed",
            ),
        ),
    ],
)
def test_siblings(child: Any, refused: Any, first: str, second: str, answer: Any) -> None:
    child(first)

    assert refused(lambda: child(second)) == answer


def test_literal_beside_a_variable_is_fine(child: Any) -> None:
    child("{id}")

    assert child("literal")


def test_greedy_variable_has_no_children(child: Any, refused: Any) -> None:
    greedy = child("{proxy+}")

    assert refused(lambda: child("x", greedy))[2] == (
        "Cannot create a child of a resource with a greedy path variable: {proxy+}"
    )


@pytest.mark.parametrize("part", ["", "a b", "@me", "{a}b", "{a", "a/b", "{}"])
def test_characters_of_path_parts(child: Any, refused: Any, part: str) -> None:
    assert refused(lambda: child(part))[:2] == (400, BAD_REQUEST)


def test_moving_a_resource_moves_what_is_below(gateway: Any, api: Any, child: Any, refused: Any) -> None:
    pets = child("pets")
    cats = child("cats", pets)
    move = [{"op": "replace", "path": "/pathPart", "value": "animals"}]

    assert gateway.update_resource(restApiId=api["id"], resourceId=pets, patchOperations=move)["path"] == "/animals"
    assert gateway.get_resource(restApiId=api["id"], resourceId=cats)["path"] == "/animals/cats"
    cyclic = [{"op": "replace", "path": "/parentId", "value": cats}]
    assert refused(lambda: gateway.update_resource(restApiId=api["id"], resourceId=pets, patchOperations=cyclic)) == (
        400,
        BAD_REQUEST,
        "Resources cannot be cyclical.",
    )


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            {"op": "replace", "path": "/invalid", "value": "x"},
            "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
        ),
        (
            {"op": "remove", "path": "/pathPart"},
            "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations",
        ),
    ],
)
def test_refused_patches_of_resources(
    *, gateway: Any, api: Any, child: Any, refused: Any, operation: Any, message: str
) -> None:
    pets = child("pets")

    answer = refused(lambda: gateway.update_resource(restApiId=api["id"], resourceId=pets, patchOperations=[operation]))

    assert answer == (400, BAD_REQUEST, message)


def test_deleting_a_resource_deletes_what_is_below(gateway: Any, api: Any, child: Any) -> None:
    pets = child("pets")
    child("cats", pets)

    gateway.delete_resource(restApiId=api["id"], resourceId=pets)

    assert [one["path"] for one in gateway.get_resources(restApiId=api["id"])["items"]] == ["/"]


METHOD_REFUSALS: dict[str, tuple[dict[str, Any], Any]] = {
    "verb": (
        {"httpMethod": "TRACE"},
        (400, BAD_REQUEST,
         "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"),
    ),
    "authorizer (4.18)": (
        {"authorizationType": "CUSTOM"},
        (400, BAD_REQUEST, ("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
         "COGNITO_USER_POOLS requires a valid authorizer.")),
    ),
    "validator": (
        {"requestValidatorId": "nope"},
        (400, BAD_REQUEST, "Invalid Request Validator identifier specified"),
    ),
    "model": ({"requestModels": {"application/json": "petModel"}},
              (400, BAD_REQUEST, "Invalid model identifier specified: petModel")),
    "same name twice (8.18)": (
        {"requestParameters": {"method.request.header.a": True, "method.request.querystring.a": False}},
        (400, BAD_REQUEST, "Parameter names must be unique across querystring, header and path"),
    ),
    "resource": ({"resourceId": "nope"}, (404, NOT_FOUND, "Invalid Resource identifier specified")),
    "api": ({"restApiId": "nope"}, (404, NOT_FOUND, "Invalid Resource identifier specified")),
}  # fmt: skip


@pytest.mark.parametrize("name", METHOD_REFUSALS)
def test_refused_methods(gateway: Any, api: Any, refused: Any, name: str) -> None:
    options, answer = METHOD_REFUSALS[name]
    place = {
        "restApiId": api["id"],
        "resourceId": api["rootResourceId"],
        "httpMethod": "PUT",
        "authorizationType": "NONE",
    }

    assert refused(lambda: gateway.put_method(**place | options)) == answer


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ({"op": "add", "path": "/operationName", "value": "x"},
         (400, BAD_REQUEST, "Invalid patch operation specified. Must be one of: [replace]")),
        ({"op": "replace", "path": "/httpMethod", "value": "x"}, (400, BAD_REQUEST, "Invalid patch path /httpMethod")),
        ({"op": "replace", "path": "/requestParameters", "value": "x"},
         (400, BAD_REQUEST, "Invalid patch path /requestParameters")),
        ({"op": "add", "path": "/requestModels/application/json", "value": "Empty"},
         (400, BAD_REQUEST, "Invalid patch path /requestModels/application/json")),
        ({"op": "replace", "path": "/authorizationType", "value": "CUSTOM"},
         (400, BAD_REQUEST, ("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
          "COGNITO_USER_POOLS requires a valid authorizer."))),
        ({"op": "remove", "path": "/requestModels/application~1json"},
         (404, NOT_FOUND, "Content-Type specified was not found")),
        ({"op": "remove", "path": "/requestParameters/method.request.header.a"},
         (404, NOT_FOUND, "Invalid parameter name specified")),
    ],
)  # fmt: skip
def test_refused_patches_of_methods(gateway: Any, target: Any, refused: Any, operation: Any, answer: Any) -> None:
    assert refused(lambda: gateway.update_method(**target, patchOperations=[operation])) == answer


def test_patched_method(gateway: Any, target: Any) -> None:
    answer = gateway.update_method(**target, patchOperations=[
        {"op": "add", "path": "/requestParameters/method.request.querystring.q", "value": "true"},
        {"op": "add", "path": "/requestModels/application~1json", "value": "Empty"},
        {"op": "replace", "path": "/apiKeyRequired", "value": "true"},
        {"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"},
    ])  # fmt: skip

    assert answer["requestParameters"] == {"method.request.querystring.q": True}
    assert answer["requestModels"] == {"application/json": "Empty"}
    assert (answer["apiKeyRequired"], answer["authorizationType"]) == (True, "AWS_IAM")


INTEGRATION_REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "no verb": ({"type": "HTTP", "uri": "http://x"}, "Enumeration value for HttpMethod must be non-empty"),
    "no endpoint": ({"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "x"},
                    "Invalid HTTP endpoint specified for URI"),
    "no ARN": ({"type": "AWS", "integrationHttpMethod": "POST", "uri": "http://x"}, "Invalid ARN specified in the request"),
    "neither path nor action": (
        {"type": "AWS", "integrationHttpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:test"},
        "AWS ARN for integration must contain path or action",
    ),
    "proxy of another service": (
        {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:s3:path/b/k"},
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
    ),
    "timeout": ({"type": "MOCK", "timeoutInMillis": 49}, "Timeout should be between 50 ms and 29000 ms"),
}  # fmt: skip


@pytest.mark.parametrize("name", INTEGRATION_REFUSALS)
def test_refused_integrations(gateway: Any, target: Any, refused: Any, name: str) -> None:
    """FACTS 8.29, 10.1."""
    options, message = INTEGRATION_REFUSALS[name]

    assert refused(lambda: gateway.put_integration(**target, **options)) == (400, BAD_REQUEST, message)


def test_integration_defaults(gateway: Any, api: Any, target: Any) -> None:
    """FACTS 8.29: 29,000 ms; INTERNET for HTTP only."""
    answer = gateway.put_integration(**target, type="HTTP", integrationHttpMethod="GET", uri="http://example.com")
    lambdas = gateway.put_integration(**target, type="AWS_PROXY", integrationHttpMethod="POST", uri=LAMBDA)

    assert {key: one for key, one in answer.items() if key != "ResponseMetadata"} == {
        "type": "HTTP", "httpMethod": "GET", "uri": "http://example.com", "connectionType": "INTERNET",
        "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": api["rootResourceId"],
        "cacheKeyParameters": [],
    }  # fmt: skip
    assert "connectionType" not in lambdas


def test_integration_responses(gateway: Any, target: Any, refused: Any) -> None:
    gateway.put_integration(**target, type="MOCK")
    given = {"selectionPattern": "", "responseTemplates": {"application/json": "x"}}
    made = gateway.put_integration_response(**target, statusCode="200", **given)
    patch = [{"op": "replace", "path": "/selectionPattern", "value": "2.."}]

    assert {key: made[key] for key in ("selectionPattern", "responseTemplates", "statusCode")} == given | {
        "statusCode": "200"
    }
    changed = gateway.update_integration_response(**target, statusCode="200", patchOperations=patch)
    assert changed["selectionPattern"] == "2.."
    gateway.delete_integration_response(**target, statusCode="200")
    assert refused(lambda: gateway.get_integration_response(**target, statusCode="200")) == (
        404,
        NOT_FOUND,
        "Invalid Response status code specified",
    )
    assert refused(lambda: gateway.get_integration_response(**target, statusCode="wrong")) == (
        400,
        "ValidationException",
        (
            "1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d"
        ),
    )


def test_missing_integration(gateway: Any, target: Any, refused: Any) -> None:
    answer = (404, NOT_FOUND, "Invalid Integration identifier specified")

    assert refused(lambda: gateway.get_integration(**target)) == answer
    assert refused(lambda: gateway.get_integration_response(**target, statusCode="200")) == answer


def test_method_responses(gateway: Any, target: Any, refused: Any) -> None:
    gateway.put_method_response(**target, statusCode="200")
    answer = gateway.update_method_response(**target, statusCode="200", patchOperations=[
        {"op": "add", "path": "/responseParameters/method.response.header.h", "value": "true"},
        {"op": "add", "path": "/responseModels/application~1json", "value": "Empty"},
    ])  # fmt: skip

    assert answer["responseParameters"] == {"method.response.header.h": True}
    assert answer["responseModels"] == {"application/json": "Empty"}
    wrong = [{"op": "replace", "path": "/responseModels/text~1html", "value": "Empty"}]
    assert refused(lambda: gateway.update_method_response(**target, statusCode="200", patchOperations=wrong)) == (
        404,
        NOT_FOUND,
        "Content-Type specified was not found",
    )


def test_patched_integration(gateway: Any, target: Any) -> None:
    gateway.put_integration(**target, type="HTTP", integrationHttpMethod="GET", uri="http://a")

    answer = gateway.update_integration(**target, patchOperations=[
        {"op": "replace", "path": "/uri", "value": "https://b"},
        {"op": "replace", "path": "/timeoutInMillis", "value": "50"},
        {"op": "add", "path": "/cacheKeyParameters/method.request.querystring.q"},
        {"op": "add", "path": "/requestTemplates/application~1json", "value": "{}"},
    ])  # fmt: skip

    assert (answer["uri"], answer["timeoutInMillis"]) == ("https://b", 50)
    assert answer["cacheKeyParameters"] == ["method.request.querystring.q"]
    assert answer["requestTemplates"] == {"application/json": "{}"}


def test_the_role_of_a_service_cannot_be_taken_away(gateway: Any, target: Any, refused: Any) -> None:
    """FACTS 8.32; a function needs none."""
    service = {"uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage", "credentials": "arn:aws:iam::1:role/r"}
    gateway.put_integration(**target, type="AWS", integrationHttpMethod="POST", **service)
    removal = [{"op": "replace", "path": "/credentials", "value": ""}]

    answer = refused(lambda: gateway.update_integration(**target, patchOperations=removal))

    assert answer == (400, BAD_REQUEST, "Role ARN must be specified for AWS integrations")
    gateway.put_integration(**target, type="AWS", integrationHttpMethod="POST", uri=LAMBDA)


def test_deleted_method_is_gone(gateway: Any, target: Any, refused: Any) -> None:
    gateway.delete_method(**target)

    assert refused(lambda: gateway.get_method(**target)) == (404, NOT_FOUND, "Invalid Method identifier specified")
