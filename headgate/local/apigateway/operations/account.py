"""The account's settings."""

import re

from .. import patches
from ..errors import BadRequestError
from ..patches import PatchPaths, text
from ..state import Document, Region

_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")
_PATHS = PatchPaths("Account", values={"/cloudwatchRoleArn": text}, value_lists=("/features",))
_FEATURES = ("UsagePlans",)


def get_account(region: Region, request: Document) -> Document:  # noqa: ARG001 (every operation has this shape)
    """Limits, and the role with which API Gateway writes logs, one per account and Region (FACTS 7.6)."""
    return {
        "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
        **region.account,
    }


def update_account(region: Region, request: Document) -> Document:
    """Set the CloudWatch role; a blank one takes it away. Usage plans stay on, once they are."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Account")
    for operation in operations:
        _check_feature(operation)
    changed = patches.apply({"features": list(_FEATURES), **region.account}, operations, _PATHS)
    role = changed.get("cloudwatchRoleArn")
    if role and not _ROLE.fullmatch(role):
        raise BadRequestError("Invalid ARN specified in the request")
    region.account = changed
    return get_account(region, {})


def _check_feature(operation: Document) -> None:
    if operation.get("path") != "/features":
        return
    value = str(operation.get("value") or "")
    if operation["op"] == "remove" and value in ("", *_FEATURES):
        raise BadRequestError("Usage Plans cannot be disabled once enabled")
    if operation["op"] == "add" and value not in _FEATURES:
        raise BadRequestError(f"Invalid feature specified. Must be one of: [{', '.join(_FEATURES)}]")


OPERATIONS = {
    "GetAccount": get_account,
    "UpdateAccount": update_account,
}
