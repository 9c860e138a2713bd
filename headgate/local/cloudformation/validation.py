"""What CloudFormation refuses before it touches a resource: unknown types, broken rules, busy stacks, missing capabilities."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .changes import Target
from .handlers.contract import Handler
from .intrinsics import IntrinsicError, evaluate, truth
from .parameters import ParameterError
from .records import LiveResource, Stack
from .template import Template, TemplateError

NAMED_IAM = {
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
}
IAM_TYPES = frozenset({*NAMED_IAM, "AWS::IAM::Policy"})


class EngineError(Exception):
    """A request is refused; `code` is AWS's error code."""

    def __init__(self, message: str, code: str = "ValidationError") -> None:
        self.code = code
        super().__init__(message)


def check_types(target: Target, handler: Callable[[str], Handler | None], live: Mapping[str, LiveResource]) -> None:
    """Raises TemplateError naming every type without a handler, and every resource that would change its type.

    Only resources whose condition holds are looked at: the bootstrap template has types behind a condition that is false.
    """
    unknown = sorted({item.type for item in target.active.values() if handler(item.type) is None})
    if unknown:
        raise TemplateError([f"Unrecognized resource types: [{', '.join(unknown)}]"])
    moved = sorted(
        name
        for name, declaration in target.active.items()
        if name in live and live[name].declaration.type != declaration.type
    )
    if moved:
        raise EngineError(
            "Update of resource type is not permitted. The new template modifies resource type of the following resources: "
            f"[{', '.join(moved)}]"
        )


def check_rules(target: Target) -> None:
    """Raises ParameterError with the description of every assertion of the template's Rules that does not hold."""
    problems = []
    for name, rule in target.template.rules.items():
        condition = rule.get("RuleCondition")
        if condition is not None and not truth(condition, target.scope):
            continue
        problems += [
            f"Template error: rule {name}: {assertion.get('AssertDescription', 'assertion failed')}"
            for assertion in rule.get("Assertions", ())
            if not truth(assertion["Assert"], target.scope)
        ]
    if problems:
        raise ParameterError(problems)


def check_capabilities(template: Template, capabilities: Iterable[str]) -> None:
    """Raises EngineError when the template makes IAM resources that the caller did not acknowledge."""
    acknowledged = frozenset(capabilities)
    types = {resource.type for resource in template.resources.values()} & IAM_TYPES
    named = any(
        NAMED_IAM.get(resource.type) in resource.properties
        for resource in template.resources.values()
        if resource.type in types
    )
    wanted = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    enough = {"CAPABILITY_NAMED_IAM"} if named else {"CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"}
    if types and not acknowledged & enough:
        raise EngineError(f"Requires capabilities : [{wanted}]", "InsufficientCapabilitiesException")


def refuse_busy(stack: Stack) -> None:
    """Raises EngineError while another operation runs on the stack."""
    if stack.is_busy:
        raise EngineError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def import_names(target: Target) -> frozenset[str]:
    """The exports of other stacks that the active resources import."""
    names: set[str] = set()
    for declaration in target.active.values():
        names.update(_imported(dict(declaration.properties), target))
    return frozenset(names)


def _imported(value: Any, target: Target) -> Iterable[str]:
    if isinstance(value, list):
        for item in value:
            yield from _imported(item, target)
    elif isinstance(value, dict):
        if set(value) == {"Fn::ImportValue"}:
            try:
                yield str(evaluate(value["Fn::ImportValue"], target.scope))
            except IntrinsicError:
                return
        for member in value.values():
            yield from _imported(member, target)
