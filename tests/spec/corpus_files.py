"""The documents that tests compile: of other projects and our own, or those of a folder that `HEADGATE_CORPUS` names."""

import atexit
import gzip
import io
import os
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
OWN = Path(__file__).parent / "documents"

# The first member of that name in JSON, the one at the margin in YAML.
_JSON_VERSION = re.compile(r'"(?:openapi|swagger)"\s*:\s*"([\d.]+)"')
_YAML_VERSION = re.compile(r"""^["']?(?:openapi|swagger)["']?\s*:\s*["']?([\d.]+)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """A document: `folder` holds it and whatever it refers to, `file` is its path in there."""

    name: str
    folder: Path
    file: str

    @property
    def path(self) -> Path:
        return self.folder / self.file


@cache
def samples() -> tuple[Sample, ...]:
    """All of them, by name."""
    chosen = os.environ.get("HEADGATE_CORPUS")
    if chosen:
        return tuple(_of_folder(Path(chosen).expanduser().absolute()))
    own = [Sample(path.name, OWN, path.name) for path in sorted(OWN.glob("*.y*ml"))]
    return (*_of_folder(_unpacked()), *own)


def sample(name: str) -> Sample:
    return next(sample for sample in samples() if sample.name == name)


def _of_folder(folder: Path) -> list[Sample]:
    """Documents directly in a folder, and `openapi.yaml` of each folder in it."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix in {".json", ".yaml", ".yml"}]
    found = [Sample(path.name, folder, path.name) for path in files if _is_document(path)]
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        roots = [path for path in sorted(inner.rglob("openapi.*")) if path.is_file()]
        found += [Sample(inner.name, root.parent, root.name) for root in roots[:1]]
    return found


def _is_document(path: Path) -> bool:
    start = path.read_text(encoding="utf-8")
    return "openapi" in start or "swagger" in start


_CAREFULLY: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # since Python 3.11.4


@cache
def _unpacked() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="headgate-corpus-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for packed in sorted(CORPUS.glob("*.gz")):
        content = gzip.decompress(packed.read_bytes())
        if packed.name.endswith(".tar.gz"):
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                archive.extractall(folder / packed.name.removesuffix(".tar.gz"), **_CAREFULLY)
        else:
            (folder / packed.name.removesuffix(".gz")).write_bytes(content)
    return folder


def is_version(sample: Sample, *starts: str) -> bool:
    """Whether the document says one of these versions. Read without parsing: every worker asks it of every document."""
    text = sample.path.read_text(encoding="utf-8")
    said = (_JSON_VERSION if text.lstrip().startswith("{") else _YAML_VERSION).search(text)
    assert said, f"{sample.name} does not say its version where one looks for it"
    return said[1].startswith(starts)
