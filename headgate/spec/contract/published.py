"""The published document: what clients of the gateway read. One OpenAPI document per API, every reference inside, nothing of ours.

Paths are those at the gateway, security is on each operation, `servers` are gone because clients call the gateway.
Schemas keep their documents' wording; only an API that mixes OpenAPI versions is lifted to 3.1.
"""

from __future__ import annotations

import re
from typing import Any

from ..operations.reading import METHODS, path_items
from ..operations.records import Operation
from ..source.document import LoadedDocument, Located
from ..source.naming import DATA
from ..source.pointers import escape
from .json_schema import translate_30
from .schemas import HOLDS, SchemaPool, version

# Component sections that are copied; schemas have a pool, since they refer to each other in circles.
_SECTIONS = (
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
    "pathItems",
    "mediaTypes",
)

# Made anew for the gateway, or taken over elsewhere.
_MADE = {"openapi", "info", "paths", "webhooks", "tags", "components", "servers", "security"}
_OF_ITEMS = {*METHODS, "trace", "query", "additionalOperations", "servers", "$ref"}

_OURS = ("x-headgate", "x-amazon-apigateway-")

# Deeper than any document nests references to components other than schemas.
_MAX_INLINED = 20


class Publisher:
    """Bundles the documents of one API."""

    def __init__(self, documents: list[LoadedDocument]) -> None:
        self._documents = documents
        versions = {version(document.root) for document in documents}
        self._lifts = len(versions) > 1
        self._pool = SchemaPool("#/components/schemas/", lambda schema, _: self._schema(schema), _spelled)
        self._names: dict[tuple[str, str], str] = {}
        self._copies: dict[tuple[str, str], Any] = {}
        self._name_components()

    def document(self, api: str, operations: list[Operation]) -> dict[str, Any]:
        """The document. `operations` are those that the gateway serves."""
        first = self._documents[0].value
        document: dict[str, Any] = {
            "openapi": "3.1.0" if self._lifts else first["openapi"],
            "info": first.get("info", {}) if len(self._documents) == 1 else {"title": api, "version": "1.0.0"},
            "paths": self._paths(operations),
        }
        webhooks = {name: self._other(at, 0) for d in self._documents for name, at in _section(d.root, "webhooks")}
        tags = {
            str(tag["name"]): tag
            for d in self._documents
            for tag in (d.value["tags"] if isinstance(d.value.get("tags"), list) else ())
            if isinstance(tag, dict) and "name" in tag
        }
        extra = {"webhooks": webhooks, "tags": list(tags.values()), "components": self._components()}
        document |= {key: value for key, value in extra.items() if value}
        if len(self._documents) == 1:
            return document | self._rest(self._documents[0])
        return document | {"x-documents": [self._rest(d) | {"info": d.value.get("info", {})} for d in self._documents]}

    def _rest(self, document: LoadedDocument) -> dict[str, Any]:
        """What a document says about itself as a whole, beside its title."""
        return {
            key: self._other(at, 0)
            for key, at in document.root.items()
            if key not in _MADE and not key.startswith(_OURS)
        }

    def _paths(self, operations: list[Operation]) -> dict[str, dict[str, Any]]:
        """Operations at their paths, and what a path item says for all of them."""
        paths: dict[str, dict[str, Any]] = {}
        sources: dict[str, set[tuple[str, str]]] = {}
        for operation in operations:
            sources.setdefault(operation.template, set()).add((operation.document.file, operation.path))
        for operation in operations:
            is_shared = len(sources[operation.template]) > 1
            if operation.template not in paths or is_shared:
                own = self._item(operation.document, operation.path, without={"parameters"} if is_shared else set())
                paths.setdefault(operation.template, {}).update(own)
            paths[operation.template][operation.method.lower()] = self._operation(operation, is_whole=is_shared)
        for document in self._documents:
            for path, at in path_items(document):
                if not any(key in at.value for key in METHODS):
                    paths.setdefault(path, self._item(document, path, without=set()))
        return paths | {
            key: at.value
            for document in self._documents
            for key, at in _section(document.root, "paths")
            if key.startswith("x-") and not key.startswith(_OURS)
        }

    def _item(self, document: LoadedDocument, path: str, *, without: set[str]) -> dict[str, Any]:
        """A path item without its operations."""
        item = document.root.at("paths", path)
        left_out = _OF_ITEMS | without
        members = item.items() if item is not None else ()
        return {k: self._other(at, 0) for k, at in members if k not in left_out and not k.startswith(_OURS)}

    def _name_components(self) -> None:
        """Every component of every document, under its own name where no other document has that name."""
        taken: set[tuple[str, str]] = set()
        for document in self._documents:
            for _, at in _section(document.root, "components", "schemas"):
                self._pool.name(at)
            for section in _SECTIONS:
                for name, at in _section(document.root, "components", section):
                    chosen = self._free(section, name, at, taken)
                    taken.add((section, chosen))
                    self._names[at.key] = f"{section}/{chosen}"

    def _free(self, section: str, name: str, at: Located, taken: set[tuple[str, str]]) -> str:
        if section == "securitySchemes" or (section, name) not in taken:
            return name
        stem = re.split(r"[/\\]", at.document.name)[-1].partition(".")[0]
        return _spelled(f"{stem}_{name}")

    def _components(self) -> dict[str, Any]:
        components: dict[str, Any] = {}
        for document in self._documents:
            for section in _SECTIONS:
                for _, at in _section(document.root, "components", section):
                    components.setdefault(section, {})[self._names[at.key].partition("/")[2]] = self._other(at, 0)
            others = [m for m in _section(document.root, "components") if m[0] not in {*_SECTIONS, "schemas"}]
            components |= {key: at.value for key, at in others if not key.startswith(_OURS)}
        schemas = self._pool.finish()
        return components | ({"schemas": schemas} if schemas else {})

    def _operation(self, operation: Operation, *, is_whole: bool) -> dict[str, Any]:
        """An operation; a whole one has the parameters of its path item too, because another document has that path as well."""
        published: dict[str, Any] = self._other(operation.at, 0)
        published.pop("servers", None)
        if is_whole and operation.parameters:
            published["parameters"] = [self._other(parameter.at, 0) for parameter in operation.parameters]
        security = operation.document.value.get("security")
        if "security" not in published and security is not None:
            published["security"] = security
        return published

    def _other(self, at: Located, depth: int) -> Any:
        """Anything but a schema. References to components stay references, others are copied in."""
        value = at.value
        if isinstance(value, list):
            return [self._other(item, depth) for item in at.values()]
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("$ref"), str):
            return self._reference(at, depth)
        published: dict[str, Any] = {}
        for key, member in at.items():
            if key.startswith(_OURS):
                continue
            if key.startswith("x-") or key in DATA:
                published[key] = member.value
            elif key in {"schema", "itemSchema"}:
                published[key] = self._schema(member)
            else:
                published[key] = self._other(member, depth)
        return published

    def _reference(self, at: Located, depth: int) -> Any:
        target = at.document.documents.target(at)
        if not isinstance(target, Located) or depth > _MAX_INLINED:
            return {}
        beside = {key: self._other(member, depth) for key, member in at.items() if key != "$ref"}
        if target.key in self._names:
            return {**beside, "$ref": f"#/components/{self._names[target.key]}"}
        inlined = self._inlined(target, depth)
        return {**beside, **inlined} if isinstance(inlined, dict) else inlined

    def _inlined(self, target: Located, depth: int) -> Any:
        """What a reference outside of the components leads to, made once; a part that contains itself ends there."""
        if target.key not in self._copies:
            self._copies[target.key] = {}
            self._copies[target.key] = self._other(target, depth + 1)
        return self._copies[target.key]

    def _schema(self, schema: Located) -> Any:
        value = schema.value
        if not isinstance(value, dict):
            return value
        published: dict[str, Any] = {}
        for key, member in value.items():
            if key.startswith(_OURS):
                continue
            published[key] = self._schema_member(schema, key, member)
        if self._lifts and version(schema) < (3, 1):
            translate_30(value, published)
            published.pop("nullable", None)
        return published

    def _schema_member(self, schema: Located, key: str, member: Any) -> Any:
        if key == "$ref" and isinstance(member, str):
            target = schema.document.documents.target(schema)
            return self._pool.reference(target)["$ref"] if isinstance(target, Located) else member
        if not isinstance(member, (dict, list)):
            return member
        kind = HOLDS.get(key)
        if kind == "one" and isinstance(member, dict):
            return self._schema(schema.child(key))
        if kind == "list" and isinstance(member, list):
            return [self._schema(item) for item in schema.child(key).values()]
        if kind == "map" and isinstance(member, dict):
            return {name: self._schema(item) for name, item in schema.child(key).items()}
        if key == "discriminator" and isinstance(member, dict) and isinstance(member.get("mapping"), dict):
            return {**member, "mapping": {k: self._mapped(schema, k, v) for k, v in member["mapping"].items()}}
        return member

    def _mapped(self, schema: Located, name: str, value: Any) -> Any:
        """A discriminator names schemas by reference or by component name."""
        if not isinstance(value, str) or ("/" not in value and "#" not in value):
            return value
        place = f"{schema.pointer}/discriminator/mapping/{escape(name)}"
        target = schema.document.documents.target(Located(schema.document, place, {"$ref": value}))
        return self._pool.reference(target)["$ref"] if isinstance(target, Located) else value


def _section(root: Located, *keys: str) -> list[tuple[str, Located]]:
    at = root.at(*keys)
    return list(at.items()) if at is not None and isinstance(at.value, dict) else []


def _spelled(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)
