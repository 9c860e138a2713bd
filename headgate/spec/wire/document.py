"""The wire document: the smallest OpenAPI 3.0.1 that API Gateway imports without a warning and that routes, protects and checks.

No descriptions, examples or response schemas; models only for required JSON bodies. What does not fit here is in the validators and
in the published document, and the ledger says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..operations.paths import is_wire_name, segments, variable_name
from ..operations.records import Body, Operation, Parameter, Upstream
from ..operations.routing import Route, is_strict, routes_of
from ..security.authorizers import Authorizer, Guard
from ..security.requirements import Requirement
from ..settings.project import Cors
from .aws_services import aws_integration, method_responses
from .caching import cache_keys, cache_sources, stage_cache
from .cors import preflight, shared
from .gateway_responses import gateway_responses
from .integrations import (
    CREDENTIALS,
    apply_rewrite,
    edge_integration,
    function_arn,
    integration,
    invocation_uri,
    own_integration,
    rewrite_sources,
)
from .models import WireModels

VALIDATORS = {
    "parameters": {"validateRequestParameters": True, "validateRequestBody": False},
    "everything": {"validateRequestParameters": True, "validateRequestBody": True},
}

# The name of the native API key scheme.
_API_KEY = "api_key"

_METHOD_ORDER = ("get", "put", "post", "delete", "options", "head", "patch")


@dataclass(slots=True)
class Wire:
    """Collects one API's wire document. `carried` holds the keys of parameters that it carries, for the ledger.

    `requires_queries` is off for a mock: API Gateway takes a blank value for a missing one (FACTS 8.3), the mock knows better.
    """

    title: str
    cors: Cors | None
    binary_media_types: list[str]
    upstreams: dict[str, Upstream]
    protection: Guard
    requires_queries: bool = True
    models: WireModels = field(default_factory=WireModels)
    carried: set[tuple[str, str]] = field(default_factory=set)
    modelled: set[tuple[str, str]] = field(default_factory=set)
    _ids: set[str] = field(default_factory=set)

    def document(self, operations: list[Operation], root_extensions: dict[str, Any]) -> dict[str, Any]:
        """The whole document. `root_extensions` are the documents' own `x-amazon-apigateway-*` root members."""
        paths: dict[str, dict[str, Any]] = {}
        for route in routes_of(operations):
            method, resource = route.place
            paths.setdefault(resource, {})[method.lower()] = self._operation(route)
        for path, item in paths.items():
            if self.cors is not None and "options" not in item:
                item["options"] = preflight(self.cors, [method.upper() for method in item], _path_parameters(path))
        document: dict[str, Any] = {
            "openapi": "3.0.1",
            "info": {"title": self.title, "version": "1.0"},
            "paths": {path: _in_method_order(paths[path]) for path in sorted(paths)},
            "components": {"schemas": self.models.finish(), "securitySchemes": self._security_schemes()},
            "x-amazon-apigateway-gateway-responses": gateway_responses(self.cors),
            "x-amazon-apigateway-request-validators": VALIDATORS,
        }
        document["components"] = {key: value for key, value in document["components"].items() if value}
        if self.binary_media_types:
            document["x-amazon-apigateway-binary-media-types"] = sorted(self.binary_media_types)
        return _extended(document, root_extensions)

    def _operation(self, route: Route) -> dict[str, Any]:
        operation = route.first
        requirement = self.protection.requirement(operation)
        model = self._body(route)
        parameters = self._parameters(route)
        found: dict[str, Any] = {
            "operationId": self._unique_id(operation.id),
            "parameters": parameters,
            # At least one is needed (RESTRICTIONS 2.5); proxies pass every status on.
            "responses": method_responses() if self._is_aws(route) else {"200": {"description": "OK"}},
            "security": self._security(operation, requirement),
            "x-amazon-apigateway-integration": self._integration(route, requirement),
        }
        if model is not None:
            reference = {"schema": {"$ref": f"#/components/schemas/{model}"}}
            found["requestBody"] = {"required": True, "content": {"application/json": reference}}
        checks = "everything" if model else "parameters" if _is_checked(parameters) else None
        if checks:
            found["x-amazon-apigateway-request-validator"] = checks
        if self.cors is not None and found["x-amazon-apigateway-integration"]["type"] == "aws" and self._is_aws(route):
            found = shared(found, self.cors)
        return {**found, **_own_extensions(operation)}

    def _integration(self, route: Route, requirement: Requirement) -> dict[str, Any]:
        if route.is_edge:
            return edge_integration(route.operations, requirement)
        operation = route.first
        upstream = self.upstreams.get(operation.upstream or "")
        own = own_integration(operation, requirement)
        if self._is_aws(route) and own is None and upstream is not None:
            return aws_integration(operation, upstream, requirement)
        built = own or apply_rewrite(integration(operation, upstream, requirement), operation, requirement)
        if stage_cache(route) is None:
            return built
        keys = cache_keys(self._cache_sources(route), built.get("requestParameters") or {})
        return {**built, "cacheKeyParameters": keys}

    def _is_aws(self, route: Route) -> bool:
        upstream = self.upstreams.get(route.first.upstream or "")
        return upstream is not None and upstream.kind == "aws"

    def _cache_sources(self, route: Route) -> list[tuple[str, str]]:
        """With CORS, an answer may name the origin it is for."""
        return cache_sources(route.first, self.protection) + ([("header", "Origin")] if self.cors else [])

    def _unique_id(self, wish: str) -> str:
        name, number = wish, 2
        while name in self._ids:
            name, number = f"{wish}_{number}", number + 1
        self._ids.add(name)
        return name

    def _parameters(self, route: Route) -> list[dict[str, Any]]:
        """Path variables, required query parameters, and what a rewrite reads. A name stands once per method (FACTS 8.18).

        Required headers stay away: API Gateway minds their case (FACTS 8.4), so it would refuse what the document allows.
        """
        declared = {parameter["name"]: parameter for parameter in _path_parameters(route.first.resource)}
        for parameter in self._checkable(route):
            if parameter.name not in declared:
                declared[parameter.name] = _parameter(parameter.name, "query", True)
                self.carried.add(parameter.at.key)
        if route.is_edge:
            return list(declared.values())
        self.carried |= {p.at.key for o in route.operations for p in o.parameters if p.location == "path"}
        read = rewrite_sources(route.first)
        if stage_cache(route) is not None:
            read += self._cache_sources(route)
        for location, name in read:
            declared.setdefault(name, _parameter(name, location, False))
        return list(declared.values())

    def _checkable(self, route: Route) -> list[Parameter]:
        """Query parameters that every request of a route must have and that API Gateway can look for.

        Not where the aggregator checks everything: a blank value is missing to API Gateway (FACTS 8.3), and may be right. Not for
        a greedy resource either, whose requests may mean none of its operations.
        """
        if not self.requires_queries or any(is_strict(each) or each.is_folded for each in route.operations):
            return []
        found = [[p for p in operation.parameters if _is_checkable(p)] for operation in route.operations]
        shared = set.intersection(*({parameter.name for parameter in each} for each in found))
        return [parameter for parameter in found[0] if parameter.name in shared]

    def _body(self, route: Route) -> str | None:
        """The model of a body that must come and is JSON only. With other types beside it, API Gateway might apply it to those."""
        operation = route.first
        body = operation.body
        is_checked_later = len(route.operations) > 1 or is_strict(operation) or operation.is_folded
        if body is None or not body.required or operation.method == "GET" or is_checked_later:
            return None
        schema = _only_json(body)
        if schema is None:
            return None
        model = self.models.model(schema, f"{operation.id}Body")
        if model is not None:
            self.modelled.add(body.at.key)
        return model

    def _security(self, operation: Operation, requirement: Requirement) -> list[dict[str, list[str]]]:
        if requirement.native is not None:
            return [{requirement.native: [], **({_API_KEY: []} if requirement.api_key else {})}]
        authorizer = self.protection.authorizer(operation)
        needed: dict[str, list[str]] = {authorizer.name: []} if authorizer else {}
        if requirement.api_key:
            needed[_API_KEY] = []
        return [needed] if needed else []

    def _security_schemes(self) -> dict[str, Any]:
        found: dict[str, Any] = {a.name: _authorizer_scheme(a) for a in self.protection.authorizers.values()}
        requirements = self.protection.requirements.values()
        if any(requirement.api_key for requirement in requirements):
            found[_API_KEY] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
        for name in {r.native for r in requirements if r.native}:
            found[name] = self.protection.schemes[name].at.value
        return found


