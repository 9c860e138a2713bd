"""Schemas in other words: the same in 3.0 and 3.1, allOf, branches, references, circles."""

from typing import Any

import pytest

from .documents import both_ways, compared, of_answer, of_body, rules

A = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}, "x": {"type": "string"}}}
B = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "b"}, "y": {"type": "string"}}}
C = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "c"}, "z": {"type": "string"}}}
STRING, NUMBER, NULL = {"type": "string"}, {"type": "number"}, {"type": "null"}

SAME: dict[str, tuple[Any, Any]] = {
    "allOf of one": (A, {"allOf": [A]}),
    "allOf taken apart": (
        {"type": "object", "required": ["a"], "properties": {"a": STRING, "b": NUMBER}},
        {"allOf": [{"type": "object", "properties": {"b": NUMBER}}, {"required": ["a"], "properties": {"a": STRING}}]},
    ),
    "oneOf of one": (A, {"oneOf": [A]}),
    "branches in another order": ({"oneOf": [A, B]}, {"oneOf": [B, A]}),
    "null as a branch": ({"type": ["string", "null"]}, {"anyOf": [STRING, NULL]}),
    "const for enum": ({"const": "a"}, {"enum": ["a"]}),
    "values in another order": ({"enum": ["a", "b"]}, {"enum": ["b", "a"]}),
    "types in another order": ({"type": ["string", "number"]}, {"type": ["number", "string"]}),
    "a pattern for everything": (STRING, {"type": "string", "pattern": ".*"}),
    "a length of zero": (STRING, {"type": "string", "minLength": 0}),
    "1 and 1.0": ({"enum": [1]}, {"enum": [1.0]}),
    "true and nothing": (True, {}),
    "anyOf and oneOf that exclude each other": ({"anyOf": [A, B]}, {"oneOf": [A, B]}),
}


@pytest.mark.parametrize("around", [of_body, of_answer])
@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME.keys())
def test_the_same_in_other_words_is_no_change(old: Any, new: Any, around: Any) -> None:
    assert both_ways(old, new, around) == ([], [])


VERSIONS: dict[str, tuple[Any, Any]] = {
    "nullable": ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    "exclusive bounds": (
        {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
        {"type": "integer", "exclusiveMinimum": 1},
    ),
    "nullable around a reference": ({"nullable": True, "allOf": [A]}, {"anyOf": [A, NULL]}),
}


@pytest.mark.parametrize(("old", "new"), VERSIONS.values(), ids=VERSIONS.keys())
def test_3_0_and_3_1_are_compared_by_what_they_mean(old: Any, new: Any) -> None:
    assert rules(of_body(old, version="3.0.3"), of_body(new)) == []
    assert rules(of_body(new), of_body(old, version="3.0.3")) == []


def test_siblings_of_a_reference_count_since_3_1() -> None:
    reference = {"$ref": "#/components/schemas/S"}
    for version, expected in (("3.0.3", []), ("3.1.0", ["request-range-narrowed"])):
        old, new = (of_body(body, version=version, S=STRING) for body in (reference, {**reference, "maxLength": 3}))
        assert rules(old, new) == expected


BRANCHES: dict[str, tuple[Any, Any, list[str], list[str]]] = {
    "a branch more": ({"oneOf": [A, B]}, {"oneOf": [A, B, C]}, ["alternative-added"], ["alternative-removed"]),
    "branches for one schema": (A, {"oneOf": [A, B]}, ["alternative-added"], ["alternative-removed"]),
    "a plain type becomes several": (
        STRING,
        {"anyOf": [STRING, NUMBER]},
        ["alternative-added"],
        ["alternative-removed"],
    ),
    "null more": ({"anyOf": [A, B]}, {"anyOf": [A, B, NULL]}, ["null-allowed"], ["null-refused"]),
    "a wider branch": (
        {"anyOf": [{**STRING, "maxLength": 3}, NUMBER]},
        {"anyOf": [STRING, NUMBER]},
        ["range-widened"],
        ["range-narrowed"],
    ),
    "a branch that others hold": ({"anyOf": [STRING, {"const": "x"}, NUMBER]}, {"anyOf": [STRING, NUMBER]}, [], []),
    "branches beside members": (
        A,
        {**A, "anyOf": [{"required": ["x"]}, {"required": ["w"]}]},
        ["alternatives-added"],
        ["alternatives-removed"],
    ),
}


@pytest.mark.parametrize(("old", "new", "forth", "back"), BRANCHES.values(), ids=BRANCHES.keys())
def test_branches_are_matched(old: Any, new: Any, forth: list[str], back: list[str]) -> None:
    assert both_ways(old, new) == ([f"request-{rule}" for rule in forth], [f"request-{rule}" for rule in back])
    assert both_ways(old, new, of_answer) == (
        [f"response-{rule}" for rule in forth],
        [f"response-{rule}" for rule in back],
    )


def test_a_new_branch_of_a_one_of_that_may_overlap_is_risky() -> None:
    old, new = (
        {"oneOf": branches} for branches in ([STRING, NUMBER], [STRING, NUMBER, {"type": "string", "pattern": "^a"}])
    )

    assert "request-alternatives-overlap" in both_ways(old, new)[0]


def test_a_change_deep_inside_has_its_way() -> None:
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/T"}}},
    }
    reference = {"oneOf": [{"$ref": "#/components/schemas/T"}, NUMBER]}
    new = {**tree, "properties": {**tree["properties"], "name": STRING}, "required": ["name"]}

    (change,) = compared(of_body(reference, T=tree), of_body(reference, T=new))

    assert (change.rule, change.where) == ("request-required-property-added", "body application/json /(T)")


