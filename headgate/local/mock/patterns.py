"""The shortest text that a regular expression matches, made from its parsed form. Deterministic.

    matching("^[a-z]{3}-\\d+$", shortest=0) -> "aaa-0"

What it cannot make (look-arounds, back references) raises ValueError; the caller checks what it gets anyway.
"""

import re
from collections.abc import Callable
from re import _constants as constants  # type: ignore[attr-defined]  # the parser that `re` itself uses; stable since 3.11
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_CATEGORIES = {"CATEGORY_DIGIT": "0", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " ", "CATEGORY_NOT_DIGIT": "a"}
_CATEGORIES |= {"CATEGORY_NOT_WORD": "-", "CATEGORY_NOT_SPACE": "a"}
_PROBES = "a0A-_ .:/@xyz19Z"
_MAX_REPEAT = 1_000


def matching(pattern: str, *, shortest: int) -> str:
    """A text of at least `shortest` characters that the pattern finds, if repeats can stretch that far."""
    try:
        tree = parser.parse(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} cannot be read: {error}") from None
    text = "".join(_part(operation, argument, 0) for operation, argument in tree)
    for extra in range(1, min(shortest, _MAX_REPEAT) + 1):
        if len(text) >= shortest:
            break
        text = "".join(_part(operation, argument, extra) for operation, argument in tree)
    if not pattern.endswith("$"):
        text += "a" * (shortest - len(text))
    return text


def _part(operation: Any, argument: Any, extra: int) -> str:
    """One node of the parsed pattern; `extra` is how often repeats repeat beyond their least."""
    make = _MAKERS.get(str(operation))
    if make is None:
        raise ValueError(f"no text is made for {str(operation).lower()}")
    return make(argument, extra)


def _repeat(argument: Any, extra: int) -> str:
    least, most, inner = argument
    return "".join(_all(inner, extra) for _ in range(min(int(most), least + extra, _MAX_REPEAT)))


def _all(tree: Any, extra: int) -> str:
    return "".join(_part(operation, argument, extra) for operation, argument in tree)


def _one_of(members: Any) -> str:
    """A character of a class such as `[a-z0-9_]` or `[^/]`."""
    if str(members[0][0]) == "NEGATE":
        return next((probe for probe in _PROBES if not any(_holds(m, probe) for m in members[1:])), "~")
    operation, argument = members[0]
    if str(operation) == "RANGE":
        return chr(argument[0])
    return _part(operation, argument, 0)


def _holds(member: Any, character: str) -> bool:
    operation, argument = member
    if str(operation) == "RANGE":
        return bool(argument[0] <= ord(character) <= argument[1])
    if operation is constants.LITERAL:
        return ord(character) == int(argument)
    classes = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s"}
    word = str(argument)
    positive = re.fullmatch(classes.get(word.replace("NOT_", ""), "."), character) is not None
    return positive != ("NOT_" in word)


_MAKERS: dict[str, Callable[[Any, int], str]] = {
    "LITERAL": lambda argument, _: chr(argument),
    "NOT_LITERAL": lambda argument, _: next(probe for probe in _PROBES if ord(probe) != argument),
    "ANY": lambda _argument, _: "a",
    "AT": lambda _argument, _: "",
    "IN": lambda argument, _: _one_of(argument),
    "CATEGORY": lambda argument, _: _CATEGORIES[str(argument)],
    "BRANCH": lambda argument, extra: _all(argument[1][0], extra),
    "SUBPATTERN": lambda argument, extra: _all(argument[-1], extra),
    "ATOMIC_GROUP": _all,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
    "POSSESSIVE_REPEAT": _repeat,
}
