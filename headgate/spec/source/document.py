"""A document somebody wrote: its value, the place of every part of it, and where its references lead.

`DocumentSet` reads each file once; `Located` is a cursor into a document that crosses `$ref`s, files and cycles:

    documents = DocumentSet(folder)
    users = documents.load("openapi/users.yaml")          # LoadedDocument | None, problems in documents.problems
    schema = users.root.at("paths", "/users", "get")      # Located | None, references followed on the way
    schema.problem("HG130", "no upstream")                # Diagnostic at that file and line
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urljoin

from ..diagnostics.records import Diagnostic, Level
from .identifiers import MARK, Identifiers, identifiers
from .pointers import MISSING, escape, has, pointer_keys, pointer_of, step
from .swagger import Conversion, Need, conversion
from .texts import Places, read_text


@dataclass(frozen=True, slots=True, eq=False)
class LoadedDocument:
    """One parsed file. `name` is the path as people see it in messages, `file` the path it was read from.

    `source` is what the file says, `value` what the compiler reads: OpenAPI 3, into which 2.0 is converted. Pointers are into
    `value`; `origin` leads to `source`, where messages point. `$ref`s keep the text of the file; `DocumentSet.target` follows them.
    `version` is the OpenAPI version as text; a file that is no document has that of the one that referred to it first.
    `address` is the URL that the file is the pinned copy of, and that its own references are relative to.
    """

    name: str
    file: str
    source: Any
    places: Places
    documents: DocumentSet
    version: str = ""
    conversion: Conversion | None = None
    address: str = ""
    identifiers: Identifiers = field(default_factory=Identifiers)

    @property
    def value(self) -> Any:
        """The whole as OpenAPI 3."""
        return self.source if self.conversion is None else self.conversion.value

    @property
    def root(self) -> Located:
        """The cursor at the top."""
        return Located(self, "", self.value)

    def origin(self, pointer: str) -> str:
        """Where in `source` the part of `value` at a pointer comes from: the same, unless the file is OpenAPI 2.0."""
        return pointer if self.conversion is None else self.conversion.origin(pointer)

    def position(self, pointer: str) -> tuple[int, int]:
        """(line, column) of a JSON pointer, from 1; of its deepest existing part when it leads nowhere."""
        return self.places.position(pointer_keys(self.origin(pointer)))

    def problem(self, pointer: str, code: str, message: str, *, fix: str = "", level: Level = "error") -> Diagnostic:
        """A diagnostic at a JSON pointer of this document."""
        return self.source_problem(self.origin(pointer), code, message, fix=fix, level=level)

    def source_problem(
        self, pointer: str, code: str, message: str, *, fix: str = "", level: Level = "error"
    ) -> Diagnostic:
        """The same at a pointer of `source`."""
        line, column = self.places.position(pointer_keys(pointer))
        return Diagnostic(self.name, line, column, level, code, message, fix, pointer)


@dataclass(slots=True)
class Located:
    """A value and where it stands. Nobody changes one; it is not frozen because making a frozen one takes three times as long."""

    document: LoadedDocument
    pointer: str
    value: Any

    @property
    def key(self) -> tuple[str, str]:
        """Names this place: equal for the same place however it was reached."""
        return self.document.file, self.pointer

    def child(self, key: str | int) -> Located:
        """One step down without following references; KeyError or IndexError when absent."""
        token = key if isinstance(key, str) else str(key)
        return Located(self.document, f"{self.pointer}/{escape(token)}", self.value[key])

    def at(self, *keys: str | int) -> Located | None:
        """Several steps down, references followed before each step and at the end; None when absent or broken."""
        here = self.follow()
        for key in keys:
            if here is None or not has(here.value, key):
                return None
            here = here.child(key).follow()
        return here

    def follow(self) -> Located | None:
        """The end of a chain of `$ref`s, or this itself; None when the chain is broken or circular."""
        here: Located | None = self
        if not isinstance(self.value, dict) or "$ref" not in self.value:
            return self
        seen: set[tuple[str, str]] = set()
        while here is not None and isinstance(here.value, dict) and isinstance(here.value.get("$ref"), str):
            if here.key in seen:
                return None
            seen.add(here.key)
            target = here.document.documents.target(here)
            here = target if isinstance(target, Located) else None
        return here

    def items(self) -> Iterator[tuple[str, Located]]:
        """Members of an object or items of an array, references not followed."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Located(self.document, f"{self.pointer}/{escape(key)}", value)
        if isinstance(self.value, list):
            for number, value in enumerate(self.value):
                yield str(number), Located(self.document, f"{self.pointer}/{number}", value)

    def values(self) -> Iterator[Located]:
        """The same without their keys."""
        return (at for _, at in self.items())

    def problem(self, code: str, message: str, *, fix: str = "", level: Level = "error") -> Diagnostic:
        """A diagnostic at this place."""
        return self.document.problem(self.pointer, code, message, fix=fix, level=level)


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """Who asks for a file: a place in the text of a document."""

    document: LoadedDocument
    pointer: str

    def problem(self, code: str, message: str, *, fix: str = "", level: Level = "error") -> Diagnostic:
        """A diagnostic at this place."""
        return self.document.source_problem(self.pointer, code, message, fix=fix, level=level)


