"""A stage's two pointers, and what may be said about them: records, the phase a stage is in, and AWS's patch semantics. Pure.

A stage is a list of pointers, one per REST API, because a split API is several. What each verb does is in `plan`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

DEPLOYMENT = "/deploymentId"
VARIABLES = "/variables"
CANARY = "/canarySettings"
CANARY_DEPLOYMENT = "/canarySettings/deploymentId"
CANARY_PERCENT = "/canarySettings/percentTraffic"
CANARY_CACHE = "/canarySettings/useStageCache"
CANARY_OVERRIDES = "/canarySettings/stageVariableOverrides"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A deployment and the release it was made from; a deployment made by hand has no release."""

    deployment: str
    release: str | None = None

    @property
    def identity(self) -> str:
        """What tells releases apart over several APIs."""
        return self.release or self.deployment


@dataclass(frozen=True, slots=True)
class Canary:
    """What a share of the requests sees; `percent` is 0.0 to 100.0."""

    snapshot: Snapshot
    percent: float
    has_overrides: bool = False


@dataclass(frozen=True, slots=True)
class Pointer:
    """One REST API's part of a stage."""

    api: str
    stable: Snapshot
    canary: Canary | None = None

    @property
    def is_half_promoted(self) -> bool:
        """The copy is done, the removal is not; a canary that points at the stable deployment splits nothing."""
        return self.canary is not None and self.canary.snapshot.deployment == self.stable.deployment


class Phase(StrEnum):
    """Where a stage is. The last four are left behind by a crash and finished by repeating the verb."""

    STABLE = "stable"
    CANARY = "canary"
    PAUSED = "paused"
    STARTING = "starting"
    SUPERSEDING = "superseding"
    PROMOTING = "promoting"
    MOVING = "moving"


class Verb(StrEnum):
    """What can be asked. `move` is a deploy without a canary: all traffic at once."""

    START = "start"
    SET = "set"
    PAUSE = "pause"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    UNDO = "undo"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as GetStage tells it."""

    name: str
    pointers: tuple[Pointer, ...]

    @property
    def candidate(self) -> Canary | None:
        """The canary of the first API that has one."""
        return next((pointer.canary for pointer in self.pointers if pointer.canary), None)

    @property
    def stable(self) -> Snapshot:
        """What the first API serves to everyone else."""
        return self.pointers[0].stable

    @property
    def phase(self) -> Phase:
        """Where the stage is, seen over all its APIs."""
        canaries = [pointer.canary for pointer in self.pointers if pointer.canary]
        if not canaries:
            releases = {pointer.stable.identity for pointer in self.pointers}
            # Deployments made by hand have no release in common; they are then no sign of a crash.
            is_moving = len(releases) > 1 and any(pointer.stable.release for pointer in self.pointers)
            return Phase.MOVING if is_moving else Phase.STABLE
        candidates = {canary.snapshot.identity for canary in canaries}
        if len(candidates) > 1 and any(canary.snapshot.release for canary in canaries):
            return Phase.SUPERSEDING
        if any(is_promoted(pointer, candidates) for pointer in self.pointers):
            return Phase.PROMOTING
        if len(canaries) < len(self.pointers):
            return Phase.STARTING
        return Phase.CANARY if any(canary.percent for canary in canaries) else Phase.PAUSED


@dataclass(frozen=True, slots=True)
class Command:
    """A verb and what it needs, by API: `targets` for start and move, `previous` for undo and for rolling back half a promotion."""

    verb: Verb
    percent: float | None = None
    targets: Mapping[str, Snapshot] = field(default_factory=dict)
    previous: Mapping[str, Snapshot] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One patch operation."""

    op: str
    path: str
    value: str | None = None
    source: str | None = None

    def to_json(self) -> dict[str, str]:
        """In AWS's spelling."""
        optional = {"value": self.value, "from": self.source}
        return {"op": self.op, "path": self.path, **{key: text for key, text in optional.items() if text is not None}}


@dataclass(frozen=True, slots=True)
class Call:
    """One UpdateStage, to be made while the pointer is as `expected`."""

    stage: str
    expected: Pointer
    operations: tuple[Operation, ...]

    @property
    def api(self) -> str:
        return self.expected.api


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in order. No calls: it is so already, and `message` says that."""

    calls: tuple[Call, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command is not carried out, and what to do instead."""

    code: str
    message: str
    fix: str


def applied(
    pointer: Pointer, operations: Iterable[Operation], releases: Mapping[str, str | None] | None = None
) -> Pointer:
    """The pointer after a call, as AWS's patch semantics have it (FACTS 5.6 to 5.9). `releases` names those of new deployments."""
    names = releases or {}
    for operation in operations:
        pointer = _apply_one(pointer, operation, names)
    return pointer


def is_promoted(pointer: Pointer, candidates: set[str]) -> bool:
    return pointer.is_half_promoted or pointer.stable.identity in candidates


def _apply_one(pointer: Pointer, operation: Operation, releases: Mapping[str, str | None]) -> Pointer:
    value = operation.value or ""
    # F3: the first replace on a stage without a canary makes one, at 0 % and at the stable deployment.
    canary = pointer.canary or Canary(pointer.stable, 0.0)
    match operation.op, operation.path:
        case "replace", "/deploymentId":
            return replace(pointer, stable=Snapshot(value, releases.get(value)))
        case "copy", "/deploymentId":
            return replace(pointer, stable=canary.snapshot)
        case "remove", "/canarySettings":
            return replace(pointer, canary=None)
        case "replace", "/canarySettings/deploymentId":
            return replace(pointer, canary=replace(canary, snapshot=Snapshot(value, releases.get(value))))
        case "replace", "/canarySettings/percentTraffic":
            return replace(pointer, canary=replace(canary, percent=float(value)))
        case "replace", "/canarySettings/useStageCache":
            return replace(pointer, canary=canary)
        case _:
            return pointer
