"""A path as a document writes it, taken apart: literals, variables, and what follows a `?` or `#`.

    read_path("/v2/Services/{Sid}.json?beta=true")
    -> segments (("v2",), ("Services",), (Variable("Sid"), ".json")), query (("beta", "true"),)

Empty segments vanish (FACTS 2.6, 2.8) and literals are percent-decoded, so paths that no request can tell apart are equal here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_plus

# RESTRICTIONS: what CreateResource accepts. AWS's prose also lists a comma, its error message does not.
_PLAIN_LITERAL = re.compile(r"[a-zA-Z0-9._:-]+")
_PIECES = re.compile(r"\{([^{}]*)\}")
# RFC 3986: what may stand in a path as it is; a `%` is one that was written.
_IN_PATHS = "/:@!$&'()*+,;=~-._%"
# Large documents have 600 to 1,000 paths, and each is asked for a dozen times.
_REMEMBERED = 65_536


@dataclass(frozen=True, slots=True)
class Variable:
    """`{name}`, or `{name+}` for the rest of the path."""

    name: str
    is_greedy: bool = False


Segment = tuple[str | Variable, ...]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why nothing can serve a path: code, what is wrong, what to do."""

    code: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class PathKey:
    """One path. `query` pairs are in the order of their names; None means any value. `flaw` None: it can be served."""

    segments: tuple[Segment, ...]
    query: tuple[tuple[str, str | None], ...] = ()
    fragment: str | None = None
    flaw: Flaw | None = None
    # The segments without their variables' names.
    shape: tuple[Segment, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        shape = tuple(
            tuple(Variable("", p.is_greedy) if isinstance(p, Variable) else p for p in segment)
            for segment in self.segments
        )
        object.__setattr__(self, "shape", shape)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All variables, from the left."""
        return tuple(part for segment in self.segments for part in segment if isinstance(part, Variable))


@lru_cache(maxsize=_REMEMBERED)
def read_path(path: str) -> PathKey:
    """Any text as a path; what cannot be served has a flaw."""
    plain, query, fragment = _split(path)
    segments = tuple(_segment(text) for text in plain.split("/") if text)
    return PathKey(segments, _query(query), fragment, _flaw(segments))


def plain_path(path: str) -> str:
    """What of a path reaches a service: without `?` and `#`, and with spaces and the like percent-encoded.

    >>> plain_path("/users/{user id}/my photos#small")
    '/users/{user id}/my%20photos'
    """
    plain = _split(path)[0]
    if plain.isascii() and " " not in plain and not set(plain) & set('"<>\\^`|'):
        return plain
    pieces = _PIECES.split(plain)
    return "".join(
        "{" + text + "}" if number % 2 else quote(text, safe=_IN_PATHS) for number, text in enumerate(pieces)
    )


def overlap(one: PathKey, other: PathKey) -> bool:
    """Whether some request matches both. Errs towards yes where both mix text and variables."""
    for mine, theirs in zip(one.segments, other.segments, strict=False):
        if is_rest(mine) or is_rest(theirs):
            return True
        if not meet(mine, theirs):
            return False
    return len(one.segments) == len(other.segments)


def is_rest(segment: Segment) -> bool:
    """Whether it takes the rest of the path."""
    return any(_is_greedy(part) for part in segment)


def meet(mine: Segment, theirs: Segment) -> bool:
    """Whether some text fits both. Errs towards yes where both mix text and variables."""
    literals = [segment[0] for segment in (mine, theirs) if len(segment) == 1 and isinstance(segment[0], str)]
    if not literals:
        return True
    if len(literals) > 1:
        return literals[0] == literals[1]
    pattern = theirs if mine == (literals[0],) else mine
    begins, ends = (part if isinstance(part, str) else "" for part in (pattern[0], pattern[-1]))
    return literals[0].startswith(begins) and literals[0].endswith(ends)


def is_plain(segment: Segment) -> bool:
    """Whether API Gateway can hold a segment as it is: a literal of its alphabet, or one variable."""
    return len(segment) == 1 and (isinstance(segment[0], Variable) or bool(_PLAIN_LITERAL.fullmatch(segment[0])))


def _split(path: str) -> tuple[str, str | None, str | None]:
    """Path, query and fragment; a `?` or `#` between braces belongs to a variable's name."""
    depth = 0
    cut: dict[str, int] = {}
    for position, character in enumerate(path):
        depth += (character == "{") - (character == "}")
        if depth == 0 and character in "?#" and character not in cut and "#" not in cut:
            cut[character] = position
    fragment = path[cut["#"] + 1 :] if "#" in cut else None
    before = path[: cut["#"]] if "#" in cut else path
    query = before[cut["?"] + 1 :] if "?" in cut else None
    return (before[: cut["?"]] if "?" in cut else before), query, fragment


def _segment(text: str) -> Segment:
    pieces = _PIECES.split(text)
    found: list[str | Variable] = []
    for number, piece in enumerate(pieces):
        if number % 2:
            found.append(Variable(piece.removesuffix("+"), piece.endswith("+")))
        elif piece:
            found.append(unquote(piece))
    return tuple(found)


def _query(text: str | None) -> tuple[tuple[str, str | None], ...]:
    """`beta=true&x={x}&y` -> (("beta", "true"), ("x", None), ("y", None))."""
    found: dict[str, str | None] = {}
    for pair in (text or "").split("&"):
        name, equals, value = pair.partition("=")
        if name:
            found[unquote_plus(name)] = None if not equals or _PIECES.search(value) else unquote_plus(value)
    return tuple(sorted(found.items(), key=lambda item: item[0]))


def _flaw(segments: tuple[Segment, ...]) -> Flaw | None:
    for segment in segments:
        flaw = _flaw_of(segment)
        if flaw is not None:
            return flaw
    greedy = [number for number, segment in enumerate(segments) if any(_is_greedy(part) for part in segment)]
    if greedy and (greedy[0] != len(segments) - 1 or len(segments[-1]) > 1):
        name = next(part.name for part in segments[greedy[0]] if isinstance(part, Variable) and part.is_greedy)
        message = f"{{{name}+}} takes the rest of the path, so nothing can follow it"
        return Flaw("HG124", message, "move it to the end, as a segment of its own")
    names = [part.name for segment in segments for part in segment if isinstance(part, Variable)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return Flaw("HG128", f"the path has {{{twice[0]}}} twice", "give each variable a name of its own")
    return None


def _flaw_of(segment: Segment) -> Flaw | None:
    written = "".join(part if isinstance(part, str) else "{" + part.name + "}" for part in segment)
    texts = [part for part in segment if isinstance(part, str)]
    if any("{" in text or "}" in text for text in texts) or any(
        not part.name for part in segment if isinstance(part, Variable)
    ):
        return Flaw("HG120", f"the braces in {written!r} hold no variable", "write {name}")
    if written in {".", ".."}:
        return Flaw("HG122", f"clients resolve the segment {written!r} before they send it", "write the path it means")
    if any("\ufffd" in text or not text.isprintable() for text in texts):
        return Flaw("HG122", f"segment {written!r} is no text", "percent-encode printable UTF-8")
    return None


def _is_greedy(part: str | Variable) -> bool:
    return isinstance(part, Variable) and part.is_greedy
