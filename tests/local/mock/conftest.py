"""One document with every construct the mock server must honour, compiled once."""

from pathlib import Path

import pytest

from headgate import spec
from headgate.local.mock import MockUpstream

SHOP = Path(__file__).with_name("shop.yaml")


@pytest.fixture(scope="session")
def shop() -> MockUpstream:
    """The mock server of shop.yaml."""
    target = spec.Target("mock", local=True, mock_url="http://127.0.0.1:1", unbound="test")
    compiled, problems = spec.compile_document(SHOP, target)
    assert compiled is not None, problems
    real, _ = spec.compile_document(SHOP, spec.Target("mock", unbound="deny"))
    assert real is not None
    return MockUpstream(compiled.apis[0].validators, real.apis[0].wire)
