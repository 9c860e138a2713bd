"""JSON pointers (RFC 6901): to keys and back, and what one leads to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MISSING: Any = object()


def escape(key: str) -> str:
    """A key as one JSON pointer token."""
    return key if key.isalnum() else key.replace("~", "~0").replace("/", "~1")


def pointer_of(keys: Iterable[str]) -> str:
    """
    >>> pointer_of(["paths", "/users"])
    '/paths/~1users'
    """
    return "".join(f"/{escape(key)}" for key in keys)


def pointer_keys(pointer: str) -> list[str]:
    """
    >>> pointer_keys("/paths/~1users")
    ['paths', '/users']
    """
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def has(value: Any, key: str | int) -> bool:
    """Whether an object has that member, or a list that item."""
    if isinstance(value, dict):
        return key in value
    if isinstance(value, list):
        return is_index(str(key)) and int(key) < len(value)
    return False


def step(value: Any, key: str) -> Any:
    """The member or item, or MISSING."""
    if not has(value, key):
        return MISSING
    return value[int(key)] if isinstance(value, list) else value[key]


def is_index(key: str) -> bool:
    """Whether a token numbers an item: digits without a leading zero, and no more of them than a list could have."""
    return key.isascii() and key.isdigit() and len(key) < 10 and (key == "0" or key[0] != "0")
