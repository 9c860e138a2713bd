"""The ledger: where each construct of the documents went. Nothing is dropped without a row.

A construct is a member of an object: a key and what it holds. Members of data (examples, defaults, enumerations,
extensions) and of the parts that only inform (info, tags, links, callbacks, webhooks) belong to the row of the whole.
Each construct has exactly one row:

    {"document": "openapi/users.yaml", "pointer": "/paths/~1users/get", "construct": "get", "kind": "operation",
     "level": "gateway", "reason": "method of a resource"}

Levels: `gateway` API Gateway acts on it; `validator` validators.json holds it, API Gateway does not look; `published`
it only informs, the published document has it; `refused` it is not served, a diagnostic says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .document import LoadedDocument, Located
from .operations import METHODS, Operation
from .schemas import LISTS_OF_SCHEMAS, MAPS_OF_SCHEMAS, ONE_SCHEMA, children

Level = Literal["gateway", "validator", "published", "refused"]

_ANNOTATIONS = {
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "externalDocs",
    "xml",
    "discriminator",
    "$comment",
    "$id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
}

_DOCUMENT = {
    "openapi": "read to know the version",
    "servers": "the upstream of operations that name none",
    "paths": "resources",
    "security": "pushed down to each operation",
    "components": "parts that operations refer to",
    "x-headgate": "settings of the operations",
}
_ITEM = {
    "parameters": "joined with each operation's",
    "servers": "the upstream",
    "x-headgate": "settings of the operations",
    "$ref": "followed",
}
_OPERATION = {
    "operationId": "operation name",
    "parameters": "see each",
    "security": "authorizer or API key",
    "servers": "the upstream",
    "x-headgate": "settings",
}
# OpenAPI 3.1, Parameter Object: header parameters of these names are ignored.
_IGNORED_HEADERS = {"accept", "authorization", "content-type"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the compiler did, as far as the ledger tells it. Keys are `Located.key`."""

    served: frozenset[tuple[str, str]]
    carried_parameters: frozenset[tuple[str, str]]
    modelled_bodies: frozenset[tuple[str, str]]
    kept_keywords: frozenset[tuple[str, str]]
    checked_schemas: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Row:
    at: Located
    kind: str
    level: Level
    reason: str

    def to_json(self) -> dict[str, Any]:
        construct = self.at.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        return {
            "document": self.at.document.name,
            "pointer": self.at.pointer,
            "construct": construct,
            "kind": self.kind,
            "level": self.level,
            "reason": self.reason,
        }


def checked_schemas(operations: list[Operation]) -> frozenset[tuple[str, str]]:
    """Schemas that requests are checked by: of parameters and bodies, and all they contain or refer to."""
    waiting: list[Located] = []
    for operation in operations:
        waiting += [parameter.schema for parameter in operation.parameters if parameter.schema]
        waiting += [schema for schema in (operation.body.content.values() if operation.body else ()) if schema]
    seen: set[tuple[str, str]] = set()
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


def ledger(documents: list[LoadedDocument], facts: Facts) -> list[dict[str, Any]]:
    """All rows, in document order."""
    return [row.to_json() for document in documents for row in _Walk(facts).document(document.root)]


