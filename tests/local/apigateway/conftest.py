"""A control plane under moto's in-process mock, with a clock and identifiers the test decides."""

import functools
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from headgate.local.apigateway import Settings, World, directory, install
from headgate.local.apigateway.models import ControlPlane

ACCOUNT, REGION = "123456789012", "us-east-1"


@dataclass
class Clock:
    """Seconds since the epoch, moved by hand."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Tokens:
    """Identifiers from a seeded source."""

    source: random.Random = field(default_factory=lambda: random.Random(7))

    def __call__(self, length: int) -> str:
        return "".join(self.source.choice(string.ascii_lowercase + string.digits) for _ in range(length))


@functools.cache
def client(endpoint: str | None = None) -> Any:
    """One client for all tests: reading botocore's models takes a tenth of a second."""
    return boto3.client(
        "apigateway",
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        endpoint_url=endpoint,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings() -> Settings:
    """A test module overrides this to set switches."""
    return Settings()


@pytest.fixture
def gateway(clock: Clock, settings: Settings) -> Iterator[Any]:
    """A boto3 client of a fresh account."""
    before = ControlPlane.world
    install(settings=settings, world=World(now=clock, token=Tokens()))
    with mock_aws():
        yield client()
    install(settings=Settings(), world=before)


@pytest.fixture
def published() -> Any:
    """What the data plane sees."""
    return directory(ACCOUNT, REGION)


def mock_document(message: str = "one", **more: Any) -> dict[str, Any]:
    """The smallest document that can be deployed: `GET /` answers a constant."""
    operation = {
        "responses": {"200": {"description": "x"}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": message}}},
        },
    }
    return {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/": {"get": operation}}, **more}


@pytest.fixture
def document() -> Callable[..., dict[str, Any]]:
    return mock_document


@pytest.fixture
def imported(gateway: Any) -> Callable[..., dict[str, Any]]:
    """Import a document; the answer is ImportRestApi's."""

    def run(value: Any, **options: Any) -> dict[str, Any]:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return dict(gateway.import_rest_api(body=body, **options))

    return run


@dataclass
class Deployed:
    """An API with two deployments and the stage `v1` on the first."""

    gateway: Any
    api: str
    first: str
    second: str

    def patch(self, *operations: dict[str, str], stage: str = "v1") -> dict[str, Any]:
        named = json.loads(json.dumps(operations).replace("<first>", self.first).replace("<second>", self.second))
        return dict(self.gateway.update_stage(restApiId=self.api, stageName=stage, patchOperations=named))

    def stage(self, name: str = "v1") -> dict[str, Any]:
        return dict(self.gateway.get_stage(restApiId=self.api, stageName=name))

    def deploy(self, **options: Any) -> str:
        return str(self.gateway.create_deployment(restApiId=self.api, **options)["id"])


@pytest.fixture
def deployed(gateway: Any, imported: Callable[..., dict[str, Any]]) -> Deployed:
    api = imported(mock_document())["id"]
    first, second = (gateway.create_deployment(restApiId=api)["id"] for _ in range(2))
    gateway.create_stage(restApiId=api, stageName="v1", deploymentId=first, variables={"color": "blue", "size": "m"})
    return Deployed(gateway, api, first, second)


def refusal(call: Callable[[], Any], error: type[Exception]) -> tuple[int, str, str]:
    """(HTTP status, code, message) of a refused call."""
    with pytest.raises(error) as caught:
        call()
    response = caught.value.response  # type: ignore[attr-defined]
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


@pytest.fixture
def refused(gateway: Any) -> Callable[[Callable[[], Any]], tuple[int, str, str]]:
    return lambda call: refusal(call, gateway.exceptions.ClientError)
