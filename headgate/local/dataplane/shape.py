"""From a backend's answer to the client's, for integrations that are no proxies (FACTS 8.8, 8.12 to 8.16, 8.19)."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..records import Integration, IntegrationResponse
from .exchange import Exchange
from .headers import from_mapping, is_sendable
from .mapping import ResponseSource, is_literal, response_source
from .media import JSON, accepts_binary, decoded, for_response, is_binary, media_type, text_payload
from .message import Response
from .refusal import misconfigured
from .switches import Switches
from .template import Template
from .velocity import compile_pattern, printed

MADE = 64  # constant answers kept per integration response


@dataclass(frozen=True, slots=True)
class _Shape:
    pattern: re.Pattern[str] | None
    status: int
    headers: tuple[tuple[bytes, ResponseSource], ...]
    templates: Mapping[str, Template]
    content_handling: str | None
    is_constant: bool  # no template, mapping or conversion looks at the request or the answer
    made: dict[str | None, Response] = field(default_factory=dict)  # constant answers by Accept


class ResponseShaper:
    """The integration responses of one operation, compiled."""

    def __init__(self, integration: Integration, switches: Switches) -> None:
        self._whole = switches.selection_pattern == "whole"
        self._any_matches = switches.any_media_type_matches
        self._shapes = [_compile(entry) for entry in integration.responses.values()]

    def shape(self, exchange: Exchange, answer: Response, matched: str | None) -> Response:
        """`matched` is the status code or the error message that patterns are tried on; None selects the default."""
        chosen = self._select(matched)
        if chosen.is_constant and not answer.body and not exchange.is_overridden:
            return self._constant(exchange, chosen, answer)
        return self._shaped(exchange, chosen, answer)

    def _constant(self, exchange: Exchange, chosen: _Shape, answer: Response) -> Response:
        """An answer that no request changes but by its Accept: made once for each."""
        accept = exchange.header("accept")
        known = chosen.made.get(accept)
        if known is None:
            known = self._shaped(exchange, chosen, answer)
            if len(chosen.made) < MADE:
                chosen.made[accept] = known
        return known

    def _shaped(self, exchange: Exchange, chosen: _Shape, answer: Response) -> Response:
        media, template = for_response(chosen.templates, exchange.header("accept")) or (JSON, None)
        headers = {b"Content-Type": media.encode()}  # FACTS 8.15
        for name, find_value in chosen.headers:
            value = find_value(exchange, answer)
            if value is not None:
                _put(headers, name, value)
        body, is_base64 = self._body(exchange, answer, chosen)
        if template is not None:
            body = template.render(exchange, body).encode()
        if is_base64 and body:
            body = decoded(_unquoted(body))
        return _overridden(Response(chosen.status, (), body), headers, exchange)

    def _select(self, matched: str | None) -> _Shape:
        """The first pattern that matches, else the default; none is a 500 (FACTS 8.12, 1.14)."""
        if matched is not None:
            for shape in self._shapes:
                if shape.pattern and (shape.pattern.fullmatch if self._whole else shape.pattern.match)(matched):
                    return shape
        for shape in self._shapes:
            if shape.pattern is None:
                return shape
        raise misconfigured(f"no integration response matches {matched!r} and there is no default")

    def _body(self, exchange: Exchange, answer: Response, chosen: _Shape) -> tuple[bytes, bool]:
        """The payload for the template, and whether what comes of it is base64 to decode (FACTS 8.28).

        Nothing is not converted by itself: mocks with a template answer clients of any type.
        """
        types, handling = exchange.side.definition.binary_media_types, chosen.content_handling
        if not types and handling is None:
            return text_payload(answer.body), False
        content_type = next((value for name, value in answer.headers if name.lower() == b"content-type"), b"")
        binary = is_binary(media_type(content_type.decode("latin-1")), types, any_matches=self._any_matches)
        wanted = accepts_binary(exchange.header("accept"), types, any_matches=self._any_matches)
        if not binary:
            implied = handling is None and wanted and bool(answer.body)
            return text_payload(answer.body), handling == "CONVERT_TO_BINARY" or implied
        if handling == "CONVERT_TO_TEXT" or (handling is None and not wanted):
            return base64.b64encode(answer.body), False
        return answer.body, False


def _unquoted(body: bytes) -> bytes:
    """A function's text comes as JSON: `"aGk="` -> `aGk=`."""
    return body[1:-1] if len(body) > 1 and body[:1] == body[-1:] == b'"' else body


def _compile(entry: IntegrationResponse) -> _Shape:
    prefix = "method.response.header."
    try:
        pattern = compile_pattern(entry.selection_pattern) if entry.selection_pattern else None
    except re.error as error:
        raise misconfigured(f"selectionPattern {entry.selection_pattern!r}: {error}") from None
    headers = tuple(
        (name.removeprefix(prefix).encode(), response_source(expression))
        for name, expression in entry.response_parameters.items()
        if name.startswith(prefix)
    )
    templates = {media: Template(text) for media, text in entry.response_templates.items() if text}
    is_constant = (
        entry.content_handling is None
        and all(is_literal(expression) for expression in entry.response_parameters.values())
        and all(template.constant is not None for template in templates.values())
    )
    return _Shape(pattern, int(entry.status_code), headers, templates, entry.content_handling, is_constant)


def _put(headers: dict[bytes, bytes], name: bytes, value: str) -> None:
    """One line per name, whatever its case; the later one wins."""
    sent = from_mapping(name)
    raw = value.encode("latin-1", "replace")
    if sent is None or not is_sendable(sent, raw):
        return
    for known in [known for known in headers if known.lower() == sent.lower()]:
        del headers[known]
    headers[sent] = raw


def _overridden(response: Response, headers: dict[bytes, bytes], exchange: Exchange) -> Response:
    """Overrides win over mappings; a status that is none is ignored (FACTS 8.19)."""
    if not exchange.is_overridden:
        return Response(response.status, tuple(headers.items()), response.body)
    override = exchange.overrides.response
    for name, value in dict(override.get("header") or {}).items():
        _put(headers, str(name).encode("latin-1", "replace"), printed(value))
    status = override.get("status")
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    usable = isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 599
    return Response(status if usable else response.status, tuple(headers.items()), response.body)  # type: ignore[arg-type]
