"""Deployments are snapshots, and canary deployments leave the stage's own alone (FACTS 5.2 to 5.5, 5.16, 8.30, 9.16)."""

import json
from typing import Any

import pytest

BAD_REQUEST = "BadRequestException"
BASE = "Invalid deployment content specified."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Non null and non empty stageName must be provided for canary deployment. Provided value is null"),
        (
            {"stageName": ""},
            "Non null and non empty stageName must be provided for canary deployment. Provided value is ",
        ),
        (
            {"stageName": "non-existing"},
            "Stage non-existing must already be created before making a canary release deployment",
        ),
    ],
    ids=["no stage (F1)", "empty stage", "unknown stage (F1)"],
)
def test_canary_deployment_needs_a_stage(deployed: Any, refused: Any, options: dict[str, str], message: str) -> None:
    answer = refused(lambda: deployed.deploy(canarySettings={"percentTraffic": 50}, **options))

    assert answer == (400, BAD_REQUEST, BASE + message)


def test_canary_deployment_leaves_the_stable_one_alone(deployed: Any) -> None:
    settings = {"percentTraffic": 40, "stageVariableOverrides": {"color": "green"}}

    canary = deployed.deploy(stageName="v1", canarySettings=settings)

    stage = deployed.stage()
    assert stage["deploymentId"] == deployed.first
    assert stage["canarySettings"] == {
        "deploymentId": canary,
        "percentTraffic": 40.0,
        "stageVariableOverrides": {"color": "green"},
        "useStageCache": False,
    }


def test_second_canary_deployment_replaces_the_whole_block(deployed: Any) -> None:
    deployed.deploy(stageName="v1", canarySettings={"percentTraffic": 40, "stageVariableOverrides": {"color": "green"}})

    second = deployed.deploy(stageName="v1", canarySettings={"percentTraffic": 5})

    assert deployed.stage()["canarySettings"] == {
        "deploymentId": second,
        "percentTraffic": 5.0,
        "useStageCache": False,
    }


def test_plain_deployment_to_a_stage_with_a_canary_is_refused(deployed: Any, refused: Any) -> None:
    """FACTS 5.4, LIFECYCLE F4; and the refused call makes no deployment."""
    deployed.deploy(stageName="v1", canarySettings={"percentTraffic": 40})
    count = len(deployed.gateway.get_deployments(restApiId=deployed.api)["items"])

    answer = refused(lambda: deployed.deploy(stageName="v1"))

    assert answer == (
        400,
        BAD_REQUEST,
        BASE + "Non canary deployment not supported on stage v1 because Canary is enabled. Provide CanarySettings in "
        "deploymentInput.",
    )
    assert len(deployed.gateway.get_deployments(restApiId=deployed.api)["items"]) == count


def test_deployment_with_a_stage_name_creates_or_moves_the_stage(deployed: Any) -> None:
    made = deployed.deploy(stageName="new", variables={"a": "b"}, stageDescription="d")
    moved = deployed.deploy(stageName="v1", variables={"color": "red"})

    new = deployed.stage("new")
    assert (new["deploymentId"], new["variables"], new["description"]) == (made, {"a": "b"}, "d")
    assert deployed.stage()["deploymentId"] == moved
    assert deployed.stage()["variables"] == {"color": "red", "size": "m"}


def test_stage_may_be_created_with_a_canary(deployed: Any, refused: Any) -> None:
    """FACTS 5.5, LIFECYCLE F9: one deployment serves one stage and is another's canary."""
    options = {"restApiId": deployed.api, "deploymentId": deployed.second}
    settings = {"deploymentId": deployed.first, "percentTraffic": 60}

    stage = deployed.gateway.create_stage(stageName="v2", canarySettings=settings, **options)

    assert stage["canarySettings"] == settings | {"percentTraffic": 60.0, "useStageCache": False}
    wrong = {"deploymentId": "nope"}
    assert refused(lambda: deployed.gateway.create_stage(stageName="v3", canarySettings=wrong, **options)) == (
        400,
        BAD_REQUEST,
        "Deployment id does not exist",
    )


