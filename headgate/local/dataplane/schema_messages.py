"""`$context.error.validationErrorString`: what API Gateway's schema validator says of a body (FACTS 8.40). Pure."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jsonschema import ValidationError

Broken = Any  # a ValidationError, whose fields jsonschema types as things that may be unset
MAX_MESSAGES: Final = 20
UNREADABLE: Final = "[Unknown error parsing request body]"  # no JSON, or nothing where something is required


def validation_string(errors: "Iterable[ValidationError]") -> str:
    """`[object has missing required properties (["name"])]`; one message for all members that an object lacks."""
    return f"[{', '.join(list(dict.fromkeys(_messages(errors)))[:MAX_MESSAGES])}]"


def _messages(errors: "Iterable[ValidationError]") -> Iterator[str]:
    ordered = sorted(errors, key=lambda error: ([str(part) for part in error.absolute_path], str(error.validator)))
    for error in ordered:
        say = _TEXTS.get(str(error.validator))
        yield say(error) if say else error.message


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _names(names: Iterable[str]) -> str:
    return _json(sorted(names))


def _kind(value: Any) -> str:
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "null" if value is None else "object"


def _type(error: Broken) -> str:
    allowed = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    found = _kind(error.instance)
    return f"instance type ({found}) does not match any allowed primitive type (allowed: {_names(map(str, allowed))})"


def _required(error: Broken) -> str:
    missing = [name for name in error.validator_value if name not in error.instance]
    return f"object has missing required properties ({_names(missing)})"


def _additional(error: Broken) -> str:
    schema = error.schema if isinstance(error.schema, dict) else {}
    patterns = schema.get("patternProperties", {})
    extra = [
        name
        for name in error.instance
        if name not in schema.get("properties", {}) and not any(re.search(pattern, name) for pattern in patterns)
    ]
    return f"object instance has properties which are not allowed by the schema: {_names(extra)}"


def _bound(error: Broken) -> str:
    """`minimum` and `maximum`, exclusive in draft 4 by a second keyword."""
    limit, name, found = error.validator_value, str(error.validator), _json(error.instance)
    schema = error.schema if isinstance(error.schema, dict) else {}
    if schema.get(f"exclusive{name.capitalize()}") is True and error.instance == limit:
        strictly = "greater" if name == "minimum" else "lower"
        return f"numeric instance is not strictly {strictly} than the required {name} {_json(limit)}"
    side = "lower" if name == "minimum" else "greater"
    return f"numeric instance is {side} than the required {name} ({name}: {_json(limit)}, found: {found})"


def _length(word: str, limit: str) -> Callable[[Broken], str]:
    return lambda error: (
        f"string {_json(error.instance)} is too {word} (length: {len(error.instance)}, {limit}: {error.validator_value})"
    )


def _items(word: str, at: str) -> Callable[[Broken], str]:
    return lambda error: (
        f"array is too {word}: must have at {at} {error.validator_value} elements but instance has "
        f"{len(error.instance)} elements"
    )


def _members(word: str, at: str) -> Callable[[Broken], str]:
    return lambda error: (
        f"object has too {word} properties (found {len(error.instance)} but schema requires at {at} "
        f"{error.validator_value})"
    )


def _dependencies(error: Broken) -> str:
    """The library says it once for each member, jsonschema once for each member that is missing."""
    known = error.instance
    for name, needed in error.validator_value.items():
        missing = [one for one in needed if one not in known] if isinstance(needed, list) and name in known else []
        if missing and error.message.endswith(f"is a dependency of {name!r}"):
            wanted = f"schema requires {_names(needed)}; missing: {_names(missing)}"
            return f"property {_json(name)} of object has missing property dependencies ({wanted})"
    return str(error.message)


def _some_of(error: Broken) -> str:
    count = len(error.validator_value)
    failed = len({part.schema_path[0] for part in error.context or ()})
    if error.validator == "oneOf":
        return f"instance failed to match exactly one schema (matched {count - failed} out of {count})"
    return f"instance failed to match at least one required schema among {count}"


_TEXTS: Final[dict[str, Callable[[Broken], str]]] = {
    "additionalProperties": _additional,
    "anyOf": _some_of,
    "dependencies": _dependencies,
    "enum": lambda error: (
        f"instance value ({_json(error.instance)}) not found in enum (possible values: {_json(error.validator_value)})"
    ),
    "maxItems": _items("long", "most"),
    "maxLength": _length("long", "maximum allowed"),
    "maxProperties": _members("many", "most"),
    "maximum": _bound,
    "minItems": _items("short", "least"),
    "minLength": _length("short", "required minimum"),
    "minProperties": _members("few", "least"),
    "minimum": _bound,
    "multipleOf": lambda error: (
        f"remainder of division is not zero ({_json(error.instance)} / {_json(error.validator_value)})"
    ),
    "not": lambda _error: "instance matched a schema which it should not have",
    "oneOf": _some_of,
    "pattern": lambda error: (
        f"ECMA 262 regex {_json(error.validator_value)} does not match input string {_json(error.instance)}"
    ),
    "required": _required,
    "type": _type,
    "uniqueItems": lambda _error: "array must not contain duplicate elements",
}
