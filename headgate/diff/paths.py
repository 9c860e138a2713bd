"""Paths of which only the places of variables count, not their names."""

from __future__ import annotations

import re

_VARIABLE = re.compile(r"\{([^{}]*?)\+?\}")


def shape(template: str) -> str:
    """The path without its variables' names.

    >>> shape("/users/{id}/posts.{format}")
    '/users/{}/posts.{}'
    """
    return _VARIABLE.sub("{}", template)


def variables(template: str) -> list[str]:
    """
    >>> variables("/users/{id}/posts")
    ['id']
    """
    return _VARIABLE.findall(template)
