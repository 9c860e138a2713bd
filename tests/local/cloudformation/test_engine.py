"""Whole stacks over a fake cloud: create, update, delete, roll back, retain, replace; and the events that tell of it."""

import json
from itertools import pairwise
from typing import Any

import pytest

from headgate.local.cloudformation.parameters import ParameterError
from headgate.local.cloudformation.template import TemplateError
from headgate.local.cloudformation.validation import EngineError

from .fakes import Bench, get_att, ref, template, thing


def table(name: str | None = None, **more: Any) -> dict[str, Any]:
    properties = {"KeySchema": [], **({"TableName": name} if name else {}), **more}
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def test_a_stack_is_made_in_the_order_of_its_references() -> None:
    bench = Bench()

    result = bench.deploy(
        template(
            {"A": thing(of=get_att("B", "Arn")), "B": thing()},
            Outputs={"A": {"Value": ref("A")}, "B": {"Value": {"Fn::Sub": "${B.Arn}!"}}},
        )
    )

    assert result.ok
    assert result.outputs == {"A": "a-2", "B": "arn:b-1!"}
    assert bench.world.things == {"b-1": {}, "a-2": {"of": "arn:b-1"}}
    assert bench.history() == [
        "demo CREATE_IN_PROGRESS",
        "B CREATE_IN_PROGRESS",
        "B CREATE_IN_PROGRESS",
        "B CREATE_COMPLETE",
        "A CREATE_IN_PROGRESS",
        "A CREATE_IN_PROGRESS",
        "A CREATE_COMPLETE",
        "demo CREATE_COMPLETE",
    ]


def test_event_timestamps_strictly_increase_on_a_clock_that_stands_still() -> None:
    bench = Bench()
    bench.deploy(template({name: thing() for name in "ABCDEF"}))

    moments = [event.timestamp for event in bench.events]

    assert all(earlier < later for earlier, later in pairwise(moments))


def test_the_same_template_again_changes_nothing_and_tells_nothing() -> None:
    bench = Bench()
    bench.deploy(template({"A": thing(x=1)}))

    result = bench.deploy(template({"A": thing(x=1)}))

    assert (result.status, result.changes, bench.events) == ("CREATE_COMPLETE", (), [])


def test_an_update_deletes_only_after_everything_else_is_done() -> None:
    bench = Bench()
    bench.deploy(template({"Old": thing(), "A": thing(x=1)}))

    result = bench.deploy(template({"A": thing(x=2), "New": thing()}))

    assert result.status == "UPDATE_COMPLETE"
    assert bench.world.calls == [("update", "A"), ("create", "New"), ("delete", "Old")]
    assert bench.history()[-4:] == [
        "demo UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "Old DELETE_IN_PROGRESS",
        "Old DELETE_COMPLETE",
        "demo UPDATE_COMPLETE",
    ]


def test_a_replacement_is_made_and_used_before_the_old_one_goes() -> None:
    bench = Bench()
    bench.deploy(template({"T": table("a"), "User": thing(of=ref("T"))}))

    bench.deploy(template({"T": table("b"), "User": thing(of=ref("T"))}))

    assert bench.world.calls == [("create", "T"), ("update", "User"), ("delete", "T")]
    assert bench.world.things == {"t-3": {"KeySchema": [], "TableName": "b"}, "user-2": {"of": "t-3"}}
    assert (
        bench.events[1].reason
        == "Requested update requires the creation of a new physical resource; hence creating one."
    )


def test_replacing_a_named_resource_under_its_old_name_is_refused() -> None:
    bench = Bench()
    bench.deploy(template({"T": table("a")}))

    result = bench.deploy(template({"T": table("a", KeySchema=[{"AttributeName": "id"}])}))

    assert result.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "custom-named resource requires replacing. Rename a" in result.failures[0][1]
    assert list(bench.world.things) == ["t-1"]


def test_a_failed_create_names_the_resource_and_leaves_nothing() -> None:
    bench = Bench()

    result = bench.deploy(template({"A": thing(), "B": thing(of=ref("A"), Fail="create"), "C": thing(of=ref("B"))}))

    assert result.status == "ROLLBACK_COMPLETE"
    assert result.failures == (("B", "told to fail at create"),)
    assert "failed to create: [B]" in (result.reason or "")
    assert bench.world.things == {}
    assert ("create", "C") not in bench.world.calls


def test_a_rolled_back_stack_is_replaced_by_the_next_deployment() -> None:
    bench = Bench()
    first = bench.deploy(template({"A": thing(Fail="create")}))

    second = bench.deploy(template({"A": thing()}))

    assert second.status == "CREATE_COMPLETE"
    assert second.id != first.id


def test_a_failed_update_brings_everything_back() -> None:
    bench = Bench()
    before = template({"A": thing(x=1), "T": table("a"), "U": thing(of=ref("T"))}, Outputs={"A": {"Value": "1"}})
    bench.deploy(before)
    things = json.dumps(bench.world.things)

    result = bench.deploy(
        template(
            {"A": thing(x=2), "T": table("b"), "U": thing(of=ref("T")), "N": thing(), "Z": thing("U", Fail="create")},
            Outputs={"A": {"Value": "2"}},
        )
    )

    assert result.status == "UPDATE_ROLLBACK_COMPLETE"
    assert result.failures == (("Z", "told to fail at create"),)
    assert json.dumps(bench.world.things, sort_keys=True) == json.dumps(json.loads(things), sort_keys=True)
    assert result.outputs == {"A": "1"}
    assert bench.deploy(before).changes == ()


