"""Whether two parts of documents say the same: member order, descriptions, examples and the names of components do not count."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.spec import Located
from headgate.spec.contract.schemas import version
from headgate.spec.source.naming import DATA

from .shape import text

_SILENT = {"title", "description", "summary", "example", "examples", "externalDocs", "xml", "$comment"}


def same(old: Located, new: Located) -> bool:
    """Whether both say the same. Circles are followed once: what is not found different is the same."""
    seen: set[tuple[tuple[str, str], tuple[str, str]]] = set()
    waiting = [(old, new)]
    while waiting:
        left, right = (side.follow() or side for side in waiting.pop())
        if (left.key, right.key) in seen:
            continue
        seen.add((left.key, right.key))
        if not (isinstance(left.value, dict) and isinstance(right.value, dict)):
            if isinstance(left.value, list) and isinstance(right.value, list) and len(left.value) == len(right.value):
                waiting += zip(left.values(), right.values(), strict=True)
            elif text(left.value) != text(right.value):
                return False
            continue
        before, after = _spoken(left), _spoken(right)
        if before != after:
            return False
        for key in before:
            if key in DATA and text(left.value[key]) != text(right.value[key]):
                return False
            if key not in DATA:
                waiting.append((left.child(key), right.child(key)))
    return True


def _spoken(at: Located) -> set[str]:
    return {key for key in at.value if key not in _SILENT or not isinstance(at.value[key], str | list)}


class Untouched:
    """Tells quickly that two places and all they refer to are written alike, so that only what was touched is compared.

    Pairs of reference targets form a graph; a pair that differs taints all pairs that lead to it.
    """

    def __init__(self) -> None:
        self._known: set[tuple[tuple[str, str], tuple[str, str]]] = set()
        self._tainted: set[tuple[tuple[str, str], tuple[str, str]]] = set()
        self._used_by: dict[tuple[tuple[str, str], tuple[str, str]], list[tuple[tuple[str, str], tuple[str, str]]]] = {}

    def is_clean(self, old: Located, new: Located) -> bool:
        """Whether both are written alike, as far as their references lead."""
        start = (old.key, new.key)
        waiting = [(old, new)]
        while waiting:
            left, right = waiting.pop()
            pair = (left.key, right.key)
            if pair in self._known:
                continue
            self._known.add(pair)
            if left.value != right.value or version(left) != version(right):
                self._taint(pair)
                continue
            for target in _targets(left, right):
                below = (target[0].key, target[1].key)
                self._used_by.setdefault(below, []).append(pair)
                if below in self._tainted:
                    self._taint(pair)
                waiting.append(target)
        return start not in self._tainted

    def _taint(self, pair: tuple[tuple[str, str], tuple[str, str]]) -> None:
        waiting = [pair]
        while waiting:
            here = waiting.pop()
            if here not in self._tainted:
                self._tainted.add(here)
                waiting += self._used_by.get(here, [])


def _targets(left: Located, right: Located) -> Iterator[tuple[Located, Located]]:
    """Where the references inside two equal values lead; one that leads nowhere on a side has no target."""
    waiting = [(left, right)]
    while waiting:
        old, new = waiting.pop()
        if isinstance(old.value, dict) and isinstance(old.value.get("$ref"), str):
            ends = [side.document.documents.target(side) for side in (old, new)]
            found = [end for end in ends if isinstance(end, Located)]
            if len(found) == 2:
                yield found[0], found[1]
        waiting += _inside(old, new)


def _inside(old: Located, new: Located) -> Iterator[tuple[Located, Located]]:
    for key, member in old.items():
        if isinstance(member.value, dict | list) and key not in DATA and not key.startswith("x-"):
            yield member, new.child(int(key) if isinstance(old.value, list) else key)
