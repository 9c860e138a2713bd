"""Values as Java prints them: maps as `{a=1}`, lists as `[a, b]`, JSON arrays as JSON, doubles as `1.0E10` (FACTS 8.20, 8.39)."""

import json
import math
import re
from typing import Any


class JavaMap(dict[str, Any]):
    """A map of a template; prints as `{foo=bar}`."""

    def __str__(self) -> str:
        return inside(self)


class JsonArray(list[Any]):
    """An array out of JSON; prints as JSON, where a template's own list prints as Java's."""

    def __str__(self) -> str:
        return to_json(self)


def read_json(text: str) -> Any:
    """JSON text with Java's manners. Raises ValueError."""
    return java(json.loads(text))


def java(value: Any) -> Any:
    """Parsed JSON as maps and arrays of a template."""
    if isinstance(value, dict):
        return JavaMap({name: java(item) for name, item in value.items()})
    if isinstance(value, list):
        return JsonArray(java(item) for item in value)
    return value


def printed(value: Any) -> str:
    """A value in the text; what is not there prints nothing."""
    return "" if value is None else inside(value)


def inside(value: Any) -> str:
    """A value inside a map or a list."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inside(name)}={inside(one)}" for name, one in value.items()) + "}"
    if isinstance(value, JsonArray):
        return to_json(value)
    if isinstance(value, (list, tuple, range)):
        return "[" + ", ".join(inside(one) for one in value) + "]"
    return str(value)


# Where Python and Java differ about a double; a match in a text costs time and nothing else.
_DIFFERENT = re.compile(r"\d{8,}\.\d|\de[+-]?\d|0\.000")


def to_json(value: Any) -> str:
    """Compact JSON, as `$input.json` prints it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return _written(value) if _DIFFERENT.search(text) else text


def _written(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name, ensure_ascii=False)}:{_written(item)}" for name, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return _double(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _double(value: float) -> str:
    """Java's Double.toString: `1.0E10`, `1.0E-5`, and plain digits from a thousandth to ten millions."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return str(value)
    sign, digits = "-" if value < 0 else "", repr(abs(value))
    mantissa, _, power = digits.partition("e")
    exponent = int(power or 0)
    whole, _, fraction = mantissa.partition(".")
    significant = (whole + fraction).lstrip("0")
    exponent += len(whole) - 1 if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0")) + 1)
    tail = significant[1:].rstrip("0") or "0"
    return f"{sign}{significant[0]}.{tail}E{exponent}"
