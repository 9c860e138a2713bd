"""Comparing what schemas say about members of objects and items of arrays.

Per name the question is which schemas hold there: those of `properties`, of the patterns that match, else of
`additionalProperties`. So it does not matter which branch of an allOf describes a member.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from headgate.spec import Located

from .findings import Finding, Found, Pair
from .rules import Direction
from .shape import Schemas, Shape, anything

_HIDDEN = {"request": "readOnly", "response": "writeOnly"}


class Members:
    """The object side of a shape."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.at = shape.at

    @cached_property
    def declared(self) -> dict[str, Schemas]:
        """Described members; the schemas of `properties` only."""
        found: dict[str, Schemas] = {}
        for part in self.shape.objects:
            if isinstance(part.value.get("properties"), dict):
                for name, at in part.child("properties").items():
                    found[name] = (*found.get(name, ()), at)
        return found

    @cached_property
    def required(self) -> dict[str, Located]:
        found: dict[str, Located] = {}
        for listed in self.shape.having("required"):
            if isinstance(listed.value, list):
                found.update({at.value: at for at in listed.values() if isinstance(at.value, str)})
        return found

    @cached_property
    def patterns(self) -> dict[str, Schemas]:
        found: dict[str, Schemas] = {}
        for listed in self.shape.having("patternProperties"):
            for pattern, at in listed.items():
                found[pattern] = (*found.get(pattern, ()), at)
        return found

    def schemas(self, name: str) -> Schemas:
        """Everything that holds for a member of this name; nothing when it is not constrained."""
        found: list[Located] = []
        for part in self.shape.objects:
            found += _schemas(part, name)
        return tuple(found)

    @cached_property
    def others(self) -> Schemas:
        """What holds for members that nobody describes."""
        return tuple(self.shape.having("additionalProperties"))

    @property
    def is_closed(self) -> bool:
        """Whether members that nobody describes are refused."""
        return any(at.value is False for at in [*self.others, *self.shape.having("unevaluatedProperties")])

    @property
    def is_invited(self) -> bool:
        """Whether a schema says in so many words that members of any name may come."""
        return bool(self.others) and not self.is_closed

    def shape_of(self, name: str) -> Shape:
        return Shape(self.schemas(name) or (anything(self.at, name),))


def _schemas(part: Located, name: str) -> Iterator[Located]:
    properties = part.value.get("properties")
    is_described = isinstance(properties, dict) and name in properties
    if is_described:
        yield part.child("properties").child(name)
    patterns = part.value.get("patternProperties")
    for pattern in patterns if isinstance(patterns, dict) else ():
        if _matches(pattern, name):
            is_described = True
            yield part.child("patternProperties").child(pattern)
    if not is_described and "additionalProperties" in part.value:
        yield part.child("additionalProperties")


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True  # another dialect: better too many schemas than too few


