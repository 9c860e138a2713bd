"""AWS::IAM::{Role,Policy,ManagedPolicy}. Nothing local enforces them; templates read their ARNs and names."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .contract import Handler, Made, Request

MANAGED_BY_AWS = ":iam::aws:policy/"


def create_role(request: Request) -> Made:
    """CreateRole with its inline and attached policies."""
    client, properties = request.clients("iam"), request.properties
    name = request.name(properties.get("RoleName"))
    optional = {key: properties[key] for key in ("Description", "PermissionsBoundary", "Tags") if properties.get(key)}
    if properties.get("MaxSessionDuration"):
        optional["MaxSessionDuration"] = int(properties["MaxSessionDuration"])
    made = client.create_role(
        RoleName=name,
        Path=properties.get("Path", "/"),
        AssumeRolePolicyDocument=_text(properties["AssumeRolePolicyDocument"]),
        **optional,
    )["Role"]
    try:
        _sync_role(client, name, {}, properties)
    except Exception:
        _delete_role(client, name, properties)
        raise
    return Made(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


def update_role(request: Request) -> Made:
    """Brings trust policy, inline and attached policies to the template's."""
    client, old, new = request.clients("iam"), request.old_properties, request.properties
    name = request.physical_id
    if old.get("AssumeRolePolicyDocument") != new.get("AssumeRolePolicyDocument"):
        client.update_assume_role_policy(RoleName=name, PolicyDocument=_text(new["AssumeRolePolicyDocument"]))
    client.update_role(
        RoleName=name,
        Description=new.get("Description", ""),
        MaxSessionDuration=int(new.get("MaxSessionDuration", 3600)),
    )
    _sync_role(client, name, old, new)
    return Made(name, request.old_attributes)


def delete_role(request: Request) -> None:
    """Detaches everything and deletes the role; one that is gone is fine."""
    _delete_role(request.clients("iam"), request.physical_id, request.properties)


def _delete_role(client: Any, name: str, properties: Mapping[str, Any]) -> None:
    try:
        _sync_role(client, name, properties, {})
        for policy in client.list_role_policies(RoleName=name)["PolicyNames"]:
            client.delete_role_policy(RoleName=name, PolicyName=policy)
        for attached in client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            client.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
        client.delete_role(RoleName=name)
    except client.exceptions.NoSuchEntityException:
        return


def _sync_role(client: Any, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    before, after = _inline(old), _inline(new)
    for policy in sorted(set(before) - set(after)):
        _ignore_missing(client, client.delete_role_policy, RoleName=name, PolicyName=policy)
    for policy in sorted(after):
        if before.get(policy) != after[policy]:
            client.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=after[policy])
    attached, wanted = set(old.get("ManagedPolicyArns") or ()), set(new.get("ManagedPolicyArns") or ())
    for arn in sorted(attached - wanted):
        _ignore_missing(client, client.detach_role_policy, RoleName=name, PolicyArn=arn)
    for arn in sorted(wanted - attached):
        _attach(client, client.attach_role_policy, RoleName=name, PolicyArn=arn)


def _inline(properties: Mapping[str, Any]) -> dict[str, str]:
    return {item["PolicyName"]: _text(item["PolicyDocument"]) for item in properties.get("Policies") or ()}


def _attach(client: Any, attach: Callable[..., Any], **parameters: str) -> None:
    """Attaches a policy; AWS's own ones are not loaded locally (they cost memory) and nothing enforces them."""
    if MANAGED_BY_AWS in parameters["PolicyArn"]:
        _ignore_missing(client, attach, **parameters)
    else:
        attach(**parameters)


def _ignore_missing(client: Any, call: Callable[..., Any], **parameters: str) -> None:
    try:
        call(**parameters)
    except client.exceptions.NoSuchEntityException:
        return


def create_policy(request: Request) -> Made:
    """Puts an inline policy on every role, group and user named."""
    name = request.properties["PolicyName"]
    _put_inline(request, name, request.properties)
    return Made(request.physical_id or request.name(None))


