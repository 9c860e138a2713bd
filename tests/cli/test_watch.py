"""What counts as a save, and that none is missed."""

import threading
from pathlib import Path

import pytest

from headgate.cli.watch import matters, saves

from .documents import TICKETS, file


@pytest.mark.parametrize("name", ["gateway.yaml", "openapi/a.yml", "openapi/deep/a.json", "functions/x/handler.py"])
def test_sources_of_a_project_matter(tmp_path: Path, name: str) -> None:
    assert matters(tmp_path, tmp_path / name)


@pytest.mark.parametrize(
    "name", ["a.md", ".headgate/up.json", "cdk.out/manifest.json", ".git/x.yaml", "tests/test_x.py", "../other/a.yaml"]
)
def test_what_headgate_and_others_write_does_not(tmp_path: Path, name: str) -> None:
    assert not matters(tmp_path, tmp_path / name)


def test_save_between_two_looks_is_kept(tmp_path: Path) -> None:
    """As when somebody saves while the first deployment still runs."""
    stop = threading.Event()
    batches = saves([tmp_path], stop)
    assert next(batches) == set()

    file(tmp_path / ".headgate" / "noise.json", "{}")
    saved = file(tmp_path / "openapi" / "tickets.yaml", TICKETS)
    assert next(batch for batch in batches if batch) == {saved}
    stop.set()
    assert list(batches) == []
