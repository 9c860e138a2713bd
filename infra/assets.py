"""One folder per function, ready to zip: its room, the shared room, its compiled artefacts and its locked dependencies.

Folders are named by the digest of what goes in, built once and reused, so a second synth copies nothing and the asset's hash is the
same on every machine. No Docker: uv fetches wheels for Lambda's platform, hash-checked, and never runs a build.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .release_id import digest_of, locked_dependencies, source_digests, source_files

# Lambda's Amazon Linux 2023 has glibc 2.34; pycurl has no wheels for anything older than 2_28.
PLATFORM = "aarch64-manylinux_2_28"
PYTHON_VERSION = "3.14"

Run = Callable[[Sequence[str]], None]


class BundlingError(Exception):
    """Dependencies could not be fetched; the message carries what the installer said."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What goes into one function. `artefacts` maps a file name inside the room to its JSON value."""

    functions: Path
    room: str
    artefacts: Mapping[str, Any] = field(default_factory=dict)
    with_dependencies: bool = True

    @property
    def requirements(self) -> Path:
        return self.functions / self.room / "requirements.txt"

    @property
    def digest(self) -> str:
        """The asset's hash: equal for equal contents, and different with and without dependencies."""
        pins = locked_dependencies(self.requirements.read_text(encoding="utf-8")) if self.with_dependencies else None
        return digest_of(
            {
                "sources": source_digests(self.functions, (self.room, "shared")),
                "artefacts": self.artefacts,
                "dependencies": [PLATFORM, PYTHON_VERSION, pins],
            }
        )


def build_bundle(bundle: Bundle, cache: Path, run: Run | None = None) -> Path:
    """The folder holding the bundle, inside `cache`; built when it is not there yet. Raises BundlingError."""
    target = cache / f"{bundle.room}-{bundle.digest[:16]}"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".building-") as temporary:
        folder = Path(temporary) / "asset"
        folder.mkdir()
        if bundle.with_dependencies:
            install_dependencies(bundle.requirements, folder, run or run_quietly)
        _copy_sources(bundle, folder)
        _publish(folder, target)
    return target


def install_dependencies(requirements: Path, folder: Path, run: Run) -> None:
    """Wheels for Lambda's platform, as locked, into `folder`."""
    run(
        [
            *find_uv(),
            "pip",
            "install",
            "--quiet",
            "--color",
            "never",
            "--target",
            str(folder),
            "--python-platform",
            PLATFORM,
            "--python-version",
            PYTHON_VERSION,
            "--only-binary",
            ":all:",
            "--require-hashes",
            "--no-deps",
            "--link-mode",
            "copy",
            "-r",
            str(requirements),
        ]
    )
    _remove_unstable(folder)


def find_uv() -> list[str]:
    """uv as a command: beside this Python, on PATH, or inside its package."""
    beside = Path(sys.executable).parent / ("uv.exe" if os.name == "nt" else "uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    return [found] if found else [sys.executable, "-m", "uv"]


def run_quietly(command: Sequence[str]) -> None:
    """Run a command; its output is shown only when it fails."""
    environment = {"UV_SYSTEM_CERTS": "true", **os.environ}  # a company network has certificate authorities of its own
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - fixed
    if done.returncode != 0:
        raise BundlingError(f"{command[0]} exited with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")


def _remove_unstable(folder: Path) -> None:
    """Drop what differs between machines: scripts with a shebang of this Python, install records, bytecode."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for path in [*folder.rglob("__pycache__"), *folder.glob(".lock")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"):
        for path in folder.glob(f"*.dist-info/{name}"):
            path.unlink()


def _copy_sources(bundle: Bundle, folder: Path) -> None:
    package = folder / "functions"
    package.mkdir()
    (package / "__init__.py").touch()
    for room in (bundle.room, "shared"):
        for source in source_files(bundle.functions / room):
            target = package / source.relative_to(bundle.functions)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for name, value in bundle.artefacts.items():
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        (package / bundle.room / name).write_text(text, encoding="utf-8")


def _publish(folder: Path, target: Path) -> None:
    """Move into place; when another process was first, its folder has the same contents."""
    try:
        folder.rename(target)
    except OSError:
        if not target.exists():
            raise
