"""What is wrong with a text itself, before anybody asks what it means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..diagnostics.records import Diagnostic, Level

_KINDS = {
    "syntax": ("HG101", "correct the text"),
    "encoding": ("HG101", "save the file as UTF-8"),
    "duplicate": ("HG102", "keep one of them"),
    "value": ("HG103", "write a plain JSON value"),
}


@dataclass(frozen=True, slots=True)
class TextProblem:
    """`kind` is syntax, encoding, duplicate or value; `line` and `column` count from 0, as PyYAML does."""

    kind: str
    line: int
    column: int
    message: str
    is_error: bool = True

    def diagnostic(self, path: str) -> Diagnostic:
        """The problem as users see it."""
        code, fix = _KINDS[self.kind]
        level: Level = "error" if self.is_error else "warning"
        return Diagnostic(path, self.line + 1, self.column + 1, level, code, self.message, fix)


@dataclass(frozen=True, slots=True)
class Nowhere:
    """The places of a text that could not be read: everything is at its start."""

    def position(self, keys: list[str]) -> tuple[int, int]:  # noqa: ARG002 (Places)
        return 1, 1


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same: 1 and true are not, though Python says so."""
    return left == right and json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
