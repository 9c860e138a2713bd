"""Metric math: `IF(m1 > 20, m2 / m1, 0)` over series, as CloudWatch's alarms and GetMetricData evaluate it. Pure.

A value is a number, a series (moment -> number) or a list of series. Arithmetic between two series keeps the moments that both
have; dividing by zero leaves no point. Comparisons give 1 or 0.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .expression_grammar import Call, ExpressionError, Name, Node, Number, Text, names, parse

Series = dict[int, float]
Value = float | Series | list[Series]

__all__ = ["ExpressionError", "Grid", "Series", "Value", "evaluate", "names", "parse"]


@dataclass(frozen=True, slots=True)
class Grid:
    """The periods that are asked for, for functions that make points: FILL, TIME_SERIES, RATE."""

    start: int
    end: int
    period: int

    def moments(self) -> range:
        """The beginning of each period."""
        return range(self.start, self.end, self.period)


def evaluate(node: Node, values: Mapping[str, Value], grid: Grid) -> Value:
    """The value of an expression; `values` are those of the ids it mentions.

    Raises:
        ExpressionError: an id or function that is not known, or arguments of the wrong kind.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        if node.name not in values:
            raise ExpressionError(f"{node.name}: no query has this id; there are {', '.join(sorted(values)) or 'none'}")
        return values[node.name]
    if isinstance(node, Text):
        raise ExpressionError(f'"{node.text}": a text is only an argument of METRICS')
    if node.function in ("METRICS", "FILL", "LIST"):
        return _special(node, values, grid)
    arguments = [evaluate(argument, values, grid) for argument in node.arguments]
    if node.function in OPERATORS and len(arguments) == 2:
        return _each_two(OPERATORS[node.function], *arguments)
    function = FUNCTIONS.get(node.function)
    if function is None:
        raise ExpressionError(
            f"{node.function}: not a function here; there are {', '.join(sorted(FUNCTIONS))}, METRICS, FILL"
        )
    try:
        return function(grid, *arguments)
    except TypeError as problem:
        raise ExpressionError(f"{node.function}: wrong arguments ({problem})") from problem


def _special(node: Call, values: Mapping[str, Value], grid: Grid) -> Value:
    """Functions whose arguments are not simply values."""
    if node.function == "LIST":
        return [_as_series(evaluate(argument, values, grid), grid) for argument in node.arguments]
    if node.function == "METRICS":
        part = node.arguments[0].text if node.arguments and isinstance(node.arguments[0], Text) else ""
        return [value for name, value in values.items() if part in name and isinstance(value, dict)]
    if len(node.arguments) != 2:
        raise ExpressionError("FILL: wants a series and what to fill it with")
    series, with_what = evaluate(node.arguments[0], values, grid), node.arguments[1]
    if isinstance(with_what, Name) and with_what.name in ("REPEAT", "LINEAR"):
        return _map(series, lambda one: _repeat(one, grid) if with_what.name == "REPEAT" else _linear(one, grid))
    filler = _as_series(evaluate(with_what, values, grid), grid)
    return _map(series, lambda one: {**filler, **one})


def _repeat(series: Series, grid: Grid) -> Series:
    filled: Series = {}
    last: float | None = None
    for moment in grid.moments():
        last = series.get(moment, last)
        if last is not None:
            filled[moment] = last
    return filled


def _linear(series: Series, grid: Grid) -> Series:
    known = sorted(series)
    filled = dict(series)
    for before, after in pairwise(known):
        for moment in range(before + grid.period, after, grid.period):
            share = (moment - before) / (after - before)
            filled[moment] = series[before] + (series[after] - series[before]) * share
    return filled


def _as_series(value: Value, grid: Grid) -> Series:
    if isinstance(value, list):
        raise ExpressionError("a list of series where one series is wanted")
    return value if isinstance(value, dict) else dict.fromkeys(grid.moments(), value)


def _map(value: Value, change: Callable[[Series], Series]) -> Value:
    if isinstance(value, list):
        return [change(one) for one in value]
    if isinstance(value, dict):
        return change(value)
    raise ExpressionError("a number where a series is wanted")


def _each(function: Callable[[float], float]) -> Callable[..., Value]:
    def run(_grid: Grid, value: Value) -> Value:
        if isinstance(value, (int, float)):
            return function(value)
        return _map(value, lambda one: {moment: function(item) for moment, item in one.items()})

    return run