class Pin(Protocol):
    """A copy of a remote file: where it is, and the SHA-256 that it has, in hexadecimal."""

    @property
    def file(self) -> str: ...

    @property
    def sha256(self) -> str: ...


Asker = Located | SourcePlace


@dataclass(slots=True, eq=False)
class DocumentSet:
    """All files of one compilation, each read once. `read` is the only contact with the disk.

    `pins` are the remote files that gateway.yaml names, by address; None when there is no gateway.yaml.
    """

    root: Path
    read: Callable[[Path], bytes] = Path.read_bytes
    problems: list[Diagnostic] = field(default_factory=list)
    pins: Mapping[str, Pin] | None = None
    _loaded: dict[str, LoadedDocument | None] = field(default_factory=dict)
    _targets: dict[tuple[str, str], Located | Diagnostic] = field(default_factory=dict)
    _unconverted: list[LoadedDocument] = field(default_factory=list)
    _is_converting: bool = False

    def load(self, path: str | Path, asked_by: Asker | None = None) -> LoadedDocument | None:
        """The document at `path` (relative to the root), or None with the reason in `problems`."""
        return self._open(os.path.normpath(self.root / path), asked_by)

    def adopt(self, name: str, text: str) -> LoadedDocument | None:
        """A document from memory, as if it were the file `name` of the root."""
        file = os.path.normpath(self.root / name)
        self._parse(file, text.encode(), None)
        self._convert()
        return self._loaded[file]

    def loaded(self) -> list[LoadedDocument]:
        """Every document read so far."""
        return [document for document in self._loaded.values() if document is not None]

    def target(self, reference: Located) -> Located | Diagnostic:
        """Where one `{"$ref": ...}` points, or why it points nowhere. One step, remembered."""
        if reference.key not in self._targets:
            self._targets[reference.key] = self._find(reference)
        return self._targets[reference.key]

    def _find(self, reference: Located) -> Located | Diagnostic:
        ref: str = reference.value["$ref"]
        place = reference.child("$ref")
        location, _, fragment = ref.partition("#")
        document: LoadedDocument | None = reference.document
        named = reference.document.identifiers
        base = named.base(reference.pointer) if not location else named.by_address(location, reference.pointer)
        if base is None:
            base, document = "", self._referred(reference.document, location, place)
        if document is None:
            return self._unusable(reference, location, place, ref)
        if fragment and not fragment.startswith("/"):
            anchor = document.identifiers.by_anchor(unquote(fragment), base)
            if anchor is None:
                message = f"$ref {ref!r}: there is no one $anchor {fragment!r}"
                return place.problem("HG104", message, fix="define it, or write a pointer like '#/components/...'")
            return _inside(document, anchor, place, ref)
        found = _inside(document, base + unquote(fragment), place, ref)
        # By JSON Schema a pointer starts at the `$id` around it; most documents mean their own top all the same.
        is_nothing = isinstance(found, Diagnostic) and base and not location
        return _inside(document, unquote(fragment), place, ref) if is_nothing else found

    def _unusable(self, reference: Located, location: str, place: Located, ref: str) -> Diagnostic:
        address = _address(reference.document, location)
        if not _is_remote(address):
            return place.problem(
                "HG104", f"$ref {ref!r}: the file cannot be used", fix="see the message about that file"
            )
        fix = "download it and refer to the file; a document on its own has nowhere to pin it"
        if self.pins is not None:
            fix = (
                "keep a copy in the project and pin it: `references: {<url>: {file: ..., sha256: ...}}` in gateway.yaml"
            )
        return place.problem("HG105", f"$ref {ref!r} leads to {address}", fix=fix)

    def _referred(self, document: LoadedDocument, location: str, asked_by: Asker) -> LoadedDocument | None:
        """The document that the file part of a reference names; of an address the copy that gateway.yaml pins."""
        if not location:
            return document
        address = _address(document, location)
        if _is_remote(address):
            pin = (self.pins or {}).get(address)
            return self._open(os.path.normpath(self.root / pin.file), asked_by, address) if pin else None
        return self._open(os.path.normpath(Path(document.file).parent / unquote(location)), asked_by)

    def _open(self, file: str, asked_by: Asker | None, address: str = "") -> LoadedDocument | None:
        if file not in self._loaded:
            self._loaded[file] = None
            self._read(file, asked_by, address)
            self._convert()
        return self._loaded[file]

    def _read(self, file: str, asked_by: Asker | None, address: str) -> None:
        name = self._name(file)
        try:
            content = self.read(Path(file))
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
            if asked_by is not None:
                problem = asked_by.problem("HG101", f"{name} cannot be read: {reason}", fix="correct the path")
            else:
                problem = Diagnostic(name, 1, 1, "error", "HG101", f"cannot be read: {reason}", "correct the path")
            self.problems.append(problem)
            return
        pin = (self.pins or {}).get(address)
        digest = hashlib.sha256(content).hexdigest()
        if pin is not None and asked_by is not None and pin.sha256 != digest:
            message = f"{name} is not the file that gateway.yaml pins for {address}: its sha256 is {digest}"
            self.problems.append(asked_by.problem("HG151", message, fix="restore the file, or pin the new one"))
            return
        self._parse(file, content, asked_by.document if asked_by is not None else None, address)

    def _parse(self, file: str, content: bytes, asker: LoadedDocument | None, address: str = "") -> None:
        """Registers the document before its conversion, which may lead through other files back to it."""
        text = read_text(file, content)
        name = self._name(file)
        self.problems += [problem.diagnostic(name) for problem in text.problems]
        self._loaded[file] = None
        if text.value is None:
            return
        version = _version(text.value) or (asker.version if asker is not None else "")
        made = self._conversion(file, text.value, asker) if version.startswith("2") else None
        named = identifiers(text.value) if MARK.search(content) else Identifiers()
        document = LoadedDocument(
            name,
            file,
            text.value,
            text.places,
            self,
            version=version,
            conversion=made,
            address=address,
            identifiers=named,
        )
        self._loaded[file] = document
        if made is not None:
            self._unconverted.append(document)

    def _name(self, file: str) -> str:
        return Path(os.path.relpath(file, self.root)).as_posix()

    def _conversion(self, file: str, source: Any, asker: LoadedDocument | None) -> Conversion:
        def lookup(ref: str) -> Any:
            document = self._loaded[file]
            found = self._source(document, ref) if document is not None else None
            return found[1] if found is not None else MISSING

        return conversion(source, lookup, asker.conversion if asker is not None else None)

    def _source(self, document: LoadedDocument, ref: str, pointer: str = "") -> tuple[LoadedDocument, Any] | None:
        """Where a reference leads in the text of its file, without a word when it leads nowhere."""
        location, _, fragment = ref.partition("#")
        if fragment and not fragment.startswith("/"):
            return None
        target = self._referred(document, location, SourcePlace(document, pointer))
        if target is None:
            return None
        value = target.source
        for key in pointer_keys(unquote(fragment)):
            value = step(value, key)
        return target, value

    def _convert(self) -> None:
        """Converts the OpenAPI 2.0 files that were read, and in files they refer to what they refer to."""
        if self._is_converting:
            return
        self._is_converting = True
        needs: list[tuple[LoadedDocument, Need]] = []
        while self._unconverted or needs:
            while self._unconverted:
                document = self._unconverted.pop()
                assert document.conversion is not None
                document.conversion.run()
                needs += self._taken(document)
            if needs:
                needs += self._satisfy(*needs.pop())
        self._is_converting = False

    def _satisfy(self, document: LoadedDocument, need: Need) -> list[tuple[LoadedDocument, Need]]:
        found = self._source(document, need.ref, need.pointer)
        if found is None or found[0].conversion is None or found[0] in self._unconverted:
            return [(document, need)] if found is not None and found[0] in self._unconverted else []
        target = found[0]
        assert target.conversion is not None
        target.conversion.require(pointer_of(pointer_keys(unquote(need.ref.partition("#")[2]))), need.kind)
        return self._taken(target)

    def _taken(self, document: LoadedDocument) -> list[tuple[LoadedDocument, Need]]:
        assert document.conversion is not None
        needs, remarks = document.conversion.taken()
        self.problems += [
            document.source_problem(at.pointer, "HG152", at.message, fix=at.fix, level="warning") for at in remarks
        ]
        return [(document, need) for need in needs]


