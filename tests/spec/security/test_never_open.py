"""The promise: no document makes an operation that asks for something open."""

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.spec import CompiledApi, Target, compile_document

NAMES = ("a", "b", "key", "mtls", "own", "missing")

SCHEMES = st.fixed_dictionaries(
    {
        "a": st.sampled_from(
            [{"type": "http", "scheme": "bearer"}, {"type": "oauth2", "flows": {}}, {"type": "http"}, {}]
        ),
        "b": st.sampled_from(
            [
                {"type": "apiKey", "in": "query", "name": "t"},
                {"type": "apiKey", "in": "cookie", "name": "c"},
                {"type": 7},
            ]
        ),
        "key": st.just({"type": "apiKey", "in": "header", "name": "X-API-Key"}),
        "mtls": st.just({"type": "mutualTLS"}),
        "own": st.sampled_from(
            [
                {"type": "apiKey", "in": "header", "name": "X", "x-amazon-apigateway-authtype": "custom"},
                {"type": "apiKey", "in": "header", "name": "X", "x-amazon-apigateway-authtype": "awsSigv4"},
            ]
        ),
    }
)
ALTERNATIVE = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(st.just([]), st.just(["s"]), st.none(), st.just("x")), max_size=3
)
SECURITY = st.one_of(st.lists(ALTERNATIVE, max_size=3), st.sampled_from([None, "a", {}, 5, True, [None], [[]]]))
OPERATION = st.fixed_dictionaries(
    {"responses": st.just({"200": {"description": "OK"}})},
    optional={
        "security": SECURITY,
        "x-amazon-apigateway-auth": st.just({"type": "NONE"}),
        "operationId": st.just("same"),
    },
)
PATHS = st.dictionaries(
    st.sampled_from(
        [
            "/",
            "/a",
            "/a/",
            "/{x}",
            "/{y}",
            "/{y}/b",
            "/a/b",
            "/{rest+}",
            "/a?x",
            "/a?x=1",
            "/a#one",
            "/a#two",
            "/{x}.json",
            "/@me",
            "/a b",
            "/{x}:go/{y}",
            "/a//b",
            "/@me/b",
            "/a/{x}/{y+}",
        ]
    ),
    st.dictionaries(st.sampled_from(["get", "post", "options", "head", "trace"]), OPERATION, min_size=1, max_size=3),
    min_size=1,
    max_size=4,
)


def asks_for_something(security: Any) -> bool:
    """Whether OpenAPI lets nobody in without credentials; what is no requirement at all counts as asking."""
    if not isinstance(security, list):
        return True
    return bool(security) and all(item != {} for item in security)


def is_open(api: CompiledApi, path: str, method: str) -> bool:
    """Whether a request of an operation, sent without credentials, would reach a service: whatever API Gateway takes it for,
    nothing guards that, or the authorizer's table lets it in."""
    resource = routed(api.wire["paths"], request_path(path), method)
    if resource is None:
        return False
    found = api.wire["paths"][resource][method]
    edge = api.plans.get("edges", {}).get(f"{method.upper()} {resource}")
    if edge is not None and not any(takes(candidate, path) for candidate in edge["candidates"]):
        return False
    if not found["security"]:
        return True
    (guards,) = found["security"]
    if "api_key" in guards or not any(name in api.routes["authorizers"] for name in guards):
        return False
    (route,) = (o for o in api.routes["operations"] if (o["method"], o["template"]) == (method.upper(), resource))
    assert edge is None or edge["secured"]
    kinds = [{api.routes["schemes"][name]["kind"] for name in alternative} for alternative in route["security"]]
    return any(kind <= {"api-key"} for kind in kinds)


def takes(candidate: dict[str, Any], path: str) -> bool:
    """Whether a candidate of an edge answers a request of an operation: another reading of it than the aggregator's."""
    pattern = "".join(f"/{as_pattern(segment)}" for segment in candidate["segments"]) or "/"
    asked = dict(parse_qsl(path.partition("?")[2], keep_blank_values=True))
    has_keys = all(name in asked and value in (None, asked[name]) for name, value in candidate["query"].items())
    return has_keys and re.fullmatch(pattern, "/" + "/".join(request_path(path))) is not None


def as_pattern(segment: Any) -> str:
    if isinstance(segment, str):
        return re.escape(segment)
    if isinstance(segment, dict):
        return ".+" if segment.get("greedy") else "[^/]+"
    return "".join(re.escape(part) if isinstance(part, str) else "[^/]+" for part in segment)


def request_path(path: str) -> list[str]:
    """Segments of a request that only this path is meant for: variables have values that no path spells."""
    plain = path.partition("?")[0].partition("#")[0]
    return [re.sub(r"\{.*?\}", "zz9", part) for part in plain.split("/") if part]


def routed(wire_paths: dict[str, Any], request: list[str], method: str) -> str | None:
    """The resource that API Gateway takes a request to: literals win from the left, then variables (FACTS 2.3)."""
    found = []
    for resource in (resource for resource, item in wire_paths.items() if method in item):
        parts = [part for part in resource.split("/") if part]
        is_greedy = bool(parts) and parts[-1].endswith("+}")
        fits = len(request) >= len(parts) if is_greedy else len(request) == len(parts)
        ranks = [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in parts]
        if fits and all(rank or part == given for rank, part, given in zip(ranks, parts, request, strict=False)):
            found.append((ranks, resource))
    return min(found)[1] if found else None


@settings(max_examples=400)
@given(
    paths=PATHS,
    schemes=SCHEMES,
    root=st.one_of(st.none(), SECURITY),
    unbound=st.sampled_from(["error", "deny", "test"]),
)
def test_no_operation_that_asks_for_something_is_open(
    tmp_path_factory: Any, paths: Any, schemes: Any, root: Any, unbound: Literal["error", "deny", "test"]
) -> None:
    value: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": paths}
    value["components"] = {"securitySchemes": schemes}
    if root is not None:
        value["security"] = root
    file = Path(tmp_path_factory.getbasetemp()) / "document.yaml"
    file.write_text(yaml.safe_dump(value))

    compiled, problems = compile_document(file, Target("spec", unbound=unbound))

    assert compiled is not None or any(problem.level == "error" for problem in problems)
    for api in compiled.apis if compiled else ():
        for path, method in ((path, method) for path, item in paths.items() for method in item):
            written = paths[path][method]
            security = written.get("security", root if root is not None else [])
            if asks_for_something(security):
                assert not is_open(api, path, method)
