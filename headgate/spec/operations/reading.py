"""The operations of a document, read with everything around them resolved: parameters, bodies, responses and settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..diagnostics.records import Diagnostic
from ..settings.extension import read_extension
from ..source.document import LoadedDocument, Located
from .records import Body, Operation, Parameter, Response

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


# What OpenAPI means when a parameter does not say (OpenAPI 3.1, Parameter Object).
_DEFAULT_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def read_operations(
    document: LoadedDocument, *, base_path: str = "", problems: list[Diagnostic], exposed: bool = True
) -> list[Operation]:
    """All operations of one document in document order; what is misshapen becomes a problem and is left out."""
    root_settings = read_extension(document.root, None, problems)
    operations = []
    for path, item in path_items(document):
        inherited = read_extension(item, root_settings, problems)
        for method in METHODS:
            if not isinstance(item.value.get(method), dict) or is_reference(item.value[method]):
                continue
            at = item.child(method)
            settings = read_extension(at, inherited, problems)
            operations.append(
                Operation(
                    id=_operation_id(at, method, path),
                    method=method.upper(),
                    path=path,
                    template=_joined(base_path, path),
                    document=document,
                    at=at,
                    parameters=_parameters(item, at, problems),
                    body=_body(at, problems),
                    responses=_responses(at, problems),
                    settings=settings,
                    exposed=exposed,
                )
            )
    return operations


def is_reference(value: Any) -> bool:
    """Whether an object stands for another one. In place of an operation that is an error (checks.unsupported_methods)."""
    return isinstance(value, dict) and isinstance(value.get("$ref"), str)


def path_items(document: LoadedDocument) -> Iterator[tuple[str, Located]]:
    """(path, path item) in document order, references followed."""
    paths = document.root.at("paths")
    for path, item in paths.items() if paths else ():
        followed = item.follow()
        if path.startswith("/") and followed is not None and isinstance(followed.value, dict):
            yield path, followed


def _joined(base_path: str, path: str) -> str:
    """The path at the gateway: one slash between the parts, none at the end (API Gateway ignores it, FACTS 2.6).

    >>> _joined("/v1/", "/users/")
    '/v1/users'
    """
    joined = f"{base_path.rstrip('/')}{path}".rstrip("/")
    return joined or "/"


def _operation_id(at: Located, method: str, path: str) -> str:
    given = at.value.get("operationId")
    if isinstance(given, str) and given:
        return given
    words = re.findall(r"[A-Za-z0-9]+", path)
    return method + "".join(word[:1].upper() + word[1:] for word in words)


def _parameters(item: Located, at: Located, problems: list[Diagnostic]) -> tuple[Parameter, ...]:
    """Those of the path item, replaced by the operation's own of the same place and name."""
    found: dict[tuple[str, str], Parameter] = {}
    for holder in (item, at):
        listed = holder.at("parameters")
        for _, entry in listed.items() if listed and isinstance(listed.value, list) else ():
            parameter = _parameter(entry, problems)
            if parameter is not None:
                found[parameter.location, parameter.name] = parameter
    return tuple(found.values())


def _parameter(entry: Located, problems: list[Diagnostic]) -> Parameter | None:
    at = entry.follow()
    if at is None:
        return None  # the broken reference has its own message
    value = at.value if isinstance(at.value, dict) else {}
    name, location = value.get("name"), value.get("in")
    if location == "querystring":
        message = f"parameter {name!r} is the whole query string, which goes to the upstream unchecked"
        problems.append(entry.problem("HG153", message, fix="list its parts with in: query", level="warning"))
        return None
    if not isinstance(name, str) or not isinstance(location, str) or location not in _DEFAULT_STYLES:
        problems.append(
            entry.problem("HG107", f"a parameter needs a name and in: {', '.join(_DEFAULT_STYLES)}", fix="correct it")
        )
        return None
    style = value["style"] if isinstance(value.get("style"), str) else _DEFAULT_STYLES[location]
    media_type, schema = _parameter_schema(at)
    return Parameter(
        name=name,
        location=location,
        required=value.get("required") is True or location == "path",
        schema=schema,
        style=style,
        explode=value.get("explode", style == "form") is True,
        media_type=media_type,
        at=at,
    )


def _parameter_schema(at: Located) -> tuple[str | None, Located | None]:
    if isinstance(at.value.get("schema"), dict | bool):
        return None, at.child("schema")
    content = at.value.get("content")
    if isinstance(content, dict) and content:
        media_type = next(iter(content))
        return media_type, _content(at).get(media_type)
    return None, None


def _body(at: Located, problems: list[Diagnostic]) -> Body | None:
    if "requestBody" not in at.value:
        return None
    body = at.child("requestBody").follow()
    if body is None:
        return None
    if not isinstance(body.value, dict):
        problems.append(body.problem("HG107", "requestBody is not an object", fix="give it `content`"))
        return None
    return Body(body.value.get("required") is True, _content(body), body)


def _content(holder: Located) -> dict[str, Located | None]:
    content = holder.value.get("content")
    if not isinstance(content, dict):
        return {}
    at = holder.child("content")
    schemas: dict[str, Located | None] = {}
    for media_type, entry in content.items():
        followed = at.child(media_type).follow() if is_reference(entry) else at.child(media_type)
        entry = followed.value if followed is not None else None  # noqa: PLW2901 (media types may be references in 3.2)
        has_schema = followed is not None and isinstance(entry, dict) and isinstance(entry.get("schema"), dict | bool)
        schemas[media_type] = followed.child("schema") if followed is not None and has_schema else None
    return schemas


def _responses(at: Located, problems: list[Diagnostic]) -> tuple[Response, ...]:
    listed = at.at("responses")
    found = []
    for status, entry in listed.items() if listed and isinstance(listed.value, dict) else ():
        response = entry.follow()
        if status.startswith("x-") or response is None:
            continue
        if not isinstance(response.value, dict):
            problems.append(entry.problem("HG107", f"response {status} is not an object", fix="give it a description"))
            continue
        headers = response.at("headers")
        named = dict(headers.items()) if headers and isinstance(headers.value, dict) else {}
        found.append(Response(status, _content(response), named, response))
    return tuple(found)
