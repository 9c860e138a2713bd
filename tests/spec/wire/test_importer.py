"""The model of API Gateway's importer: an importable document has no complaints, and each rule can fire."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ..importer import AUTHORIZER, INTEGRATION, RULES, VALIDATOR, complaints

SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "x-amazon-apigateway-authtype": "custom",
    AUTHORIZER: {"type": "request", "authorizerUri": "arn:x", "identitySource": "method.request.header.Authorization"},
}

GOOD: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "a", "version": "1"},
    "paths": {
        "/a/{id}": {
            "post": {
                "operationId": "a",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}},
                ],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
                "responses": {"200": {"description": "OK"}},
                "security": [{"jwt": []}],
                VALIDATOR: "all",
                INTEGRATION: {
                    "type": "http_proxy",
                    "httpMethod": "POST",
                    "uri": "https://a.example.com/a/{id}",
                    "requestParameters": {"integration.request.path.id": "method.request.path.id"},
                },
            }
        }
    },
    "components": {
        "schemas": {"A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}}, "B": {"type": "string"}},
        "securitySchemes": {"jwt": SCHEME, "key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
    },
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
    "x-amazon-apigateway-gateway-responses": {"THROTTLED": {}},
}  # fmt: skip

Change = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], Any]


def path(name: str) -> Change:
    """The operation at another path."""
    return lambda wire, item, operation: wire["paths"].update({name: item})


def model(**members: Any) -> Change:
    return lambda wire, item, operation: wire["components"]["schemas"]["B"].update(members)


def parameter(**members: Any) -> Change:
    return lambda wire, item, operation: operation["parameters"][1].update(members)


def member(**members: Any) -> Change:
    return lambda wire, item, operation: operation.update(members)


def integration(**members: Any) -> Change:
    return lambda wire, item, operation: operation[INTEGRATION].update(members)


def named_model(name: str) -> Change:
    return lambda wire, item, operation: wire["components"]["schemas"].update({name: {"type": "string"}})


def scheme(name: str, **members: Any) -> Change:
    return lambda wire, item, operation: wire["components"]["securitySchemes"].update({name: {**SCHEME, **members}})


def root(**members: Any) -> Change:
    return lambda wire, item, operation: wire.update({k.replace("__", "-"): v for k, v in members.items()})


BREACHES: list[tuple[str, Change]] = [
    ("version", root(openapi="3.1.0")),
    ("version", root(openapi="3.0.3")),
    ("plain_json", model(maximum=float("inf"))),
    ("body_size", root(info={"title": "x" * 6_000_001, "version": "1"})),
    ("members", root(security=[{"jwt": []}])),
    ("members", root(servers=[{"url": "https://a.example.com"}])),
    ("documentation", member(description="why")),
    ("extensions", member(**{"x-own": 1})),
    ("references", member(responses={"200": {"$ref": "#/components/responses/A"}})),
    ("references", model(properties={"c": {"$ref": "other.yaml#/C"}})),
    ("resources", lambda wire, item, _: wire["paths"].update({f"/x{n}": item for n in range(300)})),
    ("segment_charset", path("/users/@me")),
    ("segment_charset", path("/a,b")),
    ("whole_segment_variables", path("/a/{id}.json")),
    ("one_variable_per_place", path("/a/{key}/b")),
    ("a_variable_once", path("/c/{id}/d/{id}")),
    ("greedy_last", path("/c/{id+}/d")),
    ("trailing_slash", path("/c/")),
    ("methods", lambda wire, item, operation: item.update(trace=operation)),
    ("unique_operation_ids", path("/c/{id}")),
    ("parameter_members", parameter(schema={"type": "array", "items": {"type": "string"}})),
    ("parameter_members", parameter(description="why")),
    ("parameter_names", parameter(name="q[]")),
    ("parameter_names", parameter(name="$q")),
    ("parameter_places", parameter(**{"in": "cookie"})),
    ("no_required_headers", parameter(**{"in": "header"})),
    ("unique_parameter_names", parameter(name="id")),
    ("path_parameters", path("/c/{other}")),
    ("model_names", named_model("inline_response_200_1")),
    ("predefined_models", named_model("Empty")),
    ("model_names_ignoring_case", named_model("b")),
    ("models_say_something", lambda wire, *_: wire["components"]["schemas"].update(B={})),
    ("model_size", model(enum=["x" * 400_001])),
    *[
        ("model_keywords", model(**{key: []}))
        for key in ("oneOf", "anyOf", "allOf", "nullable", "example", "discriminator", "x-a")
    ],
    *[("model_keywords", model(**{key: True})) for key in ("exclusiveMinimum", "const", "format", "readOnly", "$id")],
    ("no_null", model(type=["string", "null"])),
    ("no_null", model(enum=["a", None])),
    ("references_stand_alone", model(properties={"c": {"$ref": "#/components/schemas/A", "type": "object"}})),
    ("no_property_called_reference", model(properties={"$ref": {"type": "string"}})),
    *[("patterns_for_java_and_ecmascript", model(pattern=text)) for text in ("^(?!a)", r"\p{L}", "^.$", "[^a]", r"\s")],
    ("draft_4", model(required=[])),
    ("only_request_models", named_model("Unused")),
    (
        "bodies_refer_to_models",
        member(requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}),
    ),
    (
        "bodies_are_required_json",
        member(requestBody={"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}),
    ),
    ("bodies_are_required_json", lambda wire, item, operation: item.update(get=operation)),
    ("responses_exist", member(responses={})),
    ("status_codes", member(responses={"default": {"description": "OK"}})),
    ("status_codes", member(responses={"2XX": {"description": "OK"}})),
    ("no_response_models", member(responses={"200": {"description": "OK", "content": {}}})),
    ("api_key_schemes", scheme("jwt", type="oauth2")),
    (
        "schemes_have_authorizers",
        lambda wire, *_: wire["components"]["securitySchemes"].update(
            own={"type": "apiKey", "in": "query", "name": "k"}
        ),
    ),
    ("authorizers_are_whole", scheme("jwt", **{AUTHORIZER: {"type": "request", "authorizerUri": "arn:x"}})),
    ("authorizers_are_whole", scheme("jwt", **{AUTHORIZER: {"authorizerUri": "arn:x"}})),
    (
        "authorizers",
        lambda wire, *_: wire["components"]["securitySchemes"].update({f"j{n}": SCHEME for n in range(10)}),
    ),
    ("security_on_each_operation", lambda wire, item, operation: operation.pop("security")),
    ("one_authorizer_per_operation", member(security=[{"jwt": []}, {"key": []}])),
    ("schemes_exist", member(security=[{"other": []}])),
    ("integrations", lambda wire, item, operation: operation.pop(INTEGRATION)),
    ("integrations", integration(**{"$ref": "#/x"})),
    ("integrations", integration(type="lambda")),
    ("integrations", integration(httpMethod=None)),
    ("integrations", integration(type="aws_proxy", httpMethod="GET")),
    ("timeouts", integration(timeoutInMillis=29_001)),
    (
        "mapped_parameters_are_declared",
        integration(requestParameters={"integration.request.path.id": "method.request.path.other"}),
    ),
    ("uri_variables_are_mapped", integration(uri="https://a.example.com/{other}")),
    ("validators_exist", member(**{VALIDATOR: "other"})),
    ("bodies_are_validated", lambda wire, item, operation: operation.pop(VALIDATOR)),
    ("gateway_responses", lambda wire, *_: wire["x-amazon-apigateway-gateway-responses"].update(OTHER={})),
]


def test_an_importable_document_has_no_complaints() -> None:
    assert complaints(GOOD) == []


@pytest.mark.parametrize(
    ("name", "change"), [pytest.param(*breach, id=f"{breach[0]}-{n}") for n, breach in enumerate(BREACHES)]
)
def test_a_rule_fires(name: str, change: Change) -> None:
    wire = copy.deepcopy(GOOD)
    item = wire["paths"]["/a/{id}"]
    change(wire, item, item["post"])

    assert name in {complaint.partition(" ")[0] for complaint in complaints(wire)}


def test_every_rule_has_a_breach_and_a_grade() -> None:
    assert {rule.name for rule in RULES} == {name for name, _ in BREACHES}
    assert all(set(rule.grade.split("/")) <= set("DRSMI") for rule in RULES)
