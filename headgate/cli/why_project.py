"""What the compiled project knows of a route: for a static answer where no request can be traced, and as notes to a trace. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from headgate import spec

from .why_routes import Routes, find, near

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
# A greedy resource may have a thousand.
CANDIDATES = 10


def split_path(compiled: spec.Compiled, path: str) -> tuple[spec.CompiledApi, str]:
    """The API, or the part of a split one, that a path belongs to, and the path inside it."""
    first = compiled.apis[0].whole
    parts = [api for api in compiled.apis if api.whole == first]
    fitting = [api for api in parts if path == api.base_path or path.startswith(api.base_path + "/")]
    chosen = max(fitting or parts[:1], key=lambda api: len(api.base_path))
    return chosen, path[len(chosen.base_path) :] or "/"


def routes(api: spec.CompiledApi) -> Routes:
    """The resources of an API's wire document with their verbs."""
    found = {}
    for resource, item in api.wire.get("paths", {}).items():
        verbs = [verb.upper() for verb in METHODS if verb in item]
        verbs += ["ANY"] if "x-amazon-apigateway-any-method" in item else []
        found[resource] = verbs
    return found


def static_trace(api: spec.CompiledApi, method: str, path: str, stage: str) -> dict[str, Any]:
    """What would decide about a request, as far as the project says it; nothing is asked, so no outcome is known."""
    resource = find(routes(api), method, path)
    phases = [_phase("release", stage=stage, api=api.name, why="the draw is per request; nothing was asked")]
    if resource is None:
        facts = {"verb": method, "path": path, "near": [one.to_json() for one in near(routes(api), method, path)]}
        facts |= {"responseType": "MISSING_AUTHENTICATION_TOKEN", "cause": "no method serves this path and verb"}
        return {"source": "project", "phases": [*phases, {**_phase("route", **facts), "outcome": "refused"}]}
    item = api.wire["paths"][resource]
    operation = item.get(method.lower()) or item.get("x-amazon-apigateway-any-method") or {}
    phases += [
        _phase("route", resource=resource, method=method, operation=operation.get("operationId")),
        _phase("authorizer", **_authorizer(api, operation), notes=[*wanted(api, method, resource)]),
        _phase("throttle", keyRequired=_needs_key(operation), buckets=[*_bucket(api, method, resource)] or None),
        _phase("validate", **_validation(api, operation)),
        _phase("cache", **_cache(api, method, resource)),
        _phase("integration", **_integration(operation), notes=[*behind(api, method, resource)]),
    ]
    return {"source": "project", "phases": phases}


def _phase(name: str, **facts: Any) -> dict[str, Any]:
    return {
        "phase": name,
        "outcome": "unknown",
        "facts": {key: value for key, value in facts.items() if value is not None},
    }


def wanted(api: spec.CompiledApi, method: str, resource: str) -> Iterator[str]:
    """The credentials and scopes that the document wants."""
    row = _row(api, method, resource)
    if row is None or not row["security"]:
        return
    alternatives = [
        " and ".join(_requirement(name, scopes) for name, scopes in one.items()) or "nothing" for one in row["security"]
    ]
    yield f"the document wants {' or '.join(alternatives)}"


def _requirement(name: str, scopes: list[str]) -> str:
    return f"{name} with {' '.join(scopes)}" if scopes else name


def behind(api: spec.CompiledApi, method: str, resource: str) -> Iterator[str]:
    """The steps of a composition, or the candidates of an edge."""
    key = f"{method} {resource}"
    for step in api.plans.get("plans", {}).get(key, {}).get("steps", []):
        need = "required" if step.get("required", True) else "optional"
        yield f"step {step['id']}: {step['method']} {step['path']} of upstream {step['upstream']}, {need}"
    candidates = api.plans.get("edges", {}).get(key, {}).get("candidates", [])
    for candidate in candidates[:CANDIDATES]:
        yield f"edge candidate {candidate['operation']}, upstream {candidate.get('upstream') or candidate.get('plan')}"
    if len(candidates) > CANDIDATES:
        yield f"and {len(candidates) - CANDIDATES} more edge candidates"


