"""JSON Schema 2020-12 as the schema objects of OpenAPI 3.0: exactly where that is possible, weaker and listed where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..source.pointers import escape, pointer_keys
from .schemas import LISTS_OF_SCHEMAS, MAPS_OF_SCHEMAS, ONE_SCHEMA

# Schema Object, OpenAPI 3.0.4.
_KNOWN_TEXT = """
title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems
maxProperties minProperties required enum type allOf oneOf anyOf not items properties additionalProperties description format
default nullable discriminator readOnly writeOnly xml externalDocs example deprecated
"""
_KNOWN = frozenset(_KNOWN_TEXT.split())
# Say nothing about values, so that nothing is lost when they become extensions.
_ANNOTATIONS = {"examples", "contentMediaType", "contentEncoding", "$comment", "$id", "$schema", "$anchor"}
_NULL = {"enum": [None], "nullable": True}
_IS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value == int(value),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}

Schema = dict[str, Any]


@dataclass(slots=True)
class Schemas:
    """Converts schemas. `named` are the document's components, `hoisted` become more of them."""

    named: dict[str, Any]
    hoisted: dict[str, Any] = field(default_factory=dict)
    lost: list[dict[str, str]] = field(default_factory=list)

    def lose(self, at: str, construct: str, reason: str) -> None:
        """Lists something that the edition does not say as strictly, or not at all."""
        self.lost.append({"pointer": at, "construct": construct, "reason": reason})

    def convert(self, value: Any, at: str) -> Any:
        """One schema."""
        if isinstance(value, bool):
            return {} if value else {"not": {}}
        if not isinstance(value, dict):
            return {}
        made = self._members(value, at)
        reference = made.pop("$ref", None)
        if isinstance(reference, str):
            if not made:
                return {"$ref": reference}
            _also(made, {"$ref": reference})
        _constants(made)
        _bounds(made)
        _content(made)
        self._lists(made, at)
        self._objects(made, at)
        _conditions(made)
        _types(made)
        self._tidy(made, at)
        return self._renamed(made, at)

    def _members(self, value: Schema, at: str) -> Schema:
        """The same keywords with the schemas inside converted."""
        made: Schema = {}
        for key, member in value.items():
            place = f"{at}/{escape(key)}"
            if key in ONE_SCHEMA and isinstance(member, dict | bool):
                is_flag = key == "additionalProperties" and isinstance(member, bool)
                made[key] = member if is_flag else self.convert(member, place)
            elif key in LISTS_OF_SCHEMAS and isinstance(member, list):
                made[key] = [self.convert(item, f"{place}/{number}") for number, item in enumerate(member)]
            elif key in {"$defs", "definitions"} and isinstance(member, dict):
                self._hoist(member, place)
            elif key in MAPS_OF_SCHEMAS and isinstance(member, dict):
                made[key] = {name: self.convert(item, f"{place}/{escape(name)}") for name, item in member.items()}
            else:
                made[key] = member
        return made

    def _hoist(self, definitions: dict[str, Any], at: str) -> None:
        """A schema's own definitions become components; what refers to them does so by a name of theirs already."""
        owner = "_".join(key for key in pointer_keys(at)[:-1][-2:] if key != "schemas")
        for name, item in definitions.items():
            free = f"{owner}_{name}"
            while free in self.named or free in self.hoisted:
                free += "_"
            self.hoisted[free] = {}
            self.hoisted[free] = self.convert(item, f"{at}/{escape(name)}")

    def _lists(self, made: Schema, at: str) -> None:
        """Places become alternatives; `contains` is a list of which not all are something else."""
        places = made.pop("prefixItems", None)
        if isinstance(places, list):
            rest = made.pop("items", {})
            if rest == {"not": {}}:
                made["maxItems"] = min(made.get("maxItems", len(places)), len(places))
                made["items"] = {"anyOf": places} if places else {}
            else:
                made["items"] = {"anyOf": [*places, rest]} if rest else {}
            made["x-prefixItems"] = places
            self.lose(at, "prefixItems", "any of these at any place")
        contained = made.pop("contains", None)
        if contained is not None and made.get("minContains") != 0 and _is_only(made, "array"):
            _also(made, {"not": {"items": {"not": contained}}})
        elif contained is not None:
            made["x-contains"] = contained
            self.lose(at, "contains", "3.0 cannot say it here")
        if "array" in _named(made) and "items" not in made:
            made["items"] = {}

    def _objects(self, made: Schema, at: str) -> None:
        for name, needed in _entries(made.pop("dependentRequired", None)):
            if isinstance(needed, list) and needed:
                _also(made, {"anyOf": [{"not": {"required": [name]}}, {"required": list(dict.fromkeys(needed))}]})
        for name, needed in _entries(made.pop("dependentSchemas", None)):
            _also(made, {"anyOf": [{"not": {"required": [name]}}, needed]})
        patterns = made.pop("patternProperties", None)
        if not isinstance(patterns, dict):
            return
        made["x-patternProperties"] = patterns
        self.lose(at, "patternProperties", "the pattern is not checked")
        rest = made.get("additionalProperties", True)
        if rest is not True:
            branches = [*patterns.values(), *([rest] if isinstance(rest, dict) else [])]
            made["additionalProperties"] = {"anyOf": branches} if branches else False

    def _tidy(self, made: Schema, at: str) -> None:
        """What 3.0 wants to be filled or of one kind, and a default that breaks its own schema."""
        for key in ("required", "enum", *LISTS_OF_SCHEMAS):
            if key in made and (not isinstance(made[key], list) or not made[key]):
                del made[key]
        if "required" in made:
            made["required"] = list(dict.fromkeys(name for name in made["required"] if isinstance(name, str)))
        discriminator = made.get("discriminator")
        if isinstance(discriminator, dict):
            kept = {key: value for key, value in discriminator.items() if key in {"propertyName", "mapping"}}
            made["discriminator"] = kept
            if kept != discriminator:
                self.lose(at, "discriminator", "3.0 has propertyName and mapping only")
        xml = made.get("xml")
        if isinstance(xml, dict) and "nodeType" in xml:
            rest = {key: value for key, value in xml.items() if key != "nodeType"}
            made["xml"] = rest | (
                {"attribute": True} if xml["nodeType"] == "attribute" else {"x-nodeType": xml["nodeType"]}
            )
        if "default" in made and not self._fits(made["default"], made):
            made["x-default"] = made.pop("default")
            self.lose(at, "default", "its own schema refuses it")

    def _renamed(self, made: Schema, at: str) -> Schema:
        """Keywords that 3.0 does not know become extensions."""
        renamed: Schema = {}
        for key, value in made.items():
            if key in _KNOWN or key.startswith("x-"):
                renamed[key] = value
                continue
            renamed[f"x-{key.lstrip('$')}"] = value
            if key not in _ANNOTATIONS:
                self.lose(at, key, "3.0 has no such keyword")
        return renamed

    def _fits(self, value: Any, schema: Any, depth: int = 0) -> bool:
        """Whether a default is roughly what a schema wants: its type and enumeration, through references and branches."""
        if not isinstance(schema, dict) or depth > 10:
            return True
        if "$ref" in schema:
            return self._fits(value, self.named.get(str(schema["$ref"]).rpartition("/")[2]), depth + 1)
        kind = schema.get("type")
        if value is None and schema.get("nullable") is True:
            return True
        if isinstance(kind, str) and kind in _IS and not _IS[kind](value):
            return False
        if isinstance(schema.get("enum"), list) and schema["enum"] and value not in schema["enum"]:
            return False
        if isinstance(value, list) and not all(self._fits(item, schema.get("items"), depth + 1) for item in value):
            return False
        if not all(self._fits(value, branch, depth + 1) for branch in schema.get("allOf") or []):
            return False
        if value is None and not any(key in schema for key in ("anyOf", "oneOf", "allOf")):
            return False
        found = [schema[key] for key in ("anyOf", "oneOf") if isinstance(schema.get(key), list) and schema[key]]
        return all(any(self._fits(value, branch, depth + 1) for branch in branches) for branches in found)


