"""How the command line speaks: people get rich text on a terminal, programs get JSON lines, errors say what to do next."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cyclopts import CycloptsError
from rich.console import Console
from rich.markup import escape

from headgate.spec.diagnostics.records import Diagnostic

from .problem_text import plain, source_lines, summary, terminal

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

USER_MISTAKE = 1


class CommandError(Exception):
    """The command cannot go on: what is wrong, and what to do about it. `problems` are told first, each with its place."""

    def __init__(
        self, message: str, fix: str = "", code: int = USER_MISTAKE, *, problems: Sequence[Diagnostic] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code
        self.problems = tuple(problems)


def print_json(value: Any) -> None:
    """One JSON object on one line of standard output."""
    sys.stdout.write(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def print_problems(problems: Iterable[Diagnostic], *, as_json: bool = False) -> int:
    """Print diagnostics, errors last so that they stay on the screen, and their number; returns the number of errors."""
    ordered = sorted(problems, key=lambda problem: problem.level == "error")
    if as_json:
        for problem in ordered:
            print_json(problem.to_json())
    elif ordered:
        is_terminal = err.is_terminal
        lines = terminal(ordered, source_lines()) if is_terminal else map(plain, ordered)
        for line in lines:
            err.print(line)
        err.print(summary(ordered))
    return sum(1 for problem in ordered if problem.level == "error")


@contextmanager
def command_errors(*, as_json: bool = False) -> Iterator[None]:
    """Tell a CommandError as a message and end with its exit code; anything else is a bug and keeps its traceback."""
    try:
        yield
    except CommandError as error:
        print_problems(error.problems, as_json=as_json)
        if as_json:
            print_json({"ok": False, "error": {"message": error.message, "fix": error.fix}})
        else:
            err.print(f"[red]error[/red] {escape(error.message)}")
            if error.fix:
                err.print(f"      {escape(error.fix)}")
        raise SystemExit(error.code) from error


def usage_text(error: CycloptsError) -> str:
    """A usage error as the other errors look, with the help that would have avoided it."""
    command = " ".join(["headgate", *(error.command_chain or ())])
    return f"[red]error[/red] {escape(str(error))}\n      {escape(command)} --help shows what it takes"
