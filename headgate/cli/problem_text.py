"""How diagnostics look on a terminal: by file, with the source line and a caret under the place; many of one code are folded.

Where the output goes to a program there is one plain line per diagnostic, `path:line:column: level CODE message (fix)`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from rich.markup import escape

from headgate.spec.diagnostics.records import Diagnostic

# More of one code than this are folded to the first few.
FOLD_ABOVE = 50
SHOWN_OF_FOLDED = 5

# A longer source line is cut around the caret.
WIDTH = 160

_COLOURS = {"error": "red", "warning": "yellow"}

ReadLine = Callable[[str, int], str | None]


def relocated(problems: Sequence[Diagnostic], folder: Path) -> list[Diagnostic]:
    """Diagnostics with paths as somebody outside of the folder would type them."""
    if folder == Path():
        return list(problems)
    return [replace(p, path=p.path if Path(p.path).is_absolute() else (folder / p.path).as_posix()) for p in problems]


def plain(problem: Diagnostic) -> str:
    """One line in rich markup: the place in bold, the level in its colour."""
    place, _, rest = str(problem).partition(f": {problem.level} ")
    return f"[bold]{escape(place)}[/bold]: [{_COLOURS[problem.level]}]{problem.level}[/] {escape(rest)}"


def terminal(problems: Sequence[Diagnostic], read_line: ReadLine) -> Iterator[str]:
    """Lines in rich markup, files with errors last so that they stay on the screen."""
    counted = Counter(problem.code for problem in problems)
    shown: Counter[str] = Counter()
    worst = {problem.path: problem.level == "error" for problem in sorted(problems, key=lambda p: p.level == "error")}
    ordered = sorted(problems, key=lambda p: (worst[p.path], p.path, p.line, p.column, p.code))
    for path, group in groupby(ordered, key=lambda problem: problem.path):
        yield f"[bold underline]{escape(path)}[/]"
        for problem in group:
            shown[problem.code] += 1
            if counted[problem.code] <= FOLD_ABOVE or shown[problem.code] <= SHOWN_OF_FOLDED:
                yield from _with_source(problem, read_line)
        yield ""
    for code, count in sorted(counted.items()):
        if count > FOLD_ABOVE:
            yield f"[dim]{count - SHOWN_OF_FOLDED} more of {code}; --json lists all[/dim]"


def _with_source(problem: Diagnostic, read_line: ReadLine) -> Iterator[str]:
    yield plain(problem)
    line = read_line(problem.path, problem.line)
    if line is None or not line.strip():
        return
    column = min(problem.column, len(line) + 1)
    start = max(0, column - WIDTH // 2) if len(line) > WIDTH else 0
    before = "".join("\t" if sign == "\t" else " " for sign in line[start : column - 1])
    yield f"[dim]{problem.line:>5} |[/dim] {escape(line[start : start + WIDTH])}"
    yield f"[dim]      |[/dim] {before}[{_COLOURS[problem.level]}]^[/]"


def source_lines() -> ReadLine:
    """Reads lines of the user's files, each file once; None for what cannot be read."""
    files: dict[str, list[str]] = {}

    def read(path: str, line: int) -> str | None:
        if path not in files:
            try:
                files[path] = Path(path).read_text(encoding="utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError):
                files[path] = []
        lines = files[path]
        return lines[line - 1] if 0 < line <= len(lines) else None

    return read


def summary(problems: Sequence[Diagnostic]) -> str:
    """`3 errors, 2 warnings in 2 files; headgate explain HG121`."""
    levels = Counter(problem.level for problem in problems)
    told = [_counted(levels[level], level) for level in ("error", "warning") if levels[level]]
    files = _counted(len({problem.path for problem in problems}), "file")
    first = next((p for p in problems if p.level == "error"), problems[0])
    return f"{', '.join(told)} in {files}; headgate explain {first.code}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
