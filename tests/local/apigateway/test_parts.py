"""The smaller parts: authorizers, models, validators, gateway responses, account, tags, domains, links."""

from typing import Any

import pytest

BAD_REQUEST, NOT_FOUND, CONFLICT = "BadRequestException", "NotFoundException", "ConflictException"
VALIDATION = "ValidationException"
LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:"
    "function:f/invocations"
)
TOKEN = {"type": "TOKEN", "authorizerUri": LAMBDA, "identitySource": "method.request.header.Authorization"}


@pytest.fixture
def api(gateway: Any) -> Any:
    return gateway.create_rest_api(name="a")


@pytest.fixture
def rest(api: Any) -> dict[str, str]:
    return {"restApiId": api["id"]}


# ---- REST APIs


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"description": ""}, (400, BAD_REQUEST, "Description cannot be an empty string")),
        (
            {"minimumCompressionSize": 10485761},
            (400, BAD_REQUEST, "Invalid minimum compression size, must be between 0 and 10485760"),
        ),
        (
            {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
            (400, BAD_REQUEST, "Cannot create an api with multiple Endpoint Types."),
        ),
        (
            {"endpointConfiguration": {"types": []}},
            (400, BAD_REQUEST, "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."),
        ),
        (
            {"endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "ipv4"}},
            (400, BAD_REQUEST, "Only dualstack ipAddressType is supported for Private APIs."),
        ),
        (
            {"endpointConfiguration": {"types": ["wrong"], "ipAddressType": "wrong"}},
            (
                400,
                VALIDATION,
                (
                    "2 validation errors detected: Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed "
                    "to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, "
                    "EDGE, REGIONAL]]; Value 'wrong' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to "
                    "satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]"
                ),
            ),
        ),
    ],
)
def test_refused_apis(gateway: Any, refused: Any, options: dict[str, Any], answer: Any) -> None:
    assert refused(lambda: gateway.create_rest_api(name="n", **options)) == answer


def test_api_identifiers_are_case_sensitive(gateway: Any, api: Any, refused: Any) -> None:
    """FACTS 2.16."""
    name = api["id"].upper()

    answer = refused(lambda: gateway.get_rest_api(restApiId=name))

    assert answer == (404, NOT_FOUND, f"Invalid API identifier specified 123456789012:{name}")


def test_patched_api(gateway: Any, rest: Any) -> None:
    answer = gateway.update_rest_api(
        **rest,
        patchOperations=[
            {"op": "add", "path": "/binaryMediaTypes/image~1png"},
            {"op": "add", "path": "/binaryMediaTypes/image~1jpeg"},
            {"op": "replace", "path": "/binaryMediaTypes/image~1png", "value": "image/gif"},
            {"op": "replace", "path": "/name", "value": "b"},
            {"op": "replace", "path": "/minimumCompressionSize", "value": "0"},
            {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "REGIONAL"},
        ],
    )

    assert answer["binaryMediaTypes"] == ["image/gif", "image/jpeg"]
    assert (answer["name"], answer["minimumCompressionSize"]) == ("b", 0)
    assert answer["endpointConfiguration"]["types"] == ["REGIONAL"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "add", "path": "/binaryMediaTypes", "value": "x"}, "Invalid patch path /binaryMediaTypes"),
        (
            {"op": "add", "path": "/minimumCompressionSize", "value": "1"},
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            {"op": "replace", "path": "/minimumCompressionSize", "value": "-1"},
            "Invalid minimum compression size, must be between 0 and 10485760",
        ),
    ],
)
def test_refused_patches_of_apis(gateway: Any, rest: Any, refused: Any, operation: Any, message: str) -> None:
    answer = refused(lambda: gateway.update_rest_api(**rest, patchOperations=[operation]))

    assert answer == (400, BAD_REQUEST, message)


def test_pages(gateway: Any) -> None:
    made = [gateway.create_rest_api(name=f"n{number}")["id"] for number in range(7)]

    pages = gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 3})

    assert [[one["id"] for one in page["items"]] for page in pages] == [made[:3], made[3:6], made[6:]]


