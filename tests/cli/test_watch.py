"""What counts as a save, and that none is missed."""

import threading
from collections.abc import Iterator
from itertools import islice
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


def first(batches: Iterator[set[Path]]) -> set[Path]:
    """The first save; fails instead of waiting for ever."""
    return next((batch for batch in islice(batches, 100) if batch), set())


def test_save_between_two_looks_is_kept(tmp_path: Path) -> None:
    """As when somebody saves while the first deployment still runs."""
    file(tmp_path / "openapi" / "tickets.yaml", TICKETS)
    stop = threading.Event()
    batches = saves([tmp_path], stop)
    assert next(batches) == set()

    file(tmp_path / "notes.md", "noise")
    saved = file(tmp_path / "openapi" / "tickets.yaml", TICKETS + "# more\n")
    assert first(batches) == {saved}
    stop.set()
    assert list(batches) == []


def test_new_folder_with_documents_is_a_save(tmp_path: Path) -> None:
    stop = threading.Event()
    batches = saves([tmp_path], stop)
    assert next(batches) == set()

    file(tmp_path / "openapi" / "tickets.yaml", TICKETS)
    assert tmp_path / "openapi" in first(batches)
    stop.set()
