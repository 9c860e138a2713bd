"""An API through both faces of the data plane, its access logs, and the OpenID provider."""

import http.client
import json
import urllib.request
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from headgate.local.cloud import Cloud

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X-MixedCase": "'kept'"},
            "responseTemplates": {"application/json": '{"path": "$context.path"}'},
        }
    },
}
DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "places", "version": "1"},
    "paths": {
        "/a/b": {
            "get": {
                "responses": {"200": {"description": "", "headers": {"X-MixedCase": {"schema": {"type": "string"}}}}},
                "x-amazon-apigateway-integration": MOCK,
            }
        }
    },
}


class Api(NamedTuple):
    id: str
    group: str


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> Api:
    """A mock API on stage `prod`, with access logs."""
    group = "/access/places"
    cloud.clients.client("logs").create_log_group(logGroupName=group)
    client = cloud.clients.client("apigateway")
    made = client.import_rest_api(body=json.dumps(DOCUMENT).encode())["id"]
    client.create_deployment(restApiId=made, stageName="prod")
    log = {"/accessLogSettings/format": '{"id":"$context.requestId","canary":"$context.isCanaryRequest"}'}
    log["/accessLogSettings/destinationArn"] = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
    patches = [{"op": "replace", "path": path, "value": value} for path, value in log.items()]
    client.update_stage(restApiId=made, stageName="prod", patchOperations=patches)
    return Api(made, group)


def get(url: str, path: str, host: str | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port)
    connection.request("GET", path, headers={"Host": host} if host else {})
    response = connection.getresponse()
    answer = Answer(response.status, response.getheaders(), response.read())
    connection.close()
    return answer


def test_the_path_style_url(cloud: Cloud, api: Api) -> None:
    answer = get(cloud.endpoint_url, f"/_aws/execute-api/{api.id}/prod/a/b")

    assert (answer.status, json.loads(answer.body)) == (200, {"path": "/prod/a/b"})


def test_the_host_style_url(cloud: Cloud, api: Api) -> None:
    answer = get(cloud.endpoint_url, "/prod/a/b", host=f"{api.id}.execute-api.localhost")

    assert (answer.status, json.loads(answer.body)) == (200, {"path": "/prod/a/b"})


def test_the_friendly_port_shows_the_mapped_stage_at_its_root(cloud: Cloud, api: Api) -> None:
    cloud.map_default(api.id, "prod")

    answer = get(cloud.http_url, "/a/b")

    assert (answer.status, json.loads(answer.body)) == (200, {"path": "/a/b"})


def test_a_base_path_shows_another_stage(cloud: Cloud, api: Api) -> None:
    cloud.map_default(api.id, "prod", "places")

    answer = get(cloud.http_url, "/places/a/b")

    assert (answer.status, json.loads(answer.body)) == (200, {"path": "/places/a/b"})


@pytest.mark.parametrize("face", ["aws", "http"])
def test_response_headers_keep_their_case(cloud: Cloud, api: Api, face: str) -> None:
    cloud.map_default(api.id, "prod")
    url, path = (cloud.endpoint_url, f"/_aws/execute-api/{api.id}/prod") if face == "aws" else (cloud.http_url, "")

    assert ("X-MixedCase", "kept") in get(url, f"{path}/a/b").headers


def test_an_unknown_stage_is_the_data_planes_answer_not_s3s(cloud: Cloud, api: Api) -> None:
    answer = get(cloud.endpoint_url, f"/_aws/execute-api/{api.id}/nowhere/a")

    assert (answer.status, json.loads(answer.body)) == (403, {"message": "Forbidden"})


def access_lines(cloud: Cloud, group: str) -> list[Any]:
    events = cloud.clients.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


def test_access_logs_are_in_cloudwatch_and_in_the_ring(cloud: Cloud, api: Api) -> None:
    answer = get(cloud.endpoint_url, f"/_aws/execute-api/{api.id}/prod/a/b")
    request_id = dict(answer.headers)["x-amzn-RequestId"]

    assert access_lines(cloud, api.group)[-1]["id"] == request_id
    assert json.loads(cloud.access_log[-1])["id"] == request_id


def test_a_canarys_lines_are_in_a_group_of_their_own_too(cloud: Cloud, api: Api) -> None:
    cloud.clients.client("logs").create_log_group(logGroupName=f"{api.group}/Canary")
    client = cloud.clients.client("apigateway")
    client.create_deployment(restApiId=api.id, stageName="prod", canarySettings={"percentTraffic": 100.0})

    get(cloud.endpoint_url, f"/_aws/execute-api/{api.id}/prod/a/b")
    remove = [{"op": "remove", "path": "/canarySettings"}]
    client.update_stage(restApiId=api.id, stageName="prod", patchOperations=remove)
    get(cloud.endpoint_url, f"/_aws/execute-api/{api.id}/prod/a/b")

    assert [line["canary"] for line in access_lines(cloud, f"{api.group}/Canary")] == ["true"]
    assert access_lines(cloud, api.group)[-2]["canary"] == "true"


def test_the_openid_provider_names_the_address_the_compiler_names(cloud: Cloud) -> None:
    from headgate.spec import Target

    port = urlsplit(cloud.endpoint_url).port
    assert port
    address = f"{cloud.endpoint_url}/_headgate/oidc/.well-known/openid-configuration"
    with urllib.request.urlopen(address) as answer:
        found = json.load(answer)

    assert found["issuer"] == Target("dev", local=True, port=port).local_issuer


def test_a_page_that_is_none_is_404(cloud: Cloud) -> None:
    assert get(cloud.endpoint_url, "/_headgate/nothing").status == 404
