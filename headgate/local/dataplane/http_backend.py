"""HTTP and HTTP_PROXY integrations: the outgoing request and what comes back (FACTS 8.22 to 8.27)."""

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from ..records import Integration
from .event import added_headers
from .exchange import Exchange, Report, as_text
from .headers import NOT_TO_BACKENDS, SIGNED, from_backend
from .mapping import Mapped, RequestMapping, with_stage_variables
from .message import Headers, Response
from .refusal import Refusal, misconfigured
from .request_body import RequestBody
from .shape import ResponseShaper
from .switches import Switches
from .trace import shown_url

_PATH_PARAMETER = re.compile(r"\{([^{}/]+)\}")
_BODY_VERBS = frozenset(("POST", "PUT", "PATCH", "DELETE"))


class Outgoing(NamedTuple):
    """A request to a backend: the URL's bytes go out as they are."""

    method: str
    url: str
    headers: Headers
    body: bytes
    timeout_seconds: float
    verify_tls: bool = True


class BackendError(Exception):
    """The backend could not be reached, or its answer could not be read."""


class UntrustedBackendError(BackendError):
    """The backend's certificate is not one to trust."""


class HttpClient(Protocol):
    """What sends; the world's is `client.Client`, a test passes a function in a class."""

    async def send(self, outgoing: Outgoing) -> Response:
        """Raises BackendError, or TimeoutError after `timeout_seconds`."""
        ...


class HttpBackend:
    """The HTTP or HTTP_PROXY integration of one operation on one side."""

    def __init__(
        self, integration: Integration, variables: Mapping[str, str], client: HttpClient, *, switches: Switches
    ) -> None:
        self._integration = integration
        self._client = client
        self._switches = switches
        self._uri = with_stage_variables(integration.uri or "", variables)
        self._mapping = RequestMapping(integration.request_parameters)
        self.is_proxy = integration.type == "HTTP_PROXY"
        self._body = RequestBody(integration, switches)
        self._shaper = ResponseShaper(integration, switches)

    async def run(self, exchange: Exchange) -> Response:
        """Send and answer: a proxy's answer byte for byte, another's through its integration responses."""
        outgoing = self._outgoing(exchange)
        if exchange.notes is not None:
            exchange.notes.tell(method=outgoing.method, url=shown_url(outgoing.url))
        answer = await self._send(outgoing)
        if not 200 <= answer.status <= 599:
            status = self._switches.integration_failure_status
            raise Refusal("INTEGRATION_FAILURE", f"the backend answered with status {answer.status}", status=status)
        exchange.report = Report(status=answer.status)
        if self.is_proxy:
            keep = self._switches.content_encoding_from_backend == "keep"
            return answer._replace(headers=from_backend(answer.headers, keep_content_encoding=keep))
        shaped = self._shaper.shape(exchange, answer, str(answer.status))  # FACTS 8.12, 8.14
        return shaped._replace(headers=(*shaped.headers, (b"X-Amzn-Trace-Id", exchange.trace.encode())))  # FACTS 1.21

    async def _send(self, outgoing: Outgoing) -> Response:
        try:
            return await self._client.send(outgoing)
        except TimeoutError:
            cause = f"{outgoing.method} {_address(outgoing.url)} gave no answer within {outgoing.timeout_seconds} s"
            raise Refusal("INTEGRATION_TIMEOUT", cause) from None  # FACTS 1.13
        except UntrustedBackendError as error:
            raise misconfigured(f"{_address(outgoing.url)}: {error}") from error  # FACTS 1.14
        except BackendError as error:
            status = self._switches.integration_failure_status
            cause = f"{outgoing.method} {_address(outgoing.url)}: {error}"
            raise Refusal("INTEGRATION_FAILURE", cause, status=status) from error  # FACTS 1.16

    def _outgoing(self, exchange: Exchange) -> Outgoing:
        mapped = with_overrides(self._mapping.evaluate(exchange), exchange)
        if self.is_proxy:
            body, headers = exchange.request.body, self._proxy_headers(exchange, mapped)
        else:
            body = self._body.write(exchange)
            mapped = with_overrides(mapped, exchange)  # FACTS 8.19: the template has run now
            headers = _encoded(own_headers(exchange, mapped))
        verb = (self._integration.http_method or "ANY").upper()
        return Outgoing(
            method=exchange.method if verb == "ANY" else verb,
            url=self._url(exchange, mapped),
            headers=headers,
            body=body,
            timeout_seconds=self._integration.timeout_millis / 1000,
            verify_tls=not self._integration.tls_insecure,
        )

    def _url(self, exchange: Exchange, mapped: Mapped) -> str:
        """`http://h/{p}?a={q}` with values filled in, then the query: the URI's, the client's, the mapped (FACTS 8.23)."""
        uri = _PATH_PARAMETER.sub(lambda found: mapped.path.get(found[1], found[0]), self._uri)
        if not _is_address(uri):
            raise misconfigured(f"no address to call: {uri!r}")  # FACTS 1.14
        base, _, own = uri.partition("?")
        pairs = [own] if own else []
        if self.is_proxy and exchange.request.query:
            pairs += _not_mapped(exchange.request.query.decode("latin-1"), mapped.query)
        pairs += mapped.query_pairs
        return _ascii(base + ("?" + "&".join(pairs) if pairs else ""))

    def _proxy_headers(self, exchange: Exchange, mapped: Mapped) -> Headers:
        """The client's lines in their order and case, without hop-by-hop ones; mapped ones win (FACTS 8.23, 8.24)."""
        own = _api_headers(exchange)
        if self._switches.forwarded_headers_to_http_proxy:
            added = added_headers(exchange)
            own |= {name: value for name, value in added.items() if name.startswith("X-Forwarded-")}
        own = {name: value for name, value in own.items() if name.lower() not in _lower(mapped.headers)} | dict(
            mapped.headers
        )
        replaced = NOT_TO_BACKENDS | _lower(own)
        listed = _connection_options(exchange)
        if (exchange.header("authorization") or "").startswith(SIGNED):
            replaced |= {"authorization"}  # FACTS 3.7
        kept = [
            (name, value)
            for (name, value), (_, lower, _) in zip(exchange.request.headers, exchange.headers, strict=True)
            if lower not in replaced and lower not in listed
        ]
        return (*kept, *_encoded(own))


