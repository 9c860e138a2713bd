"""How a rollout goes on by itself: progress, the stage as it is and the judge's verdict in, the next act out. Pure.

The state machine asks every `look_seconds`. Whoever moves the stage meanwhile (an operator, a deploy, an alarm) has the last word:
the automation then ends `superseded` and touches nothing. Only what is judged good goes on; what stays inconclusive for longer than
`patience_seconds` beyond its step is paused, never promoted.

After the promotion nothing serves the old release any more, so the watch compares with the minutes before it: not the same time,
which is why it asks for a larger difference (`WATCH_FLOOR`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from .canary import Phase, Stage, Verb
from .judge import Criteria, Judgement, Signal, Verdict

WATCH_FLOOR = 0.05

# Who the history says it was.
BY = "automation"


class Act(StrEnum):
    """What to do now."""

    WAIT = "wait"
    SET = "set"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    UNDO = "undo"
    PAUSE = "pause"
    END = "end"


class Outcome(StrEnum):
    """How an execution ends, in the spelling of the state machine."""

    RUNNING = "RUNNING"
    PROMOTED = "PROMOTED"
    ROLLED_BACK = "ROLLED_BACK"
    UNDONE = "UNDONE"
    PAUSED = "PAUSED"
    SUPERSEDED = "SUPERSEDED"


class At(StrEnum):
    """Where a rollout is."""

    STEP = "step"
    APPROVAL = "approval"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a stage rolls out. Times in seconds; `steps` in percent, the last is followed by the promotion.

    `lag_seconds` is how long AWS takes until a minute's metrics are complete.
    """

    steps: tuple[float, ...]
    step_seconds: float
    look_seconds: float
    patience_seconds: float
    approval: bool
    watch_seconds: float
    lag_seconds: float
    criteria: Criteria


