"""Whether API Gateway's own validation lets a request through (FACTS 1.7, 8.1): presence of parameters, and the body's wire model.

    NativeValidation(wire).passes("POST", "/users/{id}", request) -> True

The mock server refuses more than that; this says which refusals a deployed API would not make.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft4Validator

from .bodies import media_type_of
from .parameters import Request

_VARIABLE = re.compile(r"\{[^}/]*\}")


class NativeValidation:
    """Reads the wire document of one API (the one that is imported into API Gateway)."""

    def __init__(self, wire: Mapping[str, Any]) -> None:
        self._models = wire.get("components", {}).get("schemas", {})
        self._validators = wire.get("x-amazon-apigateway-request-validators", {})
        self._default = wire.get("x-amazon-apigateway-request-validator")
        self._methods = {
            (verb.upper(), _VARIABLE.sub("{}", path)): method
            for path, item in wire.get("paths", {}).items()
            for verb, method in item.items()
            if isinstance(method, Mapping)
        }

    def passes(self, verb: str, template: str, request: Request) -> bool:
        """True where API Gateway would call the upstream."""
        method = self._methods.get((verb, _VARIABLE.sub("{}", template)), {})
        validator = self._validators.get(method.get("x-amazon-apigateway-request-validator", self._default), {})
        if validator.get("validateRequestParameters") and not _has_required(method, request):
            return False
        return not validator.get("validateRequestBody") or self._body_passes(method, request)

    def _body_passes(self, method: Mapping[str, Any], request: Request) -> bool:
        content = method.get("requestBody", {}).get("content", {})
        schema = content.get(media_type_of(request) or "application/json", {}).get("schema")
        if schema is None:
            return True  # no model for the media type: nothing is checked
        try:
            value = json.loads(request.body or b"{}")  # FACTS 8.6
        except (ValueError, RecursionError):
            return False
        whole = {**schema, "components": {"schemas": self._models}}
        return bool(Draft4Validator(whole).is_valid(value))


def _has_required(method: Mapping[str, Any], request: Request) -> bool:
    query = {name for name, text in parse_qsl(request.query, keep_blank_values=True) if text}
    headers = {name for name, text in request.headers if text.strip()}
    for parameter in method.get("parameters", ()):
        place, name = parameter.get("in"), str(parameter.get("name"))
        is_there = name in query if place == "query" else name.lower() in headers if place == "header" else True
        if parameter.get("required") and not is_there:
            return False
    return True
