"""Conditions, comparisons and arithmetic of Velocity 1.x."""

from collections.abc import Callable
from typing import Any, Final

from .values import printed


def holds(value: Any) -> bool:
    """Only `false` and `null` do not: texts and lists that are empty do, and 0 does."""
    return value is not False and value is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """Numbers by value, equals of one class by content, all others by their text (Velocity 1.6)."""
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if type(left) is type(right):
        return bool(left == right)
    return printed(left) == printed(right)


def _numeric(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """None when an operand is no number, as Velocity has it."""
    return lambda left, right: apply(left, right) if _is_number(left) and _is_number(right) else None


def _add(left: Any, right: Any) -> Any:
    if _is_number(left) and _is_number(right):
        return left + right
    if isinstance(left, str) or isinstance(right, str):
        return printed(left) + printed(right)
    return None


def _divide(left: Any, right: Any) -> Any:
    if not right:
        return None
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _modulo(left: Any, right: Any) -> Any:
    return left - right * _divide(int(left), int(right)) if right else None


def _compared(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: apply(left, right) if _is_number(left) and _is_number(right) else False


OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _compared(lambda left, right: left < right),
    ">": _compared(lambda left, right: left > right),
    "<=": _compared(lambda left, right: left <= right),
    ">=": _compared(lambda left, right: left >= right),
    "+": _add,
    "-": _numeric(lambda left, right: left - right),
    "*": _numeric(lambda left, right: left * right),
    "/": _numeric(_divide),
    "%": _numeric(_modulo),
}
