"""What CloudFormation refuses before it touches a resource: unknown types, broken rules, busy stacks, missing capabilities."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .changes import Target
from .handlers.contract import Handler
from .intrinsics import UNKNOWN, IntrinsicError, Values, evaluate, is_true, truth
from .parameters import ParameterError
from .records import LiveResource, Stack
from .references import attributes, references, taken_members
from .resource_types import catalogue
from .template import Bare, Template, TemplateError

NAMED_IAM = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
IAM_TYPES = frozenset({*NAMED_IAM, "AWS::IAM::AccessKey", "AWS::IAM::Policy", "AWS::IAM::UserToGroupAddition"})


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


def check_capabilities(template: Template, capabilities: Iterable[str], *, is_reviewed: bool = False) -> None:
    """Raises EngineError when the template makes IAM resources, or has transforms, that the caller did not acknowledge.

    A change set shows what transforms make, so that `is_reviewed` needs no acknowledging of those.
    """
    acknowledged = frozenset(capabilities)
    wanted = [name for name in needed_capabilities(template) if not acknowledged & _as_good_as(name)]
    if template.transforms and not is_reviewed and "CAPABILITY_AUTO_EXPAND" not in acknowledged:
        wanted.append("CAPABILITY_AUTO_EXPAND")
    if wanted:
        raise EngineError(f"Requires capabilities : [{', '.join(wanted)}]", "InsufficientCapabilitiesException")


def needed_capabilities(template: Template) -> tuple[str, ...]:
    """CAPABILITY_NAMED_IAM for IAM resources with names of their own, CAPABILITY_IAM for others."""
    resources = [item for item in template.resources.values() if item.type in IAM_TYPES]
    if not resources:
        return ()
    is_named = any(NAMED_IAM.get(item.type) in item.properties for item in resources)
    return ("CAPABILITY_NAMED_IAM",) if is_named else ("CAPABILITY_IAM",)


def _as_good_as(capability: str) -> frozenset[str]:
    return frozenset({capability, "CAPABILITY_NAMED_IAM"})


def refuse_busy(stack: Stack) -> None:
    """Raises EngineError while another operation runs on the stack."""
    if stack.is_busy:
        raise EngineError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def check_references_of_active(target: Target) -> None:
    """Raises TemplateError for what refers to a resource whose condition does not hold. Recorded, the two texts too."""
    active = target.active
    skipped = frozenset(target.template.resources) - frozenset(active)
    wanted = {name for item in active.values() for name in references(dict(item.properties), target.holds)}
    missing = sorted(wanted & skipped)
    if missing:
        text = f"Unresolved resource dependencies [{', '.join(missing)}] in the Resources block of the template"
        raise TemplateError([text])
    outputs = [item for item in target.template.outputs.values() if _counts(item, target)]
    missing = sorted(set(references(outputs, target.holds)) & skipped)
    if missing:
        text = f"Unresolved resource dependencies [{', '.join(missing)}] in the Outputs block of the template"
        raise TemplateError([Bare(text)])


def _counts(output: Mapping[str, Any], target: Target) -> bool:
    return output.get("Condition") is None or target.holds(str(output["Condition"]))


def check_evaluation(target: Target) -> None:
    """Raises IntrinsicError for what can never be evaluated, whatever the resources turn out to be."""
    pending = {
        name: Values("", type=item.type, pending_ref=True, pending_attributes=True)
        for name, item in target.active.items()
    }
    # Exports and dynamic references are looked up when the work is done: what is missing fails the stack then.
    scope = replace(target.scope, resources=pending, imports=_Anything(), dynamic=None)
    for name in target.template.conditions:
        is_true(name, scope)
    for item in target.active.values():
        evaluate(dict(item.properties), scope)


class _Anything(dict[str, str]):
    """Every export there could be, not known yet."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, _name: str) -> str:
        return UNKNOWN


def missing_attributes(target: Target) -> Iterator[str]:
    """What is asked of resources that their types do not answer. Recorded as the reason of a stack's rollback."""
    asked: dict[str, Any] = {
        "Resources": {name: {"Properties": dict(item.properties)} for name, item in target.active.items()},
        "Outputs": {key: dict(item) for key, item in target.template.outputs.items() if _counts(item, target)},
    }
    for path, name, attribute in attributes(asked):
        declaration = target.active.get(name)
        known = catalogue().get(declaration.type) if declaration else None
        if declaration and known and known.attributes is not None and attribute not in known.attributes:
            yield f"[Error] {path}: Resource type {declaration.type} does not support attribute {{{attribute}}}."


def missing_imports(target: Target) -> Iterator[str]:
    """The imported names that no stack exports."""
    for name in sorted(import_names(target) - set(target.scope.imports)):
        yield f"No export named {name} found."


def import_names(target: Target) -> frozenset[str]:
    """The exports of other stacks that the active resources and the outputs import."""
    names: set[str] = set()
    for declaration in target.active.values():
        names.update(_imported(dict(declaration.properties), target))
    for output in target.template.outputs.values():
        names.update(_imported(dict(output), target))
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
        for member in taken_members(value, target.holds):
            yield from _imported(member, target)
