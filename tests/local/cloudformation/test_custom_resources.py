"""Custom resources: what the function is sent, and what becomes of its answer, or of its silence."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from headgate.local.cloudformation import ResponseInbox
from headgate.local.cloudformation.handlers.contract import HandlerError, Request, StackIdentity
from headgate.local.cloudformation.handlers.custom import handler

from .fakes import Bench, get_att, ref, template, thing


def custom(**properties: Any) -> dict[str, Any]:
    return {"Type": "Custom::HeadgatePublish", "Properties": {"ServiceToken": "arn:function", **properties}}


def success(event: dict[str, Any], physical_id: str = "release-1", **data: Any) -> dict[str, Any]:
    return {"Status": "SUCCESS", "PhysicalResourceId": physical_id, "Data": data}


def test_create_update_and_delete_are_sent_as_aws_sends_them() -> None:
    bench = Bench()
    function = bench.answering(success)

    bench.deploy(template({"P": custom(Percent=5, On=True)}))
    bench.deploy(template({"P": custom(Percent=6, On=True)}))
    bench.destroy()

    created, updated, deleted = function.events
    assert created["RequestType"] == "Create"
    assert created["ResourceProperties"] == {"ServiceToken": "arn:function", "Percent": "5", "On": "true"}
    assert created["ResourceType"] == "Custom::HeadgatePublish"
    assert created["LogicalResourceId"] == "P"
    assert created["ResponseURL"].startswith("http://localhost:1/_headgate/cfn-response/")
    assert "PhysicalResourceId" not in created
    assert updated["PhysicalResourceId"] == "release-1"
    assert updated["OldResourceProperties"]["Percent"] == "5"
    assert updated["ResourceProperties"]["Percent"] == "6"
    assert (deleted["RequestType"], deleted["PhysicalResourceId"]) == ("Delete", "release-1")


def test_its_data_is_what_getatt_answers() -> None:
    bench = Bench()
    bench.answering(lambda event: success(event, DeploymentId="d1"))

    bench.deploy(template({"P": custom(), "Stage": thing(deployment=get_att("P", "DeploymentId"), of=ref("P"))}))

    assert bench.world.things["stage-1"] == {"deployment": "d1", "of": "release-1"}


def test_missing_data_fails_the_user_of_it_by_name() -> None:
    bench = Bench()
    bench.answering(success)

    result = bench.deploy(template({"P": custom(), "Stage": thing(deployment=get_att("P", "DeploymentId"))}))

    assert result.failures[0][0] == "Stage"
    assert "Vendor response doesn't contain DeploymentId attribute" in result.failures[0][1]


def test_an_unchanged_custom_resource_hears_nothing() -> None:
    bench = Bench()
    function = bench.answering(success)
    bench.deploy(template({"P": custom(N=1)}))

    bench.deploy(template({"P": custom(N="1"), "A": thing()}))

    assert len(function.events) == 1


def test_another_physical_id_is_a_replacement_and_the_old_one_is_deleted() -> None:
    bench = Bench()
    function = bench.answering(lambda event: success(event, f"id-{event['ResourceProperties']['N']}"))
    bench.deploy(template({"P": custom(N=1)}))

    bench.deploy(template({"P": custom(N=2)}))

    last = function.events[-1]
    assert (last["RequestType"], last["PhysicalResourceId"], last["ResourceProperties"]["N"]) == ("Delete", "id-1", "1")


def test_a_failure_is_told_with_its_reason_and_what_was_made_is_deleted() -> None:
    bench = Bench()
    function = bench.answering(
        lambda event: (
            success(event)
            if event["RequestType"] == "Delete"
            else {"Status": "FAILED", "Reason": "no such API", "PhysicalResourceId": "half"}
        )
    )

    result = bench.deploy(template({"P": custom()}))

    assert result.status == "ROLLBACK_COMPLETE"
    assert "Message returned: no such API" in result.failures[0][1]
    assert function.events[-1]["PhysicalResourceId"] == "half"


def test_a_failed_update_is_undone_with_old_and_new_swapped() -> None:
    bench = Bench()

    def respond(event: dict[str, Any]) -> dict[str, Any]:
        bad = event["ResourceProperties"]["N"] == "2"
        return {"Status": "FAILED", "Reason": "no"} if bad else success(event)

    function = bench.answering(respond)
    bench.deploy(template({"P": custom(N=1)}))

    result = bench.deploy(template({"P": custom(N=2)}))

    undo = function.events[-1]
    assert result.status == "UPDATE_ROLLBACK_COMPLETE"
    assert (undo["RequestType"], undo["ResourceProperties"]["N"], undo["OldResourceProperties"]["N"]) == (
        "Update",
        "1",
        "2",
    )


def test_silence_ends_at_the_service_timeout() -> None:
    bench = Bench()
    bench.answering(lambda event: None if event["RequestType"] == "Create" else success(event))

    result = bench.deploy(template({"P": custom(ServiceTimeout=0)}))

    assert "did not receive a response" in result.failures[0][1]
    assert "waited 0 seconds (ServiceTimeout)" in result.failures[0][1]


def test_an_invocation_that_dies_fails_at_once() -> None:
    inbox = ResponseInbox("http://localhost:1")
    died: Future[Any] = Future()
    died.set_result(SimpleNamespace(payload=b'{"errorMessage": "boom"}', function_error="Unhandled", timed_out=False))
    create = handler(inbox, lambda: "t1", submit=lambda arn, event: died).create

    with pytest.raises(HandlerError, match=r"the function failed without answering: .*boom"):
        create(request({"ServiceToken": "arn:f", "ServiceTimeout": "0"}))


def test_an_answer_after_the_function_died_comes_too_late() -> None:
    inbox = ResponseInbox("http://localhost:1")
    url = inbox.open("t1")

    assert inbox.invocation_failed(f'{{"ResponseURL": "{url}"}}'.encode(), "boom")
    assert not inbox.deliver("t1", b'{"Status": "SUCCESS"}')


def test_two_custom_resources_with_one_physical_id_are_both_deleted() -> None:
    bench = Bench()
    function = bench.answering(success)
    bench.deploy(template({"P": custom(), "Q": custom()}))

    bench.destroy()

    assert [event["RequestType"] for event in function.events].count("Delete") == 2


def test_a_token_that_nobody_waits_for_is_refused() -> None:
    assert not ResponseInbox("http://localhost:1").deliver("made-up", b"{}")


def test_a_response_may_not_be_long() -> None:
    bench = Bench()
    bench.answering(
        lambda event: success(event, Long="x" * 5000) if event["RequestType"] == "Create" else success(event)
    )

    assert "Response object is too long" in bench.deploy(template({"P": custom()})).failures[0][1]


def test_the_token_of_the_service_cannot_change() -> None:
    bench = Bench()
    bench.answering(success)
    bench.deploy(template({"P": custom()}))

    result = bench.deploy(
        template({"P": {"Type": "Custom::HeadgatePublish", "Properties": {"ServiceToken": "arn:other"}}})
    )

    assert ("P", "Modifying service token is not allowed.") in result.failures


def test_a_secret_answer_never_reaches_an_event() -> None:
    bench = Bench()
    bench.answering(lambda event: {**success(event, Password="hunter2"), "NoEcho": True})

    bench.deploy(template({"P": custom(), "A": thing(x=get_att("P", "Password"))}))

    assert bench.world.things["a-1"] == {"x": "hunter2"}
    assert "hunter2" not in str(bench.events)


def request(properties: dict[str, Any]) -> Request:
    stack = StackIdentity("demo", "arn:stack", "us-east-1", "123456789012")
    return Request(lambda _: None, stack, "P", "Custom::X", properties, "token")
