"""Tags, by ARN: of APIs, stages, keys, plans, VPC links, domain names, their associations, and client certificates."""

import re
from urllib.parse import unquote

from ..errors import BadRequestError, NotFoundError
from ..state import Document, Region
from .stages import stage

_ARN = re.compile(r"arn:[\w-]+:apigateway:[^:]*:[^:]*:(/.+)")
# The first part of a path -> what AWS says of an identifier that names none.
_MISSING = {
    "apikeys": "Invalid API Key identifier specified",
    "usageplans": "Invalid Usage Plan ID specified",
    "vpclinks": "Invalid Vpc Link identifier specified",
    "domainnames": "Invalid domain name identifier specified",
    "domainnameaccessassociations": "Invalid domain name access association identifier specified",
    "clientcertificates": "Invalid Client Certificate identifier specified",
}


def _tagged(region: Region, arn: str) -> Document:
    match = _ARN.fullmatch(unquote(arn))
    if match is None:
        raise BadRequestError("Invalid ARN specified in the request")
    parts = [one for one in str(match[1]).split("/") if one] or [""]
    kind, name, rest = parts[0], parts[1] if len(parts) > 1 else "", parts[2:]
    if kind == "restapis" and not rest:
        return region.api(name).draft.rest_api
    if kind == "restapis" and rest[0] == "stages" and len(rest) > 1:
        return stage(region.api(name), rest[1]).document
    tables: dict[str, dict[str, Document]] = {
        "apikeys": region.api_keys,
        "usageplans": region.usage_plans,
        "vpclinks": region.vpc_links,
        "domainnames": region.domain_names,
        "clientcertificates": region.client_certificates,
    }
    plain = name.partition("+")[0] if kind == "domainnames" else name  # private ones are name+identifier
    found = region.access_associations.get(unquote(arn)) or tables.get(kind, {}).get("" if rest else plain)
    if found is None:
        raise NotFoundError(_MISSING.get(kind, f"Invalid resource identifier specified: {arn}"))
    return found


def get_tags(region: Region, request: Document) -> Document:
    """The tags of one of them."""
    return {"tags": _tagged(region, request["resourceArn"]).get("tags") or {}}


def tag_resource(region: Region, request: Document) -> None:
    """Add or replace tags."""
    document = _tagged(region, request["resourceArn"])
    document["tags"] = {**(document.get("tags") or {}), **(request.get("tags") or {})}


def untag_resource(region: Region, request: Document) -> None:
    """Remove tags; where none is left the resource shows none."""
    document = _tagged(region, request["resourceArn"])
    gone = request.get("tagKeys") or []
    kept = {key: one for key, one in (document.get("tags") or {}).items() if key not in gone}
    document.pop("tags", None)
    if kept:
        document["tags"] = kept


OPERATIONS = {"GetTags": get_tags, "TagResource": tag_resource, "UntagResource": untag_resource}
