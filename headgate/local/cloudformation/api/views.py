"""Records of the engine in the shapes of CloudFormation's answers. Pure, but for fetching a template by URL."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlparse

from ..change_sets import ChangeSet
from ..changes import Change
from ..handlers.contract import Clients
from ..parameters import Parameter
from ..records import LiveResource, Stack, StackEvent
from ..template import Template
from ..validation import IAM_TYPES, NAMED_IAM, EngineError


def stack(item: Stack) -> dict[str, Any]:
    """A stack as DescribeStacks shows it."""
    return _without_none(
        {
            "StackId": item.id,
            "StackName": item.name,
            "ChangeSetId": item.change_set_id,
            "Description": item.template.description,
            "Parameters": [parameter(value) for value in item.parameters.values()],
            "CreationTime": item.created,
            "LastUpdatedTime": item.updated,
            "DeletionTime": item.deleted,
            "RollbackConfiguration": {},
            "StackStatus": item.status,
            "StackStatusReason": item.reason,
            "DisableRollback": item.disable_rollback,
            "NotificationARNs": list(item.notification_arns),
            "Capabilities": list(item.capabilities),
            "Outputs": [_output(value) for value in item.outputs],
            "RoleARN": item.role_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in item.tags.items()],
            "EnableTerminationProtection": item.termination_protection,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def stack_summary(item: Stack) -> dict[str, Any]:
    """A stack as ListStacks shows it."""
    return _without_none(
        {
            "StackId": item.id,
            "StackName": item.name,
            "TemplateDescription": item.template.description,
            "CreationTime": item.created,
            "LastUpdatedTime": item.updated,
            "DeletionTime": item.deleted,
            "StackStatus": item.status,
            "StackStatusReason": item.reason,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def parameter(item: Parameter) -> dict[str, Any]:
    """A parameter: for an SSM one the name as given, and beside it the value it stood for."""
    view: dict[str, Any] = {"ParameterKey": item.name, "ParameterValue": item.shown}
    if item.is_ssm and not item.no_echo:
        view["ResolvedValue"] = ",".join(item.value) if isinstance(item.value, list) else item.value
    return view


def _output(item: Any) -> dict[str, Any]:
    return _without_none(
        {
            "OutputKey": item.key,
            "OutputValue": item.value,
            "Description": item.description,
            "ExportName": item.export,
        }
    )


def event(item: StackEvent) -> dict[str, Any]:
    """An event as DescribeStackEvents shows it."""
    return _without_none(
        {
            "EventId": item.event_id,
            "Timestamp": item.timestamp,
            "StackId": item.stack_id,
            "StackName": item.stack_name,
            "LogicalResourceId": item.logical_id,
            "PhysicalResourceId": item.physical_id,
            "ResourceType": item.type,
            "ResourceStatus": item.status,
            "ResourceStatusReason": item.reason,
            "ResourceProperties": item.properties,
        }
    )


def resource(owner: Stack, item: LiveResource) -> dict[str, Any]:
    """A resource as DescribeStackResources shows it."""
    return _without_none(
        {
            "StackName": owner.name,
            "StackId": owner.id,
            "LogicalResourceId": item.declaration.logical_id,
            "PhysicalResourceId": item.physical_id,
            "ResourceType": item.declaration.type,
            "Timestamp": item.updated,
            "ResourceStatus": item.status,
            "ResourceStatusReason": item.reason,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def resource_detail(owner: Stack, item: LiveResource) -> dict[str, Any]:
    """A resource as DescribeStackResource shows it."""
    view = resource(owner, item)
    view["LastUpdatedTimestamp"] = view.pop("Timestamp")
    return view


def resource_summary(item: LiveResource) -> dict[str, Any]:
    """A resource as ListStackResources shows it."""
    return _without_none(
        {
            "LogicalResourceId": item.declaration.logical_id,
            "PhysicalResourceId": item.physical_id,
            "ResourceType": item.declaration.type,
            "LastUpdatedTimestamp": item.updated,
            "ResourceStatus": item.status,
            "ResourceStatusReason": item.reason,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def change_set(item: ChangeSet, owner: Stack) -> dict[str, Any]:
    """A change set as DescribeChangeSet shows it."""
    return _without_none(
        {
            **change_set_summary(item, owner),
            "Parameters": [parameter(value) for value in item.target.parameters.values()],
            "NotificationARNs": list(item.settings.notification_arns),
            "RollbackConfiguration": {},
            "Capabilities": list(item.settings.capabilities or ()),
            "Tags": [{"Key": key, "Value": value} for key, value in (item.settings.tags or {}).items()],
            "Changes": [{"Type": "Resource", "ResourceChange": _change(change)} for change in item.changes],
        }
    )


def change_set_summary(item: ChangeSet, owner: Stack) -> dict[str, Any]:
    """A change set as ListChangeSets shows it."""
    return _without_none(
        {
            "ChangeSetId": item.id,
            "ChangeSetName": item.name,
            "StackId": owner.id,
            "StackName": owner.name,
            "Status": item.status,
            "StatusReason": item.reason,
            "ExecutionStatus": item.execution_status,
            "CreationTime": item.created,
            "Description": item.description,
            "IncludeNestedStacks": False,
        }
    )


def _change(item: Change) -> dict[str, Any]:
    details = [
        {
            "Target": _without_none(
                {"Attribute": detail.attribute, "Name": detail.name, "RequiresRecreation": detail.recreation}
            ),
            "Evaluation": "Static" if detail.is_static else "Dynamic",
            "ChangeSource": "DirectModification",
        }
        for detail in item.details
    ]
    return _without_none(
        {
            "PolicyAction": item.policy,
            "Action": item.action,
            "LogicalResourceId": item.logical_id,
            "PhysicalResourceId": item.physical_id,
            "ResourceType": item.type,
            "Replacement": item.replacement,
            "Scope": list(item.scope),
            "Details": details,
        }
    )


def template_summary(template: Template) -> dict[str, Any]:
    """What a template asks for: parameters, capabilities, types."""
    types = sorted({resource.type for resource in template.resources.values()})
    capabilities = sorted(set(types) & IAM_TYPES)
    named = any(NAMED_IAM.get(item.type) in item.properties for item in template.resources.values())
    summary: dict[str, Any] = {
        "Parameters": [_declared(name, value) for name, value in template.parameters.items()],
        "Description": template.description,
        "ResourceTypes": types,
        "Version": "2010-09-09",
        "ResourceIdentifierSummaries": [],
    }
    if capabilities:
        summary["Capabilities"] = ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"]
        summary["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(capabilities)}]"
    return _without_none(summary)


def _declared(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    default = value.get("Default")
    return _without_none(
        {
            "ParameterKey": name,
            "DefaultValue": None if default is None else str(default),
            "ParameterType": value["Type"],
            "NoEcho": str(value.get("NoEcho", False)).lower() == "true",
            "Description": value.get("Description"),
            "ParameterConstraints": {"AllowedValues": [str(item) for item in value.get("AllowedValues", ())]},
        }
    )


def read_template_url(url: str, clients: Clients) -> str:
    """The text behind a TemplateURL: an object of the local S3, whichever way the URL spells its bucket."""
    parsed = urlparse(url)
    path = unquote(parsed.path).lstrip("/")
    first, dot, rest = (parsed.hostname or "").partition(".")
    if dot and rest.startswith("s3"):
        bucket, key = first, path
    else:
        bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise EngineError(f"TemplateURL must reference a valid S3 object to which you have access, got {url}")
    client = clients("s3")
    try:
        content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except client.exceptions.ClientError as error:
        raise EngineError(f"S3 error: {error} ({url})") from error
    return content.decode("utf-8")


def _without_none(view: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in view.items() if value is not None}
