"""What a template would change in a stack, decided before anything is done. Pure.

`plan(live, target)` -> `(Change("Modify", "Api", ...), Change("Add", "Table", ...), Change("Remove", "Old", ...))`
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .change_details import Detail, Moved, Sides, attribute_details, property_details
from .graph import dependencies, order
from .intrinsics import UNKNOWN, IntrinsicError, Scope, Values, evaluate, is_true, truth
from .parameters import Parameter
from .records import LiveResource, Output
from .resource_types import is_custom, needs_replacement, with_tags
from .template import Declaration, Template


@dataclass(frozen=True, slots=True)
class Target:
    """Where a stack should get to: a template with its parameters in force and everything it may refer to outside."""

    template: Template
    scope: Scope
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)  # the stack's, which its resources get too

    def properties(self, declaration: Declaration, scope: Scope) -> dict[str, Any]:
        """What a resource is to be made from, the stack's tags among it. Raises IntrinsicError."""
        found: dict[str, Any] = evaluate(dict(declaration.properties), scope)
        return with_tags(declaration.type, found, self.tags)

    @property
    def active(self) -> dict[str, Declaration]:
        """The resources whose condition holds."""
        return {
            name: declaration
            for name, declaration in self.template.resources.items()
            if declaration.condition is None or is_true(declaration.condition, self.scope)
        }

    def holds(self, condition: str) -> bool:
        """Whether one of the template's conditions is true."""
        return is_true(condition, self.scope)

    def order(self) -> tuple[str, ...]:
        """Active resources, each after what it needs. Raises TemplateError for a cycle."""
        return order(self.active)

    def seen(self, resources: Mapping[str, Values]) -> Scope:
        """The scope with these resources to refer to."""
        return replace(self.scope, resources=resources)


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
    before: Mapping[str, Any] | None = None  # the properties, evaluated
    after: Mapping[str, Any] | None = None

    @property
    def scope(self) -> tuple[str, ...]:
        """The attributes touched, such as ("Properties",)."""
        return tuple(sorted({detail.attribute for detail in self.details}))


def plan(
    live: Mapping[str, LiveResource], target: Target, previous: Mapping[str, Parameter] | None = None
) -> tuple[Change, ...]:
    """The changes that lead from the live resources to the target, in the order of work; removals last.

    With `previous`, the stack's parameters until now, it is as cautious as a change set: whoever asks an attribute of a
    resource that changes may change too, and each change names its causes.
    """
    values = {name: resource.values for name, resource in live.items()}
    parameters = _moved_parameters(previous, target.parameters)
    changes: list[Change] = []
    sequence = target.order()
    active = target.active
    for name in sequence:
        declaration = active[name]
        after = _foreseen(declaration, target, target.seen(values))
        if name not in live:
            values[name] = Values("", type=declaration.type, pending_ref=True, pending_attributes=True)
            changes.append(Change("Add", name, declaration.type, after=after))
            continue
        sides = Sides(live[name].declaration, declaration, live[name].properties, after)
        change = _modification(live[name], sides, _moved(values, parameters))
        if change is not None:
            changes.append(change)
            values[name] = _after(values[name], change, is_cautious=previous is not None)
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


def _foreseen(declaration: Declaration, target: Target, scope: Scope) -> dict[str, Any]:
    """The properties as far as they can be told; what cannot be evaluated fails the stack when its turn comes."""
    try:
        return target.properties(declaration, scope)
    except IntrinsicError:
        return dict.fromkeys(declaration.properties, UNKNOWN)


def _moved_parameters(previous: Mapping[str, Parameter] | None, parameters: Mapping[str, Parameter]) -> frozenset[str]:
    if previous is None:
        return frozenset()
    return frozenset(
        name for name, item in parameters.items() if name in previous and previous[name].value != item.value
    )


def _moved(values: Mapping[str, Values], parameters: frozenset[str]) -> Moved:
    return Moved(
        parameters,
        frozenset(name for name, item in values.items() if item.pending_ref),
        frozenset(name for name, item in values.items() if item.pending_attributes),
    )


def _modification(resource: LiveResource, sides: Sides, moved: Moved) -> Change | None:
    new = sides.new
    changed = changed_properties(new.type, sides.before, sides.after)
    fixed = needs_replacement(new.type, changed)
    details = [
        detail for name in sorted(changed) for detail in property_details(name, sides, moved, is_fixed=name in fixed)
    ]
    details += attribute_details(sides)
    if not details:
        return None
    replacement = _replacement(details)
    return Change(
        "Modify",
        new.logical_id,
        new.type,
        resource.physical_id,
        replacement,
        tuple(details),
        POLICY_ACTIONS[new.update_replace_policy] if replacement == "True" else None,
        before=sides.before,
        after=sides.after,
    )


# Recorded for replacements that are certain.
POLICY_ACTIONS = {
    "Delete": "ReplaceAndDelete",
    "Retain": "ReplaceAndRetain",
    "RetainExceptOnCreate": "ReplaceAndRetain",
    "Snapshot": "ReplaceAndSnapshot",
}


def _replacement(details: list[Detail]) -> str:
    """True when it is certain, Conditional when it depends on values that are not known yet."""
    fixed = [detail for detail in details if detail.recreation == "Always"]
    if not fixed:
        return "False"
    return "True" if any(detail.is_static for detail in fixed) else "Conditional"


def _after(values: Values, change: Change, *, is_cautious: bool) -> Values:
    if change.replacement in {"True", "Conditional"}:
        return replace(values, pending_ref=True, pending_attributes=True)
    if (is_cautious or is_custom(change.type)) and "Properties" in change.scope:
        return replace(values, pending_attributes=True)
    return values


def _removal(resource: LiveResource) -> Change:
    policy = resource.declaration.deletion_policy.removesuffix("ExceptOnCreate")
    return Change(
        "Remove",
        resource.declaration.logical_id,
        resource.declaration.type,
        resource.physical_id,
        policy=policy,
        before=resource.properties,
    )
