"""Execution logs in CloudWatch Logs, through boto3 and HTTP (FACTS 5.13, 5.18)."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from headgate.local.cloud import Cloud

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "{}"}}},
}
BROKEN = {"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
          "arn:aws:lambda:us-east-1:123456789012:function:none/invocations"}  # fmt: skip


@pytest.fixture(scope="module")
def gateway(cloud: Cloud) -> Any:
    return cloud.clients.client("apigateway")


@pytest.fixture(scope="module")
def logs(cloud: Cloud) -> Any:
    return cloud.clients.client("logs")


@pytest.fixture
def api(gateway: Any) -> str:
    """An API with GET /fine and GET /broken on the stage `prod`, which logs at INFO."""
    answers = {"responses": {"200": {"description": ""}}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "logged", "version": "1"},
        "paths": {
            "/fine": {"get": {**answers, "x-amazon-apigateway-integration": MOCK}},
            "/broken": {"get": {**answers, "x-amazon-apigateway-integration": BROKEN}},
        },
    }
    made: str = gateway.import_rest_api(body=json.dumps(document).encode())["id"]
    gateway.create_deployment(restApiId=made, stageName="prod")
    set_level(gateway, made, "INFO")
    return made


def set_level(gateway: Any, api: str, level: str) -> None:
    patch = [{"op": "replace", "path": "/*/*/logging/loglevel", "value": level}]
    gateway.update_stage(restApiId=api, stageName="prod", patchOperations=patch)


def get(cloud: Cloud, api: str, path: str = "/fine") -> str:
    """Call, and the request's id."""
    url = f"{cloud.endpoint_url}/_aws/execute-api/{api}/prod{path}"
    try:
        with urllib.request.urlopen(url) as answer:
            return str(answer.headers["x-amzn-RequestId"])
    except urllib.error.HTTPError as error:
        return str(error.headers["x-amzn-RequestId"])


def messages(logs: Any, group: str, **more: Any) -> list[str]:
    return [event["message"] for event in logs.filter_log_events(logGroupName=group, **more)["events"]]


def test_the_group_and_its_stream_are_made(cloud: Cloud, logs: Any, api: str) -> None:
    request_id = get(cloud, api)

    group = f"API-Gateway-Execution-Logs_{api}/prod"
    said = messages(logs, group)
    [stream] = logs.describe_log_streams(logGroupName=group)["logStreams"]

    assert said[0].startswith(f"({request_id}) Extended Request Id: ")
    assert said[-2:] == [
        f"({request_id}) Successfully completed execution",
        f"({request_id}) Method completed with status: 200",
    ]
    assert len(stream["logStreamName"]) == 32


def test_a_stage_that_does_not_log_has_no_group(cloud: Cloud, gateway: Any, logs: Any, api: str) -> None:
    set_level(gateway, api, "OFF")
    get(cloud, api, "/broken")

    assert logs.describe_log_groups(logGroupNamePrefix=f"API-Gateway-Execution-Logs_{api}")["logGroups"] == []


def test_only_failures_are_written_at_error(cloud: Cloud, gateway: Any, logs: Any, api: str) -> None:
    set_level(gateway, api, "ERROR")
    get(cloud, api)
    request_id = get(cloud, api, "/broken")

    said = messages(logs, f"API-Gateway-Execution-Logs_{api}/prod")

    assert said[0].startswith(f"({request_id}) Execution failed due to configuration error: ")
    assert said[1:] == [f"({request_id}) Method completed with status: 500"]


def test_patterns_and_metric_filters_see_the_events(cloud: Cloud, logs: Any, api: str) -> None:
    group = f"API-Gateway-Execution-Logs_{api}/prod"
    logs.create_log_group(logGroupName=group)
    transformation = {"metricName": "Broken", "metricNamespace": api, "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=group, filterName="f", filterPattern='"status: 500"', metricTransformations=[transformation]
    )
    get(cloud, api)
    get(cloud, api, "/broken")

    found = messages(logs, group, filterPattern='"Method completed with status"')
    metrics = cloud.clients.client("cloudwatch").list_metrics(Namespace=api)["Metrics"]

    assert [one.rpartition(" ")[2] for one in found] == ["200", "500"]
    assert [one["MetricName"] for one in metrics] == ["Broken"]


def test_a_canarys_events_are_in_both_groups(cloud: Cloud, gateway: Any, logs: Any, api: str) -> None:
    stable = get(cloud, api)
    gateway.create_deployment(restApiId=api, stageName="prod", canarySettings={"percentTraffic": 100.0})
    canary = get(cloud, api)

    groups = [f"API-Gateway-Execution-Logs_{api}/{name}" for name in ("prod", "prod/Canary")]
    ids = [[said[1:37] for said in messages(logs, group, filterPattern="Extended")] for group in groups]

    assert ids == [[stable, canary], [canary]]
