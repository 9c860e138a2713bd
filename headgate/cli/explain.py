"""`headgate explain`: what a diagnostic means, an example that gives it, and the same mended."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from rich.markup import escape

from headgate.spec import explanation
from headgate.spec.diagnostics.explanations import EXPLANATIONS, GRADES, Explanation, Files

from .options import Json
from .output import CommandError, command_errors, out, print_json

# Of a longer file only the beginning is shown.
LINES = 40


def explain(code: str | None = None, /, *, as_json: Json = False) -> None:
    """Explain a diagnostic: its cause, an example, the fix, and the rule of AWS behind it. Without a code, list all.

    For example:

    ```
    headgate explain HG130
    headgate explain
    headgate explain HG130 --json
    ```
    """
    with command_errors(as_json=as_json):
        found = list(EXPLANATIONS.values()) if code is None else [find(code)]
        if as_json:
            for entry in found:
                print_json(as_object(entry))
        else:
            for line in listing(found) if code is None else text(found[0]):
                out.print(line)


def find(code: str) -> Explanation:
    """The explanation of a code, however it is typed.

    Raises:
        CommandError: there is no such code.
    """
    wanted = code.strip().upper()
    wanted = wanted if wanted.startswith("HG") else f"HG{wanted}"
    if wanted not in EXPLANATIONS:
        near = ", ".join(get_close_matches(wanted, EXPLANATIONS, cutoff=0.6))
        raise CommandError(
            f"there is no diagnostic {code}", f"did you mean {near}?" if near else "headgate explain lists all"
        )
    return EXPLANATIONS[wanted]


def as_object(entry: Explanation) -> dict[str, Any]:
    """An explanation for programs."""
    return {
        "code": entry.code,
        "says": explanation(entry.code) or "",
        "why": entry.why,
        "rule": entry.rule,
        "grade": entry.grade,
        "evidence": GRADES[entry.grade],
        "example": entry.example,
        "fix": entry.fix,
    }


def listing(entries: list[Explanation]) -> Iterator[str]:
    """Every code on a line."""
    yield from (f"[bold]{entry.code}[/bold]  {escape(explanation(entry.code) or '')}" for entry in entries)


def text(entry: Explanation) -> Iterator[str]:
    """An explanation for people."""
    yield f"[bold]{entry.code}[/bold]  {escape(explanation(entry.code) or '')}"
    yield ""
    yield escape(entry.why)
    yield f"[dim]Rule:[/dim] {escape(entry.rule)} [dim]({entry.grade}: {GRADES[entry.grade]})[/dim]"
    yield ""
    yield "[red]This gives it:[/red]"
    yield from files(changed(entry.example, entry.fix))
    yield "[green]This does not:[/green]"
    yield from files(changed(entry.fix, entry.example))


def changed(mine: Files, other: Files) -> Files:
    """The files that the two do not share; all of them when nothing else is left."""
    return {name: content for name, content in mine.items() if other.get(name) != content} or mine


def files(shown: Files) -> Iterator[str]:
    """Files with their names; of a long one the beginning."""
    for name, content in shown.items():
        yield f"  [bold]{escape(name)}[/bold]"
        lines = content.splitlines()
        yield from (f"    {escape(line)}" for line in lines[:LINES])
        if len(lines) > LINES:
            yield f"    [dim]... {len(lines) - LINES} more lines; --json has all[/dim]"
        yield ""
