"""Parameters of a request: from values to what a client writes (OpenAPI 3.1 section 4.8.12.3), and what any text may mean.

Written from the specification's table of styles, in the other direction than the aggregator reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tests.laws.gates import Asked

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)


def text_of(value: Any) -> str:
    """A scalar as clients write it."""
    if value is None:
        return "null"
    return value if isinstance(value, str) else json.dumps(value)


def meanings(text: str) -> Iterator[Any]:
    """Every value that a text may stand for."""
    yield text
    if _NUMBER.fullmatch(text):
        yield json.loads(text)
    if text in ("true", "false"):
        yield text == "true"
    if text in ("null", ""):
        yield None


def write(parameter: Mapping[str, Any], value: Any, asked: Asked) -> bool:
    """Put a value into a request; False when its style has no way to write it."""
    place, name = parameter["in"], parameter["name"]
    style = parameter.get("style") or {"query": "form", "cookie": "form"}.get(place, "simple")
    explode = parameter.get("explode", style == "form")
    if place == "query":
        pairs = _query(style, explode, name, value)
        asked.query += pairs or []
        return pairs is not None
    text = _simple(explode, value) if style == "simple" else None if place != "cookie" else _cookie(value)
    plain = _unquoted(value, explode) if place == "header" else ""
    if text is None or not (plain.isprintable() and plain.isascii() and plain == plain.strip()):
        return False
    if place == "path":
        asked.path[name] = text
        return text != "" and "/" not in text
    line = ("cookie", f"{name}={quote(text)}") if place == "cookie" else (name.lower(), plain)
    asked.headers.append(line)
    return True


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _query(style: str, explode: bool, name: str, value: Any) -> list[tuple[str, str]] | None:
    if _is_scalar(value):
        return [(name, text_of(value))] if style == "form" else None
    items = list(value.values()) if isinstance(value, dict) else value
    if not items or not all(map(_is_scalar, items)):
        return None
    if isinstance(value, dict):
        return _members(style, explode, name, value)
    texts = [text_of(each) for each in value]
    if style == "form" and explode:
        return [(name, text) for text in texts]
    mark = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}.get(style)
    if mark is None or any(mark in text for text in texts) or texts == [""]:
        return None
    return [(name, mark.join(texts))]


def _members(style: str, explode: bool, name: str, value: dict[str, Any]) -> list[tuple[str, str]] | None:
    if style == "deepObject":
        return [(f"{name}[{key}]", text_of(each)) for key, each in value.items()] if _plain_names(value) else None
    if style == "form" and not explode:
        parts = [part for key, each in value.items() for part in (key, text_of(each))]
        return None if any("," in part for part in parts) else [(name, ",".join(parts))]
    return None  # exploded members have names of their own; which of a request's they are is not written down


def _plain_names(value: dict[str, Any]) -> bool:
    return all(key and "[" not in key and "]" not in key for key in value)


def _simple(explode: bool, value: Any) -> str | None:
    """As in a path: everything but the delimiters percent-encoded."""
    if _is_scalar(value):
        return quote(text_of(value), safe="")
    items = list(value.values()) if isinstance(value, dict) else value
    if not items or not all(map(_is_scalar, items)):
        return None
    if isinstance(value, list):
        return ",".join(quote(text_of(each), safe="") for each in value)
    mark = "=" if explode else ","
    return ",".join(f"{quote(key, safe='')}{mark}{quote(text_of(each), safe='')}" for key, each in value.items())


def _unquoted(value: Any, explode: bool) -> str:
    """As in a header: nothing is encoded."""
    if _is_scalar(value):
        return text_of(value)
    if isinstance(value, list):
        return ",".join(text_of(each) for each in value)
    mark = "=" if explode else ","
    return ",".join(f"{key}{mark}{text_of(each)}" for key, each in value.items())


def _cookie(value: Any) -> str | None:
    return text_of(value) if _is_scalar(value) else None
