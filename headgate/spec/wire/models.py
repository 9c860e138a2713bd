"""Request bodies as the draft 4 models that API Gateway checks. Weaker than the document, never stricter.

Kept: an allow-list of keywords that mean the same in both (RESTRICTIONS 2.4, FACTS 9.5). Left out, for the validators:
composition except a flattened allOf, null, formats, patterns that Java reads differently, everything newer than draft 4.
Where reports about the importer disagree, the model is what both readings accept. `kept` says which keywords survived.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..contract.json_schema import hidden
from ..contract.schemas import SchemaPool
from ..source.document import Located

Key = tuple[str, str]

# An allOf in an allOf and so on: below this many the validators look alone.
_MAX_BRANCHING = 100

_TYPES = {"string", "number", "integer", "boolean", "array", "object"}
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")

# Classes and quantifiers that Java and ECMAScript read alike. Not: `.` and negated classes (line ends and surrogates
# differ), look-around, \s \b \p, nested classes, back references.
_PLAIN = r"[A-Za-z0-9 _:;@#%,=~!<>'\"/-]|\\[.\\/\-+*?()\[\]{}^$|dw]"
_CLASS = r"\[(?:[A-Za-z0-9 _:;@#%,=~!<>'\"/.+*?(){}$|-]|\\[.\\/\-+*?()\[\]{}^$|dw])+\]"
_SAFE_PATTERN = re.compile(rf"^\^?(?:(?:{_PLAIN}|{_CLASS}|\((?!\?)|\)|\|)(?:[*+?]|\{{\d+(?:,\d*)?\}})?)*\$?$")


@dataclass(slots=True)
class Node:
    """One schema of a model. `places` are the documents' keywords behind each word, `via` the allOf and $ref that led to some."""

    words: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Node] = field(default_factory=dict)
    items: Node | None = None
    model: str | None = None
    places: dict[str, set[Key]] = field(default_factory=dict)
    via: set[Key] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        return not self.words and not self.properties and self.items is None and self.model is None

    def put(self, word: str, value: Any, at: Located) -> None:
        """Sets a keyword and where it came from."""
        self.words[word] = value
        self.note(word, at)

    def note(self, word: str, at: Located) -> None:
        self.places.setdefault(word, set()).add(at.key)

    def without(self, *words: str) -> None:
        for word in words:
            self.words.pop(word, None)
            self.places.pop(word, None)


