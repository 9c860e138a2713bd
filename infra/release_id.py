"""The release id: one digest for everything traffic can see.

It covers compiled artefacts, locked dependency hashes, function sources and release-relevant settings, and never ARNs, accounts,
time, folders or bytecode. So a commit has the same id anywhere, and reverting a commit gives the old id back.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LENGTH = 16  # hex digits: 64 bits tell apart more releases than an API will ever have

# Rooms whose code answers requests. The release function moves pointers and is not part of a release.
SERVING_ROOMS = ("authorizer", "aggregator", "shared")


def release_id(
    *,
    artefacts: Mapping[str, Any],
    requirements: Mapping[str, str],
    sources: Mapping[str, str],
    settings: Mapping[str, Any],
) -> str:
    """The id as 16 hex digits. `artefacts` are JSON values, `requirements` lock files by room, `sources` digests by path."""
    content = {
        "artefacts": artefacts,
        "requirements": {room: locked_dependencies(text) for room, text in requirements.items()},
        "sources": sources,
        "settings": settings,
    }
    return digest_of(content)[:LENGTH]


def digest_of(value: Any) -> str:
    """sha256 of a JSON value in one canonical spelling."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def locked_dependencies(requirements: str) -> list[str]:
    """The pins and hashes of a lock file, without comments, order or layout."""
    joined = requirements.replace("\\\n", " ")
    lines = (" ".join(line.split("#", 1)[0].split()) for line in joined.splitlines())
    return sorted(line for line in lines if line)


def source_digests(functions: Path, rooms: tuple[str, ...] = SERVING_ROOMS) -> dict[str, str]:
    """sha256 of every source file by its path inside `functions`, such as `authorizer/handler.py`."""
    return {
        path.relative_to(functions).as_posix(): _file_digest(path)
        for room in rooms
        for path in source_files(functions / room)
    }


def source_files(room: Path) -> list[Path]:
    """What of a room ships: every file but bytecode, the lock and hidden ones, in a stable order."""
    return sorted(path for path in room.rglob("*") if path.is_file() and _ships(path.relative_to(room)))


def _ships(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return not hidden and path.suffix not in {".pyc", ".pyo"} and path.name != "requirements.txt"


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
