"""CloudFormation's intrinsic functions over plain data, given a scope of everything they may ask for.

Pure. `evaluate({"Fn::Sub": "${Api}.x"}, scope)` -> `"abc123.x"`. `{"Ref": "AWS::NoValue"}` removes the key or item holding it.
"""

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# What change sets print for a value that only exists after the change (AWS uses the same text).
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
PLACEHOLDER = re.compile(r"\$\{(!?)([^{}]*)\}")


class IntrinsicError(Exception):
    """A function cannot be evaluated; the message names it, what it got and what it wanted."""


class _NoValue:
    """What `AWS::NoValue` evaluates to; never leaves `evaluate`."""


NO_VALUE = _NoValue()


@dataclass(frozen=True, slots=True)
class Values:
    """What a live resource answers: `ref` to Ref, `attributes` to GetAtt. `pending` marks one not known before the change."""

    ref: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    type: str = ""
    pending_ref: bool = False
    pending_attributes: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything a template's functions can refer to."""

    region: str
    parameters: Mapping[str, Any] = field(default_factory=dict)  # pseudo parameters included
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)  # name -> expression
    resources: Mapping[str, Values] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    dynamic: Callable[[str, str], str] | None = None  # ("ssm", "/name") -> value
    asked: frozenset[str] = frozenset()  # the conditions being evaluated, to tell a circle


def evaluate(value: Any, scope: Scope) -> Any:
    """The value with every function in it replaced. Raises IntrinsicError."""
    if isinstance(value, str):
        return _resolve_dynamic(value, scope)
    if isinstance(value, list):
        items = (evaluate(item, scope) for item in value)
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    name, argument = next(iter(value.items())) if len(value) == 1 else (None, None)
    if name in FUNCTIONS:
        return FUNCTIONS[name](argument, scope)
    if name == "Condition" and isinstance(argument, str) and argument in scope.conditions:
        return is_true(argument, scope)
    members = ((key, evaluate(member, scope)) for key, member in value.items())
    return {key: member for key, member in members if member is not NO_VALUE}


def is_true(condition: str, scope: Scope) -> bool:
    """Whether a named condition holds."""
    if condition not in scope.conditions:
        raise IntrinsicError(
            f"Unresolved condition {condition}; the template's Conditions name {_known(scope.conditions)}"
        )
    if condition in scope.asked:
        raise IntrinsicError(
            f"Template format error: Circular dependency between conditions: [{', '.join(sorted(scope.asked))}]"
        )
    return bool(truth(scope.conditions[condition], replace(scope, asked=scope.asked | {condition})))


def truth(expression: Any, scope: Scope) -> bool:
    """The boolean a condition expression stands for."""
    if isinstance(expression, dict) and set(expression) == {"Condition"}:
        return is_true(expression["Condition"], scope)
    result = evaluate(expression, scope)
    if isinstance(result, bool):
        return result
    if isinstance(result, str) and result.lower() in {"true", "false"}:
        return result.lower() == "true"
    raise IntrinsicError(f"a condition must be true or false, got {json.dumps(expression)}")


