"""The ledger: where each construct of the documents went. Nothing is dropped without a row.

Constructs are what `contract.constructs` says: members of objects that OpenAPI defines, in the documents and in what they
refer to. Each has exactly one row:

    {"document": "openapi/users.yaml", "pointer": "/paths/~1users/get", "construct": "get", "kind": "operation",
     "level": "gateway", "reason": "method of a resource"}

Levels: `gateway` API Gateway acts on it; `validator` validators.json holds it, API Gateway does not look (of operations with
`validate: strict` the aggregator enforces it); `published` it only informs, the published document has it; `refused` it is not
served, a diagnostic says why. What only holds others together has the strongest level of what it holds.

Documents of OpenAPI 2.0 have rows for what they say themselves (`ledger.rows_20`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..contract.constructs import KIND_OF, members, objects
from ..contract.json_schema import is_binding, is_hidden, is_readable, is_understood
from ..contract.schemas import children, version
from ..operations.reading import METHODS, path_items
from ..operations.records import Operation
from ..source.document import LoadedDocument, Located
from .rows import ADDRESS, ANNOTATIONS, Facts, Key, Level, Row, strongest
from .rows_20 import converted, rows_20

# OpenAPI 3.1, Parameter Object: header parameters of these names are ignored.
_IGNORED_HEADERS = {"accept", "authorization", "content-type"}

# What the gateway takes for itself: these do not reach clients.
_TAKEN = {
    "servers": ADDRESS,
    "security": "an authorizer or an API key of the methods",
    "x-headgate": "settings of the operations",
    "operationId": "the operation's name",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is already known inside: a level for everything, or that a body is checked by a model or not used at all."""

    level: Level | None = None
    reason: str = ""
    body: Level = "validator"


class Member(NamedTuple):
    """A member of an object: its holder, its key, itself."""

    holder: Located
    key: str
    at: Located
    scene: Scene


Judged = tuple[Level | None, str, Scene]

_OPEN = Scene()
_INFORMS = Scene("published", "informs")
_ANSWERS = Scene("published", "describes answers, which API Gateway passes on unchecked")
_NOT_SERVED = Scene("refused", "belongs to an operation that is not served: see the diagnostic there")


def checked_schemas(operations: list[Operation]) -> frozenset[Key]:
    """Schemas that requests are checked by: of parameters and bodies, and all they contain or refer to."""
    waiting: list[Located] = []
    for operation in operations:
        waiting += [parameter.schema for parameter in operation.parameters if parameter.schema]
        waiting += [schema for schema in (operation.body.content.values() if operation.body else ()) if schema]
    seen: set[Key] = set()
    while waiting:
        schema = waiting.pop()
        if schema.key in seen:
            continue
        seen.add(schema.key)
        waiting += children(schema)
        if isinstance(schema.value, dict) and isinstance(schema.value.get("$ref"), str):
            target = schema.document.documents.target(schema)
            waiting += [target] if isinstance(target, Located) else []
    return frozenset(seen)


def walk(documents: list[LoadedDocument], facts: Facts) -> Walk:
    """Goes through the documents in their order, then through what they refer to."""
    items = {item.key for document in documents for _, item in path_items(document)}
    walk = Walk(facts, frozenset(items), dict(facts.folded))
    for document in documents:
        walk.visit(document.root, "document", _OPEN)
    walk.visit_referred()
    return walk