def _also(made: Schema, more: Schema) -> None:
    """Demands one thing more."""
    made["allOf"] = [*(made.get("allOf") or []), more]


def _entries(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _named(made: Schema) -> list[str]:
    kind = made.get("type")
    return [kind] if isinstance(kind, str) else [name for name in kind if isinstance(name, str)] if kind else []


def _is_only(made: Schema, kind: str) -> bool:
    return _named(made) == [kind]


def _constants(made: Schema) -> None:
    if "const" in made:
        value = made.pop("const")
        made["enum"] = [value]
    listed = made.get("examples")
    if isinstance(listed, list):
        del made["examples"]
        if listed:
            made.setdefault("example", listed[0])
        if len(listed) > 1:
            made["x-examples"] = listed
    if not isinstance(made.get("nullable", False), bool):
        del made["nullable"]


def _bounds(made: Schema) -> None:
    for bound, exclusive, tighter in (("minimum", "exclusiveMinimum", max), ("maximum", "exclusiveMaximum", min)):
        limit = made.get(exclusive)
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            continue
        told = made.get(bound)
        is_tighter = told is None or tighter(limit, told) == limit
        made[exclusive] = is_tighter
        made[bound] = limit if is_tighter else told


def _content(made: Schema) -> None:
    """Bytes: 3.0 has the formats `byte` for base64 and `binary` for the bytes themselves."""
    if made.get("contentEncoding") == "base64" and "format" not in made:
        made["format"] = "byte"
    elif "contentMediaType" in made and "contentEncoding" not in made and "format" not in made:
        made["format"] = "binary"
        made.setdefault("type", "string")


def _conditions(made: Schema) -> None:
    """If A then B else C: not A or B, and A or C."""
    condition = made.pop("if", None)
    then, otherwise = made.pop("then", None), made.pop("else", None)
    if condition is None:
        return
    if then is not None:
        _also(made, {"anyOf": [{"not": condition}, then]})
    if otherwise is not None:
        _also(made, {"anyOf": [condition, otherwise]})


def _types(made: Schema) -> None:
    """Null is `nullable` beside a type, and else a branch whose only value is null. Several types are branches."""
    kinds = list(dict.fromkeys(name for name in _named(made) if name in _IS or name == "null"))
    made.pop("type", None)
    others = [kind for kind in kinds if kind != "null"]
    if kinds == ["null"]:
        made |= _NULL
    elif len(others) == 1:
        made["type"] = others[0]
        made |= {"nullable": True} if "null" in kinds else {}
    elif others:
        branches: list[Schema] = [{"type": kind, **({"items": {}} if kind == "array" else {})} for kind in others]
        _branches(made, [*branches, *([dict(_NULL)] if "null" in kinds else [])])
    for key in ("anyOf", "oneOf"):
        _merge_null(made, key)


def _branches(made: Schema, branches: list[Schema]) -> None:
    if "anyOf" in made:
        _also(made, {"anyOf": branches})
    else:
        made["anyOf"] = branches


def _merge_null(made: Schema, key: str) -> None:
    """A type or null, and nothing else: one schema that is nullable."""
    branches = made.get(key)
    if not isinstance(branches, list) or len(branches) != 2 or _NULL not in branches:
        return
    other = branches[0] if branches[1] == _NULL else branches[1]
    has_own_type = isinstance(other, dict) and isinstance(other.get("type"), str) and "enum" not in other
    if has_own_type and not (other.keys() & made.keys()):
        del made[key]
        made |= {**other, "nullable": True}
