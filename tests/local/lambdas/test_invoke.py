"""Invoking functions through boto3: answers, errors, context, environment."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud

Make = Callable[..., str]

CONTEXT = """
import os
def handler(event, context):
    return {
        "name": context.function_name, "version": context.function_version, "memory": context.memory_limit_in_mb,
        "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(),
        "id": context.aws_request_id, "group": context.log_group_name, "stream": context.log_stream_name,
    }
"""


def payload(answer: Any) -> Any:
    return json.loads(answer["Payload"].read())


def test_the_handler_answers_its_event(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return {'got': event}")

    answer = lambdas.invoke(FunctionName=name, Payload=b'{"caf\\u00e9": [1, 2.5, null]}')

    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert payload(answer) == {"got": {"café": [1, 2.5, None]}}


def test_no_payload_is_an_empty_event(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return event")

    assert payload(lambdas.invoke(FunctionName=name)) == {}


def test_a_raised_error_is_reported_as_lambda_does(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context):\n    raise KeyError('lost')")

    answer = lambdas.invoke(FunctionName=name)
    error = payload(answer)

    assert answer["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'lost'")
    assert error["requestId"]
    assert "raise KeyError('lost')" in error["stackTrace"][0]


def test_a_result_that_is_no_json_is_an_error(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return {1, 2}")

    error = payload(lambdas.invoke(FunctionName=name))

    assert error["errorType"] == "Runtime.MarshalError"


@pytest.mark.parametrize(
    ("source", "handler", "kind"),
    [
        ("import no_such_module", "app.handler", "Runtime.ImportModuleError"),
        ("def handler(:", "app.handler", "Runtime.UserCodeSyntaxError"),
        ("x = 1", "app.handler", "Runtime.HandlerNotFound"),
        ("x = 1", "nowhere.handler", "Runtime.ImportModuleError"),
        ("raise ValueError('at import')", "app.handler", "ValueError"),
    ],
    ids=["import", "syntax", "attribute", "module", "raises"],
)
def test_init_errors_are_reported(lambdas: Any, make: Make, source: str, handler: str, kind: str) -> None:
    name = make(source, Handler=handler)

    answer = lambdas.invoke(FunctionName=name)

    assert answer["FunctionError"] == "Unhandled"
    assert payload(answer)["errorType"] == kind


def test_a_timeout_stops_the_worker_and_the_next_call_meets_a_fresh_one(lambdas: Any, make: Make) -> None:
    name = make("import time\ndef handler(event, context):\n    if event: time.sleep(60)\n    return 'fine'", Timeout=1)
    before = time.monotonic()

    answer = lambdas.invoke(FunctionName=name, Payload=b"1")
    error = payload(answer)

    assert time.monotonic() - before < 10
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert payload(lambdas.invoke(FunctionName=name, Payload=b"0")) == "fine"


@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit(4)", "Runtime exited with error: exit status 4"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
    ],
    ids=["exit", "SystemExit", "zero", "signal"],
)
def test_a_worker_that_ends_is_an_error(lambdas: Any, make: Make, leave: str, reason: str) -> None:
    name = make(f"import os, sys\ndef handler(event, context):\n    {leave}")

    error = payload(lambdas.invoke(FunctionName=name))

    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(reason)


def test_the_context_tells_about_the_function(lambdas: Any, make: Make) -> None:
    name = make(CONTEXT, MemorySize=512, Timeout=30)

    told = payload(lambdas.invoke(FunctionName=name))

    assert told["name"] == name
    assert told["version"] == "$LATEST"
    assert told["memory"] == "512"
    assert told["arn"] == f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert 20_000 < told["left"] <= 30_000
    assert told["group"] == f"/aws/lambda/{name}"
    assert "/[$LATEST]" in told["stream"]


def test_the_environment_is_lambdas_and_the_functions(cloud: Cloud, lambdas: Any, make: Make) -> None:
    source = "import os\ndef handler(event, context): return dict(os.environ)"
    name = make(source, Environment={"Variables": {"COLOUR": "blue"}})

    variables = payload(lambdas.invoke(FunctionName=name))

    assert variables["COLOUR"] == "blue"
    assert variables["AWS_REGION"] == "us-east-1"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert variables["_HANDLER"] == "app.handler"
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.14"
    assert variables["AWS_ENDPOINT_URL"] == cloud.endpoint_url
    assert "HOME" not in variables


def test_the_trace_id_reaches_the_handler(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make("import os\ndef handler(event, context): return os.environ.get('_X_AMZN_TRACE_ID')")
    arn = lambdas.get_function_configuration(FunctionName=name)["FunctionArn"]

    traced = cloud.pool.submit(arn, b"{}", "Root=1-2-3;Sampled=0").result()
    untraced = cloud.pool.submit(arn, b"{}").result()

    assert (traced.payload, untraced.payload) == (b'"Root=1-2-3;Sampled=0"', b"null")


def test_the_client_context_reaches_the_handler(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return context.client_context.custom")
    sent = base64.b64encode(b'{\n"custom": {"a": "b"}}').decode()

    answer = lambdas.invoke(FunctionName=name, ClientContext=sent)

    assert payload(answer) == {"a": "b"}


def test_the_log_tail_comes_when_asked_for(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): print('seen', event)")

    answer = lambdas.invoke(FunctionName=name, Payload=b"7", LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()

    assert tail[0].startswith("START RequestId: ")
    assert tail[1] == "seen 7"
    assert tail[3].startswith("REPORT RequestId: ")
    assert "LogResult" not in lambdas.invoke(FunctionName=name)


def test_an_event_that_is_no_json_is_refused(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return event")

    with pytest.raises(ClientError, match="Could not parse request body into json") as refused:
        lambdas.invoke(FunctionName=name, Payload=b"{nope")

    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_an_unknown_function_is_404(lambdas: Any) -> None:
    with pytest.raises(ClientError) as refused:
        lambdas.invoke(FunctionName="nobody")

    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_large_event_and_answer_pass(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return event")
    text = "x" * 3_000_000

    assert payload(lambdas.invoke(FunctionName=name, Payload=json.dumps(text).encode())) == text


def test_an_event_over_six_megabytes_is_413(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return event")

    with pytest.raises(ClientError) as refused:
        lambdas.invoke(FunctionName=name, Payload=json.dumps("x" * 6_300_000).encode())

    assert refused.value.response["Error"]["Code"] == "RequestTooLargeException"


def test_a_dry_run_runs_nothing(lambdas: Any, make: Make) -> None:
    name = make("raise SystemExit(1)")

    assert lambdas.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204


def test_a_function_may_call_another_through_boto3(lambdas: Any, make: Make) -> None:
    callee = make("def handler(event, context): return event + 1")
    caller = make(
        "import boto3\n"
        "def handler(event, context):\n"
        f"    answer = boto3.client('lambda').invoke(FunctionName='{callee}', Payload=b'41')\n"
        "    return int(answer['Payload'].read())",
        Timeout=60,
    )

    assert payload(lambdas.invoke(FunctionName=caller)) == 42
