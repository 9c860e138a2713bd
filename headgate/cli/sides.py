"""The two sides of `headgate diff`: a file, a folder, either of them as git has it, or what a stage serves."""

import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from botocore.exceptions import BotoCoreError, ClientError

from headgate import spec
from headgate.diff import Surface, read_surface, surface_of_wires

from . import releases
from .output import CommandError

STAGE = "stage:"
DOCUMENTS = {".yaml", ".yml", ".json"}

# What GetExport cannot tell, because it was never sent to API Gateway.
WIRE_NOTE = (
    "compared with what the stage's API Gateway holds: routes, required parameters, request models, credentials. "
    "Scopes, answers, limits of strict validation and compositions are not in it"
)


@dataclass(frozen=True)
class Cloud:
    """Where stages are looked for."""

    project: Path
    endpoint_url: str | None
    aws: bool


@dataclass(frozen=True)
class Sides:
    """Both surfaces, and what has to be said about them."""

    old: Surface
    new: Surface
    note: str = ""


@contextmanager
def read_sides(old: str, new: str, cloud: Cloud) -> Iterator[Sides]:
    """Both sides; a stage is compared with what the project would send there. Files of a commit are gone afterwards.

    Raises:
        CommandError: one of them cannot be read.
    """
    if new.startswith(STAGE):
        raise CommandError("a stage can only be the old side", f"headgate diff {new} FOLDER")
    with ExitStack() as stack:
        if old.startswith(STAGE):
            yield _deployed(old.removeprefix(STAGE), Path(new), cloud)
        else:
            yield Sides(_side(old, stack), _side(new, stack))


def _side(typed: str, stack: ExitStack) -> Surface:
    path = Path(typed)
    if path.exists() or ":" not in typed:
        return _read(path, prefix=_prefix(path), shown=typed)
    ref, _, inside = typed.partition(":")
    target = stack.enter_context(_checked_out(ref)) / (inside or ".")
    if not target.exists():
        fix = "give REF:PATH, the path from the repository's root"
        raise CommandError(f"{typed}: git has no {inside!r} at {ref}", fix)
    parent = inside if target.is_dir() else str(PurePosixPath(inside).parent)
    return _read(target, prefix=f"{ref}:{'' if parent in {'', '.'} else parent + '/'}", shown=typed)


def _prefix(path: Path) -> str:
    folder = path if path.is_dir() else path.parent
    return "" if folder == Path() else f"{folder.as_posix()}/"


def _read(path: Path, *, prefix: str, shown: str) -> Surface:
    surface, problems = read_surface(path.absolute(), prefix=prefix)
    if surface is None:
        told = [replace(p, path=p.path if Path(p.path).is_absolute() else prefix + p.path) for p in problems]
        raise CommandError(f"{shown} cannot be compared", "mend what is named above", problems=told)
    return surface


@contextmanager
def _checked_out(ref: str) -> Iterator[Path]:
    """A folder with the documents of a commit; it is gone afterwards, and files that `$ref`s name are read late."""
    top = _git("rev-parse", "--show-toplevel").decode().strip()
    archive = _git("-C", top, "archive", "--format=tar", "--end-of-options", ref)
    with tempfile.TemporaryDirectory() as name, tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        folder = Path(name).resolve()
        for member in tar.getmembers():
            _write(tar, member, folder)
        yield folder


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """A document of the archive, inside of the folder; filters of `extractall` came with Python 3.11.4 only."""
    path, content = PurePosixPath(member.name), tar.extractfile(member) if member.isfile() else None
    if content is None or path.suffix not in DOCUMENTS or path.is_absolute() or ".." in path.parts:
        return
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.read())


def _git(*arguments: str) -> bytes:
    try:
        return subprocess.run(["git", *arguments], check=True, capture_output=True).stdout  # noqa: S603, S607
    except FileNotFoundError as error:
        raise CommandError("git is not installed", "give files instead of REF:PATH") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        raise CommandError(f"git: {said[0]}", "give an existing file, or REF:PATH inside a repository") from error


def _deployed(stage: str, folder: Path, cloud: Cloud) -> Sides:
    """What the stage serves now, and what the project in `folder` compiles to for the stage's environment."""
    address = releases.find(folder, stage, endpoint_url=cloud.endpoint_url, aws=cloud.aws)
    project = releases.load(folder)
    target = spec.Target(environment=address.environment, local=address.cloud.is_local)
    compiled, problems = spec.compile_project(project, target)
    if compiled is None:
        raise CommandError("the project does not compile", "mend what is named above", problems=problems)
    ids = {name.lower(): value for name, value in releases.outputs(address).items() if name.startswith("RestApiId")}
    exports = {
        api.name: (f"{STAGE}{stage}", _export(address, ids[key]))
        for api in compiled.apis
        if (key := f"restapiid{''.join(filter(str.isalnum, api.name)).lower()}") in ids
    }
    wires = {api.name: (f"wire/{api.name}.json", json.dumps(api.wire, indent=1)) for api in compiled.apis}
    return Sides(surface_of_wires(exports), surface_of_wires(wires), WIRE_NOTE)


def _export(address: releases.StageAddress, api_id: str) -> str:
    try:
        answer = address.cloud.client("apigateway").get_export(
            restApiId=api_id,
            stageName=address.stage,
            exportType="oas30",
            parameters={"extensions": "apigateway"},
            accepts="application/json",
        )
    except (ClientError, BotoCoreError) as error:
        raise CommandError(f"stage {address.stage} cannot be exported: {error}", "is it deployed?") from error
    return str(answer["body"].read().decode())
