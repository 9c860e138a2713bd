"""Compiled expressions and conditions on their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aggregator.expressions import MISSING, Scope, as_text, parse_condition, parse_value, resolve, sources

SCOPE = Scope(
    inputs={"city": "Oslo", "principal": {"sub": "ada"}},
    outputs={"user": {"home": {"tags": ["a", "b"], "~": {"/": 1}}}},
    status=404,
    headers={"x-total": "30"},
    body={"items": [{"id": 1}], "state": "Ready", "none": None},
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        ({"const": {"input": "city"}}, {"input": "city"}),
        ({"input": "city", "pointer": []}, "Oslo"),
        ({"input": "principal", "pointer": ["sub"]}, "ada"),
        ({"input": "absent", "pointer": []}, MISSING),
        ({"step": "user", "output": "home", "pointer": ["tags", "1"]}, "b"),
        ({"step": "user", "output": "home", "pointer": ["tags", "2"]}, MISSING),
        ({"step": "user", "output": "home", "pointer": ["tags", "-1"]}, MISSING),
        ({"step": "user", "output": "home", "pointer": ["~", "/"]}, 1),
        ({"step": "absent", "output": "home", "pointer": []}, MISSING),
        ({"body": ["items", "0", "id"]}, 1),
        ({"body": ["none"]}, None),
        ({"body": ["state", "x"]}, MISSING),
        ({"header": "X-Total"}, "30"),
        ({"status": True}, 404),
        ({"text": [{"const": "in "}, {"input": "city", "pointer": []}, {"body": ["absent"]}]}, "in Oslo"),
        ({"object": {"a": {"input": "absent", "pointer": []}, "b": {"const": 1}}}, {"a": None, "b": 1}),
        ({"array": [{"input": "city", "pointer": []}, {"const": None}]}, ["Oslo", None]),
    ],
)
def test_an_expression_has_its_value(tree, value):
    assert parse_value(tree)(SCOPE) == value


def test_an_unknown_tree_is_named():
    with pytest.raises(ValueError, match="is no expression"):
        parse_value({"formula": 1})


def compare(left, operator, right):
    return parse_condition({"op": operator, "left": {"const": left}, "right": {"const": right}})(SCOPE)


@pytest.mark.parametrize(
    ("left", "operator", "right", "holds"),
    [
        (200, "==", 200, True),
        (200, "==", "200", True),
        ("Ready", "==", "READY", True),
        ("a", "!=", "b", True),
        (True, "==", 1, False),
        (None, "==", None, True),
        (None, "==", 0, False),
        ("x", "==", 1, False),
        (404, ">=", 400, True),
        ("30", ">", 7, True),
        ("b", ">", "A", True),
        (None, "<", 1, False),
        ([1], "==", [1], True),
        ("x", "<", 1, False),
    ],
)
def test_comparisons_are_loose_as_arazzo_says(left, operator, right, holds):
    assert compare(left, operator, right) is holds


def test_conditions_combine():
    yes, no = {"op": "truthy", "left": {"const": 1}}, {"op": "truthy", "left": {"body": ["absent"]}}

    assert parse_condition({"op": "and", "of": [yes, {"op": "not", "of": [no]}]})(SCOPE)
    assert parse_condition({"op": "or", "of": [no, yes]})(SCOPE)
    assert not parse_condition({"op": "and", "of": [yes, no]})(SCOPE)


@pytest.mark.parametrize("status", [200, 404])
def test_the_usual_criterion_is_a_shortcut_with_the_same_meaning(status):
    usual = parse_condition({"op": "==", "left": {"status": True}, "right": {"const": 404}})

    assert usual(Scope({}, status=status)) is (status == 404)


@given(JSON, st.lists(st.text()))
def test_resolving_never_fails(value, pointer):
    resolve(value, tuple(pointer))


@given(JSON)
def test_every_value_has_a_text(value):
    assert isinstance(as_text(value), str)


def test_sources_are_found_at_any_depth():
    tree = {
        "object": {"a": {"array": [{"text": [{"step": "s", "output": "o"}]}]}, "b": {"header": "x"}, "c": {"const": 1}}
    }

    assert sources(tree) == {"step", "header"}
