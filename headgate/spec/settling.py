"""What happens to a problem: it stops the compilation, or (one document on its own) it only leaves its operation out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from .diagnostics import Diagnostic
from .operations import METHODS, Operation

# Affect documentation and validation, never who may call what, so a document on its own compiles without them.
_HARMLESS = {"HG104", "HG105"}


@dataclass(slots=True)
class Settling:
    """The operations still served, and what was said about the others."""

    is_lenient: bool
    operations: list[Operation] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    refused: int = 0
    left_out: list[Operation] = field(default_factory=list)

    def report(self, found: Iterable[Diagnostic]) -> None:
        """Takes problems up. When lenient, an error inside an operation leaves that operation out."""
        for problem in list(found):
            if problem.level == "error" and self.is_lenient:
                problem = self._weighed(problem)  # noqa: PLW2901
            if problem not in self.problems:
                self.problems.append(problem)

    def refuse(self, found: Iterable[Diagnostic]) -> None:
        """Takes up errors about things that are no operations here, such as methods that API Gateway does not have."""
        for problem in found:
            self.refused += 1
            self.problems.append(_as_warning(problem) if self.is_lenient else problem)

    def drop(self, is_dropped: Callable[[Operation], bool]) -> None:
        """When lenient, leaves out operations; their problems are reported apart."""
        if self.is_lenient:
            self._keep([operation for operation in self.operations if not is_dropped(operation)])

    def _weighed(self, problem: Diagnostic) -> Diagnostic:
        kept = [operation for operation in self.operations if not _concerns(problem, operation)]
        if len(kept) < len(self.operations):
            self._keep(kept)
            return _as_warning(problem)
        if any(_concerns(problem, operation) for operation in self.left_out):
            return _as_warning(problem)
        return replace(problem, level="warning") if problem.code in _HARMLESS else problem

    def _keep(self, kept: list[Operation]) -> None:
        self.refused += len(self.operations) - len(kept)
        identities = {id(operation) for operation in kept}
        self.left_out += [operation for operation in self.operations if id(operation) not in identities]
        self.operations = kept


def _as_warning(problem: Diagnostic) -> Diagnostic:
    return replace(problem, level="warning", message=f"left out: {problem.message}")


def _concerns(problem: Diagnostic, operation: Operation) -> bool:
    """Whether a problem stands in an operation, or in a part of its path item that all its methods share."""
    if problem.path != operation.at.document.name:
        return False
    item = operation.at.pointer.rpartition("/")[0]
    if problem.pointer == item:
        return True
    if not problem.pointer.startswith(item + "/"):
        return False
    part = problem.pointer[len(item) + 1 :].partition("/")[0]
    return part not in METHODS or f"{item}/{part}" == operation.at.pointer
