"""What comparing two schemas finds at one place, before it is known who reads it: requests or responses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from headgate.spec import Located

from .shape import Schemas

Effect = Literal["narrowed", "widened", "changed", "none"]

# What a finding says about the set of accepted values. Members nobody described yet count as not there: see docs/diff.md.
_EFFECTS: dict[str, Effect] = {
    **dict.fromkeys(
        (
            "type-narrowed",
            "null-refused",
            "enum-added",
            "enum-value-removed",
            "range-narrowed",
            "format-added",
            "format-narrowed",
            "pattern-added",
            "required-property-added",
            "property-constrained",
            "property-refused",
            "property-became-required",
            "undeclared-refused",
            "alternative-removed",
            "alternatives-added",
            "keyword-added",
            "schema-added",
        ),
        "narrowed",
    ),
    **dict.fromkeys(
        (
            "type-widened",
            "null-allowed",
            "enum-removed",
            "enum-value-added",
            "range-widened",
            "format-removed",
            "format-widened",
            "pattern-removed",
            "required-property-removed",
            "property-became-optional",
            "undeclared-allowed",
            "alternative-added",
            "alternatives-removed",
            "keyword-removed",
            "schema-removed",
        ),
        "widened",
    ),
    **dict.fromkeys(
        ("type-changed", "format-changed", "pattern-changed", "keyword-changed", "alternatives-overlap"), "changed"
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `kind` is a rule's name without its direction."""

    kind: str
    message: str
    old: Located | None
    new: Located | None

    @property
    def effect(self) -> Effect:
        return _EFFECTS.get(self.kind, "none")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two parts to compare further down, and the step that leads there."""

    step: str
    old: Schemas
    new: Schemas
    is_text: bool = False


Found = Iterator[Finding | Pair]
