"""Why a resource changes: property by property, and what brought it about, as DescribeChangeSet tells it. Pure.

The kinds and their order are those of recorded change sets: a changed parameter shows as a Static ParameterReference and a
Dynamic DirectModification, an attribute of a resource that changes as a Dynamic ResourceAttribute.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .intrinsics import PLACEHOLDER, UNKNOWN, attribute_path, sub_parts
from .template import Declaration


@dataclass(frozen=True, slots=True)
class Detail:
    """Why one part of a resource changes: `attribute` is Properties, Metadata, ..., `name` the property."""

    attribute: str
    name: str | None = None
    recreation: str = "Never"
    is_static: bool = True
    source: str = "DirectModification"
    cause: str | None = None
    before: Any = None
    after: Any = None

    @property
    def path(self) -> str:
        """`/Properties/TopicName`."""
        return f"/{self.attribute}" if self.name is None else f"/{self.attribute}/{self.name}"

    @property
    def kind(self) -> str:
        """Add, Remove or Modify."""
        return "Add" if self.before is None else "Remove" if self.after is None else "Modify"


@dataclass(frozen=True, slots=True)
class Moved:
    """What has changed around a resource: parameters, and resources of which values are not known yet."""

    parameters: frozenset[str] = frozenset()
    refs: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sides:
    """A resource before and after: its declarations and its properties, evaluated."""

    old: Declaration
    new: Declaration
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def property_details(name: str, sides: Sides, moved: Moved, *, is_fixed: bool) -> list[Detail]:
    """Why one property changes; `is_fixed` when it can only be set at creation."""
    recreation = "Always" if is_fixed else "Never"
    raw_before, raw_after = sides.old.properties.get(name), sides.new.properties.get(name)
    before, after = sides.before.get(name), sides.after.get(name)

    def detail(source: str, cause: str | None, *, is_static: bool) -> Detail:
        return Detail("Properties", name, recreation, is_static, source, cause, before, after)

    causes = list(dict.fromkeys(_causes(raw_after, moved)))
    found = [detail(source, cause, is_static=source == "ParameterReference") for source, cause in causes]
    by_parameter = any(source == "ParameterReference" for source, _ in causes)
    if raw_before != raw_after or by_parameter or not causes:
        is_static = not by_parameter and UNKNOWN not in str(after)
        found.append(detail("DirectModification", None, is_static=is_static))
    return found


def attribute_details(sides: Sides) -> list[Detail]:
    """What changes beside the properties."""
    old, new = sides.old, sides.new
    return [
        Detail(attribute)
        for attribute, before, after in (
            ("Metadata", old.metadata, new.metadata),
            ("DeletionPolicy", old.deletion_policy, new.deletion_policy),
            ("UpdateReplacePolicy", old.update_replace_policy, new.update_replace_policy),
        )
        if before != after
    ]


def _causes(value: Any, moved: Moved) -> Iterator[tuple[str, str]]:
    """(source, causing entity) of everything in a value that has changed elsewhere."""
    if isinstance(value, list):
        for item in value:
            yield from _causes(item, moved)
    elif isinstance(value, dict):
        if len(value) == 1:
            for name, attribute in _mentions(value):
                yield from _cause(name, attribute, moved)
        for member in value.values():
            yield from _causes(member, moved)


def _mentions(function: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, attribute) of a Ref, GetAtt or Sub; no attribute for a plain reference."""
    if isinstance(function.get("Ref"), str):
        yield function["Ref"], ""
    if "Fn::GetAtt" in function:
        name, attribute = attribute_path(function["Fn::GetAtt"])
        yield str(name), str(attribute)
    if "Fn::Sub" in function:
        text, own = sub_parts(function["Fn::Sub"])
        for literal, place in PLACEHOLDER.findall(text):
            if not literal and place.strip() not in own:
                name, _, attribute = place.strip().partition(".")
                yield name, attribute


def _cause(name: str, attribute: str, moved: Moved) -> Iterator[tuple[str, str]]:
    if not attribute and name in moved.parameters:
        yield "ParameterReference", name
    elif not attribute and name in moved.refs:
        yield "ResourceReference", name
    elif attribute and name in moved.attributes:
        yield "ResourceAttribute", f"{name}.{attribute}"
