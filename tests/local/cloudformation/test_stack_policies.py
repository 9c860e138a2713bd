"""Stack policies: kept, checked, and in force during updates."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .fakes import template, thing
from .room import Room, refusal


@pytest.fixture
def room() -> Room:
    made = Room()
    made.create(template({"A": thing(x=1), "B": thing(x=1)}))
    return made


def policy(effect: str, action: Any = "Update:*", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Principal": "*", "Resource": resource, **more}


def put(room: Room, *statements: dict[str, Any]) -> None:
    room.api.set_stack_policy(StackName="demo", StackPolicyBody=json.dumps({"Statement": statements}))


ALLOW = policy("Allow")


def test_a_policy_is_kept_and_taken_away(room: Room) -> None:
    assert "StackPolicyBody" not in room.api.get_stack_policy(StackName="demo")

    put(room, ALLOW)
    kept = json.loads(room.api.get_stack_policy(StackName="demo")["StackPolicyBody"])
    room.api.set_stack_policy(StackName="demo", StackPolicyBody="{}")

    assert kept == {"Statement": [ALLOW]}
    assert json.loads(room.api.get_stack_policy(StackName="demo")["StackPolicyBody"]) == {}


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        json.dumps({"Statement": [{**ALLOW, "Principal": "me"}]}),
        json.dumps({"Statement": [{**ALLOW, "Action": "Delete:*"}]}),
        json.dumps({"Statement": [{**ALLOW, "Effect": "Perhaps"}]}),
    ],
)
def test_a_policy_that_is_none_is_refused(room: Room, body: str) -> None:
    with pytest.raises(ClientError) as caught:
        room.api.set_stack_policy(StackName="demo", StackPolicyBody=body)

    assert refusal(caught) == ("ValidationError", "Error validating stack policy: Invalid stack policy")


def test_a_policy_comes_in_one_way(room: Room) -> None:
    with pytest.raises(ClientError) as caught:
        room.api.set_stack_policy(StackName="demo", StackPolicyBody="{}", StackPolicyURL="https://x")

    assert refusal(caught)[1] == "You cannot specify both StackPolicyURL and StackPolicyBody"


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        pytest.param(
            [ALLOW, policy("Deny", "Update:Modify", "LogicalResourceId/A")],
            "Action denied by stack policy: Statement [#2] does not allow [Update:Modify] "
            "for resource [LogicalResourceId/A]",
            id="denied",
        ),
        pytest.param(
            [policy("Allow", resource="LogicalResourceId/B")],
            "Action not allowed by stack policy: No statement allows [Update:Modify] for resource [LogicalResourceId/A]",
            id="not-allowed",
        ),
        pytest.param(
            [ALLOW, policy("Deny", Condition={"StringLike": {"ResourceType": ["Test::*"]}})],
            "Action denied by stack policy: Statement [#2] does not allow [Update:*] for resource [LogicalResourceId/A]",
            id="by-type",
        ),
    ],
)
def test_an_update_that_the_policy_denies_goes_back(room: Room, statements: list[dict[str, Any]], reason: str) -> None:
    put(room, *statements)

    room.update(template({"A": thing(x=2), "B": thing(x=1)}))

    assert room.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert ("A", "UPDATE_FAILED", reason) in room.told()
    assert room.world.things["a-1"] == {"x": 1}


def test_a_removal_that_the_policy_denies_goes_back(room: Room) -> None:
    put(room, ALLOW, policy("Deny", ["Update:Delete"]))

    room.update(template({"A": thing(x=2)}))

    assert room.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert room.world.things == {"a-1": {"x": 1}, "b-2": {"x": 1}}


def test_what_the_policy_allows_is_done(room: Room) -> None:
    of_another_type = policy("Deny", Condition={"StringEquals": {"ResourceType": ["AWS::SNS::Topic"]}})
    put(room, ALLOW, policy("Deny", "Update:Replace", "LogicalResourceId/B"), of_another_type)

    room.update(template({"A": thing(x=2), "B": thing(x=2)}))

    assert room.stack()["StackStatus"] == "UPDATE_COMPLETE"


def test_a_policy_may_be_lifted_for_one_update(room: Room) -> None:
    put(room, policy("Deny"))

    room.update(
        template({"A": thing(x=2), "B": thing(x=1)}),
        StackPolicyDuringUpdateBody=json.dumps({"Statement": [ALLOW]}),
    )

    assert room.stack()["StackStatus"] == "UPDATE_COMPLETE"
    assert "Deny" in room.api.get_stack_policy(StackName="demo")["StackPolicyBody"]
