"""Reads YAML text as JSON values, with the place of every node.

Scalars follow the YAML 1.2 core schema (`on`, `no` and dates stay strings), keys are strings as written, `<<` merges.
An alias is the anchored value itself, so a place inside it is where somebody has to edit: the anchor's lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

# An alias may stand for much: a few lines of nested aliases describe billions of nodes.
MAX_NODES = 5_000_000
# Real documents nest below 60; deeper ones would exhaust the parser's stack.
MAX_DEPTH = 200

_TAG = "tag:yaml.org,2002:"
_NULL, _BOOL, _INT, _FLOAT, _STR = (_TAG + name for name in ("null", "bool", "int", "float", "str"))
_MERGE, _MAP, _SEQ = (_TAG + name for name in ("merge", "map", "seq"))

_CORE_SCHEMA: list[tuple[str, str, list[str | None]]] = [
    (_NULL, r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    (_BOOL, r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    (_INT, r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    (_FLOAT, r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$", list("-+0123456789.")),
    (_FLOAT, r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", list("-+.")),
    (_MERGE, r"^(?:<<)$", ["<"]),
]

_INDENTATION = re.compile(r"(?:^|(?<=[:\[{,] )) *(?:[-?] +)*", re.MULTILINE)
_BRACKET = re.compile(r"[\[\]{}]")

_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]
    """PyYAML's parser with the 1.2 core schema in place of 1.1's."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's interface)


for _tag, _pattern, _first in _CORE_SCHEMA:
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """Something wrong with the text itself; `mark` counts from 0, as PyYAML does."""

    kind: str  # "syntax", "duplicate", "value"
    line: int
    column: int
    message: str
    is_error: bool = True


