"""Endpoint configurations: types and address types, with AWS's refusals (recorded for CreateRestApi). Pure."""

from typing import Any

from .errors import BadRequestError, ValidationError, not_in_enum
from .state import Document

TYPES = ("PRIVATE", "EDGE", "REGIONAL")
ADDRESS_TYPES = ("ipv4", "dualstack")


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
        raise BadRequestError("Only dualstack ipAddressType is supported for Private APIs.")
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
