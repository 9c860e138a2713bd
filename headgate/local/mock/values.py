"""Texts and trees of texts as the values that they stand for under a schema.

coerced("5", {"type": "integer"}, book) -> 5
shaped(tree("a", [("a[b][0]", "5")]), schema, book) -> {"b": [5]}
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from .schemas import Schema, SchemaBook

SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
COMPOUND = {"array", "object", "null"}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_MAX_NUMBER_LENGTH = 400
_KEYS = re.compile(r"\[([^\[\]]*)\]")


def properties_of(schema: Schema, book: SchemaBook) -> dict[str, Any]:
    """Schemas of declared properties, those of branches included."""
    followed = book.follow(schema)
    if isinstance(followed, bool):
        return {}
    found = dict(followed.get("properties", {}))
    for branch in (*followed.get("allOf", ()), *followed.get("anyOf", ()), *followed.get("oneOf", ())):
        found = {**properties_of(branch, book), **found}
    return found


def coerced(text: str, schema: Schema, book: SchemaBook) -> Any:
    """The value a text stands for under a schema."""
    types = book.types(schema)
    for value in _readings(text, types):
        if book.is_valid(schema, value):
            return value
    return next(_readings(text, types), text)


def _readings(text: str, types: frozenset[str]) -> Iterator[Any]:
    """Values a text may stand for, the most specific first."""
    if types & {"integer", "number"} and len(text) <= _MAX_NUMBER_LENGTH and _NUMBER.fullmatch(text):
        yield json.loads(text)
    if "boolean" in types and text in {"true", "false"}:
        yield text == "true"
    if "null" in types and text in {"null", ""}:
        yield None
    if types & {"array", "object"} and not types & {"string"}:
        return
    yield text


def one_value(text: str, schema: Schema, book: SchemaBook) -> Any:
    """One text: JSON where an object is wanted, else what a parameter's text would be."""
    return read_json(text) if "object" in book.types(schema) and text[:1] in "{[" else coerced(text, schema, book)


def read_json(text: str) -> Any:
    """What a text says as JSON; the text itself when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def tree(name: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][c]=1` as {"b": {"c": ["1"]}}; keys that contradict each other are refused."""
    root: dict[str, Any] = {}
    for key, text in pairs:
        *above, last = _KEYS.findall(key[len(name) :]) or [""]
        holder = root
        for part in above:
            holder = holder.setdefault(part, {})
            if not isinstance(holder, dict):
                raise ValueError(f"{key} is both a value and an object")
        texts = holder.setdefault(last, [])
        if not isinstance(texts, list):
            raise ValueError(f"{key} is both a value and an object")
        texts.append(text)
    return root


def shaped(node: Any, schema: Schema, book: SchemaBook) -> Any:
    """A tree of texts as the schema reads it."""
    types = book.types(schema)
    if isinstance(node, list):
        if "array" in types and types <= COMPOUND:
            return [one_value(text, items_of(schema, book), book) for text in node]
        return coerced(node[0], schema, book) if len(node) == 1 else node
    if "array" in types and all(key == "" or key.isdecimal() for key in node):
        items = items_of(schema, book)
        inside = [node[key] for key in sorted(node, key=lambda key: int(key or 0))]
        return [shaped(one, items, book) for each in inside for one in _listed(each)]
    known = properties_of(schema, book)
    followed = book.follow(schema)
    rest: Schema = {} if isinstance(followed, bool) else followed.get("additionalProperties", {})
    return {key: shaped(below, known.get(key, rest), book) for key, below in node.items()}


def _listed(node: Any) -> list[Any]:
    """`a[]=1&a[]=2` is two items, `a[0][b]=1` one."""
    return [[text] for text in node] if isinstance(node, list) else [node]


def items_of(schema: Schema, book: SchemaBook) -> Schema:
    """What items of an array are held to, as far as one schema or a branch of it says."""
    followed = book.follow(schema)
    if isinstance(followed, bool):
        return {}
    if "items" in followed:
        items: Schema = followed["items"]
        return items
    branches = (branch for key in ("allOf", "anyOf", "oneOf") for branch in followed.get(key, ()))
    return next((found for branch in branches if (found := items_of(branch, book))), {})