@dataclass(frozen=True, slots=True)
class Progress:
    """One rollout. `started` is when the candidate entered, `since` when the present step began; `promoted` is 0.0 before."""

    stage: str
    release: str
    at: At
    step: int
    started: float
    since: float
    promoted: float = 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """The newest entry of the stage's history: its verb and who asked."""

    verb: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, why, and where the rollout is afterwards."""

    act: Act
    reason: str
    progress: Progress
    outcome: Outcome = Outcome.RUNNING
    percent: float | None = None


def begin(stage: str, release: str, now: float) -> Progress:
    """A candidate that has just entered at the first step."""
    return Progress(stage, release, At.STEP, 0, started=now, since=now)


def caught_up(progress: Progress, strategy: Strategy, live: Stage, last: Move, now: float) -> Progress | Decision:
    """The progress, or what came of it when an earlier attempt did its act and crashed before it could say so."""
    candidate = live.candidate
    is_ours = last.by == BY and progress.at is not At.WATCH
    if candidate is None and is_ours and last.verb == Verb.PROMOTE and live.stable.release == progress.release:
        return replace(progress, at=At.WATCH, since=now, promoted=now)
    if candidate is None and is_ours and last.verb == Verb.ROLLBACK:
        return Decision(Act.END, "rolled back", progress, Outcome.ROLLED_BACK)
    if candidate is None and last.by == BY and last.verb == Verb.UNDO:
        return Decision(Act.END, "undone", progress, Outcome.UNDONE)
    following = progress.step + 1
    if candidate and progress.at is At.STEP and following < len(strategy.steps):
        is_next = candidate.percent == strategy.steps[following] != strategy.steps[progress.step]
        return replace(progress, step=following, since=now) if is_next else progress
    return progress


def decide(
    progress: Progress, strategy: Strategy, live: Stage, judgement: Judgement, *, now: float, approved: bool
) -> Decision:
    """The next act. `judgement` is of the minutes since the candidate entered, or since the promotion while watching."""
    moved = _moved(progress, strategy, live)
    if moved:
        return Decision(Act.END, moved, progress, Outcome.SUPERSEDED)
    if progress.at is At.WATCH:
        return _watch(progress, strategy, judgement, now)
    if judgement.verdict is Verdict.BAD:
        return Decision(Act.ROLLBACK, judgement.reason, progress, Outcome.ROLLED_BACK)
    if progress.at is At.APPROVAL:
        return _await_approval(progress, strategy, now, approved=approved)
    if now - progress.since < strategy.step_seconds:
        return Decision(Act.WAIT, f"step {progress.step + 1} of {len(strategy.steps)}", progress)
    if judgement.verdict is Verdict.GOOD:
        return _next_step(progress, strategy, now, approved=approved)
    if now - progress.since < strategy.step_seconds + strategy.patience_seconds:
        return Decision(Act.WAIT, judgement.reason, progress)
    return Decision(Act.PAUSE, judgement.reason, progress, Outcome.PAUSED)


def _moved(progress: Progress, strategy: Strategy, live: Stage) -> str:
    """What somebody else did to the stage, "" when it is where the automation left it."""
    candidate = live.candidate
    if progress.at is At.WATCH:
        is_ours = candidate is None and live.stable.release == progress.release
        return "" if is_ours else f"stage {live.name} serves release {live.stable.identity} ({live.phase})"
    if candidate is None or candidate.snapshot.release != progress.release:
        return f"release {progress.release} is no candidate of stage {live.name} any more"
    if live.phase not in {Phase.CANARY, Phase.STARTING}:
        return f"stage {live.name} is {live.phase}"
    expected = strategy.steps[progress.step]
    return (
        "" if candidate.percent == expected else f"the canary is at {candidate.percent:g} % instead of {expected:g} %"
    )


def _next_step(progress: Progress, strategy: Strategy, now: float, *, approved: bool) -> Decision:
    step = progress.step + 1
    if step < len(strategy.steps):
        following = replace(progress, step=step, since=now)
        return Decision(Act.SET, f"step {step + 1} of {len(strategy.steps)}", following, percent=strategy.steps[step])
    if strategy.approval and not approved:
        return Decision(Act.WAIT, "waits for approval", replace(progress, at=At.APPROVAL, since=now))
    return _promote(progress, strategy, now)


def _await_approval(progress: Progress, strategy: Strategy, now: float, *, approved: bool) -> Decision:
    if approved:
        return _promote(progress, strategy, now)
    return Decision(Act.WAIT, "waits for approval", progress)


def _promote(progress: Progress, strategy: Strategy, now: float) -> Decision:
    following = replace(progress, at=At.WATCH, since=now, promoted=now)
    outcome = Outcome.RUNNING if strategy.watch_seconds else Outcome.PROMOTED
    return Decision(Act.PROMOTE, "no signal is worse by more than its margin", following, outcome)


def _watch(progress: Progress, strategy: Strategy, judgement: Judgement, now: float) -> Decision:
    if judgement.verdict is Verdict.BAD:
        return Decision(Act.UNDO, judgement.reason, progress, Outcome.UNDONE)
    if now - progress.promoted < strategy.watch_seconds + strategy.lag_seconds:
        return Decision(Act.WAIT, "watched after the promotion", progress)
    return Decision(Act.END, "promoted, and no worse since", progress, Outcome.PROMOTED)


def watching(criteria: Criteria) -> Criteria:
    """What the watch goes by: the same signals, a larger difference."""
    signals = tuple(replace(signal, floor=max(signal.floor, WATCH_FLOOR)) for signal in criteria.signals)
    return replace(criteria, signals=signals)


def read_strategy(value: Mapping[str, Any]) -> Strategy:
    """A strategy as the template passes it (`infra.automation`). Raises KeyError, TypeError or ValueError."""
    criteria = value["criteria"]
    signals = tuple(Signal(s["name"], float(s["floor"]), float(s["margin"])) for s in criteria["signals"])
    steps = tuple(float(step) for step in value["steps"])
    if not steps:
        raise ValueError("a strategy has at least one step")
    return Strategy(
        steps=steps,
        step_seconds=float(value["stepSeconds"]),
        look_seconds=float(value["lookSeconds"]),
        patience_seconds=float(value["patienceSeconds"]),
        approval=value["approval"] is True,
        watch_seconds=float(value["watchSeconds"]),
        lag_seconds=float(value["lagSeconds"]),
        criteria=Criteria(
            signals, int(criteria["minimumRequests"]), float(criteria["falseAlarm"]), float(criteria["doubt"])
        ),
    )


def read_progress(value: Mapping[str, Any]) -> Progress:
    """Progress as the state machine carries it."""
    return Progress(
        stage=str(value["stage"]),
        release=str(value["release"]),
        at=At(value["at"]),
        step=int(value["step"]),
        started=float(value["started"]),
        since=float(value["since"]),
        promoted=float(value["promoted"]),
    )


def progress_json(progress: Progress) -> dict[str, Any]:
    """The same for the state machine."""
    return {
        "stage": progress.stage,
        "release": progress.release,
        "at": progress.at.value,
        "step": progress.step,
        "started": progress.started,
        "since": progress.since,
        "promoted": progress.promoted,
    }
