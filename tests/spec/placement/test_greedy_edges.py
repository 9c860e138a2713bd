"""An API with more resources than API Gateway has, compiled: one method per verb, every operation served, all of it told."""

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.spec import Compiled, CompiledApi, Diagnostic, Target, compile_document

from ..importer import complaints
from ..projects import compile_files, document, operation, variables

SECURED = {"security": [{"oidc": ["read"]}]}
DOMAIN = {"name": "api.example.com", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/0f1e"}
SPLIT = {"environments": {"dev": {"stages": {"dev": {}}, "domains": {"shop": DOMAIN}}}}
GREEDY = "/a/{b}/{proxy+}"


def below(prefix: str, count: int, *names: str, **members: Any) -> dict[str, Any]:
    """That many resources with a GET each."""
    return {f"{prefix}/r{n:03}": {"get": operation(parameters=variables(*names), **members)} for n in range(count)}


def compiled(
    folder: Path, paths: dict[str, Any], gateway: dict[str, Any] | None = None, target: Target | None = None
) -> tuple[Compiled, list[Diagnostic]]:
    """The gateway of these paths; everything it hands to API Gateway can be imported."""
    found, problems = compile_files(folder, {"shop.yaml": document(paths)}, gateway, target)
    assert found is not None, "\n".join(map(str, problems))
    for api in found.apis:
        assert complaints(api.wire) == []
    return found, problems


def only(folder: Path, paths: dict[str, Any], gateway: dict[str, Any] | None = None) -> CompiledApi:
    (api,) = compiled(folder, paths, gateway)[0].apis
    return api


def ours(api: CompiledApi, path: str, verb: str = "get") -> bool:
    uri: str = api.wire["paths"][path][verb]["x-amazon-apigateway-integration"]["uri"]
    return "function:headgate-aggregator" in uri


def test_what_is_too_much_is_one_method_per_verb_and_the_rest_is_as_before(tmp_path: Path) -> None:
    paths = below("/a/{b}", 400, "b", **SECURED)
    for path in list(paths)[:200]:
        paths[path]["delete"] = operation(parameters=variables("b"), **SECURED)
    api = only(tmp_path, paths)

    assert set(api.wire["paths"][GREEDY]) == {"get"}  # those with one operation go first
    assert ours(api, GREEDY)
    assert len(api.plans["edges"]["GET " + GREEDY]["candidates"]) == 104
    assert sum(ours(api, path) for path in api.wire["paths"]) == 1
    assert len(api.wire["paths"]) == 297
    assert set(api.validators["operations"]) == {f"{v.upper()} {path}" for path, item in paths.items() for v in item}


def test_the_greedy_route_asks_for_what_its_operations_ask_for(tmp_path: Path) -> None:
    api = only(tmp_path, below("/a/{b}", 400, "b", **SECURED))
    (entry,) = (each for each in api.routes["operations"] if each["template"] == GREEDY)

    assert api.plans["edges"]["GET " + GREEDY]["secured"] is True
    assert entry["security"] == [{"oidc": ["read"]}]
    assert list(api.wire["paths"][GREEDY]["get"]["security"][0]) == [entry["authorizer"]]


def test_a_candidate_has_its_own_path_rewrite_timeout_and_validation(tmp_path: Path) -> None:
    paths = below("/a/{b}", 400, "b")
    paths["/a/{b}/r007"]["get"]["x-headgate"] = {
        "validate": "strict", "timeout": 3, "rewrite": {"path": "/other/{b}", "headers": {"X-A": "'v'"}},
    }  # fmt: skip
    api = only(tmp_path, paths)
    found = {one["operation"]: one for one in api.plans["edges"]["GET " + GREEDY]["candidates"]}["GET /a/{b}/r007"]

    assert found["segments"] == ["a", {"name": "b"}, "r007"]
    assert (found["path"], found["timeout"], found["validate"]) == ("/other/{b}", 3.0, True)
    assert found["rewrite"]["headers"] == {"X-A": {"const": "v"}}
    assert set(api.edge_validators["operations"]) == {"GET /a/{b}/r007"}


def test_api_gateway_checks_nothing_of_a_folded_operation_and_the_ledger_says_so(tmp_path: Path) -> None:
    query = [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}}
    paths = below("/a/{b}", 400, "b")
    for item in paths.values():
        item["get"]["parameters"] = [*variables("b"), *query]
        item["post"] = operation(parameters=variables("b"), requestBody=body)
    api = only(tmp_path, paths)
    rows = {row["pointer"]: (row["level"], row["reason"]) for row in api.ledger}
    names = [one["operation"].partition(" ")[2] for one in api.plans["edges"]["POST " + GREEDY]["candidates"]]
    folded, kept = names[0], next(path for path in paths if path not in names)

    def row(path: str, rest: str) -> tuple[str, str]:
        return rows[f"/paths/{path.replace('/', '~1')}/{rest}"]

    assert set(api.wire["paths"][GREEDY]["post"]) & {"requestBody", "x-amazon-apigateway-request-validator"} == set()
    assert [p["name"] for p in api.wire["paths"][GREEDY]["get"]["parameters"]] == ["b", "proxy"]
    why = f"served through the edge {GREEDY}, because there is no room for more resources (HG167)"
    assert row(folded, "get") == ("gateway", why)
    assert row(kept, "get") == ("gateway", "method of a resource")
    assert row(folded, "get/parameters/1/required")[0] == "validator"
    assert row(kept, "get/parameters/1/required")[0] == "gateway"
    assert row(folded, "post/requestBody")[0] == "validator"
    assert row(kept, "post/requestBody")[0] == "gateway"


