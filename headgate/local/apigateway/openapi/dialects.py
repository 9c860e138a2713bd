"""What differs between OpenAPI 2.0 and 3.0, brought to one shape for the importer. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..state import Document
from .document import resolve, version

VERBS = ("get", "put", "post", "delete", "options", "head", "patch")
ANY = "x-amazon-apigateway-any-method"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter a method can have: `place` is path, querystring or header."""

    place: str
    name: str
    required: bool


class Dialect(Protocol):
    """One version of OpenAPI."""

    @property
    def document(self) -> Document:
        """The parsed document."""
        ...

    @property
    def prefix(self) -> str:
        """What references to named schemas start with."""
        ...

    def schemas(self) -> dict[str, Any]:
        """Named schemas."""
        ...

    def security_schemes(self) -> dict[str, Any]:
        """Security schemes by name."""
        ...

    def base_path(self) -> str:
        """The base path, `/` at least."""
        ...

    def endpoint(self) -> Document | None:
        """The `x-amazon-apigateway-endpoint-configuration` extension."""
        ...

    def request_bodies(self, operation: Document, item: Document) -> dict[str, Any]:
        """Content type -> schema."""
        ...

    def response_bodies(self, response: Document, operation: Document) -> dict[str, Any]:
        """Content type -> schema."""
        ...


def dialect_of(document: Document) -> Dialect:
    """The dialect of a parsed document."""
    return OpenApi2(document) if version(document) == 2 else OpenApi3(document)


_PLACES = {"path": "path", "query": "querystring", "header": "header"}


def parameters(document: Document, operation: Document, item: Document) -> list[Parameter]:
    """The parameters of an operation, the path item's first; one of the operation's replaces its namesake."""
    found: dict[tuple[str, str], Parameter] = {}
    for raw in [*_list(item.get("parameters")), *_list(operation.get("parameters"))]:
        one = resolve(document, raw)
        place = _PLACES.get(str(one.get("in"))) if isinstance(one, dict) else None
        if place is not None and one.get("name"):
            parameter = Parameter(place, str(one["name"]), bool(one.get("required", False)))
            found[place, parameter.name] = parameter
    return list(found.values())


def operations(document: Document, item: Any) -> Iterable[tuple[str, Document]]:
    """The (verb or ANY, operation) pairs of a path item."""
    resolved = resolve(document, item)
    for key, operation in (resolved if isinstance(resolved, dict) else {}).items():
        if key.lower() in VERBS and isinstance(operation, dict):
            yield key.upper(), operation
        elif key.lower() == ANY and isinstance(operation, dict):
            yield "ANY", operation


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class OpenApi2:
    """Swagger 2.0."""

    document: Document
    prefix: str = "#/definitions/"

    def schemas(self) -> dict[str, Any]:
        """`definitions`."""
        return _objects(self.document.get("definitions"))

    def security_schemes(self) -> dict[str, Any]:
        """`securityDefinitions`."""
        return _objects(self.document.get("securityDefinitions"))

    def base_path(self) -> str:
        """`basePath`."""
        return str(self.document.get("basePath") or "/")

    def endpoint(self) -> Document | None:
        """At the root."""
        return self.document.get("x-amazon-apigateway-endpoint-configuration")

    def request_bodies(self, operation: Document, item: Document) -> dict[str, Any]:
        """The schema of the `in: body` parameter under each of `consumes`."""
        types = operation.get("consumes") or self.document.get("consumes") or ["application/json"]
        for raw in [*_list(operation.get("parameters")), *_list(item.get("parameters"))]:
            one = resolve(self.document, raw)
            if isinstance(one, dict) and one.get("in") == "body" and "schema" in one:
                return {str(kind): one["schema"] for kind in types}
        return {}

    def response_bodies(self, response: Document, operation: Document) -> dict[str, Any]:
        """The response's schema under each of `produces`."""
        types = operation.get("produces") or self.document.get("produces") or ["application/json"]
        return {str(kind): response["schema"] for kind in types} if "schema" in response else {}


@dataclass(frozen=True, slots=True)
class OpenApi3:
    """OpenAPI 3.0."""

    document: Document
    prefix: str = "#/components/schemas/"

    def schemas(self) -> dict[str, Any]:
        """`components.schemas`."""
        return _objects(_objects(self.document.get("components")).get("schemas"))

    def security_schemes(self) -> dict[str, Any]:
        """`components.securitySchemes`."""
        return _objects(_objects(self.document.get("components")).get("securitySchemes"))

    def base_path(self) -> str:
        """The server variable `basePath`, else the path of the first server's URL (FACTS 9.8)."""
        servers = [one for one in _list(self.document.get("servers")) if isinstance(one, dict)]
        for server in servers:
            variable = _objects(_objects(server.get("variables")).get("basePath"))
            if variable.get("default"):
                return "/" + str(variable["default"]).lstrip("/")
        url = str(servers[0].get("url") or "") if servers else ""
        return urlsplit(url).path or "/"

    def endpoint(self) -> Document | None:
        """Under a server (FACTS 9.13), or at the root."""
        key = "x-amazon-apigateway-endpoint-configuration"
        servers = [one for one in _list(self.document.get("servers")) if isinstance(one, dict) and key in one]
        return servers[0][key] if servers else self.document.get(key)

    def request_bodies(self, operation: Document, item: Document) -> dict[str, Any]:  # noqa: ARG002 (2.0 needs it)
        """The schemas of the request body's media types."""
        body = resolve(self.document, operation.get("requestBody"))
        return _media_types(_objects(body))

    def response_bodies(self, response: Document, operation: Document) -> dict[str, Any]:  # noqa: ARG002 (2.0 needs it)
        """The schemas of the response's media types."""
        return _media_types(response)


def _media_types(owner: Document) -> dict[str, Any]:
    content = _objects(owner.get("content"))
    return {
        str(kind): media["schema"] for kind, media in content.items() if isinstance(media, dict) and "schema" in media
    }
