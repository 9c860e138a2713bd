"""What clients ask of Logs, EventBridge, CloudWatch and Step Functions that moto leaves out or takes for granted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud, CloudConfig

ROLE = "arn:aws:iam::123456789012:role/r"
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0)) as running:
        running.clients.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        yield running


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error = caught.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


@pytest.fixture(scope="module")
def logs(cloud: Cloud) -> Any:
    client = cloud.clients.client("logs")
    client.create_log_group(logGroupName="/g")
    client.create_log_stream(logGroupName="/g", logStreamName="s")
    now = int(cloud.config.now() * 1000)
    lines = ('{"status": 503}', '{"status": 200}', "a timeout ERROR", "an ERROR")
    client.put_log_events(
        logGroupName="/g", logStreamName="s", logEvents=[{"timestamp": now, "message": line} for line in lines]
    )
    return client


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{ $.status >= 500 }", ['{"status": 503}']),
        ("{ $.status = 200 || $.status = 503 }", ['{"status": 503}', '{"status": 200}']),
        ("ERROR -timeout", ["an ERROR"]),
        ("?timeout ?503", ['{"status": 503}', "a timeout ERROR"]),
        ('"timeout ERROR"', ["a timeout ERROR"]),
        ("", ['{"status": 503}', '{"status": 200}', "a timeout ERROR", "an ERROR"]),
    ],
)
def test_log_events_are_filtered_by_the_whole_grammar(logs: Any, pattern: str, expected: list[str]) -> None:
    found = logs.filter_log_events(logGroupName="/g", filterPattern=pattern)["events"]

    assert [event["message"] for event in found] == expected


def test_a_filter_that_makes_no_sense_is_refused(logs: Any) -> None:
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(logGroupName="/g", filterPattern="{ $.status >=")

    assert refusal(caught)[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("pattern", "messages", "matches"),
    [
        ("{ $.a = 1 }", ['{"a": 2}', '{"a": 1}'], [(2, {"$.a": "1"})]),
        ("[ip, status=5*]", ["1.2.3.4 503", "1.2.3.4 200"], [(1, {"$ip": "1.2.3.4", "$status": "503"})]),
        ("ERROR", ["fine", "ERROR"], [(2, {})]),
    ],
)
def test_a_metric_filter_can_be_tried(
    logs: Any, pattern: str, messages: list[str], matches: list[tuple[int, dict[str, str]]]
) -> None:
    found = logs.test_metric_filter(filterPattern=pattern, logEventMessages=messages)["matches"]

    assert [(item["eventNumber"], item["extractedValues"]) for item in found] == matches
    assert [item["eventMessage"] for item in found] == [messages[number - 1] for number, _ in matches]


def test_log_groups_are_kept_for_days_that_there_are(logs: Any) -> None:
    logs.put_retention_policy(logGroupName="/g", retentionInDays=7)
    with pytest.raises(ClientError, match="Value '2' at 'retentionInDays' failed to satisfy constraint") as caught:
        logs.put_retention_policy(logGroupName="/g", retentionInDays=2)

    assert refusal(caught)[0] == "InvalidParameterException"
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7


@pytest.mark.parametrize(("source", "expected"), [("a", True), ("b", False)])
def test_an_event_pattern_can_be_tried(cloud: Cloud, source: str, expected: bool) -> None:
    event = dict.fromkeys(("id", "detail-type", "account", "time", "region"), "x")

    answer = cloud.clients.client("events").test_event_pattern(
        EventPattern='{"source": ["a"]}', Event=json.dumps({**event, "source": source, "resources": [], "detail": {}})
    )

    assert answer["Result"] is expected


def test_a_wrong_event_or_pattern_cannot_be_tried(cloud: Cloud) -> None:
    events = cloud.clients.client("events")

    with pytest.raises(ClientError) as wrong_pattern:
        events.test_event_pattern(EventPattern='{"source": "a"}', Event="{}")
    with pytest.raises(ClientError) as wrong_event:
        events.test_event_pattern(EventPattern='{"source": ["a"]}', Event="{}")

    assert refusal(wrong_pattern)[0] == "InvalidEventPatternException"
    assert refusal(wrong_event)[0] == "ValidationException"


def test_the_namespaces_of_aws_are_its_own(cloud: Cloud) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.clients.client("cloudwatch").put_metric_data(
            Namespace="AWS/ApiGateway", MetricData=[{"MetricName": "Count", "Value": 1}]
        )

    assert refusal(caught) == ("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")


# ---- Step Functions


def machine(**states: Any) -> str:
    return json.dumps({"StartAt": "A", "States": states})


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ("{}", "SCHEMA_VALIDATION_FAILED: The field 'StartAt' is required at /"),
        (machine(B={"Type": "Pass", "End": True}), "MISSING_TRANSITION_TARGET: Missing 'Next' target: A at /StartAt"),
        (
            machine(A={"Type": "Pass", "Next": "Z"}),
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/A/Next",
        ),
        (
            machine(A={"Type": "Parallel", "End": True, "Branches": [{"StartAt": "X", "States": {}}]}),
            "Missing 'Next' target: X at /States/A/Branches[0]/StartAt",
        ),
        (
            json.dumps({**PASS, "QueryLanguage": "JSONata"}),
            "the local cloud runs JSONPath definitions; QueryLanguage JSONata is not supported at /QueryLanguage",
        ),
        (
            machine(A={"Type": "Pass", "End": True, "QueryLanguage": "JSONata"}),
            "QueryLanguage JSONata is not supported at /States/A/QueryLanguage",
        ),
    ],
    ids=["json", "empty", "start", "next", "branch", "jsonata", "jsonata-state"],
)
def test_a_wrong_definition_is_refused(cloud: Cloud, definition: str, told: str) -> None:
    states = cloud.clients.client("stepfunctions")

    with pytest.raises(ClientError) as caught:
        states.create_state_machine(name="wrong", roleArn=ROLE, definition=definition)

    code, message = refusal(caught)
    assert code == "InvalidDefinition"
    assert message.startswith("Invalid State Machine Definition: '")
    assert told in message
    assert states.validate_state_machine_definition(definition=definition)["result"] == "FAIL"


def test_a_right_definition_is_found_right(cloud: Cloud) -> None:
    states = cloud.clients.client("stepfunctions")

    answer = states.validate_state_machine_definition(definition=json.dumps(PASS))

    assert (answer["result"], answer["diagnostics"]) == ("OK", [])


def test_a_name_stands_for_one_definition(cloud: Cloud) -> None:
    states = cloud.clients.client("stepfunctions")
    first = states.create_state_machine(name="one", roleArn=ROLE, definition=json.dumps(PASS))["stateMachineArn"]

    again = states.create_state_machine(name="one", roleArn=ROLE, definition=json.dumps(PASS))["stateMachineArn"]
    with pytest.raises(ClientError) as caught:
        states.create_state_machine(name="one", roleArn=ROLE, definition=json.dumps({**PASS, "Comment": "other"}))
    with pytest.raises(ClientError) as update:
        states.update_state_machine(stateMachineArn=first, definition="{}")

    assert again == first
    assert refusal(caught) == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{first}'")
    assert refusal(update)[0] == "InvalidDefinition"


def test_an_input_that_is_no_json_is_refused(cloud: Cloud) -> None:
    states = cloud.clients.client("stepfunctions")
    arn = states.create_state_machine(name="input", roleArn=ROLE, definition=json.dumps(PASS))["stateMachineArn"]

    with pytest.raises(ClientError) as caught:
        states.start_execution(stateMachineArn=arn, input="{")

    code, message = refusal(caught)
    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")
