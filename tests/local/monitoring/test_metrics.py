"""Statistics and metric math."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.local.monitoring.expressions import ExpressionError, Grid, Value, evaluate, parse
from headgate.local.monitoring.metrics import Datum, Metric, MetricStore, percentile, statistic_of
from headgate.local.monitoring.queries import QueryError, read_queries, results

GRID = Grid(0, 180, 60)
VALUES: dict[str, Value] = {
    "m1": {0: 10.0, 60: 40.0, 120: 0.0},
    "m2": {0: 1.0, 60: 10.0},
    "e": {},
}


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("Sum", 110.0),
        ("SampleCount", 4.0),
        ("Average", 27.5),
        ("Minimum", 0.0),
        ("Maximum", 90.0),
        ("p0", 0.0),
        ("p50", 10.0),
        ("p100", 90.0),
        ("p90", 66.0),
        ("tm75", 20 / 3),
    ],
)
def test_statistics(statistic: str, value: float) -> None:
    assert statistic_of({0.0: 1, 10.0: 2, 90.0: 1}, statistic) == pytest.approx(value)


@pytest.mark.parametrize("statistic", ["Median", "p101", "p", "p-1", "avg"])
def test_an_unknown_statistic_is_an_error(statistic: str) -> None:
    with pytest.raises(ValueError, match="not a statistic"):
        statistic_of({1.0: 1}, statistic)


@given(
    st.lists(st.integers(-1000, 1000).map(float), min_size=1, max_size=30),
    st.floats(0, 100),
    st.floats(0, 100),
)
def test_percentiles_stay_within_the_values_and_in_order(values: list[float], one: float, other: float) -> None:
    counts = {value: float(values.count(value)) for value in values}
    low, high = sorted((one, other))

    assert min(values) <= percentile(counts, low) <= percentile(counts, high) + 1e-9
    assert percentile(counts, high) <= max(values) + 1e-9


def test_a_store_keeps_minutes_apart_and_adds_within_them() -> None:
    store, metric = MetricStore(), Metric("N", "m")
    store.add([Datum(metric, 61.0, ((1, 2),)), Datum(metric, 119.9, ((5, 1),)), Datum(metric, 120.0, ((7, 1),))])

    assert store.series(metric, "Sum", 60, 0, 180) == {60: 7.0, 120: 7.0}
    assert store.series(metric, "Sum", 180, 0, 180) == {0: 14.0}
    assert store.series(Metric("N", "m", (("a", "b"),)), "Sum", 60, 0, 180) == {}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("IF(m1 > 20, m2 / m1, 0)", {0: 0.0, 60: 0.25, 120: 0.0}),
        ("m2 / m1", {0: 0.1, 60: 0.25}),
        ("100 * m2 / (m1 + 90)", {0: 1.0, 60: 1000 / 130}),
        ("m1 / 0", {}),
        ("m2 / m2 * 2 ^ 3 ^ 1 - -1", {0: 9.0, 60: 9.0}),
        ("-2 ^ 2 + m2", {0: -3.0, 60: 6.0}),
        ("m1 >= 10 AND m2 != 1", {0: 0.0, 60: 1.0}),
        ("m1 == 10 || m2 == 10", {0: 1.0, 60: 1.0}),
        ("FILL(m2, 0)", {0: 1.0, 60: 10.0, 120: 0.0}),
        ("FILL(m2, REPEAT)", {0: 1.0, 60: 10.0, 120: 10.0}),
        ("FILL(m1, m2)", {0: 10.0, 60: 40.0, 120: 0.0}),
        ("SUM([m1, m2])", {0: 11.0, 60: 50.0, 120: 0.0}),
        ('SUM(METRICS("m"))', {0: 11.0, 60: 50.0, 120: 0.0}),
        ("MAX([m1, m2, 5])", {0: 10.0, 60: 40.0, 120: 5.0}),
        ("AVG(m1)", 50 / 3),
        ("MAX(3, 4)", 4),
        ("DIFF(m1)", {60: 30.0, 120: -40.0}),
        ("RATE(m1)", {60: 0.5, 120: -40 / 60}),
        ("RUNNING_SUM(m1)", {0: 10.0, 60: 50.0, 120: 50.0}),
        ("m1 * 0 + PERIOD(m1)", {0: 60.0, 60: 60.0, 120: 60.0}),
        ("IF(m2, m2)", {0: 1.0, 60: 10.0}),
        ("IF(e > 1, 1, 0)", {}),
        ("METRIC_COUNT([m1, m2])", 2.0),
    ],
)
def test_metric_math(expression: str, value: object) -> None:
    found = evaluate(parse(expression), VALUES, GRID)

    assert found == pytest.approx(value)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("m1 +", "wanted a value"),
        ("(m1", "wanted '\\)'"),
        ("m1 m2", "wanted an operator"),
        ("SUM(m1 m2)", "wanted ','"),
        ("m1 $ 2", "no part of an expression"),
        ("m9 + 1", "no query has this id"),
        ("GUESS(m1)", "not a function here"),
        ("IF(m1)", "wrong arguments"),
        ("ABS()", "wrong arguments"),
    ],
)
def test_wrong_expressions_say_why(expression: str, told: str) -> None:
    with pytest.raises(ExpressionError, match=told):
        evaluate(parse(expression), VALUES, GRID)


def test_expressions_may_stand_on_expressions_in_any_order() -> None:
    queries = read_queries(
        [
            {"Id": "e2", "Expression": "e1 * 2"},
            {"Id": "e1", "Expression": "m + 1", "ReturnData": False},
            {"Id": "m", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}},
        ]
    )
    store = MetricStore()
    store.add([Datum(Metric("N", "m"), 0, ((4, 1),))])

    assert results(store, queries, GRID)["e2"] == {0: 10.0}


def test_expressions_that_stand_on_each_other_are_refused() -> None:
    queries = read_queries([{"Id": "a", "Expression": "b + 1"}, {"Id": "b", "Expression": "a + 1"}])

    with pytest.raises(QueryError, match="a, b depend on each other"):
        results(MetricStore(), queries, GRID)
