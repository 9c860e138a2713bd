"""A deployed definition as OpenAPI 3.0 or Swagger 2.0 (recorded shape of GetExport). Pure."""

import json
from collections.abc import Mapping
from typing import Any

from ...records import ApiDefinition, Authorizer, Integration, Method, MethodResponse
from ..state import Document

_X = "x-amazon-apigateway-"
_PLACES = {"path": "path", "querystring": "query", "header": "header"}
_STRING = {"type": "string"}


def export(definition: ApiDefinition, *, stage_name: str, kind: str, when: str, extensions: frozenset[str]) -> Document:
    """The document; `extensions` may hold integrations, authorizers and apigateway (all of them)."""
    is_v3 = kind == "oas30"
    with_integrations = bool(extensions & {"integrations", "apigateway"})
    with_authorizers = bool(extensions & {"authorizers", "apigateway"})
    host = f"{definition.rest_api_id}.execute-api.{definition.region}.amazonaws.com"
    document: Document = {"openapi": "3.0.1"} if is_v3 else {"swagger": "2.0"}
    document["info"] = {"title": definition.name, "version": when}
    if is_v3:
        variables = {"basePath": {"default": stage_name}}  # recorded: without a slash
        document["servers"] = [{"url": f"https://{host}/{{basePath}}", "variables": variables}]
    else:
        document |= {"host": host, "basePath": f"/{stage_name}", "schemes": ["https"]}
    document["paths"] = {
        resource.path: {
            _verb(verb): _operation(method, definition, is_v3=is_v3, with_integration=with_integrations)
            for verb, method in resource.methods.items()
        }
        for resource in sorted(definition.resources.values(), key=lambda one: one.path)
        if resource.methods
    }
    schemas = {name: _schema(json.loads(model.schema), is_v3=is_v3) for name, model in definition.models.items()}
    schemes = _schemes(definition, with_authorizers=with_authorizers)
    if is_v3:
        document["components"] = {key: one for key, one in (("schemas", schemas), ("securitySchemes", schemes)) if one}
    else:
        document |= {key: one for key, one in (("definitions", schemas), ("securityDefinitions", schemes)) if one}
    if "apigateway" in extensions:
        document |= _root_extensions(definition)
    return document


def _verb(verb: str) -> str:
    return f"{_X}any-method" if verb == "ANY" else verb.lower()


def _reference(name: str, *, is_v3: bool) -> Document:
    return {"$ref": f"#/{'components/schemas' if is_v3 else 'definitions'}/{name}"}


def _schema(value: Any, *, is_v3: bool) -> Any:
    if isinstance(value, list):
        return [_schema(one, is_v3=is_v3) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _schema(one, is_v3=is_v3) for key, one in value.items()}
    if isinstance(found.get("$ref"), str) and "/models/" in found["$ref"]:
        return _reference(found["$ref"].rpartition("/")[2], is_v3=is_v3)
    return found


def _operation(method: Method, definition: ApiDefinition, *, is_v3: bool, with_integration: bool) -> Document:
    document: Document = {}
    if method.operation_name:
        document["operationId"] = method.operation_name
    parameters = [_parameter(name, required, is_v3=is_v3) for name, required in method.request_parameters.items()]
    bodies = {kind: _reference(name, is_v3=is_v3) for kind, name in method.request_models.items()}
    if bodies and is_v3:
        document["requestBody"] = {"content": {kind: {"schema": one} for kind, one in bodies.items()}, "required": True}
    elif bodies:
        name = next(iter(method.request_models.values()))
        parameters.append({"in": "body", "name": name, "required": True, "schema": _reference(name, is_v3=is_v3)})
    if not is_v3:
        document |= _media_types(method)
    if parameters:
        document["parameters"] = parameters
    responses = {status: _response(one, is_v3=is_v3) for status, one in method.responses.items()}
    document["responses"] = responses or ({"default": {"description": "Default response"}} if is_v3 else {})
    security = _security(method, definition)
    if security:
        document["security"] = security
    validator = definition.validators.get(method.request_validator_id or "")
    if validator is not None:
        document[f"{_X}request-validator"] = validator.name
    if with_integration and method.integration is not None:
        document[f"{_X}integration"] = _integration(method.integration)
    return document


def _media_types(method: Method) -> Document:
    """`consumes` and `produces`: media types of models and of mapping templates (recorded, with extensions or without)."""
    integration = method.integration
    templates = integration.request_templates if integration else {}
    answers = integration.responses.values() if integration else ()
    consumed = [*method.request_models, *templates]
    produced = [kind for one in method.responses.values() for kind in one.response_models]
    produced += [kind for one in answers for kind in one.response_templates]
    return _present({"consumes": list(dict.fromkeys(consumed)), "produces": list(dict.fromkeys(produced))})


def _parameter(name: str, required: bool, *, is_v3: bool) -> Document:
    _, _, place, label = name.split(".", 3)
    kind: Document = {"schema": dict(_STRING)} if is_v3 else dict(_STRING)
    is_required = required or place == "path"
    # Recorded: 2.0 says so of every parameter, 3.0 of the required ones.
    needed: Document = {} if is_v3 and not is_required else {"required": is_required}
    return {"name": label, "in": _PLACES.get(place, place), **needed, **kind}


