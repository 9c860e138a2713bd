"""Stacks, their events and their refusals as AWS was recorded with them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .fakes import get_att, ref, template, thing
from .room import Room, refusal

NO_ATTRIBUTE = (
    "[Error] /Outputs/InvalidOutput/Value/Fn::GetAtt: "
    "Resource type AWS::DynamoDB::Table does not support attribute {Invalid}."
)
PLAIN = template({"A": thing()})


@pytest.fixture
def room() -> Room:
    return Room()


def calls(room: Room, name: str) -> dict[str, Any]:
    """Every operation that names a stack."""
    api, where = room.api, {"StackName": name}
    return {
        "describe": lambda: api.describe_stacks(**where),
        "template": lambda: api.get_template(**where),
        "summary": lambda: api.get_template_summary(**where),
        "resources": lambda: api.describe_stack_resources(**where),
        "list": lambda: api.list_stack_resources(**where),
        "resource": lambda: api.describe_stack_resource(**where, LogicalResourceId="A"),
        "events": lambda: api.describe_stack_events(**where),
        "update": lambda: api.update_stack(**where, TemplateBody=json.dumps(PLAIN)),
        "change set": lambda: api.describe_change_set(**where, ChangeSetName="c"),
        "delete change set": lambda: api.delete_change_set(**where, ChangeSetName="c"),
        "protect": lambda: api.update_termination_protection(**where, EnableTerminationProtection=True),
        "policy": lambda: api.get_stack_policy(**where),
    }


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("Stack with id nope does not exist", ("describe", "template", "summary", "resources", "list")),
        ("Stack 'nope' does not exist", ("resource",)),
        (
            "Stack [nope] does not exist",
            ("events", "update", "change set", "delete change set", "protect", "policy"),
        ),
    ],
)
def test_a_stack_that_is_not_there(room: Room, text: str, operations: tuple[str, ...]) -> None:
    for operation in operations:
        with pytest.raises(ClientError) as caught:
            calls(room, "nope")[operation]()
        assert refusal(caught) == ("ValidationError", text), operation


def test_members_without_content_are_left_out(room: Room) -> None:
    room.create(PLAIN)

    stack = room.stack()

    assert set(stack) == {
        "StackId",
        "StackName",
        "CreationTime",
        "RollbackConfiguration",
        "StackStatus",
        "DisableRollback",
        "NotificationARNs",
        "Tags",
        "EnableTerminationProtection",
        "DriftInformation",
    }


def test_a_deleted_stack_is_described_by_its_id(room: Room) -> None:
    stack_id = room.create(PLAIN)

    room.api.delete_stack(StackName="demo")

    stack = room.stack(stack_id)
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert "DeletionTime" in stack
    assert "EnableTerminationProtection" not in stack
    with pytest.raises(ClientError, match="Stack with id demo does not exist"):
        room.stack()


def test_a_stack_made_by_a_change_set_begins_under_review(room: Room) -> None:
    room.change_set(PLAIN)
    reviewed = room.stack()
    room.api.execute_change_set(StackName="demo", ChangeSetName="c")

    assert (reviewed["StackStatus"], reviewed["StackStatusReason"]) == ("REVIEW_IN_PROGRESS", "User Initiated")
    assert room.told() == [
        ("demo", "REVIEW_IN_PROGRESS", "User Initiated"),
        ("demo", "CREATE_IN_PROGRESS", "User Initiated"),
        ("A", "CREATE_IN_PROGRESS", ""),
        ("A", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("A", "CREATE_COMPLETE", ""),
        ("demo", "CREATE_COMPLETE", ""),
    ]
    assert "LastUpdatedTime" in room.stack()
    assert "StackStatusReason" not in room.stack()


def test_events_carry_properties_ids_and_the_token_of_their_request(room: Room) -> None:
    room.create(template({"A": thing(x=1)}), ClientRequestToken="my-token")

    events = room.api.describe_stack_events(StackName="demo")["StackEvents"]
    mine = [event for event in events if event["LogicalResourceId"] == "A"]

    assert {event["ClientRequestToken"] for event in events} == {"my-token"}
    assert [json.loads(event["ResourceProperties"]) for event in mine] == [{"x": 1}] * 3
    assert mine[-1]["PhysicalResourceId"] == ""
    assert mine[-1]["EventId"].startswith("A-CREATE_IN_PROGRESS-2023-11-14T")


def test_an_attribute_that_the_type_lacks_rolls_the_stack_back_before_it_begins(room: Room) -> None:
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": []}}

    room.create(template({"T": table}, Outputs={"InvalidOutput": {"Value": get_att("T", "Invalid")}}))

    assert room.told() == [
        ("demo", "CREATE_IN_PROGRESS", "User Initiated"),
        (
            "demo",
            "ROLLBACK_IN_PROGRESS",
            f"{NO_ATTRIBUTE} Rollback requested by user.",
        ),
        ("demo", "ROLLBACK_COMPLETE", ""),
    ]


def test_an_import_that_nobody_exports_rolls_the_stack_back(room: Room) -> None:
    room.create(template({"A": thing(x={"Fn::ImportValue": "nope"})}))

    assert room.told()[1] == ("demo", "ROLLBACK_IN_PROGRESS", "No export named nope found. Rollback requested by user.")
    assert room.world.calls == []


def test_an_import_that_nobody_exports_fails_a_change_set(room: Room) -> None:
    described = room.change_set(template({"A": thing(x={"Fn::ImportValue": "nope"})}))

    assert (described["Status"], described["StatusReason"]) == ("FAILED", "No export named nope found.")


def test_a_rollback_that_cannot_delete_says_what(room: Room) -> None:
    room.create(template({"A": thing(Fail="delete"), "B": thing("A", Fail="create")}))

    stack = room.stack()

    assert stack["StackStatus"] == "ROLLBACK_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [A]. "
    assert "DeletionTime" in stack


def test_retained_resources_let_a_failed_deletion_end(room: Room) -> None:
    stack_id = room.create(template({"A": thing(Fail="delete")}))
    with pytest.raises(ClientError, match="RetainResources can only be specified"):
        room.api.delete_stack(StackName="demo", RetainResources=["A"])
    room.api.delete_stack(StackName="demo")
    assert room.stack()["StackStatus"] == "DELETE_FAILED"

    room.api.delete_stack(StackName="demo", RetainResources=["A"])

    assert room.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert room.told(stack_id)[-2:] == [("A", "DELETE_SKIPPED", ""), ("demo", "DELETE_COMPLETE", "")]


def test_create_stack_takes_over_a_stack_under_review(room: Room) -> None:
    described = room.change_set(PLAIN)

    stack_id = room.create(PLAIN)

    assert stack_id == described["StackId"]
    left = room.api.describe_change_set(ChangeSetName=described["ChangeSetId"])
    assert (left["ExecutionStatus"], room.stack()["StackStatus"]) == ("OBSOLETE", "CREATE_COMPLETE")


def test_a_name_that_lives_cannot_be_created_again(room: Room) -> None:
    room.create(PLAIN)

    with pytest.raises(ClientError) as by_stack:
        room.create(PLAIN)
    with pytest.raises(ClientError) as by_change_set:
        room.change_set(PLAIN)

    assert refusal(by_stack) == ("AlreadyExistsException", "Stack [demo] already exists")
    assert refusal(by_change_set) == (
        "ValidationError",
        "Stack [demo] already exists and cannot be created again with the changeSet [c].",
    )


def test_an_update_needs_a_template_or_the_word_to_keep_it(room: Room) -> None:
    room.create(PLAIN)

    with pytest.raises(ClientError, match="Either Template URL or Template Body must be specified"):
        room.api.update_stack(StackName="demo")


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        (
            {"Arn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x", "Type": "Another"},
            "Rollback Trigger Type not supported",
        ),
        (
            {"Arn": "arn:aws:cloudwatch:us-east-1:123456789012:x", "Type": "AWS::CloudWatch::Alarm"},
            "RelativeId of a Rollback Trigger's ARN is incorrect",
        ),
    ],
)
def test_rollback_triggers_are_alarms(room: Room, trigger: dict[str, str], message: str) -> None:
    with pytest.raises(ClientError) as caught:
        room.create(PLAIN, RollbackConfiguration={"RollbackTriggers": [trigger]})

    assert refusal(caught) == ("ValidationError", message)


def test_types_that_the_request_leaves_out_are_refused(room: Room) -> None:
    with pytest.raises(ClientError) as caught:
        room.create(PLAIN, ResourceTypes=["AWS::EC2::*"])

    message = "Resource type Test::Thing is not allowed by parameter ResourceTypes [AWS::EC2::*]"
    assert refusal(caught) == ("ValidationError", message)
    room.create(PLAIN, ResourceTypes=["Test::*"])


def test_lists_come_in_pages_the_newest_first(room: Room) -> None:
    for number in range(101):
        room.create(PLAIN, name=f"s{number}")

    first = room.api.list_stacks()
    rest = room.api.list_stacks(NextToken=first["NextToken"])
    described = room.api.get_paginator("describe_stacks").paginate().build_full_result()["Stacks"]

    assert [item["StackName"] for item in first["StackSummaries"][:2]] == ["s100", "s99"]
    assert [item["StackName"] for item in rest["StackSummaries"]] == ["s0"]
    assert len(described) == 101
    with pytest.raises(ClientError, match="NextToken"):
        room.api.list_stacks(NextToken="x")


def test_list_stacks_can_be_filtered(room: Room) -> None:
    room.create(PLAIN, name="kept")
    room.create(PLAIN, name="gone")
    room.api.delete_stack(StackName="gone")

    found = room.api.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]

    assert [item["StackName"] for item in found] == ["gone"]


def test_resources_are_listed_by_their_names(room: Room) -> None:
    room.create(template({"Zoo": thing(), "Ape": thing("Zoo")}))

    described = room.api.describe_stack_resources(StackName="demo")["StackResources"]
    listed = room.api.list_stack_resources(StackName="demo")["StackResourceSummaries"]

    assert [item["LogicalResourceId"] for item in described] == ["Ape", "Zoo"]
    assert [item["LogicalResourceId"] for item in listed] == ["Ape", "Zoo"]


def test_a_stack_under_review_has_no_summary(room: Room) -> None:
    room.change_set(PLAIN)

    with pytest.raises(ClientError, match="GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks"):
        room.api.get_template_summary(StackName="demo")


def test_an_update_can_be_cancelled_before_its_next_resource(room: Room) -> None:
    room.create(template({"A": thing(x=1), "B": thing("A", x=1)}))
    room.engine.clients = lambda _: None
    tell = room.world.update

    def cancel_then_update(request: Any) -> Any:
        if not room.engine.get("demo").is_cancelled:
            room.api.cancel_update_stack(StackName="demo")
        return tell(request)

    room.world.update = cancel_then_update  # type: ignore[method-assign]
    room.engine._handlers["Test::Thing"] = room.world.handler()  # type: ignore[index]
    room.update(template({"A": thing(x=2), "B": thing("A", x=2)}))

    assert room.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [item["x"] for item in room.world.things.values()] == [1, 1]
    with pytest.raises(ClientError, match="CancelUpdateStack cannot be called from current stack status"):
        room.api.cancel_update_stack(StackName="demo")


def test_nothing_to_update_is_an_error(room: Room) -> None:
    room.create(PLAIN)

    with pytest.raises(ClientError) as caught:
        room.update(PLAIN)

    assert refusal(caught) == ("ValidationError", "No updates are to be performed.")


def test_a_secret_is_masked_and_a_previous_value_kept(room: Room) -> None:
    declared = {"P": {"Type": "String", "NoEcho": True}}
    body = template({"A": thing(x=ref("P"))}, Parameters=declared)
    room.create(body, Parameters=[{"ParameterKey": "P", "ParameterValue": "hunter2"}])

    room.update(
        template({"A": thing(x=ref("P"), y=1)}, Parameters=declared),
        Parameters=[{"ParameterKey": "P", "UsePreviousValue": True}],
    )

    assert room.stack()["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "****"}]
    assert room.world.things == {"a-1": {"x": "hunter2", "y": 1}}
    assert "hunter2" not in str(room.api.describe_stack_events(StackName="demo"))


def test_a_parameter_without_value_or_default_is_told(room: Room) -> None:
    with pytest.raises(ClientError) as caught:
        room.create(template({"A": thing()}, Parameters={"One": {"Type": "String"}, "Two": {"Type": "String"}}))

    assert refusal(caught) == ("ValidationError", "Parameters: [One, Two] must have values")
