"""Asks a real account the open questions. The readings that hold are in the report: `pytest tests/live -m live -rA`."""

from collections.abc import Callable

import pytest

from . import release_probes  # noqa: F401 - registers its questions
from .account import Account
from .probes import PROBES, Probe


@pytest.mark.live
@pytest.mark.xdist_group("live")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_open_question(probe: Probe, account: Account, record_property: Callable[[str, object], None]) -> None:
    reading = probe.ask(account)
    record_property("reading", reading)
    print(f"{probe.question} {reading}")

    assert reading in probe.readings