def _known(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _ref(name: Any, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    if name in scope.parameters:
        return scope.parameters[name]
    if name in scope.resources:
        values = scope.resources[name]
        return UNKNOWN if values.pending_ref else values.ref
    raise IntrinsicError(f"Unresolved resource dependencies [{name}]: Ref found no parameter or resource of that name")


def attribute_path(argument: Any) -> tuple[Any, Any]:
    """`Api.Arn` or `["Api", "Arn"]` -> `("Api", "Arn")`."""
    if isinstance(argument, str):
        name, _, attribute = argument.partition(".")
        return name, attribute
    if isinstance(argument, list) and len(argument) >= 2:
        return argument[0], argument[1] if len(argument) == 2 else ".".join(argument[1:])
    raise IntrinsicError(f"Fn::GetAtt wants [resource, attribute], got {json.dumps(argument)}")


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = attribute_path(argument)
    attribute = evaluate(attribute, scope)
    if name not in scope.resources:
        raise IntrinsicError(f"Unresolved resource dependencies [{name}]: Fn::GetAtt found no resource of that name")
    values = scope.resources[name]
    if values.pending_attributes:
        return UNKNOWN
    if attribute in values.attributes:
        return values.attributes[attribute]
    if values.type.startswith("Custom::") or values.type == "AWS::CloudFormation::CustomResource":
        raise IntrinsicError(
            f"CustomResource attribute error: Vendor response doesn't contain {attribute} attribute in object {name}"
        )
    raise IntrinsicError(
        f"Resource type {values.type} does not support attribute {{{attribute}}}. {name} has {_known(values.attributes)}"
    )


def _join(argument: Any, scope: Scope) -> str:
    argument = argument if isinstance(argument, list) else evaluate(argument, scope)
    if not isinstance(argument, list) or len(argument) != 2:
        raise IntrinsicError(f"Fn::Join wants [delimiter, list], got {json.dumps(argument)}")
    items = evaluate(argument[1], scope)
    if items == UNKNOWN:
        return UNKNOWN
    if not isinstance(items, list):
        raise IntrinsicError(f"Fn::Join wants a list to join, got {json.dumps(items)}")
    return str(argument[0]).join(_text(item, "Fn::Join") for item in items)


def _text(value: Any, function: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise IntrinsicError(f"{function} wants text, got {json.dumps(value)}")


def sub_parts(argument: Any) -> tuple[str, Mapping[str, Any]]:
    """The text of an Fn::Sub and the names it brings along."""
    if isinstance(argument, str):
        return argument, {}
    if (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], dict)
    ):
        return argument[0], argument[1]
    raise IntrinsicError(f"Fn::Sub wants a text or [text, {{name: value}}], got {json.dumps(argument)}")


def _sub(argument: Any, scope: Scope) -> str:
    text, own = sub_parts(argument)
    values = evaluate(dict(own), scope)

    def replacement(match: re.Match[str]) -> str:
        literal, name = match[1], match[2].strip()
        if literal:
            return "${" + match[2] + "}"
        if name in values:
            return _text(values[name], "Fn::Sub")
        return _text(_get_att(name, scope) if "." in name else _ref(name, scope), "Fn::Sub")

    return PLACEHOLDER.sub(replacement, text)


def _select(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        raise IntrinsicError(f"Fn::Select wants [index, list], got {json.dumps(argument)}")
    index, items = evaluate(argument[0], scope), evaluate(argument[1], scope)
    if items == UNKNOWN:
        return UNKNOWN
    if not isinstance(items, list) or not str(index).isdigit() or int(index) >= len(items):
        raise IntrinsicError(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return items[int(index)]


def _split(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        raise IntrinsicError(f"Fn::Split wants [delimiter, text], got {json.dumps(argument)}")
    text = evaluate(argument[1], scope)
    return UNKNOWN if UNKNOWN in str(text) else _text(text, "Fn::Split").split(str(argument[0]))


def _if(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise IntrinsicError(f"Fn::If wants [condition, then, else], got {json.dumps(argument)}")
    return evaluate(argument[1] if is_true(argument[0], scope) else argument[2], scope)


def _equals(argument: Any, scope: Scope) -> bool:
    if not isinstance(argument, list) or len(argument) != 2:
        raise IntrinsicError(f"Fn::Equals wants two values, got {json.dumps(argument)}")
    left, right = (evaluate(item, scope) for item in argument)
    return bool(_comparable(left) == _comparable(right))


def _comparable(value: Any) -> Any:
    # CloudFormation compares scalars as text, so 1 equals "1" and true equals "true".
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def _and(argument: Any, scope: Scope) -> bool:
    return all(truth(item, scope) for item in _conditions("Fn::And", argument))


def _or(argument: Any, scope: Scope) -> bool:
    return any(truth(item, scope) for item in _conditions("Fn::Or", argument))


def _not(argument: Any, scope: Scope) -> bool:
    if not isinstance(argument, list) or len(argument) != 1:
        raise IntrinsicError(f"Fn::Not wants one condition in a list, got {json.dumps(argument)}")
    return not truth(argument[0], scope)


def _conditions(function: str, argument: Any) -> list[Any]:
    if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
        raise IntrinsicError(f"{function} wants 2 to 10 conditions, got {json.dumps(argument)}")
    return argument


def _contains(argument: Any, scope: Scope) -> bool:
    if not isinstance(argument, list) or len(argument) != 2:
        raise IntrinsicError(f"Fn::Contains wants [list, value], got {json.dumps(argument)}")
    items, value = (evaluate(item, scope) for item in argument)
    return _comparable(value) in [_comparable(item) for item in items]


def _find_in_map(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) not in {3, 4}:
        raise IntrinsicError(f"Fn::FindInMap wants [map, first key, second key], got {json.dumps(argument)}")
    name, first, second = (evaluate(item, scope) for item in argument[:3])
    if UNKNOWN in f"{name}{first}{second}":
        return UNKNOWN
    try:
        return scope.mappings[name][first][second]
    except (KeyError, TypeError):
        if len(argument) == 4 and "DefaultValue" in argument[3]:
            return evaluate(argument[3]["DefaultValue"], scope)
        raise IntrinsicError(f"Template error: Unable to get mapping for {name}::{first}::{second}") from None


def _base64(argument: Any, scope: Scope) -> str:
    return base64.b64encode(_text(evaluate(argument, scope), "Fn::Base64").encode()).decode()


def _get_azs(argument: Any, scope: Scope) -> list[str]:
    region = evaluate(argument, scope) or scope.region
    return [f"{region}{letter}" for letter in "abc"]


def _import_value(argument: Any, scope: Scope) -> str:
    name = evaluate(argument, scope)
    if name not in scope.imports:
        raise IntrinsicError(f"No export named {name} found.")
    return scope.imports[name]


def _cidr(argument: Any, scope: Scope) -> Any:
    block, count, *bits = (evaluate(item, scope) for item in argument)
    if UNKNOWN in f"{block}{count}{bits}":
        return UNKNOWN
    try:
        network = ipaddress.ip_network(block, strict=False)
        subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits[0] if bits else 8))
        found = [str(subnet) for _, subnet in zip(range(int(count)), subnets, strict=False)]
    except ValueError as error:
        raise IntrinsicError(f"Template error: Fn::Cidr cannot divide {block}: {error}") from error
    if len(found) < int(count):
        raise IntrinsicError(f"Template error: Fn::Cidr cannot fit {count} blocks in {block}")
    return found


def _to_json(argument: Any, scope: Scope) -> str:
    return json.dumps(evaluate(argument, scope), separators=(",", ":"), ensure_ascii=False)


def _length(argument: Any, scope: Scope) -> Any:
    items = evaluate(argument, scope)
    if items == UNKNOWN:
        return UNKNOWN
    if not isinstance(items, list):
        raise IntrinsicError(f"Template error: Fn::Length wants a list, got {json.dumps(items)}")
    return len(items)


DYNAMIC = re.compile(r"\{\{resolve:([a-z-]+):([^}]+)\}\}")


def _resolve_dynamic(text: str, scope: Scope) -> str:
    resolver = scope.dynamic
    if resolver is None or "{{resolve:" not in text:
        return text
    return DYNAMIC.sub(lambda match: resolver(match[1], match[2]), text)


FUNCTIONS: Mapping[str | None, Callable[[Any, Scope], Any]] = {
    "Fn::And": _and,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::Contains": _contains,
    "Fn::Equals": _equals,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Not": _not,
    "Fn::Or": _or,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json,
    "Ref": _ref,
}
