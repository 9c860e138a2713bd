"""Change sets as AWS was recorded with them: why each property changes, and what becomes of a set."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .fakes import get_att, ref, template, thing
from .room import Room, refusal

DECLARED = {"Value": {"Type": "String"}}


@pytest.fixture
def room() -> Room:
    return Room()


def table(name: Any, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": [], "TableName": name}, **more}


def given(value: str) -> dict[str, Any]:
    return {"Parameters": [{"ParameterKey": "Value", "ParameterValue": value}]}


def detail(evaluation: str, source: str, cause: str | None = None, recreation: str = "Never") -> dict[str, Any]:
    target = {"Attribute": "Properties", "Name": "x", "RequiresRecreation": recreation}
    found: dict[str, Any] = {"Target": target, "Evaluation": evaluation, "ChangeSource": source}
    return found if cause is None else {**found, "CausingEntity": cause}


def changes(room: Room, body: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [item["ResourceChange"] for item in room.change_set(body, "UPDATE", **more)["Changes"]]


def test_a_static_change(room: Room) -> None:
    room.create(template({"A": thing(x=1)}))

    (change,) = changes(room, template({"A": thing(x=2)}))

    assert change == {
        "Action": "Modify",
        "LogicalResourceId": "A",
        "PhysicalResourceId": "a-1",
        "ResourceType": "Test::Thing",
        "Replacement": "False",
        "Scope": ["Properties"],
        "Details": [detail("Static", "DirectModification")],
    }


def test_a_changed_parameter_is_a_static_reference_and_a_dynamic_change(room: Room) -> None:
    body = template({"A": thing(x=ref("Value"))}, Parameters=DECLARED)
    room.create(body, **given("one"))

    (change,) = changes(room, body, **given("two"))

    assert change["Details"] == [
        detail("Static", "ParameterReference", "Value"),
        detail("Dynamic", "DirectModification"),
    ]


def test_an_attribute_of_what_changes_is_a_dynamic_change(room: Room) -> None:
    second = thing(x=get_att("A", "Arn"))
    room.create(template({"A": thing(x=1), "B": second}))

    _, change = changes(room, template({"A": thing(x=2), "B": second}))

    assert (change["LogicalResourceId"], change["Replacement"]) == ("B", "False")
    assert change["Details"] == [detail("Dynamic", "ResourceAttribute", "A.Arn")]


def test_a_reference_to_what_is_replaced_is_told(room: Room) -> None:
    second = thing(x=ref("T"))
    room.create(template({"T": table("one"), "B": second}))

    _, change = changes(room, template({"T": table("two"), "B": second}))

    assert change["Details"] == [detail("Dynamic", "ResourceReference", "T")]


@pytest.mark.parametrize(
    ("policy", "action"),
    [("Delete", "ReplaceAndDelete"), ("Retain", "ReplaceAndRetain"), ("Snapshot", "ReplaceAndSnapshot")],
)
def test_a_replacement_says_what_becomes_of_the_old_one(room: Room, policy: str, action: str) -> None:
    room.create(template({"T": table("one", UpdateReplacePolicy=policy)}))

    (change,) = changes(room, template({"T": table("two", UpdateReplacePolicy=policy)}))

    assert (change["Replacement"], change["PolicyAction"]) == ("True", action)


@pytest.mark.parametrize(("policy", "action"), [("Delete", "Delete"), ("Retain", "Retain")])
def test_a_removal_says_what_becomes_of_it(room: Room, policy: str, action: str) -> None:
    room.create(template({"A": thing(), "B": {**thing(), "DeletionPolicy": policy}}))

    (change,) = changes(room, template({"A": thing()}))

    assert (change["Action"], change["PolicyAction"]) == ("Remove", action)


def test_values_are_shown_when_they_are_asked_for(room: Room) -> None:
    room.create(template({"A": thing(x="one", gone=1)}))
    room.change_set(template({"A": thing(x="two", new=[1]), "B": thing(y=get_att("A", "Arn"))}), "UPDATE")

    described = room.api.describe_change_set(StackName="demo", ChangeSetName="c", IncludePropertyValues=True)

    first, second = (item["ResourceChange"] for item in described["Changes"])
    assert json.loads(first["BeforeContext"]) == {"Properties": {"x": "one", "gone": "1"}}
    assert json.loads(first["AfterContext"]) == {"Properties": {"x": "two", "new": ["1"]}}
    targets = {item["Target"]["Name"]: item["Target"] for item in first["Details"]}
    assert targets["x"] == {
        "Attribute": "Properties",
        "Name": "x",
        "RequiresRecreation": "Never",
        "Path": "/Properties/x",
        "BeforeValue": "one",
        "AfterValue": "two",
        "AttributeChangeType": "Modify",
    }
    assert (targets["gone"]["AttributeChangeType"], targets["new"]["AttributeChangeType"]) == ("Remove", "Add")
    assert json.loads(second["AfterContext"]) == {"Properties": {"y": "{{changeSet:KNOWN_AFTER_APPLY}}"}}


def test_an_executed_set_is_still_described_and_its_name_is_free(room: Room) -> None:
    first = room.change_set(template({"A": thing(x=1)}))
    room.api.execute_change_set(StackName="demo", ChangeSetName="c")

    second = room.change_set(template({"A": thing(x=2)}), "UPDATE")

    executed = room.api.describe_change_set(ChangeSetName=first["ChangeSetId"])
    assert (executed["Status"], executed["ExecutionStatus"]) == ("CREATE_COMPLETE", "EXECUTE_COMPLETE")
    listed = room.api.list_change_sets(StackName="demo")["Summaries"]
    assert [item["ChangeSetId"] for item in listed] == [second["ChangeSetId"]]
    with pytest.raises(ClientError, match="cannot be executed in its current status"):
        room.api.execute_change_set(ChangeSetName=first["ChangeSetId"])


def test_a_set_without_changes_cannot_be_executed(room: Room) -> None:
    room.create(template({"A": thing()}))
    described = room.change_set(template({"A": thing()}), "UPDATE")

    with pytest.raises(ClientError) as caught:
        room.api.execute_change_set(StackName="demo", ChangeSetName="c")

    assert described["ExecutionStatus"] == "UNAVAILABLE"
    assert refusal(caught) == (
        "InvalidChangeSetStatus",
        f"ChangeSet [{described['ChangeSetId']}] cannot be executed in its current status of [FAILED]",
    )


def test_tags_alone_are_a_change(room: Room) -> None:
    room.create(template({"A": thing()}))

    described = room.change_set(template({"A": thing()}), "UPDATE", Tags=[{"Key": "a", "Value": "b"}])
    room.api.execute_change_set(StackName="demo", ChangeSetName="c")

    assert (described["Status"], described["Changes"]) == ("CREATE_COMPLETE", [])
    assert (room.stack()["StackStatus"], room.stack()["Tags"]) == ("UPDATE_COMPLETE", [{"Key": "a", "Value": "b"}])


def test_a_set_is_named_with_its_stack_or_by_its_id(room: Room) -> None:
    with pytest.raises(ClientError) as by_name:
        room.api.delete_change_set(ChangeSetName="c")
    with pytest.raises(ClientError) as of_template:
        room.api.get_template(ChangeSetName="c")

    assert refusal(by_name)[1] == "StackName must be specified if ChangeSetName is not specified as an ARN."
    assert refusal(of_template)[1] == "StackName is a required parameter."


@pytest.mark.parametrize("waiter", ["change_set_create_complete"])
def test_boto3_can_wait_for_it(room: Room, waiter: str) -> None:
    room.change_set(template({"A": thing()}))

    room.api.get_waiter(waiter).wait(StackName="demo", ChangeSetName="c", WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    room.api.execute_change_set(StackName="demo", ChangeSetName="c")

    room.api.get_waiter("stack_create_complete").wait(StackName="demo", WaiterConfig={"Delay": 0, "MaxAttempts": 1})
