"""What a stack is made of: live resources, events and the stack itself, in CloudFormation's own words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from .intrinsics import Values
from .parameters import Parameter
from .template import EMPTY, Declaration, Template

STACK_TYPE = "AWS::CloudFormation::Stack"
# One event per millisecond at most: the CDK CLI sorts by a timestamp that the wire carries with milliseconds.
TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class LiveResource:
    """A resource that exists: what it was made from (`properties`, evaluated) and what it answers (`ref`, `attributes`)."""

    declaration: Declaration
    physical_id: str | None
    status: str
    updated: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    ref: str = ""
    reason: str | None = None
    no_echo: bool = False

    @property
    def values(self) -> Values:
        """What Ref and GetAtt see."""
        return Values(self.ref, self.attributes, self.declaration.type)


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One line of a stack's history. `logical_id` is the stack's own name for events of the stack."""

    event_id: str
    timestamp: datetime
    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None = None
    properties: str | None = None
    token: str | None = None  # the request's, when it had one


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a stack, evaluated."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass
class Stack:
    """A stack now. Mutated only by the runner that owns its operation; readers copy."""

    name: str
    id: str
    created: datetime
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    template: Template = EMPTY
    parameters: dict[str, Parameter] = field(default_factory=dict)
    resources: dict[str, LiveResource] = field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    events: list[StackEvent] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    role_arn: str | None = None
    disable_rollback: bool = False
    termination_protection: bool = False
    imports: frozenset[str] = frozenset()
    change_set_id: str | None = None
    parent_id: str | None = None  # of a nested stack
    root_id: str | None = None
    rollback: Mapping[str, Any] = field(default_factory=dict)  # RollbackConfiguration, kept and shown
    policy: str | None = None  # the stack policy's JSON
    token: str | None = None  # of the request that began the last operation
    is_cancelled: bool = False  # CancelUpdateStack was called
    skipped: frozenset[str] = frozenset()  # resources that a continued rollback leaves as they are
    undo: Callable[[], None] | None = None  # the way back that a failed operation without rollback left open

    @property
    def is_busy(self) -> bool:
        """An operation runs on it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def is_deleted(self) -> bool:
        """Gone, but still described by id."""
        return self.status == "DELETE_COMPLETE"


class Timeline:
    """Moments of one engine: strictly increasing, so that events sort the way they happened. Thread-safe."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = datetime.fromtimestamp(0, UTC)
        self._lock = Lock()

    def next(self) -> datetime:
        """A moment after every one given out before."""
        current = datetime.fromtimestamp(round(self._now(), 3), UTC)
        with self._lock:
            self._last = max(current, self._last + TICK)
            return self._last