@dataclass(slots=True)
class YamlText:
    """A composed YAML text: node tree for places, value for everything else."""

    root: yaml.Node | None
    value: Any
    problems: list[YamlProblem]
    _index: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = field(default_factory=dict)

    def position(self, keys: list[str]) -> tuple[int, int]:
        """(line, column), from 1, of the deepest existing part of the path; members are placed at their key."""
        if self.root is None:
            return 1, 1
        place = node = self.root
        for key in keys:
            found = self._children(node).get(key)
            if found is None:
                break
            place, node = found
        return place.start_mark.line + 1, place.start_mark.column + 1

    def _children(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if id(node) not in self._index:
            self._index[id(node)] = dict(_children(node))
        return self._index[id(node)]


def parse_yaml(text: str) -> YamlText:
    """Never raises: what cannot be read is a problem, and the value is None."""
    try:
        too_deep = _nesting(text)
        root = None if too_deep else yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        return YamlText(
            None, None, [YamlProblem("syntax", mark.line if mark else 0, mark.column if mark else 0, message)]
        )
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return YamlText(None, None, [YamlProblem("syntax", 0, 0, str(error).partition("\n")[0])])
    if too_deep:
        return YamlText(None, None, [YamlProblem("syntax", *too_deep, f"nests deeper than {MAX_DEPTH} levels")])
    if root is None:
        return YamlText(None, None, [YamlProblem("syntax", 0, 0, "the file is empty")])
    builder = _Builder()
    value = builder.build(root, 0)
    return YamlText(root, value, builder.problems)


def _nesting(text: str) -> tuple[int, int] | None:
    """Where the nesting passes the limit. libyaml's composer recurses in C, so this must be known before it runs."""
    if _nesting_bound(text) <= MAX_DEPTH:
        return None
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH and event.start_mark is not None:
                return event.start_mark.line, event.start_mark.column
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _nesting_bound(text: str) -> int:
    """Never less than the true depth, and cheap: brackets open at once plus the widest indentation."""
    indentation = max((len(match.group()) for match in _INDENTATION.finditer(text)), default=0)
    open_now = most = 0
    for match in _BRACKET.finditer(text):
        open_now += 1 if match.group() in "[{" else -1
        # A closing bracket inside a string must not hide an opening one outside of it.
        open_now = max(open_now, 0)
        most = max(most, open_now)
    return indentation + most


def _children(node: yaml.Node) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield str(number), (item, item)
    if isinstance(node, yaml.MappingNode):
        merged = [value for key, value in node.value if key.tag == _MERGE]
        for source in merged:
            for mapping in reversed(source.value) if isinstance(source, yaml.SequenceNode) else [source]:
                yield from _children(mapping)
        for key, value in node.value:
            if key.tag != _MERGE:
                yield str(key.value), (key, value)


class _Builder:
    """Node tree to JSON value. Anchored nodes are built once and shared."""

    def __init__(self) -> None:
        self.problems: list[YamlProblem] = []
        self._built: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()
        self._size = 0

    def build(self, node: yaml.Node, depth: int) -> Any:
        self._size += 1
        if depth > MAX_DEPTH:
            return self._problem(node, "value", f"nests deeper than {MAX_DEPTH} levels")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            return self._problem(node, "value", "an alias contains itself; JSON has no such value")
        if id(node) in self._built:
            value, size = self._built[id(node)]
            self._size += size
            return value
        before = self._size
        self._open.add(id(node))
        value = self._sequence(node, depth) if isinstance(node, yaml.SequenceNode) else self._mapping(node, depth)
        self._open.discard(id(node))
        self._built[id(node)] = (value, self._size - before)
        return self._bounded(node, value, depth)

    def _bounded(self, node: yaml.Node, value: Any, depth: int) -> Any:
        if depth or self._size <= MAX_NODES:
            return value
        return self._problem(node, "value", f"aliases expand to {self._size} nodes; at most {MAX_NODES} are read")

    def _sequence(self, node: yaml.SequenceNode, depth: int) -> list[Any]:
        if node.tag != _SEQ:
            self._problem(node, "value", f"tag {node.tag!r} has no meaning in JSON")
        return [self.build(item, depth + 1) for item in node.value]

    def _mapping(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        if node.tag != _MAP:
            self._problem(node, "value", f"tag {node.tag!r} has no meaning in JSON")
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key, item in node.value:
            if key.tag == _MERGE:
                merged = {**self._merge(item, depth), **merged}
            elif not isinstance(key, yaml.ScalarNode):
                self._problem(key, "value", "a key is a list or a mapping; JSON keys are strings")
            else:
                self._member(own, key, self.build(item, depth + 1))
        return {**merged, **own} if merged else own

    def _member(self, own: dict[str, Any], key: yaml.ScalarNode, value: Any) -> None:
        if key.value in own:
            same = own[key.value] == value
            what = "twice with the same value" if same else "twice with different values"
            self._problem(key, "duplicate", f"key {key.value!r} is given {what}", is_error=not same)
        own[key.value] = value

    def _merge(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):
            value = self.build(source, depth + 1)
            if isinstance(value, dict):
                merged.update(value)
            else:
                self._problem(source, "value", "'<<' merges mappings only")
        return merged

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.tag == _STR:
            return text
        if node.tag == _NULL:
            return None
        if node.tag == _BOOL:
            return text.lower() == "true"
        try:
            if node.tag == _INT:
                return _integer(text)
            if node.tag == _FLOAT:
                return _number(text)
        except ValueError:
            return self._problem(node, "value", f"{text!r} is not a number that JSON can hold")
        return self._problem(node, "value", f"tag {node.tag!r} has no meaning in JSON")

    def _problem(self, node: yaml.Node, kind: str, message: str, is_error: bool = True) -> None:
        mark = node.start_mark
        self.problems.append(YamlProblem(kind, mark.line, mark.column, message, is_error))


def _integer(text: str) -> int:
    if text.startswith(("0o", "0x")):
        return int(text, 0)
    return int(text)


def _number(text: str) -> float | int:
    value = float(text)
    if value in {float("inf"), float("-inf")} or value != value:  # noqa: PLR0124 (nan)
        raise ValueError(text)
    return value
