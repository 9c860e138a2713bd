"""A part of an OpenAPI 2.0 text while it is converted: a value, and the JSON pointer it has in that text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..pointers import escape, pointer_keys, step

Made = TypeVar("Made")

Kind = str  # what a reference stands for: "schema", "schemas", "parameter", "response", "responses", "path item"


@dataclass(frozen=True, slots=True)
class Part:
    """`is_foreign` parts stand in another file: all of them have the pointer of the reference that leads there."""

    pointer: str
    value: Any
    is_foreign: bool = False

    def child(self, key: str | int) -> Part:
        """One step down; KeyError or IndexError when absent."""
        pointer = self.pointer if self.is_foreign else f"{self.pointer}/{escape(str(key))}"
        return Part(pointer, self.value[key], self.is_foreign)

    def members(self) -> Iterator[tuple[str, Part]]:
        """Members of an object; anything else has none."""
        for key in self.value if isinstance(self.value, dict) else ():
            yield key, self.child(key)

    def items(self) -> Iterator[Part]:
        """Items of a list; anything else has none."""
        for number in range(len(self.value) if isinstance(self.value, list) else 0):
            yield self.child(number)

    @property
    def reference(self) -> str | None:
        """The text of its `$ref`, when it is one."""
        ref = self.value.get("$ref") if isinstance(self.value, dict) else None
        return ref if isinstance(ref, str) else None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the document says for operations that do not say it themselves."""

    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    host: str = ""
    base_path: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A reference that was met: what it points at has to be converted too, as that kind of thing."""

    pointer: str
    ref: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Remark:
    """Something 3.0 cannot say; a warning at that place of the text."""

    pointer: str
    message: str
    fix: str


@dataclass(slots=True)
class Notes:
    """Where each converted object came from, what it refers to, and what could not be said in 3.0.

    Objects are known by identity, so a conversion is free to put them anywhere; `kept` keeps the identities from being used again.
    """

    defaults: Defaults
    lookup: Callable[[str], Any]  # a $ref to the value it leads to in the text of its file, or MISSING
    objects: dict[int, str] = field(default_factory=dict)
    members: dict[tuple[int, str], str] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def made(self, value: Made, at: Part, **renamed: str) -> Made:
        """Remembers where an object or list came from. `renamed` are members with the pointer they had there, inside `at`."""
        self.objects[id(value)] = at.pointer
        self.kept.append(value)
        if not at.is_foreign:
            for key, was in renamed.items():
                self.members[id(value), key] = f"{at.pointer}/{was}"
        return value

    def reference(self, at: Part, kind: Kind) -> Any:
        """A reference as it stands; its text keeps pointing into the 2.0 text (DocumentSet.target leads it on)."""
        self.needs.append(Need(at.pointer, str(at.reference), kind))
        return self.made(dict(at.value), at)

    def remark(self, at: Part, message: str, fix: str) -> None:
        """A warning for the author."""
        self.remarks.append(Remark(at.pointer, message, fix))


def value_at(value: Any, pointer: str) -> Any:
    """What a pointer leads to, or MISSING."""
    for key in pointer_keys(pointer):
        value = step(value, key)
    return value
