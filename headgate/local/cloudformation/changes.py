"""What a template would change in a stack, decided before anything is done. Pure.

`plan(live, target)` -> `(Change("Modify", "Api", ...), Change("Add", "Table", ...), Change("Remove", "Old", ...))`
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .graph import dependencies, order
from .intrinsics import UNKNOWN, Scope, Values, evaluate, is_true, truth
from .parameters import Parameter
from .records import LiveResource, Output
from .resource_types import is_custom, needs_replacement
from .template import Declaration, Template


@dataclass(frozen=True, slots=True)
class Target:
    """Where a stack should get to: a template with its parameters in force and everything it may refer to outside."""

    template: Template
    scope: Scope
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def active(self) -> dict[str, Declaration]:
        """The resources whose condition holds."""
        return {
            name: declaration
            for name, declaration in self.template.resources.items()
            if declaration.condition is None or is_true(declaration.condition, self.scope)
        }

    def order(self) -> tuple[str, ...]:
        """Active resources, each after what it needs. Raises TemplateError for a cycle."""
        return order(self.active)

    def seen(self, resources: Mapping[str, Values]) -> Scope:
        """The scope with these resources to refer to."""
        return replace(self.scope, resources=resources)


@dataclass(frozen=True, slots=True)
class Detail:
    """Why one part of a resource changes: `attribute` is Properties, Metadata, ..., `name` the property."""

    attribute: str
    name: str | None = None
    recreation: str = "Never"
    is_static: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One resource change, as DescribeChangeSet lists it; `replacement` is True, Conditional or False for Modify only."""

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    replacement: str | None = None
    details: tuple[Detail, ...] = ()
    policy: str | None = None

    @property
    def scope(self) -> tuple[str, ...]:
        """The attributes touched, such as ("Properties",)."""
        return tuple(sorted({detail.attribute for detail in self.details}))


def plan(live: Mapping[str, LiveResource], target: Target) -> tuple[Change, ...]:
    """The changes that lead from the live resources to the target, in the order of work; removals last."""
    values = {name: resource.values for name, resource in live.items()}
    changes: list[Change] = []
    sequence = target.order()
    active = target.active
    for name in sequence:
        declaration = active[name]
        if name not in live:
            values[name] = Values("", type=declaration.type, pending_ref=True, pending_attributes=True)
            changes.append(Change("Add", name, declaration.type))
            continue
        change = _modification(live[name], declaration, evaluate(dict(declaration.properties), target.seen(values)))
        if change is not None:
            changes.append(change)
            values[name] = _after(values[name], change)
    gone = [live[name] for name in reversed(removal_order(live)) if name not in active]
    return (*changes, *(_removal(resource) for resource in gone))


def removal_order(live: Mapping[str, LiveResource]) -> tuple[str, ...]:
    """Live resources, each after what it needs, by the declarations they were made from."""
    declarations = {name: resource.declaration for name, resource in live.items()}
    return order(declarations)


def dependents(name: str, live: Mapping[str, LiveResource]) -> frozenset[str]:
    """The live resources that refer to one."""
    return frozenset(other for other, resource in live.items() if name in dependencies(resource.declaration, live))


def changed_properties(type_name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    """Names of the properties that differ; custom resources compare as the text they are sent as."""
    if is_custom(type_name):
        old, new = stringified(old), stringified(new)
    return frozenset(name for name in {*old, *new} if old.get(name) != new.get(name))


def stringified(value: Any) -> Any:
    """A property value the way AWS sends it to a custom resource: every scalar is text, nulls are gone."""
    if isinstance(value, Mapping):
        return {key: stringified(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [stringified(item) for item in value if item is not None]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def outputs(target: Target, live: Mapping[str, LiveResource]) -> tuple[Output, ...]:
    """The template's outputs, evaluated. Raises IntrinsicError."""
    scope = target.seen({name: resource.values for name, resource in live.items()})
    result = []
    for key, output in target.template.outputs.items():
        if output.get("Condition") is not None and not truth({"Condition": output["Condition"]}, scope):
            continue
        export = evaluate((output.get("Export") or {}).get("Name"), scope)
        value = evaluate(output["Value"], scope)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        result.append(Output(key, text, output.get("Description"), export))
    return tuple(result)


def _modification(resource: LiveResource, declaration: Declaration, properties: Mapping[str, Any]) -> Change | None:
    old = resource.declaration
    changed = changed_properties(declaration.type, resource.properties, properties)
    fixed = needs_replacement(declaration.type, changed)
    details = [_property_detail(name, properties, name in fixed) for name in sorted(changed)]
    details += [
        Detail(attribute)
        for attribute, before, after in (
            ("Metadata", old.metadata, declaration.metadata),
            ("DeletionPolicy", old.deletion_policy, declaration.deletion_policy),
            ("UpdateReplacePolicy", old.update_replace_policy, declaration.update_replace_policy),
        )
        if before != after
    ]
    if not details:
        return None
    certain = any(detail.recreation == "Always" for detail in details)
    maybe = any(detail.recreation == "Conditionally" for detail in details)
    replacement = "True" if certain else "Conditional" if maybe else "False"
    return Change(
        "Modify",
        declaration.logical_id,
        declaration.type,
        resource.physical_id,
        replacement,
        tuple(details),
        "ReplaceAndRetain" if certain and declaration.update_replace_policy == "Retain" else None,
    )


def _property_detail(name: str, properties: Mapping[str, Any], fixed: bool) -> Detail:
    is_static = UNKNOWN not in str(properties.get(name))
    recreation = "Never" if not fixed else "Always" if is_static else "Conditionally"
    return Detail("Properties", name, recreation, is_static)


def _after(values: Values, change: Change) -> Values:
    if change.replacement in {"True", "Conditional"}:
        return replace(values, pending_ref=True, pending_attributes=True)
    if is_custom(change.type) and "Properties" in change.scope:
        return replace(values, pending_attributes=True)
    return values


def _removal(resource: LiveResource) -> Change:
    policy = "Retain" if resource.declaration.deletion_policy in {"Retain", "RetainExceptOnCreate"} else "Delete"
    return Change(
        "Remove", resource.declaration.logical_id, resource.declaration.type, resource.physical_id, policy=policy
    )
