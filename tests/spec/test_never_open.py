"""The promise: no document makes an operation that asks for something open."""

from pathlib import Path
from typing import Any, Literal

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
    st.sampled_from(["/", "/a", "/a/", "/{x}", "/{y}/b", "/a/b", "/{rest+}", "/a?x", "/{x}.json"]),
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
    """Whether a request without credentials would reach the service: nothing guards it, or the authorizer's table lets it in."""
    found = _find(api.wire["paths"], path)[method]
    if not found["security"]:
        return True
    (guards,) = found["security"]
    if "api_key" in guards or not any(name in api.routes["authorizers"] for name in guards):
        return False
    route = next(
        o for o in api.routes["operations"] if o["method"] == method.upper() and _shape(o["template"]) == _shape(path)
    )
    kinds = [{api.routes["schemes"][name]["kind"] for name in alternative} for alternative in route["security"]]
    return any(kind <= {"api-key"} for kind in kinds)


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
            if method in _find(api.wire["paths"], path) and asks_for_something(security):
                assert not is_open(api, path, method)


def _find(wire_paths: dict[str, Any], path: str) -> dict[str, Any]:
    """The wire path item of a path, whatever its variables are called there."""
    found: dict[str, Any] = next(
        (item for resource, item in wire_paths.items() if _shape(resource) == _shape(path)), {}
    )
    return found


def _shape(path: str) -> list[str]:
    return [
        "{" + "+" * part.endswith("+}") if part.startswith("{") and part.endswith("}") else part
        for part in path.split("/")
        if part
    ]