def _inside(document: LoadedDocument, pointer: str, place: Located, ref: str) -> Located | Diagnostic:
    """What stands at a pointer of a file's text."""
    keys = pointer_keys(pointer)
    value = document.source
    for key in keys:
        value = step(value, key)
        if value is MISSING:
            return place.problem("HG104", f"$ref {ref!r}: {key!r} is not there", fix="define it or correct the $ref")
    if document.conversion is None:
        return Located(document, pointer_of(keys), value)
    destination = document.conversion.destination(pointer_of(keys))
    if destination is None:
        message = f"$ref {ref!r}: nothing there that OpenAPI 3 could refer to"
        return place.problem("HG104", message, fix="refer to a definition, parameter or response")
    value = document.value
    for key in pointer_keys(destination):
        value = step(value, key)
    return Located(document, destination, value)


def _is_remote(location: str) -> bool:
    return "://" in location or location.startswith("//")


def _address(document: LoadedDocument, location: str) -> str:
    """The file part of a reference; of a pinned copy the address that it means, since it was written to be there."""
    try:
        return urljoin(document.address, location) if document.address else location
    except ValueError:  # no address at all, such as "http://["
        return location


def _version(value: Any) -> str:
    """The OpenAPI version that a file says it has."""
    text = (value.get("openapi") or value.get("swagger")) if isinstance(value, dict) else None
    return text if isinstance(text, str) else str(text) if isinstance(text, int | float) else ""
