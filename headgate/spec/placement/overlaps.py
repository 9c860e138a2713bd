"""Finds among many paths those that some request could match too, without comparing each with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..operations.path_keys import Segment, is_rest, meet, read_path
from ..operations.records import Operation


@dataclass(slots=True)
class _Node:
    """One place. `ends` and `rests` are the numbers of paths that end there, or whose last segment takes all that follows."""

    below: dict[Segment, _Node] = field(default_factory=dict)
    mixed: list[Segment] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    rests: list[int] = field(default_factory=list)

    def inside(self) -> Iterator[int]:
        """Paths that go on behind this place."""
        yield from self.rests
        for node in self.below.values():
            yield from node.ends
            yield from node.inside()


class Overlaps:
    """The operations of an API by method and path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations = list(operations)
        self._roots: dict[str, _Node] = {}
        for number, operation in enumerate(self._operations):
            root = self._roots.setdefault(operation.method, _Node())
            _plant(root, read_path(operation.template).segments, number)

    def of(self, method: str, path: str) -> list[Operation]:
        """Operations of a method whose path overlaps with this one (`path_keys.overlap`), in their order."""
        root = self._roots.get(method)
        found = _met(root, read_path(path).segments) if root is not None else ()
        return [self._operations[number] for number in sorted(found)]


def _plant(node: _Node, segments: tuple[Segment, ...], number: int) -> None:
    for segment in segments:
        if is_rest(segment):
            node.rests.append(number)
            return
        if segment not in node.below:
            node.below[segment] = _Node()
            node.mixed += [] if _is_text(segment) else [segment]
        node = node.below[segment]
    node.ends.append(number)


def _met(node: _Node, segments: tuple[Segment, ...]) -> Iterator[int]:
    if not segments:
        yield from node.ends
        return
    first = segments[0]
    if is_rest(first):
        yield from node.inside()
        return
    yield from node.rests
    near = [first, *node.mixed] if _is_text(first) else list(node.below)
    for segment in near:
        if segment in node.below and meet(first, segment):
            yield from _met(node.below[segment], segments[1:])


def _is_text(segment: Segment) -> bool:
    return len(segment) == 1 and isinstance(segment[0], str)