def _each_two(function: Callable[[float, float], float | None], left: Value, right: Value) -> Value:
    if isinstance(left, list):
        return [_series_or_fail(_each_two(function, one, right)) for one in left]
    if isinstance(right, list):
        return [_series_or_fail(_each_two(function, left, one)) for one in right]
    if not isinstance(left, dict) and not isinstance(right, dict):
        value = function(left, right)
        return {} if value is None else value
    moments = _moments(left, right)
    found = {moment: function(_value_at(left, moment), _value_at(right, moment)) for moment in moments}
    return {moment: value for moment, value in found.items() if value is not None}


def _series_or_fail(value: Value) -> Series:
    if not isinstance(value, dict):
        raise ExpressionError("a list of series and a number make a list of series")
    return value


def _moments(*values: Value) -> list[int]:
    """The moments that every series has."""
    sets = [set(value) for value in values if isinstance(value, dict)]
    return sorted(set.intersection(*sets)) if sets else []


def _value_at(value: Any, moment: int) -> float:
    return float(value[moment] if isinstance(value, dict) else value)


def _divide(left: float, right: float) -> float | None:
    return left / right if right else None


def _flag(compare: Callable[[Any, Any], bool]) -> Callable[[float, float], float]:
    return lambda left, right: float(compare(left, right))


OPERATORS: Mapping[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": operator.pow,
    "==": _flag(operator.eq),
    "!=": _flag(operator.ne),
    "<": _flag(operator.lt),
    ">": _flag(operator.gt),
    "<=": _flag(operator.le),
    ">=": _flag(operator.ge),
    "&&": lambda left, right: float(bool(left) and bool(right)),
    "||": lambda left, right: float(bool(left) or bool(right)),
}


def _if(_grid: Grid, condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    """By the condition's moments; a branch without a point there leaves none."""
    if isinstance(condition, (int, float)):
        chosen = then if condition else otherwise
        return {} if chosen is None else chosen
    if isinstance(condition, list):
        raise ExpressionError("IF: a list of series cannot be a condition")
    found: Series = {}
    for moment, value in condition.items():
        branch = then if value else otherwise
        if isinstance(branch, (int, float)):
            found[moment] = branch
        elif isinstance(branch, dict) and moment in branch:
            found[moment] = branch[moment]
    return found


def _together(reduce: Callable[[Sequence[float]], float]) -> Callable[..., Value]:
    """Of a list of series the series of reductions, of one series a number."""

    def run(_grid: Grid, value: Value, *more: Value) -> Value:
        if more:
            numbers = [item for item in (value, *more) if isinstance(item, (int, float))]
            if len(numbers) == len(more) + 1:
                return reduce(numbers)
            series = [
                item if isinstance(item, dict) else dict.fromkeys(_moments(value, *more), item)
                for item in (value, *more)
            ]
            return {m: reduce([_value_at(one, m) for one in series]) for m in _moments(value, *more)}
        if isinstance(value, list):
            moments = sorted({moment for one in value for moment in one})
            return {m: reduce([one[m] for one in value if m in one]) for m in moments}
        if isinstance(value, dict):
            return reduce(list(value.values())) if value else {}
        return reduce([value])

    return run


def _change(*, per_second: bool) -> Callable[..., Value]:
    def run(_grid: Grid, value: Value) -> Value:
        def differences(series: Series) -> Series:
            known = sorted(series)
            return {
                after: (series[after] - series[before]) / ((after - before) if per_second else 1)
                for before, after in pairwise(known)
            }

        return _map(value, differences)

    return run


def _running_sum(_grid: Grid, value: Value) -> Value:
    def sums(series: Series) -> Series:
        total, found = 0.0, {}
        for moment in sorted(series):
            total += series[moment]
            found[moment] = total
        return found

    return _map(value, sums)


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "ABS": _each(abs),
    "CEIL": _each(math.ceil),
    "FLOOR": _each(math.floor),
    "LOG": _each(math.log),
    "LOG10": _each(math.log10),
    "NEGATE": _each(operator.neg),
    "IF": _if,
    "SUM": _together(math.fsum),
    "AVG": _together(lambda values: math.fsum(values) / len(values)),
    "MIN": _together(min),
    "MAX": _together(max),
    "STDDEV": _together(_deviation),
    "METRIC_COUNT": lambda _grid, value: float(len(value)) if isinstance(value, list) else 1.0,
    "DATAPOINT_COUNT": lambda _grid, value: float(len(value)) if isinstance(value, dict) else 1.0,
    "DIFF": _change(per_second=False),
    "RATE": _change(per_second=True),
    "RUNNING_SUM": _running_sum,
    "PERIOD": lambda grid, _value: float(grid.period),
    "TIME_SERIES": lambda grid, value: _as_series(value, grid),
}
