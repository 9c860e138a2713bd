"""What a save is: which files of a project matter, and when they changed."""

import threading
from collections.abc import Iterator
from pathlib import Path

from watchfiles import Change, watch

SUFFIXES = {".yaml", ".yml", ".json", ".py", ".txt"}
SKIPPED = {".headgate", ".git", ".venv", "cdk.out", "build", "node_modules", "__pycache__", "dist", ".tools"}
DEBOUNCE_MILLISECONDS = 50  # editors write a file in several steps
POLL_MILLISECONDS = 100


def matters(folder: Path, changed: Path, *, is_new: bool = False) -> bool:
    """Whether a change of this file can change the gateway. A new folder can: its files may be older than our watch on it."""
    try:
        parts = changed.resolve().relative_to(folder.resolve()).parts
    except ValueError:
        return False
    is_source = changed.suffix in SUFFIXES or (is_new and changed.is_dir())
    return is_source and not SKIPPED.intersection(parts) and "tests" not in parts[:1]


def saves(folders: list[Path], stop: threading.Event) -> Iterator[set[Path]]:
    """The files of each save that matters, until `stop` is set; empty sets in between.

    The first one comes as soon as the folders are watched: what is saved after it is never missed, however late one asks.
    """

    def wanted(change: Change, path: str) -> bool:
        return any(matters(folder, Path(path), is_new=change == Change.added) for folder in folders)

    changes = watch(
        *folders,
        watch_filter=wanted,
        debounce=DEBOUNCE_MILLISECONDS * 4,
        step=DEBOUNCE_MILLISECONDS,
        stop_event=stop,
        raise_interrupt=False,
        rust_timeout=POLL_MILLISECONDS,
        yield_on_timeout=True,
    )
    for batch in changes:
        yield {Path(path) for _, path in batch}
