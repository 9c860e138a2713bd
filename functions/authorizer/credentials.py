"""Finds credentials in a REQUEST authorizer event (FACTS 4.2). Pure.

    presented(event, Location("header", "authorization"))  -> "Bearer eyJ..." | None     RejectedError when there are two
    credential("Bearer eyJ...", "Bearer")                  -> "eyJ..." | None

Two credentials at one place are refused, never chosen between: header names in several spellings, several headers, and
several query parameters are read from the multi-value maps, where they are all visible.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import RejectedError
from .routes import Location

_MAPS = {
    "header": ("multiValueHeaders", "headers"),
    "query": ("multiValueQueryStringParameters", "queryStringParameters"),
}


def presented(event: Mapping[str, Any], location: Location) -> str | None:
    """The one value at a place, None when there is none."""
    values = (
        _cookies(event, location.name) if location.place == "cookie" else _values(event, location.place, location.name)
    )
    if len(values) > 1:
        raise RejectedError("credential.several")
    return values[0] if values and values[0] else None


def credential(value: str, prefix: str | None) -> str | None:
    """What follows the prefix and exactly one space (RFC 9110 11.4, scheme names in any case); None when it is another scheme's."""
    if prefix is None:
        return value
    scheme, space, rest = value.partition(" ")
    if not space or scheme.lower() != prefix.lower():
        return None
    if not rest or rest != rest.strip() or "\t" in rest:
        raise RejectedError("credential.malformed")
    return rest


def refuse_query_token(event: Mapping[str, Any]) -> None:
    """RFC 6750 2: a client sends its token in one way only."""
    if _values(event, "query", "access_token"):
        raise RejectedError("credential.several")


def _values(event: Mapping[str, Any], place: str, name: str) -> list[str]:
    """All values of one header or parameter; the single-value map only adds what the multi-value one does not show."""
    many_name, one_name = _MAPS[place]
    found = [str(value) for values in _entries(event, many_name, place, name) for value in _listed(values)]
    for value in _entries(event, one_name, place, name):
        if value is not None and str(value) not in found:
            found.append(str(value))
    return found


def _entries(event: Mapping[str, Any], map_name: str, place: str, name: str) -> Iterator[Any]:
    entries = event.get(map_name)  # API Gateway sends null for an empty map
    for key, value in entries.items() if isinstance(entries, dict) else ():
        if key == name or (place == "header" and len(key) == len(name) and key.lower() == name):
            yield value


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _cookies(event: Mapping[str, Any], name: str) -> list[str]:
    pairs = (pair.strip().partition("=") for header in _values(event, "header", "cookie") for pair in header.split(";"))
    return [value for key, _, value in pairs if key == name]
