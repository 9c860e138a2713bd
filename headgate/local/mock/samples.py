"""Values made from schemas: the same schema gives the same value, on every machine and in every run.

    Sampler(book).sample({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}) -> {"id": 1}

Examples in the schema come first where they keep it, then const, enum and default, then values made from type, format, pattern and
bounds. Optional members are made too, until the value nests deep; a required member that needs itself for ever cannot be made.
Whatever comes out has been checked against the schema.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from .formats import SAMPLES
from .merging import Merger
from .patterns import matching
from .schemas import Schema, SchemaBook

_DEEP = 5  # from here on optional members are left out and lists are as short as they may be
_TOO_DEEP = 14
_VARIANTS = 6
_MAX_LENGTH = 5_000


class CannotSampleError(ValueError):
    """No value was found that keeps the schema."""


class Sampler:
    """Makes values for the schemas of one book. `solid`: no empty list or object inside, because a form cannot say it."""

    def __init__(self, book: SchemaBook, *, solid: bool = False) -> None:
        self._book = book
        self._solid = solid
        self._merger = Merger(book)

    def sample(self, schema: Schema) -> Any:
        """A value that keeps the schema; CannotSampleError when none was found."""
        for candidate in self._candidates(schema):
            if self._book.is_valid(schema, candidate):
                return candidate
        raise CannotSampleError("no value was found that keeps the schema")

    def _candidates(self, schema: Schema) -> Iterator[Any]:
        """Full values first, then sparse ones, each in a few variants."""
        for depth in (0, _DEEP):
            for variant in range(_VARIANTS):
                try:
                    yield self._make(schema, depth, variant)
                except CannotSampleError:
                    continue

    def _make(self, schema: Schema, depth: int, variant: int) -> Any:
        if depth > _TOO_DEEP:
            raise CannotSampleError("the schema demands itself without end")
        for merged in islice(self._merger.readings(schema), _VARIANTS):
            given = self._given(merged, schema, variant)
            if given:
                return given[0]
            try:
                value = self._built(merged, depth, variant)
            except CannotSampleError:
                continue
            if self._book.is_valid(schema, value):
                return value
        raise CannotSampleError("no branch can be made")

    def _given(self, merged: Mapping[str, Any], schema: Schema, variant: int) -> list[Any]:
        """What the schema itself gives as a value, in a list of one; empty when it gives none that keeps the schema."""
        if "const" in merged:
            return [merged["const"]]
        examples = merged.get("examples")
        listed = list(examples) if isinstance(examples, list) else []
        enum = merged.get("enum")
        if isinstance(enum, list) and enum:
            turn = variant % len(enum)
            listed += [*enum[turn:], *enum[:turn]]
        if "default" in merged:
            listed.append(merged["default"])
        return [value for value in listed[variant if listed[variant:] else 0 :] if self._book.is_valid(schema, value)][
            :1
        ]

    def _built(self, merged: Mapping[str, Any], depth: int, variant: int) -> Any:
        kind = _kind(merged)
        if kind == "object":
            return self._object(merged, depth, variant)
        if kind == "array":
            return self._array(merged, depth, variant)
        if kind in {"integer", "number"}:
            return _number(merged, variant, is_integer=kind == "integer")
        if kind == "string":
            return _string(merged, variant)
        return variant % 2 == 0 if kind == "boolean" else None

    def _object(self, merged: Mapping[str, Any], depth: int, variant: int) -> dict[str, Any]:
        properties: Mapping[str, Any] = merged.get("properties", {})
        required = [name for name in merged.get("required", []) if isinstance(name, str)]
        wanted = list(dict.fromkeys([*required, *(properties if depth < _DEEP else ())]))
        made: dict[str, Any] = {}
        for name in wanted[: merged.get("maxProperties", len(wanted))]:
            schema = properties.get(name, self._rest(merged, name))
            is_required = name in required
            if schema is False or (not is_required and self._is_hidden(schema)):
                continue
            try:
                made[name] = self._make(schema, depth + 1, variant)
            except CannotSampleError:
                if is_required:
                    raise
        self._fill_up(made, merged, depth, variant)
        if self._solid and depth and not made:
            raise CannotSampleError("a form has no empty object")
        return made

    def _fill_up(self, made: dict[str, Any], merged: Mapping[str, Any], depth: int, variant: int) -> None:
        """Members nobody named: as many as `minProperties` wants, and one to show what a map holds."""
        least = merged.get("minProperties", 0)
        rest = merged.get("additionalProperties")
        if (
            isinstance(rest, Mapping)
            and not merged.get("properties")
            and depth < _DEEP
            and merged.get("maxProperties", 1) > 0
        ):
            least = max(least, 1)
        named = iter([*merged.get("properties", {}), *(f"member{number}" for number in range(1, least + 1))])
        patterns = [_text_for(pattern, 0) for pattern in merged.get("patternProperties", {})]
        for name in (*patterns, *named):
            if len(made) >= least:
                return
            schema = merged.get("properties", {}).get(name, self._rest(merged, name))
            if name not in made and schema is not False:
                made[name] = self._make(schema, depth + 1, variant)

    def _rest(self, merged: Mapping[str, Any], name: str) -> Schema:
        for pattern, schema in merged.get("patternProperties", {}).items():
            if _text_for(pattern, 0) == name:
                return dict(schema) if isinstance(schema, Mapping) else bool(schema)
        rest = merged.get("additionalProperties", True)
        return rest if isinstance(rest, Mapping | bool) else True

    def _is_hidden(self, schema: Schema) -> bool:
        followed = self._book.follow(schema)
        return not isinstance(followed, bool) and followed.get("writeOnly") is True

    def _array(self, merged: Mapping[str, Any], depth: int, variant: int) -> list[Any]:
        first = merged.get("prefixItems", [])
        least, most = merged.get("minItems", 0), merged.get("maxItems", 10_000)
        count = max(least, len(first), 1 if depth < _DEEP or self._solid else 0)
        made: list[Any] = []
        for number in range(min(count, most)):
            schema = first[number] if number < len(first) else merged.get("items", merged.get("contains", {}))
            turn = variant + number if merged.get("uniqueItems") else variant
            try:
                made.append(self._make(schema, depth + 1, turn))
            except CannotSampleError:
                if number < least or self._solid:
                    raise
                break
        return made


def _kind(merged: Mapping[str, Any]) -> str:
    """The type to make; without one, what the other keywords are about."""
    named = merged.get("type")
    if isinstance(named, str):
        return named
    hints = {
        "object": ("properties", "required", "additionalProperties", "minProperties"),
        "array": ("items", "prefixItems", "minItems"),
        "number": ("minimum", "maximum", "multipleOf"),
    }
    return next((kind for kind, names in hints.items() if any(name in merged for name in names)), "string")


def _number(merged: Mapping[str, Any], variant: int, *, is_integer: bool) -> float:
    """The number nearest to 1 that the bounds allow; variants count up."""
    step = merged.get("multipleOf") or (1 if is_integer else None)
    lowest, highest = merged.get("minimum"), merged.get("maximum")
    if isinstance(merged.get("exclusiveMinimum"), int | float):
        lowest = merged["exclusiveMinimum"] + (step or 0.5)
    if isinstance(merged.get("exclusiveMaximum"), int | float):
        highest = merged["exclusiveMaximum"] - (step or 0.5)
    value: float = 1 if lowest is None or lowest <= 1 else lowest
    if highest is not None and value > highest:
        value = highest
    way = variant * (step or 1)
    value += way if highest is None or value + way <= highest else -way
    if step:
        value = -(-value // step) * step
        if highest is not None and value > highest:
            value -= step
    return int(value) if is_integer and float(value).is_integer() else value


def _string(merged: Mapping[str, Any], variant: int) -> str:
    shortest, longest = int(merged.get("minLength", 0)), int(merged.get("maxLength", _MAX_LENGTH))
    patterns = merged.get("pattern")
    if patterns:
        return _text_for(str(patterns), shortest)
    if merged.get("format") in SAMPLES:
        return _numbered(SAMPLES[merged["format"]], str(merged["format"]), variant)
    text = "text" if variant == 0 else f"text {variant + 1}"
    return (text + "x" * (min(shortest, _MAX_LENGTH) - len(text)))[: max(longest, 0)]


def _numbered(sample: str, name: str, variant: int) -> str:
    """Another value of the same format, for lists whose items must differ."""
    if variant == 0:
        return sample
    if name in {"date", "date-time"}:
        return f"{sample[:8]}{variant % 28 + 1:02}{sample[10:]}"
    if name == "uuid":
        return f"{sample[:-4]}{variant:04x}"
    return f"{sample}{variant}" if name in {"uri", "url", "binary", "password"} else sample


def _text_for(pattern: str, shortest: int) -> str:
    try:
        return matching(pattern, shortest=min(shortest, _MAX_LENGTH))
    except (ValueError, StopIteration) as error:
        raise CannotSampleError(f"{pattern!r}: {error}") from None
