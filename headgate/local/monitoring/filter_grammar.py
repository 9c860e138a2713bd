"""The grammar of filter patterns over JSON and over words: comparisons joined by `&&`, `||` and parentheses. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

SELECTOR = re.compile(r"\$(?:\.[\w*-]+|\[(?:\d+|\*)\]|\['[^']+'\])+")
TOKEN = re.compile(
    r"\s*(?:(?P<mark>&&|\|\||[(){}]|!=|<=|>=|=|<|>)|(?P<selector>\$(?:\.[\w*-]+|\[(?:\d+|\*)\]|\['[^']+'\])+)"
    r'|"(?P<text>(?:[^"\\]|\\.)*)"|%(?P<regex>(?:[^%\\]|\\.)+)%|(?P<word>[^\s"%(){}&|=<>!,\]]+))'
)
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
KEYWORDS = {("IS", "NULL"), ("IS", "TRUE"), ("IS", "FALSE"), ("NOT", "EXISTS")}
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class PatternError(ValueError):
    """CloudWatch would refuse the pattern."""


@dataclass(frozen=True)
class Test:
    """One comparison. `wanted` is its right side; `kind` is text (quoted), word, regex, or empty for keywords."""

    selector: str
    operator: str
    wanted: str = ""
    kind: str = ""

    @cached_property
    def number(self) -> float | None:
        """The right side as a number, unless it is quoted."""
        return float(self.wanted) if self.kind == "word" and NUMBER.fullmatch(self.wanted) else None

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The right side's wildcards or regular expression."""
        if self.kind == "regex":
            return re.compile(self.wanted)
        return re.compile(".*".join(map(re.escape, self.wanted.split("*"))), re.DOTALL)

    def compare(self, value: float | str) -> bool:
        """Whether a number or text compares so."""
        if self.operator in ("=", "!="):
            return self._equals(value) == (self.operator == "=")
        if self.number is None or isinstance(value, str):
            return False
        wanted = self.number
        return {"<": value < wanted, "<=": value <= wanted, ">": value > wanted, ">=": value >= wanted}[self.operator]

    def _equals(self, value: float | str) -> bool:
        if self.number is not None and not isinstance(value, str):
            return value == self.number
        if not isinstance(value, str) and self.kind == "text":
            return False
        text = value if isinstance(value, str) else str(value)
        if self.kind == "regex":
            return self.regex.search(text) is not None
        return self.regex.fullmatch(text) is not None


@dataclass(frozen=True)
class Tests:
    """Comparisons joined by `&&` or `||`."""

    operator: str
    parts: "tuple[Test | Tests, ...]"

    def holds(self, check: Callable[[Test], bool]) -> bool:
        """Whether all, or any, of them hold."""
        results = (check(part) if isinstance(part, Test) else part.holds(check) for part in self.parts)
        return all(results) if self.operator == "&&" else any(results)

    def all(self) -> Iterator[Test]:
        """Every comparison in it."""
        for part in self.parts:
            yield from (part,) if isinstance(part, Test) else part.all()


def parse_json(text: str) -> Tests:
    """`{ ... }` as comparisons of `$.` selectors.

    Raises:
        PatternError: says what was wanted where.
    """
    tokens = _Tokens(text)
    tokens.expect("{")
    tests = _either(tokens, "selector")
    tokens.expect("}")
    if tokens.kind != "end":
        raise tokens.error("the end")
    return tests


def parse_fields(text: str) -> tuple[tuple[str, ...], tuple[Tests | None, ...], int | None]:
    """`[a, b = 4*, ..., c]` as names, conditions, and where the `...` is.

    Raises:
        PatternError: says what is wrong.
    """
    if not text.endswith("]"):
        raise PatternError(f"{text!r}: wants a closing ]")
    names: list[str] = []
    conditions: list[Tests | None] = []
    gap: int | None = None
    for part in re.split(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", text[1:-1]):
        field = part.strip()
        if field == "...":
            if gap is not None:
                raise PatternError(f"{text!r}: has more than one ...")
            gap = len(names)
        elif re.fullmatch(r"\w*", field):
            names.append(field or f"w{len(names) + 1}")
            conditions.append(None)
        else:
            tokens = _Tokens(field)
            tests = _either(tokens, "word")
            if tokens.kind != "end":
                raise tokens.error("a comma")
            names.append(next(tests.all()).selector)
            conditions.append(tests)
    return tuple(names), tuple(conditions), gap


class _Tokens:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.kind, self.value = "", ""
        self.step()

    def step(self) -> str:
        """The token that was current; the next one becomes so."""
        was = self.value
        if not self._text[self._position :].strip():
            self.kind, self.value = "end", ""
            return was
        found = TOKEN.match(self._text, self._position)
        if found is None:
            raise PatternError(f"{self._text!r}: cannot read {self._text[self._position :].strip()[:20]!r}")
        self._position = found.end()
        self.kind = str(found.lastgroup)
        self.value = found[self.kind]
        return was

    def expect(self, mark: str) -> None:
        """Step over a mark."""
        if self.kind != "mark" or self.value != mark:
            raise self.error(repr(mark))
        self.step()

    def is_mark(self, mark: str) -> bool:
        """Whether the current token is this mark."""
        return self.kind == "mark" and self.value == mark

    def error(self, wanted: str) -> PatternError:
        """What was wanted in the place of the current token."""
        return PatternError(f"{self._text!r}: wanted {wanted}, got {self.value or 'the end'!r}")


def _either(tokens: _Tokens, subject: str) -> Tests:
    parts = [_all(tokens, subject)]
    while tokens.is_mark("||"):
        tokens.step()
        parts.append(_all(tokens, subject))
    return Tests("||", tuple(parts))


def _all(tokens: _Tokens, subject: str) -> Tests:
    parts = [_one(tokens, subject)]
    while tokens.is_mark("&&"):
        tokens.step()
        parts.append(_one(tokens, subject))
    return Tests("&&", tuple(parts))


def _one(tokens: _Tokens, subject: str) -> Test | Tests:
    if tokens.is_mark("("):
        tokens.step()
        inner = _either(tokens, subject)
        tokens.expect(")")
        return inner
    if tokens.kind != subject:
        raise tokens.error("a selector such as $.status" if subject == "selector" else "a field's name")
    selector = tokens.step()
    if tokens.kind == "word":
        first = tokens.step().upper()
        second = tokens.value.upper() if tokens.kind == "word" else ""
        if (first, second) not in KEYWORDS:
            raise tokens.error(
                f"IS NULL, IS TRUE, IS FALSE or NOT EXISTS after {selector}, not {first}; or an operator"
            )
        tokens.step()
        return Test(selector, f"{first} {second}")
    if tokens.kind != "mark" or tokens.value not in OPERATORS:
        raise tokens.error(f"one of {' '.join(OPERATORS)} after {selector}")
    operator = tokens.step()
    kind = tokens.kind
    if kind not in ("text", "word", "regex"):
        raise tokens.error("a value")
    if operator not in ("=", "!=") and not (kind == "word" and NUMBER.fullmatch(tokens.value)):
        raise tokens.error(f"a number after {operator}")
    wanted = tokens.step()
    return Test(selector, operator, re.sub(r"\\(.)", r"\1", wanted) if kind == "text" else wanted, kind)
