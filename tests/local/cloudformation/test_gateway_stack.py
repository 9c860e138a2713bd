"""A gateway's stack on a whole local cloud, through the API: the release moves, fails, comes back, goes."""

from typing import Any

import pytest

from .cloud import RunningCloud, gateway


@pytest.fixture(scope="module")
def stack(cloud: RunningCloud) -> dict[str, Any]:
    """The stack `gateway` with release one."""
    return cloud.deploy("gateway", gateway("one"))


def api_id(stack: dict[str, Any]) -> str:
    return str(next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "Api"))


def stage(cloud: RunningCloud, stack: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = cloud.client("apigateway").get_stage(restApiId=api_id(stack), stageName="prod")
    return found


def failures(cloud: RunningCloud) -> list[str]:
    events = cloud.client("cloudformation").describe_stack_events(StackName="gateway")["StackEvents"]
    return [event["ResourceStatusReason"] for event in events if event["ResourceStatus"].endswith("_FAILED")]


def versions(cloud: RunningCloud) -> list[str]:
    resources = cloud.client("cloudformation").describe_stack_resources(StackName="gateway")["StackResources"]
    name = next(item["PhysicalResourceId"] for item in resources if item["LogicalResourceId"] == "Function")
    found = cloud.client("lambda").list_versions_by_function(FunctionName=name)["Versions"]
    return [item["Version"] for item in found]


def test_a_stack_of_an_api_a_function_a_custom_resource_and_a_stage(cloud: RunningCloud, stack: dict[str, Any]) -> None:
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(cloud)
    assert stage(cloud, stack)["variables"] == {"release": "one"}


def test_an_update_publishes_the_new_code_and_keeps_the_old_version(cloud: RunningCloud, stack: dict[str, Any]) -> None:
    before = stage(cloud, stack)["deploymentId"]

    updated = cloud.deploy("gateway", gateway("two"))

    assert updated["StackStatus"] == "UPDATE_COMPLETE", failures(cloud)
    assert stage(cloud, stack)["deploymentId"] != before
    assert stage(cloud, stack)["variables"] == {"release": "two"}
    assert versions(cloud) == ["$LATEST", "1", "2"]
    assert len(cloud.client("apigateway").get_deployments(restApiId=api_id(stack))["items"]) == 2


@pytest.mark.parametrize(
    ("how", "reason"), [("Fail", "told to fail"), ("Crash", "the function failed without answering")], ids=str
)
def test_a_failing_release_leaves_the_stage_alone(
    cloud: RunningCloud, stack: dict[str, Any], how: str, reason: str
) -> None:
    before = stage(cloud, stack)

    failed = cloud.deploy("gateway", gateway(f"bad{how}", **{how: "yes"}))

    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert reason in failures(cloud)[0]
    assert stage(cloud, stack) == before


def test_deleting_leaves_nothing_but_what_is_retained(cloud: RunningCloud, stack: dict[str, Any]) -> None:
    cloud.client("cloudformation").delete_stack(StackName="gateway")

    assert cloud.settled(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.client("apigateway").get_rest_apis()["items"] == []
    assert cloud.client("lambda").list_functions()["Functions"] == []
