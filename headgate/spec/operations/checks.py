"""Rules about whole documents and about operations among each other. Each function yields diagnostics and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..diagnostics.records import Diagnostic
from ..source.document import LoadedDocument
from .path_keys import read_path
from .paths import refused_path
from .reading import METHODS, is_reference, path_items
from .records import Operation, place_of

_FOREIGN_METHODS = ("trace", "query", "x-amazon-apigateway-any-method")


def check_document(document: LoadedDocument) -> list[Diagnostic]:
    """Why a document cannot be compiled at all."""
    value, root = document.value, document.root
    if not isinstance(value, dict):
        return [root.problem("HG107", "this is no OpenAPI document: its top is not an object", fix="correct the file")]
    if "swagger" in value:
        message = f"OpenAPI {value['swagger']!r} is not supported"
        return [root.child("swagger").problem("HG106", message, fix="write 2.0 as text, or openapi: 3.1.0")]
    if "openapi" not in value:
        return [root.problem("HG107", "this is no OpenAPI document: `openapi` is missing", fix="add openapi: 3.1.0")]
    if not isinstance(value["openapi"], str) or not re.match(r"^3\.[012](\.|$)", value["openapi"]):
        message = f"OpenAPI version {value['openapi']!r} is not supported"
        return [root.child("openapi").problem("HG106", message, fix="write 3.0.x, 3.1.x or 3.2.x as text")]
    if not isinstance(value.get("paths", {}), dict):
        return [root.child("paths").problem("HG107", "`paths` is not an object", fix="correct it")]
    return list(_misshapen_items(document))


def _misshapen_items(document: LoadedDocument) -> Iterator[Diagnostic]:
    paths = document.root.at("paths")
    for path, written in paths.items() if paths is not None else ():
        item = written.follow() or written
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            yield written.problem("HG107", f"path {path!r} does not start with /", fix="correct it")
        elif not isinstance(item.value, dict):
            yield written.problem("HG107", f"path {path!r} is not an object", fix="give it operations")
        else:
            wrong = [method for method in METHODS if method in item.value and not isinstance(item.value[method], dict)]
            for method in wrong:
                yield item.child(method).problem("HG107", f"{method} of {path} is not an object", fix="correct it")


def unsupported_methods(document: LoadedDocument) -> Iterator[Diagnostic]:
    """Operations under methods that API Gateway does not have, and references in place of operations."""
    for path, item in path_items(document):
        for method in METHODS:
            if is_reference(item.value.get(method)):
                message = f"{method.upper()} {path}: a $ref in place of an operation"
                yield item.child(method).problem("HG154", message, fix="refer to a whole path item, or write it out")
        extra = item.value.get("additionalOperations")
        names = [method for method in _FOREIGN_METHODS if method in item.value]
        places = [item.child(name) for name in names]
        if isinstance(extra, dict):
            places += item.child("additionalOperations").values()
        for at in places:
            method = at.pointer.rpartition("/")[2]
            if method == "x-amazon-apigateway-any-method":
                yield at.problem("HG125", f"{path}: any-method has no counterpart in OpenAPI", fix="list the methods")
            else:
                yield at.problem(
                    "HG125", f"{method.upper()} {path}: API Gateway has no such method", fix="use one of its seven"
                )


def check_paths(operations: list[Operation]) -> Iterator[Diagnostic]:
    """Paths that API Gateway cannot hold, and variables that do not agree with the parameters."""
    for operation in operations:
        problem = refused_path(operation)
        if problem is not None:
            yield problem
            continue
        if operation.template.lower() in {"/ping", "/sping"}:
            message = f"{operation.name}: API Gateway answers this path itself under custom domains"
            yield operation.at.problem("HG127", message, fix="choose another path", level="warning")
        variables = {variable.name for variable in read_path(operation.template).variables}
        for parameter in operation.parameters:
            if parameter.location == "path" and parameter.name not in variables:
                message = f"{operation.name}: path parameter {parameter.name!r} is not in the path"
                yield operation.at.problem("HG128", message, fix=f"put {{{parameter.name}}} into the path or remove it")


def check_settings(operations: list[Operation]) -> Iterator[Diagnostic]:
    """`x-headgate` settings that would do nothing: better an error than a surprise."""
    for operation in operations:
        settings = operation.settings
        at = operation.at.at("x-headgate") or operation.at
        is_composed = settings.workflow is not None
        reasons = {
            "upstream and workflow": is_composed and settings.upstream is not None,
            "respond without workflow": settings.respond is not None and not is_composed,
        }
        for setting in (name for name, applies in reasons.items() if applies):
            yield at.problem("HG134", f"{operation.name}: {setting} is not supported", fix="remove it")
        renamed = {theirs: ours for theirs, ours in operation.path_names.items() if theirs != ours}
        if operation.is_function and not is_composed and renamed:
            theirs, ours = next(iter(renamed.items()))
            message = f"{operation.name}: the function sees {{{theirs}}} as {ours!r}"
            yield operation.at.problem("HG129", message, fix="name that place alike in all documents", level="warning")


def check_names(operations: list[Operation]) -> Iterator[Diagnostic]:
    """operationIds that two operations have."""
    first: dict[str, Operation] = {}
    for operation in (o for o in operations if "operationId" in o.at.value):
        other = first.setdefault(operation.id, operation)
        if other is not operation:
            message = f"operationId {operation.id!r} is also in {place_of(other)}"
            yield operation.at.problem("HG112", message, fix="rename one", level="warning")


def root_extensions(documents: list[LoadedDocument], problems: list[Diagnostic]) -> dict[str, Any]:
    """The documents' own `x-amazon-apigateway-*` root members; two that differ are a problem."""
    found: dict[str, tuple[Any, str]] = {}
    for document in documents:
        for key, at in document.root.items():
            if not key.startswith("x-amazon-apigateway-"):
                continue
            value, where = found.setdefault(key, (at.value, document.name))
            if value != at.value:
                problems.append(
                    at.problem("HG150", f"{key} differs from that in {where}", fix="keep it in one document")
                )
    return {key: value for key, (value, _) in found.items()}
