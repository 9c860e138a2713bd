"""What the compiler says about a user's files: one record per problem.

Texts name the culprit, what was there, what was wanted and what to do. Nothing here reads files or prints.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem at one place. `line` and `column` count from 1; `pointer` is a JSON pointer into the file.

    >>> print(Diagnostic("openapi/users.yaml", 3, 5, "error", "HG104", "$ref '#/x' leads nowhere", "define it", "/a/$ref"))
    openapi/users.yaml:3:5: error HG104 $ref '#/x' leads nowhere (define it)
    """

    path: str
    line: int
    column: int
    level: Level
    code: str
    message: str
    fix: str = ""
    pointer: str = ""

    def __str__(self) -> str:
        fix = f" ({self.fix})" if self.fix else ""
        return f"{self.path}:{self.line}:{self.column}: {self.level} {self.code} {self.message}{fix}"

    def to_json(self) -> dict[str, Any]:
        """The same as a JSON object, for `--json`."""
        return asdict(self)


def has_errors(diagnostics: list[Diagnostic]) -> bool:
    """Whether one of them stops the compilation."""
    return any(d.level == "error" for d in diagnostics)


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """By file and place, each problem once."""
    return sorted(
        set(diagnostics), key=lambda d: (d.path, d.line, d.column, d.code, d.pointer, d.message, d.level, d.fix)
    )
