"""Reads references and expressions."""

import re
from functools import lru_cache
from typing import Final

from .errors import TemplateError
from .operators import OPERATORS
from .terms import (
    Call,
    Expression,
    Index,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Not,
    Operation,
    Property,
    Quoted,
    Range,
    Reference,
    Step,
)

_START: Final = re.compile(r"\$!?(\{?)([A-Za-z_][A-Za-z0-9_-]*)")
_MEMBER: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)(\(?)")
_SPACE: Final = re.compile(r"\s*")
_NUMBER: Final = re.compile(r"-?(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?")
_SINGLE: Final = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE: Final = re.compile(r'"((?:[^"]|"")*)"')
_WORDS: Final = re.compile(r"(true|false|null)\b")
_NOT: Final = re.compile(r"!|not\b")
_SPELLED: Final = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "and": "&&", "or": "||"}
# From what binds least to what binds most.
_LEVELS: Final = tuple(
    re.compile(rf"\s*(?:({signs})|({words})\b)")
    for signs, words in (
        (r"\|\|", "or"),
        ("&&", "and"),
        ("==|!=", "eq|ne"),
        ("<=|>=|<|>", "le|ge|lt|gt"),
        (r"\+|-", "(?!)"),
        (r"\*|/|%", "(?!)"),
    )
)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class Reader:
    """A place in a text, moved by what is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def nested(self, text: str) -> Quoted | Literal:
        """What is between double quotes."""
        raise NotImplementedError

    def error(self, problem: str) -> TemplateError:
        """With the line and column of this place."""
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - self.text.rfind("\n", 0, self.at)
        return TemplateError(f"line {line}, column {column}: {problem}, not {self.text[self.at : self.at + 20]!r}")

    def skip(self, pattern: str) -> bool:
        """Pass over what fits, and say whether it did."""
        found = _compiled(pattern).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found is not None

    def expect(self, pattern: str, what: str) -> None:
        """Pass over what must be there. Raises TemplateError."""
        if not self.skip(pattern):
            raise self.error(f"{what} is missing")

    def reference(self) -> Reference | None:
        """`$a`, `$!a.b`, `${a.b(1)[2]}`; None where none begins."""
        found = _START.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        steps: list[Step] = []
        while step := self._step():
            steps.append(step)
        if found[1]:
            self.expect(r"\}", "}")
        return Reference(found[2], tuple(steps))

    def _step(self) -> Step | None:
        found = _MEMBER.match(self.text, self.at)
        if found is None:
            return self._index() if self.text.startswith("[", self.at) else None
        self.at = found.end(1)
        return Call(found[1], self.arguments()) if found[2] else Property(found[1])

    def _index(self) -> Index:
        self.at += 1
        index = self.expression()
        self.expect(r"\s*\]", "]")
        return Index(index)

    def arguments(self) -> tuple[Expression, ...]:
        """`(a, b)`."""
        self.expect(r"\(", "(")
        return self._listed(r"\s*\)", ")")

    def _listed(self, end: str, what: str) -> tuple[Expression, ...]:
        values: list[Expression] = []
        if self.skip(end):
            return ()
        while True:
            values.append(self.expression())
            if self.skip(end):
                return tuple(values)
            self.expect(r"\s*,", f", or {what}")

    def expression(self) -> Expression:
        """Operators by how much they bind. Raises TemplateError."""
        return self._binary(0)

    def _binary(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while found := _LEVELS[level].match(self.text, self.at):
            self.at = found.end()
            operator = found[1] or _SPELLED[found[2]]
            right = self._binary(level + 1)
            is_logic = operator in ("&&", "||")
            left = Logic(operator == "&&", left, right) if is_logic else Operation(OPERATORS[operator], left, right)
        return left

    def _unary(self) -> Expression:
        self.at = _end(_SPACE, self.text, self.at)
        end = _end(_NOT, self.text, self.at)
        if end == self.at or self.text.startswith("!=", self.at):
            return self._value()
        self.at = end
        return Not(self._unary())

    def _value(self) -> Expression:
        if reference := self.reference():
            return reference
        text = self.text
        if found := _NUMBER.match(text, self.at) or _WORDS.match(text, self.at):
            self.at = found.end()
            return Literal(_literal(found[0]))
        if found := _SINGLE.match(text, self.at):
            self.at = found.end()
            return Literal(found[1].replace("''", "'"))
        if found := _DOUBLE.match(text, self.at):
            self.at = found.end()
            return self.nested(found[1].replace('""', '"'))
        sign = text[self.at : self.at + 1]
        self.at += 1
        if sign == "(":
            inner = self.expression()
            self.expect(r"\s*\)", ")")
            return inner
        if sign == "[":
            return self._list()
        if sign == "{":
            return self._map()
        self.at -= 1
        raise self.error("a value is missing")

    def _list(self) -> Expression:
        if self.skip(r"\s*\]"):
            return ListOf(())
        first = self.expression()
        if self.skip(r"\s*\.\."):
            last = self.expression()
            self.expect(r"\s*\]", "]")
            return Range(first, last)
        if self.skip(r"\s*,"):
            return ListOf((first, *self._listed(r"\s*\]", "]")))
        self.expect(r"\s*\]", "]")
        return ListOf((first,))

    def _map(self) -> Expression:
        pairs: list[tuple[Expression, Expression]] = []
        if self.skip(r"\s*\}"):
            return MapOf(())
        while True:
            key = self.expression()
            self.expect(r"\s*:", ":")
            pairs.append((key, self.expression()))
            if self.skip(r"\s*\}"):
                return MapOf(tuple(pairs))
            self.expect(r"\s*,", ", or }")


def _literal(text: str) -> object:
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