@dataclass(slots=True)
class Walk:
    """Goes through documents by OpenAPI's grammar. `rows` has each construct before what is inside.

    `items` are the path items that `paths` lead to, `behind` the greedy resources of folded operations, `entered` the objects
    that only references lead to.
    """

    facts: Facts
    items: frozenset[Key]
    behind: dict[Key, str]
    rows: list[Row] = field(default_factory=list)
    _seen: set[Key] = field(default_factory=set)
    _referred: list[tuple[Located, str, Scene]] = field(default_factory=list)
    entered: list[tuple[Located, str]] = field(default_factory=list)

    def visit(self, at: Located, kind: str, scene: Scene) -> None:
        """The members of one object, and what is inside each."""
        if at.key in self._seen or not isinstance(at.value, dict):
            return
        self._seen.add(at.key)
        self._refer(at, kind, scene)
        kinds = KIND_OF[kind]
        for key, member in at.items():
            row, inside = self._judged(at, kind, key, member, scene)
            place = len(self.rows)
            self.rows.append(row)
            if key in kinds:
                self._enter(member, kinds[key], inside)
            self._settle(row, place)

    def visit_referred(self) -> None:
        """What references lead to outside of the documents' grammar: other files, and odd places. Served parts first."""
        while self._referred:
            waiting = [referred for referred in self._referred if referred[0].key not in self._seen]
            self._referred.clear()
            for target, kind, scene in sorted(waiting, key=lambda referred: referred[2].level == "refused"):
                self.entered.append((target, kind))
                self.visit(target, kind, scene)

    def _enter(self, at: Located, kind: str, scene: Scene) -> None:
        for name, entry, inner in objects(at, kind):
            if name is None:
                self.visit(entry, inner, scene)
                continue
            row, inside = self._entry(entry, inner, scene)
            place = len(self.rows)
            self.rows.append(row)
            if inner.endswith("}"):
                self._enter(entry, inner, inside)
            elif inner != "data":
                self.visit(entry, inner, inside)
            self._settle(row, place)

    def _settle(self, row: Row, place: int) -> None:
        if row.level is None:
            row.level = strongest(inner.level for inner in self.rows[place + 1 :])

    def _refer(self, at: Located, kind: str, scene: Scene) -> None:
        mapping = at.value.get("mapping") if kind == "discriminator" else None
        references = [at] if isinstance(at.value.get("$ref"), str) else []
        if isinstance(mapping, dict):
            names = {name: value for name, value in mapping.items() if isinstance(value, str) and "/" in value}
            references = [replace(at.child("mapping").child(name), value={"$ref": v}) for name, v in names.items()]
            kind = "schema"
        for reference in references:
            target = at.document.documents.target(reference)
            if isinstance(target, Located) and target.key not in self._seen:
                self._referred.append((target, kind, scene))

    def _judged(self, at: Located, kind: str, key: str, member: Located, scene: Scene) -> tuple[Row, Scene]:
        """The row of a member and what is known inside of it."""
        name = "schema keyword" if kind == "schema" else kind
        if scene.level is not None:
            return Row(member, name, scene.level, scene.reason), scene
        if key.startswith("x-amazon-apigateway-") and key != "x-amazon-apigateway-any-method":
            return Row(member, name, "gateway", "passed on to API Gateway"), scene
        judge = _JUDGES.get(kind)
        level, reason, inside = judge(self, Member(at, key, member, scene)) if judge else _PLAIN
        return Row(member, name, level, reason), inside

    def _entry(self, entry: Located, kind: str, scene: Scene) -> tuple[Row, Scene]:
        """The row of a named entry of a map."""
        if scene.level is not None:
            return Row(entry, kind, scene.level, scene.reason), scene
        if kind == "data":
            return Row(entry, "extension", "published", "informs"), _INFORMS
        if kind == "path item":
            level, reason, inside = self._of_path(entry)
            return Row(entry, "path", level, reason), inside
        if kind == "operation":
            return Row(entry, kind, "refused", "API Gateway has no such method"), _NOT_SERVED
        if kind == "schema":
            is_property = not entry.pointer.startswith("/components/schemas/") or entry.pointer.count("/") > 3
            return Row(entry, "property", *self._property(entry)) if is_property else Row(
                entry, "component", None, "a named schema"
            ), scene
        if kind == "security scheme":
            is_used = entry.key in self.facts.used_schemes
            reason = "what the authorizer or API key of its operations stands for" if is_used else "nothing asks for it"
            return Row(entry, kind, "gateway" if is_used else "published", reason), _INFORMS
        if kind == "media type":
            return Row(entry, kind, scene.body, "checked with the body or parameter"), scene
        return Row(entry, "component", None, "a named part"), scene

    def _of_document(self, member: Member) -> Judged:
        if member.key in {"paths", "components"}:
            return None, "see inside", member.scene
        if member.key in _TAKEN:
            return "gateway", _TAKEN[member.key], Scene("gateway", _TAKEN[member.key])
        return "published", "informs", _INFORMS

    def _of_components(self, member: Member) -> Judged:
        if member.key in {"schemas", "parameters", "requestBodies", "securitySchemes"}:
            return None, "see inside", member.scene
        if member.key == "pathItems":
            return None, "see inside", member.scene
        return "published", "informs", _ANSWERS if member.key in {"responses", "headers"} else _INFORMS

    def _of_path(self, entry: Located) -> tuple[Level, str, Scene]:
        item = entry.follow()
        if item is None or item.key not in self.items:
            return "published", "not reached from `paths`", _INFORMS
        operations = [at for key, at in members(item) if key in KIND_OF["path item"] and key not in _NO_OPERATION]
        served = [at.key for at in operations if at.key in self.facts.served]
        if served:
            is_own = any(key not in self.behind for key in served)
            return "gateway", "a resource" if is_own else f"behind {self.behind[served[0]]}", _OPEN
        if operations:
            return "refused", "none of its operations is served", _NOT_SERVED
        return "published", "has no operation", _INFORMS

    def _of_item(self, member: Member) -> Judged:
        if member.key in METHODS and member.at.key in self.facts.served:
            return "gateway", self._serving(member.at.key), member.scene
        if member.key in METHODS:
            return "refused", "see the diagnostic at this place", _NOT_SERVED
        if member.key in {"trace", "query", "additionalOperations", "x-amazon-apigateway-any-method"}:
            return "refused", "API Gateway has no such method", _NOT_SERVED
        if member.key == "parameters":
            return None, "see each", member.scene
        if member.key in _TAKEN or member.key == "$ref":
            return "gateway", _TAKEN.get(member.key, "followed"), Scene("gateway", _TAKEN.get(member.key, "followed"))
        return "published", "informs", _INFORMS

    def _serving(self, key: Key) -> str:
        if key not in self.behind:
            return "method of a resource"
        return f"served through the edge {self.behind[key]}, because there is no room for more resources (HG167)"

    def _of_operation(self, member: Member) -> Judged:
        if member.key in _TAKEN:
            return "gateway", _TAKEN[member.key], Scene("gateway", _TAKEN[member.key])
        if member.key == "parameters":
            return None, "see each", member.scene
        if member.key == "requestBody":
            level, reason = self._body(member.at.follow())
            return level, reason, member.scene
        if member.key == "responses":
            return "published", _ANSWERS.reason, _ANSWERS
        return "published", "informs", _INFORMS

    def _of_parameter(self, member: Member) -> Judged:
        target = member.holder.follow()
        value = target.value if target is not None and isinstance(target.value, dict) else {}
        is_used = target is not None and target.key in self.facts.used_parameters
        is_carried = target is not None and target.key in self.facts.carried_parameters
        if not is_used:
            return "published", "no served operation uses it", _INFORMS
        if member.key != "$ref" and "$ref" in member.holder.value:
            return "published", "OpenAPI ignores what stands beside $ref", _INFORMS
        if value.get("in") == "header" and str(value.get("name")).lower() in _IGNORED_HEADERS:
            return "published", "OpenAPI ignores this header parameter", _INFORMS
        if member.key in {"name", "in", "required", "$ref"} and is_carried:
            return "gateway", "declared on the method", member.scene
        if member.key in {"name", "in", "required", "$ref", "schema", "content", "style", "explode", "allowEmptyValue"}:
            assert target is not None
            return "validator", self._checked_by(target, self.facts.enforced_parts), Scene(body="validator")
        return "published", "informs", _INFORMS

    def _body(self, target: Located | None) -> tuple[Level, str]:
        if target is None or target.key not in self.facts.used_bodies:
            return "published", "no served operation uses it"
        if target.key in self.facts.modelled_bodies:
            return "gateway", "a model of the method"
        if target.key in self.facts.weakened_bodies:
            return "validator", "its model was left out: the template would be too large"
        if target.key in self.facts.enforced_parts:
            return "validator", self._checked_by(target, self.facts.enforced_parts)
        return "validator", "optional, not only JSON, or nothing of it can be a model"

    def _of_body(self, member: Member) -> Judged:
        body = member.holder.follow()
        level, reason = self._body(body)
        if level == "gateway" and member.key == "required" and body and body.key not in self.facts.demanding_bodies:
            return "validator", "API Gateway reads no body as {}, which the model takes", member.scene
        if level == "gateway" and member.key == "content":
            return level, "a model of the method; a body of another media type passes API Gateway", Scene(body=level)
        if member.key in {"required", "content", "$ref"}:
            return level, reason, Scene(body=level)
        return "published", "informs", _INFORMS

    def _of_media_type(self, member: Member) -> Judged:
        if member.key == "schema":
            return member.scene.body, "see inside", _OPEN
        return "published", "informs", _INFORMS

    def _of_schema(self, member: Member) -> Judged:
        schema = member.holder
        if member.key in ANNOTATIONS or member.key.startswith("x-"):
            return "published", "informs", _INFORMS
        if member.at.key in self.facts.kept_keywords:
            return "gateway", "in the request model", member.scene
        if schema.key not in self.facts.checked_schemas:
            return "published", "no request is checked by it", member.scene
        if member.key != "$ref" and isinstance(schema.value.get("$ref"), str) and version(schema) < (3, 1):
            return "published", "OpenAPI 3.0 ignores what stands beside $ref", _INFORMS
        if member.key == "pattern" and isinstance(member.at.value, str) and not is_readable(member.at.value):
            return "published", "no regular expression: nothing is checked by it (HG197)", _INFORMS
        if member.key == "format" and not is_binding(schema.value):
            return "published", "a format that nothing is checked by", _INFORMS
        if _says_nothing(schema, member.key):
            return "published", "has no effect on requests", _INFORMS
        return "validator", self._checked_by(schema, self.facts.enforced_schemas), member.scene

    def _property(self, entry: Located) -> tuple[Level, str]:
        """A property, or another schema that a map inside a schema names."""
        if entry.pointer.split("/")[-2] in {"$defs", "definitions"}:
            return "published", "a named schema; it counts where something refers to it"
        holder = entry.document, entry.pointer.rpartition("/")[0].rpartition("/")[0]
        if entry.key in self.facts.kept_keywords:
            return "gateway", "in the request model"
        if (holder[0].file, holder[1]) in self.facts.checked_schemas:
            return "validator", self._checked_by(Located(*holder, None), self.facts.enforced_schemas)
        return "published", "no request is checked by it"

    def _checked_by(self, at: Located, enforced: frozenset[Key]) -> str:
        if at.key in enforced:
            return "the aggregator enforces it (validate: strict)"
        return "validators.json has it; API Gateway does not look, or reads it differently"


