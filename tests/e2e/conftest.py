"""One gateway for all end-to-end tests of the sample; each test puts back what it moved."""

from collections.abc import Iterator

import pytest

from .gateway import Gateway, portal


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of one file share a worker, so that one gateway serves them."""
    for item in items:
        if "/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("portal")
    with portal(folder, "--seed", "20261121", "--canary", "10") as running:
        yield running
