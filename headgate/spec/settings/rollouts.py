"""How new releases enter a stage, as `canary` of a stage in gateway.yaml says it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from .records import Record

SignalName = Literal["5xx", "4xx", "auth", "slow"]


class Signal(Record):
    """A kind of bad answer. `floor` and `margin` are differences of shares (0.01 is one percent point), canary less stable.

    Below the floor a difference is too small to roll back for; above the margin too large to promote.
    """

    floor: float = Field(ge=0, le=1)
    margin: float = Field(gt=0, le=1)


# What is judged when nothing is said. Clients make 4xx, so they may differ by more.
SIGNALS: dict[SignalName, Signal] = {
    "5xx": Signal(floor=0.005, margin=0.01),
    "4xx": Signal(floor=0.02, margin=0.05),
    "auth": Signal(floor=0.01, margin=0.02),
    "slow": Signal(floor=0.02, margin=0.05),
}


class Judge(Record):
    """When a canary is good or bad; see docs/judge.md. `slow_ms` is what counts as slow, `false_alarm` a chance per rollout."""

    signals: dict[SignalName, Signal] = Field(default_factory=lambda: dict(SIGNALS), min_length=1)
    minimum_requests: int = Field(default=500, ge=1)
    false_alarm: float = Field(default=0.01, gt=0, le=0.2)
    doubt: float = Field(default=0.05, gt=0, le=0.5)
    slow_ms: int = Field(default=1000, ge=1, le=29_000)


class Alarm(Record):
    """The fast way out, without waiting for the judge: `percent` of 5xx within a minute of at least `requests` requests."""

    percent: float = Field(default=50, gt=0, le=100)
    requests: int = Field(default=20, ge=1)


class Smoke(Record):
    """A request to the hidden preview stage before anyone else sees the release, and the status it must have."""

    path: str = Field(pattern=r"^/")
    status: int = Field(default=200, ge=100, le=599)
    api: str | None = None


class Canary(Record):
    """How much of a stage's traffic a new release gets, and what happens to one that is in flight.

    `manual`: it enters at `percent` and an operator moves it. `auto`: it goes through `steps`, judged all the way.
    `all-at-once`: no canary.
    """

    mode: Literal["manual", "auto", "all-at-once"] = "manual"
    percent: float = Field(default=10, ge=0, le=100)
    on_new_release: Literal["supersede", "refuse"] = "supersede"
    on_conflict: Literal["fail", "adopt", "override"] | None = None
    steps: list[float] = Field(default=[5, 25, 50], min_length=1, max_length=20)
    step_minutes: float = Field(default=10, ge=1, le=10_080)
    look_seconds: int = Field(default=60, ge=10, le=3600)
    patience_minutes: float = Field(default=30, ge=0, le=10_080)
    watch_minutes: float = Field(default=15, ge=0, le=1440)
    approval: bool = False
    judge: Judge = Field(default_factory=Judge)
    alarm: Alarm = Field(default_factory=Alarm)
    smoke: list[Smoke] = Field(default_factory=list, max_length=3)

    @field_validator("steps")
    @classmethod
    def _steps_grow(cls, value: list[float]) -> list[float]:
        if any(not 0 < step < 100 for step in value) or sorted(set(value)) != value:
            raise ValueError("steps are growing shares between 0 and 100; the promotion follows the last by itself")
        return value

    @model_validator(mode="after")
    def _one_way_to_say_the_share(self) -> Canary:
        if self.mode == "auto" and "percent" in self.model_fields_set:
            raise ValueError("mode auto goes by steps; remove percent")
        extra = {"steps", "step_minutes", "look_seconds", "patience_minutes", "watch_minutes", "approval"}
        unused = sorted(name.replace("_", "-") for name in extra & self.model_fields_set)
        if self.mode != "auto" and unused:
            raise ValueError(f"{', '.join(unused)}: only mode auto has these")
        return self
