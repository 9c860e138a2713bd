"""Paths as API Gateway can hold them: what it refuses, and one variable name per place.

API Gateway allows one variable child per resource (FACTS 2.13), documents name the same place `{id}` here and `{userId}` there.
`name_resources` picks one name per place; integrations map it back, so no service sees the difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from .diagnostics import Diagnostic
from .operations import Operation

# FACTS 10.2; every prefix of a path is a resource, the root included.
MAX_RESOURCES = 300

# RESTRICTIONS: what CreateResource accepts. AWS's prose also lists a comma, its error message does not.
_LITERAL = re.compile(r"^[a-zA-Z0-9._:-]+$")
_VARIABLE = re.compile(r"^\{([^{}]+?)(\+?)\}$")
_PARAMETER_NAME = re.compile(r"^[a-zA-Z0-9:._-]+$")


@dataclass(slots=True)
class _Node:
    """One resource. `variable_users` are (operation, its own name for the variable below) in document order."""

    literals: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    variable_users: list[tuple[Operation, str]] = field(default_factory=list)

    def count(self) -> int:
        below = [*self.literals.values(), *([self.variable] if self.variable else [])]
        return 1 + sum(node.count() for node in below)


def segments(template: str) -> list[str]:
    """
    >>> segments("/users/{id}")
    ['users', '{id}']
    """
    return [part for part in template.split("/") if part]


def variable_name(segment: str) -> str | None:
    """The name in `{name}` or `{name+}`, None for a literal segment."""
    match = _VARIABLE.match(segment)
    return match.group(1) if match else None


def refused_path(operation: Operation) -> Diagnostic | None:
    """Why API Gateway could not serve a path, as a diagnostic at the operation."""
    template, at = operation.template, operation.at
    if "#" in template or "?" in template:
        message = f"{operation.name}: a path cannot hold '#' or '?'; requests never carry it there"
        return at.problem("HG121", message, fix="make it one path and tell variants apart by a parameter or the body")
    if "//" in template:
        return at.problem("HG122", f"{operation.name}: the path has an empty segment", fix="remove the doubled slash")
    parts = segments(template)
    for number, part in enumerate(parts):
        match = _VARIABLE.match(part)
        if match is None and ("{" in part or "}" in part):
            message = f"{operation.name}: {part!r} mixes text and a variable; API Gateway has whole segments only"
            return at.problem("HG120", message, fix="make the variable a segment of its own")
        if match is None and not _LITERAL.match(part):
            message = f"{operation.name}: segment {part!r} has characters that API Gateway refuses"
            return at.problem("HG122", message, fix="use letters, digits and . _ : -")
        if match and match.group(2) and number != len(parts) - 1:
            message = f"{operation.name}: {part!r} takes the rest of the path, so nothing can follow it"
            return at.problem("HG124", message, fix="move it to the end")
    return _doubled(operation, parts)


def _doubled(operation: Operation, parts: list[str]) -> Diagnostic | None:
    names = [name for part in parts if (name := variable_name(part))]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not twice:
        return None
    message = f"{operation.name}: the path has {{{twice[0]}}} twice"
    return operation.at.problem("HG128", message, fix="give each variable a name of its own")


def name_resources(operations: list[Operation]) -> list[Operation]:
    """The operations with `resource` and `path_names` filled in: one variable name per place in the whole API."""
    root = _Node()
    for operation in operations:
        _plant(root, operation)
    return [_named(root, operation) for operation in operations]


def count_resources(operations: Iterable[Operation]) -> int:
    """How many API Gateway resources the paths need, the root included."""
    root = _Node()
    for operation in operations:
        _plant(root, operation)
    return root.count()


def clashes(operations: list[Operation]) -> Iterator[tuple[Operation, Operation]]:
    """Pairs that API Gateway could not tell apart: the same method on the same shape of path."""
    first: dict[tuple[str, str], Operation] = {}
    for operation in operations:
        key = operation.method, shape(operation.template)
        if key in first:
            yield first[key], operation
        else:
            first[key] = operation


def greedy_clashes(operations: list[Operation]) -> Iterator[tuple[Operation, Operation]]:
    """Pairs of a variable for one segment and one for the rest of the path at the same place (FACTS 2.13)."""
    first: dict[str, Operation] = {}
    greedy = [operation for operation in operations if operation.template.endswith("+}")]
    for operation in operations:
        parts = segments(operation.template)
        for number, part in enumerate(parts):
            if variable_name(part) and not part.endswith("+}"):
                first.setdefault(shape("/".join(parts[:number])), operation)
    for operation in greedy:
        above = shape(operation.template.rpartition("/")[0])
        if above in first:
            yield first[above], operation


def shape(template: str) -> str:
    """The path without its variables' names.

    >>> shape("/users/{id}/posts")
    '/users/{}/posts'
    """
    return "/" + "/".join("{}" if variable_name(part) else part for part in segments(template))


def _plant(root: _Node, operation: Operation) -> None:
    node = root
    for part in segments(operation.template):
        name = variable_name(part)
        if name is None:
            node = node.literals.setdefault(part, _Node())
            continue
        node.variable_users.append((operation, name))
        node.variable = node.variable or _Node()
        node = node.variable


def _named(root: _Node, operation: Operation) -> Operation:
    node = root
    parts: list[str] = []
    names: dict[str, str] = {}
    for part in segments(operation.template):
        name = variable_name(part)
        if name is None:
            parts.append(part)
            node = node.literals[part]
            continue
        chosen = _choice(node.variable_users, set(names.values()))
        names[name] = chosen
        parts.append("{" + chosen + ("+}" if part.endswith("+}") else "}"))
        assert node.variable is not None
        node = node.variable
    return replace(operation, resource="/" + "/".join(parts), path_names=names)


def _choice(users: list[tuple[Operation, str]], taken: set[str]) -> str:
    """The name for one place. Functions see the name in their event, so theirs is kept where possible (FACTS 3.12)."""
    names = [wire_name(name) for _, name in sorted(users, key=lambda user: not user[0].is_function)]
    free = [name for name in names if name not in taken]
    if free:
        return free[0]
    number = 2
    while f"{names[0]}{number}" in taken:
        number += 1
    return f"{names[0]}{number}"


def wire_name(name: str) -> str:
    """A parameter name that API Gateway accepts; itself where possible."""
    return name if _PARAMETER_NAME.match(name) else re.sub(r"[^a-zA-Z0-9:._-]", "", name) or "p"


def is_wire_name(name: str) -> bool:
    """Whether API Gateway accepts a parameter name as it is."""
    return bool(_PARAMETER_NAME.match(name))
