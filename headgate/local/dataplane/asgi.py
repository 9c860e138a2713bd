"""The same gateway as an ASGI application, for the port that AWS's API has too.

`/_aws/execute-api/{apiId}/{stage}/{path}` and `Host: {apiId}.execute-api.localhost[:port]` with `/{stage}/{path}`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from ..records import DomainName
from .domains import host_name, route
from .gateway import Gateway
from .message import Request, Response
from .protocol import Limits, Located, lowered
from .wire import has_body, http_date

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Where `http_protocol.HeaderCaseProtocol` puts header names with their case; scope["headers"] has them in lower case.
RAW_HEADERS = "headgate.headers"

_PREFIX = b"/_aws/execute-api/"
# localhost by default; AWS's own names, for who maps them here.
_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9.-]+(?::\d+)?", re.IGNORECASE)
_RESTAPIS = re.compile(rb"/restapis/([^/]+)/([^/]+)/_user_request_(/.*)?", re.DOTALL)


# The custom domain of a host name, or None.
Domains = Callable[[str], DomainName | None]


def no_domains(_host: str) -> None:
    """There are no custom domains."""


class HeaderName(bytes):
    """A response header's name that survives uvicorn's lower-casing."""

    __slots__ = ()

    def lower(self) -> bytes:
        """Itself."""
        return self


def locate(host: str, path: bytes) -> Located | None:
    """The API and stage of an execute-api URL, or None when it is none of ours.

    >>> locate("localhost:4566", b"/_aws/execute-api/a1/prod/users")
    Located(api_id='a1', stage='prod', path=b'/users', mount=b'/prod', custom_domain=False, lower_headers=False)
    """
    if path.startswith(_PREFIX):
        api_id, _, rest = path.removeprefix(_PREFIX).partition(b"/")
        return _staged(api_id, b"/" + rest)
    if found := _HOST.fullmatch(host):
        return _staged(found[1].lower().encode(), path)  # RFC 9110, 4.2.3
    if rest_api := _RESTAPIS.fullmatch(path):
        return _staged(rest_api[1], b"/" + rest_api[2] + (rest_api[3] or b""))
    return None


def _staged(api_id: bytes, path: bytes) -> Located:
    """`//prod/x` counts as `/prod/x` (FACTS 2.8)."""
    stage, slash, rest = path.lstrip(b"/").partition(b"/")
    return Located(
        api_id.decode("latin-1"), stage.decode("latin-1"), slash + rest, mount=b"/" + stage, custom_domain=False
    )


class DataPlane:
    """The ASGI application; `owns(scope)` says whether a request is for it."""

    def __init__(self, gateway: Gateway, *, limits: Limits | None = None, domains: Domains = no_domains) -> None:
        self._gateway = gateway
        self._domains = domains
        self._limits = limits or Limits()

    def owns(self, scope: Scope) -> bool:
        """Whether the URL is an execute-api one, or its host a custom domain."""
        if scope["type"] != "http":
            return False
        return self._domains(host_name(_host(scope))) is not None or locate(_host(scope), _raw_path(scope)) is not None

    def _locate(self, scope: Scope) -> Located | None:
        domain = self._domains(host_name(_host(scope)))
        return route(domain, _raw_path(scope)) if domain else locate(_host(scope), _raw_path(scope))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(scope, receive)
        if response is not None:
            date = (HeaderName(b"Date"), http_date(int(self._gateway.clock())))
            await _send(response, send, date, head=scope["method"] == "HEAD")

    async def _respond(self, scope: Scope, receive: Receive) -> Response | None:
        """None when the client left before its request was complete."""
        located = self._locate(scope)
        if located is None:
            return self._gateway.refuse("WAF_FILTERED")
        headers = tuple((name, value.strip(b" \t")) for name, value in scope.get(RAW_HEADERS, scope["headers"]))
        if located.lower_headers:
            headers = lowered(headers)
        if refused := self._oversized(scope, headers):
            return refused
        body = await self._body(receive)
        if body is None:
            return None
        if len(body) > self._limits.body:
            return self._gateway.refuse("REQUEST_TOO_LARGE")
        request = Request(
            method=scope["method"],
            api_id=located.api_id,
            stage=located.stage,
            path=located.path,
            query=scope["query_string"],
            headers=headers,
            body=body,
            host=_host(scope),
            source_ip=(scope.get("client") or ("127.0.0.1", 0))[0],
            port=(scope.get("server") or ("", 80))[1] or 80,
            scheme=scope.get("scheme", "http"),
            mount=located.mount,
            custom_domain=located.custom_domain,
            http_version=scope.get("http_version", "1.1"),
        )
        return await self._gateway.handle(request)

    def _oversized(self, scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> Response | None:
        """FACTS 10.1, before the body is read."""
        if len(_raw_path(scope)) + len(scope["query_string"]) > self._limits.url:
            return self._gateway.refuse("DEFAULT_4XX", status=414, message="Request URI too long")
        if sum(len(name) + len(value) for name, value in headers) > self._limits.headers:
            return self._gateway.refuse("DEFAULT_4XX", status=431, message="Request header fields too large")
        lengths = [value for name, value in headers if name.lower() == b"content-length"]
        if lengths and int(lengths[0]) > self._limits.body:
            return self._gateway.refuse("REQUEST_TOO_LARGE")
        return None

    async def _body(self, receive: Receive) -> bytes | None:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk = message.get("body", b"")
            size += len(chunk)
            chunks.append(chunk)
            if not message.get("more_body") or size > self._limits.body:
                return b"".join(chunks)


def _raw_path(scope: Scope) -> bytes:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0]


def _host(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name.lower() == b"host":
            return str(value.decode("latin-1"))
    return ""


async def _send(response: Response, send: Send, date: tuple[HeaderName, bytes], *, head: bool) -> None:
    headers = [date, *((HeaderName(name), value) for name, value in response.headers)]
    if has_body(response.status):
        headers.append((HeaderName(b"content-length"), b"%d" % len(response.body)))
    body = response.body if has_body(response.status) and not head else b""
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
