"""The same calls over HTTP, through moto's server application, from several threads."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from headgate.local.apigateway import directory, install

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200"}},
}
DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "t"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "x"}}, "x-amazon-apigateway-integration": MOCK}}},
}


@pytest.fixture
def gateway_over_http() -> Iterator[Any]:
    install()
    BackendDict.reset()
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = boto3.client(
        "apigateway", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, proxies={}, max_pool_connections=8),
    )  # fmt: skip
    yield client
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_import_deploy_canary_and_read(gateway_over_http: Any) -> None:
    client = gateway_over_http
    api = client.import_rest_api(body=json.dumps(DOCUMENT).encode(), failOnWarnings=True)["id"]
    first, second = (client.create_deployment(restApiId=api)["id"] for _ in range(2))
    client.create_stage(restApiId=api, stageName="prod", deploymentId=first)
    client.update_stage(restApiId=api, stageName="prod", patchOperations=[
        {"op": "replace", "path": "/canarySettings/deploymentId", "value": second},
        {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "10"},
    ])  # fmt: skip

    stage = directory("123456789012", "eu-west-1").stage(api, "prod")
    assert stage is not None
    assert stage.canary is not None
    assert (stage.deployment.id, stage.canary.deployment.id, stage.canary.percent) == (first, second, 10.0)
    assert stage.deployment.definition.region == "eu-west-1"


def test_export_body_and_tag_arns_survive_http(gateway_over_http: Any) -> None:
    client = gateway_over_http
    api = client.import_rest_api(body=json.dumps(DOCUMENT).encode())["id"]
    client.create_deployment(restApiId=api, stageName="prod")
    arn = f"arn:aws:apigateway:eu-west-1::/restapis/{api}/stages/prod"
    client.tag_resource(resourceArn=arn, tags={"a": "b"})

    assert client.get_tags(resourceArn=arn)["tags"] == {"a": "b"}
    exported = client.get_export(restApiId=api, stageName="prod", exportType="oas30")
    assert json.loads(exported["body"].read())["openapi"] == "3.0.1"


def test_readers_never_see_half_a_change(gateway_over_http: Any) -> None:
    """Pointer and override change together; a reader beside the writers sees them together."""
    client = gateway_over_http
    api = client.import_rest_api(body=json.dumps(DOCUMENT).encode())["id"]
    ids = [client.create_deployment(restApiId=api)["id"] for _ in range(4)]
    client.create_stage(restApiId=api, stageName="prod", deploymentId=ids[0])
    view, torn, done = directory("123456789012", "eu-west-1"), [], threading.Event()

    def read() -> None:
        while not done.is_set():
            stage = view.stage(api, "prod")
            canary = stage.canary if stage else None
            if canary is not None and canary.variable_overrides["id"] != canary.deployment.id:
                torn.append(canary)

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: client.update_stage(restApiId=api, stageName="prod", patchOperations=[
            {"op": "replace", "path": "/canarySettings/deploymentId", "value": ids[number % 4]},
            {"op": "replace", "path": "/canarySettings/stageVariableOverrides/id", "value": ids[number % 4]},
        ]), range(40)))  # fmt: skip
    done.set()
    reader.join()

    assert torn == []
