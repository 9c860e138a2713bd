"""Accounts to ask: AWS or a running local cloud for the live tests, a local cloud of their own for the tests of the probes."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from headgate.local.cloud import Cloud, CloudConfig

from .account import Account

# API Gateway's control plane takes few calls per second (FACTS 10.4).
_PATIENT = Config(retries={"mode": "adaptive", "max_attempts": 12})


@pytest.fixture(scope="session")
def account() -> Iterator[Account]:
    """The account of the environment's credentials."""
    session = boto3.Session()
    if os.environ.get("HEADGATE_LIVE") != "1" or session.get_credentials() is None:
        pytest.skip("set HEADGATE_LIVE=1 and AWS credentials to ask a real account")
    endpoint = os.environ.get("HEADGATE_LIVE_ENDPOINT")
    region = session.region_name or "us-east-1"

    def aws(service: str) -> Any:
        return session.client(service, region_name=region, endpoint_url=endpoint, config=_PATIENT)  # type: ignore[call-overload]

    yield from _opened(Account(aws("apigateway"), region, endpoint, aws=aws))


@pytest.fixture(scope="module")
def local_account() -> Iterator[Account]:
    """A local cloud."""
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        client = cloud.clients.client("apigateway")
        yield from _opened(
            Account(client, "us-east-1", cloud.endpoint_url, pause=lambda seconds: None, aws=cloud.clients.client)
        )


def _opened(account: Account) -> Iterator[Account]:
    account.open()
    try:
        yield account
    finally:
        account.close()
