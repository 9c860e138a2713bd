"""An operation's own `audience`: a token must name it, and a cached policy leaves the operation out for tokens that do not."""

import hashlib
from typing import Any

import pytest

from functions.authorizer.errors import ConfigurationError, RejectedError
from functions.authorizer.routes import read_routes

from .tokens import build_token
from .world import AUDIENCE, NOW, PREFIX, authorizer, event, iam_allows, routes, with_token

ADMIN = "api://admin"


def token(*audience: str) -> str:
    claims = {
        "iss": "https://issuer.example.com/",
        "aud": list(audience),
        "sub": "u",
        "exp": NOW + 300,
        "scope": "read",
    }
    return build_token(
        {"header": {"alg": "RS256", "kid": "rsa-1"}, "claims": claims, "sign": {"alg": "RS256", "key": "rsa1"}}, NOW
    )


def table(**audiences: list[str]) -> dict[str, Any]:
    """`/users` for every token, `/admin` and `/admin/{id}` for some."""
    document = routes({"GET /users": ["read"], "GET /admin": ["read"], "GET /admin/{id}": ["read"]})
    for operation in document["operations"]:
        if operation["template"].startswith("/admin"):
            operation["audience"] = audiences.get("admin", [ADMIN])
    return document


@pytest.mark.parametrize(("audience", "is_allowed"), [([AUDIENCE], False), ([AUDIENCE, ADMIN], True)])
def test_a_token_must_name_the_operations_audience(audience: list[str], is_allowed: bool) -> None:
    decision = authorizer(table()).decide(event("GET /admin", **with_token(token(*audience))))

    assert iam_allows(decision, f"{PREFIX}/GET/admin") is is_allowed


def test_the_issuers_audience_is_still_asked_for() -> None:
    with pytest.raises(RejectedError):
        authorizer(table()).decide(event("GET /admin", **with_token(token(ADMIN))))


def test_one_of_several_audiences_is_enough() -> None:
    decision = authorizer(table(admin=["x", ADMIN])).decide(event("GET /admin", **with_token(token(AUDIENCE, ADMIN))))

    assert iam_allows(decision, f"{PREFIX}/GET/admin")


@pytest.mark.parametrize("asked", ["GET /users", "GET /admin"])
@pytest.mark.parametrize(("audience", "reaches_admin"), [([AUDIENCE], False), ([AUDIENCE, ADMIN], True)])
def test_the_cached_policy_is_right_for_every_operation(asked: str, audience: list[str], reaches_admin: bool) -> None:
    decision = authorizer(table()).decide(event(asked, **with_token(token(*audience))))
    reached = {path: iam_allows(decision, f"{PREFIX}/GET{path}") for path in ("/users", "/admin", "/admin/7")}

    assert reached == {"/users": True, "/admin": reaches_admin, "/admin/7": reaches_admin}


def test_tokens_of_different_audiences_do_not_share_a_remembered_policy() -> None:
    gateway = authorizer(table())
    rich = gateway.decide(event("GET /users", **with_token(token(AUDIENCE, ADMIN))))
    poor = gateway.decide(event("GET /users", **with_token(token(AUDIENCE))))

    assert iam_allows(rich, f"{PREFIX}/GET/admin")
    assert not iam_allows(poor, f"{PREFIX}/GET/admin")


def test_a_way_in_without_a_token_does_not_fulfil_an_audience() -> None:
    document = table()
    document["schemes"]["key"] = {"kind": "api-key"}
    document["operations"][1]["security"] = [{"key": []}, {}]

    decision = authorizer(document).decide(event("GET /users", **with_token(token(AUDIENCE, ADMIN))))

    assert not iam_allows(decision, f"{PREFIX}/GET/admin")


def test_a_test_credential_with_every_scope_has_every_audience() -> None:
    document = table()
    digest = hashlib.sha256(b"secret").hexdigest()
    place = {"in": "header", "name": "Authorization", "prefix": "Bearer"}
    document["schemes"]["oidc"] = {"kind": "static", **place, "sha256": [digest], "principal": "t", "scopes": ["*"]}

    decision = authorizer(document).decide(event("GET /admin", **with_token("secret")))

    assert iam_allows(decision, f"{PREFIX}/GET/admin")


def test_an_audience_that_is_no_list_is_a_broken_table() -> None:
    document = table()
    document["operations"][1]["audience"] = ADMIN

    with pytest.raises(ConfigurationError):
        read_routes(document)
