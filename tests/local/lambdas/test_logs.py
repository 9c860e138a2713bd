"""What functions print, in CloudWatch Logs and at the cloud's own output."""

import json
from collections.abc import Callable
from typing import Any

from headgate.local.cloud import Cloud

Make = Callable[..., str]


def messages(cloud: Cloud, group: str) -> list[str]:
    return [event["message"] for event in cloud.clients.client("logs").filter_log_events(logGroupName=group)["events"]]


def test_lines_are_there_right_after_the_call(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make("import sys\ndef handler(event, context):\n    print('one')\n    print('two', file=sys.stderr)")

    lambdas.invoke(FunctionName=name)
    seen = messages(cloud, f"/aws/lambda/{name}")

    assert seen[0].startswith("START RequestId: ")
    assert seen[1:3] == ["one", "two"]
    assert seen[3].startswith("END RequestId: ")
    assert "\tMemory Size: 128 MB\tInit Duration: " in seen[4]


def test_the_log_group_may_be_chosen(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): print('here')", LoggingConfig={"LogGroup": "/shared/functions"})

    lambdas.invoke(FunctionName=name)

    assert "here" in messages(cloud, "/shared/functions")
    assert lambdas.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"] == "/shared/functions"


def test_the_logging_module_writes_lambdas_format(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make(
        "import logging\ndef handler(event, context): logging.warning('careful'); return context.aws_request_id"
    )

    request_id = json.loads(lambdas.invoke(FunctionName=name)["Payload"].read())
    line = next(line for line in messages(cloud, f"/aws/lambda/{name}") if "careful" in line)

    assert line.startswith("[WARNING]\t2")
    assert line.endswith(f"Z\t{request_id}\tcareful")


def test_json_logging_is_json(cloud: Cloud, lambdas: Any, make: Make) -> None:
    source = "import logging\ndef handler(event, context):\n    logging.getLogger().debug('quiet')\n    logging.error('loud')"
    settings = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}
    name = make(source, LoggingConfig=settings)

    lambdas.invoke(FunctionName=name)
    records = [json.loads(line) for line in messages(cloud, f"/aws/lambda/{name}") if line.startswith("{")]

    assert [(one["level"], one["message"]) for one in records] == [("ERROR", "loud")]


def test_an_error_is_logged_with_its_stack(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context):\n    raise RuntimeError('broken')")

    lambdas.invoke(FunctionName=name)
    line = next(line for line in messages(cloud, f"/aws/lambda/{name}") if line.startswith("[ERROR]"))

    assert line.startswith("[ERROR] RuntimeError: broken\nTraceback (most recent call last):")
    assert "raise RuntimeError('broken')" in line


def test_a_timeout_is_logged(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make("import time\ndef handler(event, context): time.sleep(60)", Timeout=1)

    lambdas.invoke(FunctionName=name)
    seen = messages(cloud, f"/aws/lambda/{name}")

    assert any(line.endswith("Task timed out after 1.00 seconds") for line in seen)
    assert any("\tStatus: timeout" in line for line in seen)


def test_each_worker_has_its_stream(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return context.log_stream_name")

    first = json.loads(lambdas.invoke(FunctionName=name)["Payload"].read())
    cloud.pool.force_cold_start(name)
    second = json.loads(lambdas.invoke(FunctionName=name)["Payload"].read())
    streams = cloud.clients.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]

    assert {stream["logStreamName"] for stream in streams} == {first, second}


def test_much_output_at_once_is_complete(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context):\n    for i in range(5000): print(i, 'x' * 60)")

    lambdas.invoke(FunctionName=name)
    numbers = [line.split()[0] for line in all_messages(cloud, f"/aws/lambda/{name}") if line.endswith("xxx")]

    assert numbers == [str(number) for number in range(5000)]


def all_messages(cloud: Cloud, group: str) -> list[str]:
    pages = cloud.clients.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]
