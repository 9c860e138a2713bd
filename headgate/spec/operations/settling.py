"""What happens to a problem: it stops the compilation, or (one document on its own) it only leaves its operation out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..diagnostics.records import Diagnostic
from .reading import METHODS
from .records import Operation

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
    _known: set[Diagnostic] = field(default_factory=set)

    def copy(self) -> Settling:
        """The same, to go on from without changing this one."""
        operations, problems, left_out = [*self.operations], [*self.problems], [*self.left_out]
        return Settling(self.is_lenient, operations, problems, self.refused, left_out, {*self._known})

    def report(self, found: Iterable[Diagnostic]) -> None:
        """Takes problems up. When lenient, an error inside an operation leaves that operation out."""
        problems = list(found)
        if self.is_lenient and any(problem.level == "error" for problem in problems):
            problems = self._weighed(problems)
        for problem in problems:
            if problem not in self._known:
                self._known.add(problem)
                self.problems.append(problem)

    def refuse(self, found: Iterable[Diagnostic]) -> None:
        """Takes up errors about things that are no operations here, such as methods that API Gateway does not have."""
        for problem in found:
            self.refused += 1
            self.problems.append(_as_warning(problem) if self.is_lenient else problem)

    def drop(self, is_dropped: Callable[[Operation], bool]) -> None:
        """When lenient, leaves out operations; their problems are reported apart."""
        if self.is_lenient:
            self._leave_out([operation for operation in self.operations if is_dropped(operation)])

    def _weighed(self, problems: list[Diagnostic]) -> list[Diagnostic]:
        """Errors inside operations become warnings, and those operations go."""
        by_item: dict[tuple[str, str], list[Operation]] = {}
        for operation in (*self.operations, *self.left_out):
            by_item.setdefault((operation.at.document.name, _item(operation)), []).append(operation)
        concerned: list[Operation] = []
        weighed = []
        for problem in problems:
            inside = _concerned(problem, by_item) if problem.level == "error" else []
            concerned += inside
            if inside:
                weighed.append(_as_warning(problem))
            else:
                weighed.append(replace(problem, level="warning") if problem.code in _HARMLESS else problem)
        self._leave_out(concerned)
        return weighed

    def _leave_out(self, gone: list[Operation]) -> None:
        """Those of them that are still served, each once."""
        served = {id(operation) for operation in self.operations}
        leaving = {id(operation): operation for operation in gone if id(operation) in served}
        self.refused += len(leaving)
        self.left_out += leaving.values()
        self.operations = [operation for operation in self.operations if id(operation) not in leaving]


def _as_warning(problem: Diagnostic) -> Diagnostic:
    return replace(problem, level="warning", message=f"left out: {problem.message}")


def _item(operation: Operation) -> str:
    """The pointer of its path item."""
    return operation.at.pointer.rpartition("/")[0]


def _concerned(problem: Diagnostic, by_item: Mapping[tuple[str, str], list[Operation]]) -> list[Operation]:
    """The operations that a problem stands in, or in a part of their path item that all its methods share."""
    found: list[Operation] = []
    keys = problem.pointer.split("/")
    for length in range(1, len(keys) + 1):
        item = "/".join(keys[:length])
        part = keys[length] if length < len(keys) else ""
        own = f"{item}/{part}" if part in METHODS else None
        found += [o for o in by_item.get((problem.path, item), ()) if own is None or o.at.pointer == own]
    return found
