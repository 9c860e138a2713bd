"""A cloud per test module, and functions made of a few lines of source."""

import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headgate.local.cloud import Cloud, CloudConfig


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def lambdas(cloud: Cloud) -> Any:
    return cloud.clients.client("lambda")


@pytest.fixture(scope="module")
def role(cloud: Cloud) -> str:
    made = cloud.clients.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument="{}")
    return made["Role"]["Arn"]


@pytest.fixture(scope="module")
def zipped() -> Callable[..., bytes]:
    """`zipped(app="...source...")` is an archive with app.py."""

    def archive(**modules: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            for name, source in modules.items():
                package.writestr(f"{name.replace('__', '/')}.py", source)
        return buffer.getvalue()

    return archive


@pytest.fixture(scope="module")
def make(lambdas: Any, role: str, zipped: Callable[..., bytes]) -> Callable[..., str]:
    """`make(source, Timeout=1)` makes a function whose handler is `handler` in app.py; its name."""
    numbers = itertools.count()

    def create(source: str, **settings: Any) -> str:
        name = f"function-{next(numbers)}"
        given = {
            "Runtime": "python3.14",
            "Handler": "app.handler",
            "Role": role,
            "Code": {"ZipFile": zipped(app=source)},
        }
        lambdas.create_function(FunctionName=name, **{**given, **settings})
        return name

    return create
