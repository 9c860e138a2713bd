"""Paths as API Gateway can hold them: one resource per place and one variable name per place.

API Gateway allows one variable child per resource (FACTS 2.13), documents name the same place `{id}` here and `{userId}` there.
`name_resources` picks one name per place; integrations map it back, so no service sees the difference.
A segment that is no plain literal and no whole variable (`{id}.json`, `@me`) becomes a variable too, and where one path has `{id}`
and another `{rest+}` all of that place becomes `{rest+}`: the aggregator tells those operations apart (`operations.routing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..diagnostics.records import Diagnostic
from .path_keys import PathKey, Segment, Variable, is_plain, read_path
from .records import Operation

# FACTS 10.2; every prefix of a path is a resource, the root included.
MAX_RESOURCES = 300

_VARIABLE = re.compile(r"^\{([^{}]+?)(\+?)\}$")
_PARAMETER_NAME = re.compile(r"^[a-zA-Z0-9:._-]+$")


@dataclass(slots=True)
class _Node:
    """One resource. `users` are (operation, its name for the variable below, whether that is all of the segment)."""

    literals: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    users: list[tuple[Operation, str, bool]] = field(default_factory=list)
    is_greedy: bool = False
    _names: list[str] | None = None

    @property
    def names(self) -> list[str]:
        """Names for the variable below, best first: functions see it in their event, so theirs come first (FACTS 3.12)."""
        if self._names is None:
            ranked = sorted(self.users, key=lambda user: (not user[2], not user[0].is_function))
            self._names = list(dict.fromkeys(wire_name(name) for _, name, _ in ranked))
        return self._names

    def count(self) -> int:
        below = 0 if self.variable is None else 1 if self.is_greedy else self.variable.count()
        return 1 + below + sum(node.count() for node in self.literals.values())


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
    """Why nothing could serve a path, as a diagnostic at the operation."""
    flaw = read_path(operation.template).flaw
    if flaw is None:
        return None
    return operation.at.problem(flaw.code, f"{operation.name}: {flaw.message}", fix=flaw.fix)


def name_resources(operations: list[Operation]) -> list[Operation]:
    """The operations with `resource` and `path_names` filled in: one variable name per place in the whole API."""
    root = _tree(operations)
    return [_named(root, operation) for operation in operations]


def count_resources(operations: Iterable[Operation]) -> int:
    """How many API Gateway resources the paths need, the root included."""
    return _tree(operations).count()


def clashes(operations: list[Operation]) -> Iterator[tuple[Operation, Operation]]:
    """Pairs that no request can tell apart: the same method on the same shape of path with the same query keys."""
    first: dict[tuple[str, object], Operation] = {}
    for operation in operations:
        key = operation.method, match_key(read_path(operation.template))
        if key in first:
            yield first[key], operation
        else:
            first[key] = operation


def match_key(path: PathKey) -> tuple[tuple[Segment, ...], tuple[tuple[str, str | None], ...]]:
    """What of a path decides which requests it matches."""
    return path.shape, path.query


def _tree(operations: Iterable[Operation]) -> _Node:
    root = _Node()
    for operation in operations:
        node = root
        for segment in read_path(operation.template).segments:
            node = _planted(node, operation, segment)
    return root


def _planted(node: _Node, operation: Operation, segment: Segment) -> _Node:
    literal = _literal(segment)
    if literal is not None:
        return node.literals.setdefault(literal, _Node())
    variable = next((part for part in segment if isinstance(part, Variable)), Variable("segment"))
    node.users.append((operation, variable.name, is_plain(segment)))
    node.is_greedy = node.is_greedy or variable.is_greedy
    node.variable = node.variable or _Node()
    return node.variable


def _literal(segment: Segment) -> str | None:
    """The text of a segment that API Gateway can hold as a literal."""
    return segment[0] if is_plain(segment) and isinstance(segment[0], str) else None


def _named(root: _Node, operation: Operation) -> Operation:
    """Everything below a greedy variable belongs to its resource."""
    node = root
    path = read_path(operation.template)
    parts: list[str] = []
    taken: set[str] = set()
    names = {variable.name: variable.name for variable in path.variables}
    for segment in path.segments:
        literal = _literal(segment)
        if literal is not None:
            parts.append(literal)
            node = node.literals[literal]
            continue
        chosen = _choice(node.names, taken)
        taken.add(chosen)
        parts.append("{" + chosen + ("+}" if node.is_greedy else "}"))
        if is_plain(segment):
            names |= {part.name: chosen for part in segment if isinstance(part, Variable)}
        if node.is_greedy or node.variable is None:
            break
        node = node.variable
    return replace(operation, resource="/" + "/".join(parts), path_names=names)


def _choice(names: list[str], taken: set[str]) -> str:
    """The name for one place: the best that no place above it has."""
    for name in names:
        if name not in taken:
            return name
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
