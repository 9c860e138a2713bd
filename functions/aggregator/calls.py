"""A step and what is known so far -> the HTTP call to make. Pure.

Nothing a client or an upstream says can leave its place: a path value is one percent-encoded segment, a query value is
encoded, a header value is printable latin-1, and the host comes from plans.json. Of the client's headers only trace
context travels on; its Authorization only where the step says so. Identity headers come from the authorizer alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from .events import Request
from .expressions import MISSING, Scope, as_text, or_null
from .plan import Body, Parameter, Step, Upstream

TEMPLATE_PARAMETER = re.compile(r"\{([^{}]+)\}")
# RFC 9110 section 5.5 without obs-fold; latin-1 only, because wider characters would be truncated to CR or LF on the way.
HEADER_VALUE = re.compile(r"[\x20-\x7e\t\xa0-\xff]*")
# RFC 9110 section 7.6.1 and what the client library or the gateway itself writes.
OWN_HEADERS = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "content-length", "expect", "accept-encoding", "x-headgate-subject",
        "x-headgate-scope", "traceparent", "tracestate", "x-amzn-trace-id",
    }
)  # fmt: skip


class UnusableValueError(Exception):
    """A value that cannot be sent; `is_client_fault` when it came with the request and not from another step."""

    def __init__(self, message: str, *, is_client_fault: bool) -> None:
        super().__init__(message)
        self.is_client_fault = is_client_fault


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. `varying` are the headers a reply may depend on: the cache key is made of them.

    A verbatim call's reply is handed back as it came: header lines, encoding and all.
    """

    upstream: str
    method: str
    url: str
    varying: tuple[tuple[str, str], ...]
    passing: tuple[tuple[str, str], ...]
    body: bytes | None
    timeout_seconds: float
    is_verbatim: bool = False

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Everything that is sent."""
        return self.varying + self.passing


def build_call(step: Step, upstream: Upstream, scope: Scope, request: Request) -> Call:
    """The call of a step; `UnusableValueError` when a value has no place in it."""
    sent = [(parameter, value) for parameter in step.parameters if (value := _value(parameter, scope)) is not None]
    path = _path(step, {p.name: _segment(p, value) for p, value in sent if p.location == "path"})
    query = urlencode(
        [pair for p, value in sent if p.location == "query" for pair in _pairs(p, value)], quote_via=quote
    )
    body, content = _body(step.body, scope)
    # By name, the later one wins: a step may say what it accepts, and nobody but us who asks.
    headers = {"accept": "application/json, */*;q=0.1", "user-agent": "headgate", **content}
    headers.update(_headers(sent))
    headers.update(identity(request.principal, is_shared=step.cache is not None and step.cache.is_public))
    headers.update(_authorization(step, request))
    return Call(
        upstream=upstream.name,
        method=step.method,
        url=f"{upstream.url}{path}{'?' if query else ''}{query}",
        varying=tuple(headers.items()),
        passing=request.trace,
        body=body,
        timeout_seconds=step.timeout_seconds,
    )


def identity(principal: Mapping[str, Any] | None, *, is_shared: bool) -> Iterator[tuple[str, str]]:
    """Who asks, for the upstream. A reply shared between principals is asked for by nobody in particular."""
    known = {} if principal is None or is_shared else principal
    for name, claim, absent in (("x-headgate-subject", "sub", "anonymous"), ("x-headgate-scope", "scope", "none")):
        value = as_text(known.get(claim)) or absent
        if not HEADER_VALUE.fullmatch(value):
            raise UnusableValueError(f"the principal's {claim} cannot stand in a header", is_client_fault=False)
        yield name, value


def _value(parameter: Parameter, scope: Scope) -> Any:
    value = or_null(parameter.value(scope))
    if value is None and parameter.required:
        raise UnusableValueError(
            f"{parameter.location} parameter {parameter.name} has no value", is_client_fault=parameter.from_client
        )
    return value


def _texts(value: Any) -> list[str]:
    return [as_text(item) for item in value] if isinstance(value, list) else [as_text(value)]


def _pairs(parameter: Parameter, value: Any) -> Iterator[tuple[str, str]]:
    texts = _texts(value)
    for text in texts if parameter.explode else [",".join(texts)]:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise _unusable(parameter, "is no Unicode text") from error
        yield parameter.name, text


def _segment(parameter: Parameter, value: Any) -> str:
    text = ",".join(_texts(value))
    if text in ("", ".", ".."):
        # Empty and dot segments change which resource the path names, encoded or not (RFC 3986 section 5.2.4).
        raise _unusable(parameter, "is empty or a dot segment")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise _unusable(parameter, "is no Unicode text") from error


def _path(step: Step, segments: Mapping[str, str]) -> str:
    return TEMPLATE_PARAMETER.sub(lambda match: segments[match[1]], step.path) if segments else step.path


def _headers(sent: list[tuple[Parameter, Any]]) -> Iterator[tuple[str, str]]:
    cookies = [f"{p.name}={quote(','.join(_texts(value)), safe='')}" for p, value in sent if p.location == "cookie"]
    if cookies:
        yield "cookie", "; ".join(cookies)
    for parameter, value in sent:
        name = parameter.name.lower()
        if parameter.location != "header" or name in OWN_HEADERS:
            continue
        text = ",".join(_texts(value))
        if not HEADER_VALUE.fullmatch(text):
            raise _unusable(parameter, "holds a character that no header may hold")
        yield name, text


def _authorization(step: Step, request: Request) -> Iterator[tuple[str, str]]:
    value = request.headers.get("authorization")
    if step.forward_authorization and value is not None and HEADER_VALUE.fullmatch(value):
        yield "authorization", value


def _body(body: Body | None, scope: Scope) -> tuple[bytes | None, dict[str, str]]:
    value = MISSING if body is None else body.value(scope)
    if body is None or value is MISSING:
        return None, {}
    content = {"content-type": body.content_type}
    if body.kind == "json":
        return orjson.dumps(value), content
    if body.kind == "form" and isinstance(value, dict):
        return urlencode({name: as_text(each) for name, each in value.items() if each is not None}).encode(), content
    return as_text(value).encode(), content


def _unusable(parameter: Parameter, what: str) -> UnusableValueError:
    message = f"{parameter.location} parameter {parameter.name} {what}"
    return UnusableValueError(message, is_client_fault=parameter.from_client)