def update_policy(request: Request) -> Made:
    """Takes the policy from those no longer named, puts it on the others."""
    old, new = request.old_properties, request.properties
    for kind, verb in _PRINCIPALS:
        names = set(old.get(kind) or ())
        gone = names if old["PolicyName"] != new["PolicyName"] else names - set(new.get(kind) or ())
        _delete_inline(request, verb, sorted(gone), old["PolicyName"])
    _put_inline(request, new["PolicyName"], new)
    return Made(request.physical_id)


def delete_policy(request: Request) -> None:
    """Takes the policy from everyone."""
    for kind, verb in _PRINCIPALS:
        _delete_inline(request, verb, request.properties.get(kind) or (), request.properties["PolicyName"])


_PRINCIPALS = (("Roles", "role"), ("Groups", "group"), ("Users", "user"))


def _put_inline(request: Request, name: str, properties: Mapping[str, Any]) -> None:
    client = request.clients("iam")
    for kind, verb in _PRINCIPALS:
        for principal in properties.get(kind) or ():
            put = getattr(client, f"put_{verb}_policy")
            put(
                **{
                    f"{verb.title()}Name": principal,
                    "PolicyName": name,
                    "PolicyDocument": _text(properties["PolicyDocument"]),
                }
            )


def _delete_inline(request: Request, verb: str, principals: Iterable[str], name: str) -> None:
    client = request.clients("iam")
    remove = getattr(client, f"delete_{verb}_policy")
    for principal in principals:
        parameters = {f"{verb.title()}Name": principal, "PolicyName": name}
        _ignore_missing(client, remove, **parameters)


def create_managed(request: Request) -> Made:
    """CreatePolicy, attached to every role, group and user named."""
    client, properties = request.clients("iam"), request.properties
    made = client.create_policy(
        PolicyName=request.name(properties.get("ManagedPolicyName"), limit=128),
        Path=properties.get("Path", "/"),
        Description=properties.get("Description", ""),
        PolicyDocument=_text(properties["PolicyDocument"]),
    )["Policy"]
    arn = made["Arn"]
    _attach_managed(client, arn, {}, properties)
    return Made(arn, {"PolicyArn": arn, "PolicyId": made["PolicyId"]})


def update_managed(request: Request) -> Made:
    """A new default version; the old one is deleted, since IAM keeps five at most."""
    client, arn = request.clients("iam"), request.physical_id
    if request.old_properties.get("PolicyDocument") != request.properties.get("PolicyDocument"):
        before = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = _text(request.properties["PolicyDocument"])
        client.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
        client.delete_policy_version(PolicyArn=arn, VersionId=before)
    _attach_managed(client, arn, request.old_properties, request.properties)
    return Made(arn, request.old_attributes)


def delete_managed(request: Request) -> None:
    """Detaches and deletes the policy; one that is gone is fine."""
    client, arn = request.clients("iam"), request.physical_id
    _attach_managed(client, arn, request.properties, {})
    _ignore_missing(client, client.delete_policy, PolicyArn=arn)


def _attach_managed(client: Any, arn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for kind, verb in _PRINCIPALS:
        before, after = set(old.get(kind) or ()), set(new.get(kind) or ())
        attach, detach = getattr(client, f"attach_{verb}_policy"), getattr(client, f"detach_{verb}_policy")
        for principal in sorted(before - after):
            parameters = {f"{verb.title()}Name": principal, "PolicyArn": arn}
            _ignore_missing(client, detach, **parameters)
        for principal in sorted(after - before):
            _attach(client, attach, **{f"{verb.title()}Name": principal, "PolicyArn": arn})


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


ROLE = Handler(create=create_role, update=update_role, delete=delete_role)
POLICY = Handler(create=create_policy, update=update_policy, delete=delete_policy)
MANAGED_POLICY = Handler(create=create_managed, update=update_managed, delete=delete_managed)
