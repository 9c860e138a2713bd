"""AWS::KMS::{Key,Alias}."""

import json

from .contract import Handler, Made, Request
from .shapes import is_true

# The shortest waiting time KMS allows before a key is gone.
PENDING_DAYS = 7


def create_key(request: Request) -> Made:
    """CreateKey with its policy and rotation."""
    client, properties = request.clients("kms"), request.properties
    policy = {"Policy": _text(properties["KeyPolicy"])} if properties.get("KeyPolicy") else {}
    key = client.create_key(Description=properties.get("Description", ""), **policy)["KeyMetadata"]
    if is_true(properties.get("EnableKeyRotation")):
        client.enable_key_rotation(KeyId=key["KeyId"])
    return Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})


def update_key(request: Request) -> Made:
    """Policy, description and rotation change in place."""
    client, new, key_id = request.clients("kms"), request.properties, request.physical_id
    if new.get("KeyPolicy") and new["KeyPolicy"] != request.old_properties.get("KeyPolicy"):
        client.put_key_policy(KeyId=key_id, PolicyName="default", Policy=_text(new["KeyPolicy"]))
    client.update_key_description(KeyId=key_id, Description=new.get("Description", ""))
    rotate = client.enable_key_rotation if is_true(new.get("EnableKeyRotation")) else client.disable_key_rotation
    rotate(KeyId=key_id)
    return Made(key_id, request.old_attributes)


def delete_key(request: Request) -> None:
    """Schedules the deletion: KMS never deletes at once."""
    client = request.clients("kms")
    days = int(request.properties.get("PendingWindowInDays", PENDING_DAYS))
    try:
        client.schedule_key_deletion(KeyId=request.physical_id, PendingWindowInDays=days)
    except client.exceptions.NotFoundException:
        return


def create_alias(request: Request) -> Made:
    """CreateAlias."""
    properties = request.properties
    request.clients("kms").create_alias(
        AliasName=properties["AliasName"], TargetKeyId=_key_id(properties["TargetKeyId"])
    )
    return Made(properties["AliasName"])


def update_alias(request: Request) -> Made:
    """Points the alias at another key."""
    target = _key_id(request.properties["TargetKeyId"])
    request.clients("kms").update_alias(AliasName=request.physical_id, TargetKeyId=target)
    return Made(request.physical_id)


def delete_alias(request: Request) -> None:
    """DeleteAlias; one that is gone is fine."""
    client = request.clients("kms")
    try:
        client.delete_alias(AliasName=request.physical_id)
    except client.exceptions.NotFoundException:
        return


def _key_id(target: str) -> str:
    return target.rsplit("/", 1)[-1] if target.startswith("arn:") else target


def _text(policy: object) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


KEY = Handler(create=create_key, update=update_key, delete=delete_key)
ALIAS = Handler(create=create_alias, update=update_alias, delete=delete_alias)
