"""Documentation parts written into an exported document (Developer Guide, "Publish documentation of a REST API"). Pure.

What OpenAPI knows of a part's content goes into the entity the part is about, and so do `x-` keys. Parts of methods and
below are inherited: by every path that begins with theirs, and where they name no method or status, by all of them.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..state import Document

_ANY = "x-amazon-apigateway-any-method"
_TEXTS = ("description",)
_OF_METHODS = ("description", "summary", "tags", "externalDocs", "deprecated")
_OF_MODELS = ("description", "title", "externalDocs", "example")
_PLACES = {"path": "PATH_PARAMETER", "query": "QUERY_PARAMETER", "header": "REQUEST_HEADER", "body": "REQUEST_BODY"}


def write_documentation(document: Document, parts: Iterable[Document]) -> Document:
    """The exported document with the parts' content in it; the document is changed."""
    known = list(parts)
    for part in known:
        _write_once(document, part)
    for path, item in document.get("paths", {}).items():
        for verb, operation in item.items():
            if isinstance(operation, dict) and not (verb.startswith("x-") and verb != _ANY):
                method = "ANY" if verb == _ANY else verb.upper()
                _write_operation(operation, [one for one in known if _covers(one["location"], path, method)])
    return document


def _write_once(document: Document, part: Document) -> None:
    place, content = part["location"], json.loads(part["properties"])
    kind, name = place["type"], place.get("name", "")
    if kind == "API":
        document.update(_taken(content, ("tags", "externalDocs")))
        info = content.get("info")
        document["info"].update(_taken(info, _TEXTS) if isinstance(info, dict) else {})
    elif kind == "RESOURCE" and place["path"] in document.get("paths", {}):
        document["paths"][place["path"]].update(_taken(content, ()))
    elif kind == "MODEL":
        _at(document, name, "definitions", "schemas").update(_taken(content, _OF_MODELS))
    elif kind == "AUTHORIZER":
        _at(document, name, "securityDefinitions", "securitySchemes").update(_taken(content, _TEXTS))


def _taken(content: Mapping[str, Any], keys: tuple[str, ...]) -> Document:
    return {key: one for key, one in content.items() if key in keys or key.startswith("x-")}


def _at(document: Document, name: str, old: str, new: str) -> Document:
    """The named entity of either version; what is not there is written into nothing."""
    found = {**document.get(old, {}), **document.get("components", {}).get(new, {})}.get(name)
    return found if isinstance(found, dict) else {}


def _covers(place: Document, path: str, method: str) -> bool:
    own = place.get("path")
    if own is None or place["type"] == "RESOURCE":
        return False
    is_above = path == own or path.startswith(f"{own.rstrip('/')}/")
    return is_above and place.get("method", "*") in ("*", method)


def _write_operation(operation: Document, parts: list[Document]) -> None:
    operation.update(_taken(_best(parts, "METHOD"), _OF_METHODS))
    for parameter in operation.get("parameters") or []:
        kind = _PLACES.get(parameter.get("in", ""), "")
        name = None if kind == "REQUEST_BODY" else parameter.get("name")
        parameter.update(_taken(_best(parts, kind, name=name), _TEXTS))
    if "requestBody" in operation:
        operation["requestBody"].update(_taken(_best(parts, "REQUEST_BODY"), _TEXTS))
    for status, response in (operation.get("responses") or {}).items():
        response.update(_taken(_best(parts, "RESPONSE", status=status), _TEXTS))
        for name, header in (response.get("headers") or {}).items():
            header.update(_taken(_best(parts, "RESPONSE_HEADER", status=status, name=name), _TEXTS))


def _best(parts: list[Document], kind: str, *, status: str | None = None, name: str | None = None) -> Document:
    """The content of the part that says most: the longest path first, then a status, then a method of its own."""
    fitting = [
        one
        for one in parts
        if one["location"]["type"] == kind
        and (status is None or one["location"].get("statusCode", "*") in ("*", status))
        and (name is None or one["location"].get("name") == name)
    ]
    if not fitting:
        return {}
    found: Document = json.loads(max(fitting, key=_precision)["properties"])
    return found


def _precision(part: Document) -> tuple[int, bool, bool]:
    place = part["location"]
    return len(place["path"]), place.get("statusCode", "*") != "*", place.get("method", "*") != "*"
