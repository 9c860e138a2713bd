"""Access logs: a stage's format, compiled, with `$context` variables filled in (FACTS 5.13)."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..records import AccessLog
from .context import UNKNOWN_IDENTITY, error_of, escaped, request_time
from .exchange import NO_KEY, Exchange, as_text
from .refusal import Refusal

# (destination ARN, stage name, epoch milliseconds, line, is canary); the canary's log group has the suffix `/Canary`.
Sink = Callable[[str, str, int, str, bool], None]

_NAME = r"context\.([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)"
_VARIABLE = re.compile(rf"\$\{{{_NAME}\}}|\${_NAME}")


class Outcome(NamedTuple):
    """What is known when the response goes out."""

    exchange: Exchange
    status: int
    length: int
    latency_millis: int


Getter = Callable[[Outcome], Any]


def _error(name: str) -> Getter:
    return lambda outcome: error_of(outcome.exchange).get(name)


def _refused_by(*kinds: str) -> Getter:
    """`$context.authorizer.error`: the message, when this phase refused."""

    def message(outcome: Outcome) -> Any:
        refusal = outcome.exchange.refusal
        return refusal.message if isinstance(refusal, Refusal) and refusal.kind in kinds else None

    return message


def _integration(outcome: Outcome) -> Any:
    return outcome.exchange.report.status or None


def _own_status(outcome: Outcome) -> Any:
    """A proxied function's own status, which is the answer's; `integrationStatus` is Lambda's."""
    report, refusal = outcome.exchange.report, outcome.exchange.refusal
    return outcome.status if report.request_id and refusal is None else report.status or None


def _identity(name: str) -> Getter:
    """A member that only IAM callers have (FACTS 3.3)."""
    return lambda outcome: outcome.exchange.grant.identity.get(name)


def _base_path(outcome: Outcome) -> Any:
    request = outcome.exchange.request
    return request.mount.decode("latin-1").strip("/") or None if request.custom_domain else None


def _integration_latency(outcome: Outcome) -> Any:
    report = outcome.exchange.report
    return report.latency_millis if report.status else None


def _authorizer_status(outcome: Outcome) -> Any:
    refusal = outcome.exchange.refusal
    if isinstance(refusal, Refusal) and refusal.kind in _AUTHORIZER_KINDS:
        return refusal.status
    return outcome.exchange.grant.status or None


def _canary(outcome: Outcome) -> Any:
    side = outcome.exchange.side
    return side.is_canary if side.has_canary else None  # FACTS 5.11


_AUTHORIZER_KINDS = ("UNAUTHORIZED", "ACCESS_DENIED", "AUTHORIZER_FAILURE", "AUTHORIZER_CONFIGURATION_ERROR")


def _nothing(_outcome: Outcome) -> None:
    """A variable that this gateway never knows."""


GETTERS: Mapping[str, Getter] = {
    "accountId": lambda outcome: outcome.exchange.side.definition.account_id,
    "apiId": lambda outcome: outcome.exchange.side.definition.rest_api_id,
    "authorizer.error": _refused_by(*_AUTHORIZER_KINDS),
    "authorizer.integrationLatency": lambda outcome: (
        outcome.exchange.grant.latency_millis if outcome.exchange.grant.status else None
    ),
    "authorizer.latency": lambda outcome: (
        outcome.exchange.grant.latency_millis if outcome.exchange.grant.status else None
    ),
    "authorizer.principalId": lambda outcome: outcome.exchange.grant.principal_id or None,
    "authorizer.status": _authorizer_status,
    "awsEndpointRequestId": lambda outcome: outcome.exchange.extended_id,
    "customDomain.basePathMatched": _base_path,
    "deploymentId": lambda outcome: outcome.exchange.side.deployment_id,
    "domainName": lambda outcome: outcome.exchange.domain,
    "domainPrefix": lambda outcome: outcome.exchange.domain.partition(".")[0],
    "error.message": _error("message"),
    "error.messageString": _error("messageString"),
    "error.responseType": _error("responseType"),
    "error.validationErrorString": _error("validationErrorString"),
    "extendedRequestId": lambda outcome: outcome.exchange.extended_id,
    "httpMethod": lambda outcome: outcome.exchange.method,
    "identity.apiKey": lambda outcome: (
        "*" * 8 + outcome.exchange.key.value[-4:] if outcome.exchange.key is not NO_KEY else None
    ),
    "identity.apiKeyId": lambda outcome: outcome.exchange.key.id or None,
    "identity.sourceIp": lambda outcome: outcome.exchange.request.source_ip,
    "identity.userAgent": lambda outcome: outcome.exchange.header("user-agent"),
    "integration.error": lambda outcome: outcome.exchange.report.error or None,
    "integration.integrationStatus": _integration,
    "integration.latency": _integration_latency,
    "integration.requestId": lambda outcome: outcome.exchange.report.request_id or None,
    "integration.status": _own_status,
    "integrationErrorMessage": lambda outcome: outcome.exchange.report.error or None,
    "integrationLatency": _integration_latency,
    "integrationStatus": _integration,
    "isCanaryRequest": _canary,
    "path": lambda outcome: outcome.exchange.full_path,
    "protocol": lambda outcome: f"HTTP/{outcome.exchange.request.http_version}",
    "requestId": lambda outcome: outcome.exchange.request_id,
    "requestTime": lambda outcome: request_time(outcome.exchange.epoch_millis // 1000),
    "requestTimeEpoch": lambda outcome: outcome.exchange.epoch_millis,
    "resourceId": lambda outcome: outcome.exchange.place.resource_id or None,
    "resourcePath": lambda outcome: outcome.exchange.place.resource_path or None,
    "responseLatency": lambda outcome: outcome.latency_millis,
    "responseLength": lambda outcome: outcome.length,
    "stage": lambda outcome: outcome.exchange.side.stage,
    "status": lambda outcome: outcome.status,
    "xrayTraceId": lambda outcome: outcome.exchange.trace,
    **{f"identity.{name}": _identity(name) for name in UNKNOWN_IDENTITY},
}


class LogFormat:
    """`{"id":"$context.requestId"}` as literals and getters; what is not known prints as `-`."""

    def __init__(self, log: AccessLog) -> None:
        self.destination_arn = log.destination_arn
        self._parts: list[tuple[str, Getter]] = []
        end = 0
        for found in _VARIABLE.finditer(log.format):
            self._parts.append((log.format[end : found.start()], _getter(found[1] or found[2])))
            end = found.end()
        self._end = log.format[end:]

    def line(self, outcome: Outcome) -> str:
        """One line, without a line break; quotes and control characters of clients are escaped."""
        printed = [text + _printed(get(outcome)) for text, get in self._parts]
        return "".join(printed) + self._end


def _getter(name: str) -> Getter:
    if name in GETTERS:
        if name == "error.messageString":
            return lambda outcome: _Verbatim(GETTERS[name](outcome) or "-")
        return GETTERS[name]
    if name.startswith("authorizer.claims."):
        claim = name.removeprefix("authorizer.claims.")
        return lambda outcome: outcome.exchange.grant.claims.get(claim)
    if name.startswith("authorizer."):
        key = name.removeprefix("authorizer.")
        return lambda outcome: outcome.exchange.grant.context.get(key)
    return _nothing


class _Verbatim(str):
    """Escaped already."""

    __slots__ = ()


def _printed(value: Any) -> str:
    if value is None:
        return "-"
    if type(value) is int:
        return str(value)
    return value if isinstance(value, _Verbatim) else escaped(as_text(value)) or "-"
