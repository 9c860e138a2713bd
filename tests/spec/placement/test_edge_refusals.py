"""What operations that share a route must agree on, and what the aggregator cannot do: refused by name, never opened."""

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.spec import Target, compile_document

from ..projects import compile_files, document, operation, problems_of, variables

SECURED = {"security": [{"oidc": []}]}
STRICT = {"x-headgate": {"validate": "strict"}}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
LOAD_BALANCER = {
    "arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b",
    "vpc-link": "abc",
    "url": "http://internal.example.com",
}
UPSTREAMS = {
    "shop": {"url": "https://shop.example.com"},
    "function": {"lambda": ARN},
    "private": {"load-balancer": LOAD_BALANCER},
}


def get(*names: str, **members: Any) -> dict[str, Any]:
    return {"get": operation(parameters=variables(*names), **members)}


def codes(folder: Path, paths: dict[str, Any], **members: Any) -> list[str]:
    """Codes of what is said, notes about cost aside."""
    said = problems_of(folder, document(paths, **members), {"upstreams": UPSTREAMS})
    return [line.split()[0] for line in said if not line.startswith("HG166")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, SECURED),
        (SECURED, {}),
        (SECURED, {"security": [{"oidc": ["write"]}]}),
        (SECURED, {"security": [{"oidc": []}, {}]}),
        (SECURED, {**SECURED, "x-headgate": {"audience": ["admin"]}}),
    ],
    ids=["secured-later", "open-later", "other-scopes", "optional-later", "other-audience"],
)
@pytest.mark.parametrize("path", ["/users/@me", "/users/{id}?x=1", "/users/{id}.json", "/users/{rest+}"])
def test_operations_of_one_route_ask_for_the_same(
    tmp_path: Path, path: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert codes(tmp_path, {"/users/{id}": get("id", **first), path: get(**second)}) == ["HG161"]


def test_the_refusal_names_both_operations_and_the_route(tmp_path: Path) -> None:
    (said,) = problems_of(tmp_path, document({"/u/{id}": get("id"), "/u/@me": get(**SECURED)}))

    assert said == (
        "HG161 GET /u/@me: asks for other security than GET /u/{id} in shop.yaml:9; both are GET /u/{id} to API Gateway"
    )


def test_variants_after_a_hash_ask_for_the_same_too(tmp_path: Path) -> None:
    assert codes(tmp_path, {"/t": get(), "/t#two": get(**SECURED)}) == ["HG160", "HG161"]


def test_operations_of_one_route_have_one_throttle(tmp_path: Path) -> None:
    slow = {"x-headgate": {"throttle": {"rate": 1, "burst": 1}}}

    assert codes(tmp_path, {"/u/{id}": get("id"), "/u/@me": get(**slow)}) == ["HG162"]


@pytest.mark.parametrize("upstream", ["function", "private"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "alone"])
def test_an_upstream_that_the_aggregator_cannot_call_is_refused(tmp_path: Path, upstream: str, shared: bool) -> None:
    own = {"x-headgate": {"upstream": upstream, **({} if shared else {"validate": "strict"})}}
    paths = {"/u/{id}": get("id", **own)} | ({"/u/@me": get()} if shared else {})

    assert "HG164" in codes(tmp_path, paths)


@pytest.mark.parametrize("extension", ["x-amazon-apigateway-integration", "x-amazon-apigateway-request-validator"])
def test_what_only_api_gateway_could_do_is_refused(tmp_path: Path, extension: str) -> None:
    own = {extension: {"type": "mock"}, "x-headgate": {"upstream": "shop", "validate": "strict"}}

    assert codes(tmp_path, {"/a": get(**own)}) == ["HG163"]


def test_a_cache_on_an_edge_is_refused(tmp_path: Path) -> None:
    own = {"x-headgate": {"validate": "strict", "cache": {"ttl": 5}}}

    assert "HG163" in codes(tmp_path, {"/a": get(**own)})


@pytest.mark.parametrize(
    "paths",
    [
        {"/t": get(), "/t#two": get(**{"x-headgate": {"timeout": 3}})},
        {"/t": get(), "/t#two": get(**{"x-headgate": {"validate": "strict"}})},
        {"/t": get(**STRICT), "/t#two": get(**STRICT)},
        {"/t": get(), "/t#two": get(**{"x-headgate": {"upstream": "function"}})},
        {"/t#one": get(), "/t/#one": get()},
        {"/t/{a}?x=1": get("a"), "/t/{b}?x=1": get("b")},
    ],
    ids=["other-timeout", "strict", "both-strict", "other-upstream", "same-variant", "same-query"],
)
def test_operations_that_nothing_tells_apart_are_a_clash(tmp_path: Path, paths: dict[str, Any]) -> None:
    assert "HG123" in codes(tmp_path, paths)


def test_variants_of_two_documents_are_a_clash(tmp_path: Path) -> None:
    files = {"a.yaml": document({"/t#one": get()}), "b.yaml": document({"/t#two": get()})}
    _, problems = compile_files(tmp_path, files, {"apis": {"shop": {"documents": ["a.yaml", "b.yaml"]}}})

    assert [problem.code for problem in problems] == ["HG123"]


def test_requests_that_no_candidate_takes_and_that_another_operation_meant_are_told(tmp_path: Path) -> None:
    paths = {"/u/@me/x": get(**SECURED), "/u/{id}/{thing}": get("id", "thing")}

    assert codes(tmp_path, paths) == ["HG165"]


def lenient(folder: Path, paths: dict[str, Any]) -> tuple[set[str], list[str]]:
    """Resources of one document on its own, and the codes of what is said."""
    value = document(paths, servers=[{"url": "https://x.example.com"}])
    del value["x-headgate"]
    (folder / "one.json").write_text(json.dumps(value))
    compiled, problems = compile_document(folder / "one.json", Target("spec", unbound="deny"))
    served = set(compiled.apis[0].wire["paths"]) if compiled else set()
    return served, sorted(problem.code for problem in problems if problem.code != "HG166")


def test_leaving_an_operation_out_does_not_open_it_through_one_that_matches_its_requests(tmp_path: Path) -> None:
    broken = {"security": [{"oidc": "not a list"}]}

    served, said = lenient(tmp_path, {"/a/b": get(**broken), "/a/{x}": get("x"), "/c": get()})

    assert (served, said) == ({"/c"}, ["HG142", "HG161"])


def test_of_two_that_differ_in_security_one_document_serves_neither(tmp_path: Path) -> None:
    served, said = lenient(tmp_path, {"/u/{id}": get("id"), "/u/@me": get(**SECURED), "/c": get()})

    assert (served, said) == ({"/c"}, ["HG161", "HG161"])


def test_names_that_nothing_tells_apart_share_a_route_in_one_foreign_document(tmp_path: Path) -> None:
    served, said = lenient(tmp_path, {"/u/{id}": get("id"), "/u/{name}": get("name")})

    assert (served, said) == ({"/u/{id}"}, ["HG160"])


def test_several_mistakes_of_one_operation_leave_out_only_that_one(tmp_path: Path) -> None:
    rewrite = {"rewrite": {"headers": {"Host": "'a'", "Content-Length": "'1'"}}}

    served, said = lenient(tmp_path, {"/a": get(**{"x-headgate": rewrite}), "/c": get()})

    assert (served, said) == ({"/c"}, ["HG133", "HG133"])


def composed(workflow_path: str, **settings: Any) -> dict[str, Any]:
    """A document whose operation is composed of one call, and the workflow."""
    name = "{id}" in workflow_path
    parameters = variables("id") if name else []
    page = operation(parameters=parameters, **{"x-headgate": {"workflow": "page", **settings}})
    value = document({workflow_path: {"get": page}, "/shop/{userId}": get("userId", operationId="getShop")})
    step = {
        "stepId": "shop",
        "operationId": "getShop",
        "parameters": [{"name": "userId", "in": "path", "value": "$inputs.id" if name else "7"}],
        "successCriteria": [{"condition": "$statusCode == 200"}],
        "outputs": {"all": "$response.body"},
    }
    inputs = {"type": "object", "properties": {"id": {"type": "string"}}} if name else {"type": "object"}
    workflow = {"workflowId": "page", "inputs": inputs, "steps": [step], "outputs": {"all": "$steps.shop.outputs.all"}}
    arazzo = {
        "arazzo": "1.0.1",
        "info": {"title": "P", "version": "1"},
        "sourceDescriptions": [{"name": "shop", "url": "shop.yaml", "type": "openapi"}],
        "workflows": [workflow],
    }
    return {"shop.yaml": value, "page.arazzo.yaml": arazzo}


@pytest.mark.parametrize(
    ("path", "settings", "key"),
    [
        ("/pages/{id}", {"validate": "strict"}, "GET /pages/{id}"),
        ("/pages/{id}.json", {}, "GET /pages/{id}"),
        ("/home?full=1", {}, "GET /home"),
    ],
)
def test_a_composition_stands_behind_an_edge_under_its_own_names(
    tmp_path: Path, path: str, settings: dict[str, Any], key: str
) -> None:
    gateway = {"apis": {"shop": {"documents": ["shop.yaml"], "workflows": ["page.arazzo.yaml"]}}}
    compiled, problems = compile_files(tmp_path, composed(path, **settings), gateway)
    assert compiled is not None, problems
    plans = compiled.apis[0].plans
    (found,) = plans["edges"][key]["candidates"]

    assert (found["plan"], found["upstream"], found["path"]) == (f"GET {path}", None, None)
    inputs = plans["plans"][found["plan"]]["inputs"]
    assert [entry.get("key", name) for name, entry in inputs.items()] == (["id"] if "{id}" in path else [])
    assert found["validate"] is ("validate" in settings)


def test_nothing_stands_in_at_an_edge_for_an_operation_that_asks_for_more(tmp_path: Path) -> None:
    """`/u/7/x/y` means the secured operation, which the edge cannot pass on; the open ones below it must not get the request."""
    paths = {
        "/u/7/@me/y": get(),
        "/u/{id}/x/y": get("id", **SECURED),
        "/u/{id}/{thing}/y": get("id", "thing"),
        "/u/{id}/{thing}/{other}": get("id", "thing", "other"),
    }
    compiled, problems = compile_files(tmp_path, {"shop.yaml": document(paths)})
    assert compiled is not None

    edge = compiled.apis[0].plans["edges"]["GET /u/7/{segment}/y"]
    assert [one["operation"] for one in edge["candidates"]] == ["GET /u/7/@me/y"]
    assert [problem.code for problem in problems if problem.code != "HG166"] == ["HG165"] * 3
