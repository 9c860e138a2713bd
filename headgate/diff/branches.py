"""Comparing anyOf and oneOf: which branch of one side is which of the other, and what is left over.

Branches are matched by name (the component, the title), then by what they say, then by likeness. A branch that is gone matters only
when no branch of the new list holds all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from headgate.spec import Located

from .findings import Effect, Finding, Found, Pair
from .members import Members
from .sameness import same
from .shape import Choice, Schemas, Shape, names

# (old, new, effects that must not be found) -> whether none of them is
Free = Callable[[Schemas, Schemas, frozenset[Effect]], bool]

LOSES: frozenset[Effect] = frozenset({"narrowed", "changed"})
GAINS: frozenset[Effect] = frozenset({"widened", "changed"})

# Below this share of common members two object branches are different things.
_LIKENESS = 0.5


@dataclass(frozen=True, slots=True)
class Branches:
    """The comparison of what two shapes say by anyOf and oneOf."""

    old: Shape
    new: Shape
    free: Free

    def found(self) -> Found:
        before, after = self.old.choices, self.new.choices
        if len(before) == len(after):
            for left, right in zip(before, after, strict=True):
                yield from self._lists(left, right)
        elif not before:
            yield from self._appeared(after)
        elif not after:
            yield from self._disappeared(before)
        else:
            says = f"{len(before)} lists of branches became {len(after)}"
            yield Finding("keyword-changed", says, before[0].at, after[0].at)

    def against_one(self) -> Found:
        """One side is nothing but a list of branches, the other has none: that is a list of one."""
        (choice,) = self.old.choices or self.new.choices
        if self.old.choices:
            places = (choice.at, self.new.at)
            yield from self._matched(_schemas(choice), [self.new.schemas], places)
        else:
            places = (self.old.at, choice.at)
            yield from self._matched([self.old.schemas], _schemas(choice), places)
        if choice.is_exclusive and not _are_disjoint(choice):
            yield Finding("alternatives-overlap", "branches of the oneOf may hold the same value", *places)

    def _lists(self, old: Choice, new: Choice) -> Found:
        yield from self._matched(_schemas(old), _schemas(new), (old.at, new.at))
        yield from self._overlap(old, new)

    def _matched(self, old: list[Schemas], new: list[Schemas], places: tuple[Located, Located]) -> Found:
        pairs, gone, added = match(list(old), list(new))
        for left, right in pairs:
            yield Pair(f"/({_name(right)})", left, right)
        for left in gone:
            if not any(self.free(left, right, LOSES) for right in new):
                yield Finding("alternative-removed", f"{_name(left)} is gone", left[0], places[1])
        for right in added:
            if not any(self.free(left, right, GAINS) for left in old):
                yield Finding("alternative-added", f"{_name(right)} is new", places[0], right[0])

    def _overlap(self, old: Choice, new: Choice) -> Found:
        """`exactly one` counts how many branches hold, so with branches that may both hold anything may follow from a change."""
        if not (new.is_exclusive or old.is_exclusive) or (_are_disjoint(new) and _are_disjoint(old)):
            return
        pairs, gone, added = match(_schemas(old), _schemas(new))
        is_touched = any(not self.free(left, right, LOSES | GAINS) for left, right in pairs)
        if gone or added or is_touched or new.is_exclusive != old.is_exclusive:
            yield Finding(
                "alternatives-overlap", "branches of oneOf that may hold the same value changed", old.at, new.at
            )

    def _appeared(self, after: list[Choice]) -> Found:
        for choice in after:
            is_held = any(self.free(self.old.schemas, branch, LOSES) for branch in _schemas(choice))
            if not is_held or (choice.is_exclusive and not _are_disjoint(choice)):
                yield Finding("alternatives-added", f"one of {_names(choice)} now", self.old.at, choice.at)

    def _disappeared(self, before: list[Choice]) -> Found:
        for choice in before:
            is_held = any(self.free(branch, self.new.schemas, GAINS) for branch in _schemas(choice))
            if not is_held or (choice.is_exclusive and not _are_disjoint(choice)):
                yield Finding("alternatives-removed", f"no longer one of {_names(choice)}", choice.at, self.new.at)


def match(old: list[Schemas], new: list[Schemas]) -> tuple[list[tuple[Schemas, Schemas]], list[Schemas], list[Schemas]]:
    """(pairs, left over of old, left over of new)."""
    pairs: list[tuple[Schemas, Schemas]] = []
    for is_match in (_have_one_name, _are_same, _are_alike):
        for left in list(old):
            right = next((other for other in new if is_match(left, other)), None)
            if right is not None:
                pairs.append((left, right))
                old.remove(left)
                new.remove(right)
    return pairs, old, new


def _schemas(choice: Choice) -> list[Schemas]:
    return [(branch,) for branch in choice.branches]


def _names(choice: Choice) -> str:
    return ", ".join(_name((branch,)) for branch in choice.branches[:4])


def _are_same(left: Schemas, right: Schemas) -> bool:
    return len(left) == len(right) and all(same(one, other) for one, other in zip(left, right, strict=True))


def _have_one_name(left: Schemas, right: Schemas) -> bool:
    name = _given_name(left)
    return name is not None and name == _given_name(right)


def _given_name(branch: Schemas) -> str | None:
    value = branch[0].value if len(branch) == 1 and isinstance(branch[0].value, dict) else {}
    if isinstance(value.get("$ref"), str):
        return str(value["$ref"]).rpartition("/")[2]
    title = value.get("title")
    return title if isinstance(title, str) else None


def _name(branch: Schemas) -> str:
    """A branch for people: its name, else its types and first members."""
    given = _given_name(branch)
    if given is not None:
        return given
    shape = Shape(branch)
    members = list(Members(shape).declared)[:3]
    types = names(shape.types) if len(shape.types) < 4 else "any"
    return f"{types} with {', '.join(members)}" if members else types


def _are_alike(left: Schemas, right: Schemas) -> bool:
    before, after = Shape(left), Shape(right)
    if before.types != after.types:
        return False
    if before.types != {"object"}:
        return 0 < len(before.types) <= 2
    mine, theirs = set(Members(before).declared), set(Members(after).declared)
    return len(mine & theirs) >= _LIKENESS * max(len(mine | theirs), 1)


def _are_disjoint(choice: Choice) -> bool:
    """Whether no value can hold to two branches, as far as types and listed values of required members tell."""
    if choice.has_discriminator:
        return True
    shapes = [Shape((branch,)) for branch in choice.branches]
    return all(_exclude(left, right) for number, left in enumerate(shapes) for right in shapes[:number])


def _exclude(left: Shape, right: Shape) -> bool:
    shared = left.types & right.types
    if not shared:
        return True
    if left.enum is not None and right.enum is not None and not left.enum.keys() & right.enum.keys():
        return True
    if shared != {"object"}:
        return False
    mine, theirs = Members(left), Members(right)
    return any(_tell_apart(mine, theirs, name) for name in mine.required.keys() & theirs.required.keys())


def _tell_apart(mine: Members, theirs: Members, name: str) -> bool:
    before, after = mine.shape_of(name), theirs.shape_of(name)
    if not before.types & after.types:
        return True
    return before.enum is not None and after.enum is not None and not before.enum.keys() & after.enum.keys()


def compare_discriminators(old: Shape, new: Shape) -> Iterator[Finding]:
    """The property that tells branches apart, and which value means which."""
    before, after = old.first("discriminator"), new.first("discriminator")
    if before is None or after is None or not isinstance(before.value, dict) or not isinstance(after.value, dict):
        return
    was, is_now = before.value.get("propertyName"), after.value.get("propertyName")
    if was != is_now:
        yield Finding("discriminator-changed", f"{was!r} became {is_now!r}", before, after)
    mapped, maps = before.value.get("mapping"), after.value.get("mapping")
    if isinstance(mapped, dict) and isinstance(maps, dict):
        for value in sorted(mapped.keys() - maps.keys(), key=str):
            yield Finding("mapping-changed", f"the value {value!r} is gone", before, after)
