"""A cached policy is right for every operation behind the authorizer: brute force against a router and IAM of the tests' own."""

import itertools
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.authorizer.errors import RejectedError
from functions.authorizer.policy import MAX_ARN_LENGTH, MAX_OUTPUT_BYTES, size
from functions.authorizer.routes import read_routes

from .tokens import build_token
from .world import NOW, PREFIX, authorizer, event, iam_allows, routes, with_token

SEGMENTS = ("a", "b", "zz")
PATHS = ["/"] + ["/" + "/".join(parts) for depth in (1, 2, 3, 4) for parts in itertools.product(SEGMENTS, repeat=depth)]


@cache
def token(*scopes: str) -> str:
    claims = {
        "iss": "https://issuer.example.com/",
        "aud": "api://gateway",
        "sub": "u",
        "exp": NOW + 300,
        "scope": " ".join(scopes),
    }
    return build_token(
        {"header": {"alg": "RS256", "kid": "rsa-1"}, "claims": claims, "sign": {"alg": "RS256", "key": "rsa1"}}, NOW
    )


Tree = dict[str, Any]


def tree_of(templates: list[str]) -> Tree:
    root: Tree = {}
    for template in templates:
        node = root
        for segment in template[1:].split("/") if template != "/" else []:
            node = node.setdefault(segment, {})
        node[""] = template
    return root


def route(node: Tree, segments: list[str]) -> str | None:
    """API Gateway's choice: the literal child first, then the variable one, then the greedy one, backing up when stuck."""
    if not segments:
        return node.get("")
    head, rest = segments[0], segments[1:]
    variable = next((name for name in node if name.startswith("{") and not name.endswith("+}")), None)
    greedy = next((name for name in node if name.endswith("+}")), None)
    for name in (head, variable):
        found = route(node[name], rest) if name is not None and name in node else None
        if found is not None:
            return found
    return node[greedy].get("") if greedy else None


def answers(operations: Iterable[str]) -> list[tuple[str, str]]:
    """Every path that an operation answers: (method and path, operation)."""
    found = []
    for verb in ("GET", "PUT"):
        tree = tree_of([name.split(" ")[1] for name in operations if name.startswith(verb + " ")])
        for path in PATHS:
            template = route(tree, [] if path == "/" else path[1:].split("/"))
            if template is not None:
                found.append((f"{verb}{path}", f"{verb} {template}"))
    return found


def is_ordinary(answered: str, operation: str) -> bool:
    """Whether no variable has a value that another template spells out."""
    values, parts = answered.split("/")[1:], operation.split("/")[1:]
    return all(value == "zz" for value, part in zip(values, parts, strict=False) if part.startswith("{"))


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[str]]:
    """Operations with the scopes they want, on resources as API Gateway allows them."""
    needs = st.sampled_from([["one"], ["two"], ["one", "two"], []])
    segment = st.sampled_from(["a", "b", "{v}"])
    plain = st.lists(segment, min_size=0, max_size=4).map(lambda parts: "/" + "/".join(parts))
    greedy = st.lists(st.sampled_from(["a", "b"]), max_size=2).map(lambda parts: "/" + "/".join([*parts, "{rest+}"]))
    names = draw(
        st.lists(st.tuples(st.sampled_from(["GET", "PUT"]), plain | greedy), min_size=1, max_size=7, unique=True)
    )
    greedy_parents = {template[: -len("/{rest+}")] for _, template in names if template.endswith("+}")}
    variable_parents = {
        template[: place + 1].rstrip("/")
        for _, template in names
        for place in range(len(template))
        if template.startswith("/{v}", place)
    }
    kept = [
        (v, t)
        for v, t in names
        if not (t.endswith("+}") and t[: -len("/{rest+}")] in variable_parents & greedy_parents)
    ]
    return {f"{verb} {template}": draw(needs) for verb, template in kept or [("GET", "/a")]}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(table=tables(), scopes=st.sampled_from([(), ("one",), ("two",), ("one", "two")]))
