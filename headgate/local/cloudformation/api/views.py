"""Records of the engine in the shapes of CloudFormation's answers. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from ..change_details import Detail
from ..change_sets import ChangeSet
from ..changes import Change, stringified
from ..parameters import Parameter
from ..records import LiveResource, Stack, StackEvent
from ..template import Template
from ..validation import IAM_TYPES, needed_capabilities

# The members of a parameter that ValidateTemplate tells. Recorded.
VALIDATED = frozenset({"ParameterKey", "DefaultValue", "NoEcho", "Description"})


def stack(item: Stack) -> dict[str, Any]:
    """A stack as DescribeStacks shows it."""
    return _without_none(
        {
            "StackId": item.id,
            "StackName": item.name,
            "ChangeSetId": None if item.is_deleted else item.change_set_id,
            "Description": item.template.description,
            "Parameters": [parameter(value) for value in item.parameters.values()] or None,
            "CreationTime": item.created,
            "LastUpdatedTime": item.updated,
            "DeletionTime": item.deleted,
            "RollbackConfiguration": dict(item.rollback),
            "StackStatus": item.status,
            "StackStatusReason": item.reason,
            "DisableRollback": item.disable_rollback,
            "NotificationARNs": list(item.notification_arns),
            "Capabilities": list(item.capabilities) or None,
            "Outputs": [_output(value) for value in item.outputs] or None,
            "RoleARN": item.role_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in item.tags.items()],
            "EnableTerminationProtection": None if item.is_deleted else item.termination_protection,
            "ParentId": item.parent_id,
            "RootId": item.root_id,
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
            "ParentId": item.parent_id,
            "RootId": item.root_id,
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
            "ClientRequestToken": item.token,
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
    view["Metadata"] = json.dumps(dict(item.declaration.metadata))
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


def change_set(item: ChangeSet, owner: Stack, *, with_values: bool = False) -> dict[str, Any]:
    """A change set as DescribeChangeSet shows it; `with_values` adds what properties were and will be."""
    settings = item.settings
    return _without_none(
        {
            **change_set_summary(item, owner),
            "Parameters": [parameter(value) for value in item.target.parameters.values()] or None,
            "NotificationARNs": list(settings.notification_arns),
            "RollbackConfiguration": dict(settings.rollback or {}),
            "Capabilities": list(settings.capabilities or ()),
            "Tags": [{"Key": key, "Value": value} for key, value in (settings.tags or {}).items()] or None,
            "OnStackFailure": None if settings.on_failure == "ROLLBACK" else settings.on_failure,
            "Changes": [
                {"Type": "Resource", "ResourceChange": _change(change, with_values=with_values)}
                for change in item.changes
            ],
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


def _change(item: Change, *, with_values: bool) -> dict[str, Any]:
    # Recorded: with values the direct change of a property comes first, without them last.
    details = (
        sorted(item.details, key=lambda detail: detail.source != "DirectModification") if with_values else item.details
    )
    return _without_none(
        {
            "PolicyAction": item.policy,
            "Action": item.action,
            "LogicalResourceId": item.logical_id,
            "PhysicalResourceId": item.physical_id,
            "ResourceType": item.type,
            "Replacement": item.replacement,
            "Scope": list(item.scope),
            "Details": [_detail(detail, with_values=with_values) for detail in details],
            "BeforeContext": _context(item.before) if with_values else None,
            "AfterContext": _context(item.after) if with_values else None,
        }
    )


def _detail(detail: Detail, *, with_values: bool) -> dict[str, Any]:
    target: dict[str, Any] = {
        "Attribute": detail.attribute,
        "Name": detail.name,
        "RequiresRecreation": detail.recreation,
    }
    if with_values:
        target |= {
            "Path": detail.path,
            "BeforeValue": _value(detail.before),
            "AfterValue": _value(detail.after),
            "AttributeChangeType": detail.kind,
        }
    return _without_none(
        {
            "Target": _without_none(target),
            "Evaluation": "Static" if detail.is_static else "Dynamic",
            "ChangeSource": detail.source,
            "CausingEntity": detail.cause,
        }
    )


def _value(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(stringified(value)) if isinstance(value, (dict, list)) else str(stringified(value))


def _context(properties: Mapping[str, Any] | None) -> str | None:
    return None if properties is None else json.dumps({"Properties": stringified(properties)})


def template_summary(template: Template) -> dict[str, Any]:
    """What a template asks for: parameters, capabilities, types."""
    types = sorted({resource.type for resource in template.resources.values()})
    capabilities = needed_capabilities(template)
    summary: dict[str, Any] = {
        "Parameters": [_declared(name, value) for name, value in template.parameters.items()],
        "Description": template.description,
        "ResourceTypes": types,
        "Version": "2010-09-09",
        "Metadata": str(dict(template.metadata)) if template.metadata else None,
        "DeclaredTransforms": list(template.transforms) or None,
        "ResourceIdentifierSummaries": [
            {
                "ResourceType": type_name,
                "LogicalResourceIds": [name for name, item in template.resources.items() if item.type == type_name],
            }
            for type_name in types
        ],
    }
    if capabilities:
        summary["Capabilities"] = list(capabilities)
        summary["CapabilitiesReason"] = (
            f"The following resource(s) require capabilities: [{', '.join(item for item in types if item in IAM_TYPES)}]"
        )
    return _without_none(summary)


def _declared(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    default = value.get("Default")
    allowed = [str(stringified(item)) for item in value.get("AllowedValues", ())]
    return _without_none(
        {
            "ParameterKey": name,
            "DefaultValue": None if default is None else str(stringified(default)),
            "ParameterType": value["Type"],
            "NoEcho": str(value.get("NoEcho", False)).lower() == "true",
            "Description": value.get("Description"),
            "ParameterConstraints": {"AllowedValues": allowed} if allowed else {},
        }
    )


def _without_none(view: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in view.items() if value is not None}
