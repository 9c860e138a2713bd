"""`headgate init`: write the folder of a new project, from an OpenAPI document when there is one."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from cyclopts import Parameter

from headgate import spec
from headgate.spec.operations.upstreams import url_problem

from .options import Json
from .output import CommandError, command_errors, err, print_json, print_problems
from .source import Source, inside, read, starter

CDK_JSON = {"app": "headgate synth", "output": "cdk.out", "versionReporting": False}
GIT_IGNORE = ".gitignore"
IGNORED = ".headgate/\ncdk.out/\nnode_modules/\n__pycache__/\n"
NAME = r"[a-zA-Z][a-zA-Z0-9-]{0,39}"  # stack and function names are made of it

HEAD = "# What this gateway is. `headgate up` runs it here, `headgate deploy dev` on AWS.\n"
ABOUT_ISSUERS = (
    "# Put your identity provider's address and audience under `issuers`; locally a built-in one takes its place.\n"
)
ABOUT_FILES = "# Some bodies are files: `binary-media-types` keeps API Gateway from reading bodies as UTF-8 text.\n"


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What the new project starts from."""

    source: Annotated[
        Path | None,
        Parameter(name="--from", help="OpenAPI document to start from; it is copied, with the files it refers to."),
    ] = None
    name: Annotated[str, Parameter(help="Name of the stacks; the folder's by default.")] = ""
    upstream: Annotated[str, Parameter(help="Address of the service; the document's servers by default.")] = ""
    as_json: Json = False


def init(folder: Path = Path(), /, *, options: Options | None = None) -> None:
    """Write gateway.yaml, openapi/ and cdk.json of a new project; nothing that exists is overwritten.

    For example:

    ```
    headgate init my-gateway --from openapi.yaml
    headgate init my-gateway --from openapi.yaml --upstream http://127.0.0.1:9000
    ```

    Parameters
    ----------
    folder
        Folder of the new project; it is made when missing.
    """
    options = options or Options()
    with command_errors(as_json=options.as_json):
        written = write_project(folder, options)
        errors = print_problems(problems_of(folder), as_json=options.as_json)
        if options.as_json:
            print_json({"ok": True, "folder": str(folder), "written": written, "errors": errors})
            return
        err.print("wrote " + ", ".join(written))
        where = "" if folder == Path() else f" --project {folder}"
        first = f"mend the {errors} {'error' if errors == 1 else 'errors'} above, then " if errors else ""
        err.print(f"next: {first}headgate up{where}")


def problems_of(folder: Path) -> list[spec.Diagnostic]:
    """What `headgate up` would say about the new project."""
    project, problems = spec.load_project(folder.absolute())
    if project is None:
        return problems
    target = spec.Target(environment=next(iter(project.environments)), local=True)
    return [*problems, *spec.compile_project(project, target)[1]]


def write_project(folder: Path, options: Options) -> list[str]:
    """Write the project's files; returns their names."""
    source = read(options.source) if options.source else starter()
    name = options.name or project_name(folder)
    if not re.fullmatch(NAME, name):
        wanted = "letters, digits and hyphens, a letter first, 40 at most"
        raise CommandError(f"{name!r} cannot name stacks", f"give --name with {wanted}")
    there = inside(options.source, folder) if options.source else None
    config = gateway(source, there or f"openapi/{source.name}", name=name, upstream=upstream(source, options))
    copies = {} if there else {f"openapi/{file}": content for file, content in source.files.items()}
    files = {
        "gateway.yaml": render(config, source).encode(),
        **copies,
        "cdk.json": (json.dumps(CDK_JSON, indent=2) + "\n").encode(),
        GIT_IGNORE: IGNORED.encode(),
    }
    return write(folder, files)


def project_name(folder: Path) -> str:
    """A stack name out of a folder's: letters, digits and hyphens, a letter first."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", folder.resolve().name).strip("-")
    return (name if name[:1].isalpha() else f"gateway-{name}")[:40].strip("-")


def upstream(source: Source, options: Options) -> str:
    """Where the service is.

    Raises:
        CommandError: nobody knows, or API Gateway cannot call it.
    """
    found = options.upstream or source.server()
    if not found:
        raise CommandError("the document names no absolute server", "give --upstream https://service.example.com")
    problem = url_problem(found)
    if problem:
        raise CommandError(f"the upstream {found} {problem}", "give --upstream https://service.example.com")
    return found.rstrip("/")


def gateway(source: Source, document: str, *, name: str, upstream: str) -> dict[str, Any]:
    """gateway.yaml as a value."""
    api: dict[str, Any] = {"documents": [{"document": document, "upstream": "service"}], "endpoint": "regional"}
    if source.has_files:
        api["binary-media-types"] = [
            "*/*"
        ]  # a list of types would need the client's Accept to begin with one (FACTS 3.21)
    config: dict[str, Any] = {
        "name": name,
        "apis": {"api": api},
        "upstreams": {"service": {"url": upstream}},
        "environments": {
            "dev": {"region": "us-east-1", "stages": {"dev": {}}},
            "prod": {"region": "us-east-1", "stages": {"prod": {"canary": {"percent": 10}}}},
        },
        "local": {"stage": "dev"},
    }
    schemes = source.token_schemes()
    if schemes:
        issuer = {"issuer": "https://id.example.com/", "audience": [name], "schemes": schemes, "local": "provider"}
        config["issuers"] = {"identity": issuer}
    return config


def render(config: Mapping[str, Any], source: Source) -> str:
    """gateway.yaml as text, with a word on what to fill in."""
    head = HEAD
    if "issuers" in config:
        head += ABOUT_ISSUERS
    if source.has_files:
        head += ABOUT_FILES
    if source.title:
        head += f"# API: {source.title}\n"
    return head + yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)


def write(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write all files or none; a .gitignore that is there stays.

    Raises:
        CommandError: one of them exists, or cannot be written.
    """
    taken = [name for name in files if (folder / name).exists() and name != GIT_IGNORE]
    if taken:
        verb = "is" if len(taken) == 1 else "are"
        fix = "give another folder; nothing was written"
        raise CommandError(f"{', '.join(taken)} {verb} already there in {folder.resolve()}", fix)
    written = [name for name in files if not (folder / name).exists()]
    try:
        for name in written:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
    except OSError as error:
        raise CommandError(f"{folder / name} cannot be written: {error.strerror}", "give another folder") from error
    return written
