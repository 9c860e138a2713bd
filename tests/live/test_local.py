"""The probes themselves work: asked of the local cloud, each gives one of its readings, and nothing is left behind."""

from pathlib import Path

import pytest

from . import release_probes  # noqa: F401 - registers its questions
from .account import Account
from .probes import PROBES, Probe

PARITY = Path(__file__).parents[2] / "docs" / "parity.md"


@pytest.mark.xdist_group("live-local")
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_gives_one_of_its_readings(probe: Probe, local_account: Account) -> None:
    assert probe.ask(local_account) in probe.readings


@pytest.mark.xdist_group("live-local")
def test_an_account_leaves_nothing_behind(local_account: Account) -> None:
    before = {api["id"] for api in local_account.client.get_rest_apis()["items"]}
    other = Account(local_account.client, local_account.region, local_account.endpoint)
    other.open()
    other.close()
    other.close()

    assert {api["id"] for api in local_account.client.get_rest_apis()["items"]} == before


def test_every_probe_is_in_the_list_of_open_questions() -> None:
    text = PARITY.read_text(encoding="utf-8")

    assert [probe.name for probe in PROBES if f"`{probe.name}`" not in text] == []
