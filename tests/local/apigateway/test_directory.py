"""What the data plane is handed: complete, frozen, current (records.Directory)."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from moto.core.base_backend import BackendDict

from headgate.local.apigateway import directory

LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:g"
LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:"
    "function:{}/invocations"
)
EVERYTHING = {
    "openapi": "3.0.1",
    "info": {"title": "everything", "version": "1"},
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "x-amazon-apigateway-api-key-source": "AUTHORIZER",
    "x-amazon-apigateway-minimum-compression-size": 100,
    "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": []},
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
    "x-amazon-apigateway-gateway-responses": {
        "THROTTLED": {
            "statusCode": 429,
            "responseParameters": {"gatewayresponse.header.Retry-After": "'1'"},
            "responseTemplates": {"application/json": "{}"},
        }
    },
    "components": {
        "schemas": {
            "Pet": {"type": "object", "properties": {"owner": {"$ref": "#/components/schemas/Owner"}}},
            "Owner": {"type": "object"},
        },
        "securitySchemes": {
            "jwt": {
                "type": "apiKey",
                "in": "header",
                "name": "Unused",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {
                    "type": "request",
                    "authorizerUri": LAMBDA.format("authorizer"),
                    "authorizerCredentials": "arn:role",
                    "identitySource": "method.request.header.Authorization, context.httpMethod",
                    "authorizerResultTtlInSeconds": 60,
                },
            },
            "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        },
    },
    "paths": {
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True}],
            "post": {
                "operationId": "addPet",
                "security": [{"jwt": [], "key": []}],
                "x-amazon-apigateway-request-validator": "all",
                "parameters": [{"name": "q", "in": "query"}, {"name": "X-H", "in": "header", "required": True}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                "responses": {200: {"description": "x", "headers": {"X-A": {"schema": {"type": "string"}}}}},
                "x-amazon-apigateway-integration": {
                    "type": "http",
                    "httpMethod": "put",
                    "uri": "https://example.com/${stageVariables.v}/{id}",
                    "credentials": "arn:role",
                    "passthroughBehavior": "never",
                    "contentHandling": "CONVERT_TO_TEXT",
                    "timeoutInMillis": 3000,
                    "cacheKeyParameters": ["method.request.path.id"],
                    "cacheNamespace": "ns",
                    "requestParameters": {"integration.request.path.id": "method.request.path.id"},
                    "requestTemplates": {"application/json": "$input.body"},
                    "tlsConfig": {"insecureSkipVerification": True},
                    "responses": {
                        "5\\d{2}": {"statusCode": "502"},
                        "default": {
                            "statusCode": 200,
                            "contentHandling": "CONVERT_TO_BINARY",
                            "responseParameters": {"method.response.header.X-A": "'a'"},
                            "responseTemplates": {"application/json": ""},
                        },
                        "4\\d{2}": {"statusCode": "400"},
                    },
                },
            },
        }
    },
}


@pytest.fixture
def stage(gateway: Any, imported: Any, published: Any) -> Any:
    api = imported(EVERYTHING, parameters={"endpointConfigurationTypes": "REGIONAL"})["id"]
    gateway.create_deployment(restApiId=api, stageName="prod", variables={"v": "1"})
    return published.stage(api, "prod")


def test_definition_is_complete(stage: Any) -> None:
    definition = stage.deployment.definition

    assert (definition.name, definition.account_id, definition.region) == ("everything", "123456789012", "us-east-1")
    assert definition.binary_media_types == ("image/png",)
    assert (definition.api_key_source, definition.endpoint_type) == ("AUTHORIZER", "REGIONAL")
    assert (definition.minimum_compression_size, definition.policy) == (100, '{"Version":"2012-10-17","Statement":[]}')
    assert sorted(one.path for one in definition.resources.values()) == ["/", "/pets", "/pets/{id}"]
    assert definition.gateway_responses["THROTTLED"].status_code == "429"
    assert definition.models["Pet"].schema.count(f"/restapis/{definition.rest_api_id}/models/Owner") == 1


def test_method_is_complete(stage: Any) -> None:
    definition = stage.deployment.definition
    (method,) = (one for resource in definition.resources.values() for one in resource.methods.values())
    (authorizer,) = definition.authorizers.values()
    (validator,) = definition.validators.values()

    assert (method.http_method, method.operation_name) == ("POST", "addPet")
    assert (method.authorization_type, method.authorizer_id) == ("CUSTOM", authorizer.id)
    assert (method.api_key_required, method.request_validator_id) == (True, validator.id)
    assert method.request_parameters == {
        "method.request.path.id": True,
        "method.request.querystring.q": False,
        "method.request.header.X-H": True,
    }
    assert method.request_models == {"application/json": "Pet"}
    assert method.responses["200"].response_parameters == {"method.response.header.X-A": False}
    assert (authorizer.type, authorizer.result_ttl_seconds, authorizer.auth_type) == ("REQUEST", 60, "custom")
    assert authorizer.identity_sources == ("method.request.header.Authorization", "context.httpMethod")


def test_integration_is_complete_and_its_responses_keep_their_order(stage: Any) -> None:
    (method,) = (
        one for resource in stage.deployment.definition.resources.values() for one in resource.methods.values()
    )
    integration = method.integration

    assert (integration.type, integration.http_method, integration.connection_type) == ("HTTP", "PUT", "INTERNET")
    assert (integration.timeout_millis, integration.passthrough_behavior) == (3000, "NEVER")
    assert (integration.cache_namespace, integration.cache_key_parameters) == ("ns", ("method.request.path.id",))
    assert (integration.content_handling, integration.tls_insecure) == ("CONVERT_TO_TEXT", True)
    assert [(key, one.selection_pattern) for key, one in integration.responses.items()] == [
        ("502", "5\\d{2}"),
        ("200", None),
        ("400", "4\\d{2}"),
    ]
    assert integration.responses["200"].response_templates == {"application/json": None}


def test_records_are_frozen(stage: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        stage.name = "other"
    with pytest.raises(TypeError):
        stage.variables["v"] = "2"
    (method,) = (
        one for resource in stage.deployment.definition.resources.values() for one in resource.methods.values()
    )
    with pytest.raises(TypeError):
        method.request_parameters["method.request.header.New"] = True


def test_stage_is_replaced_as_a_whole_on_every_change(deployed: Any, published: Any) -> None:
    before = published.stage(deployed.api, "v1")
    deployed.patch(
        {"op": "replace", "path": "/canarySettings/deploymentId", "value": deployed.second},
        {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "25"},
        {"op": "replace", "path": "/canarySettings/stageVariableOverrides/color", "value": "green"},
    )

    after = published.stage(deployed.api, "v1")
    assert before.canary is None
    assert (after.canary.deployment.id, after.canary.percent) == (deployed.second, 25.0)
    assert after.canary.variable_overrides == {"color": "green"}
    assert after.deployment is before.deployment


def test_method_settings_are_keyed_by_path_without_leading_slash(deployed: Any, published: Any) -> None:
    deployed.patch(
        {"op": "replace", "path": "/~1users~1{id}/GET/throttling/rateLimit", "value": "2"},
        {"op": "replace", "path": "/~1/GET/caching/enabled", "value": "true"},
        {"op": "replace", "path": "/*/*/logging/loglevel", "value": "ERROR"},
    )

    settings = published.stage(deployed.api, "v1").method_settings
    assert set(settings) == {"users/{id}/GET", "/GET", "*/*"}
    assert settings["users/{id}/GET"].throttling_rate_limit == 2.0
    assert (settings["*/*"].logging_level, settings["/GET"].logging_level) == ("ERROR", "OFF")


def test_flushes_raise_the_generations(deployed: Any, published: Any) -> None:
    target = {"restApiId": deployed.api, "stageName": "v1"}
    deployed.gateway.flush_stage_cache(**target)
    deployed.gateway.flush_stage_cache(**target)
    deployed.gateway.flush_stage_authorizers_cache(**target)

    stage = published.stage(deployed.api, "v1")
    assert (stage.cache_generation, stage.authorizer_cache_generation) == (2, 1)


def test_access_log_and_switched_off_endpoint(deployed: Any, published: Any) -> None:
    deployed.patch(
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": LOG_GROUP},
        {"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId"},
    )
    operation = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}
    deployed.gateway.update_rest_api(restApiId=deployed.api, patchOperations=[operation])

    stage = published.stage(deployed.api, "v1")
    assert (stage.access_log.destination_arn, stage.access_log.format) == (LOG_GROUP, "$context.requestId")
    assert stage.disable_execute_api_endpoint is True


def test_keys_and_plans(deployed: Any, published: Any) -> None:
    """FACTS 7.1: the key, in a plan, for this stage."""
    value = "k" * 20
    key = deployed.gateway.create_api_key(name="k", value=value, enabled=True)["id"]
    throttled = {"/users/GET": {"rateLimit": 1.0, "burstLimit": 2}}
    plan = deployed.gateway.create_usage_plan(
        name="p",
        apiStages=[{"apiId": deployed.api, "stage": "v1", "throttle": throttled}],
        throttle={"rateLimit": 5.0, "burstLimit": 10},
        quota={"limit": 100, "period": "DAY"},
    )["id"]
    assert published.usage_plan(key, deployed.api, "v1") is None
    deployed.gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")

    record = published.usage_plan(key, deployed.api, "v1")
    assert (record.rate_limit, record.burst_limit, record.quota_limit, record.quota_period) == (5.0, 10, 100, "DAY")
    assert record.method_throttles == {"/users/GET": (1.0, 2)}
    assert (published.api_key(value).id, published.api_key(value).enabled) == (key, True)
    assert value not in repr(published.api_key(value))
    assert published.usage_plan(key, deployed.api, "v2") is None
    assert published.api_key("unknown") is None


def test_unknown_api_or_stage_is_none(deployed: Any, published: Any) -> None:
    assert published.stage(deployed.api, "nope") is None
    assert published.stage("nope", "v1") is None


def test_directory_of_all_accounts_and_regions(deployed: Any) -> None:
    assert directory().stage(deployed.api, "v1") is not None
    assert directory("123456789012", "eu-west-1").stage(deployed.api, "v1") is None


def test_reset_of_moto_empties_the_directory(deployed: Any, published: Any) -> None:
    BackendDict.reset()

    assert published.stage(deployed.api, "v1") is None


def test_deleted_api_disappears(deployed: Any, published: Any) -> None:
    deployed.gateway.delete_rest_api(restApiId=deployed.api)

    assert published.stage(deployed.api, "v1") is None