def step_upstreams(api: spec.CompiledApi, workflow: str) -> dict[str, str]:
    """Step id -> upstream of a composition."""
    plans = (plan for plan in api.plans.get("plans", {}).values() if plan.get("workflow") == workflow)
    return {step["id"]: str(step["upstream"]) for plan in plans for step in plan["steps"] if step.get("upstream")}


# The construct behind a refusal of the request validator, as the ledger names it.
CONSTRUCTS: Mapping[str, tuple[str, str]] = {
    "BAD_REQUEST_PARAMETERS": ("required", "parameter"),
    "BAD_REQUEST_BODY": ("requestBody", "operation"),
}


def ledger_notes(api: spec.CompiledApi, method: str, resource: str, kind: str) -> Iterator[str]:
    """Where the ledger says that the construct behind a refusal went."""
    place = f"/paths/{resource.replace('~', '~0').replace('/', '~1')}/{method.lower()}/"
    for entry in api.ledger if kind in CONSTRUCTS else ():
        if (entry["construct"], entry["kind"]) == CONSTRUCTS[kind] and entry["pointer"].startswith(place):
            yield f"ledger: {entry['document']}#{entry['pointer']} is {entry['level']} ({entry['reason']})"


def _row(api: spec.CompiledApi, method: str, resource: str) -> Mapping[str, Any] | None:
    rows = api.routes["operations"]
    return next((row for row in rows if row["method"] == method and row["template"] == resource), None)


def _authorizer(api: spec.CompiledApi, operation: Mapping[str, Any]) -> dict[str, Any]:
    schemes = api.wire.get("components", {}).get("securitySchemes", {})
    for name in (name for one in operation.get("security", []) for name in one):
        settings = schemes.get(name, {}).get("x-amazon-apigateway-authorizer")
        if settings:
            sources = str(settings.get("identitySource", "")).split(",")
            ttl = settings.get("authorizerResultTtlInSeconds")
            text = f"{name} (Lambda, TTL {ttl} s, identity sources {', '.join(source.strip() for source in sources)})"
            return {"authorization": "CUSTOM", "authorizer": text}
        if schemes.get(name, {}).get("x-amazon-apigateway-authtype") == "awsSigv4":
            return {"authorization": "AWS_IAM"}
    return {"authorization": "NONE"}


def _needs_key(operation: Mapping[str, Any]) -> bool:
    return any("api_key" in one for one in operation.get("security", []))


def _bucket(api: spec.CompiledApi, method: str, resource: str) -> Iterator[dict[str, Any]]:
    limit = api.throttles.get(f"{resource}/{method}")
    if limit:
        rate, burst = limit.get("rate", 0), limit.get("burst", 0)
        yield {"bucket": f"{resource}/{method}", "tokens": burst, "burst": burst, "rate": rate}


def _validation(api: spec.CompiledApi, operation: Mapping[str, Any]) -> dict[str, Any]:
    name = operation.get("x-amazon-apigateway-request-validator") or api.wire.get(
        "x-amazon-apigateway-request-validator"
    )
    required = [f"{one.get('in')}.{one.get('name')}" for one in operation.get("parameters", []) if one.get("required")]
    content = (operation.get("requestBody") or {}).get("content", {})
    models = {media: str(one.get("schema", {}).get("$ref", "")).rpartition("/")[2] for media, one in content.items()}
    facts: dict[str, Any] = {"validator": name or ""}
    if name:
        facts |= {"required": required, "model": ", ".join(sorted(filter(None, models.values()))) or None}
    return facts


def _cache(api: spec.CompiledApi, method: str, resource: str) -> dict[str, Any]:
    settings = api.caches.get(f"{resource}/{method}")
    if settings:
        return {"notes": [f"the operation asks for the stage's cache: {settings}"]}
    return {"result": "off", "why": "the operation asks for no stage cache of its own"}


def _integration(operation: Mapping[str, Any]) -> dict[str, Any]:
    settings = operation.get("x-amazon-apigateway-integration") or {}
    uri = str(settings.get("uri") or "")
    function = uri.partition(":function:")[2].removesuffix("/invocations")
    facts: dict[str, Any] = {"type": str(settings.get("type", "")).upper(), "uri": uri or None}
    return {**facts, "function": function or None}
