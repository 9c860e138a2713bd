"""Three ways to decide, each seeing the same minutes one after the other.

Flagger and Argo Rollouts as their documentation's examples configure them: Flagger, success rate at least 99 % and p99 at most the
bound, every minute, rolled back at 5 failed checks, and a check without data fails; Argo Rollouts, success rate at least 95 %
and p99 at most the bound, every minute, failed at more than 3 failed measurements, and a measurement without data is inconclusive
and pauses the rollout. Both look at the canary alone. The bound is what `slow` counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.release.judge import Criteria, Minute, Signal, Verdict, judge

CRITERIA = Criteria(signals=(Signal("5xx"), Signal("slow", floor=0.01, margin=0.02)))

FLAGGER_SUCCESS, FLAGGER_THRESHOLD = 0.99, 5
ARGO_SUCCESS, ARGO_FAILURE_LIMIT = 0.95, 3
SLOW_AT_P99 = 0.01


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a rollout: `outcome` is rolled-back, paused or promoted; `minute` when a rollback began, from 1."""

    outcome: str
    minute: int | None = None


Rule = Callable[[Sequence[Minute]], Result]


def headgate(minutes: Sequence[Minute]) -> Result:
    """A look each minute; promotes only what is good at the end."""
    for number in range(1, len(minutes) + 1):
        verdict = judge(minutes[:number], CRITERIA).verdict
        if verdict is Verdict.BAD:
            return Result("rolled-back", number)
    return Result("promoted" if verdict is Verdict.GOOD else "paused")


def flagger(minutes: Sequence[Minute]) -> Result:
    """Failed checks are counted over the whole analysis."""
    failed = 0
    for number, minute in enumerate(minutes, 1):
        failed += not _passes(minute, FLAGGER_SUCCESS)
        if failed >= FLAGGER_THRESHOLD:
            return Result("rolled-back", number)
    return Result("promoted")


def argo(minutes: Sequence[Minute]) -> Result:
    """Failed measurements are counted over the whole analysis; one without data leaves the result open."""
    failed, is_open = 0, False
    for number, minute in enumerate(minutes, 1):
        if not minute.canary.requests:
            is_open = True
            continue
        failed += not _passes(minute, ARGO_SUCCESS)
        if failed > ARGO_FAILURE_LIMIT:
            return Result("rolled-back", number)
    return Result("paused" if is_open else "promoted")


def _passes(minute: Minute, success: float) -> bool:
    canary = minute.canary
    if not canary.requests:
        return False
    is_slow = canary.bad.get("slow", 0) > SLOW_AT_P99 * canary.requests
    return 1 - canary.bad.get("5xx", 0) / canary.requests >= success and not is_slow


RULES: dict[str, Rule] = {"headgate": headgate, "flagger": flagger, "argo": argo}
