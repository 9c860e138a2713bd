"""Hand-written compiled gateways: as small as a template can be while using every kind of reference."""

from dataclasses import dataclass, field
from typing import Any

from infra.body import FUNCTION_URI, INVOKE_ROLE


@dataclass(frozen=True)
class Api:
    """Looks like headgate.spec.CompiledApi."""

    name: str
    wire: dict[str, Any]
    published: dict[str, Any] = field(default_factory=dict)
    routes: dict[str, Any] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)
    validators: dict[str, Any] = field(default_factory=dict)
    edge_validators: dict[str, Any] = field(default_factory=dict)
    ledger: list[Any] = field(default_factory=list)
    uses_authorizer: bool = True
    uses_aggregator: bool = True
    lambda_upstreams: dict[str, str] = field(default_factory=dict)
    aws_grants: tuple[Any, ...] = ()
    vpc_links: tuple[str, ...] = ()
    throttles: dict[str, dict[str, float]] = field(default_factory=dict)
    caches: dict[str, dict[str, Any]] = field(default_factory=dict)
    base_path: str = ""
    part_of: str = ""

    @property
    def whole(self) -> str:
        return self.part_of or self.name


@dataclass(frozen=True)
class Gateway:
    """Looks like headgate.spec.Compiled."""

    apis: tuple[Api, ...]


def users_wire(upstream: str = "https://users.example.com") -> dict[str, Any]:
    """Three operations: one proxied and authorised, one composed, one public mock."""
    security = [{"jwt-0000000000": []}]
    authorizer = {
        "type": "request",
        "authorizerUri": FUNCTION_URI % "authorizer",
        "authorizerCredentials": INVOKE_ROLE,
        "identitySource": "method.request.header.Authorization",
        "authorizerResultTtlInSeconds": 60,
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "users", "version": "1"},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": "all",
        "paths": {
            "/users/{id}": {
                "get": {
                    "security": security,
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "responses": {"200": {"description": "ok"}},
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "httpMethod": "GET",
                        "uri": f"{upstream}/users/{{id}}",
                        "requestParameters": {"integration.request.path.id": "method.request.path.id"},
                    },
                }
            },
            "/home": {
                "get": {
                    "security": security,
                    "responses": {"200": {"description": "ok"}},
                    "x-amazon-apigateway-integration": {
                        "type": "aws_proxy",
                        "httpMethod": "POST",
                        "uri": FUNCTION_URI % "aggregator",
                        "credentials": INVOKE_ROLE,
                    },
                }
            },
            "/health": {
                "get": {
                    "security": [],
                    "responses": {"200": {"description": "ok"}},
                    "x-amazon-apigateway-integration": {
                        "type": "mock",
                        "requestTemplates": {"application/json": '{"statusCode": 200}'},
                        "responses": {"default": {"statusCode": "200"}},
                    },
                }
            },
        },
        "components": {
            "securitySchemes": {
                "jwt-0000000000": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": authorizer,
                }
            }
        },
    }


def users_api(name: str = "portal", **changes: Any) -> Api:
    """An API with routes and a plan."""
    defaults: dict[str, Any] = {
        "wire": users_wire(),
        "routes": {"version": 1, "api": name, "operations": []},
        "plans": {"version": 1, "api": name, "plans": {}},
        "validators": {"version": 1, "api": name},
        "edge_validators": {"version": 1, "api": name},
        "throttles": {"/users/{id}/GET": {"rate": 5, "burst": 10}},
    }
    return Api(name=name, **{**defaults, **changes})


def gateway(*apis: Api) -> Gateway:
    """A compiled gateway, of one API unless more are given."""
    return Gateway(apis or (users_api(),))
