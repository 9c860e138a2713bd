"""Which steps may start, given what has finished: a pure state machine over a plan and its results.

    moves(plan, results, started)  ->  Moves(start=(1, 2), skip=(), is_done=False)

The same set of step results gives the same answer in whatever order they arrive. A failed required step stops the plan,
except for steps that decide whether an earlier required step fails too: the first failure in plan order is the answer.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .plan import Plan, Step

State = Literal["ok", "stale", "fallback", "failed"]
Reason = Literal[
    "timeout", "unreachable", "broken", "too-large", "invalid", "status", "criteria", "input", "dependency"
]


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended. `stale` and `fallback` have outputs and yet a reason: the answer is degraded."""

    state: State
    outputs: Mapping[str, Any] = field(default_factory=dict)
    reason: Reason | None = None
    status: int | None = None
    retry_after_seconds: int | None = None
    is_client_fault: bool = False
    cause: int | None = None

    @property
    def is_usable(self) -> bool:
        """Whether steps that need its outputs may run."""
        return self.state != "failed"


@dataclass(frozen=True, slots=True)
class Moves:
    """What to do next: positions to start, positions to settle as skipped, or nothing more at all."""

    start: tuple[int, ...]
    skip: tuple[int, ...]
    is_done: bool


def moves(plan: Plan, results: Mapping[int, StepResult], started: Collection[int]) -> Moves:
    """The next moves; calling it again with the same arguments gives the same moves."""
    settled = results.keys()
    relevant = _relevant(plan, results)
    unsettled = [step for step in plan.steps if step.position not in settled and step.position in relevant]
    ready = [step for step in unsettled if step.position not in started and step.after <= settled]
    skip = tuple(step.position for step in ready if broken_need(step, results) is not None)
    start = tuple(step.position for step in ready if step.position not in skip)
    in_flight = any(step.position in started for step in unsettled)
    return Moves(start, skip, is_done=not start and not skip and not in_flight)


def broken_need(step: Step, results: Mapping[int, StepResult]) -> int | None:
    """The first step this one cannot do without and that has nothing to give."""
    broken = [position for position in step.needs if position in results and not results[position].is_usable]
    return min(broken, default=None)


def skipped(step: Step, results: Mapping[int, StepResult]) -> StepResult:
    """The result of a step that never ran because of one it needs."""
    return StepResult("failed", reason="dependency", cause=broken_need(step, results))


def first_failure(plan: Plan, results: Mapping[int, StepResult]) -> int | None:
    """The first required step that failed."""
    failed = (s.position for s in plan.steps if s.required and s.position in results)
    return next((position for position in failed if not results[position].is_usable), None)


def _relevant(plan: Plan, results: Mapping[int, StepResult]) -> Collection[int]:
    """Positions that can still change the answer: all, or after a failure those an earlier failure depends on."""
    failure = first_failure(plan, results)
    if failure is None:
        return range(len(plan.steps))
    relevant: set[int] = set()
    for step in reversed(plan.steps[:failure]):
        if step.required or step.position in relevant:
            relevant |= {step.position} | step.after
    return relevant
