"""Media types (RFC 9110 section 8.3.1): which entry of `content` describes a body. Pure.

choose({"application/json": ..., "text/*": ...}, "text/plain; charset=utf-8") -> "text/*"
"""

from collections.abc import Iterable
from typing import NamedTuple

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class MediaType(NamedTuple):
    """`name` in lower case, parameters by lower-case name."""

    name: str
    parameters: dict[str, str]


def read(text: str) -> MediaType:
    """A Content-Type. Quoted values lose their quotes.

    >>> read('Text/Plain; charset="UTF-8"')
    MediaType(name='text/plain', parameters={'charset': 'UTF-8'})
    """
    name, _, rest = text.partition(";")
    parameters: dict[str, str] = {}
    while rest:
        key, _, rest = rest.strip().partition("=")
        if rest.startswith('"'):
            value, _, rest = rest[1:].partition('"')
            rest = rest.partition(";")[2]
        else:
            value, _, rest = rest.partition(";")
        parameters.setdefault(key.strip().lower(), value.strip())
    return MediaType(name.strip().lower(), parameters)


def choose(declared: Iterable[str], content_type: str) -> str | None:
    """The declared media type or range that a Content-Type keeps, the most specific one; None when there is none."""
    given = read(content_type)
    ranked = [(rank, text) for text in declared if (rank := _rank(read(text), given))]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _rank(declared: MediaType, given: MediaType) -> int:
    """How well a declared type fits: 0 not at all, more the more it says."""
    wanted = {key: value.lower() for key, value in declared.parameters.items() if key not in ("charset", "boundary")}
    if any(given.parameters.get(key, "").lower() != value for key, value in wanted.items()):
        return 0
    if declared.name == given.name:
        return 3 + len(wanted)
    if declared.name.endswith("/*") and given.name.startswith(declared.name[:-1]) and declared.name != "*/*":
        return 2
    return 1 if declared.name in ("*/*", "*") else 0


def is_json(name: str) -> bool:
    """`application/json`, `application/problem+json` and the like."""
    return name == "application/json" or name.endswith("+json") or name == "text/json"
