"""The document that `headgate init` starts from: its files, and what gateway.yaml has to know about it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from .output import CommandError

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
STARTER_NAME = "hello.yaml"
JWT_SCHEMES = {"oauth2", "openIdConnect"}
SUFFIXES = {".yaml", ".yml", ".json"}

# Media types whose bytes survive being read as UTF-8, which is what API Gateway does unless told otherwise (FACTS 3.11).
TEXT = re.compile(
    r"text/.*|.*[/+](json|xml|yaml|x-yaml|csv)|application/(x-www-form-urlencoded|x-ndjson|jsonl?|json-seq|javascript|graphql|jwt|sql)"
)


@dataclass(frozen=True)
class Source:
    """An OpenAPI document and the files it refers to; `files` are by their path below `openapi/`, `name` is the document's."""

    name: str
    document: Mapping[str, Any]
    values: tuple[Any, ...]
    files: Mapping[str, bytes]

    @property
    def title(self) -> str:
        """The API's title on one line."""
        info = self.document.get("info")
        return " ".join(str(info.get("title", "")).split()) if isinstance(info, dict) else ""

    @property
    def has_files(self) -> bool:
        """Whether a body of the document is binary."""
        return any(not TEXT.fullmatch(media) for value in self.values for media in media_types(value))

    def server(self) -> str | None:
        """The first absolute server, variables at their defaults; in OpenAPI 2.0 the host, by https if it may be."""
        servers = [{"url": host_address(self.document)}] if "swagger" in self.document else self.document.get("servers")
        for server in servers if isinstance(servers, list) else []:
            url = address(server) if isinstance(server, dict) else ""
            if urlsplit(url).scheme in {"http", "https"} and "{" not in url:
                return url.rstrip("/")
        return None

    def token_schemes(self) -> list[str]:
        """Names of the security schemes whose credential is a token of an issuer."""
        components = self.document.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else None
        if "swagger" in self.document:
            schemes = self.document.get("securityDefinitions")
        listed = schemes.items() if isinstance(schemes, dict) else ()
        return [name for name, scheme in listed if isinstance(scheme, dict) and is_token(scheme)]


def starter() -> Source:
    """A document for those who have none."""
    document = parsed(STARTER.encode(), STARTER_NAME)
    return Source(STARTER_NAME, document, (document,), {STARTER_NAME: STARTER.encode()})


def read(path: Path) -> Source:
    """A document and every file its `$ref`s lead to.

    Raises:
        CommandError: one of them cannot be read; or it is no OpenAPI document.
    """
    if path.suffix not in SUFFIXES or not path.is_file():
        what = "is no file" if path.suffix in SUFFIXES else "is no .yaml, .yml or .json file"
        raise CommandError(f"{path} {what}", "give the path of an OpenAPI document on this machine")
    found = dict(everything(path))
    document = found[path.resolve()][1]
    if not isinstance(document, dict) or not ({"openapi", "swagger"} & document.keys()):
        raise CommandError(f"{path} has no `openapi` member", "give an OpenAPI document")
    if document.get("swagger", "2.0") != "2.0":
        raise CommandError(f"{path} is Swagger {document['swagger']}", "give a document of OpenAPI 2.0 or 3")
    root = common_folder(found)
    files = {file.relative_to(root).as_posix(): content for file, (content, _) in found.items()}
    values = tuple(value for _, value in found.values())
    return Source(path.resolve().relative_to(root).as_posix(), document, values, files)


def everything(path: Path) -> Iterator[tuple[Path, tuple[bytes, Any]]]:
    """The document's file and all it refers to, each once, with its bytes and its value."""
    waiting, seen = [(path.resolve(), str(path))], {path.resolve()}
    while waiting:
        file, shown = waiting.pop()
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(
                f"{shown} cannot be read: {error.strerror}", "put the file there, or mend the $ref"
            ) from error
        value = parsed(content, shown) if file.suffix in SUFFIXES else None
        yield file, (content, value)
        for reference in references(value):
            target = (file.parent / reference).resolve()
            if target not in seen:
                seen.add(target)
                waiting.append((target, f"{reference}, to which {file.name} refers,"))


def parsed(content: bytes, shown: str) -> Any:
    """YAML or JSON, with every scalar as text.

    Raises:
        CommandError: it is neither.
    """
    try:
        return yaml.load(content.decode("utf-8-sig"), getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - strings only
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandError(f"{shown} is neither YAML nor JSON: {error}", "mend it, then try again") from error


def references(value: Any) -> Iterator[str]:
    """The files that `$ref`s name; those into the document itself and to the network are none."""
    for node in mappings(value):
        reference = node.get("$ref")
        if isinstance(reference, str):
            parts = urlsplit(reference)
            if parts.path and not parts.scheme and not parts.netloc:
                yield unquote(parts.path)


def media_types(value: Any) -> Iterator[str]:
    """The media types of request and response bodies; OpenAPI 2.0 lists them apart from the bodies."""
    for node in mappings(value):
        content = node.get("content")
        named = list(content) if isinstance(content, dict) else []
        for key in ("consumes", "produces"):
            listed = node.get(key)
            named += [media for media in listed if isinstance(media, str)] if isinstance(listed, list) else []
        for media in named:
            if "/" in media:
                yield media.partition(";")[0].strip().lower()


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a value, anchors once."""
    waiting, seen = [value], set[int]()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, dict):
            yield node
        waiting.extend(node.values() if isinstance(node, dict) else node)


def common_folder(files: Mapping[Path, Any]) -> Path:
    """The deepest folder that holds all files."""
    shared = next(iter(files)).parent
    while not all(file.is_relative_to(shared) for file in files):
        shared = shared.parent
    return shared


def address(server: Mapping[str, Any]) -> str:
    """A server's URL with its variables' defaults."""
    url = str(server.get("url", ""))
    variables = server.get("variables")
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        if isinstance(variable, dict) and "default" in variable:
            url = url.replace(f"{{{name}}}", str(variable["default"]))
    return url


def host_address(document: Mapping[str, Any]) -> str:
    """The server of an OpenAPI 2.0 document; nothing when it names no host."""
    host, base, schemes = document.get("host"), document.get("basePath"), document.get("schemes")
    if not isinstance(host, str):
        return ""
    known = [scheme for scheme in ("https", "http") if isinstance(schemes, list) and scheme in schemes]
    path = f"/{base.strip('/')}" if isinstance(base, str) else ""
    return f"{known[0] if known else 'https'}://{host}{path}"


def is_token(scheme: Mapping[str, Any]) -> bool:
    """Whether an issuer's token is the credential of a security scheme."""
    return scheme.get("type") in JWT_SCHEMES or str(scheme.get("scheme", "")).lower() == "bearer"


def inside(path: Path, folder: Path) -> str | None:
    """The path as a project in `folder` names it; None for a file outside."""
    file, root = path.resolve(), folder.resolve()
    return PurePosixPath(file.relative_to(root)).as_posix() if file.is_relative_to(root) else None