def test_a_resource_that_failed_half_way_is_told_to_go_back() -> None:
    bench = Bench()
    bench.deploy(template({"A": thing(x=1)}))

    result = bench.deploy(template({"A": thing(x=2, Fail="update")}))

    assert result.status == "UPDATE_ROLLBACK_COMPLETE"
    assert bench.world.calls == [("update", "A"), ("update", "A")]
    assert bench.world.things["a-1"] == {"x": 1}


def test_what_an_update_did_not_touch_the_rollback_does_not_touch() -> None:
    bench = Bench()
    bench.deploy(template({"A": thing(), "B": thing(x=1), "C": thing("B")}))

    bench.deploy(template({"A": thing(), "B": thing(x=2), "C": thing("B", Fail="update")}))

    assert not [call for call in bench.world.calls if call[1] == "A"]
    assert not [line for line in bench.history() if line.startswith("A ")]


def test_a_failing_way_back_is_said() -> None:
    bench = Bench()
    bench.deploy(template({"A": thing(x=1, Fail="update"), "B": thing("A", x=1)}))

    result = bench.deploy(template({"A": thing(x=2), "B": thing("A", x=2, Fail="update")}))

    assert result.status == "UPDATE_ROLLBACK_FAILED"
    assert "A: told to fail at update" in (bench.engine.get("demo").reason or "")


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_a_retained_resource_outlives_its_removal_and_its_stack(policy: str) -> None:
    bench = Bench()
    kept = {**thing(), "DeletionPolicy": policy}
    bench.deploy(template({"A": kept, "B": kept, "C": thing()}))

    bench.deploy(template({"B": kept, "C": thing()}))
    assert "A DELETE_SKIPPED" in bench.history()
    bench.destroy()

    assert set(bench.world.things) == {"a-1", "b-2"}


def test_a_retained_replacement_keeps_the_old_one() -> None:
    bench = Bench()
    bench.deploy(template({"T": {**table("a"), "UpdateReplacePolicy": "Retain"}}))

    bench.deploy(template({"T": {**table("b"), "UpdateReplacePolicy": "Retain"}}))

    assert set(bench.world.things) == {"t-1", "t-2"}


@pytest.mark.parametrize(("policy", "left"), [("Retain", ["a-1"]), ("RetainExceptOnCreate", [])], ids=str)
def test_retained_in_a_failed_create(policy: str, left: list[str]) -> None:
    bench = Bench()

    bench.deploy(template({"A": {**thing(), "DeletionPolicy": policy}, "B": thing("A", Fail="create")}))

    assert list(bench.world.things) == left


def test_deleting_goes_backwards() -> None:
    bench = Bench()
    bench.deploy(template({"A": thing(of=ref("B")), "B": thing(of=ref("C")), "C": thing()}))

    result = bench.destroy()

    assert result.status == "DELETE_COMPLETE"
    assert bench.world.calls == [("delete", "A"), ("delete", "B"), ("delete", "C")]
    assert bench.engine.find("demo") is None
    assert bench.engine.find(result.id) is not None


def test_a_resource_that_cannot_be_deleted_keeps_what_it_uses() -> None:
    bench = Bench()
    bench.deploy(template({"A": thing(of=ref("B"), Fail="delete"), "B": thing(), "C": thing()}))

    result = bench.destroy()

    assert result.status == "DELETE_FAILED"
    assert "failed to delete: [A]" in (result.reason or "")
    assert [thing_id[0] for thing_id in bench.world.things] == ["b", "a"]


def test_deleting_what_is_not_there_is_fine() -> None:
    assert Bench().destroy().ok


def test_an_unknown_type_is_refused_by_name_before_anything_is_made() -> None:
    bench = Bench()

    with pytest.raises(TemplateError, match=r"Unrecognized resource types: \[AWS::Foo::Bar\]"):
        bench.deploy(template({"A": thing(), "B": {"Type": "AWS::Foo::Bar"}}))

    assert bench.world.calls == []


def test_an_unknown_type_behind_a_false_condition_is_ignored() -> None:
    bench = Bench()

    result = bench.deploy(
        template(
            {"A": thing(), "B": {"Type": "AWS::Foo::Bar", "Condition": "Never"}},
            Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
        )
    )

    assert result.ok


def test_a_condition_that_turns_false_removes_its_resource() -> None:
    bench = Bench()
    both = template(
        {"A": thing(), "B": {**thing(), "Condition": "On"}},
        Parameters={"Switch": {"Type": "String", "Default": "on"}},
        Conditions={"On": {"Fn::Equals": [ref("Switch"), "on"]}},
        Outputs={"B": {"Value": {"Fn::If": ["On", ref("B"), "none"]}}, "O": {"Condition": "On", "Value": ref("B")}},
    )
    assert bench.deploy(both).outputs == {"B": "b-2", "O": "b-2"}

    result = bench.deploy(both, Switch="off")

    assert result.outputs == {"B": "none"}
    assert set(bench.world.things) == {"a-1"}


