"""Comparing schemas at any depth, circles included.

Each pair of schemas is compared once per direction and becomes a node: its own findings, and edges to the pairs below it. What an
operation is concerned by is what can be reached from its pair. A pair that is being compared further up is taken to be fine there
(values are finite, so each step down gets closer to their end).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from headgate.spec import Located

from .branches import Branches, compare_discriminators
from .findings import Effect, Finding, Found, Pair
from .members import Members, ObjectComparison, compare_items
from .rules import Direction
from .sameness import Untouched
from .shape import Schemas, Shape
from .values import compare_null, compare_values

# Deeper than anybody reads; a finding further down is told at this depth.
_MAX_STEPS = 60


class _Key(NamedTuple):
    old: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]
    direction: Direction
    is_text: bool


@dataclass(slots=True)
class _Node:
    findings: list[Finding] = field(default_factory=list)
    edges: list[tuple[_Key, Pair]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding with its direction, and the way to it from the schema that was asked about, like `/items/*/name`."""

    finding: Finding
    direction: Direction
    way: str

    @property
    def rule(self) -> str:
        return f"{self.direction}-{self.finding.kind}"


class Schemata:
    """Compares pairs of schemas of two documents, each once."""

    def __init__(self) -> None:
        self._nodes: dict[_Key, _Node] = {}
        self._untouched = Untouched()

    def differences(
        self, old: Schemas, new: Schemas, direction: Direction, *, is_text: bool = False
    ) -> list[Difference]:
        """Everything that differs between two schemas and below them, each place once, nearest first."""
        start = self._explored(old, new, direction, is_text=is_text)
        found = []
        for key, way in self._reachable(start):
            found += [Difference(finding, direction, way) for finding in self._nodes[key].findings]
        return found

    def is_free(self, old: Schemas, new: Schemas, effects: frozenset[Effect], direction: Direction) -> bool:
        """Whether no finding between two schemas has one of these effects."""
        start = self._explored(old, new, direction, is_text=False)
        return not any(f.effect in effects for key, _ in self._reachable(start) for f in self._nodes[key].findings)

    def _explored(self, old: Schemas, new: Schemas, direction: Direction, *, is_text: bool) -> _Key:
        whole = Pair("", old, new, is_text)
        start = _key(whole, direction)
        seen, waiting = {start}, [(start, whole)]
        while waiting:
            key, pair = waiting.pop()
            if key not in self._nodes:
                self._nodes[key] = _Node()
                self._fill(self._nodes[key], pair, direction)
            for edge in self._nodes[key].edges:
                if edge[0] not in seen:
                    seen.add(edge[0])
                    waiting.append(edge)
        return start

    def _fill(self, node: _Node, pair: Pair, direction: Direction) -> None:
        for found in self._compare(pair, direction):
            if isinstance(found, Finding):
                node.findings.append(found)
            else:
                node.edges.append((_key(found, direction), found))

    def _reachable(self, start: _Key) -> Iterator[tuple[_Key, str]]:
        """Nodes below a node with the shortest way to each."""
        seen, level = {start}, [(start, "")]
        for _ in range(_MAX_STEPS):
            yield from level
            steps = [(below, way + pair.step) for key, way in level for below, pair in self._nodes[key].edges]
            level = []
            for below, way in steps:
                if below in self._nodes and below not in seen:
                    seen.add(below)
                    level.append((below, way))

    def _compare(self, pair: Pair, direction: Direction) -> Found:
        if self._is_clean(pair.old, pair.new):
            return
        old, new = Shape(pair.old), Shape(pair.new)
        if not old.types or not new.types:
            yield from _nothing(old, new)
            return
        branches = Branches(old, new, lambda o, n, effects: self.is_free(o, n, effects, direction))
        if (old.is_only_a_choice and not new.choices) or (new.is_only_a_choice and not old.choices):
            yield from compare_null(old, new)
            yield from branches.against_one()
            return
        yield from compare_values(old, new, is_text=pair.is_text)
        shared = old.types & new.types
        if "object" in shared:
            yield from ObjectComparison(Members(old), Members(new), direction).found()
        if "array" in shared:
            yield from compare_items(old, new, is_text=pair.is_text)
        yield from branches.found()
        yield from compare_discriminators(old, new)

    def _is_clean(self, old: Schemas, new: Schemas) -> bool:
        return len(old) == len(new) and all(
            self._untouched.is_clean(left, right) for left, right in zip(old, new, strict=True)
        )


def _nothing(old: Shape, new: Shape) -> Iterator[Finding]:
    if bool(old.types) != bool(new.types):
        kind = "type-widened" if new.types else "type-narrowed"
        yield Finding(kind, "values are possible now" if new.types else "no value is possible any more", old.at, new.at)


def _key(pair: Pair, direction: Direction) -> _Key:
    return _Key(_ends(pair.old), _ends(pair.new), direction, pair.is_text)


def _ends(schemas: Schemas) -> tuple[tuple[str, str], ...]:
    """The same schemas are one pair however they were reached: references are followed."""
    return tuple((at.follow() or at).key if _is_bare(at) else at.key for at in schemas)


def _is_bare(at: Located) -> bool:
    return isinstance(at.value, dict) and len(at.value) == 1 and "$ref" in at.value
