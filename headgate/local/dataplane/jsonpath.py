"""JSONPath as mapping templates and parameter mappings use it: plain paths by hand, anything else by jsonpath-ng.

Nine paths in ten are `$`, `$.a.b` or `$.a[0]`; jsonpath-ng needs milliseconds to parse what these need none for.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_PLAIN = re.compile(r"\$?(?:\.?[A-Za-z_][\w-]*|\[-?\d+\]|\['[^'\]]+'\]|\[\"[^\"\]]+\"\])*")
_STEP = re.compile(r"([A-Za-z_][\w-]*)|\[(-?\d+)\]|\['([^'\]]+)'\]|\[\"([^\"\]]+)\"\]")


def find(document: Any, path: str) -> Any:
    """The value at a path: `find({"a": [1]}, "$.a[0]")` -> 1. None when missing; a list, which may be empty, when
    the path may find several.

    Raises ValueError for a path that nobody can read.
    """
    steps = _steps(path)
    if steps is None:
        return _search(document, path)
    for step in steps:
        document = _child(document, step)
        if document is None:
            return None
    return document


def _child(value: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str | int, ...] | None:
    text = path.strip()
    if not _PLAIN.fullmatch(text):
        return None
    found = _STEP.findall(text.removeprefix("$"))
    return tuple(int(index) if index else name or single or double for name, index, single, double in found)


@lru_cache(maxsize=256)
def _compiled(path: str) -> Any:
    from jsonpath_ng.ext.parser import parse  # noqa: PLC0415 60 ms of import, and few templates need it

    try:
        return parse(path)
    except Exception as error:  # the parser raises bare Exceptions of its own
        raise ValueError(f"JSONPath {path!r} is not readable: {error}") from error


def _search(document: Any, path: str) -> Any:
    if found := _FUNCTION.fullmatch(path):
        return _FUNCTIONS[found[2]](find(document, found[1]))
    return [found.value for found in _compiled(path).find(document)]


# What Jayway's JSONPath, API Gateway's, computes at the end of a path.
_FUNCTION = re.compile(r"(.+)\.(length|size|keys|min|max|sum|avg)\(\)\s*", re.DOTALL)
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "length": lambda value: len(value) if isinstance(value, (str, list, dict)) else None,
    "size": lambda value: len(value) if isinstance(value, (list, dict)) else None,
    "keys": lambda value: list(value) if isinstance(value, dict) else None,
    "min": lambda value: min(map(float, _numbers(value)), default=None),
    "max": lambda value: max(map(float, _numbers(value)), default=None),
    "sum": lambda value: float(sum(_numbers(value))),
    "avg": lambda value: sum(numbers) / len(numbers) if (numbers := _numbers(value)) else None,
}


def _numbers(value: Any) -> list[float]:
    listed = value if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, (int, float)) and not isinstance(one, bool)]
