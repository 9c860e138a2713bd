"""What clients of a gateway see, read from one document or from a project's folder; nothing is compiled or judged here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate.spec import Diagnostic, DocumentSet, LoadedDocument, Located, Operation, Project, has_errors, load_project
from headgate.spec.operations.checks import check_document
from headgate.spec.operations.reading import read_operations
from headgate.spec.settings.project import FILE_NAME

# The name of the only API of a document that stands alone.
ALONE = ""


@dataclass(frozen=True, slots=True)
class Served:
    """An operation and who answers it: an upstream's name, else the address that `servers` gives."""

    operation: Operation
    upstream: str = ""
    workflow: Located | None = None


@dataclass(frozen=True, slots=True)
class Surface:
    """All APIs of one side. `prefix` goes before the names of its files in messages."""

    apis: dict[str, list[Served]]
    project: Project | None = None
    prefix: str = ""


def read_surface(path: Path, *, prefix: str = "") -> tuple[Surface | None, list[Diagnostic]]:
    """The surface of a document, or of a folder with gateway.yaml; None and the reasons when it cannot be read."""
    if path.is_dir():
        return _read_project(path, prefix)
    documents = DocumentSet(path.parent)
    document = documents.load(path.name)
    return _surface_of(document, documents, prefix)


def surface_of_wires(texts: Mapping[str, tuple[str, str]]) -> Surface:
    """The surface of documents as API Gateway holds them: API -> (name in messages, text). Who answers is not compared."""
    apis: dict[str, list[Served]] = {}
    for api, (name, text) in texts.items():
        document = DocumentSet(Path("/")).adopt(name, text)
        apis[api] = [Served(operation) for operation in _operations(document)] if document is not None else []
    return Surface(apis)


def _surface_of(
    document: LoadedDocument | None, documents: DocumentSet, prefix: str
) -> tuple[Surface | None, list[Diagnostic]]:
    problems = documents.problems
    if document is None or has_errors(problems):
        return None, problems
    unusable = check_document(document)
    if unusable:
        return None, unusable
    served = [Served(each, each.settings.upstream or _address(each)) for each in _operations(document)]
    return Surface({ALONE: served}, prefix=prefix), []


def _read_project(folder: Path, prefix: str) -> tuple[Surface | None, list[Diagnostic]]:
    if not (folder / FILE_NAME).is_file():
        return None, [
            Diagnostic(
                str(folder), 1, 1, "error", "HG101", f"the folder has no {FILE_NAME}", "give a file, or a project"
            )
        ]
    project, problems = load_project(folder)
    if project is None:
        return None, problems
    apis = {name: _served(project, name, problems) for name in project.apis}
    problems += project.documents.problems[project.told :]
    return (None, problems) if has_errors(problems) else (Surface(apis, project, prefix), problems)


def _served(project: Project, api: str, problems: list[Diagnostic]) -> list[Served]:
    workflows = _workflows(project, api)
    found: list[Served] = []
    for entry, at in project.entries(api):
        document = project.documents.load(entry.document, at)
        if document is None:
            continue
        problems += check_document(document)
        for operation in _operations(document, entry.base_path):
            upstream = operation.settings.upstream or entry.upstream or _address(operation)
            found.append(Served(operation, upstream, workflows.get(operation.settings.workflow or "")))
    return found


def _operations(document: LoadedDocument, base_path: str = "") -> list[Operation]:
    misshapen: list[Diagnostic] = []  # `headgate compile` tells them
    return read_operations(document, base_path=base_path, problems=misshapen)


def _workflows(project: Project, api: str) -> dict[str, Located]:
    found: dict[str, Located] = {}
    for path, at in project.workflows(api):
        document = project.documents.load(path, at)
        listed = document.root.at("workflows") if document is not None else None
        for workflow in listed.values() if listed is not None and isinstance(listed.value, list) else ():
            if isinstance(workflow.value, dict) and isinstance(workflow.value.get("workflowId"), str):
                found[workflow.value["workflowId"]] = workflow
    return found


def _address(operation: Operation) -> str:
    """The first server's URL, of the nearest list."""
    for holder in (operation.at, operation.document.root.at("paths", operation.path), operation.document.root):
        servers: Any = holder.value.get("servers") if holder is not None and isinstance(holder.value, dict) else None
        if isinstance(servers, list) and servers and isinstance(servers[0], dict):
            return str(servers[0].get("url", ""))
    return ""
