"""Text and directives: what a parsed template is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from .errors import Break, Stop, TemplateError
from .methods import Thing
from .operators import holds
from .terms import Defined, Expression, Names, Node, Reference

MAX_ROUNDS: Final = 1000  # FACTS 8.21


@dataclass(frozen=True, slots=True)
class Text:
    """Text as it stands."""

    text: str

    def write(self, names: Names, out: list[str]) -> None:  # noqa: ARG002 every node takes them
        out.append(self.text)


@dataclass(frozen=True, slots=True)
class Set:
    """`#set($a.b = value)`; a value that is none, such as 1/0, leaves all as it was."""

    target: Reference
    source: Expression

    def write(self, names: Names, out: list[str]) -> None:  # noqa: ARG002
        value = self.source.value(names)
        if value is not None:
            self.target.assign(names, value)


@dataclass(frozen=True, slots=True)
class If:
    """`#if`, `#elseif`, `#else`: the first branch whose condition holds."""

    branches: tuple[tuple[Expression, tuple[Node, ...]], ...]

    def write(self, names: Names, out: list[str]) -> None:
        for condition, block in self.branches:
            if holds(condition.value(names)):
                write_all(block, names, out)
                return


@dataclass(frozen=True, slots=True)
class Foreach:
    """`#foreach($name in values)`: lists, ranges, and the values of a map; anything else is empty."""

    name: str
    source: Expression
    block: tuple[Node, ...]

    def write(self, names: Names, out: list[str]) -> None:
        values = self.source.value(names)
        listed: Iterable[Any] = values.values() if isinstance(values, dict) else values
        if not isinstance(values, (list, range, dict)):
            return
        before = {name: names[name] for name in (self.name, *_COUNTERS) if name in names}
        try:
            self._rounds(listed, len(values), names, out)
        except Break:
            pass
        finally:
            for name in (self.name, *_COUNTERS):
                names.pop(name, None)
            names.update(before)

    def _rounds(self, values: Iterable[Any], length: int, names: Names, out: list[str]) -> None:
        parent = names.get("foreach")
        for index, value in enumerate(values):
            if index == MAX_ROUNDS:
                return
            names["velocityCount"] = index + 1
            names["velocityHasNext"] = index + 1 < length
            names["foreach"] = _scope(index, length, parent)
            names[self.name] = value
            write_all(self.block, names, out)


_COUNTERS = ("foreach", "velocityCount", "velocityHasNext")


def _scope(index: int, length: int, parent: Any) -> Thing:
    known = {
        "count": index + 1,
        "index": index,
        "hasNext": index + 1 < length,
        "first": index == 0,
        "last": index + 1 == length,
        "parent": parent,
        "topmost": parent.names["topmost"] or parent if isinstance(parent, Thing) else None,
    }
    return Thing(known)


@dataclass(frozen=True, slots=True)
class Define:
    """`#define($name) … #end`."""

    name: str
    block: tuple[Node, ...]

    def write(self, names: Names, out: list[str]) -> None:  # noqa: ARG002
        names[self.name] = Defined(self.block)


@dataclass(frozen=True, slots=True)
class Jump:
    """`#break` and `#stop`."""

    kind: type[Break | Stop]

    def write(self, names: Names, out: list[str]) -> None:  # noqa: ARG002
        raise self.kind


@dataclass(frozen=True, slots=True)
class Forbidden:
    """`#include`, `#parse`: there is nothing to read."""

    name: str

    def write(self, names: Names, out: list[str]) -> None:  # noqa: ARG002
        raise TemplateError(f"#{self.name} finds no other template")


def write_all(nodes: Iterable[Node], names: Names, out: list[str]) -> None:
    """The texts of nodes in order."""
    for node in nodes:
        node.write(names, out)


def template(nodes: tuple[Node, ...]) -> Callable[[Names], str]:
    """A function that renders with names of its own. Raises TemplateError."""

    def render(given: Names) -> str:
        out: list[str] = []
        try:
            write_all(nodes, dict(given), out)
        except (Break, Stop):
            pass
        except RecursionError:
            raise TemplateError("the template names itself without an end") from None
        return "".join(out)

    return render
