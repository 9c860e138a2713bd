"""One OpenAPI 2.0 file as 3.0: the whole document, or (a file that such a document refers to) the parts that are referred to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..pointers import MISSING, escape, has, pointer_keys, step
from .parameters import parameter
from .parts import Defaults, Kind, Need, Notes, Part, Remark, value_at
from .paths import path_item, paths, response, responses
from .root import COVERED, RENAMED, defaults_of, document
from .schemas import schema, schemas

_KINDS: dict[Kind, Callable[[Part, Notes], Any]] = {
    "schema": schema,
    "schemas": schemas,
    "parameter": parameter,
    "response": lambda at, notes: response(at, notes.defaults.produces, notes),
    "responses": lambda at, notes: responses(at, notes.defaults.produces, notes),
    "path item": path_item,
    "paths": paths,
}


@dataclass(slots=True, eq=False)
class Conversion:
    """`value` is 3.0; `origin` leads from pointers of it to pointers of `source`, `destination` back."""

    source: Any
    is_root: bool
    notes: Notes
    value: Any = None
    _done: set[str] = field(default_factory=set)
    _found: dict[str, str] | None = None

    def run(self) -> None:
        """Converts a whole document; of another file nothing yet."""
        self.value = document(Part("", self.source), self.notes) if self.is_root else self.source

    def taken(self) -> tuple[list[Need], list[Remark]]:
        """What was met since last asked: references to go on with, and remarks."""
        needs, remarks = list(self.notes.needs), list(self.notes.remarks)
        self.notes.needs.clear()
        self.notes.remarks.clear()
        return needs, remarks

    def require(self, pointer: str, kind: Kind) -> None:
        """Converts the part at a pointer of the source, unless it is converted already or is not there."""
        keys = pointer_keys(pointer)
        part = value_at(self.source, pointer)
        if part is MISSING or self._is_covered(keys):
            return
        self._done.add(pointer)
        made = _KINDS[kind](Part(pointer, part), self.notes)
        self.value = _replaced(self.value, keys, made)
        self._found = None

    def origin(self, pointer: str) -> str:
        """The pointer into the source that a pointer into the value came from; always one that exists there."""
        here, node, source = "", self.value, self.source
        for key in pointer_keys(pointer):
            child = step(node, key)
            noted = self.notes.members.get((id(node), key)) or self.notes.objects.get(id(child))
            if noted is not None:
                here, source = self._existing(noted)
            elif has(source, key):
                here, source = f"{here}/{escape(key)}", step(source, key)
            node = child
        return here

    def destination(self, pointer: str) -> str | None:
        """The pointer into the value of what stands at a pointer of the source; None when nothing does."""
        first, _, rest = pointer[1:].partition("/")
        renamed = RENAMED.get(first, f"/{first}") if self.is_root else f"/{first}"
        likely = renamed + (f"/{rest}" if rest else "") if pointer else ""
        if value_at(self.value, likely) is not MISSING and self.origin(likely) == pointer:
            return likely
        if self._found is None:
            self._found = {}
            for found in _pointers(self.value, ""):
                self._found.setdefault(self.origin(found), found)
        return self._found.get(pointer)

    def _existing(self, pointer: str) -> tuple[str, Any]:
        """The deepest part of a pointer that the source has: a default that is not written has no place of its own."""
        while (found := value_at(self.source, pointer)) is MISSING:
            pointer = pointer.rpartition("/")[0]
        return pointer, found

    def _is_covered(self, keys: list[str]) -> bool:
        if self.is_root and keys[:1] and keys[0] in COVERED:
            return True
        prefixes = ["".join(f"/{escape(key)}" for key in keys[:length]) for length in range(len(keys) + 1)]
        return any(prefix in self._done for prefix in prefixes)


def conversion(source: Any, lookup: Callable[[str], Any], asked_by: Conversion | None) -> Conversion:
    """The conversion of a file, not yet run. `asked_by` is that of the file whose reference led here, None for a document."""
    is_root = isinstance(source, dict) and "swagger" in source
    inherited = asked_by.notes.defaults if asked_by is not None else Defaults()
    return Conversion(source, is_root, Notes(defaults_of(source) if is_root else inherited, lookup))


def _replaced(value: Any, keys: list[str], made: Any) -> Any:
    """The value with one part replaced; what is on the way there is copied, the rest shared."""
    if not keys:
        return made
    if isinstance(value, list):
        number = int(keys[0])
        return [*value[:number], _replaced(value[number], keys[1:], made), *value[number + 1 :]]
    return {**value, keys[0]: _replaced(value[keys[0]], keys[1:], made)}


def _pointers(value: Any, here: str) -> Iterator[str]:
    """Pointers of all objects and lists, outer ones first."""
    waiting = [(here, value)]
    while waiting:
        pointer, node = waiting.pop()
        yield pointer
        inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        waiting += [(f"{pointer}/{escape(str(key))}", item) for key, item in inside if isinstance(item, dict | list)]
