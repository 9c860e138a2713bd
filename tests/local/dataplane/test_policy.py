"""FACTS 4.10: policy evaluation, and resource policies (FACTS 4.15)."""

import json
from typing import Any

import pytest

from headgate.local.dataplane.policy import parse

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
