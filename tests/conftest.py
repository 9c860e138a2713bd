"""Tests of one file that share something expensive (a gateway, a cloud, the CDK) run in one worker."""

import os
import sys

import pytest

# Hundreds of child processes import the same modules: bytecode is kept, also where the caller's shell says otherwise.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SHARING = (
    "cli",
    "e2e",
    "infra",
    "local/apigateway",
    "local/cloud",
    "local/cloudformation",
    "local/lambdas",
    "local/monitoring",
)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group them by file, unless they have groups of their own."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        is_sharing = any(f"/{folder}/" in file for folder in SHARING) or file.endswith("release/test_control_plane.py")
        if is_sharing and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(file))
