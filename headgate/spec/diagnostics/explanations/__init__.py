"""Every diagnostic explained with an example that gives it and the same mended. Tests compile both."""

from __future__ import annotations

from . import compositions, documents, edges, paths, security, settings, sizes
from .entry import GATEWAY, GRADES, Explanation, Files

_ROOMS = (documents, paths, edges, settings, security, compositions, sizes)

EXPLANATIONS: dict[str, Explanation] = {
    entry.code: entry for entry in sorted((e for room in _ROOMS for e in room.ENTRIES), key=lambda entry: entry.code)
}

__all__ = ["EXPLANATIONS", "GATEWAY", "GRADES", "Explanation", "Files"]
