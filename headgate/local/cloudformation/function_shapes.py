"""The shape that each intrinsic function must have, checked before anything is evaluated, in AWS's words. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .intrinsics import FUNCTIONS

# The list and its order are AWS's own, as its message prints them.
SUPPORTED = (
    "Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, "
    "Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, "
    "Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr"
)
# Only templates with the AWS::LanguageExtensions transform have these.
EXTENSIONS = frozenset({"Fn::Length", "Fn::ToJsonString"})
JOIN = (
    "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a "
    "function that returns a list of strings (such as Fn::GetAZs) to be joined."
)
SUB = (
    "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an "
    "optional second argument to specify a mapping of values to replace in the string"
)
FIND_IN_MAP = (
    "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value"
)
GET_ATT = "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"


def shape_problems(value: Any, *, extended: bool) -> Iterator[str]:
    """What is wrong with the functions in a value; `extended` when the template has AWS::LanguageExtensions."""
    if isinstance(value, list):
        for item in value:
            yield from shape_problems(item, extended=extended)
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _function_problems(key, member, extended=extended)
            yield from shape_problems(member, extended=extended)


def _function_problems(name: str, argument: Any, *, extended: bool) -> Iterator[str]:
    if not isinstance(name, str) or not name.startswith("Fn::"):
        return
    if name not in FUNCTIONS or (name in EXTENSIONS and not extended):
        yield f"Template error: Encountered unsupported function: {name} Supported functions are: [{SUPPORTED}]"
        return
    check = SHAPES.get(name)
    if check is not None and not check[0](argument):
        yield f"Template error: {check[1]}"


def _is_join(argument: Any) -> bool:
    return _has(argument, 2) and isinstance(argument[0], str) and isinstance(argument[1], (list, dict))


def _is_sub(argument: Any) -> bool:
    if isinstance(argument, str):
        return True
    return _has(argument, 2) and isinstance(argument[0], str) and isinstance(argument[1], dict)


def _is_get_att(argument: Any) -> bool:
    if isinstance(argument, str):
        name, dot, attribute = argument.partition(".")
        return bool(name and dot and attribute)
    return isinstance(argument, list) and len(argument) >= 2 and all(argument)


def _is_find_in_map(argument: Any) -> bool:
    if not isinstance(argument, list):
        return False
    return len(argument) == 3 or (len(argument) == 4 and "DefaultValue" in argument[3])


def _has(argument: Any, length: int) -> bool:
    return isinstance(argument, list) and len(argument) == length


def _has_conditions(argument: Any) -> bool:
    return isinstance(argument, list) and 2 <= len(argument) <= 10


SHAPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "Fn::And": (
        _has_conditions,
        "every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.",
    ),
    "Fn::Equals": (
        lambda argument: _has(argument, 2),
        "every Fn::Equals object requires a list of 2 string parameters.",
    ),
    "Fn::FindInMap": (_is_find_in_map, FIND_IN_MAP),
    "Fn::GetAtt": (_is_get_att, GET_ATT),
    "Fn::If": (lambda argument: _has(argument, 3), "Fn::If requires a list argument with three elements"),
    "Fn::Join": (_is_join, JOIN),
    "Fn::Not": (
        lambda argument: _has(argument, 1),
        "every Fn::Not object requires a list with exactly 1 boolean parameter.",
    ),
    "Fn::Or": (_has_conditions, "every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters."),
    "Fn::Select": (
        lambda argument: _has(argument, 2),
        "Fn::Select requires a list argument with two elements: an integer index and a list",
    ),
    "Fn::Split": (lambda argument: _has(argument, 2), "every Fn::Split object requires two parameters"),
    "Fn::Sub": (_is_sub, SUB),
}
