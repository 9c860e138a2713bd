"""What single methods have of their own: only those that ask for it are cached; and what API Gateway's role may call."""

from typing import Any

from headgate.spec.settings.aws_targets import Grant
from infra.settings import Cache, StageSettings

from .conftest import Synth
from .gateways import gateway, users_api

CACHES = {"/users/{id}/GET": {"ttl": 30}, "//GET": {"ttl": None}}


def settings_of(template: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Method settings of the only stage, by path and verb."""
    stages = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::Stage"]
    (stage,) = (stage for stage in stages if stage["StageName"] == "prod")
    return {(entry["ResourcePath"], entry["HttpMethod"]): entry for entry in stage["MethodSettings"]}


def test_only_methods_that_ask_for_it_are_cached(synth: Synth) -> None:
    stages = (StageSettings("prod", cache=Cache("0.5", 60)),)
    found = settings_of(synth(gateway(users_api(caches=CACHES)), stages=stages))

    cached = {place: (entry["CachingEnabled"], entry["CacheTtlInSeconds"]) for place, entry in found.items()}
    assert cached == {
        ("/*", "*"): (False, 60),
        ("/~1users~1{id}", "GET"): (True, 30),
        ("/", "GET"): (True, 60),
    }
    assert found["/~1users~1{id}", "GET"]["ThrottlingRateLimit"] == 5


def test_without_a_cluster_nothing_is_cached(synth: Synth) -> None:
    found = settings_of(synth(gateway(users_api(caches=CACHES)), stages=(StageSettings("prod"),)))

    assert not any("CachingEnabled" in entry for entry in found.values())


def test_services_are_granted_to_the_role_by_action(synth: Synth) -> None:
    queues = [f"arn:aws:sqs:us-east-1:123456789012:{name}" for name in ("a", "b")]
    grants = tuple(Grant("sqs:SendMessage", queue) for queue in queues)
    role = synth(gateway(users_api(aws_grants=grants)))["Resources"]["InvokeRole"]["Properties"]

    assert role["Policies"][0]["PolicyDocument"]["Statement"][1:] == [
        {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": queues}
    ]
