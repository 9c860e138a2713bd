"""AWS services as upstreams: `aws: {queue | event-bus | state-machine: ARN}`. API Gateway calls them with a role of its own.

    jobs:   {aws: {queue: "arn:aws:sqs:us-east-1:123456789012:jobs"}}                     # the body is the message
    events: {aws: {event-bus: "arn:aws:events:...:event-bus/shop", source: shop}}         # the body is the event's detail
    flow:   {aws: {state-machine: "arn:aws:states:...:stateMachine:orders"}}              # the body is the execution's input

The answer is 202 with `{"id": ...}`, or problem+json.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, model_validator

from .records import Record


@dataclass(frozen=True, slots=True)
class Grant:
    """What the gateway's role may do for an upstream."""

    action: str
    resource: str


class AwsTarget(Record):
    """Exactly one of `queue`, `event_bus`, `state_machine`; an event has a `source` and a `detail_type` (or the operationId)."""

    queue: str | None = Field(default=None, pattern=r"^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$")
    event_bus: str | None = Field(
        default=None, pattern=r"^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9_./-]+$"
    )
    state_machine: str | None = Field(
        default=None, pattern=r"^arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]+$"
    )
    source: str | None = Field(default=None, min_length=1, max_length=256, pattern=r"^[A-Za-z0-9_./-]+$")
    detail_type: str | None = Field(default=None, min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_ .:/-]+$")

    @model_validator(mode="after")
    def _is_exactly_one(self) -> AwsTarget:
        names = {"queue": self.queue, "event-bus": self.event_bus, "state-machine": self.state_machine}
        given = [name for name, value in names.items() if value]
        if len(given) != 1:
            raise ValueError(f"aws is exactly one of {', '.join(names)}; got {' and '.join(given) or 'none'}")
        if self.event_bus and not self.source:
            raise ValueError("an event bus wants a source: rules match by it")
        if not self.event_bus and (self.source or self.detail_type):
            raise ValueError("source and detail-type are for an event-bus")
        return self

    @property
    def arn(self) -> str:
        return self.queue or self.event_bus or self.state_machine or ""

    @property
    def grant(self) -> Grant:
        """The one action that the integration performs."""
        if self.queue:
            return Grant("sqs:SendMessage", self.queue)
        return Grant("events:PutEvents" if self.event_bus else "states:StartExecution", self.arn)
