"""What a comparison says: one record per change, with the place on both sides and the operations it concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from headgate.spec import Located

from .rules import RULES, SEVERITIES, Severity


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; line and column count from 1."""

    path: str
    line: int
    column: int
    pointer: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `operations` are all it concerns, such as `GET /users/{id}`; none when it concerns the whole API.

    `where` says which part in words (`200 application/json /items/*/name`).
    """

    rule: str
    message: str
    where: str = ""
    operations: tuple[str, ...] = ()
    api: str = ""
    old: Place | None = None
    new: Place | None = None

    @property
    def severity(self) -> Severity:
        return RULES[self.rule].severity

    def to_json(self) -> dict[str, Any]:
        """The same as a JSON object, for `--json`."""
        return {"severity": self.severity, **asdict(self)}

    def is_allowed(self, allowed: Iterable[str]) -> bool:
        """Whether one of `RULE` or `RULE METHOD /path` names this change. A change of several operations needs all of them."""
        rules = [entry.partition(" ") for entry in allowed]
        mine = [operation for rule, _, operation in rules if rule == self.rule]
        return "" in mine or bool(self.operations and set(self.operations) <= set(mine))


def place(at: Located | None) -> Place | None:
    """The place of a part of a document."""
    if at is None:
        return None
    line, column = at.document.position(at.pointer)
    return Place(at.document.name, line, column, at.pointer)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """The worst first, then by API, operation and place."""
    return sorted(
        set(changes), key=lambda c: (SEVERITIES.index(c.severity), c.api, c.operations, c.where, c.rule, c.message)
    )


def merged(changes: Iterable[Change]) -> list[Change]:
    """One record per cause: the same change of a shared part, met in several operations, is told once with all of them."""
    found: dict[tuple[Any, ...], Change] = {}
    for change in changes:
        shared = (change.rule, change.message, change.api, change.old, change.new)
        has_place = change.old is not None or change.new is not None
        key: tuple[Any, ...] = shared if has_place else (*shared, change.where, change.operations)
        first = found.setdefault(key, change)
        if first is not change:
            new = [operation for operation in change.operations if operation not in first.operations]
            found[key] = replace(first, operations=(*first.operations, *new))
    return in_order(found.values())


def counts(changes: Iterable[Change]) -> dict[Severity, int]:
    """How many of each severity, the worst first."""
    counted = Counter(change.severity for change in changes)
    return {severity: counted[severity] for severity in SEVERITIES}
