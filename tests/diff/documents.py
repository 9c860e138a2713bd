"""A document to be changed, and what comparing it with the change says."""

import copy
import json
from collections.abc import Callable
from typing import Any

from headgate.diff import Change, compare, surface_of_wires

Document = dict[str, Any]

BASE: Document = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "security": [{"token": ["read"]}],
    "paths": {
        "/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getOrder",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 10}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {
                        "description": "The order.",
                        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    },
                    "404": {"description": "None."},
                },
            },
            "put": {
                "operationId": "putOrder",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {"204": {"description": "Done."}},
            },
        },
        "/public": {"get": {"operationId": "public", "security": [], "responses": {"200": {"description": "Hello."}}}},
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["id", "state"],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "state": {"enum": ["open", "paid"]},
                    "note": {"type": "string", "maxLength": 100},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
                },
            }
        },
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        },
    },
}

ORDER = "components.schemas.Order"
GET = "paths./orders/{id}.get"
PUT = "paths./orders/{id}.put"


class _Delete:
    """Says that a member is to be removed."""

    def __repr__(self) -> str:
        return "gone"


DELETE = _Delete()


def changed(way: str, value: Any, document: Document = BASE) -> Document:
    """A copy with one member set, or removed by `DELETE`; numbers in the way are places of lists."""
    copied = copy.deepcopy(document)
    *keys, last = [int(key) if key.isdigit() and len(key) < 3 else key for key in way.split(".")]
    here: Any = copied
    for key in keys:
        here = here[key]
    if value is DELETE:
        del here[last]
    else:
        here[last] = copy.deepcopy(value)
    return copied


def compared(old: Document, new: Document) -> list[Change]:
    """The changes between two documents."""
    sides = [
        surface_of_wires({"": (f"{name}.json", json.dumps(document))})
        for name, document in (("old", old), ("new", new))
    ]
    return compare(*sides)


def rules(old: Document, new: Document) -> list[str]:
    """The rules that changed, worst first."""
    return list(dict.fromkeys(change.rule for change in compared(old, new)))


def of_body(schema: Any, *, version: str = "3.1.0", **components: Any) -> Document:
    """A document whose only operation takes this schema."""
    return _around(
        {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}, version, components
    )


def of_answer(schema: Any, *, version: str = "3.1.0", **components: Any) -> Document:
    """A document whose only operation answers this schema."""
    content = {"application/json": {"schema": schema}}
    return _around({"responses": {"200": {"description": "OK", "content": content}}}, version, components)


def _around(operation: Document, version: str, components: Document) -> Document:
    return {
        "openapi": version,
        "info": {"title": "One", "version": "1"},
        "paths": {"/one": {"post": operation}},
        "components": {"schemas": components},
    }


def both_ways(old: Any, new: Any, around: Callable[..., Document] = of_body) -> tuple[list[str], list[str]]:
    """Rules from old to new, and back."""
    return rules(around(old), around(new)), rules(around(new), around(old))
