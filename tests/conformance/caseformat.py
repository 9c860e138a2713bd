"""Reads cases/*.yaml into Case records; README.md beside this file describes the format."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "cases"
VERBS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "ANY")
GRADES = ("R", "M", "D", "B", "E")
FIELDS = frozenset(
    [
        "id",
        "grade",
        "facts",
        "source",
        "note",
        "functions",
        "api",
        "document",
        "authorizers",
        "stage",
        "plans",
        "build",
        "steps",
        "expect",
        "open",
    ]
)
ANY_METHOD = "x-amazon-apigateway-any-method"


@dataclass(frozen=True)
class Case:
    """One question. `build` says how much is made before the first step: "stage" (all), "api" or "nothing"."""

    id: str
    area: str
    grade: str
    facts: tuple[str, ...]
    source: str
    steps: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    stage: Mapping[str, Any] = field(default_factory=dict)
    plans: tuple[Mapping[str, Any], ...] = ()
    build: str = "stage"
    open: str = ""  # why the local cloud does not pass it yet; the score counts it as failed

    @property
    def needs_importer(self) -> bool:
        """Whether the case is about documents, so that an API made by single calls would prove nothing."""
        return any(step.get("call") in ("import_rest_api", "put_rest_api") for step in self.steps)


def load(folder: Path = FOLDER) -> list[Case]:
    """Every case, in the order of the files. Raises ValueError naming the case that is wrong."""
    cases = [case for path in sorted(folder.glob("*.yaml")) for case in _file(path)]
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise ValueError(f"{case.id}: two cases have this id")
        seen.add(case.id)
    return cases


def _file(path: Path) -> Iterator[Case]:
    # Read once by every worker of a test run: the loader in C takes a tenth of the time.
    content = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for raw in content["cases"]:
        yield _case(raw, path.stem)


def _case(raw: Mapping[str, Any], area: str) -> Case:
    name = raw.get("id", "(no id)")
    if unknown := sorted(set(raw) - FIELDS):
        raise ValueError(f"{area}: {name}: unknown fields {unknown}; there are {sorted(FIELDS)}")
    if raw.get("grade") not in GRADES or not raw.get("facts"):
        raise ValueError(f"{area}: {name}: needs a grade of {GRADES} and facts")
    steps = [dict(step) for step in raw["steps"]]
    if "expect" in raw:
        steps[-1]["expect"] = raw["expect"]
    return Case(
        id=name,
        area=area,
        grade=raw["grade"],
        facts=tuple(str(fact) for fact in raw["facts"]),
        source=str(raw.get("source", "")),
        steps=tuple(steps),
        document=document(raw),
        functions=raw.get("functions") or {},
        stage=raw.get("stage") or {},
        plans=tuple(raw.get("plans") or ()),
        build=raw.get("build", "stage"),
        open=raw.get("open", ""),
    )


def document(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The OpenAPI document of a case: `document` as it is, with the operations of the shorthand `api` in its paths."""
    written = raw.get("document") or {}
    if "raw" in written:
        return dict(written)
    result = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, **written}
    paths = result["paths"] = {path: dict(item) for path, item in (written.get("paths") or {}).items()}
    for route, short in (raw.get("api") or {}).items():
        verb, _, path = route.partition(" ")
        if verb not in VERBS or not path.startswith("/"):
            raise ValueError(f"{raw.get('id')}: {route!r} is no `VERB /path`")
        paths.setdefault(path, {})[ANY_METHOD if verb == "ANY" else verb.lower()] = operation(short, path)
    schemes = {name: _scheme(extension) for name, extension in (raw.get("authorizers") or {}).items()}
    if schemes or "api_key" in json.dumps(paths):
        components = result["components"] = dict(result.get("components") or {})
        key = {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
        components["securitySchemes"] = {**key, **schemes, **(components.get("securitySchemes") or {})}
    return result


def operation(short: Mapping[str, Any], path: str) -> dict[str, Any]:
    """One operation: `lambda`, `mock`, `http` or `http_proxy` name the integration; other fields are OpenAPI's."""
    given = dict(short)
    extension = {**integration(given), **given.pop("integration", {})}
    responses = given.pop("responses", None)
    if responses is None:
        responses = {str(one["statusCode"]): {"description": "-"} for one in extension.get("responses", {}).values()}
    security = given.pop("security", None)
    result: dict[str, Any] = {"responses": responses, "x-amazon-apigateway-integration": extension}
    if security is not None:
        names = security if isinstance(security, list) else [security]
        result["security"] = [{name: []} for name in names]
    parameters = given.pop("parameters", [])
    named = [one for one in parameters if isinstance(one, Mapping)]
    result_parameters = [*(_parameter(one) for one in parameters if isinstance(one, str)), *named]
    if result_parameters:
        result["parameters"] = result_parameters
    if "validator" in given:
        result["x-amazon-apigateway-request-validator"] = given.pop("validator")
    if "model" in given:
        schema = {"$ref": f"#/components/schemas/{given.pop('model')}"}
        result["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return {**result, **given}


def integration(given: dict[str, Any]) -> dict[str, Any]:
    """Takes the shorthand's integration out of `given`."""
    if "lambda" in given:
        uri = f"{{{{lambda:{given.pop('lambda')}}}}}"
        return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    for kind in ("http", "http_proxy"):
        if kind in given:
            return {"type": kind, "httpMethod": "GET", "uri": given.pop(kind), **_default(kind)}
    if "mock" in given:
        body = given.pop("mock")
        text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
        return {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": text}}},
        }
    return {}


def _default(kind: str) -> dict[str, Any]:
    return {"responses": {"default": {"statusCode": "200"}}} if kind == "http" else {}


def _parameter(text: str) -> dict[str, Any]:
    """`query type!` -> a required query parameter called type."""
    place, _, name = text.partition(" ")
    required = name.endswith("!") or place == "path"
    return {"name": name.rstrip("!"), "in": place, "required": required, "schema": {"type": "string"}}


def _scheme(extension: Mapping[str, Any]) -> dict[str, Any]:
    """`{type: token, lambda: name, ttl: 0}` -> a security scheme with API Gateway's authorizer extension."""
    given = dict(extension)
    header = given.pop("header", "Authorization")
    authtype = given.pop("authtype", "custom")
    if "lambda" in given:
        given["authorizerUri"] = f"{{{{lambda:{given.pop('lambda')}}}}}"
    if "ttl" in given:
        given["authorizerResultTtlInSeconds"] = given.pop("ttl")
    if "sources" in given:
        given["identitySource"] = ", ".join(given.pop("sources"))
    return {
        "type": "apiKey",
        "name": header,
        "in": "header",
        "x-amazon-apigateway-authtype": authtype,
        "x-amazon-apigateway-authorizer": given,
    }


def expand(text: str, names: Mapping[str, Any]) -> str:
    """`<apiId>`, `<made.name>` and `<made>` (its id) become what the run called so; unknown placeholders stay."""
    return re.sub(r"<([\w/{}+.:\- ]+)>", lambda match: str(_lookup(match[1], names, match[0])), text)


def _lookup(path: str, names: Mapping[str, Any], otherwise: str) -> Any:
    value: Any = names
    for part in [path] if path in names else path.split("."):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
            continue
        if not isinstance(value, Mapping) or part not in value:
            return otherwise
        value = value[part]
    return value.get("id", otherwise) if isinstance(value, Mapping) else value
