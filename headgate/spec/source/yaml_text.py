"""Reads YAML text as JSON values, with the place of every node.

Scalars follow the YAML 1.2 core schema (`on`, `no` and dates stay strings), keys are strings as written, `<<` merges.
An alias is the anchored value itself, so a place inside it is where somebody has to edit: the anchor's lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import Reader

from .nesting import MAX_DEPTH, bracket_bound
from .text_problems import Nowhere, TextProblem, same

# An alias may stand for much: a few lines of nested aliases describe billions of nodes. This many beyond those written.
MAX_ALIASED = 500_000

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

_INDENTATION = re.compile(r"^[ \t?-]+", re.MULTILINE)

_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]
    """PyYAML's parser with the 1.2 core schema in place of 1.1's."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's interface)

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        """The tag of a node without one. As PyYAML's own, without what no file asks for; it is called for every node."""
        if kind is not yaml.ScalarNode:
            return _SEQ if kind is yaml.SequenceNode else _MAP
        if implicit[0]:
            for tag, pattern in self.yaml_implicit_resolvers.get(value[:1], ()):
                if pattern.match(value):
                    return tag
        return _STR


for _tag, _pattern, _first in _CORE_SCHEMA:
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


@dataclass(slots=True)
class YamlText:
    """The node tree of a text, for places."""

    root: yaml.Node
    _index: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = field(default_factory=dict)

    def position(self, keys: list[str]) -> tuple[int, int]:
        """(line, column), from 1, of the deepest existing part of the path; members are placed at their key."""
        place = node = self.root
        for key in keys:
            found = self._children(node).get(key)
            if found is None:
                break
            place, node = found
        return place.start_mark.line + 1, place.start_mark.column + 1

    def _children(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if id(node) not in self._index:
            self._index[id(node)] = dict(_children(node, ()))
        return self._index[id(node)]


@dataclass(frozen=True, slots=True)
class ParsedYaml:
    """What a YAML text says; `value` is None when it cannot be used, and then `problems` has the reason."""

    value: Any
    places: YamlText | Nowhere
    problems: list[TextProblem]


def parse_yaml(text: str, content: bytes) -> ParsedYaml:
    """Never raises. `content` is the text as UTF-8."""
    unprintable = Reader.NON_PRINTABLE.search(text)
    if unprintable is not None:
        line, column = _line_and_column(text, unprintable.start())
        message = f"control character U+{ord(unprintable.group()):04X}"
        return _unusable(TextProblem("syntax", line, column, message))
    try:
        too_deep = _too_deep(text, content)
        root = None if too_deep else yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        return _unusable(_syntax(error, text))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return _unusable(TextProblem("syntax", 0, 0, str(error).partition("\n")[0]))
    if too_deep:
        return _unusable(TextProblem("syntax", *too_deep, f"nests deeper than {MAX_DEPTH} levels"))
    if root is None:
        return _unusable(TextProblem("syntax", 0, 0, "the file is empty"))
    builder = _Builder()
    value = builder.build(root, 0)
    return ParsedYaml(value, YamlText(root), builder.problems)


def _unusable(problem: TextProblem) -> ParsedYaml:
    return ParsedYaml(None, Nowhere(), [problem])


def _syntax(error: yaml.MarkedYAMLError, text: str) -> TextProblem:
    mark = error.problem_mark or error.context_mark
    message = " ".join(part for part in (error.context, error.problem) if part)
    if mark is None:
        return TextProblem("syntax", 0, 0, message)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if line[mark.column : mark.column + 1] == "\t":
        message = "a tab; YAML is indented with spaces"
    elif "found another document" in message:
        message = "a second document begins; one file holds one"
    # Where the text ends too early the parser may point behind it.
    return TextProblem("syntax", min(mark.line, text.count("\n")), mark.column, message)


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n"), len(before.rpartition("\n")[2])


def _too_deep(text: str, content: bytes) -> tuple[int, int] | None:
    """Where the nesting passes the limit."""
    indentation = max(map(len, _INDENTATION.findall(text)), default=0)
    if indentation + bracket_bound(content) <= MAX_DEPTH:
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


def _children(node: yaml.Node, merging: tuple[int, ...]) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    """Members with their places. `merging` are the mappings whose `<<` led here, which may be circular."""
    if id(node) in merging:
        return
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield str(number), (item, item)
    if isinstance(node, yaml.MappingNode):
        merged = [value for key, value in node.value if key.tag == _MERGE]
        for source in merged:
            for mapping in reversed(source.value) if isinstance(source, yaml.SequenceNode) else [source]:
                yield from _children(mapping, (*merging, id(node)))
        for key, value in node.value:
            if key.tag != _MERGE:
                yield str(key.value), (key, value)


class _Builder:
    """Node tree to JSON value. Anchored nodes are built once and shared."""

    def __init__(self) -> None:
        self.problems: list[TextProblem] = []
        self._built: dict[int, tuple[Any, int, int]] = {}
        self._open: set[int] = set()
        self._size = 0
        self._aliased = 0
        self._height = 0

    def build(self, node: yaml.Node, depth: int) -> Any:
        """The value; `_height` is then how many levels are below it, `_size` grows by its nodes."""
        self._size += 1
        if isinstance(node, yaml.ScalarNode):
            self._height = 0
            return node.value if node.tag == _STR else self._scalar(node)
        if id(node) in self._open:
            return self._problem(node, "value", "an alias contains itself; JSON has no such value")
        if id(node) not in self._built:
            self._built[id(node)] = self._collection(node, depth)
        else:
            self._aliased += self._built[id(node)][1]
            self._size += self._built[id(node)][1]
        value, _, self._height = self._built[id(node)]
        if depth + self._height > MAX_DEPTH:
            return self._problem(node, "value", f"nests deeper than {MAX_DEPTH} levels")
        return self._bounded(node, value, depth)

    def _collection(self, node: yaml.Node, depth: int) -> tuple[Any, int, int]:
        before = self._size
        self._open.add(id(node))
        value: Any
        if isinstance(node, yaml.SequenceNode):
            value, height = self._sequence(node, depth)
        else:
            value, height = self._mapping(node, depth)
        self._open.discard(id(node))
        return value, self._size - before, height + 1

    def _bounded(self, node: yaml.Node, value: Any, depth: int) -> Any:
        if depth or self._aliased <= MAX_ALIASED:
            return value
        message = f"aliases expand to {self._aliased} more nodes than are written; at most {MAX_ALIASED} are read"
        return self._problem(node, "value", message)

    def _sequence(self, node: yaml.SequenceNode, depth: int) -> tuple[list[Any], int]:
        if node.tag != _SEQ:
            self._problem(node, "value", f"tag {node.tag!r} has no meaning in JSON")
        value, height = [], 0
        for item in node.value:
            value.append(self.build(item, depth + 1))
            height = max(height, self._height)
        return value, height

    def _mapping(self, node: yaml.Node, depth: int) -> tuple[dict[str, Any], int]:
        if node.tag != _MAP:
            self._problem(node, "value", f"tag {node.tag!r} has no meaning in JSON")
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        height = 0
        for number, (key, item) in enumerate(node.value):
            if key.tag == _MERGE:
                merged = {**self._merge(item, depth), **merged}
            elif not isinstance(key, yaml.ScalarNode):
                self._problem(key, "value", "a key is a list or a mapping; JSON keys are strings")
            else:
                value = self.build(item, depth + 1)
                height = max(height, self._height)
                if key.value in own:
                    self._twin(node, number, same(own[key.value], value))
                own[key.value] = value
        return ({**merged, **own} if merged else own), height

    def _twin(self, node: yaml.Node, number: int, is_same: bool) -> None:
        """The key of that number stands in front already."""
        key = node.value[number][0]
        before = (node.value[earlier][0] for earlier in range(number - 1, -1, -1))
        line = next(k.start_mark.line + 1 for k in before if k.tag != _MERGE and k.value == key.value)
        what = "the same value" if is_same else "different values"
        message = f"key {key.value!r} is given twice with {what}, first in line {line}"
        self._problem(key, "duplicate", message, is_error=not is_same)

    def _merge(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):
            value = self.build(source, depth + 1)
            if isinstance(value, dict):
                merged.update(value)
            elif value is not None or isinstance(source, yaml.ScalarNode):
                self._problem(source, "value", "'<<' merges mappings only")
        return merged

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        read = _SCALARS.get(node.tag)
        if read is None:
            return self._problem(node, "value", f"tag {node.tag!r} has no meaning in JSON")
        try:
            return read(text)
        except ValueError:
            shown = text if len(text) <= 40 else f"{text[:37]}..."
            kind = node.tag.removeprefix(_TAG)
            return self._problem(node, "value", f"{shown!r} is not a value of type {kind} that JSON can hold")

    def _problem(self, node: yaml.Node, kind: str, message: str, is_error: bool = True) -> None:
        mark = node.start_mark
        self._height = 0
        self.problems.append(TextProblem(kind, mark.line, mark.column, message, is_error))


def _null(text: str) -> None:
    if text not in {"", "~", "null", "Null", "NULL"}:
        raise ValueError(text)


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _integer(text: str) -> int:
    if text.startswith(("0o", "0x")):
        return int(text, 0)
    return int(text)


def _number(text: str) -> float | int:
    value = float(text)
    if value in {float("inf"), float("-inf")} or value != value:  # noqa: PLR0124 (nan)
        raise ValueError(text)
    return value


_SCALARS: dict[str, Callable[[str], Any]] = {_NULL: _null, _BOOL: _boolean, _INT: _integer, _FLOAT: _number}
