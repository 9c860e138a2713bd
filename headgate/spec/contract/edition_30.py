"""The published document for readers that know OpenAPI 3.0 only.

Everything is translated to the nearest form that 3.0 has. What 3.0 has no word for stays as an extension (`x-webhooks`,
`x-prefixItems`), and where a schema became weaker by that, the root's `x-headgate-lost` says so:

    {"pointer": "/components/schemas/Pair", "construct": "prefixItems", "reason": "any of these at any place"}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..source.pointers import MISSING, escape, pointer_keys, step
from .constructs import KIND_OF
from .edition_30_schemas import Schemas

# Fixed fields of OpenAPI 3.0.4.
_FIELDS: dict[str, str] = {
    "document": "openapi info servers paths components security tags externalDocs",
    "info": "title description termsOfService contact license version",
    "server": "url description variables",
    "tag": "name description externalDocs",
    "components": "schemas responses parameters examples requestBodies headers securitySchemes links callbacks",
    "path item": "summary description get put post delete options head patch trace servers parameters",
    "operation": "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated"
    " security servers",
    "parameter": "name in description required deprecated allowEmptyValue style explode allowReserved schema example examples"
    " content",
    "header": "description required deprecated style explode schema example examples content",
    "request body": "description content required",
    "media type": "schema example examples encoding",
    "encoding": "contentType headers style explode allowReserved",
    "response": "description headers content links",
    "link": "operationRef operationId parameters requestBody description server",
    "security scheme": "type description name in scheme bearerFormat flows openIdConnectUrl",
    "flows": "implicit password clientCredentials authorizationCode",
    "flow": "authorizationUrl tokenUrl refreshUrl scopes",
}

_STYLES = {
    "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
    "path": {"simple", "label", "matrix"},
    "header": {"simple"},
    "cookie": {"form"},
}

# Kept apart in 3.1 and 3.2, copied to where they are used in 3.0.
_COPIED = ("path item", "media type")


def edition_30(published: dict[str, Any]) -> dict[str, Any]:
    """A 3.1 or 3.2 document as 3.0.3. References in it lead to its own components."""
    edition = _Edition(published)
    made: dict[str, Any] = edition.convert("document", published, "")
    schemas = made.get("components", {}).get("schemas", {}) | edition.schemas.hoisted
    if schemas:
        made.setdefault("components", {})["schemas"] = schemas
    return made | ({"x-headgate-lost": edition.schemas.lost} if edition.schemas.lost else {})


@dataclass(slots=True)
class _Edition:
    published: dict[str, Any]
    schemas: Schemas = field(init=False)
    _ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.schemas = Schemas(self.published.get("components", {}).get("schemas", {}))

    def convert(self, kind: str, value: Any, at: str, depth: int = 0) -> Any:
        """One object of a kind, with all that is inside."""
        if kind == "schema":
            return self.schemas.convert(value, at)
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("$ref"), str):
            return self._reference(kind, value, at, depth)
        made: dict[str, Any] = {}
        for key, member in value.items():
            inner = KIND_OF.get(kind, {}).get(key)
            place = f"{at}/{escape(key)}"
            made[key] = self._inside(inner, member, place, depth) if inner else member
        fix = self._fixes().get(kind)
        made = fix(made, at) if fix else made
        return self._renamed(kind, made)

    def _inside(self, kind: str, value: Any, at: str, depth: int) -> Any:
        if kind.endswith("[]"):
            items = enumerate(value) if isinstance(value, list) else ()
            return [self.convert(kind[:-2], item, f"{at}/{number}", depth) for number, item in items]
        if kind.endswith("}"):
            if not isinstance(value, dict):
                return value
            inner = kind[:-2] if kind.endswith("{}") else kind[:-3]
            return {
                name: member if name.startswith("x-") and kind.endswith("{x}") else self._entry(inner, name, member, at, depth)
                for name, member in value.items()
            }  # fmt: skip
        return self.convert(kind, value, at, depth)

    def _entry(self, kind: str, name: str, value: Any, at: str, depth: int) -> Any:
        place = f"{at}/{escape(name)}"
        return (
            self._inside(kind, value, place, depth) if kind.endswith("}") else self.convert(kind, value, place, depth)
        )

    def _reference(self, kind: str, value: dict[str, Any], at: str, depth: int) -> Any:
        """References have nothing beside them in 3.0, and path items and media types are no components."""
        if kind not in _COPIED:
            beside = sorted(value.keys() - {"$ref"})
            for key in beside:
                self.schemas.lose(at, key, "3.0 ignores what stands beside $ref")
            return {"$ref": value["$ref"]}
        target: Any = self.published
        for key in pointer_keys(value["$ref"].removeprefix("#")):
            target = step(target, key)
        if target is MISSING or depth > 20:
            self.schemas.lose(at, "$ref", "leads nowhere")
            return {}
        more = {key: member for key, member in value.items() if key != "$ref"}
        return self.convert(kind, {**target, **more} if isinstance(target, dict) else target, at, depth + 1)

    def _renamed(self, kind: str, made: dict[str, Any]) -> dict[str, Any]:
        """Members that 3.0 does not know become extensions."""
        if kind not in _FIELDS:
            return made
        known = _FIELDS[kind].split()
        return {key if key in known or key.startswith("x-") else f"x-{key.lstrip('$')}": made[key] for key in made}

    def _fixes(self) -> dict[str, Callable[[dict[str, Any], str], dict[str, Any]]]:
        return {
            "document": _document,
            "info": _info,
            "components": _components,
            "path item": self._path_item,
            "operation": self._operation,
            "parameter": _parameter,
            "header": lambda made, _: _with_value(_examples(made) | ({"style": "simple"} if "style" in made else {})),
            "media type": _media_type,
            "response": lambda made, _: {"description": made.get("summary", ""), **made},
            "security scheme": self._security_scheme,
            "flow": lambda made, _: {"scopes": {}, **made},
        }

    def _operation(self, made: dict[str, Any], at: str) -> dict[str, Any]:
        name = made.get("operationId")
        if isinstance(name, str) and name in self._ids:
            self.schemas.lose(at, "operationId", "another operation has it")
            made["x-operationId"] = made.pop("operationId")
        elif isinstance(name, str):
            self._ids.add(name)
        made["responses"] = made.get("responses") or {"default": {"description": ""}}
        return self._without_querystring(made, at)

    def _path_item(self, made: dict[str, Any], at: str) -> dict[str, Any]:
        return self._without_querystring(made, at)

    def _without_querystring(self, made: dict[str, Any], at: str) -> dict[str, Any]:
        listed = made.get("parameters")
        if not isinstance(listed, list):
            return made
        kept = [item for item in listed if not (isinstance(item, dict) and item.get("in") == "querystring")]
        if len(kept) < len(listed):
            self.schemas.lose(at, "querystring", "a parameter that is the whole query")
            made["x-querystring"] = [item for item in listed if item not in kept]
        return {**made, "parameters": kept}

    def _security_scheme(self, made: dict[str, Any], at: str) -> dict[str, Any]:
        """Mutual TLS is a scheme of its own since 3.1. A requirement of it must not vanish, so it becomes an HTTP scheme."""
        if made.get("type") != "mutualTLS":
            return made
        self.schemas.lose(at, "mutualTLS", "3.0 has no such type of scheme")
        return {**made, "type": "http", "scheme": "mutual", "x-type": "mutualTLS"}


def _document(made: dict[str, Any], _: str) -> dict[str, Any]:
    return {**made, "openapi": "3.0.3", "paths": made.get("paths", {})}


def _info(made: dict[str, Any], _: str) -> dict[str, Any]:
    """A license identifier becomes the address of its text."""
    license_ = made.get("license")
    if isinstance(license_, dict) and "identifier" in license_:
        rest = {key: value for key, value in license_.items() if key != "identifier"}
        address = f"https://spdx.org/licenses/{license_['identifier']}.html"
        made["license"] = {"url": address, **rest, "x-identifier": license_["identifier"]}
    return made


def _components(made: dict[str, Any], _: str) -> dict[str, Any]:
    if isinstance(made.get("examples"), dict):
        made["examples"] = {name: _example(entry) for name, entry in made["examples"].items()}
    return made


def _example(entry: Any) -> Any:
    """3.2 tells data from their text."""
    if not isinstance(entry, dict) or "$ref" in entry:
        return {"$ref": entry["$ref"]} if isinstance(entry, dict) else entry
    made = dict(entry)
    if "dataValue" in made:
        made.setdefault("value", made.pop("dataValue"))
    if "serializedValue" in made:
        made["x-serializedValue"] = made.pop("serializedValue")
        made.setdefault("value", made["x-serializedValue"])
    return made


def _examples(made: dict[str, Any]) -> dict[str, Any]:
    """One or several, not both."""
    if isinstance(made.get("examples"), dict):
        made["examples"] = {name: _example(entry) for name, entry in made["examples"].items()}
        made.pop("example", None)
    elif "examples" in made:
        listed = made.pop("examples")
        made |= {"example": listed[0]} if isinstance(listed, list) and listed and "example" not in made else {}
    return made


def _with_value(made: dict[str, Any]) -> dict[str, Any]:
    """Parameters and headers have either a schema or one media type."""
    if "schema" in made and "content" in made:
        made.pop("content")
    return made if "schema" in made or "content" in made else {**made, "schema": {}}


def _parameter(made: dict[str, Any], _: str) -> dict[str, Any]:
    made = _with_value(_examples(made))
    place = str(made.get("in"))
    if "style" in made and made["style"] not in _STYLES.get(place, {made["style"]}):
        made["x-style"] = made.pop("style")
    if place == "path":
        made["required"] = True
    return made


def _media_type(made: dict[str, Any], _: str) -> dict[str, Any]:
    """What is sent item by item is a list of them."""
    if "itemSchema" in made and "schema" not in made:
        made["schema"] = {"type": "array", "items": made.pop("itemSchema")}
    return _examples(made)
