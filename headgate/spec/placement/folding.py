"""Which operations of a REST API with too many resources go behind a greedy resource, `/repos/{owner}/{proxy+}`.

    fold(operations, 300, base_path="", of=neighbourhood) -> Folded(operations, folds=(Fold("/repos/{owner}/{proxy+}", ...),))

A place folds some of what is below it: whole subtrees, which share one greedy resource there, with one method per verb. The
aggregator tells their operations apart (`operations.routing`). What stays has resources as before, and these win (FACTS 2.3).

- All operations of one verb behind one greedy resource ask for the same security: API Gateway authorizes the route.
- What only API Gateway can do for an operation (a throttle, a cache, a VPC link) keeps its whole subtree where it is.
- A place has one variable at most (FACTS 2.13): one that folds folds its variable, too.

As little as possible folds: subtrees with few operations for their resources first, then small ones, then by name. The place is
the smallest that has twice of what must go, else the largest; the root last, because there every unknown path would reach the
aggregator. Sizes count by powers of two, so that one operation more rarely moves another. Pure and deterministic.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..operations.path_keys import Variable, read_path
from ..operations.paths import segments
from ..operations.records import Operation
from ..operations.routing import is_strict

# The name of greedy variables, as in API Gateway's own examples.
NAME = "proxy"
# A place that has not about a quarter of what must go would fold for nothing: the root has to, too.
_CLASSES_BELOW = 2


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What operations behind one resource must share: `asks` is what one wants of callers, `holds` why it cannot go, or None."""

    asks: Callable[[Operation], Hashable]
    holds: Callable[[Operation], str | None]


@dataclass(frozen=True, slots=True)
class Fold:
    """One greedy resource that the limit made necessary. `resources` is how many others it replaced."""

    resource: str
    operations: tuple[Operation, ...]
    resources: int


@dataclass(frozen=True, slots=True)
class Folded:
    """The operations in their order, folded ones with their greedy resource. `size` is how many resources are left."""

    operations: list[Operation]
    folds: tuple[Fold, ...]
    size: int


Asked = dict[str, Hashable]
Path = tuple[str, ...]


@dataclass(slots=True)
class _Place:
    """One resource. Figures are of all that is at and below it: `asked` by verb, None where two operations differ.

    `folded` is how many resources a greedy place has taken the place of.
    """

    path: Path
    operations: list[Operation] = field(default_factory=list)
    below: dict[str, _Place] = field(default_factory=dict)
    folded: int = 0
    size: int = 1
    cost: int = 0
    is_free: bool = True
    asked: Asked | None = None

    @property
    def variable(self) -> _Place | None:
        return next((place for name, place in self.below.items() if name.startswith("{")), None)

    @property
    def is_greedy(self) -> bool:
        return bool(self.path) and self.path[-1].endswith("+}")

    @property
    def rank(self) -> tuple[int, int, Path]:
        """What folds first: few operations per resource (in halves), size class, path."""
        return 2 * self.cost // self.size, self.size.bit_length(), self.path

    def walk(self) -> Iterator[_Place]:
        """All that is below it, then itself."""
        for place in self.below.values():
            yield from place.walk()
        yield self


@dataclass(frozen=True, slots=True)
class _Head:
    """A place that can fold: the subtree of its variable `must` go, any of `units` may; a new greedy resource `costs` 1."""

    place: _Place
    must: _Place | None
    units: tuple[_Place, ...]
    costs: int

    @property
    def most(self) -> int:
        return sum(unit.size for unit in self.units) + (self.must.size if self.must else 0) - self.costs

    @property
    def rank(self) -> tuple[int, int, Path]:
        """The smallest class first, then the deepest."""
        return self.most.bit_length(), -len(self.place.path), self.place.path


def fold(operations: list[Operation], limit: int, *, base_path: str, of: Neighbourhood) -> Folded:
    """The operations of one REST API, which begins at `base_path`, with at most `limit` resources if that can be."""
    root, known = _tree(operations, base_path), _remembered(of)
    while _measured(root, known) > limit:
        head = _choice([*_heads(root)], root.size - limit)
        if head is None:
            break
        _collapse(head.place, _folding(head, root.size - limit))
    folds = [_fold(place, base_path) for place in root.walk() if place.folded]
    return Folded(_placed(operations, folds), tuple(sorted(folds, key=lambda each: each.resource)), root.size)


def _tree(operations: Iterable[Operation], base_path: str) -> _Place:
    root, skipped = _Place(()), len(segments(base_path))
    for operation in operations:
        place = root
        for segment in segments(operation.resource)[skipped:]:
            place = place.below.setdefault(segment, _Place((*place.path, segment)))
        place.operations.append(operation)
    return root


def _remembered(of: Neighbourhood) -> Neighbourhood:
    """Each operation is asked about once."""
    asks, holds = dict[int, Hashable](), dict[int, str | None]()

    def asked(operation: Operation) -> Hashable:
        if id(operation) not in asks:
            asks[id(operation)] = of.asks(operation)
        return asks[id(operation)]

    def held(operation: Operation) -> str | None:
        if id(operation) not in holds:
            holds[id(operation)] = of.holds(operation)
        return holds[id(operation)]

    return Neighbourhood(asked, held)


