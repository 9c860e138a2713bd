"""The body of an integration request: template, passthrough or 415 (FACTS 8.8, 8.9, 8.28)."""

from ..records import Integration
from .exchange import Exchange
from .media import convert_request, for_request, is_binary, media_type, text_payload
from .refusal import Refusal, misconfigured
from .switches import Switches
from .template import Template

REMEMBERED = 64  # content types whose template is known


class RequestBody:
    """The request templates of one operation, compiled."""

    def __init__(self, integration: Integration, switches: Switches) -> None:
        self.templates = {media: Template(text) for media, text in integration.request_templates.items() if text}
        self._chosen: dict[str | None, Template | None] = {}
        self._passthrough = integration.passthrough_behavior.upper()
        self._handling = integration.content_handling
        self._any_matches = switches.any_media_type_matches

    def write(self, exchange: Exchange) -> bytes:
        """The bytes for the backend. Raises Refusal 415 when passthrough is not allowed (FACTS 1.8)."""
        content_type = exchange.header("content-type")
        body, binary = exchange.request.body, False
        types = exchange.side.definition.binary_media_types
        if self._handling or types:
            binary = is_binary(media_type(content_type), types, any_matches=self._any_matches)
            body = convert_request(body, self._handling, binary=binary)
        elif not body.isascii():
            body = text_payload(body)
        if content_type in self._chosen:
            template = self._chosen[content_type]
        else:
            template = for_request(self.templates, content_type)
            if len(self._chosen) < REMEMBERED:
                self._chosen[content_type] = template
        if template is not None:
            if binary and self._handling != "CONVERT_TO_TEXT":  # FACTS 8.28: even when there is no body, or just text
                raise misconfigured(f"Unable to transform request: {media_type(content_type)} is a binary media type")
            return template.render(exchange, body).encode()
        if self._passthrough == "NEVER" or (self._passthrough == "WHEN_NO_TEMPLATES" and self.templates):
            raise Refusal("UNSUPPORTED_MEDIA_TYPE", f"no template for {media_type(content_type)}")
        return body
