"""From the text of a request to the values its parameters stand for (OpenAPI 3.1, 4.8.12: styles).

    read_parameters(operation, request, book) -> (values, complaints)

A text becomes the value that the schema wants if there is one (`"5"` for an integer is 5) and stays text otherwise; the schema
then says what is wrong with it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from .schemas import Problem, SchemaBook
from .values import SEPARATORS, coerced, properties_of, shaped, tree

_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})  # OpenAPI 3.1, 4.8.12.2.1


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; header names are lower case, `path_values` are still encoded."""

    path_values: Mapping[str, str]
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The values of a header, joined as RFC 9110 5.3 allows; None when it is absent."""
        found = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(found) if found else None


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with a request. `place` is path, query, header, cookie or body."""

    place: str
    name: str
    problem: Problem


def check_parameters(parameters: list[dict[str, Any]], request: Request, book: SchemaBook) -> list[Complaint]:
    """Everything wrong with the parameters of a request."""
    return [complaint for parameter in parameters for complaint in _check(parameter, request, book)]


def _check(parameter: dict[str, Any], request: Request, book: SchemaBook) -> Iterator[Complaint]:
    place, name = parameter["in"], parameter["name"]
    if place == "header" and name.lower() in _IGNORED_HEADERS:
        return
    texts = _texts(parameter, request, book)
    if not texts:
        if parameter.get("required"):
            yield Complaint(place, name, Problem("", "is required and missing"))
        return
    if texts == [(name, "")] and parameter.get("allowEmptyValue"):
        return
    try:
        value = _value(parameter, texts, book)
    except ValueError as error:
        yield Complaint(place, name, Problem("", str(error)))
        return
    for problem in book.problems(parameter["schema"], value):
        yield Complaint(place, name, problem)


def _texts(parameter: dict[str, Any], request: Request, book: SchemaBook) -> list[tuple[str, str]]:
    """The (name, text) pairs that belong to a parameter, percent-decoded."""
    place, name = parameter["in"], parameter["name"]
    if place == "path":
        return [(name, unquote(request.path_values[name]))] if name in request.path_values else []
    if place == "header":
        text = request.header(name)
        return [] if text is None else [(name, text.strip())]
    pairs = _cookies(request) if place == "cookie" else parse_qsl(request.query, keep_blank_values=True)
    if parameter.get("style") == "deepObject":
        return [(key, text) for key, text in pairs if key == name or key.startswith(f"{name}[")]
    own = [(key, text) for key, text in pairs if key in {name, f"{name}[]"}]
    if not own and parameter.get("explode") and "object" in book.types(parameter["schema"]):
        known = properties_of(parameter["schema"], book)
        return [(key, text) for key, text in pairs if key in known]
    return own


def _cookies(request: Request) -> list[tuple[str, str]]:
    pairs = (pair.strip().partition("=") for pair in (request.header("cookie") or "").split(";"))
    return [(name, unquote(text)) for name, _, text in pairs if name]


def _value(parameter: dict[str, Any], texts: list[tuple[str, str]], book: SchemaBook) -> Any:
    schema, name = parameter["schema"], parameter["name"]
    if parameter.get("mediaType"):
        return _json(texts[0][1])
    if parameter.get("style") == "deepObject" and any(key != name for key, _ in texts):
        return shaped(tree(name, texts), schema, book)
    types = book.types(schema)
    is_plain = {key for key, _ in texts} <= {name, f"{name}[]"}
    if "object" in types and (not is_plain or "array" not in types) and types <= {"object", "null"}:
        return _object(parameter, texts, book)
    if "array" in types and (len(texts) > 1 or types <= {"array", "null"}):
        return _array(parameter, [text for _, text in texts], book)
    if len(texts) > 1:
        raise ValueError(f"is given {len(texts)} times")
    return coerced(texts[0][1], schema, book)


def _array(parameter: dict[str, Any], texts: list[str], book: SchemaBook) -> list[Any]:
    if not (parameter.get("explode") and parameter["in"] in {"query", "cookie"}):
        separator = SEPARATORS.get(str(parameter.get("style")), ",")
        texts = [part for text in texts for part in (text.split(separator) if text else [])]
    if parameter["in"] == "header":
        texts = [text.strip() for text in texts]
    schema = book.follow(parameter["schema"])
    items = schema.get("items", {}) if not isinstance(schema, bool) else {}
    return [coerced(text, items, book) for text in texts]


def _object(parameter: dict[str, Any], texts: list[tuple[str, str]], book: SchemaBook) -> dict[str, Any]:
    name, style = parameter["name"], parameter.get("style")
    if texts[0][0] == name and not parameter.get("explode"):
        parts = texts[0][1].split(SEPARATORS.get(str(style), ","))
        pairs = list(zip(parts[::2], parts[1::2], strict=False))
    elif texts[0][0] == name:  # simple, exploded: a=1,b=2
        pairs = [(part.partition("=")[0], part.partition("=")[2]) for part in texts[0][1].split(",")]
    else:
        pairs = texts
    known = properties_of(parameter["schema"], book)
    return {key: coerced(text, known.get(key, {}), book) for key, text in pairs}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError("is not JSON") from None