def test_one_folded_operation_lends_its_body_s_model_to_no_other_path(tmp_path: Path) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}}
    paths = below("/a/{b}", 400, "b") | {"/a/{b}/p": {"post": operation(parameters=variables("b"), requestBody=body)}}
    api = only(tmp_path, paths)

    assert [one["operation"] for one in api.plans["edges"]["POST " + GREEDY]["candidates"]] == ["POST /a/{b}/p"]
    assert "requestBody" not in api.wire["paths"][GREEDY]["post"]


@pytest.mark.parametrize("gateway", [None, SPLIT], ids=["one", "split"])
def test_what_kept_and_folded_operations_share_counts_as_unchecked(
    tmp_path: Path, gateway: dict[str, Any] | None
) -> None:
    paths = below("/a/{b}", 400, "b") | below("/other", 20)
    for item in paths.values():
        item["get"].setdefault("parameters", []).append({"$ref": "#/components/parameters/q"})
    value = document(paths)
    value["components"]["parameters"] = {
        "q": {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    }
    found, problems = compile_files(tmp_path, {"shop.yaml": value}, gateway)
    assert found is not None, problems
    rows = {row["pointer"]: row["level"] for row in found.apis[0].ledger}

    assert rows["/components/parameters/q/required"] == "validator"


def test_the_warning_says_what_folds_and_why(tmp_path: Path) -> None:
    _, problems = compiled(tmp_path, below("/a/{b}", 400, "b"))

    assert [(problem.level, problem.code, problem.message) for problem in problems] == [
        (
            "warning",
            "HG167",
            (
                "/a/{b}/{proxy+}: the aggregator serves 104 operations of 104 resources (GET /a/{b}/r000, GET /a/{b}/r001, "
                "GET /a/{b}/r002 and 101 more), because the API wants 403 resources, a REST API has at most 300, and there is no "
                "domain to join several"
            ),
        )
    ]
    assert "function call" in problems[0].fix


def test_behind_a_domain_what_base_paths_can_part_does_not_fold(tmp_path: Path) -> None:
    paths = below("/a/{b}", 310, "b") | below("/users", 200) | below("/orders", 200)
    found, problems = compiled(tmp_path, paths, SPLIT)
    parts = {api.base_path: api for api in found.apis}

    assert {base: len(api.plans.get("edges", {})) for base, api in parts.items()} == {"": 0, "/a": 1, "/orders": 0}
    assert parts["/a"].plans["basePath"] == "/a"
    assert list(parts["/a"].plans["edges"]) == ["GET /{b}/{proxy+}"]
    assert "/{b}/{proxy+}" in parts["/a"].wire["paths"]
    assert found.operations == 710
    assert [problem.code for problem in problems] == ["HG167"]
    assert "no base path parts /a/{b} (311 resources: below a variable)" in problems[0].message


def test_a_flat_api_of_more_than_thirty_parts_folds_at_its_root(tmp_path: Path) -> None:
    found, _ = compiled(tmp_path, below("", 5000), SPLIT)

    assert [len(api.wire["paths"]) for api in found.apis] == [299]
    assert len(found.apis[0].plans["edges"]["GET /{proxy+}"]["candidates"]) == 4702
    assert found.operations == 5000


def test_blocks_that_are_worth_a_rest_api_still_get_one_beside_a_flat_rest(tmp_path: Path) -> None:
    found, _ = compiled(tmp_path, below("", 5000) | below("/users", 250), SPLIT)

    assert {api.base_path: bool(api.plans.get("edges")) for api in found.apis} == {"": True, "/users": False}


def test_operations_that_cannot_share_are_named_with_the_reason(tmp_path: Path) -> None:
    paths = {
        f"/{{s}}/r{n}": {"get": operation(parameters=variables("s"), security=[{"oidc": [f"s{n}"]}])}
        for n in range(302)
    }
    _, problems = compile_files(tmp_path, {"shop.yaml": document(paths)}, SPLIT)

    (problem,) = problems
    assert (problem.level, problem.code) == ("error", "HG185")
    assert "302 for security that differs from the neighbours' (GET /{s}/r0," in problem.message


def test_a_document_on_its_own_leaves_out_what_cannot_share_and_nothing_else(tmp_path: Path) -> None:
    paths = {
        f"/{{s}}/r{n}": {"get": operation(parameters=variables("s"), security=[{"oidc": [f"s{n}"]}])}
        for n in range(310)
    }
    value = document(paths | below("/{s}/open", 100, "s"))
    value["servers"] = [{"url": "https://shop.example.com"}]
    del value["x-headgate"]
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(value))
    found, problems = compile_document(path, Target("spec", unbound="deny"))
    assert found is not None, problems

    left_out = [problem.message for problem in problems if problem.code == "HG126"]
    assert (len(left_out), found.refused, found.operations) == (13, 13, 397)
    assert "security that differs from the neighbours' keeps it from sharing one" in left_out[0]
    assert not any("/open/" in message for message in left_out)


