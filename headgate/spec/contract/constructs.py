"""OpenAPI's objects and which of their members hold further objects, for whoever has to visit every construct once.

A construct is a member of an object that OpenAPI defines: a key and what it holds. Values of members that are in no table here are
data, or text: examples, defaults, enumerations, extensions, members that OpenAPI does not know.

`KIND_OF` says per object and member: the kind of object, with `[]` for a list of them, `{}` for a map of them by names that people
choose, and `{x}` for a map that may also hold extensions.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..source.document import Located
from .schemas import LISTS_OF_SCHEMAS, MAPS_OF_SCHEMAS, ONE_SCHEMA

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_CALLBACKS = "path item{x}{}"

_SCHEMA = {
    **dict.fromkeys(ONE_SCHEMA, "schema"),
    **dict.fromkeys(LISTS_OF_SCHEMAS, "schema[]"),
    **dict.fromkeys(MAPS_OF_SCHEMAS, "schema{}"),
    "discriminator": "discriminator",
    "externalDocs": "plain",
    "xml": "plain",
}

KIND_OF: dict[str, dict[str, str]] = {
    "document": {
        "info": "info",
        "servers": "server[]",
        "paths": "path item{x}",
        "webhooks": "path item{}",
        "components": "components",
        "security": "plain[]",
        "tags": "tag[]",
        "externalDocs": "plain",
    },
    "info": {"contact": "plain", "license": "plain"},
    "server": {"variables": "plain{}"},
    "tag": {"externalDocs": "plain"},
    "plain": {},
    "components": {
        "schemas": "schema{}",
        "responses": "response{}",
        "parameters": "parameter{}",
        "examples": "plain{}",
        "requestBodies": "request body{}",
        "headers": "header{}",
        "securitySchemes": "security scheme{}",
        "links": "link{}",
        "callbacks": _CALLBACKS,
        "pathItems": "path item{}",
        "mediaTypes": "media type{}",
    },
    "path item": {
        **dict.fromkeys(_METHODS, "operation"),
        "additionalOperations": "operation{}",
        "servers": "server[]",
        "parameters": "parameter[]",
    },
    "operation": {
        "externalDocs": "plain",
        "parameters": "parameter[]",
        "requestBody": "request body",
        "responses": "response{x}",
        "callbacks": _CALLBACKS,
        "security": "plain[]",
        "servers": "server[]",
    },
    "parameter": {"schema": "schema", "examples": "plain{}", "content": "media type{}"},
    "header": {"schema": "schema", "examples": "plain{}", "content": "media type{}"},
    "request body": {"content": "media type{}"},
    "media type": {
        "schema": "schema",
        "itemSchema": "schema",
        "examples": "plain{}",
        "encoding": "encoding{}",
        "prefixEncoding": "encoding[]",
        "itemEncoding": "encoding",
    },
    "encoding": {
        "headers": "header{}",
        "encoding": "encoding{}",
        "prefixEncoding": "encoding[]",
        "itemEncoding": "encoding",
    },
    "response": {"headers": "header{}", "content": "media type{}", "links": "link{}"},
    "link": {"parameters": "plain", "server": "server"},
    "schema": _SCHEMA,
    "discriminator": {"mapping": "plain"},
    "security scheme": {"flows": "flows"},
    "flows": dict.fromkeys(
        ("implicit", "password", "clientCredentials", "authorizationCode", "deviceAuthorization"), "flow"
    ),
    "flow": {"scopes": "plain"},
}

_PARAMETER_20 = {"schema": "schema", "items": "schema"}

# OpenAPI 2.0, where it differs.
KIND_OF_20: dict[str, dict[str, str]] = {
    **KIND_OF,
    "document": {
        "info": "info",
        "paths": "path item{x}",
        "definitions": "schema{}",
        "parameters": "parameter{}",
        "responses": "response{}",
        "securityDefinitions": "security scheme{}",
        "security": "plain[]",
        "tags": "tag[]",
        "externalDocs": "plain",
    },
    "path item": {**dict.fromkeys(_METHODS[:7], "operation"), "parameters": "parameter[]"},
    "operation": {
        "externalDocs": "plain",
        "parameters": "parameter[]",
        "responses": "response{x}",
        "security": "plain[]",
    },
    "parameter": _PARAMETER_20,
    "header": _PARAMETER_20,
    "response": {"schema": "schema", "headers": "header{}", "examples": "plain"},
    "schema": {key: kind for key, kind in _SCHEMA.items() if key != "discriminator"},
    "security scheme": {"scopes": "plain"},
}


def members(at: Located) -> Iterator[tuple[str, Located]]:
    """Members of an object; a list or a plain value has none."""
    return at.items() if isinstance(at.value, dict) else iter(())


def objects(at: Located, kind: str) -> Iterator[tuple[str | None, Located, str]]:
    """What a member of that kind holds: (name in a map or None, entry, kind of the entry). Entries of the wrong shape are data."""
    if kind.endswith("[]"):
        listed = at.values() if isinstance(at.value, list) else iter(())
        yield from ((None, entry, kind[:-2]) for entry in listed)
    elif kind.endswith("{}"):
        yield from ((name, entry, kind[:-2]) for name, entry in members(at))
    elif kind.endswith("{x}"):
        for name, entry in members(at):
            yield name, entry, "data" if name.startswith("x-") else kind[:-3]
    else:
        yield None, at, kind
