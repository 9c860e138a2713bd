"""AWS::DynamoDB::Table."""

from collections.abc import Mapping
from typing import Any

from .contract import Handler, Made, Request
from .shapes import conform, is_true

NOT_AT_CREATION = ("ImportSourceSpecification", "PointInTimeRecoverySpecification", "TimeToLiveSpecification")


def create(request: Request) -> Made:
    """CreateTable, then time to live and point-in-time recovery."""
    client, properties = request.clients("dynamodb"), request.properties
    name = request.name(properties.get("TableName"), limit=255)
    wanted = {key: value for key, value in properties.items() if key not in NOT_AT_CREATION} | {"TableName": name}
    if wanted.get("StreamSpecification"):
        wanted["StreamSpecification"] = {**wanted["StreamSpecification"], "StreamEnabled": True}
    if wanted.get("SSESpecification"):
        encryption = dict(wanted["SSESpecification"])
        wanted["SSESpecification"] = {**encryption, "Enabled": encryption.get("SSEEnabled", False)}
    made = client.create_table(**conform("dynamodb", "CreateTable", wanted))["TableDescription"]
    _extras(request, name)
    return Made(name, _attributes(made))


def update(request: Request) -> Made:
    """UpdateTable with what changed."""
    client, old, new = request.clients("dynamodb"), request.old_properties, request.properties
    names = ("BillingMode", "ProvisionedThroughput", "StreamSpecification", "DeletionProtectionEnabled", "TableClass")
    changed = {key: new[key] for key in names if key in new and old.get(key) != new[key]}
    if "StreamSpecification" in changed:
        changed["StreamSpecification"] = {**changed["StreamSpecification"], "StreamEnabled": True}
    if changed:
        client.update_table(**conform("dynamodb", "UpdateTable", {**changed, "TableName": request.physical_id}))
    _update_indexes(request)
    _extras(request, request.physical_id)
    return Made(request.physical_id, _attributes(client.describe_table(TableName=request.physical_id)["Table"]))


def delete(request: Request) -> None:
    """DeleteTable; one that is gone is fine."""
    client = request.clients("dynamodb")
    try:
        client.delete_table(TableName=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


def _update_indexes(request: Request) -> None:
    old, new = _indexes(request.old_properties), _indexes(request.properties)
    updates = [{"Delete": {"IndexName": name}} for name in sorted(set(old) - set(new))]
    updates += [{"Create": new[name]} for name in sorted(set(new) - set(old))]
    for index in updates:
        wanted = {
            "TableName": request.physical_id,
            "AttributeDefinitions": request.properties.get("AttributeDefinitions") or [],
            "GlobalSecondaryIndexUpdates": [index],
        }
        request.clients("dynamodb").update_table(**conform("dynamodb", "UpdateTable", wanted))


def _indexes(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes") or ()}


def _extras(request: Request, name: str) -> None:
    client, old, new = request.clients("dynamodb"), request.old_properties, request.properties
    ttl = new.get("TimeToLiveSpecification")
    if ttl and ttl != old.get("TimeToLiveSpecification"):
        specification = {"AttributeName": ttl["AttributeName"], "Enabled": is_true(ttl["Enabled"])}
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    recovery = new.get("PointInTimeRecoverySpecification")
    if recovery and recovery != old.get("PointInTimeRecoverySpecification"):
        specification = {"PointInTimeRecoveryEnabled": is_true(recovery.get("PointInTimeRecoveryEnabled"))}
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)


def _attributes(table: Mapping[str, Any]) -> dict[str, str]:
    attributes = {"Arn": table["TableArn"]}
    if table.get("LatestStreamArn"):
        attributes["StreamArn"] = table["LatestStreamArn"]
    return attributes


HANDLER = Handler(create=create, update=update, delete=delete)
