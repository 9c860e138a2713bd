"""Which members of OpenAPI objects are names that somebody chose, and which values are data rather than description."""

from __future__ import annotations

from typing import Any

# Values of these are data: a `$ref` inside is just a member of an example.
DATA = frozenset({"example", "default", "enum", "const"})

# Members whose keys are names that somebody chose, so a member `example` in there is no example.
NAMED = frozenset(
    {
        "properties",
        "patternProperties",
        "$defs",
        "definitions",
        "dependentSchemas",
        "schemas",
        "responses",
        "parameters",
        "headers",
        "requestBodies",
        "securitySchemes",
        "links",
        "callbacks",
        "pathItems",
        "mediaTypes",
        "paths",
        "webhooks",
        "content",
    }
)


def members(value: Any, *, is_named: bool) -> list[tuple[str, Any]]:
    """Objects and lists directly inside that describe something. `is_named`: the keys of this object are names."""
    if isinstance(value, list):
        return [(str(number), item) for number, item in enumerate(value) if isinstance(item, dict | list)]
    if not isinstance(value, dict):
        return []
    if is_named:
        return [(key, member) for key, member in value.items() if isinstance(member, (dict, list))]
    return [
        (key, member)
        for key, member in value.items()
        if isinstance(member, (dict, list))
        and key not in DATA
        and not key.startswith("x-")
        and not _is_example(key, member)
    ]


def holds_names(key: str, member: Any, *, is_named: bool) -> bool:
    """Whether the keys of a member are names."""
    return key in NAMED and not is_named and isinstance(member, dict)


def _is_example(key: str, member: Any) -> bool:
    """`examples` of a schema is a list of data; of a media type a map of objects whose `value` is data."""
    if key == "examples":
        return not isinstance(member, dict) or not any(
            isinstance(item, dict) and "$ref" in item for item in member.values()
        )
    return False
