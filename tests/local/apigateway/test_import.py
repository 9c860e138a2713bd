"""ImportRestApi and PutRestApi (FACTS 9)."""

import json
from typing import Any

import pytest

from headgate.local.apigateway import Settings

BAD_REQUEST = "BadRequestException"
ERRORS = "Errors found during import:\n\t"
WARNINGS = "Warnings found during import:\n\t"
MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
LAMBDA = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:headgate-authorizer/invocations"
)


def paths(*names: str, **operation: Any) -> dict[str, Any]:
    method = {"responses": {"200": {"description": "x"}}, "x-amazon-apigateway-integration": MOCK, **operation}
    return {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {name: {"get": method} for name in names},
    }


def tree(gateway: Any, api: str) -> list[str]:
    return [one["path"] for one in gateway.get_resources(restApiId=api, limit=500)["items"]]


def method(gateway: Any, api: str, path: str, verb: str = "GET") -> dict[str, Any]:
    ids = {one["path"]: one["id"] for one in gateway.get_resources(restApiId=api)["items"]}
    return dict(gateway.get_method(restApiId=api, resourceId=ids[path], httpMethod=verb)) | {"resourceId": ids[path]}


def test_defaults_of_an_import(gateway: Any, imported: Any) -> None:
    """FACTS 9.11 and recorded: no predefined models, EDGE, an integration's defaults."""
    api = imported(paths("/a"))

    assert api["endpointConfiguration"] == {"types": ["EDGE"], "ipAddressType": "ipv4"}
    assert (api["apiKeySource"], api["disableExecuteApiEndpoint"], api["version"]) == ("HEADER", False, "1")
    found = method(gateway, api["id"], "/a")
    assert found["methodIntegration"] == {
        "type": "MOCK",
        "requestTemplates": MOCK["requestTemplates"],
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": found["resourceId"],
        "cacheKeyParameters": [],
    }
    assert gateway.get_models(restApiId=api["id"])["items"] == []


@pytest.mark.parametrize(
    "body",
    [b"not: [valid", b"", b"[]", b'"text"', b'{"openapi": "3.1.0", "info": {"title": "t"}, "paths": {}}',
     b'{"openapi": "3.2.0", "paths": {}}', b"{}", b'{"swagger": "1.2", "paths": {}}', b"\xff\xfe\x00",
     b'{"openapi": "3.0.1", "info": {"title": "t"}, "paths": []}'],
)  # fmt: skip
def test_what_is_no_openapi_2_or_3_0_is_invalid(imported: Any, refused: Any, body: bytes) -> None:
    """FACTS 9.3."""
    status, code, message = refused(lambda: imported(body or b" "))

    assert (status, code, message) == (400, BAD_REQUEST, "Invalid OpenAPI input.")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (None, ["/", "/test"]),
        ("ignore", ["/", "/test"]),
        ("prepend", ["/", "/base", "/base/part", "/base/part/test"]),
        ("split", ["/", "/part", "/part/test"]),
    ],
)
@pytest.mark.parametrize(
    "where",
    [
        {"servers": [{"url": "https://h/base/part"}]},
        {"servers": [{"url": "https://h/{basePath}", "variables": {"basePath": {"default": "base/part"}}}]},
        {"swagger": "2.0", "basePath": "/base/part"},
    ],
    ids=["url", "variable", "swagger"],
)
def test_base_path(gateway: Any, imported: Any, where: Any, mode: Any, expected: list[str]) -> None:
    """FACTS 9.8."""
    document = paths("/test") | where
    if "swagger" in where:
        del document["openapi"]

    api = imported(document, parameters={"basepath": mode} if mode else {})

    assert tree(gateway, api["id"]) == expected


