"""How deep a text nests, found without parsing it: parsers recurse in C, so this must be known before they run."""

from __future__ import annotations

import re

# Real documents nest below 60; deeper ones would exhaust the stacks of parsers and of everything that walks over values.
MAX_DEPTH = 200

_BRACKETS = b"[]{}"
_OTHERS = bytes(byte for byte in range(256) if byte not in _BRACKETS)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


def bracket_bound(content: bytes) -> int:
    """Never less than how deep brackets nest: each round takes the innermost pairs away, what is left does not pair."""
    left = content.translate(None, _OTHERS)
    rounds, before = 0, -1
    while len(left) != before and rounds <= MAX_DEPTH:
        before = len(left)
        left = left.replace(b"[]", b"").replace(b"{}", b"")
        rounds += 1
    return rounds + left.count(b"[") + left.count(b"{")


def too_deep(text: str) -> int | None:
    """The offset of the bracket of a JSON text that passes the limit; None when none does."""
    depth = 0
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return match.start()
        elif piece in "]}":
            depth -= 1
    return None
