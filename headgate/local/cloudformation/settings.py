"""The options of one operation on a stack, and how a deployment in process ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .changes import Change


@dataclass(frozen=True, slots=True)
class StackResult:
    """How a deployment in process ended. `failures` are (logical id, reason) of resources that failed."""

    name: str
    id: str
    status: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """The stack is where the template wants it."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of one operation, as the API takes them; None keeps what the stack has."""

    tags: Mapping[str, str] | None = None
    capabilities: tuple[str, ...] | None = None
    notification_arns: tuple[str, ...] = ()
    role_arn: str | None = None
    on_failure: str = "ROLLBACK"
    disable_rollback: bool = False
    termination_protection: bool | None = None
    rollback: Mapping[str, Any] | None = None
    token: str | None = None
