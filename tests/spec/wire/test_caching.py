"""`x-headgate: {cache: ...}` on an operation: kept by the stage, and never shared by two principals."""

from pathlib import Path
from typing import Any

import pytest

from ..importer import complaints
from ..projects import compile_one, document, operation, problems_of, variables

CACHED = {"x-headgate": {"cache": {"ttl": 30}}}
WITH_CLUSTER = {"environments": {"dev": {"stages": {"dev": {"cache": {"size": "0.5"}}}}}}
TEXT = {"type": "string"}


def query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema or TEXT}


def keys(folder: Path, path: str, *, schemes: dict[str, Any] | None = None, **members: Any) -> list[str]:
    """What tells entries of a cached GET apart. Everything in it is declared."""
    more = {"schemes": schemes} if schemes else {}
    api = compile_one(folder, document({path: {"get": operation(**CACHED, **members)}}, **more), WITH_CLUSTER)
    (resource,) = api.wire["paths"]
    method = api.wire["paths"][resource]["get"]
    declared = {f"method.request.{_place(p['in'])}.{p['name']}" for p in method["parameters"]}
    found: list[str] = method["x-amazon-apigateway-integration"]["cacheKeyParameters"]
    mapped = method["x-amazon-apigateway-integration"]["requestParameters"]
    assert all(key in declared or key in mapped for key in found)
    assert complaints(api.wire) == []
    assert api.caches == {f"{resource}/GET": {"ttl": 30}}
    return found


def _place(location: str) -> str:
    return {"query": "querystring"}.get(location, location)


def test_every_declared_parameter_is_part_of_the_key(tmp_path: Path) -> None:
    parameters = [
        *variables("user id"),
        query("q"),
        {"name": "X-Tenant", "in": "header", "schema": TEXT},
        {"name": "Accept", "in": "header", "schema": TEXT},
        {"name": "theme", "in": "cookie", "schema": TEXT},
    ]

    assert keys(tmp_path, "/a/{user id}", parameters=parameters) == [
        "method.request.path.userid",
        "method.request.querystring.q",
        "method.request.header.X-Tenant",
        "method.request.header.Cookie",
    ]


def test_principals_share_no_entry(tmp_path: Path) -> None:
    assert keys(tmp_path, "/a", security=[{"oidc": []}]) == [
        "method.request.header.Authorization",
        "integration.request.header.X-Headgate-Scope",
        "integration.request.header.X-Headgate-Subject",
    ]


def test_a_token_in_the_query_is_part_of_the_key_beside_the_header(tmp_path: Path) -> None:
    schemes = {"oidc": {"type": "apiKey", "in": "query", "name": "token"}}

    found = keys(tmp_path, "/a", schemes=schemes, security=[{"oidc": []}])

    assert found[:2] == ["method.request.querystring.token", "method.request.header.Authorization"]


def test_an_api_key_is_part_of_the_key(tmp_path: Path) -> None:
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}

    assert "method.request.header.x-api-key" in keys(tmp_path, "/a", schemes=schemes, security=[{"key": []}])


@pytest.mark.parametrize(
    "parameter",
    [
        query("tags", type="array", items=TEXT),
        {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
        {"name": "anything", "in": "query"},
        query("include[]", type="string"),
    ],
    ids=["list", "object", "no-schema", "odd-name"],
)
def test_a_parameter_that_the_key_cannot_hold_forbids_caching(tmp_path: Path, parameter: dict[str, Any]) -> None:
    value = document({"/a": {"get": operation(parameters=[parameter], **CACHED)}})

    assert [said[:46] for said in problems_of(tmp_path, value, WITH_CLUSTER)] == [
        f"HG134 GET /a: cache cannot tell values of '{parameter['name']}"[:46]
    ]


def test_names_that_differ_only_in_place_forbid_caching(tmp_path: Path) -> None:
    value = document({"/a/{id}": {"get": operation(parameters=[*variables("id"), query("id")], **CACHED)}})

    assert "cannot tell values of 'id' apart" in problems_of(tmp_path, value, WITH_CLUSTER)[0]


def test_a_cache_without_a_cluster_does_nothing_and_says_so(tmp_path: Path) -> None:
    said = problems_of(tmp_path, document({"/a": {"get": operation(**CACHED)}}))

    assert said == ["HG134 GET /a: cache does nothing, because no stage of this environment has a cache"]


def test_only_get_is_cached(tmp_path: Path) -> None:
    value = document({"/a": {"post": operation(**CACHED)}})

    assert problems_of(tmp_path, value, WITH_CLUSTER) == ["HG134 POST /a: cache is for GET only"]


@pytest.mark.parametrize("cache", [{"ttl": 0}, {"ttl": "5"}, {"tll": 5}])
def test_a_cache_that_cannot_be_read_is_an_error(tmp_path: Path, cache: dict[str, Any]) -> None:
    value = document({"/a": {"get": operation(**{"x-headgate": {"cache": cache}})}})

    assert problems_of(tmp_path, value, WITH_CLUSTER)[0].startswith("HG132")


def test_nothing_is_cached_that_does_not_ask_for_it(tmp_path: Path) -> None:
    api = compile_one(tmp_path, document({"/a": {"get": operation()}}), WITH_CLUSTER)

    assert api.caches == {}
    assert "cacheKeyParameters" not in api.wire["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]
