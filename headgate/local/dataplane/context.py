"""The `$context` variables (FACTS 1.24, 4.13, 5.11): as a tree for templates, and one by one for everything else."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from .exchange import NO_KEY, Exchange
from .refusal import Refusal

# FACTS 3.3: identity members that only IAM and Cognito callers have.
UNKNOWN_IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # whatever the locale


@lru_cache(maxsize=16)
def request_time(epoch_seconds: int) -> str:
    """CLF time: `21/Nov/2026:04:19:00 +0000` (FACTS 3.5)."""
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return f"{moment:%d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S} +0000"


def context_of(exchange: Exchange) -> dict[str, Any]:
    """The `$context` tree of a mapping template; the override maps are shared, so that writes last (FACTS 8.19)."""
    request, side, place = exchange.request, exchange.side, exchange.place
    tree: dict[str, Any] = {
        "accountId": side.definition.account_id,
        "apiId": side.definition.rest_api_id,
        "authorizer": exchange.grant.values if exchange.grant.status else {},
        "deploymentId": side.deployment_id,
        "domainName": exchange.domain,
        "domainPrefix": exchange.domain.partition(".")[0],
        "error": error_of(exchange),
        "extendedRequestId": exchange.extended_id,
        "httpMethod": exchange.method,
        "identity": identity_of(exchange),
        "path": exchange.full_path,
        "protocol": f"HTTP/{request.http_version}",
        "requestId": exchange.request_id,
        "requestOverride": exchange.overrides.request,
        "requestTime": request_time(exchange.epoch_millis // 1000),
        "requestTimeEpoch": exchange.epoch_millis,
        "resourceId": place.resource_id,
        "resourcePath": place.resource_path,
        "responseOverride": exchange.overrides.response,
        "stage": side.stage,
        "xrayTraceId": exchange.trace,
    }
    if side.has_canary:  # FACTS 5.11
        tree["isCanaryRequest"] = "true" if side.is_canary else "false"
    return tree


def identity_of(exchange: Exchange) -> dict[str, Any]:
    """`$context.identity`: what is known of the caller."""
    known: dict[str, Any] = {"sourceIp": exchange.request.source_ip, "userAgent": exchange.header("user-agent") or ""}
    known |= exchange.grant.identity
    if exchange.key is not NO_KEY:
        known |= {"apiKey": exchange.key.value, "apiKeyId": exchange.key.id}
    return known


def error_of(exchange: Exchange) -> dict[str, Any]:
    """`$context.error`: empty unless the gateway refused; `messageString` is quoted already (FACTS 1.2)."""
    refusal = exchange.refusal
    if not isinstance(refusal, Refusal):
        return {}
    return {
        "message": refusal.message,
        "messageString": "null" if refusal.message is None else quoted(refusal.message),
        "responseType": refusal.kind,
        "validationErrorString": refusal.validation,
    }


def quoted(text: str) -> str:
    """A JSON string."""
    return '"' + escaped(text) + '"'


def escaped(text: str) -> str:
    """The inside of a JSON string: no quote and no control character survives, so no line can be forged."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join(_ESCAPES.get(char) or (char if char >= " " else f"\\u{ord(char):04x}") for char in text)


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def lookup(tree: Any, dotted: str) -> Any:
    """`lookup({"a": {"b": 1}}, "a.b")` -> 1; None when any part is missing."""
    for part in dotted.split("."):
        if not isinstance(tree, dict) or part not in tree:
            return None
        tree = tree[part]
    return tree
