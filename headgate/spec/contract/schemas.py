"""Schemas of the documents under names: each schema that something refers to is converted once and put into a pool.

Who converts decides what comes out (full JSON Schema 2020-12, the weaker draft 4 of the wire, or the document's own);
the pool follows references across files and cycles, and gives every target one name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from ..source.document import Located
from ..source.pointers import pointer_keys

# (schema, pool) -> converted schema; references inside are asked for with `pool.reference`.
Convert = Callable[[Located, "SchemaPool"], Any]

# Members of a schema whose values are schemas, lists of schemas, or maps of schemas.
ONE_SCHEMA = (
    "items",
    "not",
    "additionalProperties",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
    "additionalItems",
    "contentSchema",
)
LISTS_OF_SCHEMAS = ("allOf", "oneOf", "anyOf", "prefixItems")
MAPS_OF_SCHEMAS = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
# The same by keyword.
HOLDS: dict[str, Literal["one", "list", "map"]] = {
    **dict.fromkeys(ONE_SCHEMA, "one"),
    **dict.fromkeys(LISTS_OF_SCHEMAS, "list"),
    **dict.fromkeys(MAPS_OF_SCHEMAS, "map"),
}


@dataclass(slots=True)
class SchemaPool:
    """`prefix` is put before a name in references: "#/$defs/" or "#/components/schemas/"."""

    prefix: str
    convert: Convert
    spell: Callable[[str], str] = lambda name: name
    schemas: dict[str, Any] = field(default_factory=dict)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _waiting: list[tuple[str, Located]] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)

    def name(self, target: Located) -> str:
        """The name of a schema; it is converted by `finish` when new."""
        if target.key not in self._names:
            name = self.reserve(schema_name(target))
            self._names[target.key] = name
            self._waiting.append((name, target))
        return self._names[target.key]

    def reserve(self, wish: str) -> str:
        """A name that nobody has, as close to the wish as the spelling rule allows. Case alone does not tell names apart."""
        base = self.spell(wish) or "Schema"
        name, number = base, self._numbers.get(base, 2)
        while name.lower() in self._taken:
            name, number = f"{base}{number}", number + 1
        self._taken.add(name.lower())
        self._numbers[base] = number
        return name

    def reference(self, target: Located) -> dict[str, str]:
        """`{"$ref": ...}` to a schema."""
        return {"$ref": self.prefix + self.name(target)}

    def finish(self) -> dict[str, Any]:
        """Converts everything asked for, and what that asks for in turn."""
        while self._waiting:
            name, target = self._waiting.pop()
            self.schemas[name] = self.convert(target, self)
        return self.schemas


def schema_name(target: Located) -> str:
    """A readable name: the component's own, else the file's and the last words of the pointer.

    >>> # "#/components/schemas/User" -> "User", "schemas/User.yaml" -> "User"
    """
    keys = pointer_keys(target.pointer)
    stem = re.split(r"[/\\]", target.document.name)[-1].rpartition(".")[0]
    if not keys:
        return stem
    if len(keys) == 3 and keys[:2] == ["components", "schemas"]:
        return keys[2]
    return "_".join(word for key in keys[-4:] for word in re.findall(r"[A-Za-z0-9]+", key)) or stem


def version(at: Located, default: tuple[int, int] = (3, 1)) -> tuple[int, int]:
    """(major, minor) of the OpenAPI document that a schema stands in or that refers to its file; `default` when unknown."""
    return _numbers(at.document.version) or default


@lru_cache
def _numbers(text: str) -> tuple[int, int] | None:
    """2.0 is converted to 3.0."""
    match = re.match(r"^(\d+)\.(\d+)", text)
    return max((int(match.group(1)), int(match.group(2))), (3, 0)) if match else None


def children(schema: Located) -> list[Located]:
    """Schemas directly inside a schema, references not followed."""
    if not isinstance(schema.value, dict):
        return []
    found: list[Located] = []
    for key, member in schema.value.items():
        kind = HOLDS.get(key)
        if kind == "one" and isinstance(member, dict | bool):
            found.append(schema.child(key))
        elif isinstance(member, {"list": list, "map": dict}.get(kind or "", ())):
            found += schema.child(key).values()
    return found