def _is_checkable(parameter: Parameter) -> bool:
    """Whether API Gateway finds a parameter missing exactly when the document does."""
    return (
        parameter.location == "query"
        and parameter.required
        and is_wire_name(parameter.name)
        and parameter.at.value.get("allowEmptyValue") is not True
        and parameter.style != "deepObject"
        and not _spreads(parameter)
    )


def _spreads(parameter: Parameter) -> bool:
    """An exploded form object arrives under its properties' names, not its own."""
    schema = parameter.schema.follow() if parameter.schema else None
    kind = schema.value.get("type") if schema is not None and isinstance(schema.value, dict) else None
    return parameter.explode and (kind == "object" or kind is None or (isinstance(kind, list) and "object" in kind))


def _path_parameters(resource: str) -> list[dict[str, Any]]:
    names = [name for part in segments(resource) if (name := variable_name(part))]
    return [_parameter(name, "path", True) for name in names]


def _parameter(name: str, location: str, required: bool) -> dict[str, Any]:
    return {"name": name, "in": location, "required": required, "schema": {"type": "string"}}


def _is_checked(parameters: list[dict[str, Any]]) -> bool:
    return any(parameter["in"] == "query" and parameter["required"] for parameter in parameters)


def _only_json(body: Body) -> Any:
    return next(iter(body.content.values())) if list(body.content) == ["application/json"] else None


def _authorizer_scheme(authorizer: Authorizer) -> dict[str, Any]:
    """A REQUEST authorizer. Its header name is only shown in exports; identitySource decides."""
    sources = authorizer.identity_sources
    settings: dict[str, Any] = {
        "type": "request",
        "authorizerUri": invocation_uri(function_arn("authorizer")),
        "authorizerCredentials": CREDENTIALS,
        "authorizerResultTtlInSeconds": authorizer.ttl_seconds,
    }
    if sources:
        settings["identitySource"] = ",".join(sources)
    return {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization" if "method.request.header.Authorization" in sources else "Unused",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": settings,
    }


def _own_extensions(operation: Operation) -> dict[str, Any]:
    """The document's own method-level extensions, except the integration, which is already in."""
    own = {k: v for k, v in operation.at.value.items() if k.startswith("x-amazon-apigateway-")}
    own.pop("x-amazon-apigateway-integration", None)
    return own


def _extended(document: dict[str, Any], root_extensions: dict[str, Any]) -> dict[str, Any]:
    for key, value in root_extensions.items():
        ours = document.get(key)
        if isinstance(ours, dict) and isinstance(value, dict):
            document[key] = {**ours, **value}
        elif isinstance(ours, list) and isinstance(value, list):
            document[key] = sorted({*ours, *value})
        else:
            document[key] = value
    return document


def _in_method_order(item: dict[str, Any]) -> dict[str, Any]:
    return {method: item[method] for method in _METHOD_ORDER if method in item}
