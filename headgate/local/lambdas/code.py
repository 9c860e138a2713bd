"""Function code on disk: each archive unpacked once, under its SHA-256, for all workers and all versions that share it."""

import io
import os
import shutil
import threading
import zipfile
import zlib
from pathlib import Path
from uuid import uuid4

# A broken entry, one with a password, one compressed in a way of its own, one that ends early.
UNREADABLE = (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError)


class CodeFolder:
    """`root/<hex digest>/` holds the unpacked archive; complete or absent, never half."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()

    def unpack(self, digest: str, archive: bytes) -> Path:
        """The folder with the archive's files; a text that is no zip archive is a ValueError."""
        target = self._root / digest
        with self._lock:
            if target.is_dir():
                return target
            self._root.mkdir(parents=True, exist_ok=True)
            partial = self._root / f".{digest[:12]}-{uuid4().hex[:8]}"
            try:
                _extract(archive, partial)
                partial.rename(target)
            except OSError:
                if not target.is_dir():  # else another process that shares the folder was faster
                    raise
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        return target


def _extract(archive: bytes, folder: Path) -> None:
    """Unzip with the archive's permission bits, as Lambda does; `extract` itself drops `..` and absolute names."""
    folder.mkdir()
    try:
        package = zipfile.ZipFile(io.BytesIO(archive))
    except zipfile.BadZipFile as problem:
        raise ValueError(f"the function's code is not a zip archive ({problem}); upload a .zip") from problem
    with package:
        for item in package.infolist():
            try:
                written = package.extract(item, folder)
            except UNREADABLE as problem:
                raise ValueError(f"{item.filename} of the function's code cannot be unpacked: {problem}") from problem
            mode = item.external_attr >> 16 & 0o777
            if mode and not item.is_dir():
                os.chmod(written, mode | 0o644)
