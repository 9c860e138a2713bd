"""One API over several REST APIs: which base paths leave the first one, so that none has more resources than API Gateway allows.

    split({"/users/{id}": {"GET"}, ...}, Rules()) -> Split(prefixes=("/users",))

A custom domain maps the base path `users` to another REST API, and API Gateway takes it off the path (FACTS 3.4): `/users/{id}` is
`/{id}` there. What has no base path of its own stays under the empty one. A base path is only used where it changes no route:

- It is literal, and of the characters that mappings take.
- No path outside it could answer a request below it (`/{tenant}/settings` could answer `/users/settings`).
- With mappings of several levels API Gateway compares text, not segments: `/v1/order` would take `/v1/orders` too.

Blocks go by size class (powers of two) and then by name, so that one path more rarely moves another. Pure and deterministic.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from ..operations.paths import MAX_RESOURCES, segments

# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html, "Restrictions"
MAX_KEY_LENGTH = 300
_MAPPABLE = re.compile(r"[A-Za-z0-9$\-_.+!*'()]+")
# A stack holds 500 resources, and a part has about 14 of them. (A domain holds 200 mappings of several levels.)
MAX_PARTS = 30
# Where some resources have to fold anyway, a tenth of a REST API is worth one of its own.
_WORTH_A_PART = MAX_RESOURCES // 10


@dataclass(frozen=True, slots=True)
class Rules:
    """`multi_level`: whether the domain takes base paths like `v1/users` (regional, TLS 1.2 or newer)."""

    multi_level: bool = True
    limit: int = MAX_RESOURCES
    max_parts: int = MAX_PARTS


@dataclass(frozen=True, slots=True)
class Stuck:
    """A place that keeps too many resources together: how many, and why no base path can part them."""

    path: str
    resources: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path} ({self.resources} resources: {self.reason})"


@dataclass(frozen=True, slots=True)
class Split:
    """The base paths besides the empty one, as `/users`, sorted. With `stuck` there is no way to split."""

    prefixes: tuple[str, ...] = ()
    stuck: tuple[Stuck, ...] = ()

    @property
    def is_multi_level(self) -> bool:
        return any(levels(prefix) > 1 for prefix in self.prefixes)

    def owner(self, resource: str) -> str:
        """The base path that a resource belongs to: the longest, or the empty one."""
        mine = segments(resource)
        ways = ("/" + "/".join(mine[:length]) for length in range(len(mine), 0, -1))
        return next((way for way in ways if way in self.prefixes), "")


def levels(prefix: str) -> int:
    """
    >>> levels("/v1/users")
    2
    """
    return prefix.count("/")


def below(prefix: str, resource: str) -> str:
    """The resource as its REST API has it.

    >>> below("/v1/users", "/v1/users/{id}"), below("/users", "/users")
    ('/{id}', '/')
    """
    return resource[len(prefix) :] or "/"


def split(resources: Mapping[str, frozenset[str]], rules: Rules | None = None) -> Split:
    """The base paths for these resources, which are given with their methods."""
    rules, resources = rules or Rules(), dict(sorted(resources.items()))
    root = _tree(resources)
    found = _Cutter(root, resources, rules, multi_level=False).cut()
    if found is None and rules.multi_level:
        found = _Cutter(root, resources, rules, multi_level=True).cut()
    if found is None:
        return Split(stuck=tuple(_stuck(root, resources, rules)))
    return Split(tuple(sorted("/" + "/".join(path) for path in found)))


def split_roughly(resources: Mapping[str, frozenset[str]], rules: Rules | None = None) -> Split:
    """Base paths that leave as little as possible over the limit, where `split` finds none: the rest has to fold."""
    rules, resources = rules or Rules(), dict(sorted(resources.items()))
    root = _tree(resources)
    cutters = [_Cutter(root, resources, rules, multi_level=way) for way in sorted({False, rules.multi_level})]
    for cutter in cutters:
        cutter.cut_roughly()
    best = min(cutters, key=lambda cutter: cutter.over)
    return Split(tuple(sorted("/" + "/".join(path) for path in best.cuts)))


Path = tuple[str, ...]


@dataclass(slots=True)
class _Node:
    """One resource of the whole API. `below` is by segment, variables in braces."""

    path: Path = ()
    methods: frozenset[str] = frozenset()
    below: dict[str, _Node] = field(default_factory=dict)
    _names: list[str] | None = None

    @property
    def variables(self) -> list[str]:
        """Segments below that are variables."""
        names = self._sorted()
        return names[bisect_left(names, "{") : bisect_left(names, "|")]

    def has_longer(self, text: str) -> bool:
        """Whether some segment below begins with that text and goes on."""
        names = self._sorted()
        after = bisect_right(names, text)
        return after < len(names) and names[after].startswith(text)

    def _sorted(self) -> list[str]:
        if self._names is None or len(self._names) != len(self.below):
            self._names = sorted(self.below)
        return self._names

    def walk(self) -> Iterator[_Node]:
        """Literal places below this one, deepest first."""
        for segment, node in sorted(self.below.items()):
            if not segment.startswith("{"):
                yield from node.walk()
                yield node


def _tree(resources: Mapping[str, frozenset[str]]) -> _Node:
    root = _Node()
    for resource, methods in resources.items():
        node = root
        for segment in segments(resource):
            node = node.below.setdefault(segment, _Node((*node.path, segment)))
        node.methods = node.methods | methods
    return root


@dataclass(slots=True)
class _Cutter:
    """One attempt, with base paths of one level or of any."""

    root: _Node
    resources: Mapping[str, frozenset[str]]
    rules: Rules
    multi_level: bool
    cuts: set[Path] = field(default_factory=set)
    _is_free: dict[Path, bool] = field(default_factory=dict)
    # By path: resources and methods below, as the cuts are; counted again when a cut is made below.
    _counted: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def cut(self) -> set[Path] | None:
        """The base paths, or None when these cannot do it."""
        if self.multi_level:
            for node in list(self.root.walk()):
                self._reduce(node)
        if not self._reduce(self.root):
            return None
        return self.cuts if len(self.cuts) < self.rules.max_parts else None

    def cut_roughly(self) -> None:
        """Cuts off what is too large by itself and what is worth a REST API; the rest stays together."""
        for node in list(self.root.walk()):
            self._relieve(node)
            if (
                self.size(node) > self.rules.limit
                and len(self.cuts) < self.rules.max_parts - 1
                and self._can_leave(node)
            ):
                self._cut_off(node)
        self._relieve(self.root)

    def _relieve(self, node: _Node) -> None:
        """Cuts blocks off a place: any when that is enough, else those that are worth it."""
        before = set(self.cuts)
        if not self._reduce(node):
            self.cuts = before
            self._counted.clear()
            self._reduce(node, _WORTH_A_PART)

    @property
    def over(self) -> int:
        """Resources that are too many, of all parts."""
        places = [node for node in (self.root, *self.root.walk()) if node is self.root or node.path in self.cuts]
        return sum(max(0, self.size(place) - self.rules.limit) for place in places)

    def _reduce(self, node: _Node, smallest: int = 1) -> bool:
        """Cuts blocks off a place until what stays is small enough; False when nothing more can go."""
        while self.size(node) > self.rules.limit:
            if len(self.cuts) >= self.rules.max_parts - 1:
                return False
            candidates = [b for b in self._blocks(node) if self.size(b) >= smallest and self._may_go(b)]
            if not candidates:
                return False
            best = min(candidates, key=lambda b: (len(b.path), -self.size(b).bit_length(), b.path))
            self._cut_off(best)
        return True

    def _cut_off(self, block: _Node) -> None:
        """Another base path; what is counted changes above it only."""
        self.cuts.add(block.path)
        for length in range(len(block.path)):
            self._counted.pop(block.path[:length], None)

    def size(self, node: _Node) -> int:
        """Resources of a REST API that begins at this place; its root is one even without a method."""
        return 1 + self._below(node)[0]

    def _below(self, node: _Node) -> tuple[int, int]:
        """Resources below a place that are not cut off, and how many of them have a method."""
        if node.path not in self._counted:
            resources = holders = 0
            for child in node.below.values():
                if child.path not in self.cuts:
                    inside, having = self._below(child)
                    resources += inside + (1 if inside or child.methods else 0)
                    holders += having + (1 if child.methods else 0)
            self._counted[node.path] = resources, holders
        return self._counted[node.path]

    def _blocks(self, node: _Node) -> Iterator[_Node]:
        """Literal places that are still in the REST API which begins at this one."""
        own = len(node.path) + 1
        for block in node.walk():
            is_gone = any(block.path[:length] in self.cuts for length in range(own, len(block.path)))
            if not is_gone and (self.multi_level or len(block.path) == 1):
                yield block

    def _may_go(self, block: _Node) -> bool:
        return self.size(block) <= self.rules.limit and self._can_leave(block)

    def _can_leave(self, block: _Node) -> bool:
        """Whether a REST API of its own could have it, whatever its size."""
        is_empty = block.path in self.cuts or not (self._below(block)[0] or block.methods)
        is_deep = len(block.path) > 1 and not self.multi_level
        if is_empty or is_deep or not self._changes_nothing(block):
            return False
        return bool(self.root.methods) or self._leaves_something(block)

    def _leaves_something(self, block: _Node) -> bool:
        """A REST API without a single method cannot be deployed."""
        return self._below(self.root)[1] > self._below(block)[1] + (1 if block.methods else 0)

    def hold(self, place: _Node) -> str | None:
        """Why a place of several resources cannot go; None when it can."""
        if place.path[-1].startswith("{"):
            return "below a variable"
        if not self._changes_nothing(place):
            return _refusal(place, self.resources, self.multi_level)
        return "the domain takes base paths of one level only" if not self.multi_level and len(place.path) > 1 else None

    def _changes_nothing(self, block: _Node) -> bool:
        known = self._is_free.get(block.path)
        if known is None:
            known = self._is_free[block.path] = _is_mappable(block) and not _intruded(
                self.root, block, multi_level=self.multi_level
            )
        return known


def _refusal(block: _Node, resources: Mapping[str, frozenset[str]], multi_level: bool) -> str | None:
    """Why a place cannot be a base path."""
    if not _is_mappable(block):
        return "a mapping cannot have these characters"
    for resource, methods in resources.items():
        if _intrudes(segments(resource), methods, block, multi_level):
            return f"{resource} could answer requests below it"
    return None


def _is_mappable(block: _Node) -> bool:
    return len("/".join(block.path)) <= MAX_KEY_LENGTH and all(_MAPPABLE.fullmatch(part) for part in block.path)


def _intruded(node: _Node, block: _Node, *, multi_level: bool) -> bool:
    """Whether `_intrudes` holds for some resource at or below a node, found without asking each of them."""
    number = len(node.path)
    if number == len(block.path):
        return node.path != block.path and (multi_level or bool(node.below) or not node.methods <= block.methods)
    wanted = block.path[number]
    if multi_level and number == len(block.path) - 1 and node.has_longer(wanted):
        return True
    if any(name.endswith("+}") for name in node.variables):
        return True
    following = [node.below[name] for name in (wanted, *node.variables) if name in node.below]
    return any(_intruded(child, block, multi_level=multi_level) for child in following)


def _intrudes(path: list[str], methods: frozenset[str], block: _Node, multi_level: bool) -> bool:
    """Whether a path outside a block matches requests that a mapping of the block takes."""
    own = block.path
    for number, wanted in enumerate(own):
        if number == len(path):
            return False
        part = path[number]
        if part.endswith("+}"):
            return True
        is_last = number == len(own) - 1
        if multi_level and is_last and part.startswith(wanted) and part != wanted:
            return True
        if part != wanted and not part.startswith("{"):
            return False
    if tuple(path[: len(own)]) == own:
        return False  # inside
    # `/{name}` beside `/users`: the literal wins (FACTS 2.3) wherever it has the verb (FACTS 2.1). By text it would lose `/usersX`.
    return multi_level or len(path) > len(own) or not methods <= block.methods


def _stuck(root: _Node, resources: Mapping[str, frozenset[str]], rules: Rules) -> Iterator[Stuck]:
    """What keeps resources together, the largest first."""
    whole = _Cutter(root, resources, rules, multi_level=rules.multi_level)
    places = [child for node in (root, *root.walk()) for child in node.below.values() if whole.size(child) > 1]
    places.sort(key=lambda child: (-whole.size(child), "/" + "/".join(child.path)))
    found = (
        Stuck("/" + "/".join(child.path), whole.size(child), reason)
        for child in places
        if (reason := whole.hold(child))
    )
    large = list(islice(found, 3))
    yield from large or [Stuck("/", whole.size(root), f"more than {rules.max_parts} parts would be needed")]
