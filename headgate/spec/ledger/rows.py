"""The ledger's records: what is known of a compilation, and a row for each construct."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ..source.document import Located

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


@dataclass(frozen=True, slots=True)
class Facts:
    """What the compiler did, as far as the ledger tells it. Keys are `Located.key`.

    `enforced` are operations that the aggregator checks, `weakened` bodies whose model was left out for the template's size,
    `demanding` bodies whose model refuses a request without one, `folded` operations with the greedy resource they are behind,
    `unchecked` parameters and bodies of these.
    """

    served: frozenset[Key]
    carried_parameters: frozenset[Key]
    modelled_bodies: frozenset[Key]
    kept_keywords: frozenset[Key]
    checked_schemas: frozenset[Key]
    used_parameters: frozenset[Key] = frozenset()
    used_bodies: frozenset[Key] = frozenset()
    used_schemes: frozenset[Key] = frozenset()
    enforced_schemas: frozenset[Key] = frozenset()
    enforced_parts: frozenset[Key] = frozenset()
    weakened_bodies: frozenset[Key] = frozenset()
    demanding_bodies: frozenset[Key] = frozenset()
    folded: frozenset[tuple[Key, str]] = frozenset()
    unchecked: frozenset[Key] = frozenset()


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
