"""Template parameters: defaults, previous values, SSM types, constraints."""

from typing import Any

import pytest

from headgate.local.cloudformation.parameters import Given, Parameter, ParameterError, resolve

SSM = {"/bootstrap/version": "31"}


def resolved(declared: dict[str, Any], given: dict[str, Given] | None = None, previous: Any = None) -> Any:
    return resolve(declared, given or {}, previous or {}, lambda name: SSM[name])


def test_given_beats_previous_beats_default() -> None:
    declared = {name: {"Type": "String", "Default": "default"} for name in ("A", "B", "C")}
    previous = {name: Parameter(name, "before", "before") for name in ("A", "B", "C")}

    result = resolved(declared, {"A": Given("given"), "B": Given(use_previous=True)}, previous)

    assert {name: item.value for name, item in result.items()} == {"A": "given", "B": "before", "C": "default"}


def test_an_ssm_parameter_keeps_its_name_and_shows_its_value() -> None:
    declared = {"V": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/bootstrap/version"}}

    first = resolved(declared)
    second = resolved(declared, {"V": Given(use_previous=True)}, first)

    assert (first["V"].raw, first["V"].value) == ("/bootstrap/version", "31")
    assert second == first


@pytest.mark.parametrize("kind", ["CommaDelimitedList", "List<Number>"])
def test_lists_are_split(kind: str) -> None:
    assert resolved({"L": {"Type": kind, "Default": "1, 2"}})["L"].value == ["1", "2"]


def test_a_secret_is_never_shown() -> None:
    assert resolved({"S": {"Type": "String", "NoEcho": True}}, {"S": Given("hunter2")})["S"].shown == "****"


def test_missing_and_unknown_parameters_are_told_together() -> None:
    with pytest.raises(ParameterError) as caught:
        resolved({"A": {"Type": "String"}, "B": {"Type": "String"}}, {"C": Given("x")})

    assert "Parameters: [C] do not exist in the template" in str(caught.value)
    assert "Parameters: [A, B] must have values" in str(caught.value)


@pytest.mark.parametrize(
    ("declaration", "value", "message"),
    [
        ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", "^Parameter 'P' must be one of AllowedValues$"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A", r"must match pattern \[a-z\]\+"),
        ({"Type": "String", "MinLength": 3}, "ab", "at least 3 characters"),
        ({"Type": "String", "MaxLength": 1}, "ab", "at most 1 characters"),
        ({"Type": "Number"}, "x", "must be a number"),
        ({"Type": "Number", "MinValue": 5}, "4", "not less than 5"),
        ({"Type": "Number", "MaxValue": 5}, "6", "not greater than 5"),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a"]}, "a,b", "must be one of AllowedValues"),
        (
            {"Type": "String", "AllowedValues": ["a"], "ConstraintDescription": "be nice"},
            "c",
            "^Parameter P failed to satisfy constraint: be nice$",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_constraints(declaration: dict[str, Any], value: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        resolved({"P": declaration}, {"P": Given(value)})
