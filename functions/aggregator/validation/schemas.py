"""One API's schemas, ready to be asked: JSON Schema 2020-12 by jsonschema-rs (docs/decisions/0008). Compiled when first needed.

    book = SchemaBook({"User": {...}})
    book.problems({"$ref": "#/$defs/User"}, value) -> [("/name", "must be of type string")]
    book.types({"$ref": "#/$defs/User"}) -> frozenset({"object"})

Patterns are ECMA 262 with a bound on backtracking: a text whose check would not end is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import orjson

from .details import detail
from .formats import own_checks
from .violations import MAX_VIOLATIONS, pointer

Schema = Mapping[str, Any] | bool
ALL_TYPES = frozenset({"string", "number", "integer", "boolean", "null", "array", "object"})
PREFIX = "#/$defs/"
# About two milliseconds; honest patterns stay far below.
BACKTRACK_LIMIT = 50_000
_MAX_HOPS = 20
_MAX_BRANCH_DEPTH = 8


class UnusableSchemaError(Exception):
    """A schema that cannot be compiled: nothing is let through by it."""


class SchemaBook:
    """The `$defs` of a validators.json and what is derived from them."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._compiled: dict[int, tuple[Schema, _Compiled]] = {}  # holding the schema keeps its id its own
        self._types: dict[int, tuple[Schema, frozenset[str]]] = {}
        self._formats = own_checks()

    def is_valid(self, schema: Schema, value: Any) -> bool:
        """Whether a value keeps a schema, formats included."""
        return schema is True or schema == {} or bool(self._get(schema).validator.is_valid(value))

    def problems(self, schema: Schema, value: Any) -> list[tuple[str, str]]:
        """(pointer, detail) of what is wrong, at most twenty; of alternatives, the one that is meant or comes closest."""
        if self.is_valid(schema, value):
            return []
        compiled, found = self._get(schema), list[tuple[str, str]]()
        for error in compiled.validator.iter_errors(value):
            for told in compiled.explain(error, 0):
                if told not in found:
                    found.append(told)
            if len(found) >= MAX_VIOLATIONS:
                break
        return found[:MAX_VIOLATIONS] or [("", "is not valid")]

    def follow(self, schema: Schema) -> Schema:
        """A schema without a reference at its top; siblings of the reference stay."""
        for _ in range(_MAX_HOPS):
            if isinstance(schema, bool) or "$ref" not in schema:
                return schema
            target: Schema = self._definitions.get(str(schema["$ref"]).removeprefix(PREFIX), {})
            siblings = {name: value for name, value in schema.items() if name != "$ref"}
            schema = {**siblings, "allOf": [*siblings.get("allOf", ()), target]} if siblings else target
        return {}

    def types(self, schema: Schema) -> frozenset[str]:
        """The JSON types a schema may let through, as far as `type`, `enum`, `const` and the combinations say."""
        known = self._types.get(id(schema))
        if known is None:
            known = self._types[id(schema)] = (schema, self._find_types(schema, 0))
        return known[1]

    def properties(self, schema: Schema, depth: int = 0) -> dict[str, Any]:
        """Schemas of declared properties, those of branches included."""
        followed = self.follow(schema)
        if isinstance(followed, bool) or depth > _MAX_BRANCH_DEPTH:
            return {}
        found = dict(followed.get("properties", {}))
        for key in ("allOf", "anyOf", "oneOf"):
            for branch in followed.get(key, ()):
                found = {**self.properties(branch, depth + 1), **found}
        return found

    def items(self, schema: Schema, depth: int = 0) -> Schema:
        """The schema of an array's items; True when none is told."""
        followed = self.follow(schema)
        if isinstance(followed, bool) or depth > _MAX_BRANCH_DEPTH:
            return True
        if "items" in followed:
            items: Schema = followed["items"]
            return items
        branches = [branch for key in ("allOf", "anyOf", "oneOf") for branch in followed.get(key, ())]
        return next((found for branch in branches if (found := self.items(branch, depth + 1)) is not True), True)

    def _find_types(self, schema: Schema, depth: int) -> frozenset[str]:
        schema = self.follow(schema)
        if isinstance(schema, bool) or depth > _MAX_BRANCH_DEPTH:
            return ALL_TYPES if schema else frozenset()
        found = _own_types(schema)
        for branch in schema.get("allOf", ()):
            found &= self._find_types(branch, depth + 1)
        for name in ("anyOf", "oneOf"):
            if schema.get(name):
                found &= frozenset().union(*(self._find_types(branch, depth + 1) for branch in schema[name]))
        return found

    def _get(self, schema: Schema) -> "_Compiled":
        known = self._compiled.get(id(schema))
        if known is None:
            known = self._compiled[id(schema)] = (schema, _Compiled(self._whole(schema), self._formats))
        return known[1]

    def _whole(self, schema: Schema) -> Any:
        """The schema with the definitions that it leads to and no others: they would cost milliseconds."""
        if isinstance(schema, bool):
            return schema
        reached: dict[str, Any] = {}
        waiting: list[Any] = [schema]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, Mapping):
                name = str(value.get("$ref", "")).removeprefix(PREFIX)
                if name in self._definitions and name not in reached:
                    reached[name] = self._definitions[name]
                    waiting.append(reached[name])
                waiting += value.values()
        return {**schema, "$defs": reached}


