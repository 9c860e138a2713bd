"""Reads JSON text: the value, keys given twice, and on demand the place of a JSON pointer.

Positions are found by walking the text only as deep as somebody asks, because most documents have nothing to report.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from .nesting import MAX_DEPTH, bracket_bound, too_deep
from .text_problems import Nowhere, TextProblem, same

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|-?Infinity|NaN|-?[0-9][0-9.eE+-]*', re.DOTALL)
# An escaped surrogate without its other half; a backslash that is escaped itself looks the same.
_LONE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class JsonText:
    """A parsed JSON text and its places. `members(offset)` is remembered per object, so n questions cost one scan."""

    text: str
    _line_starts: list[int] = field(default_factory=list)
    _members: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def position(self, keys: list[str]) -> tuple[int, int]:
        """(line, column) of the deepest existing part of the path; members are placed at their key."""
        place = offset = self._skip(0)
        for key in keys:
            found = self._children(offset).get(key)
            if found is None:
                break
            place, offset = found
        return self.line_and_column(place)

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Both from 1."""
        if not self._line_starts:
            self._line_starts = [0, *(m.end() for m in re.finditer("\n", self.text))]
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def _children(self, offset: int) -> dict[str, tuple[int, int]]:
        if offset not in self._members:
            opener = self.text[offset : offset + 1]
            scan = {"{": self._object, "[": self._array}.get(opener)
            self._members[offset] = scan(offset) if scan else {}
        return self._members[offset]

    def _object(self, offset: int) -> dict[str, tuple[int, int]]:
        members: dict[str, tuple[int, int]] = {}
        here = self._skip(offset + 1)
        while self.text[here] == '"':
            key, after = scanstring(self.text, here + 1)
            value = self._skip(self._skip(after) + 1)
            members[key] = (here, value)
            here = self._after_value(value)
        return members

    def _array(self, offset: int) -> dict[str, tuple[int, int]]:
        members: dict[str, tuple[int, int]] = {}
        here = self._skip(offset + 1)
        while self.text[here] != "]":
            members[str(len(members))] = (here, here)
            end = self._skip(_DECODER.raw_decode(self.text, here)[1])
            if self.text[end] == "]":
                break
            here = self._skip(end + 1)
        return members

    def _after_value(self, value: int) -> int:
        """Where the next key starts, or the closing brace."""
        end = self._skip(_DECODER.raw_decode(self.text, value)[1])
        return self._skip(end + 1) if self.text[end] == "," else end

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self.text, offset)
        assert match is not None
        return match.end()


@dataclass(frozen=True, slots=True)
class ParsedJson:
    """What a JSON text says; `value` is None when it cannot be used, and then `problems` has the reason."""

    value: Any
    places: JsonText | Nowhere
    problems: list[TextProblem]


def parse_json(text: str, content: bytes) -> ParsedJson:
    """Never raises. `content` is the text as UTF-8."""
    places = JsonText(text)
    if bracket_bound(content) > MAX_DEPTH and (offset := too_deep(text)) is not None:
        return _unusable(places, offset, f"nests deeper than {MAX_DEPTH} levels")
    reader, value = _Reader(), None
    try:
        value = json.loads(
            text, object_pairs_hook=reader.pairs, parse_float=reader.number, parse_constant=reader.constant
        )
    except json.JSONDecodeError as error:
        return _unusable(places, error.pos, error.msg.removesuffix(" at"))
    except ValueError:  # an integer of thousands of digits
        reader.is_suspicious = True
    has_surrogates = "\\ud" in text or "\\uD" in text
    if reader.is_suspicious or (has_surrogates and _LONE.search(text)):
        found = list(_suspicious(places))
        if found:
            return ParsedJson(None, Nowhere(), found)
    return ParsedJson(value, places, list(_twins(places)) if reader.has_twins else [])


class _Reader:
    """Notes what Python reads although JSON does not have it, or what no other program could read again."""

    def __init__(self) -> None:
        self.has_twins = False
        self.is_suspicious = False

    def pairs(self, items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(items)
        if len(value) != len(items):
            self.has_twins = True
        return value

    def number(self, text: str) -> float:
        value = float(text)
        if value in {float("inf"), float("-inf")}:
            self.is_suspicious = True
        return value

    def constant(self, _: str) -> None:
        self.is_suspicious = True


def _unusable(places: JsonText, offset: int, message: str) -> ParsedJson:
    return ParsedJson(None, Nowhere(), [_problem("syntax", places, offset, message)])


def _problem(kind: str, places: JsonText, offset: int, message: str, *, is_error: bool = True) -> TextProblem:
    line, column = places.line_and_column(offset)
    return TextProblem(kind, line - 1, column - 1, message, is_error)


def _suspicious(places: JsonText) -> Iterator[TextProblem]:
    """Numbers that are none or that no number type holds, and halves of characters."""
    for match in _TOKEN.finditer(places.text):
        piece = match.group()
        if piece.endswith(("NaN", "Infinity")):
            yield _problem("syntax", places, match.start(), f"{piece} is not JSON")
        elif piece[0] == '"':
            if "\\u" in piece and _has_half(piece):
                message = "a \\u escape that is half of a character (a lone surrogate)"
                yield _problem("value", places, match.start(), message)
        elif piece[0] in "-0123456789" and _is_huge(piece):
            message = f"{piece[:20]}{'...' if len(piece) > 20 else ''} is not a number that programs can hold"
            yield _problem("value", places, match.start(), message)


def _has_half(piece: str) -> bool:
    try:
        return _SURROGATE.search(scanstring(piece, 1)[0]) is not None
    except json.JSONDecodeError:
        return False  # the parser says it better


def _is_huge(piece: str) -> bool:
    try:
        return float(piece) in {float("inf"), float("-inf")}
    except ValueError:
        return False


def _twins(places: JsonText) -> Iterator[TextProblem]:
    """Keys that an object gives twice. One walk over the tokens; the values of twins are read again to compare them."""
    text = places.text
    open_objects: list[dict[str, int] | None] = []
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece in "{[":
            open_objects.append({} if piece == "{" else None)
        elif piece in "}]":
            open_objects.pop()
        elif piece[0] == '"' and open_objects and (keys := open_objects[-1]) is not None:
            colon = _SPACE.match(text, match.end())
            if colon is None or text[colon.end() : colon.end() + 1] != ":":
                continue
            key, start = scanstring(text, match.start() + 1)[0], colon.end() + 1
            if key in keys:
                yield _twin(places, match.start(), key, keys[key], start)
            keys[key] = start


def _twin(places: JsonText, offset: int, key: str, first: int, second: int) -> TextProblem:
    values = [_DECODER.raw_decode(places.text, _start(places.text, start))[0] for start in (first, second)]
    is_same = same(*values)
    what = "the same value" if is_same else "different values"
    line, _ = places.line_and_column(first)
    message = f"key {key!r} is given twice with {what}, first in line {line}"
    return _problem("duplicate", places, offset, message, is_error=not is_same)


def _start(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    assert match is not None
    return match.end()