def test_no_policy_lets_a_path_of_a_forbidden_operation_pass(
    table: dict[str, list[str]], scopes: tuple[str, ...]
) -> None:
    decide, answered = authorizer(routes(dict(table))).decide, answers(table)
    for requested in table:
        decision = decide(event(requested, **with_token(token(*scopes))))
        for path, operation in answered:
            is_granted = iam_allows(decision, f"{PREFIX}/{path}")
            assert set(table[operation]) <= set(scopes) or not is_granted, (requested, operation, path)
            if operation == requested and decision.reason == "operation.allowed" and is_ordinary(path, operation):
                assert is_granted, (requested, path)


def per_operation(table: dict[str, Any]) -> dict[str, Any]:
    sources = ["method.request.header.Authorization", "context.httpMethod", "context.resourcePath"]
    return routes(table, authorizers={"jwt": {"identitySources": sources, "ttlSeconds": 60, "perOperation": True}})


@settings(max_examples=100, deadline=None, derandomize=True)
@given(table=tables(), scopes=st.sampled_from([("one",), ("one", "two")]))
def test_per_operation_policies_are_exact_for_their_operation(
    table: dict[str, list[str]], scopes: tuple[str, ...]
) -> None:
    decide, answered = authorizer(per_operation(dict(table))).decide, answers(table)
    for requested, needs in table.items():
        decision = decide(event(requested, **with_token(token(*scopes))))
        for path in (path for path, operation in answered if operation == requested):
            assert iam_allows(decision, f"{PREFIX}/{path}") == (set(needs) <= set(scopes))


REST = {
    "GET /users": ["read"],
    "POST /users": ["write"],
    "GET /users/me": ["self"],
    "GET /users/{id}": ["read"],
    "DELETE /users/{id}": ["write"],
    "GET /users/{id}/orders": ["orders"],
    "GET /users/{id}/orders/{order}": ["read"],
    "GET /admin/{proxy+}": ["admin"],
    "GET /": ["read"],
}
CONCRETE = {
    "GET /users/me": "/users/me",
    "GET /users/{id}": "/users/7",
    "DELETE /users/{id}": "/users/7",
    "GET /users/{id}/orders": "/users/7/orders",
    "GET /users/{id}/orders/{order}": "/users/7/orders/9",
    "GET /admin/{proxy+}": "/admin/a/b",
}


@pytest.mark.parametrize(
    "scopes", [("read",), ("write",), ("read", "self"), ("read", "orders"), ("admin",), ("orders", "self"), ()]
)
@pytest.mark.parametrize("requested", REST)
def test_one_policy_serves_every_operation_the_principal_may_call(requested: str, scopes: tuple[str, ...]) -> None:
    decision = authorizer(routes(dict(REST))).decide(event(requested, **with_token(token(*scopes))))

    granted = {
        name
        for name in REST
        if iam_allows(decision, f"{PREFIX}/{name.split(' ')[0]}{CONCRETE.get(name, name.split(' ')[1])}")
    }

    assert granted == {name for name, needs in REST.items() if set(needs) <= set(scopes)}


@pytest.mark.parametrize("path", ["/users/me", "/users/me/", "//users/me", "/users//me", "/users/me//"])
def test_no_spelling_of_a_forbidden_path_slips_past_the_deny(path: str) -> None:
    decision = authorizer(routes(dict(REST))).decide(event("GET /users", **with_token(token("read"))))

    assert not iam_allows(decision, f"{PREFIX}/GET{path}")


def test_what_wildcards_cannot_say_is_granted_for_the_requested_operation_only() -> None:
    table = {"GET /{a}": ["one"], "GET /{a}/{b}": ["two"], "GET /{a}/{b}/{c}": ["one"]}
    decide = authorizer(routes(table)).decide

    decision = decide(event("GET /{a}", **with_token(token("one"))))

    assert iam_allows(decision, f"{PREFIX}/GET/x")
    assert not iam_allows(decision, f"{PREFIX}/GET/x/y")
    assert not iam_allows(decision, f"{PREFIX}/GET/x/y/z")


def large(count: int) -> dict[str, list[str]]:
    plain = {f"GET /resource-number-{n}/{{id}}/details": ["read"] for n in range(count)}
    return plain | {f"DELETE /resource-number-{n}/{{id}}/details": ["write"] for n in range(count)}


