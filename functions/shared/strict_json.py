"""JSON with nothing left to interpretation: what two parsers could read differently is refused (RFC 8725 2.4, RFC 7493).

    loads(b'{"a": 1}', max_depth=20) -> {"a": 1}
    loads(b'{"a": 1, "a": 2}', ...)  -> StrictJsonError: a member comes twice

UTF-8 only, no byte order mark, no lone surrogates, no NaN or Infinity, no number beyond a double, no member twice, bounded
depth. The caller bounds the size.
"""

import json
import math
import re
from typing import Any, NoReturn

# Strings, and whatever else is no bracket, go before the nesting is counted.
_NO_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[^\[\]{}"]+', re.DOTALL)
_OPENERS = {"{": 1, "[": 1, "}": -1, "]": -1}
_SURROGATE_ESCAPE = "\\u"
# More digits than any honest claim has; Python's own limit is 4,300 and quadratic up to there.
_MAX_INTEGER_DIGITS = 400


class StrictJsonError(ValueError):
    """The text is not JSON that everyone reads alike."""


def loads(data: bytes, *, max_depth: int) -> Any:
    """The value of one JSON text."""
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise StrictJsonError("not UTF-8") from None
    if _depth(text, max_depth) > max_depth:
        raise StrictJsonError("nested too deep")
    try:
        value = _DECODER.decode(text)
    except StrictJsonError:
        raise
    except (ValueError, RecursionError):
        raise StrictJsonError("not JSON") from None
    if _SURROGATE_ESCAPE in text:
        _refuse_surrogates(value)
    return value


def _depth(text: str, enough: int) -> int:
    """How deep the text nests; without looking closely when it holds too few brackets to be too deep."""
    openers = text.count("{") + text.count("[")
    if openers <= enough:
        return openers
    depth = deepest = 0
    for character in _NO_BRACKETS.sub("", text):
        depth += _OPENERS.get(character, 0)
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError("a member comes twice")
    return members


def _constant(_name: str) -> NoReturn:
    raise StrictJsonError("NaN and Infinity are not JSON")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_DIGITS:
        raise StrictJsonError("an integer is too long")
    return int(digits)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise StrictJsonError("a number is too large")
    return value


def _refuse_surrogates(value: Any) -> None:
    """Lone surrogates (`\\ud800`) can be neither logged nor forwarded."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise StrictJsonError("a lone surrogate") from None


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_number
)
