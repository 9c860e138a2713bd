"""Forms as values and values as forms, each property as its Encoding Object says (OpenAPI 3.1, 4.8.15).

    read_form([("a", "1"), ("b[0][c]", "x")], entry, book) -> {"a": 1, "b": [{"c": "x"}]}
    write_form({"a": 1, "b": [{"c": "x"}]}, {"b": {"style": "deepObject"}}) -> [("a", "1"), ("b[0][c]", "x")]

`entry` is the form's entry of `content` in validators.json. Lists are repeated fields and objects JSON where nothing else is said;
deepObject goes as deep as the clients that send it do.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .answers import is_json
from .schemas import Schema, SchemaBook
from .values import COMPOUND, SEPARATORS, items_of, one_value, properties_of, read_json, shaped, tree

Pair = tuple[str, str]


def read_form(pairs: list[Pair], entry: Mapping[str, Any], book: SchemaBook) -> dict[str, Any]:
    """The object that the fields make; a text that cannot be what its schema wants stays a text."""
    encodings: Mapping[str, Any] = entry.get("encoding", {})
    known = properties_of(entry.get("schema", {}), book)
    owned: dict[str, list[Pair]] = {}
    for name, text in pairs:
        root = name.partition("[")[0]
        owner = root if name not in known and (root in known or root in encodings) else name
        owned.setdefault(owner, []).append((name, text))
    return {name: _field(name, own, known.get(name, {}), encodings.get(name, {}), book) for name, own in owned.items()}


def _field(name: str, own: list[Pair], schema: Schema, encoding: Mapping[str, Any], book: SchemaBook) -> Any:
    if any(key != name for key, _ in own):
        return shaped(tree(name, own), schema, book)
    texts = [text for _, text in own]
    if is_json(str(encoding.get("contentType", ""))) and "style" not in encoding:
        return read_json(texts[0])
    types = book.types(schema)
    if "array" in types and (len(texts) > 1 or types <= COMPOUND):
        return [one_value(text, items_of(schema, book), book) for text in _split(texts, encoding)]
    return one_value(texts[0], schema, book) if len(texts) == 1 else texts


def _split(texts: list[str], encoding: Mapping[str, Any]) -> list[str]:
    if encoding.get("explode", True):
        return texts
    separator = SEPARATORS.get(str(encoding.get("style")), ",")
    return [part for text in texts for part in (text.split(separator) if text else [])]


def write_form(value: Mapping[str, Any], encodings: Mapping[str, Any]) -> list[Pair]:
    """The fields of an object, in its order."""
    return [pair for name, member in value.items() for pair in _written(name, member, encodings.get(name, {}))]


def _written(name: str, value: Any, encoding: Mapping[str, Any]) -> Iterator[Pair]:
    style = encoding.get("style")
    if style == "deepObject":
        yield from _branches(name, value)
    elif isinstance(value, list) and not (style is None and is_json(str(encoding.get("contentType", "")))):
        texts = [as_text(item) for item in value]
        joined = [SEPARATORS.get(str(style), ",").join(texts)] if texts else []
        yield from ((name, text) for text in (texts if encoding.get("explode", True) else joined))
    else:
        yield name, as_text(value)


def _branches(name: str, value: Any) -> Iterator[Pair]:
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if members is None:
        yield name, as_text(value)
    for key, member in members or ():
        yield from _branches(f"{name}[{key}]", member)


def as_text(value: Any) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
