"""Request bodies as the draft 4 models that API Gateway checks. Weaker than the document, never stricter.

Kept: an allow-list of keywords that mean the same in both (RESTRICTIONS 2.4, FACTS 9.5). Left out, for the validators:
composition except a flattened allOf, null, formats, patterns that Java reads differently, everything newer than draft 4.
`kept` records each keyword that survived, for the ledger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .document import Located
from .json_schema import is_hidden
from .schemas import SchemaPool

_TYPES = {"string", "number", "integer", "boolean", "array", "object"}
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")

# Classes and quantifiers that Java and ECMAScript read alike. Not: `.` and negated classes (line ends and surrogates
# differ), look-around, \s \b \p, nested classes, back references.
_PLAIN = r"[A-Za-z0-9 _:;@#%,=~!<>'\"/-]|\\[.\\/\-+*?()\[\]{}^$|dw]"
_CLASS = r"\[(?:[A-Za-z0-9 _:;@#%,=~!<>'\"/.+*?(){}$|-]|\\[.\\/\-+*?()\[\]{}^$|dw])+\]"
_SAFE_PATTERN = re.compile(rf"^\^?(?:(?:{_PLAIN}|{_CLASS}|\((?!\?)|\)|\|)(?:[*+?]|\{{\d+(?:,\d*)?\}})?)*\$?$")


@dataclass(slots=True)
class WireModels:
    """All models of one API."""

    pool: SchemaPool = field(init=False)
    kept: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pool = SchemaPool("#/components/schemas/", lambda schema, _: self._weak(schema), _alphanumeric)
        # Predefined in every API (FACTS 8.7).
        self.pool.reserve("Empty")
        self.pool.reserve("Error")

    def model(self, schema: Located, wish: str) -> str | None:
        """The model for a body, by name; None when nothing of the schema can be checked."""
        target = schema.follow()
        if target is None:
            return None
        if self._weak(target) == {}:
            return None
        if target.key != schema.key:
            return self.pool.name(target)
        name = self.pool.reserve(wish)
        self.pool.schemas[name] = self._weak(target)
        return name

    def finish(self) -> dict[str, Any]:
        """The models by name. API Gateway refuses models without keywords (FACTS 9.19), so references to such ones go."""
        models = self.pool.finish()
        empty = {self.pool.prefix + name for name, model in models.items() if not model}
        return {name: _without(model, empty) for name, model in models.items() if model}

    def _weak(self, schema: Located) -> dict[str, Any]:
        value = schema.value
        if not isinstance(value, dict):
            return {}
        if isinstance(value.get("$ref"), str):
            target = schema.follow()
            return dict(self.pool.reference(target)) if target is not None else {}
        own = self._own(schema)
        branches = value.get("allOf")
        if isinstance(branches, list):
            for number in range(len(branches)):
                own = self._merged(own, schema.child("allOf").child(number), whole=schema)
            own.pop("additionalProperties", None)
        return own

    def _own(self, schema: Located) -> dict[str, Any]:
        weak = self._scalars(schema) | self._required(schema)
        value = schema.value
        if isinstance(value.get("properties"), dict):
            at = schema.child("properties")
            weak["properties"] = {name: self._weak(item) for name, item in at.items()}
            self._keep(at)
        if isinstance(value.get("items"), dict) and "prefixItems" not in value:
            weak["items"] = self._weak(schema.child("items"))
            self._keep(schema.child("items"))
        if value.get("additionalProperties") is False and "patternProperties" not in value:
            weak["additionalProperties"] = False
            self._keep(schema.child("additionalProperties"))
        return weak

    def _merged(self, own: dict[str, Any], branch: Located, *, whole: Located) -> dict[str, Any]:
        """A conjunction, flattened; where both say something different the weaker reading is to say nothing."""
        target = branch.follow()
        if target is None or not isinstance(target.value, dict) or target.value.get("allOf"):
            return own
        other = self._own(target)
        merged = {**other, **own}
        for key in own.keys() & other.keys():
            if own[key] != other[key]:
                merged.pop(key)
        properties = {**other.get("properties", {}), **own.get("properties", {})}
        clashing = own.get("properties", {}).keys() & other.get("properties", {}).keys()
        if properties:
            merged["properties"] = {name: {} if name in clashing else item for name, item in properties.items()}
        required = {*own.get("required", []), *other.get("required", [])}
        shown = sorted(name for name in required if not is_hidden(whole, name, "request"))
        merged.pop("required", None)
        return merged | ({"required": shown} if shown else {})

    def _scalars(self, schema: Located) -> dict[str, Any]:
        value = schema.value
        weak: dict[str, Any] = {}
        kind = _kind(value.get("type"))
        is_nullable = value.get("nullable") is True
        if kind and not is_nullable:
            weak["type"] = kind
        enum = [value["const"]] if "const" in value else value.get("enum")
        if isinstance(enum, list) and enum and not is_nullable and all(isinstance(item, str) for item in enum):
            weak["enum"] = list(dict.fromkeys(enum))
        for key in _COUNTS:
            if isinstance(value.get(key), int) and not isinstance(value[key], bool):
                weak[key] = value[key]
        if value.get("uniqueItems") is True:
            weak["uniqueItems"] = True
        if isinstance(value.get("pattern"), str) and _SAFE_PATTERN.match(value["pattern"]):
            weak["pattern"] = value["pattern"]
        weak |= _bounds(value)
        for key in value.keys() & (weak.keys() | ({"const"} if "enum" in weak else set())):
            self._keep(schema.child(key))
        return weak

    def _required(self, schema: Located) -> dict[str, Any]:
        required = schema.value.get("required")
        if not isinstance(required, list):
            return {}
        kept = sorted({name for name in required if isinstance(name, str) and not is_hidden(schema, name, "request")})
        if kept:
            self._keep(schema.child("required"))
        return {"required": kept} if kept else {}

    def _keep(self, keyword: Located) -> None:
        self.kept.add(keyword.key)


def _alphanumeric(name: str) -> str:
    """Model names hold nothing else (FACTS 9.5)."""
    return re.sub(r"[^A-Za-z0-9]", "", name)


def _without(model: Any, references: set[str]) -> Any:
    """The model with `{"$ref": r}` replaced by `{}` for each r; properties may be called `$ref`, their values are objects."""
    if isinstance(model, list):
        return [_without(item, references) for item in model]
    if not isinstance(model, dict):
        return model
    reference = model.get("$ref")
    if isinstance(reference, str) and reference in references:
        return {}
    return {key: _without(item, references) for key, item in model.items()}


def _kind(declared: Any) -> str | None:
    """The one type. An integer may be written 1.0, which draft 4 does not count as one, so it becomes a number."""
    if isinstance(declared, list) and len(declared) == 1:
        declared = declared[0]
    if not isinstance(declared, str) or declared not in _TYPES:
        return None
    return "number" if declared == "integer" else declared


def _bounds(value: dict[str, Any]) -> dict[str, Any]:
    """Inclusive bounds; an exclusive one is weakened to its inclusive form."""
    bounds = {}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        found = [
            v
            for v in (value.get(bound), value.get(exclusive))
            if isinstance(v, int | float) and not isinstance(v, bool)
        ]
        if found:
            bounds[bound] = min(found) if bound == "minimum" else max(found)
    return bounds
