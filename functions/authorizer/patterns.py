"""Set arithmetic on what IAM patterns and route templates match, segment by segment. Pure and exact.

A method ARN ends in `GET/users/7/orders`; here that is the segments `GET`, `users`, `7`, `orders`. A pattern is a tuple of parts:

    "users"   that very segment
    ONE       exactly one segment: what `{id}` matches in API Gateway's router
    PLAIN     exactly one segment that no pattern spells out: what `{id}` matches in ordinary life
    MANY      one or more segments: what `{proxy+}` matches there, and what `*` between slashes matches in IAM (FACTS 4.10)

    meets([("GET", MANY)], [])                                        True: something matches
    meets([("GET", "users", MANY), ("GET", ONE, "me")], [])           True: GET/users/me
    meets([("GET", "a", MANY)], [("GET", "a", ONE), ("GET", "a", MANY)])   False: the second excluded one takes all
"""

from collections.abc import Sequence

ONE = "\x00one"
MANY = "\x00many"
PLAIN = "\x00plain"
WILDCARDS = frozenset({ONE, MANY, PLAIN})
_OTHER = "\x00other"  # stands for every segment that no pattern spells out

Pattern = tuple[str, ...]
_States = frozenset[int]
_Front = tuple[_States, ...]


def of_template(verb: str, template: str) -> Pattern:
    """What the router matches: `of_template("GET", "/users/{id}")` is `("GET", "users", ONE)`; the root is `("GET", "")`."""
    segments = template[1:].split("/")
    return (verb, *(_part(segment) for segment in segments))


def _part(segment: str) -> str:
    if not segment.startswith("{"):
        return segment
    return MANY if segment.endswith("+}") else ONE


def widened(pattern: Pattern) -> Pattern:
    """The same as IAM sees it, where a wildcard spans slashes."""
    return tuple(MANY if part == ONE else part for part in pattern)


def ordinary(pattern: Pattern) -> Pattern:
    """The same without the values of variables that happen to spell a literal, such as a user whose id is `me`."""
    return tuple(PLAIN if part == ONE else part for part in pattern)


def overflows(pattern: Pattern) -> list[Pattern]:
    """What `widened` adds: for every wildcard the pattern in which it takes two segments or more.

    >>> overflows(("GET", "users", ONE)) == [("GET", "users", MANY, MANY)]
    True
    """
    wide = widened(pattern)
    return [(*wide[:place], MANY, *wide[place:]) for place, part in enumerate(pattern) if part == ONE]


def text(pattern: Pattern) -> str:
    """As it stands in a policy: `GET/users/*`."""
    return "/".join("*" if part in WILDCARDS else part for part in pattern)


def meets(included: Sequence[Pattern], excluded: Sequence[Pattern]) -> bool:
    """Whether some path is matched by all of `included` and none of `excluded`."""
    if _clash(included):
        return False
    patterns = (*included, *excluded)
    alphabet = {part for pattern in patterns for part in pattern if part not in WILDCARDS} | {_OTHER}
    front: _Front = tuple(frozenset({0}) for _ in patterns)
    waiting, seen = [front], {front}
    while waiting:
        front = waiting.pop()
        if _accepts(patterns, front, len(included)):
            return True
        for segment in alphabet:
            following = tuple(_step(pattern, states, segment) for pattern, states in zip(patterns, front, strict=True))
            if all(following[: len(included)]) and following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def _clash(included: Sequence[Pattern]) -> bool:
    """The two common ways to have nothing in common: literals that differ before any MANY, a literal that others cannot match."""
    for parts in zip(*included, strict=False):
        if MANY in parts:
            break
        if len({part for part in parts if part not in WILDCARDS}) > 1:
            return True
    literals = [set(pattern) - WILDCARDS for pattern in included]
    spelled = set().union(*literals)
    return any(WILDCARDS.isdisjoint(pattern) and spelled - own for pattern, own in zip(included, literals, strict=True))


def _step(pattern: Pattern, states: _States, segment: str) -> _States:
    following = set()
    for state in states:
        part = pattern[state] if state < len(pattern) else None
        if part == MANY:
            following |= {state, state + 1}
        elif part in {ONE, segment} or (part == PLAIN and segment == _OTHER):
            following.add(state + 1)
    return frozenset(following)


def _accepts(patterns: Sequence[Pattern], front: _Front, included: int) -> bool:
    ends = [len(pattern) in states for pattern, states in zip(patterns, front, strict=True)]
    return all(ends[:included]) and not any(ends[included:])
