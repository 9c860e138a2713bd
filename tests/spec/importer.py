"""What API Gateway's importer refuses or quietly drops, as rules over a wire document. Knows nothing of the compiler.

Each rule yields sentences; an importable document yields none. Sources: FACTS 2.13, 2.14, 8.18, 9.2 to 9.19, 10.2.
"""

import re
from collections.abc import Iterator
from typing import Any

METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}
MODEL_KEYWORDS = {
    "$ref", "type", "properties", "required", "items", "enum", "additionalProperties", "minLength", "maxLength", "pattern",
    "minimum", "maximum", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
}  # fmt: skip
PARAMETER_NAME = re.compile(r"^[a-zA-Z0-9:._-]+$")


def complaints(wire: dict[str, Any]) -> list[str]:
    """Everything the importer would complain about."""
    rules = (_root, _siblings, _paths, _operations, _models, _schemes, _validators, _resources)
    return [complaint for rule in rules for complaint in rule(wire)]


def _root(wire: dict[str, Any]) -> Iterator[str]:
    if not re.match(r"^3\.0\.\d$", wire["openapi"]):
        yield f"version {wire['openapi']}"
    unknown = {key for key in wire if not key.startswith("x-amazon-apigateway-")} - {
        "openapi",
        "info",
        "paths",
        "components",
    }
    yield from (f"root member {key}" for key in unknown)


def _siblings(wire: dict[str, Any]) -> Iterator[str]:
    variables: dict[str, set[str]] = {}
    for path in wire["paths"]:
        parts = path.split("/")
        for number, part in enumerate(parts):
            if part.startswith("{"):
                variables.setdefault("/".join(parts[:number]), set()).add(part)
    yield from (
        f"siblings {sorted(names)} under {parent or '/'}" for parent, names in variables.items() if len(names) > 1
    )


def _paths(wire: dict[str, Any]) -> Iterator[str]:
    for path in wire["paths"]:
        for part in path.split("/")[1:] if path != "/" else ():
            if not re.match(r"^(?:[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\})$", part):
                yield f"segment {part!r} of {path}"
        if len(set(re.findall(r"\{(.*?)\}", path))) != path.count("{"):
            yield f"a name twice in {path}"


def _operations(wire: dict[str, Any]) -> Iterator[str]:
    seen: set[str] = set()
    for path, item in wire["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            if method not in METHODS:
                yield f"method {where}"
            identifier = operation.get("operationId")
            if identifier in seen:
                yield f"operationId {identifier} twice"
            seen |= {identifier} if identifier else set()
            yield from (f"{where}: {complaint}" for complaint in _operation(path, operation, wire))


def _operation(path: str, operation: dict[str, Any], wire: dict[str, Any]) -> Iterator[str]:
    names = [parameter["name"] for parameter in operation.get("parameters", [])]
    yield from (f"parameter {name!r} twice" for name in set(names) if names.count(name) > 1)
    yield from (f"parameter name {name!r}" for name in names if not PARAMETER_NAME.match(name))
    declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
    if declared != {name.rstrip("+") for name in re.findall(r"\{(.*?)\}", path)}:
        yield f"path parameters {sorted(declared)}"
    for parameter in operation.get("parameters", []):
        if parameter["in"] not in {"path", "query", "header"} or set(parameter) - {"name", "in", "required", "schema"}:
            yield f"parameter {parameter}"
    if not operation.get("responses") or not all(re.match(r"^\d{3}$", str(s)) for s in operation["responses"]):
        yield f"statuses {list(operation.get('responses', {}))}"
    integration = operation.get("x-amazon-apigateway-integration")
    if not integration or "$ref" in integration:
        yield "no integration"
        return
    yield from _mappings(integration, declared | set(names))
    for schema in (c["schema"] for c in operation.get("requestBody", {}).get("content", {}).values()):
        if set(schema) != {"$ref"} or schema["$ref"].rpartition("/")[2] not in wire["components"]["schemas"]:
            yield f"body schema {schema}"


def _mappings(integration: dict[str, Any], declared: set[str]) -> Iterator[str]:
    variables = {name.rstrip("+") for name in re.findall(r"(?<!\$)\{(.*?)\}", integration.get("uri", ""))}
    mapped = {
        k.rpartition(".")[2]
        for k in integration.get("requestParameters", {})
        if k.startswith("integration.request.path.")
    }
    if not integration.get("uri", "").startswith("arn:") and variables != mapped:
        yield f"uri variables {sorted(variables)}, mapped {sorted(mapped)}"
    for source in integration.get("requestParameters", {}).values():
        match = re.match(r"^method\.request\.(?:path|querystring|header)\.(.+)$", source)
        if match and match.group(1) not in declared:
            yield f"{source} is not declared"
    if not 50 <= integration.get("timeoutInMillis", 29000) <= 29000:
        yield f"timeout {integration['timeoutInMillis']}"


def _models(wire: dict[str, Any]) -> Iterator[str]:
    models = wire.get("components", {}).get("schemas", {})
    for name, model in models.items():
        if not re.match(r"^[a-zA-Z0-9]+$", name) or name in {"Empty", "Error"}:
            yield f"model name {name}"
        if not model:
            yield f"model {name} is empty"
        yield from (f"model {name}: {complaint}" for complaint in _schema(model, models))
    if len({name.lower() for name in models}) != len(models):
        yield "model names differ by case only"


def _schema(schema: Any, models: dict[str, Any]) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"schema {schema!r}"
        return
    yield from (f"unsupported keyword {key}" for key in set(schema) - MODEL_KEYWORDS)
    if "$ref" in schema and (len(schema) > 1 or schema["$ref"].rpartition("/")[2] not in models):
        yield f"reference {schema}"
    if not isinstance(schema.get("type", ""), str):
        yield f"type {schema['type']}"
    if "required" in schema and not schema["required"]:
        yield "required is empty"
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    for child in inner:
        yield from _schema(child, models)


def _schemes(wire: dict[str, Any]) -> Iterator[str]:
    schemes = wire.get("components", {}).get("securitySchemes", {})
    for name, scheme in schemes.items():
        if scheme["type"] != "apiKey":
            yield f"scheme {name} is {scheme['type']}"
        authorizer = scheme.get("x-amazon-apigateway-authorizer")
        if name != "api_key" and not authorizer:
            yield f"scheme {name} has no authorizer"
        if authorizer and authorizer["authorizerResultTtlInSeconds"] and not authorizer.get("identitySource"):
            yield f"scheme {name} caches without identity sources"
    if sum("x-amazon-apigateway-authorizer" in scheme for scheme in schemes.values()) > 10:
        yield "more than 10 authorizers"
    used = {n for i in wire["paths"].values() for o in i.values() for s in o.get("security", []) for n in s}
    yield from (f"scheme {name} is not defined" for name in used - schemes.keys())


def _validators(wire: dict[str, Any]) -> Iterator[str]:
    known = wire.get("x-amazon-apigateway-request-validators", {})
    used = {o.get("x-amazon-apigateway-request-validator") for i in wire["paths"].values() for o in i.values()} - {None}
    yield from (f"validator {name} is not defined" for name in used - known.keys())


def _resources(wire: dict[str, Any]) -> Iterator[str]:
    prefixes = {"/".join(path.split("/")[: n + 1]) for path in wire["paths"] for n in range(1, path.count("/") + 1)}
    if len(prefixes) + 1 > 300:
        yield f"{len(prefixes) + 1} resources"