# ---- authorizers


def test_authorizer_lifecycle(gateway: Any, api: Any, rest: Any, refused: Any) -> None:
    """FACTS 4.6, 4.18."""
    made = gateway.create_authorizer(**rest, name="n", **TOKEN)
    target = rest | {"authorizerId": made["id"]}
    patch = [{"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "0"}]

    assert (made["authorizerResultTtlInSeconds"], made["authType"]) == (300, "custom")
    assert gateway.update_authorizer(**target, patchOperations=patch)["authorizerResultTtlInSeconds"] == 0
    place = rest | {"resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="CUSTOM", authorizerId=made["id"])
    assert refused(lambda: gateway.delete_authorizer(**target))[:2] == (409, CONFLICT)
    gateway.delete_method(**place)
    gateway.delete_authorizer(**target)
    assert gateway.get_authorizers(**rest)["items"] == []


def test_authorizer_of_an_unknown_api(gateway: Any, refused: Any) -> None:
    """FACTS 4.18."""
    answer = refused(lambda: gateway.create_authorizer(restApiId="nope", name="n", **TOKEN))

    assert answer == (
        409,
        CONFLICT,
        "Unable to complete operation due to concurrent modification. Please try again later.",
    )


@pytest.mark.parametrize(
    "options",
    [
        TOKEN | {"authorizerResultTtlInSeconds": 3601},
        TOKEN | {"authorizerUri": "http://x"},
        {"type": "REQUEST", "authorizerUri": LAMBDA},
        {"type": "COGNITO_USER_POOLS"},
    ],
    ids=["ttl", "uri", "no source while results are cached", "no user pool"],
)
def test_refused_authorizers(gateway: Any, rest: Any, refused: Any, options: dict[str, Any]) -> None:
    assert refused(lambda: gateway.create_authorizer(**rest, name="n", **options))[0] == 400


# ---- models and validators


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"schema": "{}", "name": ""}, (400, BAD_REQUEST, "Model name must be non-empty")),
        (
            {"schema": "", "name": "A"},
            (400, BAD_REQUEST, "Model schema must have at least 1 property or array items defined"),
        ),
        (
            {"schema": "{}", "name": "Empty"},
            (409, CONFLICT, "Model name already exists for this REST API"),
        ),
        (
            {"schema": '{"example": 1}', "name": "A"},
            (
                400,
                BAD_REQUEST,
                (
                    "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. "
                    'Unsupported keyword(s): ["example"]]'
                ),
            ),
        ),
    ],
)
def test_refused_models(gateway: Any, rest: Any, refused: Any, options: dict[str, str], answer: Any) -> None:
    """FACTS 9.19."""
    assert refused(lambda: gateway.create_model(**rest, contentType="application/json", **options)) == answer


def test_model_in_use_is_not_deleted(gateway: Any, api: Any, rest: Any, refused: Any) -> None:
    gateway.create_model(**rest, name="Pet", contentType="application/json", schema='{"type": "object"}')
    place = rest | {"resourceId": api["rootResourceId"], "httpMethod": "ANY", "authorizationType": "NONE"}
    gateway.put_method(**place, requestModels={"application/json": "Pet"})

    answer = refused(lambda: gateway.delete_model(**rest, modelName="Pet"))

    assert answer == (409, CONFLICT, "Cannot delete model 'Pet', is referenced in method request: //ANY")


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            {"op": "add", "path": "/wrong-path", "value": "x"},
            "Invalid patch path  '/wrong-path' specified for op 'add'. Please choose supported operations",
        ),
        (
            {"op": "replace", "path": "/name", "value": "x"},
            "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
        ),
        (
            {"op": "replace", "path": "/schema", "value": ""},
            "Model schema must have at least 1 property or array items defined",
        ),
    ],
)
def test_refused_patches_of_models(gateway: Any, rest: Any, refused: Any, operation: Any, message: str) -> None:
    answer = refused(lambda: gateway.update_model(**rest, modelName="Empty", patchOperations=[operation]))

    assert answer == (400, BAD_REQUEST, message)


