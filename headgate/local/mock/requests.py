"""Requests that keep a document: one for each operation, for tests and for lines to paste into a terminal. Pure, deterministic.

    samples(validators)
    -> (Sample("POST /items", "POST", "/items?dry=true", (("content-type", "application/json"),), b'{"name": ...}'), ...)

An operation for which no value can be made is left out. What an example of the document says comes first.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from .answers import is_json
from .parameters import SEPARATORS
from .samples import CannotSampleError, Sampler
from .schemas import SchemaBook

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Sample:
    """One request. `operation` is its key in validators.json, `target` the path with its query, percent-encoded."""

    operation: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def samples(validators: Mapping[str, Any], *, optional: bool = False) -> tuple[Sample, ...]:
    """A request per operation, with the parameters and bodies it demands; `optional` adds all others."""
    book = SchemaBook(validators.get("$defs", {}))
    writer = _Writer(book, optional)
    return tuple(
        sample for key, operation in validators["operations"].items() for sample in writer.write(key, operation)
    )


class _Writer:
    def __init__(self, book: SchemaBook, optional: bool) -> None:
        self._book = book
        self._sampler = Sampler(book)
        self._optional = optional

    def write(self, key: str, operation: Mapping[str, Any]) -> Iterator[Sample]:
        """The request, or nothing when it cannot be made."""
        method, _, target = key.partition(" ")
        query: list[tuple[str, str]] = []
        headers: list[tuple[str, str]] = []
        cookies: list[tuple[str, str]] = []
        places = {"query": query, "header": headers, "cookie": cookies}
        try:
            for parameter in operation["parameters"]:
                if not (parameter["required"] or self._optional):
                    continue
                pairs = self._pairs(parameter)
                if parameter["in"] == "path":
                    target = _filled(target, parameter["name"], pairs[0][1])
                else:
                    places[parameter["in"]] += pairs
            media_type, body = self._body(operation.get("body"))
        except CannotSampleError:
            return
        if cookies:
            headers.append(("cookie", "; ".join(f"{name}={quote(text)}" for name, text in cookies)))
        if media_type:
            headers.append(("content-type", media_type))
        yield Sample(key, method, target + (f"?{urlencode(query)}" if query else ""), tuple(headers), body)

    def _pairs(self, parameter: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(name, text) as the parameter's style writes its value."""
        name, style = parameter["name"], str(parameter.get("style"))
        value = self._value(parameter)
        if parameter.get("mediaType"):
            return [(name, json.dumps(value))]
        is_spread = bool(parameter.get("explode")) and parameter["in"] in {"query", "cookie"}
        separator = SEPARATORS.get(style, ",")
        if isinstance(value, Mapping):
            members = [(str(key), _text(member)) for key, member in value.items()]
            if style == "deepObject":
                return [(f"{name}[{key}]", text) for key, text in members]
            if is_spread:
                return members
            joined = (
                f"{key}={text}" if parameter.get("explode") else f"{key}{separator}{text}" for key, text in members
            )
            return [(name, separator.join(joined))]
        if isinstance(value, list):
            texts = [_text(item) for item in value]
            return [(name, text) for text in texts] if is_spread else [(name, separator.join(texts))]
        return [(name, _text(value))]

    def _value(self, holder: Mapping[str, Any]) -> Any:
        schema = holder.get("schema", {})
        for example in holder.get("examples", ()):
            if self._book.is_valid(schema, example):
                return example
        return self._sampler.sample(schema)

    def _body(self, body: Mapping[str, Any] | None) -> tuple[str, bytes]:
        """(media type, bytes); both empty where no body is wanted."""
        if body is None or not (body["required"] or self._optional):
            return "", b""
        content: Mapping[str, Any] = body["content"]
        chosen = next((name for name in content if is_json(name)), None) or next(iter(content), None)
        if chosen is None:
            return "", b""
        value = self._value(content[chosen])
        if is_json(chosen):
            return chosen, json.dumps(value, ensure_ascii=False).encode()
        if chosen == _FORM and isinstance(value, Mapping):
            return chosen, urlencode({key: _text(member) for key, member in value.items()}).encode()
        if chosen == "multipart/form-data" and isinstance(value, Mapping):
            return _multipart(value)
        return chosen, _text(value).encode()


def _filled(target: str, name: str, text: str) -> str:
    encoded = quote(text, safe="")
    return target.replace("{" + name + "}", encoded).replace("{" + name + "+}", encoded)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _multipart(members: Mapping[str, Any]) -> tuple[str, bytes]:
    parts = [
        f'--part\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{_text(value)}\r\n'
        for key, value in members.items()
    ]
    return "multipart/form-data; boundary=part", ("".join(parts) + "--part--\r\n").encode()
