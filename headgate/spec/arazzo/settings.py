"""`x-headgate` on steps and workflows: what a gateway needs to know beyond Arazzo."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..settings.records import Record

KEY = "x-headgate"
STALE = "stale"


class Cache(Record):
    """Seconds a reply is reused, and seconds after that in which it may stand in for a failed one."""

    ttl: float = Field(ge=0, le=86400)
    stale: float = Field(default=0, ge=0, le=604800)
    public: bool = False


class StepSettings(Record):
    """What a step may say. `fallback` is the word `stale`, or the value that takes the place of the reply's body."""

    required: bool = True
    fallback: Any = None
    cache: Cache | None = None
    timeout: float | None = Field(default=None, gt=0, le=28)
    forward_authorization: bool = False
    for_each: Any = None
    batch: Any = None

    @property
    def has_static_fallback(self) -> bool:
        """Whether a value was given, null included."""
        return "fallback" in self.model_fields_set and self.fallback != STALE


class WorkflowSettings(Record):
    """What a workflow may say. `degraded` names the output that lists parts which are missing or stale."""

    degraded: str | None = Field(default=None, min_length=1)
