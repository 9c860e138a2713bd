"""Edges: operations that API Gateway cannot route or check are handed to the aggregator, most literal first."""

from pathlib import Path
from typing import Any

import pytest

from headgate.spec import CompiledApi, Target

from ..importer import complaints
from ..projects import compile_files, compile_one, document, operation, variables

STRICT = {"x-headgate": {"validate": "strict"}}


def compiled(folder: Path, paths: dict[str, Any], **members: Any) -> CompiledApi:
    """The API of these paths; everything it hands to API Gateway can be imported."""
    api = compile_one(folder, document(paths, **members))
    assert complaints(api.wire) == []
    return api


def get(*names: str, **members: Any) -> dict[str, Any]:
    return {"get": operation(parameters=variables(*names), **members)}


def candidates(api: CompiledApi, key: str) -> list[str]:
    """What an edge tries, in order."""
    return [one["operation"] for one in api.plans["edges"][key]["candidates"]]


def target_of(api: CompiledApi, path: str, method: str = "get") -> str:
    """`aggregator`, or the address that API Gateway calls."""
    uri: str = api.wire["paths"][path][method]["x-amazon-apigateway-integration"]["uri"]
    return "aggregator" if "function:headgate-aggregator" in uri else uri


def test_without_edges_the_plans_do_not_mention_them(tmp_path: Path) -> None:
    api = compiled(tmp_path, {"/a": get()})

    assert ("edges" in api.plans, api.uses_aggregator, api.edge_validators["operations"]) == (False, False, {})


def test_a_strict_operation_goes_through_the_aggregator_with_its_validator(tmp_path: Path) -> None:
    user = {"type": "object", "properties": {"name": {"$ref": "#/components/schemas/Name"}}}
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}}
    schemas = {"User": user, "Name": {"type": "string"}, "Other": {"type": "object", "properties": {"x": {}}}}
    paths = {
        "/users/{id}": {"put": operation(parameters=variables("id"), requestBody=body, **STRICT)},
        "/plain": {"post": operation(requestBody=body)},
    }
    api = compiled(tmp_path, paths, schemas=schemas)

    assert api.plans["edges"]["PUT /users/{id}"] == {
        "secured": False,
        "candidates": [
            {
                "operation": "PUT /users/{id}",
                "id": "putUsersId",
                "segments": ["users", {"name": "id"}],
                "query": {},
                "validate": True,
                "upstream": "shop",
                "path": "/users/{id}",
                "plan": None,
                "rewrite": {"headers": {}, "query": {}},
                "timeout": 29.0,
            }
        ],
    }
    assert (target_of(api, "/users/{id}", "put"), api.uses_aggregator) == ("aggregator", True)
    assert target_of(api, "/plain", "post") == "https://shop.internal.example.com/plain"
    assert set(api.edge_validators["operations"]) == {"PUT /users/{id}"}
    assert set(api.edge_validators["$defs"]) == {"User", "Name"}
    assert api.plans["upstreams"] == {"shop": {"url": "https://shop.internal.example.com"}}


def test_api_gateway_checks_nothing_of_a_strict_operation(tmp_path: Path) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    query = [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]
    api = compiled(tmp_path, {"/a": {"post": operation(requestBody=body, parameters=query, **STRICT)}})
    method = api.wire["paths"]["/a"]["post"]

    assert (method["parameters"], "requestBody" in method) == ([], False)
    assert "x-amazon-apigateway-request-validator" not in method


def test_a_strict_operation_keeps_its_authorizer(tmp_path: Path) -> None:
    api = compiled(tmp_path, {"/a": get(security=[{"oidc": ["read"]}], **STRICT)})
    (route,) = api.routes["operations"]

    assert api.plans["edges"]["GET /a"]["secured"] is True
    assert list(api.wire["paths"]["/a"]["get"]["security"][0]) == [route["authorizer"]]


