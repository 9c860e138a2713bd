"""Security: who is asked for what, and that nothing is opened by mistake."""

import hashlib
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from headgate.spec import CompiledApi, Target

from ..projects import OIDC, compile_files, compile_one, document, operation, problems_of, variables

BEARER = {"type": "http", "scheme": "bearer"}
KEY = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
QUERY = {"type": "apiKey", "in": "query", "name": "token"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "sid"}
SCHEMES = {"oidc": OIDC, "other": BEARER, "key": KEY, "query": QUERY, "cookie": COOKIE}

ISSUERS = {
    "issuers": {
        "id": {"issuer": "https://id.example.com/", "audience": ["a"], "schemes": ["oidc", "other", "query", "cookie"]}
    }
}


def compiled_with(folder: Path, own: Any, **root: Any) -> CompiledApi:
    members = {} if own is None else {"security": own}
    return compile_one(folder, document({"/a": {"get": operation(**members)}}, schemes=SCHEMES, **root), ISSUERS)


def wire_security(api: CompiledApi) -> Any:
    return api.wire["paths"]["/a"]["get"]["security"]


def sources(api: CompiledApi) -> list[list[str]]:
    return [authorizer["identitySources"] for authorizer in api.routes["authorizers"].values()]


def test_root_security_is_pushed_down(tmp_path: Path) -> None:
    api = compiled_with(tmp_path, None, security=[{"oidc": ["read"]}])

    assert list(wire_security(api)[0]) == list(api.routes["authorizers"])
    assert api.routes["operations"][0]["security"] == [{"oidc": ["read"]}]
    assert "security" not in api.wire


@pytest.mark.parametrize("own", [[], [{}]])
def test_an_operation_may_be_public_under_a_protected_root(tmp_path: Path, own: Any) -> None:
    api = compiled_with(tmp_path, own, security=[{"oidc": []}])

    assert wire_security(api) == []
    assert api.routes["operations"][0] == {
        "id": "getA",
        "method": "GET",
        "template": "/a",
        "authorizer": None,
        "security": [],
    }


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        pytest.param([{"oidc": []}], ["method.request.header.Authorization"], id="one"),
        pytest.param([{"oidc": []}, {"other": []}], ["method.request.header.Authorization"], id="or-in-one-place"),
        pytest.param(
            [{"oidc": [], "query": []}],
            ["method.request.header.Authorization", "method.request.querystring.token"],
            id="and",
        ),
        pytest.param([{"oidc": []}, {"query": []}], [], id="or-in-two-places"),
        pytest.param([{"oidc": []}, {}], [], id="optional"),
        pytest.param([{"cookie": []}], ["method.request.header.Cookie"], id="cookie"),
        pytest.param([{"oidc": [], "key": []}], ["method.request.header.Authorization"], id="and-with-api-key"),
    ],
)
def test_results_are_cached_by_what_every_way_in_needs(tmp_path: Path, security: Any, expected: list[str]) -> None:
    api = compiled_with(tmp_path, security)
    scheme = api.wire["components"]["securitySchemes"][next(iter(api.routes["authorizers"]))]
    settings = scheme["x-amazon-apigateway-authorizer"]

    assert sources(api) == [expected]
    assert settings.get("identitySource", "") == ",".join(expected)
    assert settings["authorizerResultTtlInSeconds"] == (60 if expected else 0)


def test_an_api_key_is_checked_by_api_gateway_itself(tmp_path: Path) -> None:
    api = compiled_with(tmp_path, [{"key": []}])

    assert wire_security(api) == [{"api_key": []}]
    assert api.wire["components"]["securitySchemes"]["api_key"] == {
        "type": "apiKey",
        "name": "x-api-key",
        "in": "header",
    }
    assert api.routes["schemes"] == {"key": {"kind": "api-key"}}
    assert not api.uses_authorizer


def test_an_api_key_beside_a_token_is_both(tmp_path: Path) -> None:
    api = compiled_with(tmp_path, [{"oidc": [], "key": []}])

    assert set(wire_security(api)[0]) == {"api_key", next(iter(api.routes["authorizers"]))}


def test_an_api_key_as_one_of_two_ways_in_is_an_error(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(security=[{"oidc": []}, {"key": []}])}}, schemes=SCHEMES)

    assert "HG146" in problems_of(tmp_path, value, ISSUERS)[0]


def test_a_key_that_no_plan_holds_is_warned_about(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(security=[{"key": []}])}}, schemes=SCHEMES)
    assert [said.split()[0] for said in problems_of(tmp_path, value)] == ["HG147"]

    assert problems_of(tmp_path, value, {"plans": {"free": {"keys": ["demo"]}}}) == []


