"""State machines on the cloud's clock: waits, retries, timeouts, approvals, stopping."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headgate.local.cloud import Cloud, CloudConfig

NOON = 1_763_726_400
ROLE = "arn:aws:iam::123456789012:role/r"
Start = Callable[..., str]

FUNCTION = """
import time

def handler(event, context):
    if event.get("fail"):
        raise ValueError("told to")
    return {"at": time.time(), "arn": context.invoked_function_arn}
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0, controllable_clock=True)) as running:
        yield running


@pytest.fixture(scope="module")
def version(cloud: Cloud) -> str:
    """A version's ARN."""
    cloud.clients.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("app.py", FUNCTION)
    made = cloud.clients.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.14",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": buffer.getvalue()},
        Publish=True,
    )
    return str(made["FunctionArn"])


@pytest.fixture
def start(cloud: Cloud, request: pytest.FixtureRequest) -> Start:
    """`start(StartAt, {state: ...}, input)` begins an execution at noon; its ARN."""
    cloud.clock.freeze(NOON)
    machines = cloud.clients.client("stepfunctions")

    def begin(first: str, states: dict[str, Any], given: Any = None, **settings: Any) -> str:
        definition = json.dumps({"StartAt": first, "States": states, **settings})
        name = request.node.name.replace("[", "-").rstrip("]")
        arn = machines.create_state_machine(name=name[:80], definition=definition, roleArn=ROLE)["stateMachineArn"]
        execution = str(machines.start_execution(stateMachineArn=arn, input=json.dumps(given or {}))["executionArn"])
        cloud.clock.settle()
        return execution

    return begin


def describe(cloud: Cloud, arn: str) -> Any:
    return cloud.clients.client("stepfunctions").describe_execution(executionArn=arn)


def task(version: str, **more: Any) -> dict[str, Any]:
    parameters = {"FunctionName": version, "Payload.$": "$"}
    kept = {"at.$": "$.Payload.at", "arn.$": "$.Payload.arn"}
    resource = "arn:aws:states:::lambda:invoke"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "ResultSelector": kept, "End": True, **more}


def test_a_wait_ends_when_the_clock_says_so(cloud: Cloud, start: Start, version: str) -> None:
    execution = start("Bake", {"Bake": {"Type": "Wait", "Seconds": 600, "Next": "Look"}, "Look": task(version)})

    cloud.clock.advance(599)
    assert describe(cloud, execution)["status"] == "RUNNING"
    cloud.clock.advance(1)

    done = describe(cloud, execution)
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"at": NOON + 600, "arn": version})
    assert (done["startDate"].timestamp(), done["stopDate"].timestamp()) == (NOON, NOON + 600)


@pytest.mark.parametrize(
    "wait",
    [{"SecondsPath": "$.seconds"}, {"Timestamp": "2025-11-21T12:05:00Z"}, {"TimestampPath": "$.until"}],
    ids=["SecondsPath", "Timestamp", "TimestampPath"],
)
def test_every_kind_of_wait(cloud: Cloud, start: Start, wait: dict[str, Any]) -> None:
    execution = start(
        "W", {"W": {"Type": "Wait", **wait, "End": True}}, {"seconds": 300, "until": "2025-11-21T12:05:00Z"}
    )

    cloud.clock.advance(299)
    assert describe(cloud, execution)["status"] == "RUNNING"
    cloud.clock.advance(1)
    assert describe(cloud, execution)["status"] == "SUCCEEDED"


def test_a_long_rollout_runs_in_one_advance(cloud: Cloud, start: Start, version: str) -> None:
    steps = {f"Wait{n}": {"Type": "Wait", "Seconds": 600, "Next": f"Look{n}"} for n in range(5)}
    looks = {f"Look{n}": {**task(version), "End": False, "Next": f"Wait{n + 1}"} for n in range(4)}
    for look in looks.values():
        del look["End"]
    execution = start("Wait0", {**steps, **looks, "Look4": task(version)})

    cloud.clock.advance(3600)

    done = describe(cloud, execution)
    assert (done["status"], json.loads(done["output"])["at"]) == ("SUCCEEDED", NOON + 3000)
    history = cloud.clients.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    entered = [event for event in history if event["type"] == "WaitStateEntered"]
    assert [event["timestamp"].timestamp() - NOON for event in entered] == [0, 600, 1200, 1800, 2400]


def test_retries_pause_on_the_clock(cloud: Cloud, start: Start, version: str) -> None:
    retry = [{"ErrorEquals": ["ValueError"], "IntervalSeconds": 60, "MaxAttempts": 2, "BackoffRate": 2}]
    states = {"T": task(version, Retry=retry, Catch=[{"ErrorEquals": ["ValueError"], "Next": "E"}])}
    execution = start("T", {**states, "E": {"Type": "Pass", "Result": {"caught": 1}, "End": True}}, {"fail": 1})

    cloud.clock.advance(179)
    assert describe(cloud, execution)["status"] == "RUNNING"
    cloud.clock.advance(1)
    assert json.loads(describe(cloud, execution)["output"]) == {"caught": 1}


