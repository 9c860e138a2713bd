"""The release function: the only writer of a stage's two pointers. CloudFormation, the command line and the automation call it."""

import os
import random
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import boto3

from . import commands, deploys
from .custom_resource import respond
from .journal import Journal
from .releases import RefusedError, Releases
from .stages import Stages

ROLLING_BACK = {"UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer a custom resource through its ResponseURL, or a direct invocation with its result."""
    if "RequestType" not in event:
        return commands.answer(event, environment(), context.aws_request_id)
    run_custom_resource(event, environment, context.aws_request_id)
    return {}


def run_custom_resource(event: Mapping[str, Any], releases: Callable[[], Releases], owner: str) -> None:
    """Carry out a CloudFormation event and always answer: without an answer a stack hangs for its timeout."""
    try:
        data = run_deploy(event, releases(), owner)
    except RefusedError as error:
        respond(event, reason=str(error))
    except Exception as error:
        respond(event, reason=f"{type(error).__name__}: {error}")
        raise
    else:
        respond(event, data=data)


def run_deploy(event: Mapping[str, Any], releases: Releases, owner: str) -> dict[str, str]:
    """The attributes of a custom resource."""
    deploy = deploys.Deploy(
        request=event["RequestType"],
        properties=event["ResourceProperties"],
        old=event.get("OldResourceProperties") if event["RequestType"] == "Update" else None,
        owner=owner,
        is_rolling_back=lambda: stack_is_rolling_back(event["StackId"]),
    )
    run = {deploys.PUBLISH: deploys.publish, deploys.ROLLOUT: deploys.roll_out}[event["ResourceType"]]
    return run(deploy, releases)


def stack_is_rolling_back(stack: str) -> bool:
    """Whether CloudFormation is undoing a failed update: its events look like a user's who deploys an older release."""
    answer = boto3.client("cloudformation").describe_stacks(StackName=stack)
    return answer["Stacks"][0]["StackStatus"] in ROLLING_BACK


@cache
def environment() -> Releases:
    """The environment this function was made for: HEADGATE_RELEASE_TABLE, and HEADGATE_REST_APIS as `name=id,name=id`."""
    pairs = (pair.partition("=") for pair in os.environ["HEADGATE_REST_APIS"].split(","))
    return Releases(
        stages=Stages(boto3.client("apigateway"), sleep=time.sleep, jitter=random.random),
        journal=Journal(boto3.client("dynamodb"), os.environ["HEADGATE_RELEASE_TABLE"]),
        now=time.time,
        apis={name: api for name, _, api in pairs},
    )
