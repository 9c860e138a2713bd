"""A draft frozen into the records the data plane serves from (FACTS 8.30). Pure: documents in, `ApiDefinition` out."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..records import (
    ApiDefinition,
    Authorizer,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    Method,
    MethodResponse,
    Model,
    RequestValidator,
    Resource,
)
from .state import Document, Draft


def freeze(draft: Draft, *, account_id: str, region: str) -> ApiDefinition:
    """The immutable copy of a draft; nothing in it is shared with the draft."""
    api = draft.rest_api
    return ApiDefinition(
        rest_api_id=api["id"],
        name=api["name"],
        account_id=account_id,
        region=region,
        resources=_each(draft.resources, _resource),
        authorizers=_each(draft.authorizers, _authorizer),
        validators=_each(draft.validators, _validator),
        models=_each(draft.models, _model),
        gateway_responses=_each(draft.gateway_responses, _gateway_response),
        binary_media_types=tuple(api.get("binaryMediaTypes") or ()),
        api_key_source=api.get("apiKeySource", "HEADER"),
        endpoint_type=api["endpointConfiguration"]["types"][0],
        minimum_compression_size=api.get("minimumCompressionSize"),
        policy=api.get("policy"),
    )


def _each(documents: Mapping[str, Document], make: Any) -> Mapping[str, Any]:
    return MappingProxyType({key: make(document) for key, document in documents.items()})


def _map(document: Document, key: str) -> Mapping[str, Any]:
    return MappingProxyType(dict(document.get(key) or {}))


def _resource(document: Document) -> Resource:
    return Resource(
        id=document["id"],
        path=document["path"],
        path_part=document.get("pathPart", ""),
        parent_id=document.get("parentId"),
        methods=_each(document.get("resourceMethods") or {}, _method),
    )


def _method(document: Document) -> Method:
    integration = document.get("methodIntegration")
    return Method(
        http_method=document["httpMethod"],
        authorization_type=document.get("authorizationType", "NONE"),
        authorizer_id=document.get("authorizerId"),
        authorization_scopes=tuple(document.get("authorizationScopes") or ()),
        api_key_required=bool(document.get("apiKeyRequired")),
        request_parameters=_map(document, "requestParameters"),
        request_models=_map(document, "requestModels"),
        request_validator_id=document.get("requestValidatorId"),
        operation_name=document.get("operationName"),
        integration=None if integration is None else _integration(integration),
        responses=_each(document.get("methodResponses") or {}, _method_response),
    )


def _method_response(document: Document) -> MethodResponse:
    return MethodResponse(
        status_code=document["statusCode"],
        response_parameters=_map(document, "responseParameters"),
        response_models=_map(document, "responseModels"),
    )


def _integration(document: Document) -> Integration:
    return Integration(
        type=document["type"],
        http_method=document.get("httpMethod"),
        uri=document.get("uri"),
        credentials=document.get("credentials"),
        connection_type=document.get("connectionType") or "INTERNET",
        connection_id=document.get("connectionId"),
        request_parameters=_map(document, "requestParameters"),
        request_templates=MappingProxyType({k: one or "" for k, one in _map(document, "requestTemplates").items()}),
        passthrough_behavior=document.get("passthroughBehavior") or "WHEN_NO_MATCH",
        content_handling=document.get("contentHandling"),
        timeout_millis=document.get("timeoutInMillis", 29_000),
        cache_namespace=document.get("cacheNamespace", ""),
        cache_key_parameters=tuple(document.get("cacheKeyParameters") or ()),
        responses=_each(document.get("integrationResponses") or {}, _integration_response),
        tls_insecure=bool((document.get("tlsConfig") or {}).get("insecureSkipVerification")),
    )


def _integration_response(document: Document) -> IntegrationResponse:
    return IntegrationResponse(
        status_code=document["statusCode"],
        selection_pattern=document.get("selectionPattern"),
        response_parameters=_map(document, "responseParameters"),
        response_templates=_map(document, "responseTemplates"),
        content_handling=document.get("contentHandling"),
    )


def _authorizer(document: Document) -> Authorizer:
    sources = document.get("identitySource") or ""
    return Authorizer(
        id=document["id"],
        name=document["name"],
        type=document["type"],
        uri=document.get("authorizerUri"),
        credentials=document.get("authorizerCredentials"),
        identity_sources=tuple(part.strip() for part in sources.split(",") if part.strip()),
        identity_validation_expression=document.get("identityValidationExpression"),
        result_ttl_seconds=document.get("authorizerResultTtlInSeconds"),
        provider_arns=tuple(document.get("providerARNs") or ()),
        auth_type=document.get("authType"),
    )


def _validator(document: Document) -> RequestValidator:
    return RequestValidator(
        id=document["id"],
        name=document["name"],
        validate_request_body=bool(document.get("validateRequestBody")),
        validate_request_parameters=bool(document.get("validateRequestParameters")),
    )


def _model(document: Document) -> Model:
    return Model(
        id=document["id"],
        name=document["name"],
        content_type=document["contentType"],
        schema=document.get("schema", ""),
        description=document.get("description"),
    )


def _gateway_response(document: Document) -> GatewayResponse:
    return GatewayResponse(
        response_type=document["responseType"],
        status_code=document.get("statusCode"),
        response_parameters=_map(document, "responseParameters"),
        response_templates=_map(document, "responseTemplates"),
    )
