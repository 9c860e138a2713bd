"""Which resource waits for which: the order in which a stack is made, and its reverse for deleting. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .function_shapes import shape_problems
from .references import attribute_owners, choices, references
from .template import Bare, Declaration, Template, TemplateError

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
        raise TemplateError([Bare(f"Circular dependency between resources: [{', '.join(cycle)}]")]) from error


def check_references(template: Template) -> None:
    """Raises TemplateError naming every Ref, GetAtt, Sub, DependsOn or Condition that points at nothing."""
    known = frozenset({*template.resources, *template.parameters, *PSEUDO_PARAMETERS})
    _check_shapes(template)
    problems = [*_condition_problems(template, known)]
    for block, entries in (("Resources", _wanted_by_resources(template)), ("Outputs", _wanted_by_outputs(template))):
        wanted, values, conditions = entries
        missing = sorted(wanted - known)
        if missing:
            problems.append(
                f"Unresolved resource dependencies [{', '.join(missing)}] in the {block} block of the template"
            )
        problems += [
            Bare(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
            for name in sorted(attribute_owners(values) - set(template.resources))
        ]
        problems += [
            f"Unresolved condition dependency {name} in the {block} block of the template"
            for name in sorted(conditions - set(template.conditions))
        ]
        problems += [
            Bare(f"Template error: unresolved condition dependency {name} in Fn::If")
            for name in sorted(choices(values) - set(template.conditions))
        ]
    if problems:
        raise TemplateError(problems)


def _check_shapes(template: Template) -> None:
    """Raises TemplateError for functions that no reader could make sense of."""
    values = [
        dict(template.conditions),
        *(dict(declaration.properties) for declaration in template.resources.values()),
        *(dict(output) for output in template.outputs.values()),
    ]
    problems = dict.fromkeys(shape_problems(values, extended=template.has_extensions))
    if problems:
        raise TemplateError([Bare(problem) for problem in problems])


# names wanted by Ref, Sub or DependsOn; the values they stand in; conditions of the entries themselves
_Entries = tuple[frozenset[str], list[Any], frozenset[str]]


def _wanted_by_resources(template: Template) -> _Entries:
    values = [dict(declaration.properties) for declaration in template.resources.values()]
    explicit = [name for declaration in template.resources.values() for name in declaration.depends_on]
    dangling = [name for name in explicit if name not in template.resources]
    conditions = [declaration.condition for declaration in template.resources.values()]
    return _names(values) | frozenset(dangling), values, frozenset(name for name in conditions if name is not None)


def _wanted_by_outputs(template: Template) -> _Entries:
    values = [
        {name: member for name, member in output.items() if name != "Condition"} for output in template.outputs.values()
    ]
    conditions = frozenset(str(output["Condition"]) for output in template.outputs.values() if "Condition" in output)
    return _names(values), values, conditions


def _names(values: list[Any]) -> frozenset[str]:
    """What Ref and Sub mention; GetAtt has a text of its own."""
    return frozenset(references(values)) - attribute_owners(values)


def _condition_problems(template: Template, known: frozenset[str]) -> Iterator[str]:
    allowed = known - set(template.resources)
    found = sorted(set(references(dict(template.conditions))) - allowed)
    if found:
        yield (
            f"Unresolved dependencies [{', '.join(found)}]. "
            "Cannot reference resources in the Conditions block of the template"
        )
