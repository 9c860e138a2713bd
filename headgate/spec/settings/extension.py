"""`x-headgate`: what OpenAPI cannot say, on a document, a path item or an operation; the nearest wins, key by key."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ..diagnostics.records import Diagnostic
from ..source.document import Located
from .records import Record, read_record

KEY = "x-headgate"

# What answers an operation; a nearer one replaces an inherited one of the other kind.
_ANSWERERS = ("upstream", "workflow")


class Throttle(Record):
    """Requests per second and how many may come at once."""

    rate: float = Field(ge=0)
    burst: int = Field(ge=0)


class Rewrite(Record):
    """How the request changes on its way to the upstream."""

    path: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)


class Respond(Record):
    """What a composition answers with instead of its outputs as JSON with the lowest declared 2xx."""

    status: int | None = Field(default=None, ge=200, le=599)
    headers: dict[str, str | int] = Field(default_factory=dict)
    body: Any = None


class Extension(Record):
    """Everything `x-headgate` may say about an operation. `timeout` is in seconds."""

    upstream: str | None = None
    workflow: str | None = None
    respond: Respond | None = None
    rewrite: Rewrite | None = None
    cache: dict[str, Any] | None = None
    throttle: Throttle | None = None
    timeout: float | None = Field(default=None, ge=0.05, le=29)
    validate_: Literal["native", "strict"] | None = Field(default=None, alias="validate")
    audience: list[str] | None = Field(default=None, min_length=1)


def read_extension(at: Located, inherited: Extension | None, problems: list[Diagnostic]) -> Extension:
    """The settings at a document, path item or operation on top of what it inherits."""
    base = inherited or Extension()
    if not isinstance(at.value, dict) or KEY not in at.value:
        return base
    own = read_record(Extension, at.child(KEY), "HG132", problems)
    if own is None:
        return base
    given = {name: getattr(own, name) for name in own.model_fields_set}
    if any(given.get(name) for name in _ANSWERERS):
        given = {**dict.fromkeys(_ANSWERERS), **given}
    return base.model_copy(update=given)