def own_headers(exchange: Exchange, mapped: Mapped) -> dict[str, str]:
    """FACTS 8.24: nothing of the client's but what is mapped; Content-Type is copied for verbs with a body."""
    own = {
        "Accept": "application/json",
        "User-Agent": f"AmazonAPIGateway_{exchange.side.definition.rest_api_id}",
        **_api_headers(exchange),
    }
    if exchange.method in _BODY_VERBS:
        own["Content-Type"] = exchange.header("content-type") or "application/json"
    own = {name: value for name, value in own.items() if name.lower() not in _lower(mapped.headers)}
    return {**own, **mapped.headers}


def with_overrides(mapped: Mapped, exchange: Exchange) -> Mapped:
    """What templates overrode wins over the mappings (FACTS 8.19)."""
    override = exchange.overrides.request
    if not any(override.values()):
        return mapped
    texts = {
        place: {name: ",".join(_texts(value)) for name, value in override[place].items()}
        for place in ("header", "path")
    }
    query = {name: _texts(value) for name, value in override["querystring"].items()}
    return Mapped({**mapped.headers, **texts["header"]}, {**mapped.query, **query}, {**mapped.path, **texts["path"]})


def _texts(value: object) -> list[str]:
    """A template may override with a list."""
    return [as_text(one) for one in value] if isinstance(value, list) else [as_text(value)]


def _api_headers(exchange: Exchange) -> dict[str, str]:
    return {"X-Amzn-Apigateway-Api-Id": exchange.side.definition.rest_api_id, "X-Amzn-Trace-Id": exchange.trace}


def _lower(names: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def _connection_options(exchange: Exchange) -> frozenset[str]:
    """What the client's Connection header declares to be about one hop (RFC 9110, 7.6.1)."""
    value = exchange.header("connection") or ""
    return frozenset(option.strip().lower() for option in value.split(","))


def _encoded(headers: Mapping[str, str]) -> Headers:
    return tuple((name.encode("latin-1", "replace"), value.encode()) for name, value in headers.items())


def _not_mapped(query: str, mapped: Mapping[str, object]) -> list[str]:
    """The client's pairs untouched, except those that a mapping replaces."""
    if not mapped:
        return [query]
    names = {quote(name, safe="") for name in mapped} | set(mapped)
    return [pair for pair in query.split("&") if pair.partition("=")[0] not in names]


def _ascii(url: str) -> str:
    """Raw bytes above 127 percent-encoded, so that they arrive as the bytes they were."""
    if url.isascii():
        return url
    return "".join(
        char if char < "\x80" else quote(char, encoding="latin-1" if char < "\u0100" else "utf-8") for char in url
    )


def _is_address(uri: str) -> bool:
    """FACTS 8.27: http or https, a host, and port 80, 443 or 1024 to 65535."""
    try:
        parts = urlsplit(uri)
        port = parts.port or 80
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and (port in (80, 443) or port >= 1024)


def _address(url: str) -> str:
    """For logs: without the query, which may hold secrets."""
    return url.partition("?")[0]