class _Walk:
    """Goes through one document by OpenAPI's grammar. Every member is yielded once, before its own members."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def document(self, root: Located) -> Iterator[_Row]:
        for key, at in _members(root):
            if key in _DOCUMENT or key.startswith("x-amazon-apigateway-"):
                yield _Row(at, "document", "gateway", _DOCUMENT.get(key, "passed on to API Gateway"))
            elif key == "jsonSchemaDialect":
                yield _Row(at, "document", "validator", "schemas are read as JSON Schema 2020-12")
            else:
                yield _Row(at, "document", "published", "informs; not an inbound route")
            if key == "paths":
                yield from self._paths(at)
            if key == "components":
                yield from self._components(at)

    def _paths(self, paths: Located) -> Iterator[_Row]:
        for path, item in _members(paths):
            if not path.startswith("/"):
                yield _Row(item, "path", "published", "an extension")
                continue
            methods = [at for key, at in _members(item) if key in METHODS]
            refused = bool(methods) and not any(at.key in self.facts.served for at in methods)
            yield _Row(
                item,
                "path",
                "refused" if refused else "gateway",
                "none of its operations is served" if refused else "a resource",
            )
            yield from self._item(item)

    def _item(self, item: Located) -> Iterator[_Row]:
        for key, at in _members(item):
            if key in METHODS:
                is_served = at.key in self.facts.served
                level: Level = "gateway" if is_served else "refused"
                yield _Row(
                    at, "operation", level, "method of a resource" if is_served else "see the diagnostic at this place"
                )
                yield from self._operation(at) if is_served else self._refused(at)
            elif key in {"trace", "query", "additionalOperations", "x-amazon-apigateway-any-method"}:
                yield _Row(at, "operation", "refused", "API Gateway has no such method")
                yield from self._refused(at)
            elif key in _ITEM:
                yield _Row(at, "path item", "gateway", _ITEM[key])
                yield from self._parameters(at) if key == "parameters" else ()
            else:
                yield _Row(at, "path item", "published", "informs")

    def _operation(self, operation: Located) -> Iterator[_Row]:
        for key, at in _members(operation):
            if key in _OPERATION or key.startswith("x-amazon-apigateway-"):
                yield _Row(at, "operation member", "gateway", _OPERATION.get(key, "passed on to API Gateway"))
                yield from self._parameters(at) if key == "parameters" else ()
            elif key == "requestBody":
                yield from self._body(at)
            elif key == "responses":
                yield _Row(at, "operation member", "published", "API Gateway passes answers on unchecked")
                yield from self._responses(at)
            else:
                yield _Row(at, "operation member", "published", "informs")

    def _refused(self, at: Located) -> Iterator[_Row]:
        """Members of something that is not served; data stays whole here too."""
        for _, member in _members(at):
            yield _Row(member, "member", "refused", "belongs to an operation that is not served")

    def _parameters(self, listed: Located) -> Iterator[_Row]:
        for entry in listed.values():
            yield from self._parameter(entry)

    def _parameter(self, at: Located) -> Iterator[_Row]:
        value = at.value if isinstance(at.value, dict) else {}
        is_carried = at.key in self.facts.carried_parameters
        is_ignored = value.get("in") == "header" and str(value.get("name")).lower() in _IGNORED_HEADERS
        for key, member in _members(at):
            if key == "$ref":
                yield _Row(member, "parameter", "gateway", "followed")
            elif is_ignored or key in {"description", "deprecated", "example", "examples"} or key.startswith("x-"):
                yield _Row(
                    member,
                    "parameter",
                    "published",
                    "OpenAPI ignores this header parameter" if is_ignored else "informs",
                )
            elif key in {"name", "in", "required"} and is_carried:
                yield _Row(member, "parameter", "gateway", "declared on the method")
            else:
                yield _Row(
                    member, "parameter", "validator", "API Gateway checks presence only, of path and query parameters"
                )
            if key == "schema":
                yield from self._schema(member)
            if key == "content":
                yield from self._content(member, "validator", "API Gateway does not look into parameters")

    def _body(self, at: Located) -> Iterator[_Row]:
        target = at.follow()
        is_modelled = target is not None and target.key in self.facts.modelled_bodies
        reason = "a model of the method" if is_modelled else "optional, not only JSON, or nothing of it can be a model"
        yield _Row(at, "request body", "gateway" if is_modelled else "validator", reason)
        yield from self._body_members(at)

    def _body_members(self, at: Located) -> Iterator[_Row]:
        level: Level = "gateway" if at.key in self.facts.modelled_bodies else "validator"
        for key, member in _members(at):
            if key == "content":
                yield from self._whole(member, "request body", level)
                yield from self._content(member, level, "API Gateway validates JSON models of required bodies only")
            elif key in {"required", "$ref"}:
                yield _Row(
                    member, "request body", level, "with the model" if level == "gateway" else "with the validator"
                )
            else:
                yield _Row(member, "request body", "published", "informs")

    def _whole(self, member: Located, kind: str, level: Level) -> Iterator[_Row]:
        yield _Row(member, kind, level, "media types")

    def _content(self, content: Located, level: Level, reason: str) -> Iterator[_Row]:
        for _, media_type in _members(content):
            yield _Row(media_type, "media type", level, reason)
            for key, member in _members(media_type):
                is_schema = key == "schema"
                yield _Row(
                    member, "media type", level if is_schema else "published", "see inside" if is_schema else "informs"
                )
                yield from self._schema(member) if is_schema else ()

    def _responses(self, responses: Located) -> Iterator[_Row]:
        for _, response in _members(responses):
            yield _Row(response, "response", "published", "API Gateway passes answers on unchecked")
            yield from self._response(response)

    def _response(self, response: Located) -> Iterator[_Row]:
        for key, member in _members(response):
            yield _Row(member, "response", "published", "informs, and the mock server answers by it")
            if key == "content":
                yield from self._content(member, "published", "informs, and the mock server answers by it")
            if key == "headers":
                for _, header in _members(member):
                    yield _Row(header, "response header", "published", "informs")
                    yield from self._header(header)

    def _header(self, header: Located) -> Iterator[_Row]:
        for key, member in _members(header):
            yield _Row(member, "response header", "published", "informs")
            yield from self._schema(member) if key == "schema" else ()

    def _schema(self, schema: Located) -> Iterator[_Row]:
        is_checked = schema.key in self.facts.checked_schemas
        for key, at in _members(schema):
            yield self._keyword(key, at, is_checked=is_checked)
            if key in ONE_SCHEMA:
                yield from self._schema(at)
            elif key in LISTS_OF_SCHEMAS:
                for item in at.values():
                    yield from self._schema(item)
            elif key in MAPS_OF_SCHEMAS:
                for _, member in _members(at):
                    yield self._keyword("", member, is_checked=is_checked, kind="property")
                    yield from self._schema(member)

    def _keyword(self, key: str, at: Located, *, is_checked: bool, kind: str = "schema keyword") -> _Row:
        if key in _ANNOTATIONS or key.startswith("x-"):
            return _Row(at, kind, "published", "informs")
        if key == "$ref":
            return _Row(at, kind, "validator" if is_checked else "published", "followed")
        in_model = at.key in self.facts.kept_keywords
        if in_model or (kind == "property" and _parent(at) in self.facts.kept_keywords):
            return _Row(at, kind, "gateway", "in the request model")
        if is_checked:
            return _Row(
                at, kind, "validator", "not in the request model: API Gateway does not have it, or reads it differently"
            )
        return _Row(at, kind, "published", "describes answers, which API Gateway passes on unchecked")

    def _components(self, components: Located) -> Iterator[_Row]:
        walks = {
            "schemas": self._schema,
            "parameters": self._parameter,
            "requestBodies": self._body_members,
            "responses": self._response,
            "headers": self._header,
            "pathItems": self._item,
        }
        for section, at in _members(components):
            is_security = section == "securitySchemes"
            yield _Row(at, "components", "gateway" if is_security else "published", "see inside")
            walk = walks.get(section)
            for _, member in _members(at):
                yield _Row(
                    member,
                    "component",
                    "gateway" if is_security else "published",
                    "bound by gateway.yaml" if is_security else "named part",
                )
                yield from walk(member) if walk else ()


def _parent(at: Located) -> tuple[str, str]:
    return at.document.file, at.pointer.rpartition("/")[0]


def _members(at: Located) -> Iterator[tuple[str, Located]]:
    """Members of an object; a list or a plain value has none."""
    return at.items() if isinstance(at.value, dict) else iter(())
