"""Binary media types and content negotiation (FACTS 3.11, 3.21, 3.22, 8.8, 8.28). Pure."""

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from .refusal import misconfigured

T = TypeVar("T")
JSON = "application/json"


@lru_cache(maxsize=256)
def media_type(header: str | None) -> str:
    """`Text/HTML; charset=utf-8` -> `text/html`; nothing -> application/json (FACTS 8.6)."""
    return (header or "").partition(";")[0].strip().lower() or JSON


def is_binary(media: str, binary_types: tuple[str, ...], *, any_matches: bool) -> bool:
    """Whether a media type is configured as binary: exact, `type/*`, `*/*`; never `*/subtype` (FACTS 3.21)."""
    for configured in binary_types:
        kind, _, subtype = configured.lower().partition("/")
        if kind == "*":
            if subtype == "*" and any_matches:
                return True
        elif media == configured.lower() or (subtype == "*" and media.partition("/")[0] == kind):
            return True
    return False


def accepts_binary(accept: str | None, binary_types: tuple[str, ...], *, any_matches: bool) -> bool:
    """Only the first media type of Accept counts (FACTS 3.21)."""
    first = (accept or "").partition(",")[0].partition(";")[0].strip().lower()
    return is_binary(first, binary_types, any_matches=any_matches)


def decoded(text: str | bytes) -> bytes:
    """Base64 text as bytes; 500 when it is none (FACTS 3.22)."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise misconfigured(f"the body is not base64: {error}") from None


def for_request(templates: Mapping[str, T], content_type: str | None) -> T | None:
    """The request template: by Content-Type, then `$default` (FACTS 8.8)."""
    media = media_type(content_type)
    for configured, template in templates.items():
        if media_type(configured) == media:
            return template
    return templates.get("$default")


def for_response(templates: Mapping[str, T], accept: str | None) -> tuple[str, T] | None:
    """The response template with its media type: by Accept, then application/json, then the first (FACTS 8.8)."""
    wanted = [part.partition(";")[0].strip().lower() for part in (accept or "").split(",")]
    for media in (*wanted, JSON):
        for configured, template in templates.items():
            if media_type(configured) == media and configured != "$default":
                return configured, template
    return next(iter(templates.items()), None)


def text_payload(body: bytes) -> bytes:
    """A payload that is no binary one is UTF-8 text: each malformed sequence becomes U+FFFD (FACTS 8.28)."""
    return body if body.isascii() else body.decode("utf-8", "replace").encode()


def convert_request(body: bytes, handling: str | None, *, binary: bool) -> bytes:
    """contentHandling of an integration request (FACTS 8.28): binary to base64 text, or base64 text to binary."""
    if binary:
        return base64.b64encode(body) if handling == "CONVERT_TO_TEXT" else body
    return decoded(body) if handling == "CONVERT_TO_BINARY" and body else text_payload(body)
