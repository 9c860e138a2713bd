"""Where credentials are read, and that one request carries one: cases.json's header and API key cases, and our own."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from functions.authorizer.decision import Decision
from functions.authorizer.errors import ConfigurationError, RejectedError
from functions.authorizer.routes import read_routes

from .keyring import jwk, key_set
from .tokens import build_token
from .world import NOW, FakeIssuer, authorizer, bearer, event, iam_allows, issuer, routes, with_token

DOCUMENT = json.loads(Path(__file__).with_name("cases.json").read_text())
OPERATION = "GET /orders"
KEY = "k-5f3a9c1e7b2d4f60"
CLAIMS = {
    "iss": "https://issuer.example.com/",
    "aud": "api://gateway",
    "sub": "user-1",
    "exp": NOW + 300,
    "scope": "orders:read",
}


def signed(claims: dict[str, Any], kid: str = "rsa-1", key: str = "rsa1") -> str:
    return build_token(
        {"header": {"alg": "RS256", "kid": kid}, "claims": claims, "sign": {"alg": "RS256", "key": key}}, NOW
    )


VALID = signed(CLAIMS)
ATTACKER = signed(CLAIMS, "rsa-1", "att_rsa")


def decide(table: dict[str, Any], request: dict[str, Any], operation: str = OPERATION) -> Decision:
    fetch = FakeIssuer(
        {
            "https://issuer.example.com/keys": key_set(["rsa1"]),
            "https://issuer-b.example.com/keys": key_set(["issB_rsa"]),
        }
    )
    return authorizer(table, fetch).decide(event(operation, **request))


def is_allowed(table: dict[str, Any], request: dict[str, Any], operation: str = OPERATION) -> bool:
    try:
        return iam_allows(decide(table, request, operation), event(operation)["methodArn"])
    except RejectedError:
        return False


def filled(value: Any) -> Any:
    words = {"$valid": VALID, "$attacker": ATTACKER, "$key[:-1]": KEY[:-1], "$key+x": KEY + "x", "$key": KEY}
    text = json.dumps(value)
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    return json.loads(text)


def as_event(request: dict[str, Any]) -> dict[str, Any]:
    named = {"headers": request.get("headers"), "multiValueHeaders": request.get("multiValueHeaders")}
    return {**named, "queryStringParameters": request.get("query")}


def cases(category: str) -> list[Any]:
    found = [case for case in DOCUMENT["cases"] if case["category"] == category and "request" in case]
    return [pytest.param(case, id=case["id"]) for case in found]


@pytest.mark.parametrize("case", cases("authorizer.headers"))
def test_a_header_is_read_as_the_case_says(case: dict[str, Any]) -> None:
    table = routes({OPERATION: ["orders:read"]})

    assert is_allowed(table, as_event(filled(case["request"]))) == (case["expect"]["effect"] == "Allow"), case["reason"]


def static(digests: list[str], scopes: tuple[str, ...] = ("*",), **members: Any) -> dict[str, Any]:
    place = {"in": "header", "name": "X-Api-Key", "prefix": None, **members}
    return {"kind": "static", **place, "sha256": digests, "principal": "local-test", "scopes": list(scopes)}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def static_routes(needs: Any = None, **members: Any) -> dict[str, Any]:
    source = members.pop("source", "method.request.header.X-Api-Key")
    return routes(
        {OPERATION: needs or [{"legacy": ["orders:read"]}]},
        schemes={"legacy": static([digest(KEY)], **members)},
        authorizers={"jwt": {"identitySources": [source], "ttlSeconds": 60}},
    )


@pytest.mark.parametrize("case", cases("authorizer.apikey"))
def test_a_static_credential_is_refused_as_the_case_says(case: dict[str, Any]) -> None:
    if "store" in case:
        with pytest.raises(ConfigurationError):
            read_routes(routes({}, schemes={"legacy": static([""])}))
        return

    assert not is_allowed(static_routes(), as_event(filled(case["request"])))


def test_the_static_credential_itself_is_accepted_with_every_scope() -> None:
    decision = decide(static_routes(), {"headers": {"x-api-key": KEY}})

    assert iam_allows(decision, event(OPERATION)["methodArn"])
    assert decision.answer["principalId"] == "local-test"


def test_a_static_credential_has_only_the_scopes_it_lists() -> None:
    assert is_allowed(static_routes(scopes=("orders:read",)), {"headers": {"x-api-key": KEY}})
    assert not is_allowed(static_routes(scopes=("orders",)), {"headers": {"x-api-key": KEY}})


@pytest.mark.parametrize(
    ("place", "source", "request_", "allowed"),
    [
        (
            "query",
            "method.request.querystring.X-Api-Key",
            {"multiValueQueryStringParameters": {"X-Api-Key": [KEY]}},
            True,
        ),
        (
            "query",
            "method.request.querystring.X-Api-Key",
            {"multiValueQueryStringParameters": {"X-Api-Key": [KEY, KEY]}},
            False,
        ),
        (
            "query",
            "method.request.querystring.X-Api-Key",
            {"multiValueQueryStringParameters": {"x-api-key": [KEY]}},
            False,
        ),
        ("cookie", "method.request.header.Cookie", {"headers": {"Cookie": f"a=b; X-Api-Key={KEY}"}}, True),
        ("cookie", "method.request.header.Cookie", {"headers": {"Cookie": f"X-Api-Key={KEY}; X-Api-Key=x"}}, False),
        ("cookie", "method.request.header.Authorization", {"headers": {"Cookie": f"X-Api-Key={KEY}"}}, False),
    ],
    ids=["query", "query-twice", "query-case", "cookie", "cookie-twice", "not-an-identity-source"],
)
def test_other_places_are_read_when_they_are_part_of_the_cache_key(
    place: str, source: str, request_: dict[str, Any], allowed: bool
) -> None:
    assert is_allowed(static_routes(**{"in": place, "source": source}), request_) == allowed


def two_schemes(security: list[dict[str, list[str]]], **members: Any) -> dict[str, Any]:
    sources = ["method.request.header.Authorization", "method.request.header.X-Api-Key"]
    schemes = {
        "oidc": bearer("main"),
        "legacy": static([digest(KEY)], ("orders:read",)),
        "key": {"kind": "api-key"},
        "closed": {"kind": "deny"},
    }
    resources = {"jwt": {"identitySources": sources, "ttlSeconds": 60}}
    return routes({OPERATION: security}, schemes=schemes, authorizers=resources, **members)


BOTH = {"headers": {"Authorization": f"Bearer {VALID}", "X-Api-Key": KEY}}
ONLY_TOKEN = {"headers": {"Authorization": f"Bearer {VALID}"}}
ONLY_KEY = {"headers": {"X-Api-Key": KEY}}
WRONG_KEY = {"headers": {"Authorization": f"Bearer {VALID}", "X-Api-Key": "nope"}}


@pytest.mark.parametrize(
    ("security", "request_", "allowed"),
    [
        pytest.param([{"oidc": [], "legacy": []}], BOTH, True, id="and-both"),
        pytest.param([{"oidc": [], "legacy": []}], ONLY_TOKEN, False, id="and-one"),
        pytest.param([{"oidc": []}, {"legacy": []}], ONLY_KEY, True, id="or-second"),
        pytest.param([{"oidc": []}, {"legacy": []}], ONLY_TOKEN, True, id="or-first"),
        pytest.param([{"oidc": []}, {"legacy": []}], WRONG_KEY, False, id="a-wrong-credential-is-never-ignored"),
        pytest.param([{"oidc": ["orders:write"]}, {"legacy": ["orders:read"]}], BOTH, True, id="or-by-scope"),
        pytest.param([{"oidc": ["orders:read", "orders:write"]}], ONLY_TOKEN, False, id="every-scope-is-needed"),
        pytest.param([{"oidc": [], "key": []}], ONLY_TOKEN, True, id="api-gateway-checks-api-keys-itself"),
        pytest.param([{"closed": []}], BOTH, False, id="deny"),
        pytest.param([{"oidc": [], "closed": []}], BOTH, False, id="deny-in-and"),
        pytest.param([{"closed": []}, {"oidc": []}], ONLY_TOKEN, True, id="deny-in-or"),
        pytest.param([{}], {}, True, id="optional"),
        pytest.param(
            [{"oidc": []}, {}], {"headers": {"Authorization": "Bearer x.y.z"}}, False, id="optional-but-wrong"
        ),
    ],
)
def test_security_is_an_or_of_ands(
    security: list[dict[str, list[str]]], request_: dict[str, Any], allowed: bool
) -> None:
    assert is_allowed(two_schemes(security), request_) == allowed


def test_two_issuers_of_one_scheme_are_kept_apart() -> None:
    address = "https://issuer-b.example.com/"
    table = routes(
        {OPERATION: []},
        issuers={"main": issuer(), "b": issuer(address)},
        schemes={"oidc": bearer("main", "b")},
    )

    assert is_allowed(table, with_token(VALID))
    assert is_allowed(table, with_token(signed({**CLAIMS, "iss": address}, key="issB_rsa")))
    assert not is_allowed(table, with_token(signed({**CLAIMS, "iss": address}, key="rsa1")))
    assert not is_allowed(table, with_token(signed(CLAIMS, key="issB_rsa")))


def test_an_issuer_counts_only_for_the_schemes_that_name_it() -> None:
    table = routes(
        {"GET /orders": [{"staff": []}], "GET /public": [{"oidc": []}]},
        issuers={"main": issuer(), "b": issuer("https://issuer-b.example.com/")},
        schemes={"oidc": bearer("main"), "staff": bearer("b")},
    )

    decision = decide(table, with_token(VALID), "GET /public")

    assert iam_allows(decision, event("GET /public")["methodArn"])
    assert not iam_allows(decision, event("GET /orders")["methodArn"])


def test_without_any_credential_the_caller_is_asked_to_authenticate() -> None:
    with pytest.raises(RejectedError, match=r"credential\.missing"):
        decide(routes({OPERATION: []}), {})


def test_a_valid_principal_without_the_scope_gets_a_policy_without_the_operation() -> None:
    decision = decide(routes({OPERATION: ["admin"]}), with_token(VALID))

    assert decision.reason == "operation.forbidden"
    assert not iam_allows(decision, event(OPERATION)["methodArn"])


@pytest.mark.parametrize("subject", ["u\r\nX-Admin: true", "u\x00", " admin", "admin ", "ü", "u\u010a", "", "x" * 256])
def test_a_subject_that_is_not_fit_for_a_header_is_refused(subject: str) -> None:
    assert not is_allowed(routes({OPERATION: []}), with_token(signed({**CLAIMS, "sub": subject})))


def test_the_context_is_small_flat_and_all_text() -> None:
    large = {
        "groups": ["g" * 100] * 20,
        "nested": {"a": 1},
        "admin": True,
        "tenant": "t-1",
        **{f"c{n}": "v" * 200 for n in range(9)},
    }
    answer = decide(routes({OPERATION: []}), with_token(signed({**CLAIMS, "client_id": "app", **large}))).answer

    assert {name: type(value) for name, value in answer["context"].items()} == dict.fromkeys(
        ["sub", "scope", "iss", "client_id", "claims"], str
    )
    assert answer["context"]["sub"] == "user-1"
    assert answer["context"]["scope"] == "orders:read"
    assert json.loads(answer["context"]["claims"])["admin"] is True
    assert len(json.dumps(answer)) <= 8192


def test_the_compiled_routes_hold_no_credential() -> None:
    assert KEY not in json.dumps(static_routes())


def test_scopes_may_come_as_a_list_in_scp() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "scope"}
    table = routes({OPERATION: ["orders:read"]})

    assert is_allowed(table, with_token(signed({**claims, "scp": ["orders:read", "x"]})))
    assert is_allowed(table, with_token(signed({**claims, "scp": "x orders:read"})))
    assert not is_allowed(table, with_token(signed({**claims, "scp": ["orders:readx"]})))
    assert not is_allowed(table, with_token(signed({**CLAIMS, "scope": "x", "scp": ["orders:read"]})))


def test_the_keys_of_this_suite_are_public_ones() -> None:
    assert set(jwk("rsa1")) == {"kty", "n", "e", "kid", "use", "alg"}


def test_a_scope_that_contains_another_is_not_that_other() -> None:
    table = routes({"GET /orders": ["orders:read"], "GET /all": ["orders:read:all"], "GET /r": ["read"]})
    decision = decide(table, with_token(signed({**CLAIMS, "scope": "orders:read:all"})), "GET /all")

    granted = [path for path in ("/orders", "/all", "/r") if iam_allows(decision, event(f"GET {path}")["methodArn"])]

    assert granted == ["/all"]


@pytest.mark.parametrize(
    ("claims", "allowed"),
    [
        ({"iat": NOW - 10, "exp": NOW + 3500}, True),
        ({"iat": NOW - 10, "exp": NOW + 3600}, False),
        ({"exp": NOW + 3600}, True),
        ({"exp": NOW + 3601}, False),
        ({"iat": NOW + 29, "exp": NOW + 3629}, True),
        ({"iat": NOW + 31, "exp": NOW + 300}, False),
    ],
)
def test_a_token_that_lives_longer_than_the_issuer_allows_is_refused(claims: dict[str, int], allowed: bool) -> None:
    table = routes({OPERATION: []}, issuers={"main": issuer(maxLifetimeSeconds=3600)})

    assert is_allowed(table, with_token(signed({**CLAIMS, **claims}))) == allowed


@pytest.mark.parametrize(
    ("claims", "allowed"),
    [
        ({"exp": NOW - 29}, True),
        ({"exp": NOW - 30}, False),
        ({"nbf": NOW + 30}, True),
        ({"nbf": NOW + 31}, False),
    ],
)
def test_the_leeway_is_thirty_seconds_on_both_sides(claims: dict[str, int], allowed: bool) -> None:
    assert is_allowed(routes({OPERATION: []}), with_token(signed({**CLAIMS, **claims}))) == allowed
