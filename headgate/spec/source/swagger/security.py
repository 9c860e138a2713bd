"""`securityDefinitions` of OpenAPI 2.0 as the security schemes of 3.0."""

from __future__ import annotations

from typing import Any

from .parts import Notes, Part

_FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}


def security_schemes(at: Part, notes: Notes) -> Any:
    """All of them; one that cannot be read stays as it is, so that nothing it guards is opened."""
    if not isinstance(at.value, dict):
        return at.value
    return notes.made({name: _scheme(member, notes) for name, member in at.members()}, at)


def _scheme(at: Part, notes: Notes) -> Any:
    kind = at.value.get("type") if isinstance(at.value, dict) else None
    if kind == "basic":
        others = {key: value for key, value in at.value.items() if key != "type"}
        return notes.made({"type": "http", "scheme": "basic", **others}, at, scheme="type")
    if kind == "oauth2":
        return _oauth2(at, notes)
    return at.value


def _oauth2(at: Part, notes: Notes) -> dict[str, Any]:
    made: dict[str, Any] = notes.made({}, at, flows="flow")
    flow: dict[str, Any] = notes.made({}, at)
    for key, member in at.members():
        if key in {"authorizationUrl", "tokenUrl", "refreshUrl", "scopes"}:
            flow[key] = member.value
        elif key != "flow":
            made[key] = member.value
    flow.setdefault("scopes", {})
    name = at.value.get("flow")
    made["flows"] = {_FLOWS.get(name, "implicit") if isinstance(name, str) else "implicit": flow}
    return made
