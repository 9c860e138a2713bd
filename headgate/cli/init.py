"""`headgate init`: write the folder of a new project, from an OpenAPI document when there is one."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import yaml
from cyclopts import Parameter

from headgate import spec

from .options import Json
from .output import CommandError, command_errors, err, print_json, print_problems

STARTER = """\
openapi: 3.0.3
info: {title: Hello, version: 1.0.0}
servers: [{url: "https://httpbin.org"}]
paths:
  /anything:
    get:
      operationId: getAnything
      responses: {"200": {description: What the service was asked.}}
"""

CDK_JSON = {"app": "headgate synth", "output": "cdk.out", "versionReporting": False}
IGNORED = ".headgate/\ncdk.out/\nnode_modules/\n__pycache__/\n"
JWT_SCHEMES = {"oauth2", "openIdConnect"}


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What the new project starts from."""

    source: Annotated[Path | None, Parameter(name="--from", help="OpenAPI document to start from; it is copied.")] = (
        None
    )
    name: Annotated[str, Parameter(help="Name of the stacks; the folder's by default.")] = ""
    upstream: Annotated[str, Parameter(help="Address of the service; the document's servers by default.")] = ""
    as_json: Json = False


def init(folder: Path = Path(), /, *, options: Options | None = None) -> None:
    """Write gateway.yaml, openapi/ and cdk.json of a new project; nothing that exists is overwritten.

    Examples:

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
        problems = spec.load_project(folder)[1]
        print_problems(problems, as_json=options.as_json)
        if options.as_json:
            print_json({"ok": True, "folder": str(folder), "written": written})
            return
        err.print("wrote " + ", ".join(written))
        where = "" if folder == Path() else f" --project {folder}"
        err.print(f"next: headgate up{where}")


def write_project(folder: Path, options: Options) -> list[str]:
    """Write the project's files; returns their names."""
    source = options.source
    document = read_document(source)
    text = source.read_text(encoding="utf-8") if source else STARTER
    copy = f"openapi/{source.name if source else 'hello.yaml'}"
    config = gateway(document, copy, name=options.name or project_name(folder), upstream=options.upstream)
    files = {
        "gateway.yaml": render(config, document),
        copy: text,
        "cdk.json": json.dumps(CDK_JSON, indent=2) + "\n",
        ".gitignore": IGNORED,
    }
    written = write(folder, files)
    return written + (copy_referenced(source, text, folder / "openapi") if source else [])


def read_document(source: Path | None) -> Mapping[str, Any]:
    """The document to start from, far enough to see its servers and security schemes.

    Raises:
        CommandError: it cannot be read, or is no OpenAPI document.
    """
    if source is not None and not source.is_file():
        raise CommandError(f"{source} is no file", "give the path of an OpenAPI document")
    try:
        text = source.read_text(encoding="utf-8") if source else STARTER
        document = yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - strings only
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandError(f"{source} is neither YAML nor JSON: {error}", "mend it, then try again") from error
    if not isinstance(document, dict) or not ({"openapi", "swagger"} & document.keys()):
        raise CommandError(f"{source} has no `openapi` member", "give an OpenAPI document")
    return document


def project_name(folder: Path) -> str:
    """A stack name out of a folder's: letters, digits and hyphens, a letter first."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", folder.resolve().name).strip("-")
    return name if name[:1].isalpha() else f"gateway-{name}".strip("-")


def gateway(document: Mapping[str, Any], copy: str, *, name: str, upstream: str) -> dict[str, Any]:
    """gateway.yaml as a value."""
    address = upstream or first_server(document)
    config: dict[str, Any] = {
        "name": name,
        "apis": {"api": {"documents": [{"document": copy, "upstream": "service"}], "endpoint": "regional"}},
        "upstreams": {"service": {"url": address}},
        "environments": {
            "dev": {"region": "us-east-1", "stages": {"dev": {}}},
            "prod": {"region": "us-east-1", "stages": {"prod": {"canary": {"percent": 10}}}},
        },
        "local": {"stage": "dev"},
    }
    schemes = jwt_schemes(document)
    if schemes:
        issuer = {"issuer": "https://id.example.com/", "audience": [name], "schemes": schemes, "local": "provider"}
        config["issuers"] = {"identity": issuer}
    return config


def first_server(document: Mapping[str, Any]) -> str:
    """The first absolute server of the document.

    Raises:
        CommandError: there is none, so nobody knows where the service is.
    """
    servers = document.get("servers")
    for server in servers if isinstance(servers, list) else []:
        url = str(server.get("url", "")) if isinstance(server, dict) else ""
        if urlsplit(url).scheme in {"http", "https"} and "{" not in url:
            return url.rstrip("/")
    raise CommandError("the document names no absolute server", "give --upstream https://service.example.com")


def jwt_schemes(document: Mapping[str, Any]) -> list[str]:
    """Names of the security schemes whose credential is a token of an issuer."""
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    found = []
    for name, scheme in (schemes or {}).items():
        is_bearer = isinstance(scheme, dict) and str(scheme.get("scheme", "")).lower() == "bearer"
        if isinstance(scheme, dict) and (scheme.get("type") in JWT_SCHEMES or is_bearer):
            found.append(name)
    return found


def render(config: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """gateway.yaml as text, with a word on what to fill in."""
    head = "# What this gateway is. `headgate up` runs it here, `headgate deploy dev` on AWS.\n"
    if "issuers" in config:
        head += "# Put your identity provider's address and audience under `issuers`; locally a built-in one takes its place.\n"
    title = (document.get("info") or {}).get("title", "")
    return f"{head}# API: {title}\n{yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)}"


def write(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Write all files or none.

    Raises:
        CommandError: one of them exists.
    """
    taken = [name for name in files if (folder / name).exists() and name != ".gitignore"]
    if taken:
        raise CommandError(f"{', '.join(taken)} already there in {folder}", "give another folder; nothing was written")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(content, encoding="utf-8")
    return list(files)


def copy_referenced(source: Path, text: str, target: Path) -> list[str]:
    """Copy the files that relative `$ref`s of the document name, so that the copy is whole."""
    copied: list[str] = []
    waiting = [(source, text)]
    while waiting:
        origin, content = waiting.pop()
        for reference in re.findall(r"""\$ref['"]?\s*:\s*['"]?([^'"#\s,}]+)""", content):
            file = (origin.parent / reference).resolve()
            relative = (
                file.relative_to(source.resolve().parent) if file.is_relative_to(source.resolve().parent) else None
            )
            if relative is None or not file.is_file() or (target / relative).exists():
                continue
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / relative)
            copied.append(f"openapi/{relative}")
            waiting.append((file, file.read_text(encoding="utf-8")))
    return copied