def test_circles_end() -> None:
    circle = {"allOf": [{"$ref": "#/components/schemas/S"}], "properties": {"me": {"$ref": "#/components/schemas/S"}}}
    old = of_body({"$ref": "#/components/schemas/S"}, S=circle)
    new = of_body({"$ref": "#/components/schemas/S"}, S={**circle, "required": ["me"]})

    assert rules(old, old) == []
    assert rules(old, new) == ["request-property-became-required"]


def test_a_member_of_a_closed_object_that_goes_is_refused() -> None:
    old = {"type": "object", "properties": {"a": STRING, "b": STRING}, "additionalProperties": False}
    new = {"type": "object", "properties": {"a": STRING}, "additionalProperties": False}

    assert both_ways(old, new) == (["request-property-refused"], ["request-property-added"])


def test_a_new_member_where_any_was_invited_is_risky() -> None:
    old = {"type": "object", "additionalProperties": True}

    assert both_ways(old, {**old, "properties": {"a": STRING}})[0] == ["request-property-constrained"]
    assert both_ways(old, {**old, "properties": {"a": {}}})[0] == ["request-property-added"]


def test_members_by_pattern_and_other_members() -> None:
    old = {"type": "object", "patternProperties": {"^x": STRING}, "additionalProperties": STRING}
    new = {
        "type": "object",
        "patternProperties": {"^x": NUMBER},
        "additionalProperties": {"type": "string", "maxLength": 1},
    }

    assert both_ways(old, new)[0] == ["request-range-narrowed", "request-type-changed"]


def test_items_by_place() -> None:
    old = {"type": "array", "prefixItems": [STRING, NUMBER], "items": False}
    new = {"type": "array", "prefixItems": [STRING, STRING], "items": False}

    (change,) = compared(of_body(old), of_body(new))

    assert (change.rule, change.where) == ("request-type-changed", "body application/json /1")


def test_what_cannot_be_computed_is_never_safe() -> None:
    old = {"if": {"required": ["a"]}, "then": {"required": ["b"]}}
    new = {"if": {"required": ["a"]}, "then": {"required": ["c"]}}

    assert both_ways(old, new)[0] == ["request-keyword-changed"]
    assert both_ways({"type": "string", "pattern": "^a+$"}, {"type": "string", "pattern": "^a*$"})[0] == [
        "request-pattern-changed"
    ]


@pytest.mark.parametrize(
    "value", [None, 3, "x", [], {"type": 7}, {"properties": []}, {"required": "a"}, {"enum": 3}, {"allOf": {}}]
)
def test_odd_schemas_are_compared_without_a_crash(value: Any) -> None:
    compared(of_body(value), of_body(STRING))
    compared(of_answer(STRING), of_answer(value))


def test_the_same_text_means_something_else_in_another_version() -> None:
    text = {"type": "string", "nullable": True}

    assert rules(of_body(text, version="3.0.3"), of_body(text)) == ["request-null-refused"]


def test_types_are_named_as_people_write_them() -> None:
    (change,) = compared(of_body(NUMBER), of_body({"type": "integer"}))
    assert change.message == "number became integer"

    (change,) = compared(of_body({"type": ["number", "string"]}), of_body(STRING))
    assert change.message == "number or string became string"
