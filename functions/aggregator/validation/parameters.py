"""Parameters of a request, held to the document: presence, style, schema. Parameters that the document does not know pass.

check_parameters([{"name": "limit", "in": "query", "style": "form", ...}], sent, book) -> [Violation("query", ...)]
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..candidates import PathText
from ..events import Request
from . import styles
from .schemas import SchemaBook
from .values import read_array, read_json, read_list, read_object, read_scalar, tree
from .violations import BadValueError, Violation

# OpenAPI 3.1 section 4.8.12.2.1: these are described elsewhere in the document.
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
Pair = tuple[str, str]


@dataclass
class Sent:
    """What came: texts by place. Query texts are decoded (FACTS 2.10), path texts are not."""

    request: Request
    variables: Mapping[str, PathText] = field(default_factory=dict)

    @cached_property
    def query(self) -> list[Pair]:
        return [(name, value) for name, values in self.request.query.items() for value in values]

    @cached_property
    def headers(self) -> dict[str, list[str]]:
        """Values by lower-case name, one per header line."""
        found: dict[str, list[str]] = {}
        for name, value in self.request.header_lines:
            found.setdefault(name.lower(), []).append(value)
        return found

    @cached_property
    def cookies(self) -> list[Pair]:
        parts = [part.strip().partition("=") for line in self.headers.get("cookie", ()) for part in line.split(";")]
        return [(name, value) for name, equals, value in parts if equals]


def check_parameters(parameters: list[dict[str, Any]], sent: Sent, book: SchemaBook) -> list[Violation]:
    """Everything wrong with the parameters of a request."""
    named = frozenset(parameter["name"] for parameter in parameters if parameter["in"] == "query")
    return [violation for parameter in parameters for violation in _check(parameter, sent, book, named)]


def _check(parameter: Mapping[str, Any], sent: Sent, book: SchemaBook, named: frozenset[str]) -> Iterator[Violation]:
    place, name = parameter["in"], parameter["name"]
    if place == "header" and name.lower() in _IGNORED_HEADERS:
        return
    try:
        pairs = _pairs(parameter, sent, book, named)
        if not pairs:
            if parameter.get("required"):
                yield Violation(place, "is required and missing", parameter=name)
            return
        if pairs == [(name, "")] and parameter.get("allowEmptyValue"):
            return
        value = _value(parameter, pairs, book)
    except BadValueError as error:
        yield Violation(place, str(error), parameter=name)
        return
    for pointer, detail in book.problems(parameter["schema"], value):
        yield Violation(place, detail, pointer, parameter=name)


def _pairs(parameter: Mapping[str, Any], sent: Sent, book: SchemaBook, named: frozenset[str]) -> list[Pair]:
    """The (name, text) pairs that belong to a parameter; a path's text is still encoded.

    `filter[genre]` is a member of `filter`, unless the operation has a query parameter of that very name (`named`).
    """
    place, name = parameter["in"], parameter["name"]
    if place == "path":
        return [(name, sent.variables[name].raw)] if name in sent.variables else []
    if place == "header":
        return [(name, value.strip()) for value in sent.headers.get(name.lower(), ())]
    if place == "querystring":
        return sent.query
    pairs = sent.cookies if place == "cookie" else sent.query
    if parameter.get("style") == "deepObject":
        return [(key, text) for key, text in pairs if key == name or (key.startswith(f"{name}[") and key not in named)]
    if _is_spread(parameter, book):
        known = book.properties(parameter["schema"])
        return [(key, text) for key, text in pairs if key in known]
    own = [(key, text) for key, text in pairs if key == name]
    return [(key, styles.decoded(text)) for key, text in own] if place == "cookie" else own


def _is_spread(parameter: Mapping[str, Any], book: SchemaBook) -> bool:
    """form with explode makes each member of an object a parameter of its own."""
    is_form = parameter.get("style") in ("form", "cookie") and parameter.get("explode")
    return bool(is_form and "mediaType" not in parameter and is_object(parameter["schema"], book))


def is_object(schema: Any, book: SchemaBook) -> bool:
    """Whether a schema takes objects and nothing else but null."""
    return "object" in (types := book.types(schema)) and types <= {"object", "null"}


def is_array(schema: Any, book: SchemaBook) -> bool:
    """Whether a schema takes arrays and nothing else but null."""
    return "array" in (types := book.types(schema)) and types <= {"array", "null"}


def _value(parameter: Mapping[str, Any], pairs: list[Pair], book: SchemaBook) -> Any:
    if parameter.get("mediaType"):
        return _content(parameter, pairs, book)
    schema = parameter["schema"]
    if parameter["style"] == "deepObject" and any(key != parameter["name"] for key, _ in pairs):
        return tree(parameter["name"], pairs, schema, book)
    if is_object(schema, book):
        return _object(parameter, pairs, book)
    if is_array(schema, book) or (len(pairs) > 1 and "array" in book.types(schema)):
        return _array(parameter, pairs, book)
    _refuse_repeated(pairs)
    text = pairs[0][1]
    if parameter["in"] == "path":
        text = styles.path_text(parameter["style"], parameter["name"], text)
    return read_scalar(text, schema, book)


def _refuse_repeated(pairs: list[Pair]) -> None:
    if len(pairs) > 1:
        raise BadValueError(f"is given {len(pairs)} times")


def _content(parameter: Mapping[str, Any], pairs: list[Pair], book: SchemaBook) -> Any:
    """A parameter with `content`: one text of a media type."""
    media_type = parameter["mediaType"].partition(";")[0].strip().lower()
    if parameter["in"] == "querystring":
        return read_object(pairs, parameter["schema"], book)
    _refuse_repeated(pairs)
    text = styles.decoded(pairs[0][1]) if parameter["in"] == "path" else pairs[0][1]
    if media_type == "application/json" or media_type.endswith("+json"):
        try:
            return read_json(text.encode())
        except UnicodeEncodeError:
            raise BadValueError("is no Unicode text") from None
    return read_scalar(text, parameter["schema"], book)


def _array(parameter: Mapping[str, Any], pairs: list[Pair], book: SchemaBook) -> Any:
    place, style, explode = parameter["in"], parameter["style"], bool(parameter["explode"])
    if place == "path":
        texts = styles.path_items(style, parameter["name"], pairs[0][1], explode=explode)
    elif place == "header":
        # RFC 9110 section 5.3: several lines are one list.
        texts = [part.strip() for _, text in pairs for part in text.split(",")]
    elif explode:
        texts = [text for _, text in pairs]
    else:
        _refuse_repeated(pairs)
        texts = pairs[0][1].split(styles.SEPARATORS.get(style, ","))
    return read_list(texts, parameter["schema"], book, is_joined=not explode or place == "header")


def _object(parameter: Mapping[str, Any], pairs: list[Pair], book: SchemaBook) -> Any:
    place, style, explode = parameter["in"], parameter["style"], bool(parameter["explode"])
    name, schema = parameter["name"], parameter["schema"]
    if _is_spread(parameter, book):
        return _spread(pairs, schema, book)
    if place == "path":
        return read_object(styles.path_members(style, name, pairs[0][1], explode=explode), schema, book)
    if place == "header":
        text = ",".join(part.strip() for _, line in pairs for part in line.split(","))
    else:
        _refuse_repeated(pairs)
        text = pairs[0][1]
    parts = text.split(styles.SEPARATORS.get(style, ","))
    if not explode:
        return read_object(styles.paired(parts), schema, book)
    return read_object([styles.named(part) for part in parts], schema, book)


def _spread(pairs: list[Pair], schema: Any, book: SchemaBook) -> dict[str, Any]:
    """Members that are parameters of their own; one that is an array comes several times."""
    known, found = book.properties(schema), dict[str, Any]()
    for key in dict(pairs):
        texts = [text for name, text in pairs if name == key]
        if is_array(known.get(key, True), book):
            found[key] = read_array(texts, known[key], book)
        elif len(texts) > 1:
            raise BadValueError(f"has a property {len(texts)} times")
        else:
            found[key] = read_scalar(texts[0], known.get(key, True), book)
    return found
