"""One API's schemas, ready to be asked: is this value right, and what would the schema's parts be. JSON Schema 2020-12.

book = SchemaBook({"User": {...}})
book.problems({"$ref": "#/$defs/User"}, value) -> [Problem("/name", "5 is not of type 'string'")]
book.follow({"$ref": "#/$defs/User"}) -> {...}
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

from .formats import CHECKER

Schema = Mapping[str, Any] | bool
ALL_TYPES = frozenset({"string", "number", "integer", "boolean", "null", "array", "object"})
_MAX_PROBLEMS = 20
_MAX_TEXT = 200
_MAX_HOPS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong where. `pointer` is a JSON Pointer (RFC 6901) into the value."""

    pointer: str
    detail: str


def _pattern(_validator: Any, pattern: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Patterns are ECMA 262; the few that Python cannot read bind nobody."""
    try:
        is_wrong = isinstance(instance, str) and re.search(pattern, instance) is None
    except re.error:
        return
    if is_wrong:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


class SchemaBook:
    """The `$defs` of a validators.json and what is derived from them. Validators are made once per schema."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._validators: dict[int, tuple[Schema, Any]] = {}

    def is_valid(self, schema: Schema, value: Any) -> bool:
        """Whether a value keeps a schema, formats included."""
        return bool(self._validator(schema).is_valid(value))

    def problems(self, schema: Schema, value: Any) -> list[Problem]:
        """What is wrong with a value, at most twenty things; for `oneOf` and `anyOf` the branch that comes closest."""
        found: Iterable[ValidationError] = self._validator(schema).iter_errors(value)
        return [_problem(error) for _, error in zip(range(_MAX_PROBLEMS), found, strict=False)]

    def follow(self, schema: Schema) -> Schema:
        """A schema without a reference at its top; siblings of the reference stay and win."""
        for _ in range(_MAX_HOPS):
            if isinstance(schema, bool) or "$ref" not in schema:
                return schema
            target = self._definitions.get(str(schema["$ref"]).removeprefix("#/$defs/"), {})
            siblings = {name: value for name, value in schema.items() if name != "$ref"}
            if not siblings:
                schema = target
            elif isinstance(target, bool):
                schema = siblings if target else False
            else:
                schema = {"allOf": [target], **siblings}
        return {}

    def types(self, schema: Schema, depth: int = 0) -> frozenset[str]:
        """The JSON types a schema lets through, as far as `type`, `enum`, `const` and the combinations say."""
        schema = self.follow(schema)
        if isinstance(schema, bool) or depth > _MAX_HOPS:
            return ALL_TYPES if schema else frozenset()
        found = _own_types(schema)
        for branch in schema.get("allOf", ()):
            found &= self.types(branch, depth + 1)
        for name in ("anyOf", "oneOf"):
            if schema.get(name):
                found &= frozenset().union(*(self.types(branch, depth + 1) for branch in schema[name]))
        return found

    def _validator(self, schema: Schema) -> Any:
        known = self._validators.get(id(schema))
        if known is None:
            whole = schema if isinstance(schema, bool) else {**schema, "$defs": self._definitions}
            known = (schema, _Validator(whole, format_checker=CHECKER))  # holding the schema keeps its id its own
            self._validators[id(schema)] = known
        return known[1]


def _own_types(schema: Mapping[str, Any]) -> frozenset[str]:
    named = schema.get("type")
    found = ALL_TYPES if named is None else frozenset([named] if isinstance(named, str) else named)
    if "number" in found:
        found |= {"integer"}
    values = (
        schema["enum"] if isinstance(schema.get("enum"), list) else [schema["const"]] if "const" in schema else None
    )
    return found if values is None else found & frozenset(name for value in values for name in _types_of(value))


def _types_of(value: Any) -> tuple[str, ...]:
    if value is None:
        return ("null",)
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, int | float):
        return ("integer", "number") if float(value).is_integer() else ("number",)
    if isinstance(value, str):
        return ("string",)
    return ("array",) if isinstance(value, list) else ("object",)


def _problem(error: ValidationError) -> Problem:
    closest = best_match([error]) or error
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in closest.absolute_path)
    text = closest.message
    return Problem("".join(f"/{part}" for part in parts), text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "...")
