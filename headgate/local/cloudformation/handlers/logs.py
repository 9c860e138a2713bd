"""AWS::Logs::{LogGroup,MetricFilter}."""

from .contract import Handler, Made, Request
from .shapes import conform, tag_map


def create_group(request: Request) -> Made:
    """CreateLogGroup and its retention; the Arn attribute ends in `:*`, as CloudFormation's does."""
    client, properties = request.clients("logs"), request.properties
    name = request.name(properties.get("LogGroupName"), limit=512)
    wanted = {**properties, "LogGroupName": name, "Tags": tag_map(properties.get("Tags"))}
    client.create_log_group(**{key: value for key, value in conform("logs", "CreateLogGroup", wanted).items() if value})
    _retain(request, name)
    return Made(name, {"Arn": request.stack.arn("logs", f"log-group:{name}:*")})


def update_group(request: Request) -> Made:
    """Retention is the property with an effect here."""
    _retain(request, request.physical_id)
    return Made(request.physical_id, request.old_attributes)


def delete_group(request: Request) -> None:
    """DeleteLogGroup; one that is gone is fine."""
    client = request.clients("logs")
    try:
        client.delete_log_group(logGroupName=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


def _retain(request: Request, name: str) -> None:
    days, before = request.properties.get("RetentionInDays"), request.old_properties.get("RetentionInDays")
    if days is not None and days != before:
        request.clients("logs").put_retention_policy(logGroupName=name, retentionInDays=int(days))
    elif days is None and before is not None:
        request.clients("logs").delete_retention_policy(logGroupName=name)


def put_filter(request: Request) -> Made:
    """PutMetricFilter."""
    properties = request.properties
    name = request.physical_id or request.name(properties.get("FilterName"), limit=512)
    wanted = dict(properties)
    wanted["MetricTransformations"] = [_transformation(item) for item in properties["MetricTransformations"]]
    wanted["FilterName"] = name
    request.clients("logs").put_metric_filter(**conform("logs", "PutMetricFilter", wanted))
    return Made(name)


def replace_filter(request: Request) -> Made:
    """Deletes it first: moto keeps a second filter of the same name beside the first."""
    delete_filter(request)
    return put_filter(request)


def _transformation(item: dict[str, object]) -> dict[str, object]:
    # CloudFormation lists dimensions as keys and values, the API maps them.
    dimensions = item.get("Dimensions")
    if not isinstance(dimensions, list):
        return item
    return {**item, "Dimensions": {pair["Key"]: pair["Value"] for pair in dimensions}}


def delete_filter(request: Request) -> None:
    """DeleteMetricFilter; gone with its group is fine."""
    client = request.clients("logs")
    try:
        client.delete_metric_filter(logGroupName=request.properties["LogGroupName"], filterName=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


GROUP = Handler(create=create_group, update=update_group, delete=delete_group)
FILTER = Handler(create=put_filter, update=replace_filter, delete=delete_filter)