def test_deployment_in_use_cannot_be_deleted(deployed: Any, refused: Any) -> None:
    """FACTS 5.16, LIFECYCLE F10: the stage's own, and its canary's."""
    deployed.patch({"op": "replace", "path": "/canarySettings/deploymentId", "value": deployed.second})

    for identifier in (deployed.first, deployed.second):
        answer = refused(
            lambda one=identifier: deployed.gateway.delete_deployment(restApiId=deployed.api, deploymentId=one)
        )
        assert answer == (400, BAD_REQUEST, "Active stages pointing to this deployment must be moved or deleted")


def test_unused_deployment_can_be_deleted(deployed: Any, refused: Any) -> None:
    target = {"restApiId": deployed.api, "deploymentId": deployed.second}

    deployed.gateway.delete_deployment(**target)

    assert refused(lambda: deployed.gateway.get_deployment(**target)) == (
        404,
        "NotFoundException",
        "Invalid Deployment identifier specified",
    )


def test_snapshot_keeps_serving_after_the_api_changed(deployed: Any, document: Any, published: Any) -> None:
    body = json.dumps(document("two")).encode()
    deployed.gateway.put_rest_api(restApiId=deployed.api, mode="overwrite", body=body)

    (resource,) = published.stage(deployed.api, "v1").deployment.definition.resources.values()
    assert resource.methods["GET"].integration.responses["200"].response_templates == {"application/json": "one"}


def test_api_without_methods_cannot_be_deployed(gateway: Any, refused: Any) -> None:
    api = gateway.create_rest_api(name="empty")

    answer = refused(lambda: gateway.create_deployment(restApiId=api["id"]))

    assert answer == (400, BAD_REQUEST, "The REST API doesn't contain any methods")


def test_method_without_integration_cannot_be_deployed(gateway: Any, refused: Any) -> None:
    api = gateway.create_rest_api(name="bare")
    target = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**target, authorizationType="NONE")

    answer = refused(lambda: gateway.create_deployment(restApiId=api["id"]))

    assert answer == (400, BAD_REQUEST, "No integration defined for method")


def test_description_and_summary(deployed: Any) -> None:
    target = {"restApiId": deployed.api, "deploymentId": deployed.second}
    operation = {"op": "replace", "path": "/description", "value": "release abc"}

    deployed.gateway.update_deployment(**target, patchOperations=[operation])

    shown = deployed.gateway.get_deployment(**target, embed=["apisummary"])
    assert shown["description"] == "release abc"
    assert shown["apiSummary"] == {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}


def test_stage_lifecycle(deployed: Any, refused: Any) -> None:
    target = {"restApiId": deployed.api, "stageName": "v1"}

    duplicate = refused(lambda: deployed.gateway.create_stage(deploymentId=deployed.first, **target))
    assert duplicate[:2] == (409, "ConflictException")
    assert [one["stageName"] for one in deployed.gateway.get_stages(restApiId=deployed.api)["item"]] == ["v1"]
    deployed.gateway.delete_stage(**target)
    assert refused(deployed.stage) == (404, "NotFoundException", "Invalid stage identifier specified")


def test_new_stage_has_awss_defaults(deployed: Any) -> None:
    stage = deployed.gateway.create_stage(restApiId=deployed.api, stageName="v2", deploymentId=deployed.first)

    wanted = {
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": False,
        "deploymentId": deployed.first,
        "stageName": "v2",
    }
    assert {
        key: one for key, one in stage.items() if key not in ("ResponseMetadata", "createdDate", "lastUpdatedDate")
    } == wanted


@pytest.mark.parametrize("name", ["a b", "a.b", "ä", "x" * 129])
def test_stage_names(deployed: Any, refused: Any, name: str) -> None:
    target = {"restApiId": deployed.api, "deploymentId": deployed.first}

    assert refused(lambda: deployed.gateway.create_stage(stageName=name, **target))[:2] == (400, BAD_REQUEST)
