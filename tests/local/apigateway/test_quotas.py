"""Control-plane quotas, when the switch is on (FACTS 10.2, 10.4; LIFECYCLE F15)."""

from typing import Any

import pytest

from headgate.local.apigateway import Settings


@pytest.fixture
def settings() -> Settings:
    return Settings(quotas=True)


def test_one_deployment_in_five_seconds(gateway: Any, imported: Any, document: Any, clock: Any, refused: Any) -> None:
    api = imported(document())["id"]
    gateway.create_deployment(restApiId=api)

    clock.seconds += 4.9
    assert refused(lambda: gateway.create_deployment(restApiId=api)) == (
        429,
        "TooManyRequestsException",
        "Too Many Requests",
    )
    clock.seconds += 0.1
    gateway.create_deployment(restApiId=api)


def test_forty_calls_at_once_then_ten_a_second(gateway: Any, clock: Any, refused: Any) -> None:
    for _ in range(40):
        gateway.get_account()

    assert refused(gateway.get_account)[0] == 429
    clock.seconds += 0.1
    gateway.get_account()
    assert refused(gateway.get_account)[0] == 429


def test_ten_stages(gateway: Any, imported: Any, document: Any, clock: Any, refused: Any) -> None:
    api = imported(document())["id"]
    target = {"restApiId": api, "deploymentId": gateway.create_deployment(restApiId=api)["id"]}
    for number in range(10):
        gateway.create_stage(stageName=f"s{number}", **target)

    assert refused(lambda: gateway.create_stage(stageName="s10", **target))[:2] == (429, "LimitExceededException")
