"""What a template would change, as `cdk diff` and DescribeChangeSet show it."""

import json
from typing import Any

import pytest

from headgate.local.cloudformation.changes import changed_properties, stringified

from .fakes import Bench, get_att, ref, template, thing


def table(name: str = "t", **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": [], "TableName": name, **properties}}


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[Any, ...]]:
    bench = Bench()
    bench.answering(lambda event: {"Status": "SUCCESS", "PhysicalResourceId": "p", "Data": {"Out": "1"}})
    bench.deploy(template(before))
    stack = bench.engine.get("demo")
    from headgate.local.cloudformation.template import parse

    planned = bench.engine.changes(stack, bench.engine.target(stack, parse(json.dumps(template(after))), {}))
    return [(change.action, change.logical_id, change.replacement) for change in planned]


CUSTOM = {"Type": "Custom::X", "Properties": {"ServiceToken": "arn:f", "N": 1}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"A": thing(x=1)}, {"A": thing(x=1)}, [], id="nothing"),
        pytest.param({"A": thing()}, {"A": thing(), "B": thing()}, [("Add", "B", None)], id="add"),
        pytest.param({"A": thing(), "B": thing()}, {"A": thing()}, [("Remove", "B", None)], id="remove"),
        pytest.param({"A": thing(x=1)}, {"A": thing(x=2)}, [("Modify", "A", "False")], id="in-place"),
        pytest.param({"A": table("a")}, {"A": table("b")}, [("Modify", "A", "True")], id="create-only-replaces"),
        pytest.param(
            {"A": table("a"), "B": thing(x=ref("A")), "C": thing(x=get_att("B", "Arn"))},
            {"A": table("b"), "B": thing(x=ref("A")), "C": thing(x=get_att("B", "Arn"))},
            [("Modify", "A", "True"), ("Modify", "B", "False"), ("Modify", "C", "False")],
            id="whoever-asks-an-attribute-of-a-change-may-change",
        ),
        pytest.param(
            {"A": table("a"), "B": table("b", KeySchema=[ref("A")])},
            {"A": table("c"), "B": table("b", KeySchema=[ref("A")])},
            [("Modify", "A", "True"), ("Modify", "B", "Conditional")],
            id="an-unknown-create-only-value-may-replace",
        ),
        pytest.param(
            {"C": CUSTOM, "B": thing(x=get_att("C", "Out"), y=ref("C"))},
            {
                "C": {**CUSTOM, "Properties": {"ServiceToken": "arn:f", "N": 2}},
                "B": thing(x=get_att("C", "Out"), y=ref("C")),
            },
            [("Modify", "C", "False"), ("Modify", "B", "False")],
            id="a-changed-custom-resource-may-answer-otherwise",
        ),
        pytest.param(
            {"VersionOne": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": "f"}}},
            {"VersionTwo": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": "f"}}},
            [("Add", "VersionTwo", None), ("Remove", "VersionOne", None)],
            id="a-new-version-is-a-new-logical-id",
        ),
        pytest.param(
            {"A": thing()}, {"A": {**thing(), "DeletionPolicy": "Retain"}}, [("Modify", "A", "False")], id="policy-only"
        ),
    ],
)
def test_plans(before: dict[str, Any], after: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    assert changes(before, after) == expected


def test_a_removed_user_goes_before_what_it_uses() -> None:
    before = {"A": thing(), "B": thing(x=ref("A")), "C": thing(x=ref("B")), "Z": thing()}

    assert [name for _, name, _ in changes(before, {"Z": thing()})] == ["C", "B", "A"]


def test_custom_resources_are_sent_text() -> None:
    value = {"n": 3, "f": 1.5, "t": True, "l": [False, None, {"x": 0}], "gone": None}

    assert stringified(value) == {"n": "3", "f": "1.5", "t": "true", "l": ["false", {"x": "0"}]}


def test_a_custom_property_that_reads_the_same_has_not_changed() -> None:
    assert changed_properties("Custom::X", {"N": 1}, {"N": "1"}) == frozenset()
    assert changed_properties("AWS::X::Y", {"N": 1}, {"N": "1"}) == {"N"}
