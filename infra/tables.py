"""The two DynamoDB tables: answers kept for reuse, and the journal of releases."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb


def add_cache_table(stack: Stack) -> dynamodb.CfnTable:
    """Upstream replies by key `pk`; DynamoDB drops them some time after `expires` (seconds since 1970)."""
    expiry = dynamodb.CfnTable.TimeToLiveSpecificationProperty(attribute_name="expires", enabled=True)
    return _table(stack, "CacheTable", ["pk"], time_to_live_specification=expiry)


def add_release_table(stack: Stack) -> dynamodb.CfnTable:
    """Releases, rejected releases, lease and history. Losing it loses history only: the truth is the stage."""
    recovery = dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(point_in_time_recovery_enabled=True)
    return _table(stack, "ReleaseTable", ["pk", "sk"], point_in_time_recovery_specification=recovery)


def _table(
    stack: Stack,
    logical_id: str,
    keys: list[str],
    *,
    time_to_live_specification: dynamodb.CfnTable.TimeToLiveSpecificationProperty | None = None,
    point_in_time_recovery_specification: dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty | None = None,
) -> dynamodb.CfnTable:
    kinds = ("HASH", "RANGE")
    table = dynamodb.CfnTable(
        stack,
        logical_id,
        billing_mode="PAY_PER_REQUEST",
        attribute_definitions=[
            dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name=key, attribute_type="S") for key in keys
        ],
        key_schema=[
            dynamodb.CfnTable.KeySchemaProperty(attribute_name=key, key_type=kind)
            for key, kind in zip(keys, kinds, strict=False)
        ],
        sse_specification=dynamodb.CfnTable.SSESpecificationProperty(sse_enabled=True),
        time_to_live_specification=time_to_live_specification,
        point_in_time_recovery_specification=point_in_time_recovery_specification,
    )
    table.apply_removal_policy(RemovalPolicy.DESTROY)
    return table
