"""Lists in parts: MaxItems and Marker of Lambda's list calls. Pure."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

MOST_ITEMS = 50  # what most of the calls return at once, whatever is asked for


def page(name: str, items: Sequence[Any], query: Mapping[str, Any], most: int = MOST_ITEMS) -> dict[str, Any]:
    """`{name: some of the items}`, and NextMarker when there are more. `query` has the request's parameters in lists."""
    start = _start(query.get("Marker", [""])[0])
    wanted = int(query.get("MaxItems", [most])[0])
    end = start + min(wanted, most)
    answer: dict[str, Any] = {name: list(items[start:end])}
    if end < len(items):
        answer["NextMarker"] = base64.b64encode(f"headgate:{end}".encode()).decode()
    return answer


def _start(marker: str) -> int:
    try:
        return int(base64.b64decode(marker, validate=True).removeprefix(b"headgate:") or 0)
    except (ValueError, binascii.Error):
        return 0  # a marker of another call; what AWS says to it is not recorded