@pytest.mark.parametrize(
    ("path", "resource", "segments"),
    [
        ("/v2/{Sid}.json", "/v2/{Sid}", ["v2", [{"name": "Sid"}, ".json"]]),
        ("/jobs/{id}:cancel", "/jobs/{id}", ["jobs", [{"name": "id"}, ":cancel"]]),
        ("/thumb.{ext}", "/{ext}", [["thumb.", {"name": "ext"}]]),
        ("/{a}-{b}/x", "/{a}/x", [[{"name": "a"}, "-", {"name": "b"}], "x"]),
        ("/users/@me", "/users/{segment}", ["users", "@me"]),
        ("/my photos", "/{segment}", ["my photos"]),
        ("/my%20photos", "/{segment}", ["my photos"]),
        ("/a,b", "/{segment}", ["a,b"]),
        ("/größe", "/{segment}", ["größe"]),
        ("/a%2Fb", "/{segment}", ["a/b"]),
        ("/{user id}.{größe}", "/{userid}", [[{"name": "user id"}, ".", {"name": "größe"}]]),
    ],
)
def test_what_is_no_plain_segment_becomes_a_variable_that_the_aggregator_reads(
    tmp_path: Path, path: str, resource: str, segments: Any
) -> None:
    api = compiled(tmp_path, {path: {"get": operation()}})

    assert target_of(api, resource) == "aggregator"
    assert api.plans["edges"][f"GET {resource}"]["candidates"][0]["segments"] == segments


@pytest.mark.parametrize(
    ("path", "upstream_path"),
    [
        ("/v2/{Sid}.json", "/v2/{Sid}.json"),
        ("/my photos/{user id}.png", "/my%20photos/{user id}.png"),
        ("/my%20photos", "/my%20photos"),
        ("/größe", "/gr%C3%B6%C3%9Fe"),
        ("/users/@me", "/users/@me"),
        ("/list?all=true", "/list"),
    ],
)
def test_the_service_sees_the_path_as_the_document_writes_it(tmp_path: Path, path: str, upstream_path: str) -> None:
    api = compiled(tmp_path, {path: {"get": operation()}})
    ((found,),) = (entry["candidates"] for entry in api.plans["edges"].values())

    assert found["path"] == upstream_path


def test_a_plain_variable_of_the_same_place_shares_the_edge_and_a_plain_literal_does_not(tmp_path: Path) -> None:
    api = compiled(tmp_path, {"/users/{id}": get("id"), "/users/@me": get(), "/users/me": get()})

    assert candidates(api, "GET /users/{id}") == ["GET /users/@me", "GET /users/{id}"]
    assert target_of(api, "/users/me") == "https://shop.internal.example.com/users/me"


def test_candidates_are_ordered_by_how_much_they_say(tmp_path: Path) -> None:
    paths = ["/f/{id}", "/f/{id}.tar.gz", "/f/{id}.gz", "/f/@x", "/f/{id}?v=1", "/f/{id}?v", "/f/{id}?v=1&w=2"]
    api = compiled(tmp_path, {path: {"get": operation()} for path in paths})

    assert candidates(api, "GET /f/{id}") == [
        "GET /f/@x",
        "GET /f/{id}.tar.gz",
        "GET /f/{id}.gz",
        "GET /f/{id}?v=1&w=2",
        "GET /f/{id}?v=1",
        "GET /f/{id}?v",
        "GET /f/{id}",
    ]


def test_query_keys_of_a_path_tell_operations_apart(tmp_path: Path) -> None:
    api = compiled(tmp_path, {"/r?beta=true&mode={m}&x": get(), "/r": get()})
    first, second = api.plans["edges"]["GET /r"]["candidates"]

    assert (first["query"], second["query"]) == ({"beta": "true", "mode": None, "x": None}, {})


def test_only_the_methods_that_need_it_are_edges(tmp_path: Path) -> None:
    api = compiled(tmp_path, {"/r": {"get": operation(), "post": operation()}, "/r?x=1": {"post": operation()}})

    assert (target_of(api, "/r"), target_of(api, "/r", "post")) == ("https://shop.internal.example.com/r", "aggregator")


