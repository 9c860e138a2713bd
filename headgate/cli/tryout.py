"""Curl lines that work: a few GET operations of an API, with sample parameters and the credential each needs."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from headgate import spec

LINES = 3
SAMPLES: Mapping[str, Any] = {"string": "a", "integer": 1, "number": 1, "boolean": True}


@dataclass(frozen=True)
class Trial:
    """One operation that can be tried with a plain GET."""

    path: str
    security: tuple[Mapping[str, list[str]], ...]
    is_composed: bool


def curl_lines(described: Mapping[str, Any], compiled: spec.Compiled) -> list[str]:
    """Up to three lines: a public operation, a secured one, a composed one, as far as the API has them."""
    api = compiled.apis[0]
    found = list(trials(api))
    chosen = [
        next((trial for trial in found if not trial.security), None),
        next(
            (trial for trial in found if trial.security and not trial.is_composed and headers(trial, api, described)),
            None,
        ),
        next((trial for trial in found if trial.is_composed and headers(trial, api, described)), None),
    ]
    kept = [trial for trial in chosen if trial]
    kept += [trial for trial in found if trial not in kept and (not trial.security or headers(trial, api, described))]
    return [line(trial, headers(trial, api, described), str(described["url"])) for trial in kept[:LINES]]


def trials(api: spec.CompiledApi) -> Iterator[Trial]:
    """The GET operations whose required parameters can be filled in."""
    security = {(row["method"], row["template"]): row["security"] for row in api.routes["operations"]}
    for template, item in api.published.get("paths", {}).items():
        operation = item.get("get")
        if not isinstance(operation, dict) or ("GET", template) not in security:
            continue
        parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
        path = fill(template, [resolve(parameter, api.published) for parameter in parameters])
        if path:
            yield Trial(path, tuple(security["GET", template]), f"GET {template}" in api.plans.get("plans", {}))


def fill(template: str, parameters: list[Mapping[str, Any]]) -> str | None:
    """The path with samples in it; None when a required parameter has no obvious sample."""
    query: list[tuple[str, str]] = []
    for parameter in parameters:
        value = sample(parameter)
        if parameter.get("in") == "path" and value is not None:
            template = template.replace("{" + str(parameter["name"]) + "}", quote(text(value), safe=""))
        elif parameter.get("required") and (parameter.get("in") != "query" or value is None):
            return None
        elif parameter.get("required"):
            query.append((str(parameter["name"]), text(value)))
    return None if "{" in template else template + (f"?{urlencode(query)}" if query else "")


def sample(parameter: Mapping[str, Any]) -> Any:
    """A parameter's example, or a value its schema plainly allows."""
    if "example" in parameter:
        return parameter["example"]
    for example in (parameter.get("examples") or {}).values():
        if isinstance(example, dict) and "value" in example:
            return example["value"]
    schema = parameter.get("schema") or {}
    candidates = (
        schema.get("example"),
        schema.get("default"),
        *(schema.get("enum") or [])[:1],
        *(schema.get("examples") or [])[:1],
    )
    obvious = None if schema.get("pattern") or schema.get("format") else SAMPLES.get(str(schema.get("type")))
    return next((value for value in candidates if value is not None), obvious)


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def resolve(value: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a `#/…` reference."""
    reference = value.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return value
    found: Any = document
    for part in reference[2:].split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def headers(trial: Trial, api: spec.CompiledApi, described: Mapping[str, Any]) -> list[str] | None:
    """The headers for one of the operation's alternatives; None when no credential is at hand."""
    for alternative in trial.security:
        needed = [header(name, scopes, api, described) for name, scopes in alternative.items()]
        if all(needed):
            return [value for value in needed if value]
    return None


def header(name: str, scopes: list[str], api: spec.CompiledApi, described: Mapping[str, Any]) -> str | None:
    """The header that carries a scheme's credential."""
    scheme = api.routes["schemes"].get(name, {})
    if scheme.get("kind") == "api-key":
        value = next(iter(described["apiKeys"].values()), None)
        return f"x-api-key: {value}" if value else None
    if scheme.get("kind") == "jwt":
        token = f"$(curl -s {described['issuer']}/token {token_form(scopes, scheme, api)})"
        return f"Authorization: {scheme.get('prefix') or 'Bearer'} {token}"
    for credential in described.get("credentials", ()):
        if credential["scheme"] == name and credential["in"] == "header":
            return f"{credential['name']}: {credential['value']}"
    return None


def token_form(scopes: list[str], scheme: Mapping[str, Any], api: spec.CompiledApi) -> str:
    """The form fields that get a token which this operation accepts, as plain text."""
    issuer = api.routes["issuers"][scheme["issuers"][0]]
    fields = {"format": "text", "sub": "ada", "aud": issuer["audience"][0]}
    if scopes:
        fields["scope"] = " ".join(scopes)
    return f"-d '{urlencode(fields)}'"


def line(trial: Trial, needed: list[str] | None, url: str) -> str:
    """One line for a shell."""
    parts = ["curl", "-s"]
    for value in needed or []:
        parts += ["-H", f'"{value}"' if "$(" in value else shlex.quote(value)]
    return " ".join([*parts, shlex.quote(url.rstrip("/") + trial.path)])
