"""Whether a schema is one of JSON Schema draft 4, which API Gateway asks of every model (FACTS 9.20). Pure.

    broken({"type": "object", "required": []})    # 1: `required` names at least one member

A validator for the meta-schema would take a second for a large document, and a tenth of one to be imported.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

_TYPES: Final = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))
# Deeper schemas are another limit's business.
_DEPTH: Final = 200


def broken(schema: Any, depth: int = 0) -> int:
    """How many keywords of the schema, and of those inside of it, have values that draft 4 does not allow."""
    if not isinstance(schema, dict):
        return 1
    if "$ref" in schema or depth > _DEPTH:  # what stands beside a reference is ignored
        return 0
    own = sum(1 for keyword, fits in _VALUES.items() if keyword in schema and not fits(schema[keyword]))
    own += sum(
        1 for bound in ("minimum", "maximum") if f"exclusive{bound.capitalize()}" in schema and bound not in schema
    )
    return own + sum(broken(inner, depth + 1) for inner in _inner(schema))


def _inner(schema: Mapping[str, Any]) -> Iterable[Any]:
    for keyword in ("properties", "patternProperties", "definitions"):
        yield from _members(schema.get(keyword))
    for keyword in ("allOf", "anyOf", "oneOf", "items"):
        value = schema.get(keyword)
        yield from value if isinstance(value, list) else ()
    for keyword in ("items", "additionalItems", "additionalProperties", "not"):
        if isinstance(schema.get(keyword), dict):
            yield schema[keyword]
    yield from (one for one in _members(schema.get("dependencies")) if not isinstance(one, list))


def _members(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else ()


def _is(*kinds: type) -> Callable[[Any], bool]:
    """bool is an int to Python, and no number to JSON."""
    return lambda value: isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_set(value: Any) -> bool:
    """JSON tells 1 from true; 1 and 1.0 are the same."""
    return _is_list(value) and not any(
        one == other and isinstance(one, bool) == isinstance(other, bool)
        for number, one in enumerate(value)
        for other in value[:number]
    )


def _is_names(value: Any) -> bool:
    return _is_list(value) and all(isinstance(one, str) for one in value) and len(set(value)) == len(value)


def _is_type(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return _is_names(names) and _TYPES.issuperset(names)


def _is_dependencies(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_names(one) for one in value.values() if not isinstance(one, dict))


_VALUES: Final[dict[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("$schema", "description", "id", "pattern", "title"), _is(str)),
    **dict.fromkeys(("maximum", "minimum"), _is(int, float)),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems"), _is(bool)),
    **dict.fromkeys(("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"), _is_count),
    **dict.fromkeys(("definitions", "patternProperties", "properties", "not"), _is(dict)),
    **dict.fromkeys(("additionalItems", "additionalProperties"), _is(bool, dict)),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _is_list),
    "dependencies": _is_dependencies,
    "enum": _is_set,
    "items": lambda value: isinstance(value, dict) or _is_list(value),
    "multipleOf": lambda value: _is(int, float)(value) and value > 0,
    "required": _is_names,
    "type": _is_type,
}