def _response(response: MethodResponse, *, is_v3: bool) -> Document:
    document: Document = {"description": f"{response.status_code} response"}
    headers = [name.removeprefix("method.response.header.") for name in response.response_parameters]
    if headers:
        document["headers"] = {name: {"schema": dict(_STRING)} if is_v3 else dict(_STRING) for name in headers}
    if is_v3:  # recorded: an empty map where there is none
        document["content"] = {
            kind: {"schema": _reference(name, is_v3=True)} for kind, name in response.response_models.items()
        }
    elif response.response_models:
        document["schema"] = _reference(next(iter(response.response_models.values())), is_v3=False)
    return document


def _security(method: Method, definition: ApiDefinition) -> list[Document]:
    found: Document = {}
    authorizer = definition.authorizers.get(method.authorizer_id or "")
    if authorizer is not None:
        found[authorizer.name] = list(method.authorization_scopes)
    if method.authorization_type == "AWS_IAM":
        found["sigv4"] = []
    if method.api_key_required:
        found["api_key"] = []
    return [{name: scopes} for name, scopes in found.items()]


def _schemes(definition: ApiDefinition, *, with_authorizers: bool) -> Document:
    methods = [method for resource in definition.resources.values() for method in resource.methods.values()]
    found: Document = {one.name: _scheme(one, with_authorizers) for one in definition.authorizers.values()}
    if any(method.api_key_required for method in methods):
        found["api_key"] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    if any(method.authorization_type == "AWS_IAM" for method in methods):
        found["sigv4"] = {"type": "apiKey", "name": "Authorization", "in": "header", f"{_X}authtype": "awsSigv4"}
    return found


def _scheme(authorizer: Authorizer, with_extension: bool) -> Document:
    header = next(
        (
            one.removeprefix("method.request.header.")
            for one in authorizer.identity_sources
            if one.startswith("method.request.header.")
        ),
        "Unused",
    )
    is_request = authorizer.type == "REQUEST"
    scheme: Document = {
        "type": "apiKey",
        "name": "Unused" if is_request else header,
        "in": "header",
        f"{_X}authtype": authorizer.auth_type or "custom",
    }
    if not with_extension:
        return scheme
    scheme[f"{_X}authorizer"] = _present(
        {
            "type": authorizer.type.lower(),
            "authorizerUri": authorizer.uri,
            "authorizerCredentials": authorizer.credentials,
            "authorizerResultTtlInSeconds": authorizer.result_ttl_seconds,
            "identityValidationExpression": authorizer.identity_validation_expression,
            "identitySource": ", ".join(authorizer.identity_sources) if is_request else None,
            "providerARNs": list(authorizer.provider_arns) or None,
        }
    )
    return scheme


def _integration(integration: Integration) -> Document:
    document = _present(
        {
            "type": integration.type.lower(),
            "httpMethod": integration.http_method,
            "uri": integration.uri,
            "credentials": integration.credentials,
            "connectionType": None if integration.connection_type == "INTERNET" else integration.connection_type,
            "connectionId": integration.connection_id,
        }
    )
    responses: Document = {}
    for one in integration.responses.values():
        responses[one.selection_pattern or "default"] = _present(
            {
                "statusCode": one.status_code,
                "responseParameters": dict(one.response_parameters),
                "responseTemplates": dict(one.response_templates),
                "contentHandling": one.content_handling,
            }
        )
    return document | _present(
        {
            "responses": responses,
            "requestParameters": dict(integration.request_parameters),
            "requestTemplates": dict(integration.request_templates),
            "passthroughBehavior": integration.passthrough_behavior.lower(),
            "contentHandling": integration.content_handling,
            "timeoutInMillis": None if integration.timeout_millis == 29_000 else integration.timeout_millis,
            "cacheKeyParameters": list(integration.cache_key_parameters) or None,
        }
    )


def _root_extensions(definition: ApiDefinition) -> Document:
    return _present(
        {
            f"{_X}request-validators": {
                one.name: {
                    "validateRequestParameters": one.validate_request_parameters,
                    "validateRequestBody": one.validate_request_body,
                }
                for one in definition.validators.values()
            },
            f"{_X}gateway-responses": {
                one.response_type: _present(
                    {
                        "statusCode": one.status_code,
                        "responseParameters": dict(one.response_parameters),
                        "responseTemplates": dict(one.response_templates),
                    }
                )
                for one in definition.gateway_responses.values()
            },
            f"{_X}binary-media-types": list(definition.binary_media_types),
            f"{_X}minimum-compression-size": definition.minimum_compression_size,
            f"{_X}api-key-source": None if definition.api_key_source == "HEADER" else definition.api_key_source,
            f"{_X}policy": json.loads(definition.policy) if definition.policy else None,
        }
    )


def _present(values: Mapping[str, Any]) -> Document:
    return {key: one for key, one in values.items() if one not in (None, {}, [])}
