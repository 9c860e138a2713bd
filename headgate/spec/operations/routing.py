"""Routes: one method of one API Gateway resource, and the operations behind it.

Mostly that is one operation, and API Gateway does the rest. A route is an *edge* where API Gateway cannot tell its operations
apart, matches more than they do, or cannot check them (`validate: strict`): then the aggregator tries them, most literal first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .path_keys import PathKey, Segment, Variable, read_path
from .paths import match_key
from .records import Operation

Place = tuple[str, str]


@dataclass(frozen=True)
class Route:
    """The operations of one method and resource in document order; the first speaks for all where they must agree."""

    operations: tuple[Operation, ...]

    @property
    def first(self) -> Operation:
        return self.operations[0]

    @property
    def place(self) -> Place:
        """(method, resource)"""
        return self.first.method, self.first.resource

    @property
    def key(self) -> str:
        """`GET /users/{id}`, as plans.json names it."""
        return f"{self.first.method} {self.first.resource}"

    @cached_property
    def variants(self) -> tuple[tuple[Operation, ...], ...]:
        """Operations that match the same requests stand together; the most literal ones come first."""
        found: dict[object, list[Operation]] = {}
        for operation in self.operations:
            found.setdefault(match_key(read_path(operation.template)), []).append(operation)
        ordered = sorted(found.values(), key=lambda same: specificity(read_path(same[0].template)))
        return tuple(tuple(same) for same in ordered)

    @cached_property
    def is_edge(self) -> bool:
        """Whether the aggregator has to serve it."""
        if len(self.operations) > 1 and len(self.variants) > 1:
            return True
        return any(is_strict(o) or not fills_its_resource(o) for o in self.operations)


def routes_of(operations: Iterable[Operation]) -> list[Route]:
    """All routes, in the order of their first operations. `operations` have their resources."""
    found: dict[Place, list[Operation]] = {}
    for operation in operations:
        found.setdefault((operation.method, operation.resource), []).append(operation)
    return [Route(tuple(same)) for same in found.values()]


def is_strict(operation: Operation) -> bool:
    """Whether every request is to be checked by all that the document says."""
    return operation.settings.validate_ == "strict"


def fills_its_resource(operation: Operation) -> bool:
    """Whether API Gateway routes to the resource exactly what the operation's path means."""
    path = read_path(operation.template)
    return not path.query and path.shape == read_path(operation.resource).shape


def specificity(path: PathKey) -> tuple[object, ...]:
    """Sorts paths as API Gateway ranks resources (FACTS 2.3): literals before variables from the left, then more query keys."""
    valued = sum(value is not None for _, value in path.query)
    return tuple(_rank(segment) for segment in path.segments), -valued, -len(path.query)


def _rank(segment: Segment) -> tuple[int, int]:
    texts = [part for part in segment if isinstance(part, str)]
    if len(texts) == len(segment):
        return 0, 0
    if texts:
        return 1, -sum(map(len, texts))
    return (3 if any(isinstance(part, Variable) and part.is_greedy for part in segment) else 2), 0
