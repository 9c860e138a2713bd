"""A document somebody wrote: its value, the place of every part of it, and where its references lead.

`DocumentSet` reads each file once; `Located` is a cursor into a document that crosses `$ref`s, files and cycles:

    documents = DocumentSet(folder)
    users = documents.load("openapi/users.yaml")          # LoadedDocument | None, problems in documents.problems
    schema = users.root.at("paths", "/users", "get")      # Located | None, references followed on the way
    schema.problem("HG130", "no upstream")                # Diagnostic at that file and line
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from .diagnostics import Diagnostic, Level
from .json_text import JsonText, parse_json
from .yaml_text import YamlProblem, YamlText, parse_yaml

JSON_SUFFIXES = (".json",)


class Places(Protocol):
    """Where things are in a text: `position(keys)` is the (line, column) of a path, from 1."""

    def position(self, keys: list[str]) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True, eq=False)
class LoadedDocument:
    """One parsed file. `name` is the path as people see it in messages, `file` the path it was read from."""

    name: str
    file: str
    value: Any
    places: Places
    documents: DocumentSet

    @property
    def root(self) -> Located:
        """The cursor at the top."""
        return Located(self, "", self.value)

    def position(self, pointer: str) -> tuple[int, int]:
        """(line, column) of a JSON pointer, from 1; of its deepest existing part when it leads nowhere."""
        return self.places.position(pointer_keys(pointer))

    def problem(self, pointer: str, code: str, message: str, *, fix: str = "", level: Level = "error") -> Diagnostic:
        """A diagnostic at a JSON pointer of this document."""
        line, column = self.position(pointer)
        return Diagnostic(self.name, line, column, level, code, message, fix, pointer)


@dataclass(frozen=True, slots=True)
class Located:
    """A value and where it stands."""

    document: LoadedDocument
    pointer: str
    value: Any

    @property
    def key(self) -> tuple[str, str]:
        """Names this place: equal for the same place however it was reached."""
        return self.document.file, self.pointer

    def child(self, key: str | int) -> Located:
        """One step down without following references; KeyError or IndexError when absent."""
        return Located(self.document, f"{self.pointer}/{escape(str(key))}", self.value[key])

    def at(self, *keys: str | int) -> Located | None:
        """Several steps down, references followed before each step and at the end; None when absent or broken."""
        here = self.follow()
        for key in keys:
            if here is None or not _has(here.value, key):
                return None
            here = here.child(key).follow()
        return here

    def follow(self) -> Located | None:
        """The end of a chain of `$ref`s, or this itself; None when the chain is broken or circular."""
        here: Located | None = self
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
            for key in self.value:
                yield key, self.child(key)
        if isinstance(self.value, list):
            for number in range(len(self.value)):
                yield str(number), self.child(number)

    def values(self) -> Iterator[Located]:
        """The same without their keys."""
        return (at for _, at in self.items())

    def problem(self, code: str, message: str, *, fix: str = "", level: Level = "error") -> Diagnostic:
        """A diagnostic at this place."""
        return self.document.problem(self.pointer, code, message, fix=fix, level=level)


@dataclass(slots=True, eq=False)
class DocumentSet:
    """All files of one compilation, each read once. `read` is the only contact with the disk."""

    root: Path
    read: Callable[[Path], bytes] = Path.read_bytes
    problems: list[Diagnostic] = field(default_factory=list)
    _loaded: dict[str, LoadedDocument | None] = field(default_factory=dict)
    _targets: dict[tuple[str, str], Located | Diagnostic] = field(default_factory=dict)

    def load(self, path: str | Path, asked_by: Located | None = None) -> LoadedDocument | None:
        """The document at `path` (relative to the root), or None with the reason in `problems`."""
        file = os.path.normpath(self.root / path)
        if file not in self._loaded:
            self._loaded[file] = self._read(file, asked_by)
        return self._loaded[file]

    def adopt(self, name: str, text: str) -> LoadedDocument | None:
        """A document from memory, as if it were the file `name` of the root."""
        file = os.path.normpath(self.root / name)
        self._loaded[file] = self._parse(file, text)
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
        if "://" in location or location.startswith("//"):
            return place.problem("HG105", f"$ref {ref!r} leads to the network", fix="copy that file into the project")
        if fragment and not fragment.startswith("/"):
            return place.problem(
                "HG104", f"$ref {ref!r} names an anchor", fix="write it as a JSON pointer, '#/components/...'"
            )
        document: LoadedDocument | None = reference.document
        if location:
            document = self.load(Path(reference.document.file).parent / unquote(location), place)
        if document is None:
            return place.problem(
                "HG104", f"$ref {ref!r}: the file cannot be used", fix="see the message about that file"
            )
        value = document.value
        pointer = unquote(fragment)
        for key in pointer_keys(pointer):
            if not _has(value, key):
                return place.problem(
                    "HG104", f"$ref {ref!r}: {key!r} is not there", fix="define it or correct the $ref"
                )
            value = value[int(key)] if isinstance(value, list) else value[key]
        return Located(document, pointer, value)

    def _read(self, file: str, asked_by: Located | None) -> LoadedDocument | None:
        name = self._name(file)
        try:
            text = self.read(Path(file)).decode("utf-8-sig")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            if asked_by is not None:
                self.problems.append(
                    asked_by.problem("HG101", f"{name} cannot be read: {reason}", fix="correct the path")
                )
            else:
                self.problems.append(
                    Diagnostic(name, 1, 1, "error", "HG101", f"cannot be read: {reason}", "correct the path")
                )
            return None
        except UnicodeDecodeError as error:
            message = f"byte {error.start} is not UTF-8"
            self.problems.append(Diagnostic(name, 1, 1, "error", "HG101", message, "save the file as UTF-8"))
            return None
        return self._parse(file, text)

    def _parse(self, file: str, text: str) -> LoadedDocument | None:
        places, value, problems = _parse(file, text)
        document = LoadedDocument(self._name(file), file, value, places, self)
        self.problems += [_diagnostic(document.name, problem) for problem in problems]
        return None if value is None else document

    def _name(self, file: str) -> str:
        relative = os.path.relpath(file, self.root)
        return file if relative.startswith("..") else Path(relative).as_posix()


def _parse(file: str, text: str) -> tuple[Places, Any, list[YamlProblem]]:
    if not file.endswith(JSON_SUFFIXES):
        parsed = parse_yaml(text)
        return parsed, parsed.value, parsed.problems
    try:
        value, twice = parse_json(text)
    except json.JSONDecodeError as error:
        return YamlText(None, None, []), None, [YamlProblem("syntax", error.lineno - 1, error.colno - 1, error.msg)]
    except (ValueError, RecursionError) as error:
        return YamlText(None, None, []), None, [YamlProblem("syntax", 0, 0, str(error))]
    # Only a text with a doubled key is read again to say where: the YAML parser keeps both.
    problems = [p for p in parse_yaml(text).problems if p.kind == "duplicate"] if twice else []
    return JsonText(text), value, problems


_KINDS = {
    "syntax": ("HG101", "correct the text"),
    "duplicate": ("HG102", "keep one of them"),
    "value": ("HG103", "write a plain JSON value"),
}


def _diagnostic(name: str, problem: YamlProblem) -> Diagnostic:
    code, fix = _KINDS[problem.kind]
    level: Level = "error" if problem.is_error else "warning"
    return Diagnostic(name, problem.line + 1, problem.column + 1, level, code, problem.message, fix)


def escape(key: str) -> str:
    """A key as one JSON pointer token (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def pointer_of(keys: list[str]) -> str:
    """
    >>> pointer_of(["paths", "/users"])
    '/paths/~1users'
    """
    return "".join(f"/{escape(key)}" for key in keys)


def pointer_keys(pointer: str) -> list[str]:
    """
    >>> pointer_keys("/paths/~1users")
    ['paths', '/users']
    """
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _has(value: Any, key: str | int) -> bool:
    if isinstance(value, dict):
        return key in value
    if isinstance(value, list):
        return str(key).isdigit() and int(key) < len(value)
    return False