def test_validator_lifecycle(gateway: Any, rest: Any, refused: Any) -> None:
    made = gateway.create_request_validator(**rest, name="v", validateRequestBody=True)
    target = rest | {"requestValidatorId": made["id"]}
    patch = [{"op": "replace", "path": "/validateRequestBody"}]

    assert (made["validateRequestBody"], made["validateRequestParameters"]) == (True, False)
    assert gateway.update_request_validator(**target, patchOperations=patch)["validateRequestBody"] is False
    blank = [{"op": "replace", "path": "/name", "value": ""}]
    assert refused(lambda: gateway.update_request_validator(**target, patchOperations=blank)) == (
        400,
        BAD_REQUEST,
        "Request Validator name cannot be blank",
    )
    gateway.delete_request_validator(**target)
    gone = (404, NOT_FOUND, "Invalid Request Validator identifier specified")
    assert refused(lambda: gateway.get_request_validator(**target)) == gone


def test_validator_of_an_unknown_api(gateway: Any, refused: Any) -> None:
    answer = refused(lambda: gateway.create_request_validator(restApiId="nope", name="v"))

    assert answer == (400, BAD_REQUEST, "Invalid REST API identifier specified")


# ---- gateway responses


def test_gateway_responses_have_21_defaults(gateway: Any, rest: Any) -> None:
    """FACTS 1.1, 1.2."""
    items = gateway.get_gateway_responses(**rest, limit=500)["items"]

    assert len(items) == 21
    assert all(one["defaultResponse"] for one in items)
    template = {"application/json": '{"message":$context.error.messageString}'}
    assert all(one["responseTemplates"] == template for one in items)
    assert {one["responseType"] for one in items if "statusCode" not in one} == {"DEFAULT_4XX", "DEFAULT_5XX"}


@pytest.mark.parametrize(
    ("given", "status", "parameters", "has_default_template"),
    [
        ({"statusCode": "404"}, "404", {}, True),
        ({"responseParameters": {"gatewayresponse.header.x": "'y'"}}, "403", {"gatewayresponse.header.x": "'y'"}, True),
        ({"responseTemplates": {"application/json": "{}"}}, "403", {}, False),
    ],
)
def test_customised_response_keeps_the_rest(
    *, gateway: Any, rest: Any, given: Any, status: str, parameters: Any, has_default_template: bool
) -> None:
    """FACTS 1.27."""
    answer = gateway.put_gateway_response(**rest, responseType="MISSING_AUTHENTICATION_TOKEN", **given)

    assert (answer["statusCode"], answer["responseParameters"]) == (status, parameters)
    assert ("messageString" in answer["responseTemplates"]["application/json"]) is has_default_template
    assert answer["defaultResponse"] is False


def test_customised_family_spreads_to_its_types(gateway: Any, rest: Any) -> None:
    """FACTS 1.26."""
    gateway.put_gateway_response(**rest, responseType="DEFAULT_5XX", statusCode="599")
    gateway.put_gateway_response(**rest, responseType="AUTHORIZER_FAILURE", responseParameters={"a": "'b'"})

    items = {one["responseType"]: one for one in gateway.get_gateway_responses(**rest, limit=500)["items"]}
    assert (items["INTEGRATION_TIMEOUT"]["statusCode"], items["INTEGRATION_TIMEOUT"]["defaultResponse"]) == (
        "599",
        True,
    )
    assert items["AUTHORIZER_FAILURE"]["statusCode"] == "500"
    assert items["THROTTLED"]["statusCode"] == "429"


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ({"op": "add", "path": "/statusCode", "value": "444"}, (400, BAD_REQUEST, "Invalid patch path /statusCode")),
        ({"op": "remove", "path": "/statusCode"}, (400, BAD_REQUEST, "Invalid patch path /statusCode")),
        (
            {"op": "replace", "path": "/responseParameters/gatewayresponse.header.no", "value": "'x'"},
            (404, NOT_FOUND, "Invalid parameter name specified"),
        ),
        ({"op": "replace", "value": "x"}, (400, BAD_REQUEST, "Invalid patch path null")),
        ({"op": "replace", "path": "/wrongPath", "value": "x"}, (400, BAD_REQUEST, "Invalid patch path /wrongPath")),
        (
            {"op": "replace", "path": "/responseTemplates/application~1json"},
            (400, BAD_REQUEST, "Invalid null or empty value in responseTemplates"),
        ),
        (
            {"op": "add", "path": "/responseParameters/gatewayresponse.header.x"},
            (400, BAD_REQUEST, "Invalid null or empty value in responseParameters"),
        ),
    ],
)
def test_refused_patches_of_gateway_responses(
    gateway: Any, rest: Any, refused: Any, operation: Any, answer: Any
) -> None:
    """FACTS 1.28."""
    target = rest | {"responseType": "DEFAULT_4XX"}

    assert refused(lambda: gateway.update_gateway_response(**target, patchOperations=[operation])) == answer


