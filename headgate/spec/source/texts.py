"""Reads the bytes of a file as a value, with the places of everything in it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Any, Protocol

from .json_text import parse_json
from .text_problems import Nowhere, TextProblem
from .yaml_text import parse_yaml

JSON_SUFFIXES = (".json",)

_OTHER_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class Places(Protocol):
    """Where things are in a text: `position(keys)` is the (line, column) of a path, from 1."""

    def position(self, keys: list[str]) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True)
class Text:
    """A parsed text; `value` is None when it cannot be used, and then `problems` has the reason."""

    value: Any
    places: Places
    problems: list[TextProblem]


def read_text(file: str, content: bytes) -> Text:
    """Never raises. The file's name decides between JSON and YAML."""
    for mark, encoding in _OTHER_ENCODINGS.items():
        if content.startswith(mark):
            return _unreadable(TextProblem("encoding", 0, 0, f"the file is {encoding}"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n"), len(before.rpartition(b"\n")[2].decode("utf-8", "replace"))
        return _unreadable(TextProblem("encoding", line, column, f"byte {error.start} is not UTF-8"))
    if not text.strip():
        return _unreadable(TextProblem("syntax", 0, 0, "the file is empty"))
    read = parse_json(text, content) if file.endswith(JSON_SUFFIXES) else parse_yaml(text, content)
    if read.value is None and not any(problem.is_error for problem in read.problems):
        return _unreadable(TextProblem("syntax", 0, 0, "the file holds nothing but null"))
    return Text(read.value, read.places, read.problems)


def _unreadable(problem: TextProblem) -> Text:
    return Text(None, Nowhere(), [problem])