class _Compiled:
    """One schema with the library's validator of it."""

    def __init__(self, whole: Any, formats: dict[str, Any]) -> None:
        self._whole = whole
        try:
            self.validator = jsonschema_rs.Draft202012Validator(
                _as_text(whole),
                formats=formats,
                validate_formats=True,
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT),
                offline=True,
            )
        except ValueError as error:
            raise UnusableSchemaError(f"a schema cannot be compiled: {error}") from error

    def explain(self, error: Any, depth: int) -> Iterator[tuple[str, str]]:
        """What an error says; for alternatives, what their best branch says."""
        branches = getattr(error.kind, "context", None)
        if not branches or type(error.kind).__name__ == "OneOfMultipleValid" or depth > _MAX_BRANCH_DEPTH:
            yield pointer(error.instance_path), detail(error)
            return
        meant = self._meant(error, len(branches))
        if isinstance(meant, str):
            yield pointer([*error.instance_path, meant]), "names none of the alternatives"
            return
        branch = branches[meant] if meant is not None else closest(branches, len(error.instance_path))
        if branch is None:
            yield pointer(error.instance_path), detail(error)
            return
        for inner in branch:
            yield from self.explain(inner, depth + 1)

    def _meant(self, error: Any, count: int) -> int | str | None:
        """The branch that the discriminator names; the discriminator when it names none; None without one."""
        holder = _walk(self._whole, error.schema_path[:-1])
        told = holder.get("discriminator") if isinstance(holder, Mapping) else None
        if not isinstance(told, Mapping) or not isinstance(error.instance, Mapping):
            return None
        name = str(told.get("propertyName"))
        tag = error.instance.get(name)
        if not isinstance(tag, str):
            return None
        branches = _walk(self._whole, error.schema_path)
        wanted = told.get("mapping", {}).get(tag, PREFIX + tag)
        for number, branch in enumerate(branches if isinstance(branches, list) else ()):
            if number < count and isinstance(branch, Mapping) and branch.get("$ref") == wanted:
                return number
        return name


def closest(branches: list[list[Any]], depth: int) -> list[Any] | None:
    """The branch that went furthest: not refused for its type alone, then the fewest errors. None when nothing tells them apart."""

    def far_off(branch: list[Any]) -> tuple[bool, int]:
        is_other_kind = any(
            len(each.instance_path) == depth and type(each.kind).__name__ in ("Type", "Enum", "Constant", "FalseSchema")
            for each in branch
        )
        return is_other_kind, len(branch)

    ranked = sorted((branch for branch in branches if branch), key=far_off)
    return ranked[0] if ranked and not far_off(ranked[0])[0] else None


def _walk(value: Any, path: list[str | int]) -> Any:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _as_text(whole: Any) -> Any:
    """As text the library reads it five times faster; integers beyond 64 bits are left to it."""
    try:
        return orjson.dumps(whole).decode() if isinstance(whole, dict) else whole
    except TypeError:
        return whole


def _own_types(schema: Mapping[str, Any]) -> frozenset[str]:
    named = schema.get("type")
    found = ALL_TYPES if named is None else frozenset([named] if isinstance(named, str) else named)
    if "number" in found:
        found |= {"integer"}
    values = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
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
