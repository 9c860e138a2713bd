"""A cloud per test module."""

from collections.abc import Iterator

import pytest

from headgate.local.cloud import Cloud, CloudConfig


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0)) as running:
        yield running
