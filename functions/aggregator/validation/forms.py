"""Fields of forms as one object, each as its schema and its Encoding Object (OpenAPI 3.1 section 4.8.15) say.

urlencoded(b"a=1&b=2", entry, book) -> {"a": 1, "b": "2"}
"""

from collections.abc import Iterable, Mapping
from typing import Any

from . import media_types, styles
from .multipart import Part
from .parameters import is_array, is_object
from .schemas import Schema, SchemaBook
from .values import read_array, read_json, read_list, read_object, read_scalar, tree
from .violations import BadValueError

Pair = tuple[str, str]
MAX_FIELDS = 10_000


def urlencoded(body: bytes, entry: Mapping[str, Any], book: SchemaBook) -> dict[str, Any]:
    """A form as the object that the schema describes."""
    schema, encodings = entry.get("schema", True), entry.get("encoding", {})
    known = book.properties(schema)
    pairs = _pairs(body)
    found: dict[str, Any] = {}
    for name in known.keys() | encodings.keys():
        own = _owned(pairs, name, known.get(name, True), encodings.get(name, {}), book)
        if own:
            found[name] = _field(name, own, known.get(name, True), encodings.get(name, {}), book)
            pairs = [pair for pair in pairs if pair not in own]
    return {**found, **_rest(pairs, schema, book)}


def _rest(pairs: list[Pair], schema: Schema, book: SchemaBook) -> dict[str, Any]:
    """Fields that the schema does not name."""
    followed = book.follow(schema)
    told = True if isinstance(followed, bool) else followed.get("additionalProperties", True)
    rest: Schema = told if isinstance(told, dict) else True
    found: dict[str, Any] = {}
    for name in dict(pairs):
        texts = [text for key, text in pairs if key == name]
        is_list = is_array(rest, book) or (len(texts) > 1 and "array" in book.types(rest))
        found[name] = read_array(texts, rest, book) if is_list else read_scalar(_only(texts), rest, book)
    return found


def _pairs(body: bytes) -> list[Pair]:
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        raise BadValueError("is no form: it holds bytes that are not percent-encoded") from None
    parts = [part for part in text.split("&") if part]
    if len(parts) > MAX_FIELDS:
        raise BadValueError(f"has more than {MAX_FIELDS} fields")
    split = [part.replace("+", " ").partition("=") for part in parts]
    return [(styles.decoded(name), styles.decoded(value)) for name, _, value in split]


def _owned(pairs: list[Pair], name: str, schema: Schema, encoding: Mapping[str, Any], book: SchemaBook) -> list[Pair]:
    """The pairs of one property: its own, or `name[...]` where it is an object or a list."""
    own = [pair for pair in pairs if pair[0] == name]
    if encoding.get("style") == "deepObject" or (not own and book.types(schema) & {"object", "array"}):
        return [pair for pair in pairs if pair[0].startswith(f"{name}[")] or own
    return own


def _field(name: str, own: list[Pair], schema: Schema, encoding: Mapping[str, Any], book: SchemaBook) -> Any:
    texts = [text for _, text in own]
    if own[0][0] != name:
        return tree(name, own, schema, book)
    if _is_json_field(schema, encoding, book):
        return read_json(_only(texts).encode())
    style, explode = encoding.get("style", "form"), encoding.get("explode", True)
    if is_array(schema, book) or (len(texts) > 1 and "array" in book.types(schema)):
        if not explode or style not in ("form", "deepObject"):
            return read_list(_only(texts).split(styles.SEPARATORS.get(style, ",")), schema, book, is_joined=True)
        return read_array(texts, schema, book)
    if is_object(schema, book) and "style" in encoding:
        return read_object(styles.paired(_only(texts).split(",")), schema, book)
    return read_scalar(_only(texts), schema, book)


def _is_json_field(schema: Schema, encoding: Mapping[str, Any], book: SchemaBook) -> bool:
    content_type = encoding.get("contentType")
    if content_type is not None and "style" not in encoding:
        return media_types.is_json(media_types.read(content_type).name)
    return is_object(schema, book) and "style" not in encoding


def _only(texts: list[str]) -> str:
    if len(texts) > 1:
        raise BadValueError(f"has a field {len(texts)} times")
    return texts[0]


def parts_object(parts: Iterable[Part], entry: Mapping[str, Any], book: SchemaBook) -> dict[str, Any]:
    """Parts as the object that the schema describes; files stand as texts with one character per byte."""
    schema, encodings = entry.get("schema", True), entry.get("encoding", {})
    known = book.properties(schema)
    found: dict[str, Any] = {}
    for part in parts:
        member, encoding = known.get(part.name, True), encodings.get(part.name, {})
        _check_part(part, encoding)
        if is_array(member, book) and not _is_json_part(part, encoding):
            found.setdefault(part.name, []).append(_part_value(part, book.items(member), encoding, book))
        elif part.name in found:
            raise BadValueError("has a part twice")
        else:
            found[part.name] = _part_value(part, member, encoding, book)
    return found


def _check_part(part: Part, encoding: Mapping[str, Any]) -> None:
    wanted = encoding.get("contentType")
    if wanted is not None and part.content_type is not None:
        ranges = [text.strip() for text in wanted.split(",")]
        if media_types.choose(ranges, part.content_type) is None:
            raise BadValueError("has a part of a media type that is not declared for it")
    missing = [name for name in encoding.get("requiredHeaders", ()) if name.lower() not in part.headers]
    if missing:
        raise BadValueError("has a part without a header that it needs")


def _is_json_part(part: Part, encoding: Mapping[str, Any]) -> bool:
    told = part.content_type or (encoding.get("contentType") or "").partition(",")[0]
    return media_types.is_json(media_types.read(told).name)


def _part_value(part: Part, schema: Schema, encoding: Mapping[str, Any], book: SchemaBook) -> Any:
    if _is_json_part(part, encoding) or (part.content_type is None and is_object(schema, book)):
        return read_json(part.body)
    is_text = part.filename is None and (part.content_type is None or part.content_type.lower().startswith("text/"))
    if not is_text:
        return part.body.decode("latin-1")
    try:
        return read_scalar(part.body.decode(), schema, book)
    except UnicodeDecodeError:
        return part.body.decode("latin-1")
