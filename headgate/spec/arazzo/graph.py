"""The order of steps: who waits for whom, in which order they are written down, and how long the slowest way takes. Pure.

A step waits for the steps whose outputs it reads and those in `dependsOn`. An unsafe step (POST, PUT, PATCH, DELETE) is a
barrier besides: it waits for every step before it, and every step behind it waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Edges = Mapping[str, frozenset[str]]


def with_barriers(order: Sequence[str], needs: Edges, unsafe: frozenset[str]) -> dict[str, frozenset[str]]:
    """All a step waits for: what it needs, and the barriers of document order."""
    waits: dict[str, frozenset[str]] = {}
    for number, name in enumerate(order):
        before = order[:number]
        barriers = before if name in unsafe else [each for each in before if each in unsafe]
        waits[name] = needs[name] | frozenset(barriers)
    return waits


def sort(order: Sequence[str], waits: Edges) -> list[str]:
    """Document order, except that a step comes after what it waits for; steps of circles are left out.

    >>> sort(["a", "b", "c"], {"a": frozenset({"c"}), "b": frozenset(), "c": frozenset()})
    ['b', 'c', 'a']
    """
    done: list[str] = []
    left = list(order)
    while left:
        free = next((name for name in left if waits[name] <= set(done)), None)
        if free is None:
            return done
        done.append(free)
        left.remove(free)
    return done


def circles(order: Sequence[str], waits: Edges) -> list[list[str]]:
    """Each circle once, starting at its first step in document order."""
    left = [name for name in order if name not in set(sort(order, waits))]
    found: list[list[str]] = []
    for name in left:
        if not any(name in circle for circle in found):
            circle = _circle(name, waits)
            if circle and not any(set(circle) == set(other) for other in found):
                found.append(circle)
    return found


def _circle(start: str, waits: Edges) -> list[str]:
    """A shortest way from a step back to itself; empty when it only waits for a circle of others."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for name in sorted(waits[path[-1]]):
            if name == start:
                return path
            if name not in seen:
                seen.add(name)
                paths.append([*path, name])
    return []


def longest(order: Sequence[str], waits: Edges, cost: Mapping[str, float]) -> tuple[float, list[str]]:
    """The costliest way through a sorted graph, and the steps on it."""
    best: dict[str, tuple[float, list[str]]] = {}
    for name in order:
        seconds, path = max((best[each] for each in sorted(waits[name])), default=(0.0, []), key=lambda way: way[0])
        best[name] = seconds + cost[name], [*path, name]
    return max(best.values(), default=(0.0, []), key=lambda way: way[0])
