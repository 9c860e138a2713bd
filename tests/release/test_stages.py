"""The edge to API Gateway: patience with quotas, paging, and the fake's own likeness to AWS."""

import pytest
from botocore.exceptions import ClientError

from functions.release.stages import Stages

from .fake_stage import FakeApiGateway

SET = {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "10.0"}


@pytest.fixture
def gateway() -> FakeApiGateway:
    gateway = FakeApiGateway()
    gateway.create_deployment(restApiId="a", description="release r1")
    gateway.create_deployment(restApiId="a", description="release r2")
    gateway.create_stage(restApiId="a", stageName="prod", deploymentId="d1")
    return gateway


def patch(gateway: FakeApiGateway, *operations: dict[str, str]) -> dict[str, object]:
    return gateway.update_stage(restApiId="a", stageName="prod", patchOperations=list(operations))


def test_too_many_requests_are_waited_out(gateway: FakeApiGateway):
    slept: list[float] = []
    gateway.busy = 3

    Stages(gateway, sleep=slept.append).pointer("a", "prod")  # type: ignore[arg-type]

    assert slept == [1.0, 2.0, 4.0]


def test_patience_ends(gateway: FakeApiGateway):
    gateway.busy = 1000

    with pytest.raises(ClientError, match="TooManyRequests"):
        Stages(gateway, sleep=lambda seconds: None).pointer("a", "prod")  # type: ignore[arg-type]


def test_a_deployment_is_found_on_a_later_page(gateway: FakeApiGateway):
    for number in range(600):
        gateway.create_deployment(restApiId="a", description=f"by hand {number}")
    gateway.create_deployment(restApiId="a", description="release last")

    assert Stages(gateway, sleep=lambda seconds: None).find("a", "last") == "d603"  # type: ignore[arg-type]


def test_a_deployment_made_by_hand_has_no_release(gateway: FakeApiGateway):
    gateway.create_deployment(restApiId="a", description="a release of mine")

    assert Stages(gateway, sleep=lambda seconds: None).snapshot("a", "d3").release is None  # type: ignore[arg-type]


def test_the_fake_makes_a_canary_of_the_stable_deployment_from_a_percent_alone(gateway: FakeApiGateway):
    assert patch(gateway, SET)["canarySettings"] == {
        "percentTraffic": 10.0,
        "deploymentId": "d1",
        "useStageCache": False,
    }


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "add", "path": "/canarySettings/deploymentId", "value": "d2"}, "Invalid add operation with path"),
        ({"op": "replace", "path": "/canarySettings", "value": "x"}, "Invalid method setting path: /canarySettings"),
        ({"op": "replace", "path": "/canarySettings/deploymentId", "value": "d9"}, "Deployment id does not exist"),
        ({"op": "copy", "path": "/deploymentId", "from": "/canarySettings/deploymentId"}, "Promotion not available"),
        ({"op": "copy", "path": "/variables", "from": "/deploymentId"}, "Invalid copy operation"),
        ({"op": "remove", "path": "/canarySettings/stageVariableOverrides"}, "Cannot remove method setting"),
    ],
)
def test_the_fake_refuses_what_aws_refuses(gateway: FakeApiGateway, operation: dict[str, str], message: str):
    with pytest.raises(ClientError, match=message):
        patch(gateway, operation)


def test_promotion_merges_overrides_over_the_stage_variables(gateway: FakeApiGateway):
    gateway.stages["a", "prod"]["variables"] = {"kept": "1", "color": "blue"}
    patch(
        gateway,
        {"op": "replace", "path": "/canarySettings/deploymentId", "value": "d2"},
        {"op": "replace", "path": "/canarySettings/stageVariableOverrides/color", "value": "green"},
        {"op": "copy", "path": "/variables", "from": "/canarySettings/stageVariableOverrides"},
    )

    assert gateway.stages["a", "prod"]["variables"] == {"kept": "1", "color": "green"}
