"""One local cloud, as a process of its own, for all cases; CONFORMANCE_ENDPOINT asks another endpoint instead."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .run import Bench

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    if given := os.environ.get("CONFORMANCE_ENDPOINT"):
        yield given
        return
    command = [sys.executable, "-m", "headgate.local", "--port", "0", "--http-port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("AWS "), "the local cloud did not start"
        yield first.split()[1]
        process.terminate()


@pytest.fixture(scope="session")
def bench(endpoint: str) -> Iterator[Bench]:
    made = Bench(endpoint)
    yield made
    made.close()
