"""The grammar of metric math: text to a tree. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<mark>==|!=|<=|>=|&&|\|\||[-+*/^(),<>\[\]]))"
)
BINDING: Mapping[str, int] = {
    **dict.fromkeys(("||", "OR"), 1),
    **dict.fromkeys(("&&", "AND"), 2),
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">="), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/"), 5),
    "^": 7,
}
UNARY = 6


class ExpressionError(ValueError):
    """The expression cannot be read or evaluated; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """The id of another query, or a word such as REPEAT."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, as METRICS takes."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, an operator, or `[...]` as LIST."""

    function: str
    arguments: tuple["Node", ...]


Node = Number | Name | Text | Call


def parse(text: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionError: what is wrong, and where.
    """
    tokens = _Tokens(text)
    tree = _expression(tokens, 0)
    if tokens.kind != "end":
        raise tokens.error("an operator or the end")
    return tree


def names(node: Node) -> set[str]:
    """The ids an expression mentions."""
    if isinstance(node, Name):
        return {node.name}
    return {name for argument in node.arguments for name in names(argument)} if isinstance(node, Call) else set()


class _Tokens:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.kind, self.value = "", ""
        self.step()

    def step(self) -> str:
        """The token that was current; the next one becomes so."""
        was = self.value
        rest = self._text[self._position :]
        if not rest.strip():
            self.kind, self.value = "end", ""
            return was
        found = TOKEN.match(self._text, self._position)
        if found is None:
            raise ExpressionError(
                f"{self._text!r}: {rest.strip()[:10]!r} at {self._position} is no part of an expression"
            )
        self._position = found.end()
        self.kind = str(found.lastgroup)
        self.value = found[self.kind]
        if self.kind == "name" and self.value in ("AND", "OR"):
            self.kind = "mark"
        return was

    def expect(self, mark: str) -> None:
        """Step over a mark."""
        if self.kind != "mark" or self.value != mark:
            raise self.error(f"{mark!r}")
        self.step()

    def error(self, wanted: str) -> ExpressionError:
        """What was wanted in the place of the current token."""
        return ExpressionError(
            f"{self._text!r}: wanted {wanted}, got {self.value or 'the end'!r} before {self._position}"
        )


def _expression(tokens: _Tokens, binding: int) -> Node:
    left = _operand(tokens)
    while tokens.kind == "mark" and BINDING.get(tokens.value, 0) > binding:
        sign = tokens.step()
        # `^` binds to the right, the others to the left.
        right = _expression(tokens, BINDING[sign] - (sign == "^"))
        left = Call({"AND": "&&", "OR": "||"}.get(sign, sign), (left, right))
    return left


def _operand(tokens: _Tokens) -> Node:
    if tokens.kind == "number":
        return Number(float(tokens.step()))
    if tokens.kind == "text":
        return Text(tokens.step()[1:-1])
    if tokens.kind == "name":
        name = tokens.step()
        if tokens.value != "(":
            return Name(name)
        tokens.step()
        return Call(name.upper(), _arguments(tokens, ")"))
    mark = tokens.value if tokens.kind == "mark" else ""
    if mark in ("-", "+"):
        tokens.step()
        inner = _expression(tokens, UNARY)
        return Call("NEGATE", (inner,)) if mark == "-" else inner
    if mark == "(":
        tokens.step()
        inner = _expression(tokens, 0)
        tokens.expect(")")
        return inner
    if mark == "[":
        tokens.step()
        return Call("LIST", _arguments(tokens, "]"))
    raise tokens.error("a value")


def _arguments(tokens: _Tokens, end: str) -> tuple[Node, ...]:
    found: list[Node] = []
    while tokens.value != end:
        found.append(_expression(tokens, 0))
        if tokens.value == ",":
            tokens.step()
        elif tokens.value != end:
            raise tokens.error(f"',' or {end!r}")
    tokens.step()
    return tuple(found)
