"""The paths of an OpenAPI document as resources, methods and integrations."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import ControlPlaneError
from ..integrations import build_integration, build_integration_response
from ..methods import check_references, check_request_mappings, check_request_parameters, check_response_mappings
from ..resource_tree import ensure_path
from ..state import Document, Draft, Region
from .dialects import Dialect, operations, parameters
from .document import resolve
from .schemas import Findings, model_for
from .security import Schemes, authorization, requirements

_INTEGRATION = "x-amazon-apigateway-integration"
_VALIDATOR = "x-amazon-apigateway-request-validator"
# Extension key -> PutIntegration's parameter (FACTS 9.14).
_INTEGRATION_KEYS = {
    "type": "type",
    "uri": "uri",
    "httpMethod": "integrationHttpMethod",
    "credentials": "credentials",
    "requestParameters": "requestParameters",
    "requestTemplates": "requestTemplates",
    "passthroughBehavior": "passthroughBehavior",
    "cacheNamespace": "cacheNamespace",
    "cacheKeyParameters": "cacheKeyParameters",
    "connectionType": "connectionType",
    "connectionId": "connectionId",
    "contentHandling": "contentHandling",
    "timeoutInMillis": "timeoutInMillis",
    "tlsConfig": "tlsConfig",
    "responseTransferMode": "responseTransferMode",
    "integrationTarget": "integrationTarget",
}


@dataclass(frozen=True, slots=True)
class Importing:
    """One import under way."""

    region: Region
    draft: Draft
    dialect: Dialect
    schemes: Schemes
    findings: Findings
    base_path: str  # ignore | prepend | split


def import_paths(context: Importing) -> set[str]:
    """Create or replace the methods of every path; the answer is the identifiers of the paths' resources."""
    prefix, kept = _prefix(context), set()
    for path, item in (context.dialect.document.get("paths") or {}).items():
        if not str(path).startswith("/"):
            continue  # `x-` keys
        try:
            resource = ensure_path(context.region, context.draft, f"{prefix}{str(path).rstrip('/')}" or "/")
        except ControlPlaneError as error:
            context.findings.errors.append(str(error))
            continue
        kept.add(resource["id"])
        for verb, operation in operations(context.dialect.document, item):
            method = _Method(context, resource, verb, operation, resolve(context.dialect.document, item))
            method.put()
    return kept


def _prefix(context: Importing) -> str:
    """FACTS 9.8: `ignore` drops the base path, `prepend` keeps it, `split` drops its first segment."""
    base = "/" + context.dialect.base_path().strip("/")
    if context.base_path == "prepend":
        return base.rstrip("/")
    if context.base_path == "split":
        return "".join(f"/{part}" for part in base.strip("/").split("/")[1:])
    return ""


@dataclass(frozen=True, slots=True)
class _Method:
    """One operation on its way to becoming a method; each step adds to it or records why it cannot."""

    context: Importing
    resource: Document
    verb: str
    operation: Document
    item: Document

    def put(self) -> None:
        method = self._attempt(f"Unable to put method '{self.verb}' on resource at path '{self.path}'", self._method)
        if method is None:
            return
        self.resource.setdefault("resourceMethods", {})[self.verb] = method
        extension = resolve(self.context.dialect.document, self.operation.get(_INTEGRATION))
        if not isinstance(extension, dict) or not extension:
            return
        integration = self._attempt(
            f"Unable to put integration on '{self.verb}' for resource at path '{self.path}'",
            lambda: self._integration(method, extension),
        )
        if integration is None:
            return
        method["methodIntegration"] = integration
        responses = self._attempt(
            f"Unable to put integration response on '{self.verb}' for resource at path '{self.path}'",
            lambda: self._integration_responses(method, extension),
        )
        if responses:
            integration["integrationResponses"] = responses

    @property
    def path(self) -> str:
        return str(self.resource["path"])

    def _attempt(self, what: str, build: Callable[[], Document | None]) -> Document | None:
        try:
            return build()
        except ControlPlaneError as error:
            self.context.findings.errors.append(f"{what}: {error}")
            return None

    def _method(self) -> Document | None:
        context = self.context
        wanted = requirements(
            self.operation,
            context.dialect.document.get("security"),
            root_applies=context.region.settings.root_security_applies,
        )
        allowed = authorization(self.operation, wanted, context.schemes, context.draft)
        if allowed is None:
            return None
        method: Document = {"httpMethod": self.verb, **allowed}
        if self.operation.get("operationId"):
            method["operationName"] = str(self.operation["operationId"])
        found = parameters(context.dialect.document, self.operation, self.item)
        if found:
            method["requestParameters"] = {f"method.request.{one.place}.{one.name}": one.required for one in found}
            check_request_parameters(method["requestParameters"])
        models = self._models(
            context.dialect.request_bodies(self.operation, self.item), f"request schema for '{self.verb} {self.path}'"
        )
        if models:
            method["requestModels"] = models
        self._add_validator(method)
        check_references(method, context.draft)
        responses = self._responses()
        if responses:
            method["methodResponses"] = responses
        return method

    def _models(self, bodies: dict[str, Any], where: str) -> Document:
        context = self.context
        found = {
            kind: model_for(
                context.region,
                context.draft,
                schema,
                prefix=context.dialect.prefix,
                where=where,
                findings=context.findings,
            )
            for kind, schema in bodies.items()
        }
        return {kind: name for kind, name in found.items() if name is not None}

    def _add_validator(self, method: Document) -> None:
        name = self.operation.get(_VALIDATOR, self.context.dialect.document.get(_VALIDATOR))
        if not name:
            return
        validators = self.context.draft.validators
        method["requestValidatorId"] = next((key for key, one in validators.items() if one["name"] == name), str(name))

    def _responses(self) -> Document:
        """Method responses by status; integers are accepted (FACTS 9.7), `default` and `2XX` are none."""
        found: Document = {}
        for status, raw in (self.operation.get("responses") or {}).items():
            response = resolve(self.context.dialect.document, raw)
            if not re.fullmatch(r"\d{3}", str(status)) or not isinstance(response, dict):
                continue
            entry: Document = {"statusCode": str(status)}
            headers = response.get("headers")
            if headers:
                entry["responseParameters"] = {f"method.response.header.{name}": False for name in headers}
            models = self._models(
                self.context.dialect.response_bodies(response, self.operation),
                f"{status} response to method '{self.verb} {self.path}'",
            )
            if models:
                entry["responseModels"] = models
            found[str(status)] = entry
        return found

    def _integration(self, method: Document, extension: Document) -> Document:
        settings = {
            target: extension[key] for key, target in _INTEGRATION_KEYS.items() if extension.get(key) is not None
        }
        if isinstance(settings.get("requestTemplates"), dict):
            settings["requestTemplates"] = {str(kind): str(one) for kind, one in settings["requestTemplates"].items()}
        integration = build_integration(settings, self.resource["id"])
        check_request_mappings(
            method,
            integration.get("requestParameters") or {},
            declared_only=self.context.region.settings.declared_parameters_only,
        )
        return integration

    def _integration_responses(self, method: Document, extension: Document) -> Document:
        responses: Document = {}
        for pattern, given in (extension.get("responses") or {}).items():
            if not isinstance(given, dict):
                continue
            selection = {} if pattern == "default" else {"selectionPattern": str(pattern)}
            response = build_integration_response({"statusCode": "200", **given, **selection})
            check_response_mappings(
                method, response, declared_only=self.context.region.settings.declared_parameters_only
            )
            responses[response["statusCode"]] = response
        return responses
