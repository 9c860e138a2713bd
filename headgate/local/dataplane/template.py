"""Mapping templates: what API Gateway adds to Velocity, `$input`, `$util` and `$context` (FACTS 8.19 to 8.21, 8.39)."""

import base64
import json
from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from .context import context_of
from .exchange import Exchange
from .jsonpath import find
from .refusal import misconfigured
from .velocity import JavaMap, TemplateError, Thing, compile_template, java, printed, read_json, to_json

MAX_TEMPLATE_BYTES = 300 * 1024  # FACTS 8.21


class Input:
    """`$input`: the body as text, as JSON or by path, and the request's parameters."""

    def __init__(self, exchange: Exchange, body: bytes) -> None:
        self._exchange = exchange
        try:
            self.body = body.decode() or "{}"  # FACTS 8.20
        except UnicodeDecodeError as error:  # what a contentHandling or a binary media type made of a payload
            raise misconfigured(f"a mapping template needs text, the body is binary: {error}") from None  # FACTS 8.28

    def seen(self) -> Thing:
        """As templates see it."""
        return Thing({"body": self.body, "path": self.path, "json": self.json, "params": self.params})

    def path(self, path: str) -> Any:
        """The value at a JSONPath; None when there is none."""
        return java(find(self._document, path))

    def json(self, path: str) -> str:
        """The value at a JSONPath, as JSON; a missing one is an empty string."""
        value = find(self._document, path)
        return to_json("" if value is None else value)

    def params(self, name: str | None = None) -> Any:
        """One parameter, searched in path, query string and headers; or all three maps."""
        exchange = self._exchange
        places: dict[str, Any] = JavaMap(
            path=JavaMap(exchange.parameters),
            querystring=JavaMap({key: values[-1] for key, values in exchange.query.items()}),
            header=JavaMap({key: value for key, _, value in exchange.headers}),
        )
        if name is None:
            return places
        return next((place[name] for place in places.values() if name in place), "")

    @cached_property
    def _document(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body


def _escape_java_script(value: Any) -> str:
    """FACTS 8.21: `'` becomes `\\'`, which is no JSON."""
    written = json.dumps(printed(value))[1:-1]
    return written.replace("'", "\\'").replace("/", "\\/")


def _base64_decoded(text: str) -> str:
    """Java's decoders ask for no padding; both alphabets are read, as the parts of a token need."""
    digits = text.translate(_URL_ALPHABET).rstrip("=")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("utf-8", "replace")
    except ValueError as error:
        raise TemplateError(f"base64Decode: {error}") from None


_URL_ALPHABET = str.maketrans("-_", "+/", " \r\n\t")
# `$util` (mapping template reference); a space is encoded as + (FACTS 8.20).
UTIL = Thing(
    {
        "escapeJavaScript": _escape_java_script,
        "parseJson": lambda text: _parsed(printed(text)),
        "urlEncode": lambda text: quote_plus(printed(text), safe="*-._"),
        "urlDecode": lambda text: unquote_plus(printed(text)),
        "base64Encode": lambda text: base64.b64encode(printed(text).encode()).decode(),
        "base64Decode": lambda text: _base64_decoded(printed(text)),
    }
)


def _parsed(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise TemplateError(f"parseJson: {error}") from None


class Template:
    """One mapping template, compiled when it is first rendered; a constant one never meets the engine."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.constant: str | None = None if any(sign in text for sign in "$#\\") else text
        self._render: Callable[[dict[str, Any]], str] | None = None

    def render(self, exchange: Exchange, body: bytes) -> str:
        """The text for one request. Raises Refusal 500 when the template is wrong."""
        if self.constant is not None:
            return self.constant
        names = {
            "context": context_of(exchange),
            "input": Input(exchange, body).seen(),
            "stageVariables": JavaMap(exchange.side.variables),
            "util": UTIL,
        }
        try:
            if self._render is None:
                self._render = _compile(self._text)
            return self._render(names)
        except ValueError as error:
            raise misconfigured(f"mapping template: {error}") from error


def _compile(text: str) -> Callable[[dict[str, Any]], str]:
    if len(text.encode()) > MAX_TEMPLATE_BYTES:
        raise misconfigured(f"a mapping template has at most {MAX_TEMPLATE_BYTES} bytes")
    return compile_template(text)
