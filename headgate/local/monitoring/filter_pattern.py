"""Filter patterns of CloudWatch Logs: text to something that matches log events. Pure.

Four kinds: empty (every event), `{ $.status >= 500 && $.canary = "true" }` over JSON, `[ip, ..., status = 4*, bytes]` over words,
and terms (`ERROR -timeout`, `?a ?b`, `"a phrase"`, `%regex%`). What the documentation does not say is decided for the strict side:
a number compares with a number, a quoted text with a text.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .filter_grammar import PatternError, Test, Tests, parse_fields, parse_json

TERM = re.compile(
    r'(?P<sign>[-?]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|%(?P<regex>(?:[^%\\]|\\.)+)%|(?P<word>[^\s"%]\S*))(?:\s+|$)'
)
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)')
_MISSING = object()

__all__ = ["Match", "Pattern", "PatternError", "compile_pattern"]


@dataclass(frozen=True, slots=True)
class Match:
    """An event that matched. `document` is what `$.a` reads, `words` what `$name` reads."""

    document: Any = None
    words: Mapping[str, str] = field(default_factory=dict)

    def value(self, selector: str) -> Any:
        """The value at `$.a.b[0]` or `$name`; None when there is none."""
        if selector.startswith("$."):
            return next(iter(_select(self.document, _path(selector))), None)
        return self.words.get(selector.removeprefix("$"))


Pattern = Callable[[str], Match | None]


def compile_pattern(text: str) -> Pattern:
    """What matches events.

    Raises:
        PatternError: CloudWatch would refuse the pattern; the message says where.
    """
    stripped = text.strip()
    if not stripped:
        return lambda _message: Match()
    if stripped.startswith("{"):
        return _json_pattern(parse_json(stripped))
    if stripped.startswith("["):
        return _words_pattern(*parse_fields(stripped))
    return _terms_pattern(stripped)


# ---- JSON


def _json_pattern(tests: Tests) -> Pattern:
    paths = {test.selector: _path(test.selector) for test in tests.all()}

    def match(message: str) -> Match | None:
        if not message.lstrip().startswith("{"):
            return None
        try:
            document = json.loads(message)
        except ValueError:
            return None
        hit = tests.holds(lambda test: _holds(test, _select(document, paths[test.selector])))
        return Match(document) if hit else None

    return match


def _path(selector: str) -> tuple[str | int, ...]:
    """`$.a.b[0].c[*]` as its steps; `*` is any element."""
    steps: list[str | int] = []
    for part in re.finditer(r"\.([\w*-]+)|\[(\d+|\*)\]|\['([^']+)'\]", selector.removeprefix("$")):
        name, index, quoted = part.groups()
        steps.append(name or quoted or (index if index == "*" else int(index)))
    return tuple(steps)


def _select(value: Any, path: tuple[str | int, ...]) -> list[Any]:
    """Every value a path leads to: several with `*`, none when it leads nowhere."""
    found = [value]
    for step in path:
        found = [inner for one in found for inner in _step(one, step)]
    return found


def _step(value: Any, step: str | int) -> list[Any]:
    if isinstance(value, dict):
        if step == "*":
            return list(value.values())
        return [value[step]] if step in value else []
    if isinstance(value, list):
        if step == "*":
            return value
        return [value[step]] if isinstance(step, int) and step < len(value) else []
    return []


def _holds(test: Test, found: list[Any]) -> bool:
    if test.operator == "NOT EXISTS":
        return not found
    return any(_compare(test, value) for value in found)


def _compare(test: Test, value: Any) -> bool:
    constants = {"IS NULL": None, "IS TRUE": True, "IS FALSE": False}
    if test.operator in constants:
        return value is constants[test.operator]
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return False
    return test.compare(value)


# ---- words


def _words_pattern(names: tuple[str, ...], tests: tuple[Tests | None, ...], gap: int | None) -> Pattern:
    """`gap` is where `...` stands for any number of words."""

    def match(message: str) -> Match | None:
        words = [next(part for part in found.groups() if part is not None) for found in WORD.finditer(message)]
        if gap is None and len(words) != len(names):
            return None
        if len(words) < len(names):
            return None
        after = len(names) - (gap or 0)
        chosen = words if gap is None else words[:gap] + (words[-after:] if after else [])
        for word, test in zip(chosen, tests, strict=True):
            if test is not None and not test.holds(lambda one, word=word: one.compare(_number_or_text(word))):  # type: ignore[misc]
                return None
        return Match(words=dict(zip(names, chosen, strict=True)))

    return match


def _number_or_text(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


# ---- terms


@dataclass(frozen=True, slots=True)
class _Term:
    sign: str
    text: str
    regex: re.Pattern[str] | None

    def occurs(self, message: str) -> bool:
        return self.regex.search(message) is not None if self.regex else self.text in message


def _terms_pattern(text: str) -> Pattern:
    terms, position = [], 0
    while position < len(text):
        found = TERM.match(text, position)
        if found is None:
            raise PatternError(
                f"{text!r}: cannot read {text[position : position + 20]!r}; put other characters in quotes"
            )
        phrase = found["phrase"]
        word = re.sub(r"\\(.)", r"\1", phrase) if phrase is not None else (found["word"] or "")
        regex = re.compile(found["regex"]) if found["regex"] else None
        terms.append(_Term(found["sign"], word, regex))
        position = found.end()
    wanted = [term for term in terms if not term.sign]
    unwanted = [term for term in terms if term.sign == "-"]
    either = [term for term in terms if term.sign == "?"]
    if either and (wanted or unwanted):
        either = []  # "?" beside other terms has no effect

    def match(message: str) -> Match | None:
        hit = all(term.occurs(message) for term in wanted) and not any(term.occurs(message) for term in unwanted)
        return Match() if hit and (not either or any(term.occurs(message) for term in either)) else None

    return match
