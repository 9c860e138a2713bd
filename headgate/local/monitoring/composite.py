"""Rules of composite alarms: `ALARM("a") AND NOT (OK(b) OR FALSE)`. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

TOKEN = re.compile(r'\s*(?:(?P<mark>[()])|"(?P<text>[^"]*)"|(?P<word>[^\s()"]+))')
STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")


class RuleError(ValueError):
    """CloudWatch would refuse the rule."""


@dataclass(frozen=True, slots=True)
class IsInState:
    """Whether an alarm, by name or ARN, is in a state."""

    state: str
    alarm: str


@dataclass(frozen=True, slots=True)
class Joined:
    """`AND`, `OR`, `NOT`, `TRUE` or `FALSE` of parts."""

    word: str
    parts: "tuple[Rule, ...]" = ()


Rule = IsInState | Joined


def parse_rule(text: str) -> Rule:
    """A rule's tree.

    Raises:
        RuleError: what was wanted where.
    """
    tokens = []
    position = 0
    while text[position:].strip():
        found = TOKEN.match(text, position)
        if found is None:
            raise RuleError(f"{text!r}: cannot read {text[position:].strip()[:20]!r}")
        tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
        position = found.end()
    reader = _Reader(text, tokens)
    rule = reader.either()
    if reader.left:
        raise reader.error("AND, OR or the end")
    return rule


def holds(rule: Rule, states: Mapping[str, str]) -> bool:
    """Whether a rule is true; an alarm that is not there is in no state."""
    if isinstance(rule, IsInState):
        return states.get(rule.alarm.rpartition(":alarm:")[2]) == rule.state
    if rule.word in ("TRUE", "FALSE"):
        return rule.word == "TRUE"
    results = [holds(part, states) for part in rule.parts]
    return {"AND": all(results), "OR": any(results), "NOT": not all(results)}[rule.word]


def alarms_of(rule: Rule) -> list[str]:
    """The alarms a rule names."""
    if isinstance(rule, IsInState):
        return [rule.alarm.rpartition(":alarm:")[2]]
    return [name for part in rule.parts for name in alarms_of(part)]


class _Reader:
    def __init__(self, text: str, tokens: list[tuple[str, str]]) -> None:
        self._text = text
        self.left = tokens

    def either(self) -> Rule:
        return self._joined("OR", self._all)

    def _all(self) -> Rule:
        return self._joined("AND", self._one)

    def _joined(self, word: str, part: Callable[[], Rule]) -> Rule:
        parts = [part()]
        while self._at("word", word):
            self.left.pop(0)
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self) -> Rule:
        if self._at("mark", "("):
            self.left.pop(0)
            inner = self.either()
            self._close()
            return inner
        if not self.left or self.left[0][0] != "word":
            raise self.error("ALARM(...), OK(...), INSUFFICIENT_DATA(...), NOT, TRUE or FALSE")
        word = self.left[0][1]
        if word in ("TRUE", "FALSE"):
            self.left.pop(0)
            return Joined(word)
        if word == "NOT":
            self.left.pop(0)
            return Joined("NOT", (self._one(),))
        if word not in STATES:
            raise self.error("ALARM(...), OK(...), INSUFFICIENT_DATA(...), NOT, TRUE or FALSE")
        self.left.pop(0)
        if not self._at("mark", "("):
            raise self.error("(")
        self.left.pop(0)
        if not self.left or self.left[0][0] == "mark":
            raise self.error("an alarm's name or ARN")
        alarm = self.left.pop(0)[1]
        self._close()
        return IsInState(word, alarm)

    def _close(self) -> None:
        if not self._at("mark", ")"):
            raise self.error(")")
        self.left.pop(0)

    def _at(self, kind: str, value: str) -> bool:
        return bool(self.left) and self.left[0] == (kind, value)

    def error(self, wanted: str) -> RuleError:
        """What was wanted in the place of the next token."""
        got = self.left[0][1] if self.left else "the end"
        return RuleError(f"AlarmRule {self._text!r}: wanted {wanted}, got {got!r}")
