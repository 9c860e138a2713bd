"""Lambda events: the proxy integration's and the REQUEST authorizer's (FACTS 3.1 to 3.11, 4.2).

What is fixed per operation is serialised once; a request joins those bytes with its own few.
"""

import base64
from typing import Any, NamedTuple

import orjson

from . import edge
from .context import UNKNOWN_IDENTITY, request_time
from .exchange import NO_KEY, Exchange, as_text
from .headers import NOT_IN_EVENTS, RENAMED_AT_EDGE, SIGNED
from .media import is_binary, media_type
from .place import Place, Side
from .switches import Switches

dumps = orjson.dumps


def added_headers(exchange: Exchange) -> dict[str, str]:
    """What API Gateway sets on a request, whatever the client sent (FACTS 3.8)."""
    request = exchange.request
    forwarded = exchange.header("x-forwarded-for")
    return {
        "Host": exchange.host,
        "X-Amzn-Trace-Id": exchange.trace,
        "X-Forwarded-For": f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip,
        "X-Forwarded-Port": str(request.port),
        "X-Forwarded-Proto": request.scheme,
    }


_ADDED = frozenset(("host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"))
_NOT_COPIED = NOT_IN_EVENTS | _ADDED


CALLERS = 128  # remembered per operation
PLACES = 512  # likewise, for paths of at most so many bytes
PLACE_LENGTH = 200


class _Caller(NamedTuple):
    """Parts of an event that depend on the client alone, serialised; both header objects lack their closing brace."""

    headers: bytes
    multi_headers: bytes
    context: bytes
    identity: bytes