def test_preflight_of_a_folded_path_is_answered_as_of_any_other(tmp_path: Path) -> None:
    cors = {"documents": ["shop.yaml"], "cors": {"origins": ["https://www.example.com"]}}
    paths = below("/a/{b}", 400, "b")
    for item in paths.values():
        item["post"] = operation(parameters=variables("b"))
    paths["/a/{b}/r000"]["options"] = operation(parameters=variables("b"), security=[])
    del paths["/a/{b}/r000"]["post"]
    api = only(tmp_path, paths, {"apis": {"shop": cors}})
    preflight = api.wire["paths"][GREEDY]["options"]["x-amazon-apigateway-integration"]

    assert preflight["type"] == "mock"
    methods = preflight["responses"]["default"]["responseParameters"][
        "method.response.header.Access-Control-Allow-Methods"
    ]
    assert methods == "'GET,OPTIONS,POST'"
    assert "/a/{b}/r000" in api.wire["paths"]  # it answers preflight itself


@pytest.mark.parametrize(
    "own",
    [
        {"x-headgate": {"throttle": {"rate": 5, "burst": 5}}},
        {"x-headgate": {"cache": {"ttl": 5}}},
        {"x-amazon-apigateway-request-validator": "parameters"},
        {"x-headgate": {"upstream": "function"}},
    ],
    ids=["throttle", "cache", "extension", "function"],
)
def test_what_only_api_gateway_does_is_kept(tmp_path: Path, own: dict[str, Any]) -> None:
    function = {"lambda": "arn:aws:lambda:us-east-1:123456789012:function:f"}
    gateway = {"upstreams": {"shop": {"url": "https://shop.example.com"}, "function": function}}
    paths = below("/a/{b}", 400, "b")
    for path in list(paths)[:20]:
        paths[path]["get"] |= own
    api = only(tmp_path, paths, gateway)

    assert set(list(paths)[:20]) <= set(api.wire["paths"])
    assert ours(api, GREEDY)


def test_a_composition_folds_with_its_neighbours(tmp_path: Path) -> None:
    paths = below("/a/{b}", 400, "b")
    paths["/a/{b}/r399"]["get"]["x-headgate"] = {"workflow": "page"}
    value = document(paths)
    del value["x-headgate"]
    value["servers"] = [{"url": "https://shop.example.com"}]
    workflow = {
        "arazzo": "1.0.1",
        "info": {"title": "Page", "version": "1"},
        "sourceDescriptions": [{"name": "shop", "url": "shop.yaml", "type": "openapi"}],
        "workflows": [
            {
                "workflowId": "page",
                "inputs": {"type": "object", "properties": {"b": {"type": "string"}}},
                "steps": [
                    {
                        "stepId": "one",
                        "operationPath": "{$sourceDescriptions.shop.url}#/paths/~1a~1{b}~1r001/get",
                        "parameters": [{"name": "b", "in": "path", "value": "$inputs.b"}],
                        "outputs": {"it": "$response.body"},
                    }
                ],
                "outputs": {"it": "$steps.one.outputs.it"},
            }
        ],
    }
    apis = {"apis": {"shop": {"documents": ["shop.yaml"], "workflows": ["page.arazzo.yaml"]}}}
    found, problems = compile_files(tmp_path, {"shop.yaml": value, "page.arazzo.yaml": workflow}, apis)
    assert found is not None, "\n".join(map(str, problems))
    plans = found.apis[0].plans

    (one,) = (each for each in plans["edges"]["GET " + GREEDY]["candidates"] if each["plan"])
    assert (one["plan"], list(plans["plans"])) == ("GET /a/{b}/r399", ["GET /a/{b}/r399"])


def test_more_folds_where_the_template_has_no_room(tmp_path: Path) -> None:
    paths = below("/a/{b}", 200, "b")
    whole = len(json.dumps(only(tmp_path, paths).wire, separators=(",", ":")))
    found, problems = compiled(tmp_path, paths, target=Target("dev", wire_bytes=whole // 2))
    size = len(json.dumps(found.apis[0].wire, separators=(",", ":")))

    assert whole // 3 < size <= whole // 2
    assert found.operations == 200
    assert [problem.code for problem in problems] == ["HG167"]
    assert "the template has no room for more than" in problems[0].message
