"""The methods of Java that templates call on texts, numbers, lists and maps. A name that is not in a table is not there."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from .errors import TemplateError
from .patterns import compile_pattern
from .values import JavaMap, inside, java

Method = Callable[..., Any]


class Thing:
    """An object that templates may look at: its `names` are properties, or methods when they are functions."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def __str__(self) -> str:
        """Java's class and address say nothing; Python's must not be seen."""
        return ""


def call(target: Any, name: str, arguments: list[Any]) -> Any:
    """`$target.name(arguments)`; None for a method that is not there. Raises TemplateError when it fails."""
    method = target.names.get(name) if isinstance(target, Thing) else _find(target, name)
    try:
        if isinstance(target, Thing):
            return method(*arguments) if callable(method) else method
        return None if method is None else method(target, *arguments)
    except TemplateError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, re.error) as error:
        raise TemplateError(f"{name}(): {error}") from error
    return None


def member(target: Any, name: str) -> Any:
    """`$target.name`: a map's entry, an object's property, or what `isName` answers."""
    if isinstance(target, dict):
        return target.get(name)
    if isinstance(target, Thing):
        found = target.names.get(name)
        return None if callable(found) else found
    return call(target, "isEmpty", []) if name == "empty" else None


def item(target: Any, index: Any) -> Any:
    """`$target[index]`; None outside of it."""
    if isinstance(target, dict):
        return target.get(index)
    if isinstance(target, (list, range)) and isinstance(index, int) and -len(target) <= index < len(target):
        return target[index]
    return None


def _find(target: Any, name: str) -> Method | None:
    for kind, table in _TABLES:
        if isinstance(target, kind):
            return table.get(name) or _EVERY.get(name)
    return None


def _at(text: str, index: int) -> str:
    if not 0 <= index < len(text):
        raise TemplateError(f"index {index} of a text of {len(text)}")
    return text[index]


def _substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= start <= stop <= len(text):
        raise TemplateError(f"substring({start}, {stop}) of a text of {len(text)}")
    return text[start:stop]


def _split(text: str, pattern: str, limit: int = 0) -> list[str]:
    """Java's: empty ends are dropped without a limit."""
    if limit == 1:
        return [text]
    separator = compile_pattern(re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern))
    parts = separator.split(text, maxsplit=max(limit - 1, 0))
    if len(parts) > 1 and not parts[0] and separator.match(text[:0]):
        parts = parts[1:]  # a match of nothing at the beginning gives no part
    while limit == 0 and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _replacement(text: str) -> Callable[[re.Match[str]], str]:
    """`$1` is a group, a backslash makes the next sign plain."""

    def written(found: re.Match[str]) -> str:
        return re.sub(
            r"\\(.)|\$(\d)",
            lambda part: part[1] if part[1] is not None else found[int(part[2])] or "",
            text,
            flags=re.DOTALL,
        )

    return written


def _hash(text: str) -> int:
    value = 0
    for char in text:
        value = (31 * value + ord(char)) & 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def _compare(one: Any, other: Any) -> int:
    return 0 if one == other else 1 if one > other else -1


def _remove(values: list[Any], what: Any) -> Any:
    """By index, or the first that is equal."""
    if isinstance(what, int) and not isinstance(what, bool):
        return values.pop(what)
    if what not in values:
        return False
    values.remove(what)
    return True


def _insert(values: list[Any], first: Any, *more: Any) -> bool | None:
    if not more:
        values.append(first)
        return True
    values.insert(first, more[0])
    return None


def _set(values: list[Any], index: int, value: Any) -> Any:
    values[index], old = value, values[index]
    return old


def _extend(values: list[Any], more: Any) -> bool:
    values.extend(more)
    return bool(more)


def _put(entries: dict[Any, Any], key: Any, value: Any) -> Any:
    old = entries.get(key)
    entries[key] = value
    return old


def _put_if_absent(entries: dict[Any, Any], key: Any, value: Any) -> Any:
    return entries[key] if entries.get(key) is not None else _put(entries, key, value)


def _format(_: str, pattern: str, *values: Any) -> str:
    """String.format is static: the text it is called on does not matter."""
    return re.sub(r"%n", "\n", pattern) % tuple(values)


def _whole(value: Any, base: int = 10) -> int:
    return int(value, base) if isinstance(value, str) else int(value)