@dataclass(frozen=True, slots=True)
class ObjectComparison:
    """Two object sides, in one direction."""

    old: Members
    new: Members
    direction: Direction

    def found(self) -> Found:
        """Findings here, and the members to compare."""
        for name in {**self.old.declared, **self.new.declared}:
            if name not in self.old.declared:
                yield from self._added(name)
            elif name not in self.new.declared:
                yield from self._removed(name)
            else:
                yield from self._kept(name)
        for name in {**self.old.required, **self.new.required}:
            if name not in self.old.declared and name not in self.new.declared:
                yield from self._requiredness(name)
        yield from self._undeclared()
        yield from self._patterns()

    def _is_hidden(self, members: Members, name: str) -> bool:
        return members.shape_of(name).says(_HIDDEN[self.direction])

    def _place(self, members: Members, name: str) -> Located:
        return members.declared[name][0] if name in members.declared else members.at

    def _places(self, name: str) -> tuple[Located, Located]:
        return self._place(self.old, name), self._place(self.new, name)

    def _added(self, name: str) -> Found:
        places = self._places(name)
        if self._is_hidden(self.new, name):
            return
        if name in self.old.required and name not in self.new.required:
            yield Finding(
                "property-became-optional", f"{name!r} may be missing now", self.old.required[name], places[1]
            )
        if self.direction == "request" and name in self.new.required and name not in self.old.required:
            yield Finding("required-property-added", f"{name!r} is new and required", *places)
        elif self.direction == "request" and self.old.is_invited and not self.new.shape_of(name).is_anything:
            yield from self._into_invited(name, places)
        else:
            yield Finding("property-added", f"{name!r} is new", *places)

    def _into_invited(self, name: str, places: tuple[Located, Located]) -> Found:
        if Shape(self.old.others).is_anything:
            yield Finding("property-constrained", f"{name!r} is new; any value was possible under that name", *places)
            return
        yield Finding("property-added", f"{name!r} is new", *places)
        yield Pair(f"/{name}", self.old.schemas(name), self.new.schemas(name))

    def _removed(self, name: str) -> Found:
        places = self._places(name)
        if self._is_hidden(self.old, name):
            return
        is_required = name in self.old.required
        if name in self.new.required and not is_required:
            yield Finding("property-became-required", f"{name!r} must be there now", *places)
        if self.new.is_closed and self.direction == "request":
            yield Finding("property-refused", f"{name!r} is not possible any more", *places)
            return
        yield Finding("required-property-removed" if is_required else "property-removed", f"{name!r} is gone", *places)
        if self.direction == "request" and self.new.schemas(name):
            yield Pair(f"/{name}", self.old.declared[name], self.new.schemas(name))

    def _kept(self, name: str) -> Found:
        yield from self._requiredness(name)
        places = self._places(name)
        before, after = self.old.shape_of(name), self.new.shape_of(name)
        for keyword, word in (("readOnly", "read-only"), ("writeOnly", "write-only")):
            if before.says(keyword) != after.says(keyword):
                is_now = after.says(keyword)
                kind = f"became-{word}" if is_now else f"no-longer-{word}"
                yield Finding(kind, f"{name!r} is {word if is_now else f'no longer {word}'}", *places)
        if before.says("deprecated") != after.says("deprecated"):
            is_now = after.says("deprecated")
            kind = "property-deprecated" if is_now else "property-reactivated"
            yield Finding(kind, f"{name!r} is {'deprecated' if is_now else 'no longer deprecated'}", *places)
        yield Pair(f"/{name}", self.old.schemas(name), self.new.schemas(name))

    def _requiredness(self, name: str) -> Found:
        before = name in self.old.required and not self._is_hidden(self.old, name)
        after = name in self.new.required and not self._is_hidden(self.new, name)
        was_hidden = self._is_hidden(self.old, name) and self.direction == "response"
        if before == after or self._is_hidden(self.new, name) or was_hidden:
            return
        old_at = self.old.required.get(name) or self._place(self.old, name)
        new_at = self.new.required.get(name) or self._place(self.new, name)
        if after:
            yield Finding("property-became-required", f"{name!r} must be there now", old_at, new_at)
        else:
            yield Finding("property-became-optional", f"{name!r} may be missing now", old_at, new_at)

    def _undeclared(self) -> Found:
        if not (self.old.others or self.new.others):
            return
        old_at = (self.old.others or (self.old.at,))[0]
        new_at = (self.new.others or (self.new.at,))[0]
        if self.old.is_closed != self.new.is_closed:
            kind = "undeclared-refused" if self.new.is_closed else "undeclared-allowed"
            says = "not possible any more" if self.new.is_closed else "possible now"
            yield Finding(kind, f"members that are not described are {says}", old_at, new_at)
        elif not self.new.is_closed:
            before = self.old.others or (anything(self.old.at, "additionalProperties"),)
            after = self.new.others or (anything(self.new.at, "additionalProperties"),)
            yield Pair("/*", before, after)

    def _patterns(self) -> Found:
        before, after = self.old.patterns, self.new.patterns
        for pattern in sorted(before.keys() & after.keys()):
            yield Pair(f"/~{pattern}", before[pattern], after[pattern])
        for pattern in sorted(before.keys() ^ after.keys()):
            holder = before if pattern in before else after
            yield Finding(
                "keyword-changed",
                f"patternProperties {pattern} is {'gone' if pattern in before else 'new'}",
                holder[pattern][0] if pattern in before else self.old.at,
                holder[pattern][0] if pattern in after else self.new.at,
            )


def compare_items(old: Shape, new: Shape, *, is_text: bool) -> Found:
    """The items of arrays: those with a place of their own, then the rest."""
    before, after = _items(old), _items(new)
    for number in range(max(len(before) - 1, len(after) - 1)):
        left, right = before[min(number, len(before) - 1)], after[min(number, len(after) - 1)]
        yield Pair(f"/{number}", left, right, is_text)
    if old.having("items", "prefixItems") or new.having("items", "prefixItems"):
        yield Pair("/*", before[-1], after[-1], is_text)


def _items(shape: Shape) -> list[Schemas]:
    """Per place the schemas that hold there; the last entry is for all further places."""
    longest = max((len(at.value) for at in shape.having("prefixItems") if isinstance(at.value, list)), default=0)
    found: list[Schemas] = []
    for number in range(longest + 1):
        here: list[Located] = []
        for part in shape.objects:
            prefix = part.value.get("prefixItems")
            if isinstance(prefix, list) and number < len(prefix):
                here.append(part.child("prefixItems").child(number))
            elif isinstance(part.value.get("items"), dict | bool):
                here.append(part.child("items"))
        found.append(tuple(here) or (anything(shape.at, "items"),))
    return found