def test_a_parameter_that_is_not_given_again_keeps_its_value() -> None:
    bench = Bench()
    declared = {"P": {"Type": "String", "Default": "default"}}
    bench.deploy(template({"A": thing(x=ref("P"))}, Parameters=declared), P="given")

    bench.deploy(template({"A": thing(x=ref("P"), y=1)}, Parameters=declared))

    assert bench.world.things["a-1"] == {"x": "given", "y": 1}


def test_a_rule_that_does_not_hold_says_why() -> None:
    bench = Bench(parameters={"/v": "3"})
    old = {"Fn::Contains": [["1", "2", "3"], ref("Version")]}

    with pytest.raises(ParameterError, match="run cdk bootstrap again"):
        bench.deploy(
            template(
                {"A": thing()},
                Parameters={"Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/v"}},
                Rules={
                    "R": {
                        "Assertions": [{"Assert": {"Fn::Not": [old]}, "AssertDescription": "run cdk bootstrap again"}]
                    }
                },
            )
        )


def test_a_secret_parameter_never_reaches_an_event() -> None:
    bench = Bench()
    secret = {"P": {"Type": "String", "NoEcho": True}}

    bench.deploy(template({"A": thing(x={"Fn::Sub": "key-${P}"})}, Parameters=secret), P="hunter2")

    assert bench.world.things["a-1"] == {"x": "key-hunter2"}
    assert not [event for event in bench.events if "hunter2" in str(event)]
    assert [event for event in bench.events if "key-****" in (event.properties or "")]


def test_changing_a_type_is_refused() -> None:
    bench = Bench()
    bench.deploy(template({"A": thing()}))

    with pytest.raises(EngineError, match=r"Update of resource type is not permitted.*\[A\]"):
        bench.deploy(template({"A": table()}))


EXPORTING = json.dumps(
    template({"A": thing()}, Outputs={"O": {"Value": ref("A"), "Export": {"Name": "shared"}}}),
)
IMPORTING = json.dumps(template({"B": thing(x={"Fn::ImportValue": "shared"})}))


def test_an_export_is_seen_by_other_stacks() -> None:
    bench = Bench()
    bench.engine.deploy("one", EXPORTING)

    assert bench.engine.deploy("two", IMPORTING).ok
    assert {"x": "a-1"} in bench.world.things.values()


@pytest.mark.parametrize("how", ["removed", "deleted"])
def test_an_export_in_use_cannot_leave(how: str) -> None:
    bench = Bench()
    bench.engine.deploy("one", EXPORTING)
    bench.engine.deploy("two", IMPORTING)

    without = json.dumps(template({"A": thing(y=1)}))
    result = bench.engine.destroy("one") if how == "deleted" else bench.engine.deploy("one", without)

    assert result.reason == "Delete canceled. Cannot delete export shared as it is in use by two."
    assert "a-1" in bench.world.things


def test_two_stacks_cannot_export_one_name() -> None:
    bench = Bench()
    exporting = json.dumps(template({"A": thing()}, Outputs={"O": {"Value": "x", "Export": {"Name": "n"}}}))
    bench.engine.deploy("one", exporting)

    result = bench.engine.deploy("two", exporting)

    assert result.status == "ROLLBACK_COMPLETE"
    assert result.reason == "Export with name n is already exported by stack one. Rollback requested by user."


def test_a_protected_stack_stays() -> None:
    bench = Bench()
    bench.deploy(template({"A": thing()}))
    bench.engine.get("demo").termination_protection = True

    with pytest.raises(EngineError, match="TerminationProtection is enabled"):
        bench.destroy()


@pytest.mark.parametrize("operation", ["deploy", "destroy"])
def test_one_operation_at_a_time(operation: str) -> None:
    bench = Bench()
    bench.deploy(template({"A": thing()}))
    bench.engine.get("demo").status = "UPDATE_IN_PROGRESS"

    with pytest.raises(EngineError, match="UPDATE_IN_PROGRESS state and can not be updated"):
        _ = bench.destroy() if operation == "destroy" else bench.deploy(template({"A": thing(x=1)}))


def test_a_bug_in_a_handler_fails_the_stack_by_name() -> None:
    bench = Bench()
    bench.services["lambda"] = None

    result = bench.deploy(template({"P": {"Type": "Custom::X", "Properties": {"ServiceToken": "arn:f"}}}))

    assert result.failures[0] == (
        "P",
        "Internal failure in the handler: AttributeError: 'NoneType' object has no attribute 'invoke'",
    )


def test_a_property_that_the_type_does_not_have_is_named() -> None:
    bench = Bench()

    result = bench.deploy(
        template({"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Bogus": 1}}})
    )

    assert result.status == "ROLLBACK_COMPLETE"
    assert "Encountered unsupported property Bogus" in result.failures[0][1]