@dataclass(slots=True)
class WireModels:
    """All models of one API."""

    pool: SchemaPool = field(init=False)
    _dropped: set[str] = field(default_factory=set)
    # The schemas of bodies, and the model of each.
    _bodies: dict[Key, tuple[Located, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pool = SchemaPool("", lambda schema, _: self._node(schema, frozenset()), _alphanumeric)
        # Predefined in every API (FACTS 8.7).
        self.pool.reserve("Empty")
        self.pool.reserve("Error")

    def model(self, schema: Located, wish: str) -> str | None:
        """The model for a body, by name; None when nothing of the schema can be checked."""
        target = schema.follow()
        if target is None or _is_null_beside_reference(schema):
            return None
        node = self._node(target, frozenset())
        if node.is_empty:
            return None
        if target.key != schema.key:
            name = self.pool.name(target)
        else:
            name = self.pool.reserve(wish)
            self.pool.schemas[name] = node
        self._bodies[schema.key] = schema, name
        return name

    def finish(self) -> dict[str, Any]:
        """The models by name. API Gateway refuses models without keywords (FACTS 9.19), so references to such ones go."""
        nodes = self._alive()
        return {name: _json(node, nodes) for name, node in nodes.items()}

    def drop(self, name: str) -> None:
        """Leaves a model to the validators: nothing refers to it any more."""
        self._dropped.add(name)

    def is_dropped(self, schema: Located) -> bool:
        """Whether the model of a body's schema was left out after all."""
        return schema.key in self._bodies and self._bodies[schema.key][1] in self._dropped

    @property
    def kept(self) -> set[Key]:
        """The keywords, properties and references of the documents that are in the models."""
        nodes = self._alive()
        found: set[Key] = set()
        for schema, name in self._bodies.values():
            if name in nodes and "$ref" in schema.value:
                found.add(schema.child("$ref").key)
        for node in nodes.values():
            _collect(node, nodes, found)
        return found

    @property
    def demanding(self) -> set[Key]:
        """Schemas of bodies whose models refuse `{}`, which is how API Gateway reads a body that is not there (FACTS 8.6)."""
        nodes = self._alive()
        return {key for key, (_, name) in self._bodies.items() if _refuses_empty(nodes.get(name), nodes)}

    def _alive(self) -> dict[str, Node]:
        """The models that bodies still need."""
        nodes: dict[str, Node] = self.pool.finish()
        usable = {name: node for name, node in nodes.items() if name not in self._dropped and not node.is_empty}
        waiting = [name for _, name in self._bodies.values()]
        alive: dict[str, Node] = {}
        while waiting:
            name = waiting.pop()
            if name in usable and name not in alive:
                alive[name] = usable[name]
                waiting += _references(usable[name])
        return alive

    def _node(self, schema: Located, seen: frozenset[Key]) -> Node:
        """A schema. `seen` are those that this one is a branch of, or a member of a branch of: a circle through them ends here."""
        value = schema.value
        if not isinstance(value, dict):
            return Node()
        if isinstance(value.get("$ref"), str):
            return self._reference(schema)
        node = self._own(schema, seen)
        branches = value.get("allOf")
        if isinstance(branches, list):
            self._conjunction(node, schema, seen | {schema.key})
            node.without("additionalProperties")
        if _may_be_null(schema):
            node.without("type", "enum")
        return node

    def _reference(self, schema: Located) -> Node:
        """Also what stands beside a reference may be meant: null must pass (OpenAPI 3.0 says ignore it, authors mean it)."""
        target = schema.follow()
        if target is None or _is_null_beside_reference(schema):
            return Node()
        return Node(model=self.pool.name(target), places={"$ref": {schema.child("$ref").key}})

    def _own(self, schema: Located, seen: frozenset[Key]) -> Node:
        node = Node()
        _scalars(schema, node)
        self._required(schema, node)
        value = schema.value
        if isinstance(value.get("properties"), dict):
            self._properties(schema.child("properties"), node, seen)
        if isinstance(value.get("items"), dict) and "prefixItems" not in value:
            node.items = self._node(schema.child("items"), seen)
            node.note("items", schema.child("items"))
        is_closed = value.get("additionalProperties") is False and "patternProperties" not in value
        if is_closed and "$ref" not in (value.get("properties") or {}):
            node.put("additionalProperties", False, schema.child("additionalProperties"))
        return node

    def _properties(self, properties: Located, node: Node, seen: frozenset[Key]) -> None:
        """A property called `$ref` stays away: a reader of JSON references might take it for one."""
        for name, item in properties.items():
            if name != "$ref":
                node.properties[name] = self._node(item, seen)
                node.note(f"properties/{name}", item)
        if node.properties:
            node.note("properties", properties)

    def _required(self, schema: Located, node: Node) -> None:
        required = schema.value.get("required")
        if not isinstance(required, list):
            return
        names = {name for name in required if isinstance(name, str)}
        kept = sorted(names - hidden(schema, names, "request"))
        if kept:
            node.put("required", kept, schema.child("required"))

    def _conjunction(self, node: Node, whole: Located, seen: frozenset[Key]) -> None:
        """All of `allOf`, flattened into one. What is required is joined at the end, so that a branch costs its own size only."""
        required, places = set(node.words.get("required", [])), set(node.places.get("required", set()))
        others = [
            other for branch in whole.child("allOf").values() if (other := self._merged(node, branch, whole, seen))
        ]
        gone = hidden(whole, {name for other in others for name in other.words.get("required", [])}, "request")
        for other in others:
            required |= set(other.words.get("required", [])) - gone
            if required:
                places |= other.places.get("required", set())
            else:
                places.clear()
        node.without("required")
        if required:
            node.words["required"], node.places["required"] = sorted(required), places

    def _merged(self, node: Node, branch: Located, whole: Located, seen: frozenset[Key]) -> Node | None:
        """One branch, joined to the node; where both say something different the weaker reading is to say nothing."""
        target = branch.follow()
        if target is None or target.key in seen or len(seen) > _MAX_BRANCHING or _is_null_beside_reference(branch):
            return None
        other = self._node(target, seen | {target.key})
        if other.is_empty:
            return None
        node.via.add((whole.document.file, f"{whole.pointer}/allOf"))
        node.via |= other.via
        if target.key != branch.key:
            node.via.add(branch.child("$ref").key)
        _join_words(node, other)
        _join_properties(node, other)
        _join_items(node, other)
        return other


def _join_words(node: Node, other: Node) -> None:
    for word, value in other.words.items():
        if word not in node.words:
            node.words[word] = value
            node.places[word] = set(other.places.get(word, set()))
        elif node.words[word] == value:
            node.places.setdefault(word, set()).update(other.places.get(word, set()))
        else:
            node.without(word)


def _join_properties(node: Node, other: Node) -> None:
    for name, member in other.properties.items():
        node.properties[name] = Node() if name in node.properties else member
    for word, places in other.places.items():
        if word == "properties" or word.startswith("properties/"):
            node.places.setdefault(word, set()).update(places)


def _join_items(node: Node, other: Node) -> None:
    if other.items is None:
        return
    if node.items is None:
        node.items, node.places["items"] = other.items, set(other.places.get("items", set()))
    else:
        node.items = None
        node.places.pop("items", None)


def _scalars(schema: Located, node: Node) -> None:
    value = schema.value
    kind = _kind(value.get("type"))
    if kind and not _may_be_null(schema):
        node.put("type", kind, schema.child("type"))
    word = "const" if "const" in value else "enum"
    enum = [value["const"]] if "const" in value else value.get("enum")
    if isinstance(enum, list) and enum and not _may_be_null(schema) and all(isinstance(item, str) for item in enum):
        node.put("enum", list(dict.fromkeys(enum)), schema.child(word))
    for key in _COUNTS:
        if isinstance(value.get(key), int) and not isinstance(value[key], bool) and value[key] >= 0:
            node.put(key, value[key], schema.child(key))
    if value.get("uniqueItems") is True:
        node.put("uniqueItems", True, schema.child("uniqueItems"))
    if isinstance(value.get("pattern"), str) and _is_safe(value["pattern"]):
        node.put("pattern", value["pattern"], schema.child("pattern"))
    for bound, limit in _bounds(value).items():
        node.words[bound] = limit
        if value.get(bound) == limit:
            node.note(bound, schema.child(bound))


def _may_be_null(schema: Located) -> bool:
    return isinstance(schema.value, dict) and schema.value.get("nullable") is True


def _is_null_beside_reference(schema: Located) -> bool:
    """Whether `nullable` stands beside one of the references that lead to a schema."""
    here: Located | None = schema
    seen: set[Key] = set()
    while here is not None and here.key not in seen and isinstance(here.value, dict) and "$ref" in here.value:
        if _may_be_null(here):
            return True
        seen.add(here.key)
        target = here.document.documents.target(here) if isinstance(here.value["$ref"], str) else None
        here = target if isinstance(target, Located) else None
    return False


def _is_safe(pattern: str) -> bool:
    """Java and ECMAScript read it alike, and it is one."""
    if not _SAFE_PATTERN.match(pattern):
        return False
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _json(node: Node, alive: dict[str, Node]) -> dict[str, Any]:
    if node.model is not None:
        return {"$ref": f"#/components/schemas/{node.model}"} if node.model in alive else {}
    found = dict(node.words)
    if node.properties:
        found["properties"] = {name: _json(member, alive) for name, member in node.properties.items()}
    if node.items is not None:
        found["items"] = _json(node.items, alive)
    return found


def _collect(node: Node, alive: dict[str, Node], found: set[Key]) -> None:
    if node.model is not None and node.model not in alive:
        return
    found.update(node.via, *node.places.values())
    for member in (*node.properties.values(), *([node.items] if node.items else [])):
        _collect(member, alive, found)


def _refuses_empty(node: Node | None, alive: dict[str, Node]) -> bool:
    seen: set[str] = set()
    while node is not None and node.model is not None and node.model not in seen:
        seen.add(node.model)
        node = alive.get(node.model)
    words = node.words if node is not None else {}
    is_other = words.get("type", "object") != "object" or "enum" in words
    return bool(is_other or words.get("required") or words.get("minProperties"))


def _references(node: Node) -> list[str]:
    inside = [*node.properties.values(), *([node.items] if node.items else [])]
    return [*([node.model] if node.model else []), *(name for member in inside for name in _references(member))]


def _alphanumeric(name: str) -> str:
    """Model names hold nothing else (FACTS 9.5)."""
    return re.sub(r"[^A-Za-z0-9]", "", name)


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
