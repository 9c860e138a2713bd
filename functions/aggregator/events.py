"""API Gateway's proxy event in, its proxy answer out (FACTS 3.1 to 3.23). The only file that knows AWS's spelling. Pure."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ..shared.problem import Problem, ProblemError

TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context, section 3.2
# X-Amzn-Trace-Id and tracestate: printable ASCII without the characters that could end a header or a log line.
TRACE_TEXT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?")
TRACE_HEADERS = {"traceparent": TRACEPARENT, "tracestate": TRACE_TEXT, "x-amzn-trace-id": TRACE_TEXT}


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are lower-case; path values are decoded; `principal` is None without an authorizer.

    `raw_path` and `raw_values` are percent-encoded as they were sent, the path without the stage; `header_lines` keep case, order
    and repetition.
    """

    method: str
    template: str
    path: Mapping[str, str]
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: bytes
    principal: Mapping[str, Any] | None
    request_id: str
    trace: tuple[tuple[str, str], ...]
    raw_path: str = ""
    header_lines: tuple[tuple[str, str], ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    raw_values: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What plans are named by: `GET /portal/home`."""
        return f"{self.method} {self.template}"


def read_event(event: Mapping[str, Any]) -> Request:
    """The event as a record; absent maps arrive as null (FACTS 3.1)."""
    context = event.get("requestContext") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Request(
        method=event["httpMethod"],
        template=event["resource"],
        # Path values arrive as they were sent (FACTS 2.9), query values decoded (FACTS 2.10).
        path={name: unquote(value) for name, value in (event.get("pathParameters") or {}).items()},
        query=_query(event),
        headers=headers,
        body=_body(event),
        principal=context.get("authorizer"),
        request_id=context.get("requestId", ""),
        trace=_trace(headers),
        raw_path=event.get("path") or "",
        header_lines=_header_lines(event),
        context=context,
        raw_values=event.get("pathParameters") or {},
    )


def _header_lines(event: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    single, multiple = event.get("headers") or {}, event.get("multiValueHeaders") or {}
    known = {name.lower() for name in multiple}
    lines = [(name, value) for name, values in multiple.items() for value in values]
    return (*lines, *((name, value) for name, value in single.items() if name.lower() not in known))


def _query(event: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    single = {name: (value,) for name, value in (event.get("queryStringParameters") or {}).items()}
    multiple = event.get("multiValueQueryStringParameters") or {}
    return {**single, **{name: tuple(values) for name, values in multiple.items()}}


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ProblemError(Problem(400, "bad-body", "The request body cannot be read")) from error


def _trace(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = ((name, headers.get(name, ""), pattern) for name, pattern in TRACE_HEADERS.items())
    return tuple((name, value) for name, value, pattern in found if pattern.fullmatch(value))


def proxy_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, lines: tuple[tuple[str, str], ...] = ()
) -> dict[str, Any]:
    """The answer in the only shape API Gateway takes from a function: any other key is a 502 (FACTS 3.14).

    `lines` are headers that may come more than once. A body that is no text goes as base64 (FACTS 3.21).
    """
    answer: dict[str, Any] = {"statusCode": status, "headers": dict(headers)}
    if lines:
        answer["multiValueHeaders"] = _grouped(lines)
    try:
        return {**answer, "body": body.decode()}
    except UnicodeDecodeError:
        return {**answer, "body": base64.b64encode(body).decode("ascii"), "isBase64Encoded": True}


def _grouped(lines: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Values by header name; the first spelling of a name is kept, for two that differ in case are one header."""
    names: dict[str, str] = {}
    grouped: dict[str, list[str]] = {}
    for name, value in lines:
        grouped.setdefault(names.setdefault(name.lower(), name), []).append(value)
    return grouped
