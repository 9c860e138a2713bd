"""Endpoint configurations: types and address types, with AWS's refusals (recorded for CreateRestApi). Pure."""

from typing import Any

from .errors import BadRequestError, ValidationError, not_in_enum
from .patches import Operation, only
from .state import Document

TYPES = ("PRIVATE", "EDGE", "REGIONAL")
ADDRESS_TYPES = ("ipv4", "dualstack")
_PATH = "/endpointConfiguration/"
_ONLY_DUALSTACK = "Only dualstack ipAddressType is supported for Private APIs."
_ONLY_PRIVATE = "VPCEndpoints can only be specified with PRIVATE apis."


def build_endpoint(given: Any, owner: str) -> Document:
    """`{"types": ["EDGE"], "ipAddressType": "ipv4"}` unless said otherwise; `owner` as in `createRestApiInput`."""
    asked: Document = given if isinstance(given, dict) else {}
    types, address_type = asked.get("types"), asked.get("ipAddressType")
    check_values(types, address_type, owner)
    if types is not None and not types:
        raise BadRequestError("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if types and len(types) > 1:
        raise BadRequestError("Cannot create an api with multiple Endpoint Types.")
    chosen = list(types or ["EDGE"])
    if chosen == ["PRIVATE"] and address_type == "ipv4":
        raise BadRequestError(_ONLY_DUALSTACK)
    if asked.get("vpcEndpointIds") and chosen != ["PRIVATE"]:
        raise BadRequestError(_ONLY_PRIVATE)
    document: Document = {
        "types": chosen,
        "ipAddressType": address_type or ("dualstack" if chosen == ["PRIVATE"] else "ipv4"),
    }
    if asked.get("vpcEndpointIds"):
        document["vpcEndpointIds"] = list(asked["vpcEndpointIds"])
    return document


def check_values(types: Any, address_type: Any, owner: str) -> None:
    """Refuse unknown types and address types, all at once."""
    place, wrong = f"{owner}.endpointConfiguration", []
    if any(one not in TYPES for one in types or []):
        wrong.append(
            f"Value '[{', '.join(types)}]' at '{place}.types' failed to satisfy constraint: Member must satisfy "
            f"constraint: [Member must satisfy enum value set: [{', '.join(TYPES)}]]"
        )
    if address_type is not None and address_type not in ADDRESS_TYPES:
        wrong.append(not_in_enum(address_type, f"{place}.ipAddressType", ADDRESS_TYPES))
    if wrong:
        raise ValidationError(wrong)


def is_endpoint_path(operation: Operation) -> bool:
    """Whether a patch operation is about the endpoint configuration."""
    return str(operation.get("path") or "").startswith(_PATH)


def patch_endpoint(endpoint: Document, operation: Operation) -> Document:
    """One operation applied; `check_patched` says whether the last one's outcome may stay (texts recorded)."""
    path, op, value = str(operation["path"]), operation["op"], str(operation.get("value") or "")
    name, _, member = path.removeprefix(_PATH).partition("/")
    if name == "types":
        return {**endpoint, **_types(endpoint, op, value, member)}
    if name == "ipAddressType" and not member:
        if op != "replace":
            raise BadRequestError(only(["replace"]))
        if value not in ADDRESS_TYPES:
            raise BadRequestError("ipAddressType must be either ipv4 or dualstack.")
        return {**endpoint, name: value}
    if name != "vpcEndpointIds":
        raise BadRequestError(f"Invalid patch path {path}")
    if op not in ("add", "remove"):
        raise BadRequestError(only(["add", "remove"]))
    one = value or member
    kept = [other for other in endpoint.get(name) or [] if other != one]
    return {**endpoint, name: kept if op == "remove" else [*kept, one]}


def _types(endpoint: Document, op: str, value: str, member: str) -> Document:
    if op not in ("add", "remove", "replace"):
        raise BadRequestError("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
    asked = member if op == "remove" and member in TYPES else value or member
    if asked not in TYPES:
        raise BadRequestError("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
    others = [one for one in endpoint["types"] if one != asked]
    changed = {"add": [*others, asked], "remove": others, "replace": [asked]}[op]
    # Recorded: an API that becomes private is dual-stack.
    return {"types": changed, **({"ipAddressType": "dualstack"} if changed == ["PRIVATE"] else {})}


def check_patched(endpoint: Document) -> None:
    """One type, and what goes with it."""
    types = endpoint["types"]
    if not types:
        raise BadRequestError("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if len(types) > 1:
        raise BadRequestError("Cannot create an api with multiple Endpoint Types.")
    if types == ["PRIVATE"] and endpoint.get("ipAddressType") == "ipv4":
        raise BadRequestError(_ONLY_DUALSTACK)
    if endpoint.get("vpcEndpointIds") and types != ["PRIVATE"]:
        raise BadRequestError(_ONLY_PRIVATE)
