"""`servers` of a document, a path item or an operation: which one answers, and what is odd about the list.

The nearest list wins (OpenAPI, Operation Object), its first entry is used, and variables have their defaults.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..diagnostics.records import Diagnostic
from ..source.document import Located
from .records import Operation


def server_of(operation: Operation) -> tuple[Located, str | None]:
    """Where the server that applies stands, and its URL; the operation and None when there is none."""
    listed = _list(operation)
    first = listed.at(0) if listed is not None else None
    if first is None or not isinstance(first.value, dict):
        return operation.at, None
    return first, _with_defaults(first.value)


def server_warnings(operation: Operation) -> Iterator[Diagnostic]:
    """Servers that nothing uses, and defaults that their own list of values does not have."""
    listed = _list(operation)
    if listed is None:
        return
    urls = [entry.value.get("url") for entry in listed.values() if isinstance(entry.value, dict)]
    if len(urls) > 1:
        message = (
            f"requests go to {urls[0]}, the first of {len(urls)} servers; not used: {', '.join(map(str, urls[1:]))}"
        )
        yield listed.problem("HG168", message, fix="keep one, or name an upstream per environment", level="warning")
    variables = listed.at(0, "variables")
    for name, at in variables.items() if variables is not None and isinstance(variables.value, dict) else ():
        entry = at.value if isinstance(at.value, dict) else {}
        values = entry.get("enum")
        if isinstance(values, list) and "default" in entry and entry["default"] not in values:
            message = f"server variable {name!r} has the default {entry['default']!r}, which its enum does not list"
            yield at.problem("HG168", message, fix=f"one of {', '.join(map(str, values))}", level="warning")


def _list(operation: Operation) -> Located | None:
    """The nearest list of servers that has an entry."""
    item = Located(operation.at.document, operation.at.pointer.rpartition("/")[0], None)
    holders = [operation.at, operation.document.root.at("paths", operation.path) or item, operation.document.root]
    for holder in holders:
        listed = holder.at("servers") if isinstance(holder.value, dict) else None
        if listed is not None and isinstance(listed.value, list) and listed.value:
            return listed
    return None


def _with_defaults(server: dict[str, Any]) -> str | None:
    url = server.get("url")
    if not isinstance(url, str):
        return None
    variables = server.get("variables")
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        if isinstance(variable, dict) and "default" in variable:
            url = url.replace(f"{{{name}}}", str(variable["default"]))
    return url
