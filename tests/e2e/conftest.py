"""One gateway for all end-to-end tests of the sample; each test puts back what it moved.

Modules that use it share the xdist group `portal`, so that it is started once.
"""

from collections.abc import Iterator

import pytest

from .gateway import Gateway, portal


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("portal")
    with portal(folder, "--seed", "20261121", "--canary", "10") as running:
        yield running
