"""A whole local cloud in a process of its own, for the tests that need Lambda, API Gateway or the CDK CLI."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cloud import RunningCloud

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    """An empty cloud on free ports."""
    command = [sys.executable, "-m", "headgate.local", "--port", "0", "--http-port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("AWS "), f"the cloud did not start: {line}{process.communicate(timeout=10)}"
        yield RunningCloud(line.split()[1])
    finally:
        process.terminate()
        process.communicate(timeout=30)
