"""Whatever goes wrong is a modelled 4xx at once: a 5xx makes SDKs retry for most of a minute."""

from typing import Any

import pytest
import requests
from moto.core.base_backend import BackendDict

from headgate.local.apigateway import World, install
from headgate.local.apigateway.operations import OPERATIONS
from headgate.local.apigateway.operations.trials import TRIALS

ENDPOINT = "https://apigateway.us-east-1.amazonaws.com"
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIAAAAAAAAAAAAAAAAA/20260101/us-east-1/apigateway/aws4_request, Signature=x"
)


def send(method: str, path: str, body: bytes = b"") -> requests.Response:
    return requests.request(method, ENDPOINT + path, data=body, headers={"Authorization": AUTHORIZATION}, timeout=5)


def test_every_operation_of_the_service_is_there(gateway: Any) -> None:
    names = set(gateway.meta.service_model.operation_names)

    assert names - set(OPERATIONS) - set(TRIALS) == set()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/nowhere", b""),
        ("GET", "/v2/apis", b""),
        ("POST", "/restapis", b"[1]"),
        ("POST", "/restapis", b'"text"'),
        ("POST", "/restapis", b"\xff\xfe"),
        ("POST", "/restapis", b'{"name": {"a": 1}, "binaryMediaTypes": 3}'),
        ("POST", "/usageplans", b'{"name": "p", "quota": {"limit": "many"}}'),
        ("GET", "/restapis?limit=many", b""),
        ("GET", "/restapis?position=here", b""),
        ("PATCH", "/account", b'{"patchOperations": [1]}'),
        ("PATCH", "/account", b'{"patchOperations": {"op": "replace"}}'),
        ("PUT", "/tags/not-an-arn", b'{"tags": {}}'),
        ("POST", "/restapis?mode=import", b"openapi: 3.0.1\npaths: {/a: {get: 3}}\ninfo: {title: [x]}"),
        ("POST", "/restapis?mode=import", b'{"openapi": "3.0.1", "info": 3, "paths": {"/a": 3}}'),
        (
            "POST",
            "/restapis?mode=import",
            (
                b'{"openapi": "3.0.1", "info": {"title": "t"}, "paths": {"/a": {"get": {"responses": 3, "parameters": {}, '
                b'"x-amazon-apigateway-integration": {"type": [], "responses": {"default": {"statusCode": {}}}}}}}}'
            ),
        ),
        ("POST", "/restapis?mode=import", b"a: " + b"[" * 5000),
    ],
)
def test_garbage_is_a_fast_4xx(gateway: Any, method: str, path: str, body: bytes) -> None:
    answer = send(method, path, body)

    assert 400 <= answer.status_code < 500 or answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()


@pytest.fixture
def broken(gateway: Any) -> Any:
    """A control plane whose source of identifiers fails."""

    def fail(length: int) -> str:
        raise RuntimeError("no identifiers today")

    gateway.get_account()
    install(world=World(now=lambda: 0.0, token=fail))
    return gateway


def test_an_error_of_our_own_is_a_400_that_says_so(broken: Any, refused: Any) -> None:
    BackendDict.reset()
    status, code, message = refused(lambda: broken.create_rest_api(name="a"))

    assert (status, code) == (400, "BadRequestException")
    assert message == "The local cloud could not process this request: RuntimeError: no identifiers today"
