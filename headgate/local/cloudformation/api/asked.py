"""The parts that CloudFormation's requests share: names, templates, parameters, options. Raises what the API answers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..engine import Engine
from ..parameters import Given, Parameter
from ..records import Stack
from ..settings import Settings
from ..template import Template, load, parse
from ..transforms import Outside
from ..validation import EngineError
from .templates import read_include, read_template_url

STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*")
LONGEST_NAME = 128
# A template in the request itself; longer ones come by URL.
MAX_BODY_BYTES = 51_200
MAX_TAGS = 50


def stack_name(params: Mapping[str, Any]) -> str:
    """The name or id of a request, in order."""
    name: str = params.get("StackName") or ""
    if not name:
        raise EngineError(
            "1 validation error detected: Value '' at 'stackName' failed to satisfy constraint: Member must not be null"
        )
    if not STACK_NAME.fullmatch(name):
        raise EngineError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {STACK_NAME.pattern}"
        )
    if not name.startswith("arn:") and len(name) > LONGEST_NAME:
        raise EngineError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {LONGEST_NAME}"
        )
    return name


# AWS says in three ways that a stack is not there; which operation says what is recorded or seen in many reports.
WITH_ID, IN_BRACKETS, IN_QUOTES = (
    "Stack with id {} does not exist",
    "Stack [{}] does not exist",
    "Stack '{}' does not exist",
)


def named_stack(engine: Engine, params: Mapping[str, Any], text: str = WITH_ID) -> Stack:
    """The stack of a request, or EngineError in the words of its operation."""
    name = stack_name(params)
    found = engine.find(name)
    if found is None:
        raise EngineError(text.format(name))
    return found


def template_of(engine: Engine, params: Mapping[str, Any], stack: Stack | None = None) -> Template | None:
    """The template of a request; None when it names none."""
    body, url = params.get("TemplateBody"), params.get("TemplateURL")
    if body and url:
        raise EngineError("Only one of TemplateBody or TemplateUrl may be specified.")
    if body and len(body.encode()) > MAX_BODY_BYTES:
        raise EngineError(
            f"1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BODY_BYTES}"
        )
    text = body or (read_template_url(url, engine.clients) if url else None)
    if not text:
        return None
    return parse(text, Outside(lambda location: read_include(location, engine.clients), _values(text, params, stack)))


def required_template(engine: Engine, params: Mapping[str, Any], stack: Stack | None = None) -> Template:
    """The template of a request, which must have one, or keep the stack's by UsePreviousTemplate."""
    template = template_of(engine, params, stack)
    if template is None and stack is not None and params.get("UsePreviousTemplate"):
        text = stack.template.text
        return parse(
            text, Outside(lambda location: read_include(location, engine.clients), _values(text, params, stack))
        )
    if template is None:
        raise EngineError("Either Template URL or Template Body must be specified.")
    return template


def _values(text: str, params: Mapping[str, Any], stack: Stack | None) -> dict[str, Any]:
    """Parameters as transforms see them: given, kept or default, lists split."""
    declared = load(text).get("Parameters")
    if not isinstance(declared, Mapping):
        return {}
    chosen, kept = given(params), stack.parameters if stack else {}
    found = {
        name: _value(item, chosen.get(name), kept.get(name))
        for name, item in declared.items()
        if isinstance(item, Mapping)
    }
    return {name: value for name, value in found.items() if value is not None}


def _value(declaration: Mapping[str, Any], wanted: Given | None, kept: Parameter | None) -> str | list[str] | None:
    text = declaration.get("Default")
    if wanted is not None and wanted.use_previous and kept is not None:
        text = kept.raw
    elif wanted is not None and wanted.value is not None:
        text = wanted.value
    if text is None:
        return None
    is_list = str(declaration.get("Type")).startswith(("CommaDelimitedList", "List<"))
    return [item.strip() for item in str(text).split(",")] if is_list else str(text)


def given(params: Mapping[str, Any]) -> dict[str, Given]:
    """The parameters of a request."""
    found = {}
    for item in params.get("Parameters") or ():
        name, value, keeps = item["ParameterKey"], item.get("ParameterValue"), bool(item.get("UsePreviousValue"))
        if keeps and value is not None:
            raise EngineError(
                f"Invalid input for parameter key {name}. "
                "Cannot specify usePreviousValue as true and non empty value for a parameter"
            )
        found[name] = Given(value, use_previous=keeps)
    return found


def settings(params: Mapping[str, Any]) -> Settings:
    """The options of a request."""
    tags = params.get("Tags")
    if tags is not None and len(tags) > MAX_TAGS:
        raise EngineError(f"Number of tags exceeds the limit of {MAX_TAGS}")
    on_failure = params.get("OnFailure") or params.get("OnStackFailure")
    disable = bool(params.get("DisableRollback"))
    if on_failure and params.get("DisableRollback") is not None and "OnFailure" in params:
        raise EngineError("You cannot specify both OnFailure and DisableRollback")
    on_failure = on_failure or "ROLLBACK"
    return Settings(
        tags=None if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
        capabilities=tuple(params.get("Capabilities") or ()),
        notification_arns=tuple(params.get("NotificationARNs") or ()),
        role_arn=params.get("RoleARN"),
        on_failure="DO_NOTHING" if disable else on_failure,
        disable_rollback=disable or on_failure == "DO_NOTHING",
        termination_protection=params.get("EnableTerminationProtection"),
        rollback=_rollback(params.get("RollbackConfiguration")),
        token=params.get("ClientRequestToken"),
    )


ALARM_TYPES = frozenset({"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"})


def _rollback(configuration: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Recorded: both refusals."""
    for trigger in (configuration or {}).get("RollbackTriggers") or ():
        if trigger["Type"] not in ALARM_TYPES:
            raise EngineError("Rollback Trigger Type not supported")
        if ":alarm:" not in trigger["Arn"]:
            raise EngineError("RelativeId of a Rollback Trigger's ARN is incorrect")
    return configuration


def check_resource_types(template: Template, allowed: Iterable[str] | None) -> None:
    """Raises EngineError for a resource that ResourceTypes leaves out; `AWS::SNS::*` stands for all of a service."""
    patterns = tuple(allowed or ())
    if not patterns:
        return
    for declaration in template.resources.values():
        if not any(_allows(pattern, declaration.type) for pattern in patterns):
            listed = ", ".join(patterns)
            raise EngineError(f"Resource type {declaration.type} is not allowed by parameter ResourceTypes [{listed}]")


def _allows(pattern: str, type_name: str) -> bool:
    if pattern.endswith("::*"):
        return type_name.startswith(pattern[:-1])
    return pattern == type_name


def page(items: Sequence[Any], token: str | None, size: int) -> tuple[Sequence[Any], str | None]:
    """One page and the token of the next. Raises EngineError for a token that is not one of ours."""
    if token is not None and not token.isdigit():
        raise EngineError("The NextToken is invalid.")
    start = int(token or 0)
    return items[start : start + size], str(start + size) if start + size < len(items) else None
