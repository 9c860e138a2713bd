"""AWS::CloudFormation::Stack: a stack within a stack, made through the same API that users have."""

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from .contract import Handler, HandlerError, Made, Request
from .shapes import tag_map

# The parent's acknowledgement counts for its children.
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
LOOK_EVERY_SECONDS = 0.02
NOTHING_TO_DO = "No updates are to be performed."


def create(request: Request) -> Made:
    """CreateStack, and wait; Ref answers the ARN, GetAtt `Outputs.Name` its outputs."""
    client = request.clients("cloudformation")
    name = request.name(None, limit=128)
    stack_id = client.create_stack(StackName=name, OnFailure="ROLLBACK", **_wanted(request.properties))["StackId"]
    return _settled(client, stack_id, "created", "CREATE_COMPLETE")


def update(request: Request) -> Made:
    """UpdateStack, and wait; one without changes is fine."""
    client, stack_id = request.clients("cloudformation"), request.physical_id
    try:
        client.update_stack(StackName=stack_id, **_wanted(request.properties))
    except ClientError as error:
        if error.response["Error"]["Message"] != NOTHING_TO_DO:
            raise
        return _made(_waited(client, stack_id))
    return _settled(client, stack_id, "updated", "UPDATE_COMPLETE")


def delete(request: Request) -> None:
    """DeleteStack, and wait; one that is gone is fine."""
    client, stack_id = request.clients("cloudformation"), request.physical_id
    client.delete_stack(StackName=stack_id)
    _settled(client, stack_id, "deleted", "DELETE_COMPLETE")


def _wanted(properties: Mapping[str, Any]) -> dict[str, Any]:
    parameters = properties.get("Parameters") or {}
    return {
        "TemplateURL": properties["TemplateURL"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": _text(value)} for key, value in parameters.items()],
        "Tags": [{"Key": key, "Value": value} for key, value in tag_map(properties.get("Tags")).items()],
        "NotificationARNs": list(properties.get("NotificationARNs") or ()),
        "Capabilities": CAPABILITIES,
    }


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _settled(client: Any, stack_id: str, verb: str, wanted: str) -> Made:
    stack = _waited(client, stack_id)
    if stack["StackStatus"] != wanted:
        reason = stack.get("StackStatusReason") or _first_reason(client, stack_id)
        raise HandlerError(f"Embedded stack {stack_id} was not successfully {verb}: {reason}", stack_id)
    return _made(stack)


def _waited(client: Any, stack_id: str) -> Mapping[str, Any]:
    while True:
        stack: Mapping[str, Any] = client.describe_stacks(StackName=stack_id)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(LOOK_EVERY_SECONDS)


def _first_reason(client: Any, stack_id: str) -> str:
    """Why the child went back: what its own first rollback says."""
    events = reversed(client.describe_stack_events(StackName=stack_id)["StackEvents"])
    reasons = (
        event["ResourceStatusReason"].removesuffix(" Rollback requested by user.")
        for event in events
        if event["PhysicalResourceId"] == stack_id
        and "ROLLBACK" in event["ResourceStatus"]
        and event.get("ResourceStatusReason")
    )
    return next(reasons, "")


def _made(stack: Mapping[str, Any]) -> Made:
    outputs = {f"Outputs.{item['OutputKey']}": item["OutputValue"] for item in stack.get("Outputs") or ()}
    return Made(stack["StackId"], outputs)


STACK = Handler(create=create, update=update, delete=delete)