class Entry(Thing):
    """An entry of a map: `$entry.key`, `$entry.value`."""

    def __init__(self, key: Any, value: Any) -> None:
        super().__init__({"key": key, "value": value, "getKey": lambda: key, "getValue": lambda: value})

    def __str__(self) -> str:
        return f"{inside(self.names['key'])}={inside(self.names['value'])}"


_EVERY: Final[dict[str, Method]] = {
    "equals": lambda self, other: isinstance(other, bool) == isinstance(self, bool) and self == other,
    "hashCode": lambda self: _hash(inside(self)),
    "toString": inside,
}
_TEXT: Final[dict[str, Method]] = {
    "charAt": _at,
    "compareTo": _compare,
    "concat": lambda self, other: self + inside(other),
    "contains": lambda self, part: inside(part) in self,
    "endsWith": lambda self, end: self.endswith(end),
    "equalsIgnoreCase": lambda self, other: self.lower() == inside(other).lower(),
    "format": _format,
    "indexOf": lambda self, part, start=0: self.find(part, start),
    "isBlank": lambda self: not self.strip(),
    "isEmpty": lambda self: not self,
    "lastIndexOf": lambda self, part: self.rfind(part),
    "length": len,
    "matches": lambda self, pattern: compile_pattern(pattern).fullmatch(self) is not None,
    "parseDouble": lambda _, value: float(value),
    "repeat": lambda self, times: self * times,
    "replace": lambda self, old, new: self.replace(old, new),
    "replaceAll": lambda self, pattern, new: compile_pattern(pattern).sub(_replacement(new), self),
    "replaceFirst": lambda self, pattern, new: compile_pattern(pattern).sub(_replacement(new), self, count=1),
    "split": _split,
    "startsWith": lambda self, start, offset=0: self.startswith(start, offset),
    "strip": str.strip,
    "substring": _substring,
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trim": str.strip,
    "valueOf": lambda _, value: inside(value),
}
_NUMBER: Final[dict[str, Method]] = {
    "compareTo": _compare,
    "doubleValue": float,
    "floatValue": float,
    "intValue": int,
    "longValue": int,
    "parseDouble": lambda _, value: float(value),
    "parseFloat": lambda _, value: float(value),
    "parseInt": lambda _, value, base=10: _whole(value, base),
    "parseLong": lambda _, value, base=10: _whole(value, base),
    "valueOf": lambda self, value: float(value) if isinstance(self, float) else _whole(value),
}
_LIST: Final[dict[str, Method]] = {
    "add": _insert,
    "addAll": _extend,
    "clear": lambda self: self.clear(),
    "contains": lambda self, value: value in self,
    "containsAll": lambda self, values: all(value in self for value in values),
    "get": lambda self, index: self[index] if index >= 0 else _at("", index),
    "indexOf": lambda self, value: self.index(value) if value in self else -1,
    "isEmpty": lambda self: not self,
    "lastIndexOf": lambda self, value: max((at for at, one in enumerate(self) if one == value), default=-1),
    "length": len,
    "remove": _remove,
    "removeAll": lambda self, values: [self.remove(one) for one in list(self) if one in values] != [],
    "set": _set,
    "size": len,
    "subList": lambda self, start, end: list(self[start:end]),
}
_MAP: Final[dict[str, Method]] = {
    "clear": lambda self: self.clear(),
    "containsKey": lambda self, key: key in self,
    "containsValue": lambda self, value: value in self.values(),
    "entrySet": lambda self: [Entry(key, value) for key, value in self.items()],
    "get": lambda self, key: self.get(key),
    "getOrDefault": lambda self, key, default: self.get(key, default),
    "isEmpty": lambda self: not self,
    "keySet": list,
    "put": _put,
    "putAll": lambda self, more: self.update(java(more) if not isinstance(more, JavaMap) else more),
    "putIfAbsent": _put_if_absent,
    "remove": lambda self, key: self.pop(key, None),
    "size": len,
    "values": lambda self: list(self.values()),
}
_BOOLEAN: Final[dict[str, Method]] = {
    "booleanValue": bool,
    "compareTo": _compare,
    "parseBoolean": lambda _, value: inside(value).lower() == "true",
    "valueOf": lambda _, value: inside(value).lower() == "true",
}
_TABLES: Final[tuple[tuple[Any, dict[str, Method]], ...]] = (
    (str, _TEXT),
    (bool, _BOOLEAN),
    ((int, float), _NUMBER),
    ((list, range), _LIST),
    (dict, _MAP),
)
