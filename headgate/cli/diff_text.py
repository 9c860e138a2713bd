"""How changes look: grouped by operation on a terminal, as Markdown for a pull request, as JSON lines for programs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.markup import escape

from headgate.diff import RULES, Change, Severity, counts

COLOURS: dict[Severity, str] = {"breaking": "red", "risky": "yellow", "safe": "green"}

# A change of a shared part concerns many operations; this many are named.
NAMED = 3


def heading(change: Change) -> str:
    """The operations a change concerns, or the part of the gateway."""
    api = f"{change.api}: " if change.api else ""
    if not change.operations:
        return f"{api}gateway"
    named = ", ".join(change.operations[:NAMED])
    more = len(change.operations) - NAMED
    return f"{api}{named}{f' and {more} more' if more > 0 else ''}"


def places(change: Change) -> str:
    """Where it stands on both sides."""
    return " -> ".join(str(place) for place in (change.old, change.new) if place is not None)


def grouped(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    """Changes by heading; the group with the worst change first."""
    first = {heading(change): number for number, change in reversed(list(enumerate(changes)))}
    ordered = sorted(changes, key=lambda change: first[heading(change)])
    for title, group in groupby(ordered, key=heading):
        yield title, list(group)


def terminal(changes: Sequence[Change], allowed: frozenset[Change]) -> Iterator[str]:
    """Rich text, one line per change."""
    for title, group in grouped(changes):
        yield f"[bold]{escape(title)}[/bold]"
        for change in group:
            where = f"{change.where}: " if change.where else ""
            severity = "[dim]allowed [/dim]" if change in allowed else _severity(change.severity)
            said = f"{escape(where + change.message)}  [dim]{change.rule}  {escape(places(change))}[/dim]"
            yield f"  {severity}  {said}"
        yield ""


def _severity(severity: Severity) -> str:
    return f"[{COLOURS[severity]}]{severity:8}[/]"


def markdown(changes: Sequence[Change], allowed: frozenset[Change]) -> Iterator[str]:
    """Markdown for a pull request."""
    yield f"**API changes: {summary(changes, allowed)}**"
    for title, group in grouped(changes):
        yield ""
        yield f"#### `{title}`"
        yield ""
        for change in group:
            word = "allowed" if change in allowed else change.severity
            where = f"`{change.where}` " if change.where else ""
            shown = f"**{word}**" if word == "breaking" else word
            yield f"- {shown} {where}{_plain(change.message)} (`{change.rule}`, {_plain(places(change))})"


def _plain(text: str) -> str:
    """Text that Markdown does not take for markup."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>|#" else sign for sign in text)


def summary(changes: Iterable[Change], allowed: frozenset[Change]) -> str:
    """`2 breaking, 1 risky, 5 safe`."""
    told = [change for change in changes if change not in allowed]
    parts = [f"{number} {severity}" for severity, number in counts(told).items() if number]
    parts += [f"{len(allowed)} allowed"] if allowed else []
    return ", ".join(parts) or "none"


def rules_listing() -> Iterator[str]:
    """Every rule with its severity on a line."""
    for rule in RULES.values():
        yield f"{rule.id:34}  [{COLOURS[rule.severity]}]{rule.severity:8}[/]  {escape(rule.says)}"