def test_patching_an_unset_response_creates_it(gateway: Any, rest: Any, refused: Any) -> None:
    """FACTS 1.27, 1.28."""
    target = rest | {"responseType": "DEFAULT_4XX"}
    patch = [{"op": "replace", "path": "/statusCode", "value": "444"}]

    answer = gateway.update_gateway_response(**target, patchOperations=patch)

    assert (answer["statusCode"], answer["defaultResponse"]) == ("444", False)
    gateway.delete_gateway_response(**target)
    assert refused(lambda: gateway.delete_gateway_response(**target)) == (
        404,
        NOT_FOUND,
        "Gateway response type not defined on api",
    )


def test_unknown_response_type(gateway: Any, rest: Any, refused: Any) -> None:
    status, code, message = refused(lambda: gateway.get_gateway_response(**rest, responseType="FAKE"))

    assert (status, code) == (400, VALIDATION)
    assert message.startswith(
        "1 validation error detected: Value 'FAKE' at 'responseType' failed to satisfy constraint"
    )


# ---- account, tags, domains, links


def test_account_role(gateway: Any) -> None:
    assert gateway.get_account()["throttleSettings"] == {"burstLimit": 5000, "rateLimit": 10000.0}
    role = "arn:aws:iam::123456789012:role/logs"
    patch = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]

    assert gateway.update_account(patchOperations=patch)["cloudwatchRoleArn"] == role
    assert gateway.get_account()["cloudwatchRoleArn"] == role


@pytest.mark.parametrize("what", ["api", "stage", "key", "plan"])
def test_tags(deployed: Any, what: str) -> None:
    gateway = deployed.gateway
    path = {
        "api": lambda: f"/restapis/{deployed.api}",
        "stage": lambda: f"/restapis/{deployed.api}/stages/v1",
        "key": lambda: f"/apikeys/{gateway.create_api_key()['id']}",
        "plan": lambda: f"/usageplans/{gateway.create_usage_plan(name='p')['id']}",
    }[what]()
    arn = f"arn:aws:apigateway:us-east-1::{path}"

    gateway.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    gateway.untag_resource(resourceArn=arn, tagKeys=["a"])

    assert gateway.get_tags(resourceArn=arn)["tags"] == {"b": "2"}


def test_domain_and_base_path_mapping(deployed: Any, refused: Any) -> None:
    gateway, domain = deployed.gateway, {"domainName": "api.example.com"}
    gateway.create_domain_name(**domain, endpointConfiguration={"types": ["REGIONAL"]})

    made = gateway.create_base_path_mapping(**domain, restApiId=deployed.api, stage="v1")

    assert (made["basePath"], made["stage"]) == ("(none)", "v1")
    target = domain | {"basePath": "(none)"}
    assert gateway.get_base_path_mapping(**target)["restApiId"] == deployed.api
    assert refused(lambda: gateway.create_base_path_mapping(**domain, restApiId=deployed.api))[:2] == (409, CONFLICT)
    gateway.delete_base_path_mapping(**target)
    gateway.delete_domain_name(**domain)
    assert gateway.get_domain_names()["items"] == []
