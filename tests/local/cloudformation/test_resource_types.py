"""The catalogue of types and the registry of handlers agree."""

from typing import Any

import pytest

from headgate.local.cloudformation.handlers.registry import CUSTOM, HANDLERS, RECORD
from headgate.local.cloudformation.resource_types import catalogue, needs_replacement, property_problems


def test_every_described_type_has_a_handler_and_the_reverse() -> None:
    served = {name for name, handler in HANDLERS.items() if handler is not RECORD}

    assert set(catalogue()) == served
    assert CUSTOM not in HANDLERS


def test_a_type_without_update_has_only_create_only_properties() -> None:
    fixed = [name for name, handler in HANDLERS.items() if handler.update is None]

    assert fixed
    assert all(set(catalogue()[name].properties) == catalogue()[name].create_only for name in fixed)


@pytest.mark.parametrize(
    ("type_name", "properties", "problem"),
    [
        ("AWS::ApiGateway::Stage", {"RestApiId": "a", "DeploymentID": "d"}, "unsupported property DeploymentID"),
        ("AWS::Lambda::Function", {"Code": {}}, "Property Role cannot be empty"),
        ("AWS::Lambda::Function", {"Code": "x", "Role": "r"}, "Value of property Code must be of type object"),
        ("AWS::ApiGateway::Stage", {"RestApiId": "a", "MethodSettings": {}}, "MethodSettings must be of type array"),
        ("Custom::Thing", {}, "Invalid service token"),
    ],
    ids=str,
)
def test_wrong_properties_are_told(type_name: str, properties: dict[str, Any], problem: str) -> None:
    assert problem in "; ".join(property_problems(type_name, properties))


@pytest.mark.parametrize(
    ("type_name", "changed", "fixed"),
    [
        (
            "AWS::ApiGateway::RestApi",
            (
                "Body",
                "Name",
                "EndpointConfiguration",
            ),
            (),
        ),
        (
            "AWS::ApiGateway::Stage",
            (
                "StageName",
                "DeploymentId",
            ),
            ("StageName",),
        ),
        (
            "AWS::Lambda::Function",
            (
                "Code",
                "Environment",
                "Timeout",
            ),
            (),
        ),
        ("AWS::Lambda::Function", ("FunctionName",), ("FunctionName",)),
        ("AWS::Lambda::Permission", ("Principal",), ("Principal",)),
        (
            "AWS::DynamoDB::Table",
            (
                "KeySchema",
                "BillingMode",
            ),
            ("KeySchema",),
        ),
        (
            "AWS::IAM::Role",
            (
                "Path",
                "Policies",
            ),
            ("Path",),
        ),
        ("Custom::Thing", ("Anything",), ()),
    ],
    ids=str,
)
def test_create_only_properties(type_name: str, changed: tuple[str, ...], fixed: tuple[str, ...]) -> None:
    assert needs_replacement(type_name, frozenset(changed)) == set(fixed)
