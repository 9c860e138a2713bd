"""Texts as the values that they stand for under a schema: `"5"` is 5 where an integer is wanted and "5" where a string is. Pure.

A text that has no reading of the wanted type stays a text; the schema then says what is wrong with it. Where the schema takes
several types, a text is what makes it valid: a document that says `anyOf: [integer, string]` takes both.
"""

import json
import re
from collections.abc import Iterator, Sequence

from ...shared import strict_json
from .schemas import Schema, SchemaBook
from .violations import BadValueError

Json = object
# RFC 8259 section 6; as many digits as strict_json reads.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_MAX_NUMBER_LENGTH = 400
MAX_JSON_DEPTH = 100
_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})
_KEY = re.compile(r"\[([^\[\]]*)\]")


def read_scalar(text: str, schema: Schema, book: SchemaBook) -> Json:
    """The value a text stands for."""
    types = book.types(schema)
    if types & _SCALARS == {"string"}:
        return text
    readings = list(_readings(text, types))
    if len(readings) < 2:
        return readings[0] if readings else text
    return next((value for value in readings if book.is_valid(schema, value)), readings[0])


def _readings(text: str, types: frozenset[str]) -> Iterator[Json]:
    """Values a text may stand for, the most specific first."""
    if types & {"integer", "number"} and len(text) <= _MAX_NUMBER_LENGTH and _NUMBER.fullmatch(text):
        yield _number(text)
    if "boolean" in types and text in ("true", "false"):
        yield text == "true"
    if "null" in types and text in ("null", ""):
        yield None
    if "string" in types or not types & _SCALARS:
        yield text


def _number(text: str) -> int | float:
    value: int | float = json.loads(text)
    if value in (float("inf"), float("-inf")):
        raise BadValueError("is a number beyond all bounds")
    return value


def read_array(texts: Sequence[str], schema: Schema, book: SchemaBook) -> list[Json]:
    """Items as the schema of the array's items reads them."""
    items = book.items(schema)
    return [read_scalar(text, items, book) for text in texts]


def read_list(texts: Sequence[str], schema: Schema, book: SchemaBook, *, is_joined: bool) -> list[Json]:
    """`read_array`, but nothing between delimiters is an empty list where no empty text will do: many clients join so."""
    items = read_array(texts, schema, book)
    return [] if is_joined and list(texts) == [""] and not book.is_valid(schema, items) else items


def read_object(pairs: Sequence[tuple[str, str]], schema: Schema, book: SchemaBook) -> dict[str, Json]:
    """Members as the schemas of the object's properties read them."""
    known = book.properties(schema)
    found: dict[str, Json] = {}
    for name, text in pairs:
        if name in found:
            raise BadValueError("has a property twice")
        found[name] = read_scalar(text, known.get(name, additional(schema, book)), book)
    return found


def additional(schema: Schema, book: SchemaBook) -> Schema:
    """The schema of properties that are not declared by name."""
    followed = book.follow(schema)
    told: Schema = True if isinstance(followed, bool) else followed.get("additionalProperties", True)
    return told if isinstance(told, dict) else True


def read_json(data: bytes) -> Json:
    """One JSON text, without what two readers could read differently (RFC 7493); `BadValueError` says what it is."""
    try:
        return strict_json.loads(data, max_depth=MAX_JSON_DEPTH)
    except strict_json.StrictJsonError as error:
        raise BadValueError(f"is no JSON that everyone reads alike: {error}") from None


def tree(name: str, pairs: Sequence[tuple[str, str]], schema: Schema, book: SchemaBook) -> Json:
    """deepObject: `a[b]=1&a[c][d]=2&a[e][]=3` as {"b": 1, "c": {"d": 2}, "e": [3]}.

    OpenAPI defines one level of scalars; deeper ones and lists are read as the clients that send them mean them.
    """
    root: dict[str, object] = {}
    for key, text in pairs:
        path = _KEY.findall(key[len(name) :])
        if "".join(f"[{part}]" for part in path) != key[len(name) :] or not path:
            raise BadValueError("has a key that is not made of [name] parts")
        _put(root, path, text)
    return _shaped(root, schema, book)


def _put(root: dict[str, object], path: list[str], text: str) -> None:
    if len(path) > MAX_JSON_DEPTH:
        raise BadValueError("is nested too deep")
    holder = root
    for part in path[:-1]:
        below = holder.setdefault(part, {})
        if not isinstance(below, dict):
            raise BadValueError("has a key that is both a value and an object")
        holder = below
    held = holder.setdefault(path[-1], [])
    if not isinstance(held, list):
        raise BadValueError("has a key that is both a value and an object")
    held.append(text)


def _shaped(node: object, schema: Schema, book: SchemaBook) -> Json:
    """A tree of texts (lists of the texts of one key) as the schema reads it."""
    types = book.types(schema)
    if isinstance(node, list):
        if "array" in types and not types & _SCALARS:
            return read_array(node, schema, book)
        if len(node) > 1:
            raise BadValueError(f"has a property {len(node)} times")
        return read_scalar(node[0], schema, book)
    assert isinstance(node, dict)
    if "array" in types and all(key == "" or key.isdecimal() for key in node):
        items = book.items(schema)
        keys = sorted(node, key=lambda key: int(key or 0))
        return [each for key in keys for each in _listed(key, node[key], items, book)]
    known, rest = book.properties(schema), additional(schema, book)
    return {key: _shaped(below, known.get(key, rest), book) for key, below in node.items()}


def _listed(key: str, below: object, items: Schema, book: SchemaBook) -> list[Json]:
    """`a[]=1&a[]=2` is two items, `a[0]=1` one."""
    if key == "" and isinstance(below, list):
        return [read_scalar(text, items, book) for text in below]
    return [_shaped(below, items, book)]
