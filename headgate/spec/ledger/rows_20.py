"""Ledger rows of OpenAPI 2.0 documents: for what their own text says, with what became of the OpenAPI 3 that it was converted into.

A construct of the text has the strongest level of the parts that came from it. Some say how others are meant and leave no part of
their own (`consumes`, `collectionFormat`, the `in` of a body): they go where those went.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..contract.constructs import KIND_OF_20, members, objects
from ..source.document import LoadedDocument, Located
from .rows import ADDRESS, STRENGTH, Key, Level, Row, strongest

# Members that leave nothing of their own: (object, member) -> (level, reason).
_SPREAD: dict[tuple[str, str], tuple[Level, str]] = {
    ("document", "swagger"): ("published", "the published document is of OpenAPI 3"),
    ("document", "host"): ("gateway", ADDRESS),
    ("document", "basePath"): ("gateway", ADDRESS),
    ("document", "schemes"): ("gateway", ADDRESS),
    ("operation", "schemes"): ("gateway", ADDRESS),
    ("document", "consumes"): ("validator", "the media types of bodies"),
    ("operation", "consumes"): ("validator", "the media types of the body"),
    ("document", "produces"): ("published", "the media types of answers"),
    ("operation", "produces"): ("published", "the media types of answers"),
}
# Objects whose members are about one thing: what is not found goes where the others went.
_TOGETHER = {"parameter", "header", "schema", "response", "security scheme"}


def rows_20(roots: Iterable[tuple[Located, str]], rows: Iterable[Row]) -> list[Row]:
    """Rows at pointers of the text. `roots` are objects of the converted documents, with their kinds; `rows` those of all parts."""
    found: dict[Key, Row] = {}
    for row in rows:
        key = row.at.document.file, row.at.document.origin(row.at.pointer)
        known = found.get(key)
        if known is None or STRENGTH[row.level or "published"] > STRENGTH[known.level or "published"]:
            found[key] = row
    text = _Text(found)
    for at, kind in roots:
        pointer = at.document.origin(at.pointer)
        text.visit(_source(at.document, pointer), kind)
    return text.rows


def _source(document: LoadedDocument, pointer: str) -> Located:
    here = Located(document, "", document.source)
    for key in pointer.split("/")[1:]:
        name = key.replace("~1", "/").replace("~0", "~")
        here = here.child(int(name) if isinstance(here.value, list) else name)
    return here


@dataclass(slots=True)
class _Text:
    found: dict[Key, Row]
    rows: list[Row] = field(default_factory=list)
    _seen: set[Key] = field(default_factory=set)
    _weakened: dict[str, set[str]] = field(default_factory=dict)

    def visit(self, at: Located, kind: str) -> None:
        """The members of one object of the text."""
        if at.key in self._seen or not isinstance(at.value, dict):
            return
        self._seen.add(at.key)
        start = len(self.rows)
        for key, member in members(at):
            inner = KIND_OF_20.get(kind, {}).get(key)
            self._add(member, kind, self._told(member, kind, key), inner)
        self._join(start, at, kind)

    def _add(self, at: Located, kind: str, told: tuple[Level, str] | None, inner: str | None) -> None:
        """A row, the rows inside, and then its level when only those decide it."""
        place = len(self.rows)
        self.rows.append(Row(at, kind, *(told or (None, "see inside"))))
        for name, entry, entry_kind in objects(at, inner) if inner else ():
            if name is None:
                self.visit(entry, entry_kind)
            else:
                more = entry_kind if entry_kind.endswith("}") else None
                self._add(entry, "component", self._told(entry, "", ""), more)
                self.visit(entry, entry_kind) if more is None else None
        if self.rows[place].level is None and inner is not None:
            self.rows[place].level = strongest(row.level for row in self.rows[place + 1 :])

    def _told(self, at: Located, kind: str, key: str) -> tuple[Level, str] | None:
        row = self.found.get(at.key)
        if row is not None and row.level is not None:
            return row.level, row.reason
        if key in KIND_OF_20["schema"] or key == "type":
            for pointer in self._remarks(at.document):
                if at.pointer.startswith(pointer + "/"):
                    return "refused", "OpenAPI 3 has no word for it: see the warning"
        return _SPREAD.get((kind, key))

    def _remarks(self, document: LoadedDocument) -> set[str]:
        """Places that the conversion had to weaken."""
        if document.file not in self._weakened:
            told = document.documents.problems
            self._weakened[document.file] = {p.pointer for p in told if p.code == "HG152" and p.path == document.name}
        return self._weakened[document.file]

    def _join(self, start: int, at: Located, kind: str) -> None:
        """Members that left nothing of their own."""
        depth = at.pointer.count("/") + 1
        own = [row for row in self.rows[start:] if row.at.pointer.count("/") == depth]
        together = strongest(row.level for row in own) if kind in _TOGETHER else "published"
        is_body = kind == "parameter" and at.value.get("in") == "body"
        for row in own:
            if row.level is None or (is_body and row.at.pointer.endswith("/schema")):
                row.level, row.reason = together, "one thing with the members beside it"


def converted(documents: Iterable[LoadedDocument]) -> Iterator[tuple[Located, str]]:
    """The roots of those documents that are OpenAPI 2.0."""
    for document in documents:
        if document.conversion is not None:
            yield Located(document, "", document.value), "document"
