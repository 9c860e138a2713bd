"""EventBridge's event patterns: content filters over an event. Pure."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_ABSENT = object()
COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
FILTERS = ("anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard")


class EventPatternError(ValueError):
    """EventBridge would refuse the pattern."""


def read_event_pattern(text: str) -> Mapping[str, Any]:
    """A pattern from its JSON.

    Raises:
        EventPatternError: what is wrong, with the path to it.
    """
    try:
        pattern = json.loads(text)
    except ValueError as problem:
        raise EventPatternError(f"Event pattern is not valid. Reason: {problem}") from problem
    _check(pattern, "")
    return dict(pattern)


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event has what a pattern asks for: every key of the pattern, with one of its values."""
    return all(
        any(matches(one, event) for one in wanted) if key == "$or" else _member(wanted, event, key)
        for key, wanted in pattern.items()
    )


def _member(wanted: Any, event: Any, key: str) -> bool:
    if isinstance(event, list):
        return any(_member(wanted, one, key) for one in event)
    value = event.get(key, _ABSENT) if isinstance(event, Mapping) else _ABSENT
    if isinstance(wanted, Mapping):
        # An absent object still lets `exists: false` below it be true.
        return matches(wanted, {} if value is _ABSENT else value)
    return any(_value(one, value) for one in wanted)


def _value(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        name, argument = next(iter(wanted.items()))
        if name == "exists":
            present = value is not _ABSENT and not isinstance(value, Mapping)
            return bool(present == argument)
        if value is _ABSENT:
            return False
        if name == "anything-but":
            return not any(_filtered(name, argument, one) for one in _several(value))
        return any(_filtered(name, argument, one) for one in _several(value))
    return value is not _ABSENT and any(_same(wanted, one) for one in _several(value))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _same(wanted: Any, value: Any) -> bool:
    """JSON's equality: true is not 1."""
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)


def _filtered(name: str, argument: Any, value: Any) -> bool:
    """A filter on one value; for `anything-but`, whether the value is among what it excludes."""
    if name == "anything-but":
        if isinstance(argument, Mapping):
            inner, excluded = next(iter(argument.items()))
            return any(_filtered(inner, one, value) for one in _several(excluded))
        return any(_same(one, value) for one in _several(argument))
    if name == "numeric":
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return all(COMPARE[sign](value, bound) for sign, bound in zip(argument[::2], argument[1::2], strict=True))
    return isinstance(value, str) and _text(name, argument, value)


def _text(name: str, argument: Any, value: str) -> bool:
    if isinstance(argument, Mapping):
        return _text(name, argument["equals-ignore-case"].lower(), value.lower())
    if name == "prefix":
        return value.startswith(argument)
    if name == "suffix":
        return value.endswith(argument)
    if name == "equals-ignore-case":
        return value.lower() == str(argument).lower()
    if name == "wildcard":
        parts = re.split(r"(\\.|\*)", argument)
        regex = "".join(".*" if part == "*" else re.escape(re.sub(r"^\\(.)$", r"\1", part)) for part in parts)
        return re.fullmatch(regex, value, re.DOTALL) is not None
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(argument)
    except ValueError:
        return False


def _check(pattern: Any, path: str) -> None:
    if not isinstance(pattern, Mapping) or not pattern:
        raise EventPatternError(
            f"Event pattern is not valid. Reason: {path or 'it'} must be an object that is not empty"
        )
    for key, wanted in pattern.items():
        here = f"{path}.{key}" if path else key
        if key == "$or" and isinstance(wanted, list):
            for one in wanted:
                _check(one, here)
        elif isinstance(wanted, Mapping):
            _check(wanted, here)
        elif not isinstance(wanted, list) or not wanted:
            raise EventPatternError(
                f"Event pattern is not valid. Reason: {here} must be an object or an array that is not empty"
            )
        else:
            _check_filters(wanted, here)


def _check_filters(wanted: list[Any], path: str) -> None:
    for one in wanted:
        if isinstance(one, Mapping) and (len(one) != 1 or next(iter(one)) not in FILTERS):
            raise EventPatternError(
                f"Event pattern is not valid. Reason: {path} has {json.dumps(one)}; filters are {', '.join(FILTERS)}"
            )
