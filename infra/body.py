"""The wire document as the template's RestApi body: fixed function and role names become references to this stack's resources.

Pure. A version-qualified function ARN inside the body pins code to a deployment's snapshot: promoting is then one pointer copy.
"""

from collections.abc import Mapping
from typing import Any

FUNCTION_URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:headgate-%s/invocations"
)
INVOKE_ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/headgate-invoke"


def template_body(wire: Mapping[str, Any], *, versions: Mapping[str, str], invoke_role: str) -> dict[str, Any]:
    """The body for CloudFormation. `versions` maps a room to the logical id of its published version.

    {"uri": "arn:...:function:headgate-aggregator/invocations"}
    -> {"uri": {"Fn::Sub": "arn:...functions/${PortalAggregatorVersion1a2b}/invocations"}}
    """
    replacements: dict[str, Any] = {INVOKE_ROLE: {"Fn::GetAtt": [invoke_role, "Arn"]}}
    for room, version in versions.items():
        replacements[FUNCTION_URI % room] = {"Fn::Sub": version_uri(version)}
    body: dict[str, Any] = _replaced(dict(wire), replacements)
    return body


def version_uri(version: str) -> str:
    """The invocation URI of a version resource: its Ref is the version-qualified ARN."""
    return (
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
        "${" + version + "}" + "/invocations"
    )


def _replaced(value: Any, replacements: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, replacements) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, replacements) for item in value]
    return replacements.get(value, value) if isinstance(value, str) else value
