"""Template parameters: what was given, what is the default, what is kept from last time, and whether each is allowed. Pure.

A parameter of type `AWS::SSM::Parameter::Value<String>` holds the *name* of an SSM parameter; `resolve` asks for its value
through a function, and keeps both: a later UsePreviousValue means the same name, never the old value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SSM_VALUE = re.compile(r"^AWS::SSM::Parameter::Value<(.+)>$")
LIST_TYPE = re.compile(r"^(List<.+>|CommaDelimitedList)$")
MASK = "****"


class ParameterError(Exception):
    """Some parameters are missing, unknown or not allowed; the message lists all of them."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True)
class Given:
    """One parameter of a request: a value, or `use_previous` to keep the one of the stack."""

    value: str | None = None
    use_previous: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in force: `raw` as given, `value` as Ref answers (a list for list types), `shown` as DescribeStacks prints."""

    name: str
    raw: str
    value: str | list[str]
    no_echo: bool = False
    is_ssm: bool = False

    @property
    def shown(self) -> str:
        """The raw value, or asterisks when it is secret."""
        return MASK if self.no_echo else self.raw


def resolve(
    declared: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, Given],
    previous: Mapping[str, Parameter],
    read_ssm: Callable[[str], str],
) -> dict[str, Parameter]:
    """Every declared parameter with its value. Raises ParameterError with all problems."""
    problems = [f"Parameters: [{name}] do not exist in the template" for name in sorted(set(given) - set(declared))]
    raw: dict[str, str] = {}
    missing: list[str] = []
    for name, declaration in declared.items():
        value = _raw(declaration, given.get(name), previous.get(name))
        if value is None:
            missing.append(name)
        else:
            raw[name] = value
            problems.extend(_constraint_problems(name, declaration, value))
    if missing:
        problems.append(f"Parameters: [{', '.join(missing)}] must have values")
    if problems:
        raise ParameterError(problems)
    return {name: _parameter(name, declared[name], value, read_ssm) for name, value in raw.items()}


def _raw(declaration: Mapping[str, Any], given: Given | None, previous: Parameter | None) -> str | None:
    if given is not None and given.use_previous and previous is not None:
        return previous.raw
    if given is not None and given.value is not None:
        return given.value
    default = declaration.get("Default")
    return None if default is None else _as_text(default)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parameter(name: str, declaration: Mapping[str, Any], raw: str, read_ssm: Callable[[str], str]) -> Parameter:
    kind = declaration["Type"]
    ssm = SSM_VALUE.match(kind)
    text = read_ssm(raw) if ssm else raw
    inner = ssm[1] if ssm else kind
    value: str | list[str] = [item.strip() for item in text.split(",")] if LIST_TYPE.match(inner) else text
    return Parameter(
        name, raw, value, no_echo=_as_text(declaration.get("NoEcho", False)) == "true", is_ssm=ssm is not None
    )


def _constraint_problems(name: str, declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    wish = declaration.get("ConstraintDescription")
    items = [item.strip() for item in value.split(",")] if LIST_TYPE.match(declaration["Type"]) else [value]
    for item in items:
        for problem in _value_problems(declaration, item):
            yield f"Parameter {name} failed to satisfy constraint: {wish}" if wish else f"Parameter '{name}' {problem}"


def _value_problems(declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    allowed = declaration.get("AllowedValues")
    if allowed is not None and value not in [_as_text(item) for item in allowed]:
        yield "must be one of AllowedValues"
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, value):
        yield f"must match pattern {pattern}"
    if len(value) < int(declaration.get("MinLength", 0)):
        yield f"must contain at least {declaration['MinLength']} characters"
    if len(value) > int(declaration.get("MaxLength", len(value))):
        yield f"must contain at most {declaration['MaxLength']} characters"
    if declaration["Type"] in {"Number", "List<Number>"}:
        yield from _number_problems(declaration, value)


def _number_problems(declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        yield "must be a number."
        return
    if number < float(declaration.get("MinValue", number)):
        yield f"must be a number not less than {declaration['MinValue']}"
    if number > float(declaration.get("MaxValue", number)):
        yield f"must be a number not greater than {declaration['MaxValue']}"
