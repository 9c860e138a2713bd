"""AWS::ApiGateway::{Resource,Method,Authorizer,Model,RequestValidator,GatewayResponse}: APIs written resource by resource.

Our own stacks import a whole body instead; these serve other people's templates. A change of any property is an overwrite
where the API has one (PutMethod, PutGatewayResponse), otherwise patches of what changed.
"""

import json
from collections.abc import Mapping
from typing import Any

from .contract import Handler, Made, Request
from .shapes import conform

AUTHORIZER_PATHS: Mapping[str, str] = {
    "AuthorizerCredentials": "/authorizerCredentials",
    "AuthorizerResultTtlInSeconds": "/authorizerResultTtlInSeconds",
    "AuthorizerUri": "/authorizerUri",
    "AuthType": "/authType",
    "IdentitySource": "/identitySource",
    "IdentityValidationExpression": "/identityValidationExpression",
    "Name": "/name",
    "Type": "/type",
}
VALIDATOR_PATHS: Mapping[str, str] = {
    "ValidateRequestBody": "/validateRequestBody",
    "ValidateRequestParameters": "/validateRequestParameters",
}
MODEL_PATHS: Mapping[str, str] = {"Description": "/description", "Schema": "/schema"}


def create_resource(request: Request) -> Made:
    """CreateResource."""
    made = request.clients("apigateway").create_resource(**conform("apigateway", "CreateResource", request.properties))
    return Made(made["id"], {"ResourceId": made["id"]})


def delete_resource(request: Request) -> None:
    """DeleteResource; gone with its API is fine."""
    _delete(request, "resource", resourceId=request.physical_id)


def put_method(request: Request) -> Made:
    """PutMethod with its responses and its integration."""
    client, properties = request.clients("apigateway"), request.properties
    place = {name: properties[name] for name in ("RestApiId", "ResourceId", "HttpMethod")}
    client.put_method(**conform("apigateway", "PutMethod", {"AuthorizationType": "NONE", **properties}))
    for response in properties.get("MethodResponses") or ():
        client.put_method_response(**conform("apigateway", "PutMethodResponse", {**place, **response}))
    integration = properties.get("Integration")
    if integration:
        wanted = {**integration, **place}
        # PutIntegration takes the method that is called under another name than its own.
        parameters = conform("apigateway", "PutIntegration", wanted)
        if integration.get("IntegrationHttpMethod"):
            parameters["integrationHttpMethod"] = integration["IntegrationHttpMethod"]
        client.put_integration(**parameters)
        for response in integration.get("IntegrationResponses") or ():
            client.put_integration_response(**conform("apigateway", "PutIntegrationResponse", {**place, **response}))
    return Made(f"{place['RestApiId']}|{place['ResourceId']}|{place['HttpMethod']}")


def overwrite_method(request: Request) -> Made:
    """Deletes the method and puts it again, since PutMethod refuses one that is there."""
    delete_method(request)
    return put_method(request)


def delete_method(request: Request) -> None:
    """DeleteMethod; gone with its resource is fine."""
    rest_api_id, resource_id, verb = request.physical_id.split("|")
    client = request.clients("apigateway")
    try:
        client.delete_method(restApiId=rest_api_id, resourceId=resource_id, httpMethod=verb)
    except client.exceptions.NotFoundException:
        return


def create_authorizer(request: Request) -> Made:
    """CreateAuthorizer."""
    parameters = conform("apigateway", "CreateAuthorizer", request.properties)
    made = request.clients("apigateway").create_authorizer(**parameters)
    return Made(made["id"], {"AuthorizerId": made["id"]})


def update_authorizer(request: Request) -> Made:
    """UpdateAuthorizer with what changed."""
    _patch(request, "authorizer", AUTHORIZER_PATHS, authorizerId=request.physical_id)
    return Made(request.physical_id, request.old_attributes)


def delete_authorizer(request: Request) -> None:
    """DeleteAuthorizer; gone with its API is fine."""
    _delete(request, "authorizer", authorizerId=request.physical_id)


def create_validator(request: Request) -> Made:
    """CreateRequestValidator."""
    wanted = {**request.properties, "Name": request.name(request.properties.get("Name"))}
    made = request.clients("apigateway").create_request_validator(
        **conform("apigateway", "CreateRequestValidator", wanted)
    )
    return Made(made["id"], {"RequestValidatorId": made["id"]})


def update_validator(request: Request) -> Made:
    """UpdateRequestValidator with what changed."""
    _patch(request, "request_validator", VALIDATOR_PATHS, requestValidatorId=request.physical_id)
    return Made(request.physical_id, request.old_attributes)


def delete_validator(request: Request) -> None:
    """DeleteRequestValidator; gone with its API is fine."""
    _delete(request, "request_validator", requestValidatorId=request.physical_id)


def create_model(request: Request) -> Made:
    """CreateModel; Ref answers its name."""
    properties = request.properties
    # The random part of a generated name may hold dashes, which a model's name may not.
    name = request.name(properties.get("Name")).replace("-", "")
    wanted = {
        "ContentType": "application/json",
        **properties,
        "Name": name,
        "Schema": _text(properties.get("Schema") or {}),
    }
    request.clients("apigateway").create_model(**conform("apigateway", "CreateModel", wanted))
    return Made(name)


def update_model(request: Request) -> Made:
    """UpdateModel with what changed."""
    _patch(request, "model", MODEL_PATHS, modelName=request.physical_id)
    return Made(request.physical_id)


def delete_model(request: Request) -> None:
    """DeleteModel; gone with its API is fine."""
    _delete(request, "model", modelName=request.physical_id)


def put_gateway_response(request: Request) -> Made:
    """PutGatewayResponse, which overwrites."""
    parameters = conform("apigateway", "PutGatewayResponse", request.properties)
    request.clients("apigateway").put_gateway_response(**parameters)
    return Made(request.physical_id or request.name(None))


def delete_gateway_response(request: Request) -> None:
    """DeleteGatewayResponse; gone with its API is fine."""
    _delete(request, "gateway_response", responseType=request.properties["ResponseType"])


def _patch(request: Request, noun: str, paths: Mapping[str, str], **identity: str) -> None:
    old, new = request.old_properties, request.properties
    patches = [
        {"op": "replace", "path": path, "value": _text(new[name])}
        for name, path in paths.items()
        if name in new and old.get(name) != new[name]
    ]
    if patches:
        update = getattr(request.clients("apigateway"), f"update_{noun}")
        update(restApiId=new["RestApiId"], patchOperations=patches, **identity)


def _delete(request: Request, noun: str, **identity: str) -> None:
    client = request.clients("apigateway")
    try:
        getattr(client, f"delete_{noun}")(restApiId=request.properties["RestApiId"], **identity)
    except client.exceptions.NotFoundException:
        return


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


RESOURCE = Handler(create=create_resource, delete=delete_resource)
METHOD = Handler(create=put_method, update=overwrite_method, delete=delete_method)
AUTHORIZER = Handler(create=create_authorizer, update=update_authorizer, delete=delete_authorizer)
VALIDATOR = Handler(create=create_validator, update=update_validator, delete=delete_validator)
MODEL = Handler(create=create_model, update=update_model, delete=delete_model)
GATEWAY_RESPONSE = Handler(create=put_gateway_response, update=put_gateway_response, delete=delete_gateway_response)
