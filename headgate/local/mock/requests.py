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
from .forms import as_text, write_form
from .samples import CannotSampleError, Sampler
from .schemas import SchemaBook
from .values import SEPARATORS

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


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
        self._form_sampler = Sampler(book, solid=True)
        self._optional = optional

    def write(self, key: str, operation: Mapping[str, Any]) -> Iterator[Sample]:
        """The request, or nothing when it cannot be made."""
        method, _, template = key.partition(" ")
        target = template.partition("#")[0]  # a fragment never leaves a client (RFC 9110, 4.2.5)
        query: list[tuple[str, str]] = []
        headers: list[tuple[str, str]] = []
        cookies: list[tuple[str, str]] = []
        places = {"query": query, "header": headers, "cookie": cookies}
        try:
            for parameter in operation["parameters"]:
                if not (parameter["required"] or (self._optional and self._can_write(parameter))):
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
        if query:
            target += ("&" if "?" in target else "?") + urlencode(query)
        yield Sample(key, method, target, tuple(headers), body)

    def _can_write(self, parameter: Mapping[str, Any]) -> bool:
        """OpenAPI says of no style but deepObject how a list of objects is written."""
        if parameter.get("mediaType") or parameter.get("style") == "deepObject":
            return True
        value = self._value(parameter, self._sampler)
        inside = value if isinstance(value, list) else value.values() if isinstance(value, Mapping) else ()
        return not any(isinstance(each, list | Mapping) for each in inside)

    def _pairs(self, parameter: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(name, text) as the parameter's style writes its value."""
        name, style = parameter["name"], str(parameter.get("style"))
        if style == "deepObject":
            return write_form({name: self._value(parameter, self._form_sampler)}, {name: {"style": style}})
        value = self._value(parameter, self._sampler)
        if parameter.get("mediaType"):
            return [(name, json.dumps(value))]
        is_spread = bool(parameter.get("explode")) and parameter["in"] in {"query", "cookie"}
        separator = SEPARATORS.get(style, ",")
        if isinstance(value, Mapping):
            members = [(str(key), as_text(member)) for key, member in value.items()]
            if is_spread:
                return members
            joined = (
                f"{key}={text}" if parameter.get("explode") else f"{key}{separator}{text}" for key, text in members
            )
            return [(name, separator.join(joined))]
        if isinstance(value, list):
            texts = [as_text(item) for item in value]
            return [(name, text) for text in texts] if is_spread else [(name, separator.join(texts))]
        return [(name, as_text(value))]

    def _value(self, holder: Mapping[str, Any], sampler: Sampler) -> Any:
        schema = holder.get("schema", {})
        for example in holder.get("examples", ()):
            if self._book.is_valid(schema, example):
                return example
        return sampler.sample(schema)

    def _body(self, body: Mapping[str, Any] | None) -> tuple[str, bytes]:
        """(media type, bytes); both empty where no body is wanted."""
        if body is None or not (body["required"] or self._optional):
            return "", b""
        content: Mapping[str, Any] = body["content"]
        chosen = next((name for name in content if is_json(name)), None) or next(iter(content), None)
        if chosen is None:
            return "", b""
        value = self._value(content[chosen], self._form_sampler if chosen in {_FORM, _MULTIPART} else self._sampler)
        if is_json(chosen):
            return chosen, json.dumps(value, ensure_ascii=False).encode()
        encodings = content[chosen].get("encoding", {})
        if chosen == _FORM and isinstance(value, Mapping):
            return chosen, urlencode(write_form(value, encodings)).encode()
        if chosen == _MULTIPART and isinstance(value, Mapping):
            return _multipart(write_form(value, encodings))
        return chosen, as_text(value).encode()


def _filled(target: str, name: str, text: str) -> str:
    encoded = quote(text, safe="")
    return target.replace("{" + name + "}", encoded).replace("{" + name + "+}", encoded)


def _multipart(fields: list[tuple[str, str]]) -> tuple[str, bytes]:
    parts = [f'--part\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields]
    return "multipart/form-data; boundary=part", ("".join(parts) + "--part--\r\n").encode()
