"""Expressions: what has a value. What is not there is an empty text (FACTS 8.39)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .methods import call, item, member
from .operators import holds
from .values import JavaMap, printed

Names = dict[str, Any]


class Node(Protocol):
    """A piece of a template."""

    def write(self, names: Names, out: list[str]) -> None:
        """Append its text."""
        ...


class Expression(Protocol):
    """What has a value."""

    def value(self, names: Names) -> Any:
        """None for `null` and for arithmetic without a result, never for a reference."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, `true`, `null`, or a text in single quotes."""

    literal: Any

    def value(self, names: Names) -> Any:  # noqa: ARG002
        return self.literal


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text in double quotes, itself a template."""

    parts: tuple[Node, ...]

    def value(self, names: Names) -> Any:
        out: list[str] = []
        for part in self.parts:
            part.write(names, out)
        return "".join(out)


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    parts: tuple[Expression, ...]

    def value(self, names: Names) -> Any:
        return [part.value(names) for part in self.parts]


@dataclass(frozen=True, slots=True)
class Range:
    """`[1..3]`, also backwards."""

    first: Expression
    last: Expression

    def value(self, names: Names) -> Any:
        first, last = self.first.value(names), self.last.value(names)
        if not isinstance(first, int) or not isinstance(last, int):
            return ""
        return range(first, last + 1) if first <= last else range(first, last - 1, -1)


@dataclass(frozen=True, slots=True)
class MapOf:
    """`{"a": 1}`."""

    pairs: tuple[tuple[Expression, Expression], ...]

    def value(self, names: Names) -> Any:
        return JavaMap({key.value(names): value.value(names) for key, value in self.pairs})


@dataclass(frozen=True, slots=True)
class Property:
    """`.name`."""

    name: str

    def of(self, target: Any, names: Names) -> Any:  # noqa: ARG002
        return member(target, self.name)


@dataclass(frozen=True, slots=True)
class Call:
    """`.name(arguments)`."""

    name: str
    arguments: tuple[Expression, ...]

    def of(self, target: Any, names: Names) -> Any:
        return call(target, self.name, [argument.value(names) for argument in self.arguments])


@dataclass(frozen=True, slots=True)
class Index:
    """`[index]`."""

    index: Expression

    def of(self, target: Any, names: Names) -> Any:
        return item(target, self.index.value(names))


Step = Property | Call | Index


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name.path`, quiet or not, in braces or not: what is not there is an empty text (FACTS 8.39)."""

    root: str
    steps: tuple[Step, ...] = ()

    def value(self, names: Names) -> Any:
        found = names.get(self.root)
        if isinstance(found, Defined):
            found = found.value(names)
        for step in self.steps:
            if found is None:
                return ""
            found = step.of(found, names)
        return "" if found is None else found

    def write(self, names: Names, out: list[str]) -> None:
        out.append(printed(self.value(names)))

    def assign(self, names: Names, value: Any) -> None:
        """Put a value; where nothing can be put, nothing happens."""
        if not self.steps:
            names[self.root] = value
            return
        target = Reference(self.root, self.steps[:-1]).value(names)
        last = self.steps[-1]
        key = last.name if isinstance(last, Property) else last.index.value(names) if isinstance(last, Index) else None
        is_place = isinstance(target, list) and isinstance(key, int) and -len(target) <= key < len(target)
        if is_place or (isinstance(target, dict) and key is not None):
            target[key] = value


@dataclass(frozen=True, slots=True)
class Defined:
    """The block of a `#define`, rendered where it is named."""

    block: tuple[Node, ...]

    def value(self, names: Names) -> Any:
        return Quoted(self.block).value(names)


@dataclass(frozen=True, slots=True)
class Not:
    """`!a`."""

    operand: Expression

    def value(self, names: Names) -> Any:
        return not holds(self.operand.value(names))


@dataclass(frozen=True, slots=True)
class Logic:
    """`a && b`, `a || b`; the right one is looked at when it matters."""

    is_and: bool
    left: Expression
    right: Expression

    def value(self, names: Names) -> Any:
        first = holds(self.left.value(names))
        return first if first is not self.is_and else holds(self.right.value(names))


@dataclass(frozen=True, slots=True)
class Operation:
    """A comparison or arithmetic of two values."""

    operator: Callable[[Any, Any], Any]
    left: Expression
    right: Expression

    def value(self, names: Names) -> Any:
        return self.operator(self.left.value(names), self.right.value(names))
