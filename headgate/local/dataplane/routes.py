"""Routing on (resource, verb) pairs with greedy fall-through (FACTS 2). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..records import Method, Resource
from .switches import Switches

# FACTS 2.4: what ANY stands for.
ANY_VERBS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

REMEMBERED = 1024  # answers kept per snapshot, of paths of at most so many characters
REMEMBERED_LENGTH = 200


@dataclass(slots=True)
class _Node:
    """A place in the path tree; `variable` and `greedy` are its only such children (FACTS 2.13)."""

    literals: "dict[str, _Node]" = field(default_factory=dict)
    variable: "tuple[str, _Node] | None" = None
    greedy: "tuple[str, _Node] | None" = None
    resource: Resource | None = None


class Match(NamedTuple):
    """The pair that serves a request, and the raw values of its path parameters (FACTS 2.9)."""

    resource: Resource
    method: Method
    parameters: Mapping[str, str]


class Routes:
    """The path tree of one snapshot."""

    def __init__(self, resources: Iterable[Resource], switches: Switches) -> None:
        self._root = _Node()
        self._found: dict[tuple[str, str], Match | None] = {}
        self._variables_after_literals = switches.verb_falls_through_to_variable
        for resource in resources:
            self._add(resource)

    def _add(self, resource: Resource) -> None:
        node = self._root
        for part in _segments(resource.path):
            if part.startswith("{") and part.endswith("+}"):
                node.greedy = node.greedy or (part[1:-2], _Node())
                node = node.greedy[1]
            elif part.startswith("{") and part.endswith("}"):
                node.variable = node.variable or (part[1:-1], _Node())
                node = node.variable[1]
            else:
                node = node.literals.setdefault(part, _Node())
        node.resource = resource

    def find(self, path: str, verb: str) -> Match | None:
        """The best pair for a raw path, or None. `find("/users/a/", "GET")` serves `/users/{id}` with id `a` (FACTS 2.6)."""
        key = (path, verb)
        if key in self._found:
            return self._found[key]
        found = self._walk(self._root, _segments(path), verb)
        match = Match(found[0], found[1], dict(found[2])) if found else None
        if len(path) <= REMEMBERED_LENGTH:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[key] = match
        return match

    def _walk(
        self, node: _Node, segments: list[str], verb: str
    ) -> tuple[Resource, Method, tuple[tuple[str, str], ...]] | None:
        if not segments:
            method = serving(node.resource, verb)
            return (node.resource, method, ()) if node.resource and method else None
        first, rest = segments[0], segments[1:]
        literal = node.literals.get(first)
        if literal is not None and (found := self._walk(literal, rest, verb)):
            return found  # FACTS 2.3: the literal wins, if the pair exists (FACTS 2.1)
        if node.variable and first and (literal is None or self._variables_after_literals):
            name, child = node.variable
            if found := self._walk(child, rest, verb):
                return found[0], found[1], ((name, first), *found[2])
        return self._greedy(node, segments, verb)

    def _greedy(
        self, node: _Node, segments: list[str], verb: str
    ) -> tuple[Resource, Method, tuple[tuple[str, str], ...]] | None:
        if node.greedy is None:
            return None
        name, child = node.greedy
        method = serving(child.resource, verb)
        if child.resource is None or method is None:
            return None
        return child.resource, method, ((name, "/".join(segments)),)  # FACTS 2.7: double slashes inside are kept


def serving(resource: Resource | None, verb: str) -> Method | None:
    """The method of a resource for a verb: its own, else ANY (FACTS 2.4)."""
    if resource is None:
        return None
    return resource.methods.get(verb) or (resource.methods.get("ANY") if verb in ANY_VERBS else None)


def _segments(path: str) -> list[str]:
    """`//a//b/` -> [a, "", b]: slashes at either end do not count (FACTS 2.6, 2.8)."""
    inner = path.strip("/")
    return inner.split("/") if inner else []