def test_a_large_table_is_folded_into_eight_kilobytes_and_grants_no_more() -> None:
    table = large(150)
    decision = authorizer(routes(dict(table))).decide(
        event("GET /resource-number-3/{id}/details", **with_token(token("read")))
    )

    assert size(decision.answer) <= MAX_OUTPUT_BYTES
    assert all(iam_allows(decision, f"{PREFIX}/GET/resource-number-{n}/7/details") for n in range(150))
    assert not any(iam_allows(decision, f"{PREFIX}/DELETE/resource-number-{n}/7/details") for n in range(150))


def test_a_table_that_cannot_be_folded_is_granted_one_operation_at_a_time() -> None:
    table = {
        f"GET /r{n}/{'even' if n % 2 else 'odd'}-and-a-rather-long-name-{n}": ["read" if n % 2 else "write"]
        for n in range(400)
    }
    requested = "GET /r7/even-and-a-rather-long-name-7"
    decision = authorizer(routes(dict(table))).decide(event(requested, **with_token(token("read"))))

    granted = {name for name in table if iam_allows(decision, f"{PREFIX}/GET{name.split(' ')[1]}")}

    assert size(decision.answer) <= MAX_OUTPUT_BYTES
    assert requested in granted
    assert all(table[name] == ["read"] for name in granted)


def test_an_arn_that_would_be_too_long_is_shortened_only_where_that_grants_nothing_else() -> None:
    template = "/" + "/".join(["long-segment-" + "x" * 40] * 9)
    alone = authorizer(routes({f"GET {template}": ["read"]})).decide(
        event(f"GET {template}", **with_token(token("read")))
    )
    table = {f"GET {template}": ["read"], f"GET {template[:-1]}": ["write"]}
    beside = authorizer(routes(table)).decide(event(f"GET {template}", **with_token(token("read"))))

    resources = [arn for statement in alone.answer["policyDocument"]["Statement"] for arn in statement["Resource"]]
    assert all(len(arn) <= MAX_ARN_LENGTH for arn in resources)
    assert iam_allows(alone, f"{PREFIX}/GET{template}")
    assert not iam_allows(beside, f"{PREFIX}/GET{template}")
    assert beside.reason == "policy.inexpressible"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:execute-api:us-east-1:123456789012:abc123/dev/GET/users",
        "arn:aws:execute-api:us-east-1:123456789012:zzz999/prod/GET/users",
        "arn:aws:execute-api:us-east-1:999999999999:abc123/prod/GET/users",
        "arn:aws:execute-api:eu-west-1:123456789012:abc123/prod/GET/users",
        "arn:aws-cn:execute-api:us-east-1:123456789012:abc123/prod/GET/users",
    ],
)
def test_a_policy_never_reaches_another_stage_api_account_or_region(arn: str) -> None:
    decision = authorizer(routes({"GET /users": []})).decide(event("GET /users", **with_token(token())))

    assert iam_allows(decision, f"{PREFIX}/GET/users")
    assert not iam_allows(decision, arn)


@pytest.mark.parametrize("path", ["/orders/*", "/orders/${aws:username}", "/orders/?", "/orders/%2A"])
def test_no_character_of_the_requested_path_is_in_the_policy(path: str) -> None:
    table = {"GET /orders/{id}": ["read"], "GET /orders/{id}/secret": ["admin"]}
    decide = authorizer(routes(table)).decide

    plain, odd = (decide(event("GET /orders/{id}", p, **with_token(token("read")))).answer for p in ("/orders/1", path))

    assert odd["policyDocument"] == plain["policyDocument"]
    assert not iam_allows(odd, f"{PREFIX}/GET/orders/1/secret")


def test_any_stands_for_the_verbs_its_resource_does_not_list() -> None:
    decide = authorizer(routes({"ANY /x": ["one"], "DELETE /x": ["two"]})).decide
    decision = decide(event("GET /x", **with_token(token("one"))))

    assert iam_allows(decision, f"{PREFIX}/PATCH/x")
    assert not iam_allows(decision, f"{PREFIX}/DELETE/x")


def test_an_operation_that_lists_no_alternative_is_for_nobody() -> None:
    table = routes({"GET /x": ["one"]})
    table["operations"][0]["security"] = []

    with pytest.raises(RejectedError):
        authorizer(table).decide(event("GET /x"))
    assert read_routes(table).operations[0].alternatives == ()
