"""`servers`: the nearest list's first entry answers; what is odd about a list is said once."""

from pathlib import Path
from typing import Any

import pytest

from headgate.spec import Target

from ..projects import compile_files, document, operation

A, B = {"url": "https://a.example.com/v1"}, {"url": "https://b.example.com"}


def compiled(
    folder: Path, paths: dict[str, Any], target: Target | None = None, **members: Any
) -> tuple[dict[str, str], list[str]]:
    """Addresses by path, and what is said."""
    value = document(paths, **members)
    del value["x-headgate"]
    found, problems = compile_files(folder, {"shop.yaml": value}, None, target)
    said = [f"{problem.code} {problem.message}" for problem in problems]
    wire = found.apis[0].wire["paths"] if found else {}
    return {path: item["get"]["x-amazon-apigateway-integration"]["uri"] for path, item in wire.items()}, said


def get(**members: Any) -> dict[str, Any]:
    return {"get": operation(**members)}


def test_the_nearest_list_wins(tmp_path: Path) -> None:
    paths = {
        "/root": get(),
        "/item": {**get(), "servers": [B]},
        "/own": {**get(servers=[{"url": "https://own.example.com/"}]), "servers": [B]},
    }
    uris, said = compiled(tmp_path, paths, servers=[A])

    assert (said, uris) == (
        [],
        {
            "/root": "https://a.example.com/v1/root",
            "/item": "https://b.example.com/item",
            "/own": "https://own.example.com/own",
        },
    )


def test_the_first_of_several_is_used_and_the_others_are_named_once(tmp_path: Path) -> None:
    uris, said = compiled(tmp_path, {"/a": get(), "/b": get()}, servers=[A, B])

    assert uris["/a"].startswith("https://a.")
    assert said == [
        "HG168 requests go to https://a.example.com/v1, the first of 2 servers; not used: https://b.example.com"
    ]


def test_an_empty_list_is_no_list(tmp_path: Path) -> None:
    uris, said = compiled(tmp_path, {"/a": get(servers=[])}, servers=[A])

    assert (uris["/a"], said) == ("https://a.example.com/v1/a", [])


def test_variables_have_their_defaults(tmp_path: Path) -> None:
    variables = {"host": {"default": "eu", "enum": ["eu", "us"]}, "port": {"default": 8443}}
    server = {"url": "https://{host}.example.com:{port}", "variables": variables}
    uris, said = compiled(tmp_path, {"/a": get()}, servers=[server])

    assert (uris["/a"], said) == ("https://eu.example.com:8443/a", [])


def test_a_default_that_is_not_among_the_values_is_told(tmp_path: Path) -> None:
    server = {"url": "https://{host}.example.com", "variables": {"host": {"default": "asia", "enum": ["eu", "us"]}}}
    _, said = compiled(tmp_path, {"/a": get()}, servers=[server])

    assert said == ["HG168 server variable 'host' has the default 'asia', which its enum does not list"]


@pytest.mark.parametrize(
    ("url", "code"),
    [("/v1", "HG130"), ("https://{tenant}.example.com", "HG131"), ("//a.example.com", "HG130"), (7, "HG130")],
    ids=["relative", "no-default", "no-scheme", "no-text"],
)
def test_an_address_that_is_none_is_an_error(tmp_path: Path, url: Any, code: str) -> None:
    _, said = compiled(tmp_path, {"/a": get()}, servers=[{"url": url}])

    assert [line.split()[0] for line in said] == [code]


def test_http_is_told_once_and_not_on_the_local_cloud(tmp_path: Path) -> None:
    plain = [{"url": "http://a.example.com"}]

    assert compiled(tmp_path, {"/a": get(), "/b": get()}, servers=plain)[1] == [
        "HG169 http://a.example.com is called without encryption, with whatever credentials and data a request has"
    ]
    assert compiled(tmp_path, {"/a": get()}, Target("dev", local=True), servers=plain)[1] == []


@pytest.mark.parametrize("security", [[{"oidc": []}], []])
def test_an_options_operation_that_refuses_preflight_is_told(tmp_path: Path, security: list[Any]) -> None:
    gateway = {"apis": {"shop": {"documents": ["shop.yaml"], "cors": {"origins": ["https://a.example.com"]}}}}
    value = document({"/a": {**get(), "options": operation(security=security)}})
    _, problems = compile_files(tmp_path, {"shop.yaml": value}, gateway)

    assert [problem.code for problem in problems] == (["HG121"] if security else [])
