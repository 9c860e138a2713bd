"""`x-headgate: {audience: [...]}` reaches the authorizer, and is refused where no token would be looked at."""

from pathlib import Path
from typing import Any

import pytest

from ..projects import compile_one, document, operation, problems_of

KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
OIDC = {"type": "openIdConnect", "openIdConnectUrl": "https://id.example.com/.well-known/openid-configuration"}


def audience(*names: str, **members: Any) -> dict[str, Any]:
    return operation(**{"x-headgate": {"audience": list(names)}, **members})


def test_it_is_in_the_authorizers_table(tmp_path: Path) -> None:
    paths = {"/a": {"get": audience("b", "a", security=[{"oidc": []}]), "put": operation(security=[{"oidc": []}])}}
    routes = compile_one(tmp_path, document(paths)).routes
    first, second = routes["operations"]

    assert (first["audience"], "audience" in second) == (["a", "b"], False)
    assert first["authorizer"] == second["authorizer"]


def test_another_audience_is_another_authorizer_name_so_nothing_cached_is_shared(tmp_path: Path) -> None:
    names = set()
    for wanted in (["a"], ["b"]):
        api = compile_one(tmp_path, document({"/a": {"get": audience(*wanted, security=[{"oidc": []}])}}))
        names |= set(api.routes["authorizers"])

    assert len(names) == 2


def test_an_audience_that_overlaps_without_a_policy_that_says_it_is_asked_per_operation(tmp_path: Path) -> None:
    secured = {"security": [{"oidc": []}]}
    paths = {
        "/{a}": {"get": operation(**secured)},
        "/{a}/{b}": {"get": audience("admin", **secured)},
        "/{a}/{b}/y": {"get": operation(**secured)},
    }
    routes = compile_one(tmp_path, document(paths)).routes
    by_template = {o["template"]: routes["authorizers"][o["authorizer"]]["perOperation"] for o in routes["operations"]}

    assert by_template["/{a}/{b}"] is True


@pytest.mark.parametrize(
    "security",
    [[], [{"key": []}], [{"oidc": []}, {}], [{"oidc": []}, {"key": []}]],
    ids=["public", "api-key", "optional", "token-or-key"],
)
def test_a_way_in_without_a_token_makes_it_an_error(tmp_path: Path, security: list[Any]) -> None:
    schemes = {"oidc": OIDC, "key": KEY if security != [{"oidc": []}, {"key": []}] else {**KEY, "name": "X-Other"}}
    value = document({"/a": {"get": audience("admin", security=security)}}, schemes=schemes)
    said = [line.split()[0] for line in problems_of(tmp_path, value)]

    assert "HG134" in said or "HG140" in said


def test_one_for_the_whole_document_leaves_public_operations_alone(tmp_path: Path) -> None:
    paths = {"/a": {"get": operation(security=[{"oidc": []}])}, "/b": {"get": operation()}}
    settings = {"x-headgate": {"upstream": "shop", "audience": ["admin"]}}
    routes = compile_one(tmp_path, document(paths, **settings)).routes

    assert [o.get("audience") for o in routes["operations"]] == [["admin"], None]
