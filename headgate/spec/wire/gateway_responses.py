"""Errors that API Gateway makes itself, as application/problem+json (RFC 9457).

Templates are not VTL: only `$context.*` and the like are filled in (FACTS 1.24).
`detail` is not quoted: messageString is (FACTS 1.2). The template key stays application/json, because API Gateway chooses by it.
"""

from __future__ import annotations

import json
from typing import Any

from ..settings.project import Cors

PROBLEM_BASE = "https://headgate.dev/problems/"

# FACTS 1.1: exactly these 21 types. The families have no status of their own.
_STATUSES: dict[str, int | None] = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}

_TITLES = {
    "DEFAULT_4XX": "Bad request",
    "DEFAULT_5XX": "Internal error",
    "INVALID_API_KEY": "Invalid API key",
    "API_CONFIGURATION_ERROR": "API configuration error",
    "MISSING_AUTHENTICATION_TOKEN": "No such operation",
    "WAF_FILTERED": "Refused by the firewall",
}

_EXTRA_HEADERS = {
    "UNAUTHORIZED": {"WWW-Authenticate": "'Bearer'"},
    "THROTTLED": {"Retry-After": "'1'"},
}


def gateway_responses(cors: Cors | None) -> dict[str, Any]:
    """`x-amazon-apigateway-gateway-responses` for all types."""
    return {kind: _response(kind, status, cors) for kind, status in _STATUSES.items()}


def _response(kind: str, status: int | None, cors: Cors | None) -> dict[str, Any]:
    headers = {"Content-Type": "'application/problem+json'", **_EXTRA_HEADERS.get(kind, {}), **_cors_headers(cors)}
    response: dict[str, Any] = {
        "responseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        "responseTemplates": {"application/json": _template(kind, status)},
    }
    if status is not None:
        response["statusCode"] = status
    return response


def _template(kind: str, status: int | None) -> str:
    title = _TITLES.get(kind, kind.replace("_", " ").capitalize())
    members = {"type": PROBLEM_BASE + kind.lower().replace("_", "-"), "title": title}
    text = json.dumps(members, separators=(",", ":"))[:-1]
    if status is not None:
        text += f',"status":{status}'
    return text + ',"detail":$context.error.messageString,"requestId":"$context.requestId"}'


def _cors_headers(cors: Cors | None) -> dict[str, str]:
    """Only fixed values are possible here. With several origins these answers, which hold no data, are readable by all."""
    if cors is None:
        return {}
    if len(cors.origins) > 1:
        return {} if cors.credentials else {"Access-Control-Allow-Origin": "'*'"}
    headers = {"Access-Control-Allow-Origin": f"'{cors.origins[0]}'"}
    if cors.credentials:
        headers["Access-Control-Allow-Credentials"] = "'true'"
    if cors.origins[0] != "*":
        headers["Vary"] = "'Origin'"
    return headers
