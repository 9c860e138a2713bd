"""The account's settings, and tags."""

import re
from urllib.parse import unquote

from .. import patches
from ..errors import BadRequestError, NotFoundError
from ..patches import PatchPaths, text
from ..state import Document, Region

_ARN = re.compile(r"arn:[^:]+:apigateway:[^:]*:[^:]*:(/.+)")
_PATHS = PatchPaths(
    "Account", values={"/cloudwatchRoleArn": text}, value_lists=("/features",), removable=("/cloudwatchRoleArn",)
)


def get_account(region: Region, request: Document) -> Document:  # noqa: ARG001 (every operation has this shape)
    """Limits, and the role with which API Gateway writes logs, one per account and Region (FACTS 7.6)."""
    return {
        "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
        **region.account,
    }


def update_account(region: Region, request: Document) -> Document:
    """Set or remove the CloudWatch role."""
    changed = patches.apply(region.account, request.get("patchOperations") or [], _PATHS)
    role = changed.get("cloudwatchRoleArn")
    if role == "":
        del changed["cloudwatchRoleArn"]
    elif role and not role.startswith("arn:"):
        raise BadRequestError("Invalid ARN specified in the request")
    region.account = changed
    return get_account(region, {})


def _tagged(region: Region, arn: str) -> Document:
    match = _ARN.fullmatch(unquote(arn))
    parts = match[1].strip("/").split("/") if match else []
    found = _by_path(region, parts)
    if found is None:
        raise NotFoundError(f"Invalid resource identifier specified: {arn}")
    return found


def _by_path(region: Region, parts: list[str]) -> Document | None:
    kind, name, *rest = [*parts, "", ""]
    if kind == "restapis" and name in region.rest_apis:
        api = region.rest_apis[name]
        if rest[:1] == ["stages"]:
            return api.stages[rest[1]].document if rest[1] in api.stages else None
        return api.draft.rest_api
    tables = {
        "apikeys": region.api_keys,
        "usageplans": region.usage_plans,
        "vpclinks": region.vpc_links,
        "domainnames": region.domain_names,
        "clientcertificates": region.client_certificates,
    }
    return tables.get(kind, {}).get(name)


def get_tags(region: Region, request: Document) -> Document:
    """The tags of an API, stage, key, plan, link, domain or certificate, by ARN."""
    return {"tags": _tagged(region, request["resourceArn"]).get("tags") or {}}


def tag_resource(region: Region, request: Document) -> None:
    """Add or replace tags."""
    document = _tagged(region, request["resourceArn"])
    document["tags"] = {**(document.get("tags") or {}), **(request.get("tags") or {})}


def untag_resource(region: Region, request: Document) -> None:
    """Remove tags."""
    document = _tagged(region, request["resourceArn"])
    gone = request.get("tagKeys") or []
    document["tags"] = {key: one for key, one in (document.get("tags") or {}).items() if key not in gone}


OPERATIONS = {
    "GetAccount": get_account,
    "UpdateAccount": update_account,
    "GetTags": get_tags,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}
