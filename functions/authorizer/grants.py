"""Which patterns grant the operations a principal may call, and never another one behind the same authorizer. Pure.

API Gateway caches a policy per credential and evaluates it against every later request (FACTS 4.7), so one policy must be
right for all operations behind the authorizer. IAM's `*` spans slashes (FACTS 4.10): `GET/users/*`, meant for `/users/{id}`,
also matches `GET/users/7/orders`. Where that reaches an operation the principal may not call, a Deny is added.

A Deny may not touch what is allowed either. The one exception, when nothing else says it: values of variables that spell a
literal of the forbidden template. With `/users/{id}/orders` forbidden and `/users/{id}/orders/{order}` allowed, the Deny
`users/*/orders` also refuses an order whose id is `orders`. The compiler can ask for `perOperation` where that matters.
What cannot even be said so is not said: `cover` returns None.

    territory of an operation = paths its template matches, without those a more specific template of the same verb takes
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .patterns import MANY, ONE, WILDCARDS, Pattern, meets, of_template, ordinary, overflows, text, widened
from .routes import Operation

# A path with an empty segment may be routed as if it had none (FACTS 2.8), past a Deny that names the path; refused wherever a
# Deny is needed at all.
EMPTY_SEGMENT: Pattern = (MANY, "", MANY)


@dataclass(frozen=True, slots=True)
class Grants:
    """Patterns to allow and, where they match too much, to deny. A Deny wins (FACTS 4.10)."""

    allow: tuple[Pattern, ...] = ()
    deny: tuple[Pattern, ...] = ()

    def longest(self) -> int:
        """Characters of its longest pattern."""
        return max((len(text(pattern)) for pattern in (*self.allow, *self.deny)), default=0)


class Territories:
    """What each operation of a table answers. Made once per table; the look-ups are remembered."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_verb: dict[str, list[Pattern]] = {}
        for operation in operations:
            self._by_verb.setdefault(operation.verb, []).append(of_template(operation.verb, operation.template))
        self.reaches = lru_cache(maxsize=65_536)(self._reaches)
        self._outranking = lru_cache(maxsize=4_096)(self._find_outranking)

    def _reaches(self, pattern: Pattern, owner: Pattern, is_ordinary: bool = False) -> bool:
        """Whether a pattern matches a path that the operation with template `owner` answers (with ordinary values)."""
        territory = ordinary(owner) if is_ordinary else owner
        return meets([pattern, territory], []) and meets([pattern, territory], self._outranking(owner))

    def _find_outranking(self, owner: Pattern) -> tuple[Pattern, ...]:
        rivals = self._by_verb.get(owner[0], ())
        return tuple(rival for rival in rivals if _outranks(rival, owner) and meets([rival, owner], []))


def _outranks(rival: Pattern, owner: Pattern) -> bool:
    """API Gateway prefers a literal to a variable and both to a greedy variable, from the left (FACTS 2.3)."""
    for one, other in zip(rival, owner, strict=False):
        if one != other:
            return _rank(one) < _rank(other)
    return False


def _rank(part: str) -> int:
    return {MANY: 2, ONE: 1}.get(part, 0)


def cover(territories: Territories, allowed: Sequence[Operation], forbidden: Sequence[Operation]) -> Grants | None:
    """Grants for all of `allowed` and nothing of `forbidden`, or None when wildcards cannot say it."""
    granted = [of_template(operation.verb, operation.template) for operation in allowed]
    spanning = [pattern for pattern in granted if not WILDCARDS.isdisjoint(pattern)]
    denied: set[Pattern] = set()
    for operation in forbidden:
        owner = of_template(operation.verb, operation.template)
        intruders = [pattern for pattern in spanning if territories.reaches(widened(pattern), owner)]
        if not intruders:
            continue
        repairs = _repairs(territories, owner, intruders, granted)
        if repairs is None:
            return None
        denied |= repairs
    return Grants(tuple(widened(pattern) for pattern in granted), _hardened(denied))


def _repairs(
    territories: Territories, owner: Pattern, intruders: list[Pattern], granted: list[Pattern]
) -> set[Pattern] | None:
    """Denies that keep `intruders` out of the territory of `owner`: exact ones if there are, else ordinary ones."""
    candidates = [{widened(owner)}]
    if not any(MANY in pattern for pattern in intruders):
        # Whatever a wildcard matches beyond its template spans a slash, so refusing that is enough.
        candidates.append({overflow for pattern in intruders for overflow in overflows(pattern)})
    for is_ordinary in (False, True):
        for denies in candidates:
            if not any(territories.reaches(deny, pattern, is_ordinary) for deny in denies for pattern in granted):
                return denies
    return None


def _hardened(denied: set[Pattern]) -> tuple[Pattern, ...]:
    """Denies also for the spellings that route alike: a slash at the end (FACTS 2.6) and empty segments (FACTS 2.8)."""
    slashed = {(*pattern, "") for pattern in denied if pattern[-1] != MANY}
    return tuple(sorted(denied | slashed | ({EMPTY_SEGMENT} if denied else set())))


def folded(
    territories: Territories,
    grants: Grants,
    allowed: Sequence[Operation],
    forbidden: Sequence[Operation],
    *,
    longest: int,
) -> Grants:
    """Fewer and shorter patterns that grant the same: each may reach allowed operations and paths of nobody, never a forbidden one.

    `longest` is the most characters a pattern's text may have. An operation that fits nowhere is left out: a 403, not a leak.
    """
    refused = [of_template(operation.verb, operation.template) for operation in forbidden]
    open_to = [owner for owner in refused if widened(owner) not in grants.deny]
    chosen: dict[Pattern, None] = {}
    for operation in allowed:
        pattern = of_template(operation.verb, operation.template)
        if any(meets([pattern, taken], []) and not meets([pattern], [taken]) for taken in chosen):
            continue
        for candidate in _generalizations(pattern):
            if len(text(candidate)) <= longest and not any(territories.reaches(candidate, owner) for owner in open_to):
                chosen[candidate] = None
                break
    return Grants(tuple(chosen), grants.deny)


def _generalizations(pattern: Pattern) -> Iterable[Pattern]:
    """From the widest to the pattern itself: `*`, `GET/*`, `*/users/*`, `GET/users/*`, ..."""
    yield (MANY,)
    verb, *segments = widened(pattern)
    for kept in range(len(segments)):
        if kept:
            yield (MANY, *segments[:kept], MANY)
        yield (verb, *segments[:kept], MANY)
    yield (verb, *segments)
