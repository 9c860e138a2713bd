"""Which (resource, verb) pair serves a path, by trying every resource (FACTS 2.1, 2.3 to 2.8)."""

from collections.abc import Mapping, Sequence

SEVEN = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
LITERAL, VARIABLE, GREEDY = 2, 1, 0


def find(resources: Mapping[str, Sequence[str]], path: str, verb: str) -> tuple[str, str, dict[str, str]] | None:
    """`find({"/a/{x}": ["GET"]}, "/a/b", "GET")` -> ("/a/{x}", "GET", {"x": "b"})."""
    best: tuple[list[int], str, str, dict[str, str]] | None = None
    for template, verbs in resources.items():
        name = verb if verb in verbs else "ANY" if "ANY" in verbs and verb in SEVEN else None
        matched = match(template, path)
        if name is None or matched is None:
            continue
        ranks, values = matched
        if best is None or ranks > best[0]:  # segment by segment from the left: literal, then {x}, then {x+}
            best = (ranks, template, name, values)
    return best and best[1:]


def match(template: str, path: str) -> tuple[list[int], dict[str, str]] | None:
    wanted, given = pieces(template), pieces(path)
    ranks: list[int] = []
    values: dict[str, str] = {}
    for index, part in enumerate(wanted):
        rest = given[index:]
        if part[:1] == "{" and part[-2:] == "+}":
            if not rest:
                return None
            values[part[1:-2]] = "/".join(rest)
            return [*ranks, GREEDY], values
        if not rest:
            return None
        if part[:1] == "{":
            if not rest[0]:
                return None
            values[part[1:-1]] = rest[0]
            ranks.append(VARIABLE)
        elif part == rest[0]:
            ranks.append(LITERAL)
        else:
            return None
    return (ranks, values) if len(given) == len(wanted) else None


def pieces(path: str) -> list[str]:
    """Slashes at either end do not count, those inside do."""
    start, end = 0, len(path)
    while start < end and path[start] == "/":
        start += 1
    while end > start and path[end - 1] == "/":
        end -= 1
    return path[start:end].split("/") if start < end else []
