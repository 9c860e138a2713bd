"""Reads JSON text: the value, keys given twice, and on demand the place of a JSON pointer.

Positions are found by walking the text only as deep as somebody asks, because most documents have nothing to report.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


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
        return self._line_and_column(place)

    def _line_and_column(self, offset: int) -> tuple[int, int]:
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


def parse_json(text: str) -> tuple[Any, list[str]]:
    """The value and the keys that an object gives twice with different values.

    Raises json.JSONDecodeError, and ValueError for NaN and Infinity, which JSON does not have.
    """
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(items)
        if len(value) != len(items):
            twice.extend(_differing(items))
        return value

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")

    return json.loads(text, object_pairs_hook=pairs, parse_constant=refuse), twice


def _differing(items: list[tuple[str, Any]]) -> list[str]:
    seen: dict[str, Any] = {}
    differing = []
    for key, value in items:
        if key in seen and seen[key] != value:
            differing.append(key)
        seen[key] = value
    return differing
