"""The top of an OpenAPI 2.0 document as that of 3.0."""

from __future__ import annotations

from typing import Any

from .parameters import parameter, shared_body
from .parts import Defaults, Notes, Part
from .paths import media_types, paths, responses, servers
from .schemas import schemas
from .security import security_schemes

# Where the named parts of a document stand in 3.0; what has no entry stays where it is.
RENAMED = {
    "definitions": "/components/schemas",
    "parameters": "/components/parameters",
    "responses": "/components/responses",
    "securityDefinitions": "/components/securitySchemes",
}
COVERED = (*RENAMED, "paths")

_GONE = ("swagger", "host", "basePath", "schemes", "consumes", "produces", "components", "servers", "openapi")


def defaults_of(source: dict[str, Any]) -> Defaults:
    """What the document says for all of its operations."""
    at = Part("", source)
    host, base_path = source.get("host"), source.get("basePath")
    base = base_path.rstrip("/") if isinstance(base_path, str) else ""
    return Defaults(
        media_types(at, "consumes", ()),
        media_types(at, "produces", ()),
        host.strip().rstrip("/") if isinstance(host, str) else "",
        f"/{base.lstrip('/')}" if base else "",
    )


def document(at: Part, notes: Notes) -> dict[str, Any]:
    """A whole document."""
    made: dict[str, Any] = notes.made({"openapi": "3.0.3"}, at, openapi="swagger")
    for key, member in at.members():
        if key == "paths":
            made[key] = paths(member, notes)
        elif key not in RENAMED and key not in _GONE:
            made[key] = member.value
    if notes.defaults.host or notes.defaults.base_path:
        made["servers"] = _servers(at, notes)
    components = _components(at, notes)
    if components:
        made["components"] = components
    return made


def _servers(at: Part, notes: Notes) -> Any:
    schemes = at.value.get("schemes")
    place = at.child("host" if notes.defaults.host else "basePath")
    return servers(Part(place.pointer, schemes if isinstance(schemes, list) else []), notes)


def _components(at: Part, notes: Notes) -> dict[str, Any]:
    made: dict[str, Any] = notes.made({}, at)
    for key, member in at.members():
        if key == "definitions":
            made["schemas"] = schemas(member, notes)
        elif key == "responses":
            made["responses"] = responses(member, notes.defaults.produces, notes)
        elif key == "securityDefinitions":
            made["securitySchemes"] = security_schemes(member, notes)
        elif key == "parameters" and isinstance(member.value, dict):
            made.update(_parameters(member, notes))
    return made


def _parameters(at: Part, notes: Notes) -> dict[str, Any]:
    """Shared parameters: of the body, of a form (which 3.0 has no place for; each user has a copy), and others."""
    sections: dict[str, dict[str, Any]] = {}
    for name, member in at.members():
        location = member.value.get("in") if isinstance(member.value, dict) else None
        if location == "body":
            sections.setdefault("requestBodies", {})[name] = shared_body(member, notes.defaults.consumes, notes)
        elif location == "formData":
            sections.setdefault("x-form-parameters", {})[name] = member.value
        else:
            sections.setdefault("parameters", {})[name] = parameter(member, notes)
    for section in sections.values():
        notes.made(section, at)
    return sections
