"""Metric data queries: `MetricStat` and `Expression`, as GetMetricData and alarms have them. Pure over a store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .expression_grammar import Node
from .expressions import ExpressionError, Grid, Series, Value, evaluate, names, parse
from .metrics import Metric, MetricStore, dimensions, is_statistic


class QueryError(ValueError):
    """CloudWatch would refuse the queries."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query: a metric's statistic, or an expression over other queries."""

    id: str
    label: str
    returns: bool
    period: int | None
    metric: Metric | None = None
    statistic: str = ""
    expression: Node | None = None


def read_queries(given: Iterable[Mapping[str, Any]]) -> tuple[Query, ...]:
    """Queries as the API takes them.

    Raises:
        QueryError: names the query and what is wrong with it.
    """
    return tuple(_query(item) for item in given)


def simple_query(given: Mapping[str, Any]) -> Query:
    """The query of an alarm on one metric."""
    statistic = given.get("ExtendedStatistic") or given.get("Statistic") or ""
    if not is_statistic(statistic):
        raise QueryError(f"Statistic or ExtendedStatistic is required, got {statistic!r}")
    metric = Metric(given["Namespace"], given["MetricName"], dimensions(given.get("Dimensions") or ()))
    return Query("m1", metric.name, True, int(given["Period"]), metric, statistic)


def _query(given: Mapping[str, Any]) -> Query:
    name = given["Id"]
    returns = given.get("ReturnData", True) is not False
    period = int(given["Period"]) if given.get("Period") else None
    stat, expression = given.get("MetricStat"), given.get("Expression")
    if (stat is None) == (expression is None):
        raise QueryError(f"Query {name}: needs either MetricStat or Expression")
    if stat is None:
        text = str(expression)
        if text.lstrip().upper().startswith(("SELECT ", "SEARCH(")):
            raise QueryError(f"Query {name}: SELECT and SEARCH are not supported by the local cloud")
        try:
            return Query(name, given.get("Label") or name, returns, period, expression=parse(text))
        except ExpressionError as problem:
            raise QueryError(f"Query {name}: {problem}") from problem
    if not is_statistic(stat["Stat"]):
        raise QueryError(f"Query {name}: {stat['Stat']} is no statistic")
    found = stat["Metric"]
    metric = Metric(found["Namespace"], found["MetricName"], dimensions(found.get("Dimensions") or ()))
    label = given.get("Label") or metric.name
    return Query(name, label, returns, int(stat["Period"]), metric, stat["Stat"])


def period_of(queries: Iterable[Query]) -> int:
    """The period that a set of queries shares: the longest, as an expression has its operands' longest."""
    return max((query.period for query in queries if query.period), default=300)


def results(store: MetricStore, queries: tuple[Query, ...], grid: Grid) -> dict[str, Series]:
    """The series of every query, by id.

    Raises:
        QueryError: an expression cannot be evaluated, or mentions itself.
    """
    values: dict[str, Value] = {}
    for query in queries:
        if query.metric is not None:
            period = query.period or grid.period
            values[query.id] = store.series(query.metric, query.statistic, period, grid.start, grid.end)
    waiting = [query for query in queries if query.expression is not None]
    while waiting:
        others = {query.id for query in waiting}
        ready = [query for query in waiting if query.expression and not names(query.expression) & others]
        if not ready:
            raise QueryError(f"the expressions {', '.join(sorted(others))} depend on each other")
        for query in ready:
            values[query.id] = _evaluated(query, values, grid)
        waiting = [query for query in waiting if query not in ready]
    return {name: _series(value, grid) for name, value in values.items()}


def _evaluated(query: Query, values: Mapping[str, Value], grid: Grid) -> Value:
    assert query.expression is not None
    try:
        return evaluate(query.expression, values, grid)
    except ExpressionError as problem:
        raise QueryError(f"Query {query.id}: {problem}") from problem


def _series(value: Value, grid: Grid) -> Series:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return value[0] if value else {}
    return dict.fromkeys(grid.moments(), value)
