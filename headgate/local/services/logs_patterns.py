"""Filter patterns in the Logs API: FilterLogEvents and subscription filters by CloudWatch's grammar, and TestMetricFilter.

moto knows single words and phrases, takes every event for other patterns, and has no TestMetricFilter.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from moto.logs import models, responses
from moto.logs.exceptions import InvalidParameterException

SELECTOR = re.compile(r"\$\.[^\s=!<>()&|{}]+")


class Match(Protocol):
    """An event that matched: what it says at `$.a` or `$name`, and the names of its words."""

    words: Any

    def value(self, selector: str) -> Any: ...


Compile = Callable[[str], Callable[[str], Match | None]]


def install(compile_pattern: Compile) -> Callable[[], None]:
    """Put the patterns into moto; returns what takes them out again. `compile_pattern` raises ValueError for a wrong one."""
    compiled = lru_cache(maxsize=256)(compile_pattern)

    def pattern_of(text: str) -> Callable[[str], Match | None]:
        try:
            return compiled(text)
        except ValueError as problem:
            raise _refusal(str(problem)) from problem

    class Filter:
        """In the place of moto's `EventMessageFilter`."""

        def __init__(self, text: str | None) -> None:
            self._pattern = pattern_of(text or "")

        def matches(self, message: str) -> bool:
            return self._pattern(message) is not None

    def test_metric_filter(self: Any) -> str:
        text, messages = self._get_param("filterPattern") or "", self._get_param("logEventMessages") or []
        return json.dumps({"matches": list(_matches(text, pattern_of(text), messages))})

    # moto's module has it from another one, which is no export to a type checker.
    place: Any = models
    previous = place.EventMessageFilter
    place.EventMessageFilter = Filter
    responses.LogsResponse.test_metric_filter = test_metric_filter  # type: ignore[attr-defined]

    def uninstall() -> None:
        place.EventMessageFilter = previous
        del responses.LogsResponse.test_metric_filter  # type: ignore[attr-defined]

    return uninstall


def _refusal(reason: str) -> InvalidParameterException:
    return InvalidParameterException(reason)


def _matches(text: str, pattern: Callable[[str], Match | None], messages: list[str]) -> Any:
    """Numbered from 1, with the values that the pattern speaks of."""
    for number, message in enumerate(messages, start=1):
        match = pattern(message)
        if match is None:
            continue
        values = {selector: match.value(selector) for selector in SELECTOR.findall(text)}
        values |= {f"${name}": word for name, word in match.words.items()}
        shown = {name: _text(value) for name, value in values.items() if value is not None}
        yield {"eventNumber": number, "eventMessage": message, "extractedValues": shown}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
