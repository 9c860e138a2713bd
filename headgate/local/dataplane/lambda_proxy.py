"""AWS_PROXY: the whole request to a function, its answer to the client (FACTS 3)."""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from ..records import Integration, Invocation
from .event import EventWriter
from .exchange import Exchange, Report, as_text
from .functions import Caller
from .headers import from_lambda, is_sendable
from .media import JSON, accepts_binary, decoded
from .message import Headers, Response
from .refusal import bad_gateway, misconfigured
from .switches import Switches

# FACTS 3.14, 3.24.
_ALLOWED = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "base64Encoded"))
_FLAGS = {"true": True, "True": True, "false": False, "False": False}
_JSON_TYPE = (b"Content-Type", JSON.encode())


class LambdaProxy:
    """The AWS_PROXY integration of one operation."""

    def __init__(self, integration: Integration, arn: str | None, events: EventWriter, caller: Caller) -> None:
        self._integration = integration
        self._arn = arn
        self._events = events
        self._caller = caller
        self._seconds = integration.timeout_millis / 1000

    async def run(self, exchange: Exchange) -> Response:
        """Invoke and read the answer; a method other than POST fails every call (FACTS 3.13)."""
        if self._arn is None:
            raise misconfigured(f"not a Lambda function: {self._integration.uri}")
        if (self._integration.http_method or "").upper() != "POST":
            raise misconfigured(f"httpMethod of an AWS_PROXY integration must be POST: {self._integration.http_method}")
        event = self._events.proxy(exchange)
        invocation = await self._caller.call(self._arn, event, exchange, seconds=self._seconds)
        exchange.report = Report(200, 0, "", exchange.request_id)
        return read_answer(invocation, exchange, self._caller.switches)


def read_answer(invocation: Invocation, exchange: Exchange, switches: Switches) -> Response:
    """The function's JSON as a response. Raises Refusal 502 for any other shape (FACTS 1.12, 3.14 to 3.18)."""
    if invocation.function_error is not None:
        raise bad_gateway(f"the function failed: {invocation.payload[:500].decode('utf-8', 'replace')}")
    answer = _object(invocation.payload)
    status = _status(answer.get("statusCode", 200))
    trace = (b"X-Amzn-Trace-Id", exchange.trace.encode())  # FACTS 1.21
    headers: Headers = (_JSON_TYPE, trace)  # FACTS 3.19
    if "headers" in answer or "multiValueHeaders" in answer:
        own = tuple(_headers(answer))
        is_typed = any(name.lower() == b"content-type" for name, _ in own)
        headers = (*own, trace) if is_typed else (*own, *headers)
    return Response(status, headers, _body(answer, exchange, switches))


def _object(payload: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        answer = _lenient(payload)
    if not isinstance(answer, dict) or not _ALLOWED.issuperset(answer):
        raise bad_gateway(f"malformed Lambda proxy response: {payload[:500].decode('utf-8', 'replace')}")
    return answer


def _lenient(payload: bytes) -> Any:
    """Lone surrogates, which `json.dumps` writes and orjson refuses."""
    try:
        return json.loads(payload)
    except ValueError:
        return None


def _status(value: Any) -> int:
    """FACTS 3.16: an integer or its digits; 1xx would break the framing of HTTP, so it is refused like 0."""
    status = 200 if value is None else 0
    if isinstance(value, int) and not isinstance(value, bool):
        status = value
    elif isinstance(value, str) and value.isascii() and value.isdigit():  # int() would take "1_0" and " 200" too
        status = int(value) if len(value) < 5 else 0
    if not 200 <= status <= 599:
        raise bad_gateway(f"statusCode {value!r} is no HTTP status")
    return status


def _headers(answer: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Multi-value first, then single; one name in both gets the multi name's case (FACTS 3.18)."""
    single, multi = _object_or_null(answer, "headers"), _object_or_null(answer, "multiValueHeaders")
    spelled: dict[str, str] = {}
    collected: dict[str, list[Any]] = {}
    for name, values in multi.items():
        if not isinstance(values, list):
            raise bad_gateway(f"multiValueHeaders.{name} must be a list")  # FACTS 3.17
        collected.setdefault(spelled.setdefault(name.lower(), name), []).extend(values)
    for name, value in single.items():
        values = collected.setdefault(spelled.setdefault(name.lower(), name), [])
        if value not in values:  # FACTS 3.18: of an identical pair only the multi value survives
            values.append(value)
    for name, values in collected.items():
        for value in values:
            yield from _header(name, value)


def _object_or_null(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """FACTS 3.17: null is fine, `false` and "" are not."""
    value = answer.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_gateway(f"{name} must be an object")
    return value


def _header(name: str, value: Any) -> Iterator[tuple[bytes, bytes]]:
    if isinstance(value, (dict, list)):
        raise bad_gateway(f"header {name} must be a string")
    sent = from_lambda(name.encode("latin-1", "replace"))
    if sent is None:
        return
    text = as_text(value).strip()
    raw = text.encode("latin-1") if text.isascii() else text.encode()
    if not is_sendable(sent, raw):
        raise bad_gateway(f"header {name} has characters that HTTP does not allow")
    yield sent, raw


def _body(answer: dict[str, Any], exchange: Exchange, switches: Switches) -> bytes:
    """FACTS 3.21: decoded iff the flag is set and the first type of Accept is configured as binary."""
    is_base64 = answer.get("isBase64Encoded", False)
    if is_base64 is not False or "base64Encoded" in answer:
        is_base64 = _flag(answer)
    body = answer.get("body")
    if body is None:
        return b""
    if isinstance(body, (dict, list)):
        raise bad_gateway("body must be a string")
    text = body if isinstance(body, str) else as_text(body)
    types = exchange.side.definition.binary_media_types
    if is_base64 and types:
        any_matches = switches.any_media_type_matches
        if accepts_binary(exchange.header("accept"), types, any_matches=any_matches):
            return decoded(text)
    return text.encode("utf-8", "replace")


def _flag(answer: dict[str, Any]) -> bool:
    """FACTS 3.24: `base64Encoded` comes before `isBase64Encoded`; a boolean, or its name in one of two spellings."""
    value = answer.get("base64Encoded")
    if value is None:
        value = answer.get("isBase64Encoded")
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value in _FLAGS:
        return _FLAGS[value]
    raise bad_gateway(f"isBase64Encoded must be a boolean: {value!r}")
