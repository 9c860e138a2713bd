"""Pages of a list: `limit` (25 by default, 500 at most) and `position`, as every Get...s operation has them."""

from collections.abc import Iterable
from typing import Any

from .errors import BadRequestError
from .state import Document

DEFAULT_LIMIT = 25
MAX_LIMIT = 500


def page(items: Iterable[Any], request: Document) -> Document:
    """`{"items": [...], "position": ...}`; the position is the index of the next item."""
    everything = list(items)
    start = _start(request.get("position"))
    limit = int(request.get("limit") or DEFAULT_LIMIT)
    limit = min(max(limit, 1), MAX_LIMIT)
    end = start + limit
    found: Document = {"items": everything[start:end]}
    if end < len(everything):
        found["position"] = str(end)
    return found


def _start(position: str | None) -> int:
    if not position:
        return 0
    try:
        return max(int(position), 0)
    except ValueError:
        raise BadRequestError("Invalid position parameter specified") from None
