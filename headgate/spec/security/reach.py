"""What the wildcards of an execute-api policy reach, compared with the requests that API Gateway routes to an operation.

IAM's `*` spans slashes (FACTS 4.10), so the pattern of `/users/{id}` also covers `/users/7/orders`. A policy may add a
Deny for that, but a Deny has wildcards too and may take away what was allowed. `inexact` finds where both happen.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from ..operations.paths import segments, variable_name
from ..operations.records import Operation

# Stands for a value that equals no literal of any template.
_ANY = "\0"
# Real templates need a few dozen; beyond this the answer is yes, which costs caching and nothing else.
_MAX_REQUESTS = 20_000

Implies = Callable[[Operation, Operation], bool]


def inexact(operations: list[Operation], implies: Implies) -> list[Operation]:
    """Operations that no single cached policy can leave out exactly, in order.

    `implies(a, b)` says that whoever may call a may call b. B is inexact when the pattern of some A reaches requests of B
    (so leaving B out takes a Deny), and the pattern of B reaches requests of some C: the Deny would take C away.
    """
    found = []
    by_verb: dict[str, list[Operation]] = {}
    for operation in operations:
        by_verb.setdefault(operation.method, []).append(operation)
    for left_out in operations:
        peers = by_verb[left_out.method]
        others = [other for other in peers if other is not left_out and not implies(other, left_out)]
        needs_deny = any(reaches(other, left_out, peers) for other in others)
        if needs_deny and any(reaches(left_out, other, peers) for other in others):
            found.append(left_out)
    return found


def reaches(pattern: Operation, target: Operation, peers: list[Operation]) -> bool:
    """Whether `pattern`'s wildcard pattern matches a request that is routed to `target`, one of `peers`.

    Errs towards yes: a value is tried for each literal that could matter, and one that equals none of them.
    """
    glob = segments(pattern.resource)
    wanted = segments(target.resource)
    if not _may_match(glob, wanted):
        return False
    literals = sorted({part for part in glob if variable_name(part) is None})
    variables = sum(variable_name(part) is not None for part in wanted)
    if (2 * len(literals) + 2) ** variables > _MAX_REQUESTS:
        return True
    for path in _requests(wanted, literals):
        if _glob_matches(glob, path) and not any(_wins(peer, target, path) for peer in peers):
            return True
    return False


def _may_match(glob: list[str], wanted: list[str]) -> bool:
    """A cheap no: `*` stands for one segment or more, and literals in front must agree."""
    if len(glob) > len(wanted) and not (wanted and wanted[-1].endswith("+}")):
        return False
    for mine, theirs in zip(glob, wanted, strict=False):
        if variable_name(mine) is not None or theirs.endswith("+}"):
            return True
        if mine != theirs and variable_name(theirs) is None:
            return False
    return len(glob) == len(wanted)


def _requests(template: list[str], literals: list[str]) -> list[list[str]]:
    """Paths that a template matches, one per way in which its variables can meet the literals."""
    choices: list[list[list[str]]] = []
    for part in template:
        if variable_name(part) is None:
            choices.append([[part]])
        elif part.endswith("+}"):
            choices.append([[value] for value in (_ANY, *literals)] + [[_ANY, value] for value in (_ANY, *literals)])
        else:
            choices.append([[value] for value in (_ANY, *literals)])
    return [[segment for part in combination for segment in part] for combination in product(*choices)]


def _glob_matches(glob: list[str], path: list[str]) -> bool:
    """Whether a pattern whose variables became `*` matches a path, slashes included."""
    if not glob:
        return not path
    if variable_name(glob[0]) is None:
        return bool(path) and path[0] == glob[0] and _glob_matches(glob[1:], path[1:])
    return any(_glob_matches(glob[1:], path[taken:]) for taken in range(1, len(path) + 1))


def _wins(peer: Operation, target: Operation, path: list[str]) -> bool:
    """Whether API Gateway routes the path to `peer` rather than `target`: literal segments win, from the left (FACTS 2.3)."""
    if peer is target or not _template_matches(segments(peer.resource), path):
        return False
    for mine, theirs in zip(segments(peer.resource), segments(target.resource), strict=False):
        mine_is_literal, theirs_is_literal = variable_name(mine) is None, variable_name(theirs) is None
        if mine_is_literal != theirs_is_literal:
            return mine_is_literal
        if mine.endswith("+}") != theirs.endswith("+}"):
            return theirs.endswith("+}")
    return False


def _template_matches(template: list[str], path: list[str]) -> bool:
    for number, part in enumerate(template):
        if part.endswith("+}"):
            return len(path) > number
        if number >= len(path) or (variable_name(part) is None and part != path[number]):
            return False
    return len(template) == len(path)