APPROVAL = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"MessageBody.$": "$$.Task.Token"},
    "TimeoutSeconds": 3600,
    "End": True,
}


def ask(cloud: Cloud, start: Start, **more: Any) -> tuple[str, str]:
    """An execution that waits for an approval, and its token."""
    sqs = cloud.clients.client("sqs")
    url = sqs.create_queue(QueueName="approvals")["QueueUrl"]
    state = {**APPROVAL, "Parameters": {**APPROVAL["Parameters"], "QueueUrl": url}, **more}  # type: ignore[dict-item]
    execution = start("Ask", {"Ask": state})
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return execution, message["Body"]


def test_an_approval_goes_on_when_it_is_given(cloud: Cloud, start: Start) -> None:
    execution, token = ask(cloud, start)
    cloud.clock.advance(1800)
    assert describe(cloud, execution)["status"] == "RUNNING"

    cloud.clients.client("stepfunctions").send_task_success(taskToken=token, output='{"by": "bob"}')
    cloud.clock.settle()

    assert json.loads(describe(cloud, execution)["output"]) == {"by": "bob"}


def test_a_refused_approval_fails(cloud: Cloud, start: Start) -> None:
    execution, token = ask(cloud, start)

    cloud.clients.client("stepfunctions").send_task_failure(taskToken=token, error="Refused", cause="by bob")
    cloud.clock.settle()

    assert (describe(cloud, execution)["status"], describe(cloud, execution)["error"]) == ("FAILED", "Refused")


def test_an_approval_that_nobody_gives_times_out(cloud: Cloud, start: Start) -> None:
    execution, _ = ask(cloud, start)

    cloud.clock.advance(3599)
    assert describe(cloud, execution)["status"] == "RUNNING"
    cloud.clock.advance(1)

    assert describe(cloud, execution)["error"] == "States.Timeout"


def test_a_whole_execution_times_out(cloud: Cloud, start: Start) -> None:
    execution = start("W", {"W": {"Type": "Wait", "Seconds": 600, "End": True}}, TimeoutSeconds=300)

    cloud.clock.advance(300)

    assert describe(cloud, execution)["status"] == "TIMED_OUT"


@pytest.mark.parametrize("where", ["wait", "retry", "approval"])
def test_stopping_ends_an_execution_that_waits(cloud: Cloud, start: Start, version: str, where: str) -> None:
    if where == "wait":
        execution = start("W", {"W": {"Type": "Wait", "Seconds": 600, "End": True}})
    elif where == "retry":
        retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 600}]
        execution = start("T", {"T": task(version, Retry=retry)}, {"fail": 1})
    else:
        execution, _ = ask(cloud, start)

    cloud.clients.client("stepfunctions").stop_execution(executionArn=execution, error="Alarm", cause="5xx")
    cloud.clock.settle()

    done = describe(cloud, execution)
    assert (done["status"], cloud.clock.now()) == ("ABORTED", NOON)


def test_parallel_branches_wait_side_by_side(cloud: Cloud, start: Start) -> None:
    branches = [
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": True}}} for seconds in (60, 120)
    ]
    execution = start("P", {"P": {"Type": "Parallel", "Branches": branches, "End": True}})

    cloud.clock.advance(119)
    assert describe(cloud, execution)["status"] == "RUNNING"
    cloud.clock.advance(1)
    assert describe(cloud, execution)["status"] == "SUCCEEDED"


def test_executions_without_names_are_different_ones(cloud: Cloud, start: Start) -> None:
    execution = start("W", {"W": {"Type": "Wait", "Seconds": 60, "End": True}})
    machines = cloud.clients.client("stepfunctions")
    machine = describe(cloud, execution)["stateMachineArn"]

    machines.start_execution(stateMachineArn=machine, input='{"second": 1}')

    assert len(machines.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]) == 2


def test_an_event_starts_a_state_machine(cloud: Cloud, start: Start) -> None:
    execution = start("P", {"P": {"Type": "Pass", "End": True}})
    machine = describe(cloud, execution)["stateMachineArn"]
    events = cloud.clients.client("events")
    events.put_rule(Name="go", EventPattern='{"source": ["go"]}')
    events.put_targets(Rule="go", Targets=[{"Id": "m", "Arn": machine, "RoleArn": ROLE, "InputPath": "$.detail"}])

    events.put_events(Entries=[{"Source": "go", "DetailType": "d", "Detail": '{"n": 7}'}])
    cloud.clock.settle()

    executions = cloud.clients.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    inputs = [json.loads(describe(cloud, item["executionArn"])["input"]) for item in executions]
    assert {"n": 7} in inputs
