"""What an OpenAPI document says, read from the specification and not from the compiler: schemas as JSON Schema 2020-12.

OpenAPI 3.0.4 section 4.7.24 (Schema Object): `nullable` adds null to `type` where `type` stands; `exclusiveMinimum` is a boolean;
`$ref` has no siblings; unknown keywords are ignored. 3.1: a schema is JSON Schema 2020-12 already. Both: members that are
readOnly are not required of requests. Format Registry: int32 and int64 are ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from tests.laws.formats import is_in_format

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_SCHEMAS = ("items", "not", "additionalProperties", "contains", "propertyNames", "if", "then", "else")
_SCHEMAS += ("unevaluatedItems", "unevaluatedProperties")
_LISTS = ("allOf", "oneOf", "anyOf", "prefixItems")
_MAPS = ("properties", "patternProperties", "dependentSchemas")
_PLAIN = {
    "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength",
    "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required",
    "dependentRequired", "format",
}  # fmt: skip
_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


class UnreadableError(Exception):
    """The document says something here that this reading does not cover; the operation is left out."""


@dataclass(frozen=True)
class Operation:
    """One operation as written. `path` is without the servers' base path; `item` the path item it stands in."""

    document: Mapping[str, Any]
    method: str
    path: str
    value: Mapping[str, Any]
    item: Mapping[str, Any]

    @property
    def parameters(self) -> list[dict[str, Any]]:
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for raw in [*self.item.get("parameters", []), *self.value.get("parameters", [])]:
            one = followed(self.document, raw)
            found[one.get("in", ""), one.get("name", "")] = one
        return list(found.values())

    @property
    def body(self) -> dict[str, Any] | None:
        raw = self.value.get("requestBody")
        return None if raw is None else followed(self.document, raw)


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, raw in document.get("paths", {}).items():
        try:
            item = followed(document, raw)
        except UnreadableError:
            continue  # another file
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield Operation(document, method.upper(), path, item[method], item)


def followed(document: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """The end of a chain of references inside the document."""
    for _ in range(20):
        if not isinstance(value, dict):
            raise UnreadableError
        if not isinstance(value.get("$ref"), str):
            return value
        value = lookup(document, value["$ref"])
    raise UnreadableError


def lookup(document: Mapping[str, Any], ref: str) -> Any:
    if not ref.startswith("#/"):
        raise UnreadableError(ref)
    value: Any = document
    for token in ref[2:].split("/"):
        key = token.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise UnreadableError(ref) from None
    return value


class Reading:
    """Schemas of one document for requests. `defs` fills with what references lead to."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.is_30 = str(document.get("openapi", "")).startswith("3.0")
        self.defs: dict[str, Any] = {}

    def validator(self, schema: Any) -> Any:
        """Decides what the document accepts; `UnreadableError` where Python cannot read a pattern."""
        whole = self.schema(schema)
        return _Validator({"$defs": self.defs, "allOf": [whole]})

    def schema(self, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict):
            return True
        if "$dynamicRef" in value or "$id" in value or "$anchor" in value:
            raise UnreadableError
        if isinstance(value.get("$ref"), str):
            target = {"$ref": "#/$defs/" + self._name(value["$ref"])}
            siblings = {key: each for key, each in value.items() if key != "$ref"}
            return target if self.is_30 or not siblings else {"allOf": [target, self.schema(siblings)]}
        found: dict[str, Any] = {}
        for key, each in value.items():
            self._keyword(key, each, found)
        if self.is_30:
            _as_30(value, found)
        if "required" in found:
            hidden = self.read_only(value)
            found["required"] = [name for name in found["required"] if name not in hidden]
        low, high = _RANGES.get(value.get("format", ""), (None, None))
        return found if low is None else {"allOf": [found, {"minimum": low, "maximum": high}]}

    def _keyword(self, key: str, each: Any, found: dict[str, Any]) -> None:
        if key in _SCHEMAS and isinstance(each, dict | bool):
            found[key] = self.schema(each)
        elif key in _LISTS and isinstance(each, list) and each:
            found[key] = [self.schema(one) for one in each]
        elif key in _MAPS and isinstance(each, dict):
            found[key] = {name: self.schema(one) for name, one in each.items()}
        elif key in _PLAIN and not self._is_misplaced(key, each):
            found[key] = each
        for pattern in [each] if key == "pattern" else each if key == "patternProperties" else ():
            compiled(pattern)

    def _is_misplaced(self, key: str, each: Any) -> bool:
        """Draft 3's boolean `required`, and 3.0's boolean bounds in a later document, are no keywords of their version."""
        if key == "required":
            return not isinstance(each, list)
        return not self.is_30 and key.startswith("exclusive") and isinstance(each, bool)

    def _name(self, ref: str) -> str:
        name = re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", ref)
        if name not in self.defs:
            self.defs[name] = True  # a circle ends here
            self.defs[name] = self.schema(lookup(self.document, ref))
        return name

    def read_only(self, value: Any, depth: int = 0) -> set[str]:
        """Names of members that a schema, or a branch of its allOf, marks readOnly."""
        if not isinstance(value, dict) or depth > 8:
            return set()
        found: set[str] = set()
        for name, member in (value.get("properties") or {}).items():
            if isinstance(member, dict) and (member.get("readOnly") or self._target(member).get("readOnly")):
                found.add(name)
        for branch in value.get("allOf") or ():
            found |= self.read_only(self._target(branch), depth + 1)
        return found

    def _target(self, value: Any) -> dict[str, Any]:
        return followed(self.document, value)


def _as_30(value: Mapping[str, Any], found: dict[str, Any]) -> None:
    if value.get("nullable") is True and isinstance(value.get("type"), str):
        found["type"] = [value["type"], "null"]
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if found.pop(exclusive, None) is True and bound in found:
            found[exclusive] = found.pop(bound)


def compiled(pattern: str) -> re.Pattern[str]:
    """ECMA 262 in Python's spelling, where both read it alike; `UnreadableError` elsewhere."""
    if not isinstance(pattern, str) or re.search(r"\\[pPcZAkz]|\(\?|\\u\{|\[\^?\]|\[\[|&&|--|\\x|\\b", pattern):
        raise UnreadableError(pattern)
    try:
        return re.compile(re.sub(r"(?<!\\)\$(?=$|\||\))", r"\\Z", pattern), re.ASCII)
    except re.error:
        raise UnreadableError(pattern) from None


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and compiled(pattern).search(instance) is None:
        yield ValidationError("pattern")


def _format(_validator: Any, name: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not is_in_format(name, instance):
        yield ValidationError("format")


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern, "format": _format})  # type: ignore[no-untyped-call]
