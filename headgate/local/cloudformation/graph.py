"""Which resource waits for which: the order in which a stack is made, and its reverse for deleting. Pure."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from .intrinsics import references
from .template import Declaration, Template, TemplateError

PSEUDO_PARAMETERS = (
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
)


def dependencies(declaration: Declaration, among: Iterable[str]) -> frozenset[str]:
    """The logical ids a resource needs first: what it refers to and its DependsOn, as far as they are `among` the active ones."""
    wanted = {*references(dict(declaration.properties)), *declaration.depends_on}
    return frozenset(wanted & set(among))


def order(declarations: Mapping[str, Declaration]) -> tuple[str, ...]:
    """Logical ids so that each comes after what it needs. Raises TemplateError naming the cycle."""
    edges = {name: dependencies(declaration, declarations) for name, declaration in declarations.items()}
    try:
        return tuple(TopologicalSorter(edges).static_order())
    except CycleError as error:
        cycle = sorted(set(error.args[1]))
        raise TemplateError([f"Circular dependency between resources: [{', '.join(cycle)}]"]) from error


def check_references(template: Template) -> None:
    """Raises TemplateError naming every Ref, GetAtt, Sub, DependsOn or Condition that points at nothing."""
    known = {*template.resources, *template.parameters, *PSEUDO_PARAMETERS}
    problems = []
    for name, declaration in template.resources.items():
        missing = sorted({*references(dict(declaration.properties))} - known)
        missing += sorted(set(declaration.depends_on) - set(template.resources))
        if missing:
            problems.append(
                f"Unresolved resource dependencies [{', '.join(missing)}] in the Resources block of the template ({name})"
            )
        if declaration.condition is not None and declaration.condition not in template.conditions:
            problems.append(f"Unresolved condition {declaration.condition} on resource {name}")
    for name, output in template.outputs.items():
        missing = sorted({*references(dict(output))} - known)
        if missing:
            problems.append(
                f"Unresolved resource dependencies [{', '.join(missing)}] in the Outputs block of the template ({name})"
            )
        if output.get("Condition") is not None and output["Condition"] not in template.conditions:
            problems.append(f"Unresolved condition {output['Condition']} on output {name}")
    if problems:
        raise TemplateError(problems)