def test_a_variable_beside_one_for_the_rest_is_left_to_the_aggregator(tmp_path: Path) -> None:
    paths = {"/a/{x}": get("x"), "/a/{x}/b": get("x"), "/a/{rest+}": get("rest"), "/a/c": get()}
    api = compiled(tmp_path, paths)

    assert set(api.wire["paths"]) == {"/a/{x+}", "/a/c"}
    assert candidates(api, "GET /a/{x+}") == ["GET /a/{x}", "GET /a/{x}/b", "GET /a/{rest+}"]


def test_variants_after_a_hash_share_a_route_of_their_own(tmp_path: Path) -> None:
    files, problems = {"shop.yaml": document({"/t#one": get(), "/t#two": get(), "/t": get()})}, []
    found, problems = compile_files(tmp_path, files)
    assert found is not None

    assert target_of(found.apis[0], "/t") == "https://shop.internal.example.com/t"
    assert [(problem.level, problem.code) for problem in problems] == [("warning", "HG160")] * 2


def test_a_shared_route_asks_only_for_what_all_its_variants_need(tmp_path: Path) -> None:
    def needs(*names: str) -> dict[str, Any]:
        return get() | {
            "get": operation(
                parameters=[{"name": n, "in": "query", "required": True, "schema": {"type": "string"}} for n in names]
            )
        }

    api = compiled(tmp_path, {"/t#one": needs("a", "b"), "/t#two": needs("b", "c")})

    assert [p["name"] for p in api.wire["paths"]["/t"]["get"]["parameters"]] == ["b"]


def test_rewrites_become_expressions(tmp_path: Path) -> None:
    rewrite = {
        "path": "/who/{id}",
        "headers": {"X-A": "'v2'", "X-B": "request.header.X-Old", "X-C": "principal.sub"},
        "query": {"ip": "context.identity.sourceIp", "q": "request.query.q", "p": "request.path.id"},
    }
    secured = {"security": [{"oidc": []}], "x-headgate": {"validate": "strict", "rewrite": rewrite}}
    api = compiled(tmp_path, {"/a/{id}": get("id", **secured), "/a/{name}/b": get("name")})
    (found,) = api.plans["edges"]["GET /a/{id}"]["candidates"]

    assert found["path"] == "/who/{id}"
    assert found["rewrite"] == {
        "headers": {
            "X-A": {"const": "v2"},
            "X-B": {"input": "header", "pointer": ["x-old"]},
            "X-C": {"input": "principal", "pointer": ["sub"]},
        },
        "query": {
            "ip": {"input": "context", "pointer": ["identity", "sourceIp"]},
            "q": {"input": "query", "pointer": ["q"]},
            "p": {"input": "path", "pointer": ["id"]},
        },
    }


def test_a_less_literal_operation_takes_what_an_edge_would_otherwise_swallow(tmp_path: Path) -> None:
    api = compiled(tmp_path, {"/users/@me/guilds": get(), "/users/{id}/{thing}": get("id", "thing")})

    assert candidates(api, "GET /users/{id}/guilds") == ["GET /users/@me/guilds", "GET /users/{id}/{thing}"]
    assert target_of(api, "/users/{id}/{thing}").startswith("https://")


def test_one_authorizer_entry_stands_for_a_route(tmp_path: Path) -> None:
    secured = {"security": [{"oidc": []}]}
    api = compiled(tmp_path, {"/u/@me": get(**secured), "/u/{id}": get("id", **secured)})

    assert [(o["method"], o["template"]) for o in api.routes["operations"]] == [("GET", "/u/{id}")]
    assert api.plans["edges"]["GET /u/{id}"]["secured"] is True


def test_the_mock_server_answers_behind_an_edge(tmp_path: Path) -> None:
    target = Target("dev", mock_url="http://127.0.0.1:9999")
    api = compile_one(tmp_path, document({"/my photos/{id}.png?x=1": get("id")}), None, target)
    ((found,),) = (entry["candidates"] for entry in api.plans["edges"].values())

    assert api.plans["upstreams"][found["upstream"]] == {"url": "http://127.0.0.1:9999"}
    assert found["path"] == "/my%20photos/{id}.png"
