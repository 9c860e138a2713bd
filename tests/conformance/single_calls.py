"""Builds a REST API from a case's document with single control-plane calls, for peers without a usable importer.

It covers what the cases use and is no importer of general documents.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

SCHEMAS = "#/components/schemas/"
MODELS = "https://apigateway.amazonaws.com/restapis/{api}/models/"
VERBS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}
PLACES = {"path": "path", "query": "querystring", "header": "header"}
Call = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class Builder:
    """Makes one API; `call` raises what a refused call raises."""

    def __init__(self, call: Call, document: Mapping[str, Any], api: str = "") -> None:
        self._call = call
        self._document = document
        self._components = document.get("components") or {}
        self.api = api

    def create(self) -> dict[str, Any]:
        """The API without its contents, so that the caller can remember to delete it."""
        document = self._document
        made = self.call(
            "create_rest_api",
            name=document["info"]["title"],
            binaryMediaTypes=document.get("x-amazon-apigateway-binary-media-types"),
            apiKeySource=document.get("x-amazon-apigateway-api-key-source"),
            minimumCompressionSize=document.get("x-amazon-apigateway-minimum-compression-size"),
        )
        self.api = made["id"]
        return made

    def fill(self) -> None:
        """Authorizers, models, validators, gateway responses, then every operation."""
        schemes = self._components.get("securitySchemes") or {}
        self._authorizers = {
            name: self._authorizer(name, scheme)
            for name, scheme in schemes.items()
            if "x-amazon-apigateway-authorizer" in scheme
        }
        for name, schema in (self._components.get("schemas") or {}).items():
            text = json.dumps(schema).replace(SCHEMAS, MODELS.format(api=self.api))
            self.call("create_model", name=name, contentType="application/json", schema=text)
        validators = self._document.get("x-amazon-apigateway-request-validators") or {}
        self._validators = {
            name: self.call("create_request_validator", name=name, **options)["id"]
            for name, options in validators.items()
        }
        for kind, response in (self._document.get("x-amazon-apigateway-gateway-responses") or {}).items():
            self.call("put_gateway_response", responseType=kind, **response)
        self.each(self._method)

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """With the API's id, and without arguments that are absent or empty."""
        api = {"restApiId": self.api} if self.api else {}
        return self._call(operation, {**api, **_present(arguments)})

    def each(self, visit: Callable[[Mapping[str, str], Mapping[str, Any]], None]) -> None:
        """Visit every operation with the place it belongs to."""
        items = self.call("get_resources", limit=500)["items"]
        ids = {item["path"]: item["id"] for item in items}
        for path, item in self._document["paths"].items():
            parent = self._resource(path, ids)
            for verb in sorted(VERBS & set(item)):
                name = "ANY" if verb.startswith("x-") else verb.upper()
                visit({"resourceId": parent, "httpMethod": name}, item[verb])

    def _resource(self, path: str, ids: dict[str, str]) -> str:
        parent, place = ids["/"], ""
        for part in path.strip("/").split("/") if path != "/" else []:
            place = f"{place}/{part}"
            if place not in ids:
                ids[place] = self.call("create_resource", parentId=parent, pathPart=part)["id"]
            parent = ids[place]
        return parent

    def _authorizer(self, name: str, scheme: Mapping[str, Any]) -> str:
        extension = scheme["x-amazon-apigateway-authorizer"]
        kind = extension["type"].upper()
        header = f"method.request.header.{scheme['name']}"
        made = self.call(
            "create_authorizer",
            name=name,
            type=kind,
            authorizerUri=extension.get("authorizerUri"),
            providerARNs=extension.get("providerARNs"),
            identitySource=extension.get("identitySource") if kind == "REQUEST" else header,
            authorizerResultTtlInSeconds=extension.get("authorizerResultTtlInSeconds"),
            identityValidationExpression=extension.get("identityValidationExpression"),
        )
        return str(made["id"])

    def _method(self, target: Mapping[str, str], operation: Mapping[str, Any]) -> None:
        security = operation.get("security", self._document.get("security") or [])
        schemes = {name: scopes for entry in security for name, scopes in entry.items()}
        custom = [self._authorizers[name] for name in schemes if name in self._authorizers]
        media = (operation.get("requestBody") or {}).get("content") or {}
        parameters = operation.get("parameters") or []
        self.call(
            "put_method",
            **target,
            authorizationType="CUSTOM" if custom else "NONE",
            apiKeyRequired=bool(set(schemes) - set(self._authorizers)),
            authorizerId=custom[0] if custom else None,
            requestParameters={
                f"method.request.{PLACES[one['in']]}.{one['name']}": one.get("required", False) for one in parameters
            },
            requestModels={kind: body["schema"]["$ref"].removeprefix(SCHEMAS) for kind, body in media.items()},
            requestValidatorId=self._validators.get(operation.get("x-amazon-apigateway-request-validator")),
        )
        for status, response in operation["responses"].items():
            headers = {f"method.response.header.{name}": False for name in response.get("headers") or {}}
            self.call("put_method_response", **target, statusCode=status, responseParameters=headers)
        self._integration(target, operation)
        self.responses(target, operation)

    def _integration(self, target: Mapping[str, str], operation: Mapping[str, Any]) -> None:
        given = operation["x-amazon-apigateway-integration"]
        self.call(
            "put_integration",
            **target,
            type=given["type"].upper(),
            integrationHttpMethod=given.get("httpMethod"),
            uri=given.get("uri"),
            credentials=given.get("credentials"),
            requestParameters=given.get("requestParameters"),
            requestTemplates=given.get("requestTemplates"),
            passthroughBehavior=(given.get("passthroughBehavior") or "").upper(),
            contentHandling=given.get("contentHandling"),
            timeoutInMillis=given.get("timeoutInMillis"),
            cacheKeyParameters=given.get("cacheKeyParameters"),
        )

    def responses(self, target: Mapping[str, str], operation: Mapping[str, Any]) -> None:
        """The integration responses alone, for a case that changes them."""
        given = operation["x-amazon-apigateway-integration"].get("responses") or {}
        for pattern, response in given.items():
            selection = {} if pattern == "default" else {"selectionPattern": pattern}
            self.call("put_integration_response", **target, **response, **selection)


def _present(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None and value not in ("", {}, [])}
