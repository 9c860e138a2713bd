"""Simple conditions of criteria: `$statusCode == 200 && $response.body#/state != 'gone'` -> a tree. Pure.

Operators and literals of Arazzo 1.0.1, Criterion Object: < <= > >= == != ! && || ( ), numbers, 'text' with '' for a
quote, true, false, null.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .references import BadExpressionError, Reference, parse_reference

TOKEN = re.compile(
    r"\s*(?:(?P<operator>==|!=|<=|>=|&&|\|\||[<>!()])|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|'(?P<text>(?:[^']|'')*)'|(?P<word>true|false|null)\b|(?P<reference>\$[^\s()!=<>&|]+))"
)
WORDS = {"true": True, "false": False, "null": None}
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
MAX_LENGTH = 2000

Tree = dict[str, Any]
Leaf = Callable[[Reference], Tree]


def parse_condition(text: str, leaf: Leaf) -> Tree:
    """The tree of a condition; `leaf` compiles a reference. `BadExpressionError` points at what cannot be read."""
    if len(text) > MAX_LENGTH:
        raise BadExpressionError(f"a condition of {len(text)} characters; {MAX_LENGTH} are enough")
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]  # one example of the specification writes it so
    tokens = _Tokens(_tokens(text), leaf)
    tree = tokens.any_of()
    if tokens.left:
        raise BadExpressionError(f"{text!r}: {tokens.left[0][1]!r} was not expected")
    return tree


def _tokens(text: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    at = 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise BadExpressionError(f"{text!r}: cannot read {text[at:].strip()[:20]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Tokens:
    """A cursor over the tokens; one method per level of binding, loosest first."""

    def __init__(self, tokens: list[tuple[str, Any]], leaf: Leaf) -> None:
        self.left = tokens
        self._leaf = leaf

    def _next(self, *operators: str) -> str | None:
        if self.left and self.left[0][0] == "operator" and self.left[0][1] in operators:
            return str(self.left.pop(0)[1])
        return None

    def any_of(self) -> Tree:
        parts = [self.all_of()]
        while self._next("||"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else {"op": "or", "of": parts}

    def all_of(self) -> Tree:
        parts = [self.negated()]
        while self._next("&&"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else {"op": "and", "of": parts}

    def negated(self) -> Tree:
        if self._next("!"):
            return {"op": "not", "of": [self.negated()]}
        if self._next("("):
            tree = self.any_of()
            if not self._next(")"):
                raise BadExpressionError("a ')' is missing")
            return tree
        return self.comparison()

    def comparison(self) -> Tree:
        left = self.operand()
        operator = self._next(*COMPARISONS)
        if operator is None:
            return {"op": "truthy", "left": left}
        return {"op": operator, "left": left, "right": self.operand()}

    def operand(self) -> Tree:
        if not self.left:
            raise BadExpressionError("the condition ends where a value was wanted")
        kind, value = self.left.pop(0)
        if kind == "reference":
            return self._leaf(parse_reference(value))
        if kind == "operator":
            raise BadExpressionError(f"{value!r} stands where a value was wanted")
        if kind == "number":
            return {"const": float(value) if re.search(r"[.eE]", value) else int(value)}
        return {"const": WORDS[value] if kind == "word" else value.replace("''", "'")}
