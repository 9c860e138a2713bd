"""Gateway responses: what a client reads when the gateway itself refuses (FACTS 1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..records import ApiDefinition, GatewayResponse
from .context import quoted
from .exchange import Exchange
from .headers import from_gateway_response, is_sendable
from .mapping import Source, source, substitute
from .media import JSON, for_response
from .message import Response
from .refusal import Refusal

DEFAULT_TEMPLATES = {JSON: '{"message":$context.error.messageString}'}  # FACTS 1.2


@dataclass(frozen=True, slots=True)
class _Customised:
    status: int | None
    headers: tuple[tuple[bytes, Source], ...]
    templates: Mapping[str, str]


class GatewayResponses:
    """The gateway responses of one snapshot (FACTS 1.29)."""

    def __init__(self, definition: ApiDefinition) -> None:
        self._customised = {kind: _compile(entry) for kind, entry in definition.gateway_responses.items()}

    def render(self, refusal: Refusal, exchange: Exchange) -> Response:
        """Specific type, else its family, else built in; entries are never merged (FACTS 1.25)."""
        custom = self._customised.get(refusal.kind) or self._customised.get(refusal.family)
        if refusal.kind == "REQUEST_TOO_LARGE":
            custom = None  # FACTS 1.18: customising it has no effect
        if custom is None:
            return _answer(refusal.status, standard_body(refusal), identity_headers(refusal, exchange))
        chosen = for_response(custom.templates, exchange.header("accept"))
        media, template = chosen or (JSON, DEFAULT_TEMPLATES[JSON])
        headers = dict(_evaluated(custom, exchange))
        if not any(name.lower() == b"content-type" for name in headers):
            headers[b"Content-Type"] = media.encode()
        body = substitute(template, exchange).encode()
        mapped = {name.lower() for name in headers}
        own = tuple(pair for pair in identity_headers(refusal, exchange) if pair[0].lower() not in mapped)
        return _answer(custom.status or refusal.status, body, own, headers)


def _compile(entry: GatewayResponse) -> _Customised:
    """FACTS 1.27: only a status keeps the default template, only headers keep the type's status."""
    prefix = "gatewayresponse.header."
    mapped = (
        (name.removeprefix(prefix).encode(), source(expression))
        for name, expression in entry.response_parameters.items()
        if name.startswith(prefix)
    )
    headers = tuple((name, find_value) for name, find_value in mapped if from_gateway_response(name))
    status = int(entry.status_code) if entry.status_code else None
    return _Customised(status, headers, entry.response_templates or DEFAULT_TEMPLATES)


def _evaluated(custom: _Customised, exchange: Exchange) -> list[tuple[bytes, bytes]]:
    found = ((name, find_value(exchange)) for name, find_value in custom.headers)
    pairs = [(name, value.encode("latin-1", "replace")) for name, value in found if value is not None]
    return [(name, value) for name, value in pairs if is_sendable(name, value)]


def standard_body(refusal: Refusal) -> bytes:
    """The body without customisation, spacing as recorded (FACTS 1.9, 1.12, 11)."""
    key = "Message" if refusal.kind == "ACCESS_DENIED" else "message"
    text = "null" if refusal.message is None else quoted(refusal.message)
    return f'{{"{key}":{" " if refusal.spaced else ""}{text}}}'.encode()


def identity_headers(refusal: Refusal, exchange: Exchange) -> tuple[tuple[bytes, bytes], ...]:
    """FACTS 1.20: on every answer that the gateway makes; no X-Amzn-Trace-Id."""
    return (
        (b"x-amzn-RequestId", exchange.request_id.encode()),
        (b"x-amzn-ErrorType", refusal.error_type.encode()),
        (b"x-amz-apigw-id", exchange.extended_id.encode()),
    )


def _answer(
    status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...], extra: Mapping[bytes, bytes] | None = None
) -> Response:
    more = {b"Content-Type": JSON.encode()} if extra is None else extra
    return Response(status, (*headers, *more.items()), body)
