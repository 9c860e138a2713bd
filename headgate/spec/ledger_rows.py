"""The ledger's records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from .document import Located

Level = Literal["gateway", "validator", "published", "refused"]
Key = tuple[str, str]

STRENGTH: dict[Level, int] = {"published": 0, "refused": 1, "validator": 2, "gateway": 3}

# Keywords of schemas that decide nothing.
ANNOTATIONS = {
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "externalDocs",
    "xml",
    "discriminator",
    "$comment",
    "$id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
}

ADDRESS = "the address of the upstream, unless gateway.yaml names another; clients see the gateway's own"


@dataclass(slots=True)
class Row:
    """One construct. `level` None: it holds others together and takes their strongest level."""

    at: Located
    kind: str
    level: Level | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        construct = self.at.pointer.rpartition("/")[2]
        if "~" in construct:
            construct = construct.replace("~1", "/").replace("~0", "~")
        return {
            "document": self.at.document.name,
            "pointer": self.at.pointer,
            "construct": construct,
            "kind": self.kind,
            "level": self.level,
            "reason": self.reason,
        }


def strongest(levels: Iterable[Level | None]) -> Level:
    """The strongest of the levels that are known; with none, it only informs."""
    known = [level for level in levels if level is not None]
    return max(known, key=STRENGTH.__getitem__, default="published")