class EventWriter:
    """Writes the events of one operation."""

    def __init__(self, side: Side, place: Place, switches: Switches) -> None:
        definition = side.definition
        self._switches = switches
        self._binary_types = definition.binary_media_types
        self._is_edge = definition.endpoint_type == "EDGE"
        renames = switches.renamed_headers == "always" or (switches.renamed_headers == "edge" and self._is_edge)
        self._renamed = RENAMED_AT_EDGE if renames else {}
        self._callers: dict[tuple[Any, ...], _Caller] = {}
        self._places: dict[tuple[bytes, bytes, bool], tuple[bytes, bytes]] = {}
        self._first_wins = switches.repeated_header == "first"
        self._key_required = place.api_key_required
        self._resource = b'"resource":' + dumps(place.resource_path)
        self._stage_variables = b',"stageVariables":' + dumps(dict(side.variables) or None)
        fixed: dict[str, Any] = {
            "accountId": definition.account_id,
            "apiId": definition.rest_api_id,
            "deploymentId": side.deployment_id,
            "resourceId": place.resource_id,
            "resourcePath": place.resource_path,
            "stage": side.stage,
        }
        if side.has_canary and switches.is_canary_request_in_event:
            fixed["isCanaryRequest"] = side.is_canary
        self._context = b',"requestContext":' + dumps(fixed)[:-1]

    def proxy(self, exchange: Exchange) -> bytes:
        """The AWS_PROXY event; absent maps are null (FACTS 3.1)."""
        body = exchange.request.body
        base64_body = False
        if not body:
            written = b"null"  # FACTS 3.10
        elif self._binary_types and self._is_binary(exchange):
            written, base64_body = b'"' + base64.b64encode(body) + b'"', True
        else:
            written = dumps(body.decode("utf-8", "replace"))  # FACTS 3.11
        return b"".join(
            (
                b"{",
                *self._shared(exchange, b"null", is_integration=True),
                b',"body":',
                written,
                b',"isBase64Encoded":true}' if base64_body else b',"isBase64Encoded":false}',
            )
        )

    def authorizer(self, exchange: Exchange) -> bytes:
        """The REQUEST authorizer's event; empty maps per FACTS 4.2."""
        head = b'{"type":"REQUEST","methodArn":' + dumps(exchange.method_arn) + b","
        empty = self._switches.authorizer_event_empty_map.encode()
        return b"".join((head, *self._shared(exchange, empty, is_integration=False), b"}"))

    def _is_binary(self, exchange: Exchange) -> bool:
        media = media_type(exchange.header("content-type"))
        return is_binary(media, self._binary_types, any_matches=self._switches.any_media_type_matches)

    def _shared(self, exchange: Exchange, empty: bytes, *, is_integration: bool) -> tuple[bytes, ...]:
        caller = self._caller(exchange, is_integration=is_integration)
        own = self._own_headers(exchange)
        head, path = self._place(exchange)
        query = exchange.query
        variables = self._stage_variables if exchange.side.variables else b',"stageVariables":' + empty
        return (
            head,
            caller.headers,
            own[0],
            b'},"multiValueHeaders":',
            caller.multi_headers,
            own[1],
            b'},"queryStringParameters":',
            dumps({name: values[-1] for name, values in query.items()}) if query else empty,  # FACTS 3.9: the last
            b',"multiValueQueryStringParameters":',
            dumps(query) if query else empty,
            b',"pathParameters":',
            dumps(exchange.parameters) if exchange.parameters else empty,
            variables,
            self._context,
            caller.context,
            self._request_context(exchange, caller, path),
        )

    def _place(self, exchange: Exchange) -> tuple[bytes, bytes]:
        """The event up to its headers, and `requestContext.path`; one path is called again and again."""
        request = exchange.request
        key = (request.mount, request.path, request.custom_domain)  # a base path may be called like the stage
        known = self._places.get(key)
        if known is not None:
            return known
        method = dumps(exchange.method)
        found = (
            b'%b,"path":%b,"httpMethod":%b,"headers":' % (self._resource, dumps(self._path(exchange)), method),
            b',"httpMethod":%b,"path":%b' % (method, dumps(exchange.full_path)),
        )
        if len(request.path) <= PLACE_LENGTH:
            if len(self._places) >= PLACES:
                self._places.clear()
            self._places[key] = found
        return found

    def _caller(self, exchange: Exchange, *, is_integration: bool) -> _Caller:
        """What the event says of the caller; requests of one client share it."""
        request = exchange.request
        version = request.http_version
        key = (exchange.sent, exchange.host, request.source_ip, request.port, request.scheme, version, is_integration)
        known = self._callers.get(key)
        if known is None:
            if len(self._callers) >= CALLERS:
                self._callers.clear()
            single, multi = self._headers(exchange)
            if is_integration:
                _drop_signature(single, multi)
            domain = exchange.domain
            known = self._callers[key] = _Caller(
                dumps(single)[:-1],
                dumps(multi)[:-1],
                b',"domainName":%b,"domainPrefix":%b,"protocol":"HTTP/%b"'
                % (dumps(domain), dumps(domain.partition(".")[0]), version.encode()),
                dumps({**_NO_IDENTITY, "sourceIp": request.source_ip, "userAgent": exchange.header("user-agent")}),
            )
        return known

    def _own_headers(self, exchange: Exchange) -> tuple[bytes, bytes]:
        """Those of each request alone, as members of the one object and of the other."""
        trace = dumps(exchange.trace)
        single, multi = b',"X-Amzn-Trace-Id":%b' % trace, b',"X-Amzn-Trace-Id":[%b]' % trace
        if not self._is_edge:
            return single, multi
        own = edge.cloudfront_id(exchange.request_id).encode()
        return b'%b,"X-Amz-Cf-Id":"%b"' % (single, own), b'%b,"X-Amz-Cf-Id":["%b"]' % (multi, own)

    def _path(self, exchange: Exchange) -> str:
        request = exchange.request
        if request.custom_domain and request.mount and self._switches.base_path_in_event_path:
            return request.mount.decode("latin-1") + exchange.path
        return exchange.path

    def _headers(self, exchange: Exchange) -> tuple[dict[str, str], dict[str, list[str]]]:
        """Client names keep their case (FACTS 3.6), some never arrive (FACTS 3.7)."""
        added = added_headers(exchange)
        del added["X-Amzn-Trace-Id"]  # of each request alone
        if self._is_edge:
            added["X-Forwarded-For"] += f", {edge.ADDRESS}"
        single: dict[str, str] = {}
        multi: dict[str, list[str]] = {}
        first = self._first_wins
        names: dict[str, str] = {}
        for name, lower, value in exchange.headers:
            if lower in _NOT_COPIED:
                continue
            known = names.get(lower)
            if known is None:
                known = names[lower] = self._renamed.get(lower, name)
                single[known] = value
                multi[known] = [value]
            else:
                multi[known].append(value)
                if not first:
                    single[known] = value
        for name, value in added.items():
            single[name] = value
            multi[name] = [value]
        if self._is_edge:
            self._pass_cloudfront(exchange, single, multi)
        return single, multi

    def _pass_cloudfront(self, exchange: Exchange, single: dict[str, str], multi: dict[str, list[str]]) -> None:
        """CloudFront's headers in the place of a client's of the same name (FACTS 1.23)."""
        sent_via = exchange.header("via") is not None
        found = edge.event_headers(exchange.request.scheme, client_sent_via=sent_via)
        for _, lower, _ in exchange.headers:
            if lower in edge.EVENT_NAMES and not (sent_via and lower == "via"):
                for name in [name for name in single if name.lower() == lower]:
                    del single[name], multi[name]
        for name, value in found.items():
            single[name] = value
            multi[name] = [value]

    def _request_context(self, exchange: Exchange, caller: _Caller, path: bytes) -> bytes:
        """The rest of requestContext after what `_Caller` has; ids need no escaping."""
        rest = b"}"
        if exchange.grant.status:
            rest = b',"authorizer":%b}' % dumps(self._authorizer(exchange))
        return (
            b',"identity":%b%b,"extendedRequestId":"%b","requestId":"%b","requestTime":"%b","requestTimeEpoch":%d%b'
            % (
                self._identity(exchange, caller.identity),
                path,
                exchange.extended_id.encode(),
                exchange.request_id.encode(),
                request_time(exchange.epoch_millis // 1000).encode(),
                exchange.epoch_millis,
                rest,
            )
        )

    def _identity(self, exchange: Exchange, known: bytes) -> bytes:
        with_key = self._key_required and exchange.key is not NO_KEY
        if not with_key and not exchange.grant.identity:
            return known
        identity: dict[str, Any] = {**orjson.loads(known), **exchange.grant.identity}
        if with_key:
            identity |= {"apiKey": exchange.key.value, "apiKeyId": exchange.key.id}
        return dumps(identity)

    def _authorizer(self, exchange: Exchange) -> dict[str, Any]:
        """FACTS 4.13."""
        grant = exchange.grant
        if grant.claims:
            return {"claims": dict(grant.claims)}
        values: dict[str, Any] = dict(grant.context)
        if self._switches.authorizer_context_as_strings:
            values = {name: as_text(value) for name, value in values.items()}
        return {"principalId": grant.principal_id, "integrationLatency": grant.latency_millis, **values}


_NO_IDENTITY: dict[str, Any] = dict.fromkeys(UNKNOWN_IDENTITY)


def _drop_signature(single: dict[str, str], multi: dict[str, list[str]]) -> None:
    """A signature for API Gateway itself reaches no integration (FACTS 3.7); authorizers see it."""
    for name in [name for name, value in single.items() if name.lower() == "authorization"]:
        if single[name].startswith(SIGNED):
            del single[name], multi[name]