REFUSED = {
    "two variables side by side (9.4)": (
        paths("/user/{bizId}", "/user/{userId}/fans"),
        (
            "Unable to create resource at path '/user/{userId}/fans': A sibling ({bizId}) of this resource already has a "
            "variable path part -- only one is allowed"
        ),
    ),
    "below a greedy variable (2.13)": (
        paths("/p/{proxy+}", "/p/{proxy+}/child"),
        (
            "Unable to create resource at path '/p/{proxy+}/child': Cannot create a child of a resource with a greedy path "
            "variable: {proxy+}"
        ),
    ),
    "characters (2.14)": (
        paths("/users/@me"),
        (
            "Unable to create resource at path '/users/@me': Resource's path part only allow a-zA-Z0-9._-: or a valid "
            "greedy path variable and curly braces at the beginning and the end."
        ),
    ),
    "variable inside a segment (2.14)": (
        paths("/a/{id}.json"),
        (
            "Unable to create resource at path '/a/{id}.json': Resource's path part only allow a-zA-Z0-9._-: or a valid "
            "greedy path variable and curly braces at the beginning and the end."
        ),
    ),
    "no ARN (8.29)": (
        paths("/a", **{"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": "x"}}),
        "Unable to put integration on 'GET' for resource at path '/a': Invalid ARN specified in the request",
    ),
    "no endpoint (8.29)": (
        paths("/a", **{"x-amazon-apigateway-integration": {"type": "http", "httpMethod": "GET", "uri": "ftp://x"}}),
        "Unable to put integration on 'GET' for resource at path '/a': Invalid HTTP endpoint specified for URI",
    ),
    "one name in two places (8.18)": (
        paths("/a", parameters=[{"in": "query", "name": "n"}, {"in": "header", "name": "n"}]),
        (
            "Unable to put method 'GET' on resource at path '/a': Parameter names must be unique across querystring, header "
            "and path"
        ),
    ),
    "unknown validator": (
        paths("/a", **{"x-amazon-apigateway-request-validator": "none"}),
        "Unable to put method 'GET' on resource at path '/a': Invalid Request Validator identifier specified",
    ),
    "example in an inline schema (9.5)": (
        paths("/a", requestBody={"content": {"application/json": {"schema": {"type": "object", "example": {}}}}}),
        (
            "Unable to put method 'GET' on resource at path '/a': Invalid model specified: Validation Result: warnings : [], "
            'errors : [Invalid model schema specified. Unsupported keyword(s): ["example"]]'
        ),
    ),
    "discriminator (9.5)": (
        paths("/a") | {"components": {"schemas": {"Pet": {"type": "object", "discriminator": {"propertyName": "t"}}}}},
        (
            "Unable to create model for 'Pet': Invalid model specified: Validation Result: warnings : [], errors : [Invalid "
            'model schema specified. Unsupported keyword(s): ["discriminator"]]'
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_document_is_refused_and_leaves_no_api(gateway: Any, imported: Any, refused: Any, name: str) -> None:
    document, message = REFUSED[name]

    answer = refused(lambda: imported(document))

    assert answer == (400, BAD_REQUEST, ERRORS + message)
    assert gateway.get_rest_apis()["items"] == []


def test_all_errors_are_reported_together(imported: Any, refused: Any) -> None:
    message = refused(lambda: imported(paths("/a/{b}", "/a/{c}", "/@")))[2]

    assert message.count("\n\t") == 2


def test_a_property_may_be_called_like_a_refused_keyword(imported: Any) -> None:
    schema = {"type": "object", "properties": {"example": {"type": "string", "enum": ["discriminator"]}}}

    imported(paths("/a") | {"components": {"schemas": {"Pet": schema}}})


def test_circular_models_import(gateway: Any, imported: Any) -> None:
    """FACTS 9.6, 8.7."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}

    api = imported(paths("/a") | {"components": {"schemas": {"Node": node}}})["id"]

    schema = json.loads(gateway.get_model(restApiId=api, modelName="Node")["schema"])
    url = f"https://apigateway.amazonaws.com/restapis/{api}/models/Node"
    assert schema["properties"]["next"]["$ref"] == url


def test_warnings_come_back_or_refuse(imported: Any, refused: Any) -> None:
    """FACTS 9.10."""
    document = paths("/a") | {"components": {"schemas": {"not_alnum": {"type": "object"}}}}

    assert imported(document)["warnings"] == ["Model name must be alphanumeric: not_alnum"]
    answer = refused(lambda: imported(document, failOnWarnings=True))
    assert answer == (400, BAD_REQUEST, WARNINGS + "Model name must be alphanumeric: not_alnum")


@pytest.mark.parametrize(
    ("schema", "models", "warnings"),
    [
        ({"$ref": "#/components/schemas/Pet"}, {"application/json": "Pet"}, None),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}, {"application/json": "ArrayOfPet"}, None),
        ({"$ref": "#/components/schemas/No"}, None, ["Reference to model 'No' not found. Ignoring."]),
        (
            {"oneOf": [{"type": "string"}]},
            None,
            ["Unsupported model type 'ComposedSchema' in request schema for 'GET /a'. Ignoring."],
        ),
    ],
    ids=["named", "array", "missing", "composed"],
)
def test_request_models(gateway: Any, imported: Any, schema: Any, models: Any, warnings: Any) -> None:
    document = paths("/a", requestBody={"content": {"application/json": {"schema": schema}}})

    api = imported(document | {"components": {"schemas": {"Pet": {"type": "object"}}}})

    assert api.get("warnings") == warnings
    assert method(gateway, api["id"], "/a").get("requestModels") == models


def test_aws_variables_are_substituted(gateway: Any, imported: Any) -> None:
    """FACTS 9.12."""
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": LAMBDA,
        "credentials": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/headgate-invoke",
    }

    api = imported(paths("/a", **{"x-amazon-apigateway-integration": integration}))["id"]

    found = method(gateway, api, "/a")["methodIntegration"]
    assert found["uri"] == (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:123456789012:function:headgate-authorizer/invocations"
    )
    assert found["credentials"] == "arn:aws:iam::123456789012:role/headgate-invoke"


AUTHORIZER = {
    "type": "apiKey", "in": "header", "name": "X-Token", "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": LAMBDA},
}  # fmt: skip
SCHEMES = {
    "token": AUTHORIZER,
    "unused": AUTHORIZER,
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "other": {"type": "apiKey", "in": "header", "name": "X-Other"},
    "iam": {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"},
    "oauth": {"type": "oauth2", "flows": {}},
}


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        (None, ("CUSTOM", False)),
        ([], ("NONE", False)),
        ([{"token": []}], ("CUSTOM", False)),
        ([{"key": []}], ("NONE", True)),
        ([{"token": [], "key": []}], ("CUSTOM", True)),
        ([{"iam": []}], ("AWS_IAM", False)),
        ([{"other": []}], ("NONE", False)),
        ([{"oauth": ["read"]}], ("NONE", False)),
    ],
    ids=["root's (9.1)", "none", "token", "key", "both", "signed", "plain apiKey", "oauth2 leaves it open"],
)
def test_security(gateway: Any, imported: Any, security: Any, expected: Any) -> None:
    """FACTS 9.1, 9.2."""
    operation = {} if security is None else {"security": security}
    document = paths("/a", **operation) | {"security": [{"token": []}], "components": {"securitySchemes": SCHEMES}}

    api = imported(document)["id"]

    found = method(gateway, api, "/a")
    assert (found["authorizationType"], found["apiKeyRequired"]) == expected


def test_authorizers_are_made_of_every_scheme_with_the_extension(gateway: Any, imported: Any) -> None:
    """FACTS 9.2, 4.6: used or not; a TOKEN's source is the header; no TTL stays unset."""
    api = imported(paths("/a") | {"components": {"securitySchemes": SCHEMES}})["id"]

    items = gateway.get_authorizers(restApiId=api)["items"]
    assert [one["name"] for one in items] == ["token", "unused"]
    assert {key: one for key, one in items[0].items() if key not in ("id", "authorizerUri")} == {
        "name": "token",
        "type": "TOKEN",
        "authType": "custom",
        "identitySource": "method.request.header.X-Token",
    }


def test_custom_scheme_without_the_extension_creates_no_method(gateway: Any, imported: Any) -> None:
    scheme = {"type": "apiKey", "in": "header", "name": "A", "x-amazon-apigateway-authtype": "custom"}

    api = imported(paths("/a", security=[{"jwt": []}]) | {"components": {"securitySchemes": {"jwt": scheme}}})

    assert "Extension x-amazon-apigateway-authorizer is required" in api["warnings"][0]
    assert all("resourceMethods" not in one for one in gateway.get_resources(restApiId=api["id"])["items"])


class TestWithoutRootSecurity:
    """The other side of FACTS 9.1, behind `root_security_applies`."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(root_security_applies=False)

    def test_operations_without_security_stay_open(self, gateway: Any, imported: Any) -> None:
        document = paths("/a") | {"security": [{"token": []}], "components": {"securitySchemes": SCHEMES}}

        assert method(gateway, imported(document)["id"], "/a")["authorizationType"] == "NONE"


UNDECLARED = {
    "type": "http",
    "httpMethod": "GET",
    "uri": "http://x/{id}",
    "requestParameters": {"integration.request.path.id": "method.request.path.id"},
}


def test_undeclared_parameter_is_mapped(gateway: Any, imported: Any, caplog: pytest.LogCaptureFixture) -> None:
    """As recorded cases do; users quote refusals (FACTS 8.47), so the log says so."""
    api = imported(paths("/a/{id}", **{"x-amazon-apigateway-integration": UNDECLARED}))

    integration = method(gateway, api["id"], "/a/{id}")["methodIntegration"]

    assert integration["requestParameters"] == UNDECLARED["requestParameters"]
    assert "the method does not declare method.request.path.id" in caplog.text


@pytest.mark.parametrize("mapped", ['"*"', "method.request.header.A"], ids=["no-literal", "request"])
def test_response_mapping_from_nowhere(imported: Any, refused: Any, mapped: str) -> None:
    """FACTS 8.47."""
    message = refused(lambda: imported(paths("/a", **{"x-amazon-apigateway-integration": answering(mapped)})))[2]

    assert "Unable to put integration response on 'GET' for resource at path '/a': Invalid mapping" in message
    assert message.endswith(f"errors : [Invalid mapping expression specified: {mapped}]")


def answering(mapped: str) -> dict[str, Any]:
    """A mock whose answer maps a header that its method does not declare."""
    answer = {"statusCode": "200", "responseParameters": {"method.response.header.X-A": mapped}}
    return {**MOCK, "responses": {"default": answer}}


class TestDeclaredParametersOnly:
    """FACTS 8.47, behind `declared_parameters_only`."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(declared_parameters_only=True)

    def test_undeclared_parameter_cannot_be_mapped(self, imported: Any, refused: Any) -> None:
        message = refused(lambda: imported(paths("/a/{id}", **{"x-amazon-apigateway-integration": UNDECLARED})))[2]

        assert (
            "Unable to put integration on 'GET' for resource at path '/a/{id}': Invalid mapping expression" in message
        )
        assert message.endswith("errors : [Invalid mapping expression parameter specified: method.request.path.id]")

    def test_undeclared_header_cannot_be_mapped(self, imported: Any, refused: Any) -> None:
        document = paths("/a", **{"x-amazon-apigateway-integration": answering("'v'")})

        message = refused(lambda: imported(document))[2]

        assert "Unable to put integration response on 'GET' for resource at path '/a': Invalid mapping" in message
        assert message.endswith("errors : [Invalid mapping expression parameter specified: method.response.header.X-A]")


def test_any_method_and_parameters_of_the_path(gateway: Any, imported: Any) -> None:
    operation = {"x-amazon-apigateway-integration": MOCK, "responses": {}}
    shared = [{"in": "path", "name": "id", "required": True}, {"in": "query", "name": "q"}]
    document = paths() | {"paths": {"/a/{id}": {"parameters": shared, "x-amazon-apigateway-any-method": operation}}}

    api = imported(document)["id"]

    found = method(gateway, api, "/a/{id}", "ANY")
    assert found["requestParameters"] == {"method.request.path.id": True, "method.request.querystring.q": False}
    assert "methodResponses" not in found


def test_swagger_2_document(gateway: Any, imported: Any) -> None:
    body = {"in": "body", "name": "Pet", "schema": {"$ref": "#/definitions/Pet"}}
    response = {"description": "x", "schema": {"$ref": "#/definitions/Pet"}, "headers": {"X-A": {"type": "string"}}}
    operation = {
        "operationId": "add",
        "parameters": [body],
        "responses": {200: response},
        "x-amazon-apigateway-integration": MOCK,
    }
    document = {
        "swagger": "2.0",
        "info": {"title": "s"},
        "consumes": ["application/xml"],
        "definitions": {"Pet": {"type": "object"}},
        "paths": {"/pets": {"post": operation}},
    }

    found = method(gateway, imported(document)["id"], "/pets", "POST")

    assert found["requestModels"] == {"application/xml": "Pet"}
    assert found["operationName"] == "add"
    assert found["methodResponses"]["200"] == {
        "statusCode": "200",
        "responseModels": {"application/json": "Pet"},
        "responseParameters": {"method.response.header.X-A": False},
    }


def test_yaml_with_integer_status_codes(gateway: Any, imported: Any) -> None:
    """FACTS 9.7."""
    text = b"""
openapi: 3.0.1
info: {title: y, version: "1"}
paths:
  /a:
    get:
      responses: {200: {description: x}}
      x-amazon-apigateway-integration: {type: MOCK, responses: {default: {statusCode: 200}}}
"""
    found = method(gateway, imported(text)["id"], "/a")

    assert list(found["methodResponses"]) == ["200"]
    assert found["methodIntegration"]["integrationResponses"] == {"200": {"statusCode": "200"}}


@pytest.mark.parametrize(
    ("mode", "media", "resources", "names"),
    [
        ("merge", ["image/heif", "image/png"], ["/", "/new", "/old"], ["New", "Old"]),
        ("overwrite", ["image/png"], ["/", "/new"], ["New"]),
    ],
)
def test_put_rest_api(
    *, gateway: Any, imported: Any, mode: str, media: list[str], resources: list[str], names: list[str]
) -> None:
    """FACTS 9.9: a merge unites, an overwrite forgets."""
    key = "x-amazon-apigateway-binary-media-types"
    old = paths("/old") | {key: ["image/heif"], "components": {"schemas": {"Old": {"type": "object"}}}}
    new = paths("/new") | {key: ["image/png"], "components": {"schemas": {"New": {"type": "object"}}}}
    api = imported(old)["id"]

    answer = gateway.put_rest_api(restApiId=api, mode=mode, body=json.dumps(new).encode())

    assert (answer["id"], answer["binaryMediaTypes"]) == (api, media)
    assert tree(gateway, api) == resources
    assert [one["name"] for one in gateway.get_models(restApiId=api)["items"]] == names


def test_put_rest_api_is_idempotent_and_keeps_identifiers(gateway: Any, imported: Any) -> None:
    document = paths("/a/{id}") | {"components": {"securitySchemes": SCHEMES}, "security": [{"token": []}]}
    api = imported(document)["id"]
    before = (
        gateway.get_resources(restApiId=api, embed=["methods"])["items"],
        gateway.get_authorizers(restApiId=api)["items"],
    )

    gateway.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(document).encode())

    assert before == (
        gateway.get_resources(restApiId=api, embed=["methods"])["items"],
        gateway.get_authorizers(restApiId=api)["items"],
    )


def test_refused_put_changes_nothing(gateway: Any, imported: Any, refused: Any) -> None:
    api = imported(paths("/a"))["id"]

    body = json.dumps(paths("/b", "/c/{d}", "/c/{e}")).encode()
    refused(lambda: gateway.put_rest_api(restApiId=api, mode="overwrite", body=body))

    assert tree(gateway, api) == ["/", "/a"]


def test_put_rest_api_refuses_unknown_modes(gateway: Any, imported: Any, refused: Any) -> None:
    api = imported(paths("/a"))["id"]
    body = json.dumps(paths("/a")).encode()

    message = refused(lambda: gateway.put_rest_api(restApiId=api, mode="replace", body=body))[2]

    assert message == 'Enumeration value of OpenAPI import mode must be "overwrite" or "merge"'


@pytest.mark.parametrize(
    "where",
    [
        lambda extension: {"servers": [{"url": "/", "x-amazon-apigateway-endpoint-configuration": extension}]},
        lambda extension: {"x-amazon-apigateway-endpoint-configuration": extension},
    ],
    ids=["under a server", "at the root"],
)
def test_endpoint_configuration(imported: Any, where: Any) -> None:
    """FACTS 9.13."""
    extension = {"disableExecuteApiEndpoint": True, "vpcEndpointIds": ["vpce-1"]}

    api = imported(paths("/a") | where(extension), parameters={"endpointConfigurationTypes": "PRIVATE"})

    assert api["disableExecuteApiEndpoint"] is True
    assert api["endpointConfiguration"] == {
        "types": ["PRIVATE"],
        "ipAddressType": "dualstack",
        "vpcEndpointIds": ["vpce-1"],
    }
