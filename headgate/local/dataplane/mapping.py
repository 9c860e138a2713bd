"""Parameter mapping expressions (FACTS 8.16, 8.17, 1.24): compiled once, evaluated per request."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .context import context_of, escaped, lookup
from .exchange import Exchange, as_text
from .jsonpath import find
from .message import Response
from .refusal import Refusal

Source = Callable[[Exchange], str | None]
ResponseSource = Callable[[Exchange, Response], str | None]


def source(expression: str) -> Source:
    """`'v'`, `method.request.header.X`, `context.x`, `stageVariables.x` -> what finds the value; None when it is missing."""
    if is_literal(expression):
        text = expression[1:-1]
        return lambda _: text
    kind, _, name = expression.partition(".")
    if kind == "context":
        return lambda exchange: _present(lookup(context_of(exchange), name))
    if kind == "stageVariables":
        return lambda exchange: exchange.side.variables.get(name)
    if expression.startswith("method.request."):
        place, _, parameter = expression.removeprefix("method.request.").partition(".")
        if reader := _READERS.get(place):
            return lambda exchange: reader(exchange, parameter)
    return lambda _: None


def response_source(expression: str) -> ResponseSource:
    """`integration.response.{header,multivalueheader,body}.x`, or anything `source` knows."""
    if not expression.startswith("integration.response."):
        find_value = source(expression)
        return lambda exchange, _: find_value(exchange)
    place, _, name = expression.removeprefix("integration.response.").partition(".")
    wanted = name.lower().encode()
    if place == "header":
        return lambda _, response: _last([value for key, value in response.headers if key.lower() == wanted])
    if place == "multivalueheader":
        return lambda _, response: _joined([value for key, value in response.headers if key.lower() == wanted])
    return lambda _, response: _answered(response.body, name)


def _answered(body: bytes, path: str) -> str | None:
    """As `body_value`; a backend's answer that is no JSON is nobody's bad request: there is nothing to find in it."""
    try:
        return body_value(body, path)
    except Refusal:
        return None if path else body.decode("utf-8", "replace")


def is_literal(expression: str) -> bool:
    """Whether it is `'text'`, the same for every request."""
    return len(expression) > 1 and expression[0] == expression[-1] == "'"


def _present(value: Any) -> str | None:
    return None if value is None or isinstance(value, dict) else as_text(value)


def _last(values: list[bytes]) -> str | None:
    return values[-1].decode("latin-1") if values else None


def _joined(values: list[bytes]) -> str | None:
    return b",".join(values).decode("latin-1") if values else None


def _headers(exchange: Exchange, name: str) -> list[str]:
    """FACTS 8.4: exact names first; a client that folds case (HTTP/2 does) is served as well."""
    exact = [value for sent, _, value in exchange.headers if sent == name]
    return exact or [value for _, lower, value in exchange.headers if lower == name.lower()]


def _header(exchange: Exchange, name: str) -> str | None:
    values = _headers(exchange, name)
    return values[-1] if values else None  # FACTS 8.17: the last one


def _querystring(exchange: Exchange, name: str) -> str | None:
    values = exchange.query.get(name)
    return values[-1] if values else None


def _multi(values: list[str] | None) -> str | None:
    return ",".join(values) if values else None


_READERS: Mapping[str, Callable[[Exchange, str], str | None]] = {
    "header": _header,
    "multivalueheader": lambda exchange, name: _multi(_headers(exchange, name)),
    "querystring": _querystring,
    "multivaluequerystring": lambda exchange, name: _multi(exchange.query.get(name)),
    "path": lambda exchange, name: exchange.parameters.get(name),
    "body": lambda exchange, name: body_value(exchange.request.body, name),
}


def body_value(body: bytes, path: str) -> str | None:
    """The whole body, or what a JSONPath finds in it; an empty body is `{}` (FACTS 8.17)."""
    text = body.decode("utf-8", "replace") or "{}"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.strip()[:1] in ("{", "[", '"', "'"):  # FACTS 1.17: even where all of the body is wanted
            raise Refusal("BAD_REQUEST_BODY", str(error), message="Invalid JSON in request body") from None
        return None if path else text
    value = find(document, path) if path else text
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":")) if isinstance(value, (dict, list)) else as_text(value)


@dataclass(frozen=True, slots=True)
class Mapped:
    """An integration's request parameters, evaluated."""

    headers: Mapping[str, str]
    query: Mapping[str, str | list[str]]  # a list is a parameter that is sent several times
    path: Mapping[str, str]

    @property
    def query_pairs(self) -> list[str]:
        """`["a=1", "a=2"]`, percent-encoded."""
        listed = ((name, [value] if isinstance(value, str) else value) for name, value in self.query.items())
        return [f"{quote(name, safe='')}={quote(value, safe='')}" for name, values in listed for value in values]


_SEVERAL = "method.request.multivaluequerystring."


class RequestMapping:
    """`integration.request.{header,querystring,path}.x` <- expression, compiled."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.sources: dict[str, dict[str, Source]] = {"header": {}, "querystring": {}, "path": {}}
        self._several: dict[str, str] = {}  # query parameters with all values of a client's
        for target, expression in parameters.items():
            place, _, name = target.removeprefix("integration.request.").partition(".")
            if place == "querystring" and expression.startswith(_SEVERAL):
                self._several[name] = expression.removeprefix(_SEVERAL)
            else:
                self.sources.setdefault(place, {})[name] = source(expression)

    def evaluate(self, exchange: Exchange) -> Mapped:
        """Missing sources leave the parameter out, several values of a query parameter stay several (FACTS 8.17)."""
        query: dict[str, str | list[str]] = {**self._values("querystring", exchange)}
        for name, sent in self._several.items():
            if values := exchange.query.get(sent):
                query[name] = values
        return Mapped(self._values("header", exchange), query, self._values("path", exchange))

    def _values(self, place: str, exchange: Exchange) -> dict[str, str]:
        found = ((name, find_value(exchange)) for name, find_value in self.sources[place].items())
        return {name: value for name, value in found if value is not None}


_NAME = (
    r"((?:context|stageVariables|method\.request\.(?:header|querystring|path))\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)"
)
_SIMPLE = re.compile(rf"\$\{{{_NAME}\}}|\${_NAME}")


def substitute(template: str, exchange: Exchange) -> str:
    """Gateway response templates are no VTL: only these variables are replaced, missing ones by nothing (FACTS 1.24)."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        text = source(name)(exchange) or ""
        return escaped(text) if name == "context.error.validationErrorString" else text  # FACTS 8.40

    return _SIMPLE.sub(value, template)


_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


def with_stage_variables(uri: str, variables: Mapping[str, str]) -> str:
    """`https://${stageVariables.host}/a` with unknown names as nothing (FACTS 8.22)."""
    return _STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), uri)
