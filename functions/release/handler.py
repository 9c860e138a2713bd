"""The release function: the only writer of a stage's two pointers. CloudFormation, the command line and the automation call it."""

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import boto3

from . import commands, deploys
from .autopilot import Autopilot
from .cleaning import Cleaner, run_clean
from .custom_resource import respond
from .journal import Journal
from .judge import Minute
from .metrics import read_minutes
from .releases import RefusedError, Releases
from .stages import Stages

ROLLING_BACK = {"UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer a custom resource through its ResponseURL; the state machine, an alarm or an operator with the result."""
    owner = context.aws_request_id
    if "RequestType" in event:
        run_custom_resource(event, environment, owner)
        return {}
    if event.get("automation") == "advance":
        return environment().advance(event, owner)
    if event.get("automation") == "abort":
        return {"message": environment().abort(str(event["stage"]), str(event["reason"]), owner)}
    if event.get("command") == "gc":
        return clean(event, owner)
    return commands.answer(event, environment(), owner)


def clean(event: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """`gc`: delete releases that nothing points at."""
    functions = [name for name in os.environ.get("HEADGATE_FUNCTIONS", "").split(",") if name]
    return run_clean(event, Cleaner(environment().releases, functions, boto3.client("lambda")), owner)


def run_custom_resource(event: Mapping[str, Any], autopilot: Callable[[], Autopilot], owner: str) -> None:
    """Carry out a CloudFormation event and always answer: without an answer a stack hangs for its timeout."""
    try:
        data = run_deploy(event, autopilot(), owner)
    except RefusedError as error:
        respond(event, reason=str(error))
    except Exception as error:
        respond(event, reason=f"{type(error).__name__}: {error}")
        raise
    else:
        respond(event, data=data)


def run_deploy(event: Mapping[str, Any], autopilot: Autopilot, owner: str) -> dict[str, str]:
    """The attributes of a custom resource."""
    deploy = deploys.Deploy(
        request=event["RequestType"],
        properties=event["ResourceProperties"],
        old=event.get("OldResourceProperties") if event["RequestType"] == "Update" else None,
        owner=owner,
        is_rolling_back=lambda: stack_is_rolling_back(event["StackId"]),
    )
    if event["ResourceType"] == deploys.PUBLISH:
        return deploys.publish(deploy, autopilot.releases)
    return deploys.roll_out(deploy, autopilot)


def stack_is_rolling_back(stack: str) -> bool:
    """Whether CloudFormation is undoing a failed update: its events look like a user's who deploys an older release."""
    answer = boto3.client("cloudformation").describe_stacks(StackName=stack)
    return answer["Stacks"][0]["StackStatus"] in ROLLING_BACK


@cache
def environment() -> Autopilot:
    """What this function was made for, from its environment: HEADGATE_RELEASE_TABLE, HEADGATE_REST_APIS as `name=id,name=id`,
    and where a stage is automatic HEADGATE_STRATEGIES (JSON by stage), HEADGATE_AUTOMATION (ARN) and HEADGATE_METRICS (namespace).
    """
    pairs = (pair.partition("=") for pair in os.environ["HEADGATE_REST_APIS"].split(","))
    releases = Releases(
        stages=Stages(boto3.client("apigateway"), sleep=time.sleep, jitter=random.random),
        journal=Journal(boto3.client("dynamodb"), os.environ["HEADGATE_RELEASE_TABLE"]),
        now=time.time,
        apis={name: api for name, _, api in pairs},
    )
    strategies = json.loads(os.environ.get("HEADGATE_STRATEGIES", "{}"))
    return Autopilot(releases, _read_minutes, _start_execution, strategies)


def _read_minutes(stage: str, signals: list[str], within: range) -> list[Minute]:
    return read_minutes(boto3.client("cloudwatch"), os.environ["HEADGATE_METRICS"], stage, signals, within)


def _start_execution(name: str, given: str) -> None:
    client = boto3.client("stepfunctions")
    try:
        client.start_execution(stateMachineArn=os.environ["HEADGATE_AUTOMATION"], name=name, input=given)
    except client.exceptions.ExecutionAlreadyExists:
        return  # the same move of the stage once more: its automation has ended
