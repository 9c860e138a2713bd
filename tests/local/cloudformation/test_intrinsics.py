"""Intrinsic functions, one table."""

from typing import Any

import pytest

from headgate.local.cloudformation.intrinsics import (
    UNKNOWN,
    IntrinsicError,
    Scope,
    Values,
    evaluate,
    is_true,
)
from headgate.local.cloudformation.references import references

SCOPE = Scope(
    region="eu-west-1",
    parameters={"Name": "shop", "Many": ["a", "b"], "AWS::Region": "eu-west-1", "Size": "3"},
    mappings={"Regions": {"eu-west-1": {"Ami": "ami-1"}}},
    conditions={
        "Yes": {"Fn::Equals": [{"Ref": "Name"}, "shop"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Condition": "No"}]}]},
        "Either": {"Fn::Or": [{"Condition": "No"}, {"Condition": "Yes"}]},
    },
    resources={
        "Api": Values("api-1", {"RootResourceId": "r0", "Nested.Name": "deep"}, "AWS::ApiGateway::RestApi"),
        "Fresh": Values("", {}, "T", pending_ref=True, pending_attributes=True),
    },
    imports={"other-bucket": "bucket-9"},
    dynamic=lambda service, reference: f"<{service} {reference}>",
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"Ref": "Name"}, "shop", id="ref-parameter"),
        pytest.param({"Ref": "Api"}, "api-1", id="ref-resource"),
        pytest.param({"Ref": "Fresh"}, UNKNOWN, id="ref-not-known-yet"),
        pytest.param({"Fn::GetAtt": ["Api", "RootResourceId"]}, "r0", id="getatt-list"),
        pytest.param({"Fn::GetAtt": "Api.RootResourceId"}, "r0", id="getatt-text"),
        pytest.param({"Fn::GetAtt": ["Api", "Nested", "Name"]}, "deep", id="getatt-nested"),
        pytest.param({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 3]]}, "a-shop-3", id="join"),
        pytest.param({"Fn::Join": [",", {"Ref": "Many"}]}, "a,b", id="join-list-parameter"),
        pytest.param({"Fn::Sub": "${Name}/${Api}/${Api.RootResourceId}/${!Raw}"}, "shop/api-1/r0/${Raw}", id="sub"),
        pytest.param({"Fn::Sub": ["${X}-${Name}", {"X": {"Ref": "Size"}}]}, "3-shop", id="sub-with-own-names"),
        pytest.param({"Fn::Select": ["1", {"Ref": "Many"}]}, "b", id="select"),
        pytest.param({"Fn::Split": ["/", "a/b"]}, ["a", "b"], id="split"),
        pytest.param({"Fn::If": ["Yes", "y", {"Ref": "Nowhere"}]}, "y", id="if-looks-at-one-branch-only"),
        pytest.param({"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Ami"]}, "ami-1", id="find-in-map"),
        pytest.param({"Fn::FindInMap": ["Regions", "x", "y", {"DefaultValue": "d"}]}, "d", id="find-in-map-default"),
        pytest.param({"Fn::Base64": "abc"}, "YWJj", id="base64"),
        pytest.param({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"], id="get-azs"),
        pytest.param({"Fn::ImportValue": "other-bucket"}, "bucket-9", id="import-value"),
        pytest.param({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"], id="cidr"),
        pytest.param({"Fn::Length": {"Ref": "Many"}}, 2, id="length"),
        pytest.param({"Fn::ToJsonString": {"a": {"Ref": "Name"}}}, '{"a":"shop"}', id="to-json"),
        pytest.param("{{resolve:ssm:/a:1}}!", "<ssm /a:1>!", id="dynamic-reference"),
        pytest.param({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}, id="no-value-removes-the-key"),
        pytest.param([1, {"Ref": "AWS::NoValue"}], [1], id="no-value-removes-the-item"),
        pytest.param({"Ref": "Name", "x": 1}, {"Ref": "Name", "x": 1}, id="two-keys-are-no-function"),
        pytest.param({"Condition": {"StringEquals": {}}}, {"Condition": {"StringEquals": {}}}, id="a-policy-is-data"),
    ],
)
def test_functions(value: Any, expected: Any) -> None:
    assert evaluate(value, SCOPE) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("Yes", True), ("No", False), ("Both", True), ("Either", True)], ids=str
)
def test_conditions(name: str, expected: bool) -> None:
    assert is_true(name, SCOPE) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(1, "1", True), (True, "true", True), ("a", "b", False), (["a"], ["a"], True)],
    ids=str,
)
def test_equals_compares_scalars_as_text(left: Any, right: Any, expected: bool) -> None:
    assert evaluate({"Fn::Equals": [left, right]}, SCOPE) is expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param({"Ref": "Nowhere"}, r"Unresolved resource dependencies \[Nowhere\]", id="ref"),
        pytest.param(
            {"Fn::GetAtt": ["Api", "Nope"]}, r"does not support attribute \{Nope\}.*RootResourceId", id="getatt"
        ),
        pytest.param({"Fn::Select": ["7", ["a"]]}, "nonexistent value at index 7", id="select"),
        pytest.param({"Fn::FindInMap": ["Regions", "x", "y"]}, "mapping for Regions::x::y", id="find-in-map"),
        pytest.param({"Fn::ImportValue": "gone"}, "No export named gone found", id="import"),
        pytest.param({"Fn::If": ["Perhaps", 1, 2]}, "Unresolved condition Perhaps", id="condition"),
        pytest.param({"Fn::Join": ["", "text"]}, "wants a list to join", id="join"),
        pytest.param({"Fn::Sub": {"a": 1}}, "Fn::Sub wants a text", id="sub"),
    ],
)
def test_what_cannot_be_evaluated_names_the_culprit(value: Any, message: str) -> None:
    with pytest.raises(IntrinsicError, match=message):
        evaluate(value, SCOPE)


def test_references_are_found_wherever_they_hide() -> None:
    value = {"a": [{"Ref": "A"}], "b": {"Fn::Sub": ["${B.Arn} ${own} ${!C}", {"own": {"Fn::GetAtt": "D.x"}}]}}

    assert set(references(value)) == {"A", "B", "D"}
