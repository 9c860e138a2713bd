"""The API as boto3 and the CDK CLI see it, its oddities included."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .fakes import ref, template, thing
from .room import Room, refusal


@pytest.fixture
def room() -> Room:
    """An empty account."""
    return Room()


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return refusal(caught)[0]


def test_a_deployment_by_change_set_the_way_the_cli_does_it(room: Room) -> None:
    with pytest.raises(ClientError, match="Stack with id demo does not exist"):
        room.stack()

    described = room.change_set(template({"A": thing()}, Outputs={"O": {"Value": ref("A")}}))
    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert described["Changes"][0]["ResourceChange"]["Action"] == "Add"
    assert room.stack()["StackStatus"] == "REVIEW_IN_PROGRESS"

    room.api.execute_change_set(StackName="demo", ChangeSetName="c")

    assert room.stack()["StackStatus"] == "CREATE_COMPLETE"
    assert room.stack()["Outputs"] == [{"OutputKey": "O", "OutputValue": "a-1"}]


def test_a_change_set_without_changes_fails_in_the_words_the_cli_looks_for(room: Room) -> None:
    room.deploy(template({"A": thing()}))

    described = room.change_set(template({"A": thing()}), "UPDATE")

    assert described["Status"] == "FAILED"
    assert described["StatusReason"].startswith("The submitted information didn't contain changes.")


def test_a_missing_change_set_can_be_deleted_but_not_described(room: Room) -> None:
    room.deploy(template({"A": thing()}))
    room.api.delete_change_set(StackName="demo", ChangeSetName="cdk-deploy-change-set")

    with pytest.raises(ClientError) as caught:
        room.api.describe_change_set(StackName="demo", ChangeSetName="cdk-deploy-change-set")

    assert code(caught) == "ChangeSetNotFound"


def test_change_set_names_are_per_stack(room: Room) -> None:
    room.change_set(template({"A": thing()}))

    room.api.create_change_set(
        StackName="other", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=json.dumps(template({"B": thing()}))
    )

    assert room.api.describe_change_set(StackName="demo", ChangeSetName="c")["StackName"] == "demo"


def test_a_previous_ssm_value_is_its_name(room: Room) -> None:
    room.parameters["/version"] = "31"
    declared = {"V": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/version"}}
    room.deploy(template({"A": thing(v=ref("V"))}, Parameters=declared))

    described = room.change_set(
        template({"A": thing(v=ref("V"), x=1)}, Parameters=declared),
        "UPDATE",
        Parameters=[{"ParameterKey": "V", "UsePreviousValue": True}],
    )

    assert described["Parameters"] == [{"ParameterKey": "V", "ParameterValue": "/version", "ResolvedValue": "31"}]
    assert room.world.things["a-1"] == {"v": "31"}


def test_an_unknown_type_is_refused_by_name_and_leaves_no_stack(room: Room) -> None:
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Foo::Bar\]") as caught:
        room.change_set(template({"A": {"Type": "AWS::Foo::Bar"}}))

    assert code(caught) == "ValidationError"
    assert room.api.describe_stacks()["Stacks"] == []


def test_iam_needs_to_be_acknowledged(room: Room) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {}}}

    with pytest.raises(ClientError, match="CAPABILITY_NAMED_IAM") as caught:
        room.change_set(template({"R": role}), Capabilities=["CAPABILITY_IAM"])

    assert code(caught) == "InsufficientCapabilitiesException"


def test_create_update_and_delete_without_change_sets(room: Room) -> None:
    room.api.create_stack(StackName="demo", TemplateBody=json.dumps(template({"A": thing()})))
    room.api.update_stack(StackName="demo", TemplateBody=json.dumps(template({"A": thing(x=1)})))
    with pytest.raises(ClientError, match="No updates are to be performed"):
        room.api.update_stack(StackName="demo", UsePreviousTemplate=True)
    stack_id = room.stack()["StackId"]

    room.api.delete_stack(StackName="demo")
    room.api.delete_stack(StackName="demo")

    assert room.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="does not exist"):
        room.stack()


def test_events_come_newest_first_and_in_pages(room: Room) -> None:
    room.deploy(template({f"T{number}": thing() for number in range(50)}))

    pages = list(room.api.get_paginator("describe_stack_events").paginate(StackName="demo"))
    events = [event for page in pages for event in page["StackEvents"]]

    assert len(pages) == 2
    assert events[0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert [event["Timestamp"] for event in events] == sorted((event["Timestamp"] for event in events), reverse=True)
    assert len({event["Timestamp"] for event in events}) == len(events)


def test_resources_are_found_in_every_way(room: Room) -> None:
    room.deploy(template({"A": thing(), "B": thing()}))

    described = room.api.describe_stack_resources(StackName="demo")["StackResources"]
    one = room.api.describe_stack_resource(StackName="demo", LogicalResourceId="B")["StackResourceDetail"]
    by_physical_id = room.api.describe_stack_resources(PhysicalResourceId="a-1")["StackResources"]
    listed = room.api.list_stack_resources(StackName="demo")["StackResourceSummaries"]

    assert [item["PhysicalResourceId"] for item in described] == ["a-1", "b-2"]
    assert one["PhysicalResourceId"] == "b-2"
    assert [item["LogicalResourceId"] for item in by_physical_id] == ["A"]
    assert [item["ResourceStatus"] for item in listed] == ["CREATE_COMPLETE"] * 2


def test_the_template_comes_back_as_it_was(room: Room) -> None:
    body = template({"A": thing(x={"Fn::Sub": "${AWS::Region}"})})
    room.deploy(body)

    assert room.api.get_template(StackName="demo")["TemplateBody"] == body


def test_a_template_is_summed_up_and_validated(room: Room) -> None:
    body = json.dumps(template({"A": thing()}, Parameters={"P": {"Type": "String", "NoEcho": True}}))

    summary = room.api.get_template_summary(TemplateBody=body)

    assert summary["ResourceTypes"] == ["Test::Thing"]
    assert room.api.validate_template(TemplateBody=body)["Parameters"][0]["ParameterKey"] == "P"
    with pytest.raises(ClientError, match="At least one Resources member"):
        room.api.validate_template(TemplateBody="{}")


def test_exports_and_imports_are_listed(room: Room) -> None:
    room.deploy(template({"A": thing()}, Outputs={"O": {"Value": "v", "Export": {"Name": "n"}}}))
    room.engine.deploy("user", json.dumps(template({"B": thing(x={"Fn::ImportValue": "n"})})))

    assert [item["Value"] for item in room.api.list_exports()["Exports"]] == ["v"]
    assert room.api.list_imports(ExportName="n")["Imports"] == ["user"]


def test_an_operation_that_is_not_there_is_an_error_at_once(room: Room) -> None:
    with pytest.raises(ClientError) as caught:
        room.api.detect_stack_drift(StackName="demo")

    assert code(caught) == "NotImplementedException"
    assert caught.value.response["Error"]["Message"].startswith("DetectStackDrift is not there in the local cloud")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_bug_of_ours_is_answered_as_an_error_document(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.services["ssm"] = None

    with pytest.raises(ClientError) as caught:
        room.change_set(
            template({"A": thing()}, Parameters={"V": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/v"}})
        )

    assert code(caught) == "InternalFailure"
    assert "cloudformation.request_failed" in caplog.text


def test_a_template_by_url_is_read_from_the_local_bucket(room: Room) -> None:
    class Bucket:
        def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
            import io

            assert (Bucket, Key) == ("assets", "t.json")
            return {"Body": io.BytesIO(json.dumps(template({"A": thing()})).encode())}

    room.services["s3"] = Bucket()

    for url in ("https://s3.us-east-1.amazonaws.com/assets/t.json", "https://assets.s3.us-east-1.amazonaws.com/t.json"):
        assert room.api.get_template_summary(TemplateURL=url)["ResourceTypes"] == ["Test::Thing"]


def test_a_deployment_without_rollback_stays_where_it_failed(room: Room) -> None:
    room.deploy(template({"A": thing(x=1)}))
    room.change_set(template({"A": thing(x=2), "B": thing("A", Fail="create")}), "UPDATE")

    room.api.execute_change_set(StackName="demo", ChangeSetName="c", DisableRollback=True)

    assert room.stack()["StackStatus"] == "UPDATE_FAILED"
    assert room.world.things["a-1"] == {"x": 2}


def test_what_was_left_open_can_be_rolled_back_later(room: Room) -> None:
    room.deploy(template({"A": thing(x=1)}))
    room.change_set(template({"A": thing(x=2), "B": thing("A", Fail="create")}), "UPDATE")
    room.api.execute_change_set(StackName="demo", ChangeSetName="c", DisableRollback=True)

    room.api.rollback_stack(StackName="demo")

    assert room.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert room.world.things == {"a-1": {"x": 1}}
    with pytest.raises(ClientError, match="can not be rolled back"):
        room.api.rollback_stack(StackName="demo")


def test_a_failed_create_that_was_left_can_be_rolled_back_later(room: Room) -> None:
    body = json.dumps(template({"A": thing(), "B": thing("A", Fail="create")}))
    room.api.create_stack(StackName="demo", TemplateBody=body, OnFailure="DO_NOTHING")
    assert (room.stack()["StackStatus"], list(room.world.things)) == ("CREATE_FAILED", ["a-1"])

    room.api.rollback_stack(StackName="demo")

    assert (room.stack()["StackStatus"], room.world.things) == ("ROLLBACK_COMPLETE", {})


def test_the_api_never_loads_motos_own_cloudformation_or_ec2() -> None:
    import subprocess
    import sys

    program = (
        "import sys; from headgate.local.cloudformation.install import Engines;"
        "from headgate.local.cloudformation.inbox import ResponseInbox;"
        "Engines(lambda *_: None, ResponseInbox('http://x')).application();"
        "print([name for name in sys.modules if name.startswith(('moto.ec2', 'moto.cloudformation'))])"
    )

    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
