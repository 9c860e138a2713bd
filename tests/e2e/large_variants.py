"""Requests that a document forbids, each made from one that it allows by breaking one construct. Decided without the compiler."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from headgate.local.mock.requests import Sample
from tests.laws.formats import DECIDED, is_in_format
from tests.laws.reading import UnreadableError

from .large_reading import FORM, MULTIPART, Operation, Parameter, Place, Requests

# Beyond this a body would be larger than what is worth sending.
_MOST_ITEMS, _LONGEST, _DEEPEST = 60, 20_000, 9
_LONGEST_TEXT = 2_000  # of a parameter: addresses have an end
_ODD = "\x7f~ no such text ~"
_WRONG = {
    "string": 7531,
    "integer": "none",
    "number": "none",
    "boolean": "none",
    "array": {"none": 1},
    "object": ["none"],
}
_BEYOND = {"minimum": -1, "exclusiveMinimum": -1, "maximum": 1, "exclusiveMaximum": 1}
_GONE = object()
_OTHER = [("x-unheard-of", "1")]  # a form without fields may be no body at all


@dataclass(frozen=True)
class Variant:
    """One request. `pointer` is the construct it breaks; `over` what must be at the gateway too for the gateway to refuse.

    `is_forbidden` False: a text that only a format speaks against which binds nobody.
    """

    what: str
    pointer: str
    request: Sample
    over: tuple[str, ...] = ()
    is_forbidden: bool = True
    has_credential: bool = True

    def __str__(self) -> str:
        return f"{self.request.operation}: {self.what} ({self.pointer})"


def variants(operation: Operation, least: Sample, full: Sample, reading: Requests) -> Iterator[Variant]:
    """Forbidden requests: `least` has what is required, `full` everything."""
    alternatives, at = operation.security
    if alternatives and {} not in alternatives and at is not None:
        yield Variant("no credential", at.pointer, least, has_credential=False)
    for parameter in operation.parameters:
        yield from _of_parameter(parameter, least, reading)
    yield from _of_body(operation, full, reading)
    yield from _of_fields(operation, full, reading)


def _of_parameter(parameter: Parameter, base: Sample, reading: Requests) -> Iterator[Variant]:
    where, name = parameter.where, parameter.name
    if where == "header" and name.lower() in {"accept", "content-type", "authorization"}:
        return
    if parameter.required and where in {"query", "header"}:
        bare = _put(base, parameter, None)
        assert bare is not None
        yield Variant(f"without {where} {name}", f"{parameter.at.pointer}/required", bare)
    if parameter.schema is None:
        return
    schema, listed = parameter.schema.follow(), False
    if schema.value.get("type") == "array":
        items = schema.get("items")
        if items is None:
            return
        schema, listed = items.follow(), True
    for what, pointer, text, is_forbidden in _texts(schema, reading):
        if (where == "header" and not text.isprintable()) or (where == "path" and not text):
            continue
        if listed and parameter.joined is not None and parameter.joined in text:
            continue
        request = _put(base, parameter, text, is_deep=listed and parameter.at.value.get("style") == "deepObject")
        if request is not None:
            yield Variant(f"{where} {name} {what} {text[:40]!r}", pointer, request, is_forbidden=is_forbidden)


def _texts(schema: Place, reading: Requests) -> Iterator[tuple[str, str, str, bool]]:
    """(what, pointer, text, forbidden) for a scalar; nothing where a text may be several things."""
    value = schema.value
    kind = value.get("type")
    if kind not in {"string", "integer", "number", "boolean"} or "$ref" in value:
        return
    for keyword in value:
        for bad in _against(keyword, value):
            text = bad if isinstance(bad, str) else json.dumps(bad)
            is_forbidden = _is_forbidden(reading, value, _read(text, kind))
            if len(text) > _LONGEST_TEXT or is_forbidden is not (keyword != "format" or value["format"] in DECIDED):
                continue
            yield (
                f"breaks {keyword}",
                f"{schema.pointer}/{_key(keyword)}",
                text.encode("ascii", "replace").decode(),
                is_forbidden,
            )


def _read(text: str, kind: str) -> Any:
    try:
        return json.loads(text) if kind != "string" else text
    except ValueError:
        return text


def _is_forbidden(reading: Requests, schema: Any, value: Any) -> bool | None:
    """None where this side cannot tell."""
    try:
        plain = {key: each for key, each in schema.items() if not (key == "required" and isinstance(each, bool))}
        return not reading.validator(plain).is_valid(value)
    except (UnreadableError, RecursionError, OverflowError):
        return None


def _against(keyword: str, schema: dict[str, Any]) -> Iterator[Any]:
    """Values that break one keyword and, if it can be, no other."""
    told, kind = schema[keyword], schema.get("type")
    if keyword == "type":
        yield from [_WRONG[told]] if isinstance(told, str) and told in _WRONG else []
    elif keyword in {"enum", "const"}:
        yield 987_654_321 if kind in {"integer", "number"} else "none-of-these"
    elif keyword in _BEYOND and isinstance(told, int | float) and not isinstance(told, bool):
        yield told + _BEYOND[keyword]
    elif keyword == "minLength" and told > 1:
        yield "a" * (told - 1)
    elif keyword == "maxLength" and told < _LONGEST:
        yield "a" * (told + 1)
    elif keyword == "pattern":
        yield from [text for text in ("~", "~~ ~~", "zz zz", "0") if not re.search(_as_python(told), text)][:1]
    elif keyword == "format" and kind == "string":
        yield from [text for text in ("no such format", "%%") if not is_in_format(told, text)][:1] or ["no such format"]


def _as_python(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error:
        return ""
    return pattern


def _of_body(operation: Operation, base: Sample, reading: Requests) -> Iterator[Variant]:
    body, content_type = operation.body, dict(base.headers).get("content-type", "")
    if body is None or not base.body:
        return
    others = tuple(header for header in base.headers if header[0] != "content-type")
    if body.required is not None:
        bare = replace(base, body=b"", headers=others)
        yield Variant("without a body", body.required.pointer, bare)
    place = body.at.get("content") if "content" in body.at.value else None
    if place is not None and not any("*" in name for name in body.content):
        unheard = replace(base, headers=(*others, ("content-type", "application/x-unheard-of")))
        yield Variant("content type nobody declares", place.pointer, unheard)
    schema = body.content.get(content_type) or body.content.get(content_type.partition(";")[0])
    if schema is None:
        return
    if content_type.partition(";")[0] in {FORM, MULTIPART}:
        yield from _of_form(schema.follow(), body.at.pointer, base)
    elif "json" in content_type:
        yield from _of_json(schema, body.at.pointer, base, reading)


def _of_json(schema: Place, over: str, base: Sample, reading: Requests) -> Iterator[Variant]:
    whole = json.loads(base.body)
    try:
        document = reading.validator(schema.value)
        if not document.is_valid(whole):
            yield Variant("the sample itself is refused by the independent reading", schema.pointer, base)
            return
    except (UnreadableError, RecursionError):
        return
    for what, pointer, path, bad in _walk(schema, whole, (), 0):
        value = _placed(whole, path, bad)
        is_forbidden = not document.is_valid(value)
        if is_forbidden is what.endswith("any format"):
            continue
        sent = json.dumps(value).encode()
        where = "/".join(map(str, path))
        shown = "left out" if bad is _GONE else repr(bad)[:40]
        yield Variant(f"body /{where} {what}: {shown}", pointer, replace(base, body=sent), (over,), is_forbidden)


Step = tuple[str, str, tuple[str | int, ...], Any]


def _walk(at: Place, value: Any, path: tuple[str | int, ...], depth: int) -> Iterator[Step]:
    """(what, pointer, path into the body, value to put there) for each keyword of a schema and of those inside."""
    schema = at.follow()
    if not isinstance(schema.value, dict) or depth > _DEEPEST:
        return
    told = schema.value
    for branch in schema.each("allOf"):
        yield from _walk(branch, value, path, depth + 1)
    for keyword in ("oneOf", "anyOf"):
        if keyword in told:
            yield f"breaks {keyword}", f"{schema.pointer}/{keyword}", path, [[_ODD]]
    if value is None or any(keyword in told for keyword in ("oneOf", "anyOf")):
        return
    for keyword in told:
        for bad in (*_against(keyword, told), *_against_compound(keyword, told, value)):
            is_free = keyword == "format" and told["format"] not in DECIDED
            what = "is not of any format" if is_free else f"breaks {keyword}"
            yield what, f"{schema.pointer}/{_key(keyword)}", path, bad
    if isinstance(value, dict):
        yield from _members(schema, value, path, depth)
    if isinstance(value, list) and value and schema.get("items"):
        yield from _walk(schema.child("items"), value[0], (*path, 0), depth + 1)


def _members(schema: Place, value: dict[str, Any], path: tuple[str | int, ...], depth: int) -> Iterator[Step]:
    required = schema.value.get("required")
    for name in required if isinstance(required, list) else ():
        if name in value:
            yield f"breaks required ({name})", f"{schema.pointer}/required", (*path, name), _GONE
    properties = schema.get("properties")
    for name in properties.value if properties else ():
        if name in value and properties:
            yield from _walk(properties.child(name), value[name], (*path, name), depth + 1)


def _against_compound(keyword: str, schema: dict[str, Any], value: Any) -> Iterator[Any]:
    told = schema[keyword]
    if keyword == "additionalProperties" and told is False and isinstance(value, dict):
        yield {**value, "x-unheard-of": 1}
    elif keyword == "minItems" and isinstance(value, list) and told > 0:
        yield value[: told - 1]
    elif keyword == "maxItems" and isinstance(value, list) and value and told < _MOST_ITEMS:
        yield [value[0]] * (told + 1)
    elif keyword == "uniqueItems" and told is True and isinstance(value, list) and value:
        yield [value[0], *value]
    elif keyword == "minProperties" and isinstance(value, dict) and told > 0:
        yield {}


def _placed(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return None if value is _GONE else value
    changed = copy.deepcopy(whole)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    if value is _GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return changed


def _of_form(schema: Place, over: str, base: Sample) -> Iterator[Variant]:
    """Fields of a form: one that is missing, and ones whose text is none of its type."""
    fields = read_fields(base)
    for name in schema.value.get("required", ()):
        kept = [field for field in fields if not _is_of(field[0], name)] or _OTHER
        pointer = f"{schema.pointer}/required"
        yield Variant(f"form without {name}", pointer, with_fields(base, kept), (over,))
    properties = schema.get("properties")
    for name in properties.value if properties else ():
        assert properties
        at = properties.child(name).follow()
        if at.value.get("type") in {"integer", "number", "boolean"} and not at.value.get("nullable"):
            sent = [*(field for field in fields if not _is_of(field[0], name)), (name, "none")]
            yield Variant(f"form field {name} breaks type", f"{at.pointer}/type", with_fields(base, sent), (over,))


def _of_fields(operation: Operation, base: Sample, reading: Requests) -> Iterator[Variant]:
    """The form of an OpenAPI 2.0 operation."""
    fields = read_fields(base) if operation.fields and base.body else []
    for field in operation.fields if fields else ():
        others = [pair for pair in fields if not _is_of(pair[0], field.name)] or _OTHER
        if field.required:
            yield Variant(f"form without {field.name}", f"{field.at.pointer}/required", with_fields(base, others))
        for what, pointer, text, is_forbidden in _texts(field.at, reading):
            request = with_fields(base, [*others, (field.name, text)])
            yield Variant(f"form field {field.name} {what}", pointer, request, is_forbidden=is_forbidden)


def _is_of(name: str, owner: str) -> bool:
    return name == owner or name.startswith(f"{owner}[")


def read_fields(sample: Sample) -> list[tuple[str, str]]:
    """The fields of a form that a sample sends."""
    if dict(sample.headers).get("content-type") == FORM:
        return parse_qsl(sample.body.decode(), keep_blank_values=True)
    return re.findall(r'name="([^"]*)"\r\n\r\n(.*?)\r\n--part', sample.body.decode(), re.DOTALL)


def with_fields(sample: Sample, fields: list[tuple[str, str]]) -> Sample:
    """The form with other fields."""
    if dict(sample.headers).get("content-type") == FORM:
        return replace(sample, body=urlencode(fields).encode())
    parts = [f'--part\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields]
    return replace(sample, body=("".join(parts) + "--part--\r\n").encode())


def _put(base: Sample, parameter: Parameter, text: str | None, *, is_deep: bool = False) -> Sample | None:
    """The request with another text, or none, for a parameter."""
    name = parameter.name
    if parameter.where == "header":
        kept = tuple(header for header in base.headers if header[0].lower() != name.lower())
        return replace(base, headers=kept if text is None else (*kept, (name, text)))
    path, _, query = base.target.partition("?")
    if parameter.where == "path":
        changed = _in_path(base, path, name, text or "")
        return replace(base, target=changed + (f"?{query}" if query else "")) if changed != path else None
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if not _is_of(pair[0], name)]
    pairs += [] if text is None else [(f"{name}[0]" if is_deep else name, text)]
    return replace(base, target=path + (f"?{urlencode(pairs)}" if pairs else ""))


def _in_path(base: Sample, path: str, name: str, text: str) -> str:
    template = base.operation.partition(" ")[2].partition("#")[0].partition("?")[0].split("/")
    told = zip(template, path.split("/"), strict=True)
    wanted, sent = f"{{{name}}}", quote(text, safe="")
    return "/".join(
        one.replace(wanted, sent) if wanted in one and one.count("{") == 1 else given for one, given in told
    )


def _key(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