_PLAIN: Judged = ("published", "informs", _INFORMS)
_JUDGES: dict[str, Callable[[Walk, Member], Judged]] = {
    "document": Walk._of_document,
    "path item": Walk._of_item,
    "operation": Walk._of_operation,
    "parameter": Walk._of_parameter,
    "request body": Walk._of_body,
    "media type": Walk._of_media_type,
    "schema": Walk._of_schema,
    "components": Walk._of_components,
}
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_NO_OPERATION = {"servers", "parameters"}


def _says_nothing(schema: Located, key: str) -> bool:
    """Whether a keyword of a checked schema leaves no trace in what requests are checked by."""
    value = schema.value
    if key == "nullable":
        return value["nullable"] is not True or not isinstance(value.get("type"), str) or version(schema) >= (3, 1)
    if not is_understood(key, value[key]) or value[key] == "file":
        return True
    if isinstance(value[key], bool) and key in _BOUNDS:
        return value[key] is False or version(schema) >= (3, 1) or _BOUNDS[key] not in value
    if key == "required":
        names = value["required"] if isinstance(value["required"], list) else []
        return all(not isinstance(name, str) or is_hidden(schema, name, "request") for name in names)
    return False


def ledger(documents: list[LoadedDocument], facts: Facts) -> list[dict[str, Any]]:
    """All rows as ledger.json has them: each construct before what is inside."""
    walked = walk(documents, facts)
    rows = [row for row in walked.rows if row.at.document.conversion is None]
    parts = [row for row in walked.rows if row.at.document.conversion is not None]
    if parts:
        referred = [(at, kind) for at, kind in walked.entered if at.document.conversion is not None]
        rows += rows_20([*converted(documents), *referred], parts)
    return [row.to_json() for row in rows]
