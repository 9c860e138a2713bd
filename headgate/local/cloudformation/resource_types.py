"""What is known of each resource type: its properties, which are required, which can only be set at creation.

The facts are those of the public CloudFormation resource provider schemas, condensed into `resource_types.json`. Whether a type is
supported at all is decided by `handlers.REGISTRY`, not here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

# Top-level kinds and what the engine lets through: a parameter is always text, so numbers and booleans may come as text.
_ACCEPTED: Mapping[str, tuple[type, ...]] = {
    "string": (str, int, float, bool),
    "integer": (int, str),
    "number": (int, float, str),
    "boolean": (bool, str),
    "array": (list,),
    "object": (dict,),
    "json": (dict, str),
    "any": (object,),
}
CUSTOM_PREFIX = "Custom::"
CUSTOM_TYPE = "AWS::CloudFormation::CustomResource"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """The rules of one type; `name_property` is the one a user may pick a physical name with."""

    name: str
    properties: Mapping[str, str]
    required: frozenset[str] = frozenset()
    create_only: frozenset[str] = frozenset()
    name_property: str | None = None
    attributes: frozenset[str] | None = None  # what GetAtt may ask; None when that is open


@cache
def catalogue() -> Mapping[str, ResourceType]:
    """Every described type by name."""
    raw = json.loads(files(__package__).joinpath("resource_types.json").read_text(encoding="utf-8"))
    return {
        name: ResourceType(
            name,
            entry["properties"],
            frozenset(entry.get("required", ())),
            frozenset(entry.get("create_only", ())),
            entry.get("name"),
            frozenset(entry["attributes"]) if "attributes" in entry else None,
        )
        for name, entry in raw.items()
    }


def is_custom(type_name: str) -> bool:
    """Whether a type is served by a function of the user."""
    return type_name.startswith(CUSTOM_PREFIX) or type_name == CUSTOM_TYPE


def property_problems(type_name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """What CloudFormation would refuse before calling the service: unknown, missing and wrongly shaped properties."""
    if is_custom(type_name):
        if not properties.get("ServiceToken"):
            yield "Invalid service token. A custom resource needs ServiceToken, the ARN of the function serving it"
        return
    known = catalogue().get(type_name)
    if known is None:
        return
    for name in sorted(set(properties) - set(known.properties)):
        yield f"Encountered unsupported property {name}; {type_name} has {', '.join(sorted(known.properties))}"
    for name in sorted(known.required - set(properties)):
        yield f"Property {name} cannot be empty."
    for name, value in sorted(properties.items()):
        accepted = _ACCEPTED[known.properties.get(name, "any")]
        if not isinstance(value, accepted):
            yield f"Value of property {name} must be of type {known.properties[name]}, got {json.dumps(value)[:80]}"


def needs_replacement(type_name: str, changed: frozenset[str]) -> frozenset[str]:
    """Those of the changed properties that cannot be changed in place; a custom resource decides by its physical id instead."""
    known = catalogue().get(type_name)
    return changed & known.create_only if known else frozenset()


def with_tags(type_name: str, properties: dict[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    """The properties with a stack's tags, for types that have tags; a tag of the resource's own wins."""
    known = catalogue().get(type_name)
    kind = known.properties.get("Tags") if known else None
    own = properties.get("Tags")
    if not tags or kind is None:
        return properties
    if kind == "array" and isinstance(own, (list, type(None))):
        taken = {item.get("Key") for item in own or () if isinstance(item, Mapping)}
        added = [{"Key": key, "Value": value} for key, value in tags.items() if key not in taken]
        return {**properties, "Tags": [*(own or ()), *added]}
    return {**properties, "Tags": {**tags, **own}} if isinstance(own, dict) else {**properties, "Tags": dict(tags)}
