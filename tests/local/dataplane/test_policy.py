"""FACTS 4.10: policy evaluation, and resource policies (FACTS 4.15)."""

import json
from typing import Any

import pytest

from headgate.local.dataplane.conditions import ABSENT
from headgate.local.dataplane.policy import Policy, PolicyError, parse

FACTS = {"aws:SourceIp": "10.0.0.9"}


def verdict(*statements: tuple[Any, ...], arn: str = "arn:x/dev/GET/users/1/orders") -> str:
    listed = [
        {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition[0] if condition else {}}
        for effect, action, resource, *condition in statements
    ]
    return parse({"Statement": listed}).evaluate(arn, FACTS)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (("Allow", "execute-api:Invoke", "arn:x/dev/GET/users/*"), "allow"),
        (("Allow", "execute-api:*", "arn:x/*/GET/*/orders"), "allow"),
        (("Allow", "EXECUTE-API:invoke", "*"), "allow"),
        (("Allow", ["s3:Get*", "execute-api:Inv?ke"], ["no", "arn:x/dev/GET/users/?/orders"]), "allow"),
        (("Allow", "execute-api:Invoke", "arn:x/dev/GET/users"), "none"),
        (("Allow", "execute-api:Invoke", "arn:x/dev/GET/users/.*"), "none"),
        (("Allow", "s3:*", "*"), "none"),
        (("Allow", "*", "*", {"IpAddress": {"aws:SourceIp": ["10.0.0.0/24"]}}), "allow"),
        (("Allow", "*", "*", {"IpAddress": {"aws:SourceIp": "10.1.0.0/24"}}), "none"),
        (("Allow", "*", "*", {"DateLessThan": {"aws:CurrentTime": "2030"}}), "none"),
        (("Deny", "*", "*", {"DateLessThan": {"aws:CurrentTime": "2030"}}), "deny"),
        (("Deny", "*", "*", {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/24"}}), "none"),
    ],
    ids=str,
)
def test_one_statement(statement: tuple[Any, ...], expected: str) -> None:
    assert verdict(statement) == expected


def test_a_deny_wins_over_any_allow() -> None:
    assert verdict(("Allow", "*", "*"), ("Deny", "execute-api:Invoke", "*/orders"), ("Allow", "*", "*")) == "deny"


@pytest.fixture
def guarded(world: Any, make: Any) -> Any:
    def deploy(*statements: dict[str, Any]) -> Any:
        text = json.dumps({"Statement": [{"Action": "execute-api:Invoke", **one} for one in statements]})
        world.deploy({"GET /a": make.mock(), "GET /b": make.mock()}, policy=text)
        return [world.call("GET", path).status for path in ("/a", "/b")]

    return deploy


ALL = {"Effect": "Allow", "Principal": "*", "Resource": "execute-api:/*"}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([ALL], [200, 200]),
        ([ALL, {"Effect": "Deny", "Principal": {"AWS": "*"}, "Resource": "execute-api:/dev/GET/a"}], [403, 200]),
        ([{**ALL, "Principal": {"AWS": "arn:aws:iam::1:root"}}], [403, 403]),
        ([ALL, {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}, "Resource": "*"}], [403, 403]),
        ([{**ALL, "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}], [200, 200]),
    ],
)
def test_a_resource_policy_guards_methods_without_authorizer(
    guarded: Any, statements: Any, expected: list[int]
) -> None:
    assert guarded(*statements) == expected


def test_an_unreadable_resource_policy_closes_the_api(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.mock()}, policy="{")

    assert world.call("GET", "/a").status == 403


def conditional(operator: str, key: str, value: Any) -> Policy:
    return parse({
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: value}}}]
    })  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "key", "value", "verdict"),
    [
        ("IpAddress", "aws:sourceip", ["10.0.0.0/8", "1.2.3.4/32"], "allow"),
        ("IpAddress", "aws:SourceIp", "nonsense", "none"),
        ("NotIpAddress", "aws:SourceIp", "nonsense", "none"),
        ("StringEqualsIgnoreCase", "aws:UserAgent", "CURL", "allow"),
        ("StringNotEqualsIgnoreCase", "aws:UserAgent", "CURL", "none"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::1:*", "allow"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::1:*", "none"),
        ("Bool", "aws:SecureTransport", True, "allow"),
        ("DateGreaterThanEquals", "aws:CurrentTime", "2023-11-14T22:13:20Z", "allow"),
        ("DateLessThan", "aws:CurrentTime", "2023-11-14T22:13:20Z", "none"),
        ("NumericLessThan", "aws:EpochTime", 1_700_000_001, "allow"),
        ("DateNotEquals", "aws:EpochTime", "1700000000", "none"),
        ("StringEquals", "aws:Referer", "x", "none"),
        ("StringNotEquals", "aws:Referer", "x", "allow"),
        ("StringEqualsIfExists", "aws:Referer", "x", "allow"),
        ("Null", "aws:Referer", True, "allow"),
        ("Null", "aws:Referer", "false", "none"),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1", "none"),
        ("Null", "aws:PrincipalOrgID", True, "none"),
        ("Unknown", "aws:UserAgent", "curl", "none"),
    ],
)
def test_conditions(operator: str, key: str, value: Any, verdict: str) -> None:
    facts = {
        "aws:SourceIp": "1.2.3.4",
        "aws:UserAgent": "curl",
        "aws:Referer": ABSENT,
        "aws:PrincipalArn": "arn:aws:iam::1:user/a",
        "aws:SecureTransport": "true",
        "aws:CurrentTime": "2023-11-14T22:13:20+00:00",
        "aws:EpochTime": "1700000000",
    }

    assert conditional(operator, key, value).evaluate("arn:any", facts) == verdict


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({"NotAction": "s3:*", "Resource": "*"}, "allow"),
        ({"NotAction": "execute-api:*", "Resource": "*"}, "none"),
        ({"Action": "*", "NotResource": "arn:other"}, "allow"),
        ({"Action": "*", "NotResource": ["arn:any", "arn:other"]}, "none"),
    ],
)
def test_all_but_some(statement: dict[str, Any], verdict: str) -> None:
    policy = parse({"Statement": {"Effect": "Allow", **statement}})

    assert policy.evaluate("arn:any", {}) == verdict
    assert (policy.deciding("arn:any", {}) is not None) == (verdict == "allow")


@pytest.mark.parametrize("statement", [{"Action": "*"}, {"Action": "*", "NotAction": "*", "Resource": "*"}])
def test_a_statement_says_one_of_both(statement: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        parse({"Statement": {"Effect": "Allow", **statement}})
