"""The other ways to run a worker: a fresh interpreter instead of a fork, our own loop instead of awslambdaric.

They answer the same events in the same words. One cloud per mode, so these tests make their own.
"""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from headgate.local.cloud import Cloud, CloudConfig
from headgate.local.lambdas.launcher import Client
from headgate.local.lambdas.records import LogLine

SOURCE = """
import logging, os, sys, time
def handler(event, context):
    kind = event["kind"]
    if kind == "echo":
        return event
    if kind == "raise":
        raise LookupError("gone")
    if kind == "set":
        return {1}
    if kind == "exit":
        os._exit(5)
    if kind == "sleep":
        time.sleep(60)
    if kind == "log":
        logging.error("noted"); print("printed"); return
    if kind == "bytes":
        return b"raw"
    left = context.get_remaining_time_in_millis()
    custom = context.client_context.custom if context.client_context else None
    return [context.function_name, context.function_version, context.memory_limit_in_mb, context.log_group_name,
            context.invoked_function_arn, 0 < left <= 1000, os.environ.get("_X_AMZN_TRACE_ID"), custom]
"""

MODES = [(True, "awslambdaric"), (True, "own"), (False, "awslambdaric"), (False, "own")]


class Lab:
    """One function in one mode, and what it printed."""

    def __init__(self, cloud: Cloud, lines: list[LogLine]) -> None:
        self.cloud = cloud
        self.lines = lines
        role = cloud.clients.client("iam").create_role(RoleName="lab", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        self.settings = {"Runtime": "python3.14", "Role": role, "Timeout": 1}
        self.make("lab", SOURCE)

    def make(self, name: str, source: str, handler: str = "app.handler") -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("app.py", source)
        code = {"ZipFile": buffer.getvalue()}
        self.cloud.clients.client("lambda").create_function(
            FunctionName=name, Handler=handler, Code=code, **self.settings
        )

    def call(self, kind: str, name: str = "lab", **more: Any) -> Any:
        given = {"Payload": json.dumps({"kind": kind}), **more}
        answer = self.cloud.clients.client("lambda").invoke(FunctionName=name, **given)
        return answer["Payload"].read()


@pytest.fixture(scope="module", params=MODES, ids=["fork-aws", "fork-own", "spawn-aws", "spawn-own"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    fork, client = request.param
    lines: list[LogLine] = []
    chosen: Client = client
    config = CloudConfig(port=0, http_port=0, fork_workers=fork, lambda_client=chosen, function_output=lines.append)
    with Cloud(config) as cloud:
        yield Lab(cloud, lines)


def test_an_event_goes_round(lab: Lab) -> None:
    assert json.loads(lab.call("echo")) == {"kind": "echo"}


def test_bytes_are_answered_as_they_are(lab: Lab) -> None:
    assert lab.call("bytes") == b"raw"


def test_errors_have_lambdas_shape(lab: Lab) -> None:
    error = json.loads(lab.call("raise"))

    assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["errorType"], error["errorMessage"]) == ("LookupError", "gone")
    assert len(error["stackTrace"]) == 1
    assert 'raise LookupError("gone")' in error["stackTrace"][0]


def test_what_is_no_json_is_a_marshal_error(lab: Lab) -> None:
    assert json.loads(lab.call("set"))["errorType"] == "Runtime.MarshalError"


def test_a_timeout_is_one(lab: Lab) -> None:
    assert json.loads(lab.call("sleep"))["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_an_exit_is_told(lab: Lab) -> None:
    assert json.loads(lab.call("exit"))["errorMessage"].endswith("exit status 5")


def test_the_context_is_complete(lab: Lab) -> None:
    context = base64.b64encode(b'{"custom": {"a": 1}}').decode()

    told = json.loads(lab.call("context", ClientContext=context))

    arn = "arn:aws:lambda:us-east-1:123456789012:function:lab"
    assert told == ["lab", "$LATEST", "128", "/aws/lambda/lab", arn, True, None, {"a": 1}]


def test_print_and_logging_arrive_in_order(lab: Lab) -> None:
    lab.call("log")
    last = [line.text for line in lab.lines if not line.is_platform][-2:]

    assert last[0].startswith("[ERROR]\t")
    assert last[0].endswith("\tnoted")
    assert last[1] == "printed"


@pytest.mark.parametrize(
    ("source", "handler", "kind"),
    [
        ("import no_such_module", "app.handler", "Runtime.ImportModuleError"),
        ("def handler(:", "app.handler", "Runtime.UserCodeSyntaxError"),
        ("x = 1", "app.handler", "Runtime.HandlerNotFound"),
        ("x = 1", "sys.handler", "Runtime.BuiltInModuleConflict"),
        ("x = 1", "handler", "Runtime.MalformedHandlerName"),
        ("raise OSError('down')", "app.handler", "OSError"),
    ],
    ids=["import", "syntax", "attribute", "builtin", "malformed", "raises"],
)
def test_init_errors_have_lambdas_types(lab: Lab, source: str, handler: str, kind: str) -> None:
    lab.make(kind.replace(".", "-"), source, handler)

    error = json.loads(lab.call("echo", kind.replace(".", "-")))

    assert error["errorType"] == kind
    assert error["requestId"] == ""