def test_a_scheme_that_nothing_checks_is_an_error_at_its_definition(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(security=[{"other": []}])}}, schemes=SCHEMES)
    _, problems = compile_files(tmp_path, {"shop.yaml": value})

    assert [(problem.code, problem.pointer) for problem in problems] == [("HG140", "/components/securitySchemes/other")]


@pytest.mark.parametrize(
    "scheme", [BEARER, {"type": "http", "scheme": "basic"}, QUERY, {"type": "mutualTLS"}, {"type": "strange"}]
)
def test_denied_schemes_close_the_route(tmp_path: Path, scheme: dict[str, Any]) -> None:
    value = document({"/a": {"get": operation(security=[{"s": []}])}}, schemes={"s": scheme})
    api = compile_one(tmp_path, value, target=Target("dev", unbound="deny"))

    assert api.routes["schemes"] == {"s": {"kind": "deny"}}
    assert api.routes["operations"][0]["authorizer"] == next(iter(api.routes["authorizers"]))
    assert wire_security(api) != []


def test_a_denied_scheme_beside_a_bound_one_leaves_the_other_way_in(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(security=[{"s": []}, {"oidc": []}])}}, schemes={"s": QUERY, "oidc": OIDC})
    api = compile_one(tmp_path, value, target=Target("dev", unbound="deny"))

    assert sources(api) == [["method.request.header.Authorization"]]
    assert api.routes["operations"][0]["security"] == [{"s": []}, {"oidc": []}]


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        (BEARER, ("header", "Authorization", "Bearer local-test-s")),
        ({"type": "http", "scheme": "basic"}, ("header", "Authorization", "Basic dGVzdDpsb2NhbC10ZXN0LXM=")),
        (QUERY, ("query", "token", "local-test-s")),
        (COOKIE, ("cookie", "sid", "local-test-s")),
        (KEY, ("header", "X-Api-Key", "local-test-s")),
    ],
)
def test_test_credentials_are_listed_and_only_their_digest_is_in_the_routes(
    tmp_path: Path, scheme: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    value = document({"/a": {"get": operation(security=[{"s": ["x"]}])}}, schemes={"s": scheme})
    api = compile_one(tmp_path, value, target=Target("dev", unbound="test", mock_url="http://127.0.0.1:1"))
    (credential,) = api.credentials
    route = api.routes["schemes"]["s"]

    assert (credential.where, credential.name, credential.value) == expected
    secret = credential.value.rpartition(" ")[2]
    assert route["sha256"] == [hashlib.sha256(secret.encode()).hexdigest()]
    assert secret not in str(api.routes)


@pytest.mark.parametrize(
    ("security", "code"),
    [
        ({}, "HG142"),
        ("oidc", "HG142"),
        (["oidc"], "HG142"),
        ([{"oidc": None}], "HG142"),
        (None, "HG142"),
        ([{"nope": []}], "HG141"),
    ],
)
def test_a_requirement_that_cannot_be_read_is_an_error_never_public(tmp_path: Path, security: Any, code: str) -> None:
    value = document({"/a": {"get": {**operation(), "security": security}}})

    assert code in problems_of(tmp_path, value)[0]


def test_an_extension_may_not_replace_security(tmp_path: Path) -> None:
    own = {"x-amazon-apigateway-auth": {"type": "NONE"}, "security": [{"oidc": []}]}

    assert "HG146" in problems_of(tmp_path, document({"/a": {"get": operation(**own)}}))[0]


def test_two_documents_may_not_mean_different_things_by_one_name(tmp_path: Path) -> None:
    gateway = {"apis": {"shop": {"documents": ["a.yaml", "b.yaml"]}}, **ISSUERS}
    first = document({"/a": {"get": operation(security=[{"oidc": []}])}})
    second = document({"/b": {"get": operation(security=[{"oidc": []}])}}, schemes={"oidc": QUERY})
    _, problems = compile_files(tmp_path, {"a.yaml": first, "b.yaml": second}, gateway)

    assert [problem.code for problem in problems] == ["HG145"]


def test_an_authorizer_of_the_users_own_passes_through(tmp_path: Path) -> None:
    own = {"type": "apiKey", "in": "header", "name": "X", "x-amazon-apigateway-authtype": "custom"}
    own["x-amazon-apigateway-authorizer"] = {
        "type": "token",
        "authorizerUri": "arn:x",
        "authorizerResultTtlInSeconds": 0,
    }
    api = compile_one(tmp_path, document({"/a": {"get": operation(security=[{"mine": []}])}}, schemes={"mine": own}))

    assert wire_security(api) == [{"mine": []}]
    assert api.wire["components"]["securitySchemes"]["mine"] == own


def test_a_scheme_that_only_looks_native_is_not_bound(tmp_path: Path) -> None:
    own = {"type": "apiKey", "in": "header", "name": "X", "x-amazon-apigateway-authtype": "none"}
    value = document({"/a": {"get": operation(security=[{"mine": []}])}}, schemes={"mine": own})

    assert "HG140" in problems_of(tmp_path, value)[0]


def test_the_local_provider_takes_the_issuers_place(tmp_path: Path) -> None:
    issuer = {"issuer": "https://id.example.com/", "audience": ["a"], "schemes": ["oidc"], "local": "provider"}
    value = document({"/a": {"get": operation(security=[{"oidc": []}])}})
    local = compile_one(tmp_path, value, {"issuers": {"id": issuer}}, Target("dev", local=True, port=4599)).routes[
        "issuers"
    ]["id"]
    remote = compile_one(tmp_path, value, {"issuers": {"id": issuer}}).routes["issuers"]["id"]

    assert (local["issuer"], local["allowHttp"]) == ("http://localhost:4599/_headgate/oidc", True)
    assert (remote["issuer"], remote["allowHttp"]) == ("https://id.example.com/", False)


def name_of(folder: Path, value: dict[str, Any], gateway: dict[str, Any] | None = None) -> str:
    (name,) = compile_one(folder, value, gateway).routes["authorizers"]
    return str(name)


def test_an_authorizers_name_changes_with_everything_it_decides_by(tmp_path: Path) -> None:
    def value(path: str = "/a", scopes: tuple[str, ...] = ()) -> dict[str, Any]:
        return document({path: {"get": operation(security=[{"oidc": list(scopes)}])}})

    other = {"issuers": {"id": {"issuer": "https://id.example.com/", "audience": ["other"], "schemes": ["oidc"]}}}
    names = [
        name_of(tmp_path, value()),
        name_of(tmp_path, value("/b")),
        name_of(tmp_path, value(scopes=("x",))),
        name_of(tmp_path, value(), other),
    ]

    assert len(set(names)) == 4
    assert name_of(tmp_path, value()) == names[0]
    assert all(name.startswith("jwt-") and len(name) == 14 for name in names)


def test_only_what_a_shared_policy_cannot_say_is_asked_per_operation(tmp_path: Path) -> None:
    def get(path: str, scope: str) -> dict[str, Any]:
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        return {path: {"get": operation(parameters=variables(*names), security=[{"oidc": [scope]}])}}

    paths = (
        get("/users/{id}", "a") | get("/users/{id}/orders", "b") | get("/users/{id}/items/{x}", "c") | get("/me", "d")
    )
    api = compile_one(tmp_path, document(paths))
    per_operation = {
        o["template"] for o in api.routes["operations"] if api.routes["authorizers"][o["authorizer"]]["perOperation"]
    }

    # `Deny users/*/orders` is needed against `Allow users/*`, and would hit users/1/items/orders.
    assert per_operation == {"/users/{id}/orders"}
    assert ["method.request.header.Authorization", "context.httpMethod", "context.resourcePath"] in sources(api)


def test_a_policy_that_would_be_too_large_is_asked_per_operation(tmp_path: Path) -> None:
    paths = {f"/resource-number-{n}": {"get": operation(security=[{"oidc": []}])} for n in range(60)}
    api = compile_one(tmp_path, document(paths))

    assert [authorizer["perOperation"] for authorizer in api.routes["authorizers"].values()] == [True]


def test_more_than_ten_sets_of_places_are_an_error(tmp_path: Path) -> None:
    names = [f"s{n}" for n in range(11)]
    schemes = {name: {"type": "apiKey", "in": "header", "name": f"X-{name}"} for name in names}
    paths = {f"/{name}": {"get": operation(security=[{name: []}])} for name in names}
    gateway = {"issuers": {"id": {"issuer": "https://id.example.com/", "audience": ["a"], "schemes": names}}}

    assert "HG143" in problems_of(tmp_path, document(paths, schemes=schemes), gateway)[0]


LEVELS = [None, [], [{}], [{"oidc": []}], [{"other": []}, {}], [{"key": []}], [{"oidc": [], "key": []}]]


@pytest.mark.parametrize(("root", "own"), list(product(LEVELS, LEVELS)))
def test_every_combination_of_levels_protects_what_it_should(tmp_path: Path, root: Any, own: Any) -> None:
    value = document({"/a": {"get": operation(**({} if own is None else {"security": own}))}}, schemes=SCHEMES)
    if root is not None:
        value["security"] = root
    api = compile_one(tmp_path, value, ISSUERS)
    effective = root if own is None else own

    assert bool(wire_security(api)) == any(effective or []) or (effective == [{"other": []}, {}])
