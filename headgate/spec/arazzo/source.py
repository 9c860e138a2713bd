"""The outside of an Arazzo document: is it one, which workflows are in it, and which operations its steps may call."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation, OperationIndex
from ..source.document import LoadedDocument, Located
from ..source.pointers import pointer_keys
from .listing import items_of

VERSION = re.compile(r"1\.[01]\.\d+(-.+)?")
OPERATION_ID = re.compile(r"\$sourceDescriptions\.([A-Za-z0-9_-]+)\.(.+)")
OPERATION_PATH = re.compile(r"\{?\$sourceDescriptions\.([A-Za-z0-9_-]+)\.url\}?#/paths/([^/]+)/([a-z]+)")

ROOT_FIELDS = frozenset({"arazzo", "$self", "info", "sourceDescriptions", "workflows", "components"})
WORKFLOW_FIELDS = frozenset(
    {
        "workflowId", "summary", "description", "inputs", "dependsOn", "steps", "successActions", "failureActions",
        "outputs", "parameters",
    }
)  # fmt: skip
STEP_FIELDS = frozenset(
    {
        "stepId", "description", "operationId", "operationPath", "workflowId", "parameters", "requestBody",
        "successCriteria", "onSuccess", "onFailure", "outputs", "dependsOn", "timeout", "channelPath", "action",
        "correlationId",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sources:
    """The documents an Arazzo document names, and the operations of the API behind them."""

    files: dict[str, str]
    operations: OperationIndex
    problems: list[Diagnostic]

    def operation(self, step: Located) -> Operation | None:
        """The operation a step calls, or None with the reason collected."""
        if "operationId" in step.value:
            return self._by_id(step.child("operationId"))
        if "operationPath" in step.value:
            return self._by_path(step.child("operationPath"))
        unsupported = next((key for key in ("workflowId", "channelPath") if key in step.value), None)
        if unsupported:
            self._problem(
                step.child(unsupported), "HG171", f"a step with {unsupported} is not run", "call an operation"
            )
        else:
            self._problem(step, "HG170", "the step names no operation", "give it an operationId")
        return None

    def _by_id(self, at: Located) -> Operation | None:
        text = str(at.value)
        match = OPERATION_ID.fullmatch(text)
        known = self.operations.operations
        if match:
            file = self._file(match[1], at)
            if file is None:
                return None
            known = tuple(operation for operation in known if operation.document.file == file)
        name = match[2] if match else text
        found = [operation for operation in known if operation.id == name]
        if len(found) == 1:
            return found[0]
        if found:
            self._problem(
                at,
                "HG173",
                f"{name!r} is an operationId of several documents",
                "write $sourceDescriptions.<name>." + name,
            )
            return None
        close = get_close_matches(name, [operation.id for operation in known], n=1)
        fix = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(o.id for o in known)) or 'none'}"
        self._problem(at, "HG173", f"no operation has the operationId {name!r}", fix)
        return None

    def _by_path(self, at: Located) -> Operation | None:
        match = OPERATION_PATH.fullmatch(str(at.value))
        if match is None:
            wanted = "write {$sourceDescriptions.<name>.url}#/paths/~1users~1{id}/get"
            self._problem(at, "HG173", f"operationPath {at.value!r} cannot be read", wanted)
            return None
        file = self._file(match[1], at)
        path = pointer_keys("/" + unquote(match[2]))[0]
        for operation in self.operations.operations if file else ():
            if operation.document.file == file and (operation.path, operation.method) == (path, match[3].upper()):
                return operation
        if file:
            self._problem(at, "HG173", f"{match[1]!r} has no operation {match[3].upper()} {path}", "correct the path")
        return None

    def _file(self, name: str, at: Located) -> str | None:
        if name not in self.files:
            known = ", ".join(sorted(self.files)) or "none"
            self._problem(at, "HG173", f"{name!r} is not among sourceDescriptions", f"known: {known}")
        return self.files.get(name)

    def _problem(self, at: Located, code: str, message: str, fix: str) -> None:
        self.problems.append(at.problem(code, message, fix=fix))


def read_sources(document: LoadedDocument, operations: OperationIndex, problems: list[Diagnostic]) -> Sources:
    """The source descriptions of a document; each must be an OpenAPI document of this API."""
    files: dict[str, str] = {}
    served = {operation.document.file for operation in operations.operations}
    for at in _objects(document.root, "sourceDescriptions", problems):
        name, url = at.value.get("name"), at.value.get("url")
        if not isinstance(name, str) or not isinstance(url, str):
            problems.append(at.problem("HG170", "a source description has a name and a url", fix="give it both"))
            continue
        files[name] = file = os.path.normpath(Path(document.file).parent / unquote(url))
        if at.value.get("type", "openapi") != "openapi":
            message = f"source {name!r} is of type {at.value['type']!r}; steps call OpenAPI operations"
            problems.append(at.problem("HG171", message, fix="name the OpenAPI document"))
        elif file not in served:
            message = f"source {name!r}: {url} is not among the documents of this API"
            problems.append(at.child("url").problem("HG173", message, fix="add it to documents in gateway.yaml"))
    return Sources(files, operations, problems)


def read_workflows(document: LoadedDocument, problems: list[Diagnostic]) -> Iterator[tuple[str, Located]]:
    """(workflowId, workflow) of a document that is Arazzo 1.0 or 1.1."""
    if not isinstance(document.value, dict):
        problems.append(document.problem("", "HG170", "this is no Arazzo document", fix="see arazzo: 1.0.1"))
        return
    version = document.value.get("arazzo")
    if not VERSION.fullmatch(str(version)):
        message = f"arazzo is {version!r}; versions 1.0 and 1.1 are read"
        problems.append(document.problem("/arazzo", "HG170", message, fix="write arazzo: 1.0.1"))
        return
    check_fields(document.root, ROOT_FIELDS, problems)
    for at in _objects(document.root, "workflows", problems):
        name = at.value.get("workflowId")
        check_fields(at, WORKFLOW_FIELDS, problems)
        if isinstance(name, str) and name:
            yield name, at
        else:
            problems.append(at.problem("HG170", "the workflow has no workflowId", fix="give it one"))


def check_fields(at: Located, known: frozenset[str], problems: list[Diagnostic]) -> None:
    """Report fields that Arazzo does not have; extensions may be anything."""
    for key in at.value:
        if key not in known and not str(key).startswith("x-"):
            close = get_close_matches(str(key), known, n=1)
            fix = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"
            problems.append(at.child(key).problem("HG170", f"{key!r} is no field of Arazzo here", fix=fix))


def _objects(at: Located, key: str, problems: list[Diagnostic]) -> Iterator[Located]:
    """The objects of a list, anything else reported."""
    value = at.value.get(key)
    if not isinstance(value, list) or not value:
        problems.append(
            (at.child(key) if key in at.value else at).problem("HG170", f"{key} is a list of objects", fix=f"add {key}")
        )
        return
    for item in items_of(at.child(key)):
        if isinstance(item.value, dict):
            yield item
        else:
            problems.append(item.problem("HG170", f"an item of {key} is no object", fix="correct it"))