def _measured(place: _Place, of: Neighbourhood) -> int:
    """Sets the figures of a place and of all below; returns the number of resources."""
    children = place.below.values()
    place.size = sum((_measured(child, of) for child in children), 1)
    place.cost = sum(child.cost for child in children) + sum(_is_native(each) for each in place.operations)
    place.is_free = all(child.is_free for child in children) and not any(of.holds(each) for each in place.operations)
    place.asked = {}
    for asked in (*(child.asked for child in children), *({o.method: of.asks(o)} for o in place.operations)):
        place.asked = _joined(place.asked, asked)
    return place.size


def _is_native(operation: Operation) -> bool:
    """Whether API Gateway would serve it without the aggregator."""
    return operation.settings.workflow is None and not is_strict(operation)


def _joined(mine: Asked | None, theirs: Asked | None) -> Asked | None:
    """What both ask, by verb; None when they differ about one."""
    if mine is None or theirs is None or any(mine.get(verb, asked) != asked for verb, asked in theirs.items()):
        return None
    return mine | theirs


def _heads(root: _Place) -> Iterator[_Head]:
    for place in root.walk():
        variable = place.variable
        if variable is not None and not (variable.is_free and variable.asked is not None):
            continue
        is_new = variable is None or not variable.is_greedy
        head = _Head(place, variable if is_new else None, _agreeing(place, variable), 1 if is_new else 0)
        if head.most > 0:
            yield head


def _agreeing(place: _Place, variable: _Place | None) -> tuple[_Place, ...]:
    """Literal subtrees that can share a greedy resource: those that ask what most of them ask."""
    groups: dict[frozenset[tuple[str, Hashable]], list[_Place]] = {}
    for name, child in place.below.items():
        if not name.startswith("{") and child.is_free and child.asked is not None:
            groups.setdefault(frozenset(child.asked.items()), []).append(child)
    ordered = sorted(
        groups.values(),
        key=lambda group: (-sum(one.size for one in group).bit_length(), min(one.path for one in group)),
    )
    asked = variable.asked if variable else {}
    found: list[_Place] = []
    for group in ordered:
        both = _joined(asked, group[0].asked)
        if both is not None:
            asked = both
            found += group
    return tuple(found)


def _choice(heads: list[_Head], excess: int) -> _Head | None:
    """The place that folds next; None when none can."""
    wanted = excess.bit_length()
    inner = [head for head in heads if head.place.path]
    roomy = [head for head in inner if head.most.bit_length() > wanted]
    if roomy:
        return min(roomy, key=lambda head: head.rank)
    large = [head for head in inner if head.most > 1 and head.most.bit_length() + _CLASSES_BELOW >= wanted]
    root = [head for head in heads if not head.place.path]
    return min(large or root or inner, key=lambda head: (-head.rank[0], *head.rank[1:]), default=None)


def _folding(head: _Head, excess: int) -> list[_Place]:
    """The subtrees that fold: as many as it takes, and no larger last one than it takes."""
    gone = [head.must] if head.must else []
    wanted = excess + head.costs - sum(place.size for place in gone)
    left: list[_Place] = []
    for unit in sorted(head.units, key=lambda unit: unit.rank):
        if unit.size <= wanted:
            gone.append(unit)
            wanted -= unit.size
        else:
            left.append(unit)
    if wanted > 0 and left:
        gone.append(min(left, key=lambda unit: (unit.cost, unit.rank)))
    return gone


def _collapse(place: _Place, gone: list[_Place]) -> None:
    """Puts what is at and below these children behind the greedy resource of the place."""
    variable = place.variable
    greedy = variable if variable is not None and variable.is_greedy else _Place((*place.path, _name(place.path)))
    for child in gone:
        del place.below[child.path[-1]]
        for inner in child.walk():
            greedy.operations += inner.operations
            greedy.folded += inner.folded or 1
    place.below[greedy.path[-1]] = greedy


def _name(path: Path) -> str:
    """The greedy variable below a path whose variables have other names."""
    number, name = 2, NAME
    while f"{{{name}}}" in path:
        number, name = number + 1, f"{NAME}{number}"
    return f"{{{name}+}}"


def _fold(place: _Place, base_path: str) -> Fold:
    return Fold(f"{base_path}/{'/'.join(place.path)}", tuple(place.operations), place.folded)


def _placed(operations: list[Operation], folds: Iterable[Fold]) -> list[Operation]:
    resources = {id(operation): each.resource for each in folds for operation in each.operations}
    return [
        _behind(operation, resources[id(operation)]) if id(operation) in resources else operation
        for operation in operations
    ]


def _behind(operation: Operation, resource: str) -> Operation:
    """The operation with a greedy resource: variables below keep the document's names."""
    kept = read_path(operation.template).segments[: len(segments(resource)) - 1]
    above = {part.name for segment in kept for part in segment if isinstance(part, Variable)}
    names = {name: wire if name in above else name for name, wire in operation.path_names.items()}
    return replace(operation, resource=resource, path_names=names, is_folded=True)
