"""What a deploy does to a stage: a three-way merge of last applied, desired and live. Pure.

CloudFormation hands a custom resource what it applied last and what the template wants now; GetStage says what is. Where the
template did not change, what is live stays: a deploy never resets what an operator or the automation did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .canary import Command, Phase, Plan, Refusal, Snapshot, Stage, Verb
from .plan import plan


@dataclass(frozen=True, slots=True)
class Desired:
    """What a template asks for; `targets` are the release's deployments by API."""

    release: str
    targets: Mapping[str, Snapshot] = field(default_factory=dict)
    mode: str = "manual"  # manual | auto | all-at-once
    percent: float = 10.0
    on_conflict: str = "fail"  # fail | adopt (live wins) | override (the template wins)
    on_new_release: str = "supersede"  # supersede | refuse
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What the same resource was given last time."""

    release: str
    targets: Mapping[str, Snapshot] = field(default_factory=dict)
    mode: str = "manual"
    percent: float = 10.0


def merge(
    applied: Applied | None,
    desired: Desired,
    live: Stage,
    *,
    rejected: frozenset[str] = frozenset(),
    is_rollback: bool = False,
) -> Command | Plan | Refusal:
    """The command a deploy comes to, a plan without calls when what is live stays, or a refusal that fails the deploy.

    `rejected` are releases that were rolled back from this stage; they come back only with `retry`. `is_rollback` when
    CloudFormation is undoing a failed update of the stack.
    """
    if applied is not None and is_rollback:
        return _take_back(applied, desired, live)
    if applied is not None and applied.release == desired.release and not _wants_retry(desired, live, rejected):
        return _same_release(applied, desired, live)
    return _new_release(applied, desired, live, rejected)


def withdraw(release: str, live: Stage) -> Command | Plan:
    """The resource is deleted: its canary leaves, somebody else's stays."""
    if live.candidate and live.candidate.snapshot.release == release:
        return Command(Verb.ROLLBACK)
    return _leave(f"stage {live.name} has no canary of release {release}")


def decide(stage: Stage, merged: Command | Plan | Refusal) -> Plan | Refusal:
    """The plan of what `merge` answered."""
    return plan(stage, merged) if isinstance(merged, Command) else merged


def _new_release(
    applied: Applied | None, desired: Desired, live: Stage, rejected: frozenset[str]
) -> Command | Plan | Refusal:
    candidate = live.candidate.snapshot.release if live.candidate else None
    if _serves_everywhere(live, desired):
        return _already_stable(applied, desired, live)
    if candidate == desired.release and live.phase is not Phase.STARTING:
        return _leave(f"release {desired.release} is in stage {live.name} already, at {_percent(live):g} %")
    if desired.release in rejected and not desired.retry:
        return Refusal(
            "rejected",
            f"release {desired.release} was rolled back from stage {live.name} before",
            f"change something, or ask for it again: cdk deploy -c headgate:retry=true, or headgate canary start {live.name}",
        )
    if desired.mode == "all-at-once":
        return Command(Verb.MOVE, targets=desired.targets)
    if candidate is not None and candidate != desired.release and desired.on_new_release == "refuse":
        return Refusal(
            "canary-in-flight",
            f"release {candidate} is in stage {live.name} at {_percent(live):g} %, and on-new-release is refuse",
            f"headgate canary promote {live.name}, or rollback {live.name}, then deploy again",
        )
    return Command(Verb.START, percent=desired.percent, targets=desired.targets)


def _already_stable(applied: Applied | None, desired: Desired, live: Stage) -> Command | Plan:
    """Reverting: the release is stable, and what the last deploy let in leaves; a canary someone else started stays."""
    is_ours = applied is not None and live.candidate is not None and live.candidate.snapshot.release == applied.release
    if is_ours or live.phase is Phase.PROMOTING:
        return Command(Verb.ROLLBACK, previous=desired.targets)
    return _leave(f"release {desired.release} serves stage {live.name} already")


def _same_release(applied: Applied, desired: Desired, live: Stage) -> Command | Plan | Refusal:
    candidate = live.candidate
    is_ours = candidate is not None and candidate.snapshot.release == desired.release
    if is_ours and desired.mode == "all-at-once" != applied.mode:
        return Command(Verb.MOVE, targets=desired.targets)  # the stage is to have canaries no more
    if applied.percent == desired.percent or desired.mode != "manual":
        return _leave(f"release {desired.release} is unchanged: stage {live.name} stays as it is")
    if candidate is None or candidate.snapshot.release != desired.release:
        return _leave(f"release {desired.release} is no canary any more: the new percent is for the next release")
    is_untouched = candidate.percent in (applied.percent, desired.percent)
    if is_untouched or desired.on_conflict == "override":
        return Command(Verb.SET, percent=desired.percent)
    if desired.on_conflict == "adopt":
        return _leave(f"stage {live.name} stays at {candidate.percent:g} %, as it was set by hand")
    return Refusal(
        "conflict",
        f"the percent of stage {live.name} was changed on both sides: it was {applied.percent:g}, gateway.yaml says"
        f" {desired.percent:g}, and the stage is at {candidate.percent:g}",
        f"put {candidate.percent:g} into gateway.yaml, or run headgate canary set {live.name} {applied.percent:g} and deploy again",
    )


def _take_back(applied: Applied, desired: Desired, live: Stage) -> Command | Plan:
    """A failed update is being undone: take back what it did and nothing else. `applied` is the release that failed."""
    if live.candidate and live.candidate.snapshot.release == applied.release and applied.release != desired.release:
        return Command(Verb.ROLLBACK, previous=desired.targets)
    moved = applied.mode == "all-at-once" and _has_any(live, applied.release)
    if moved and applied.release != desired.release:
        return Command(Verb.MOVE, targets=desired.targets)
    if _was_set(applied, desired, live):
        return Command(Verb.SET, percent=desired.percent)
    return _leave(f"stage {live.name} stays on release {live.stable.identity}: this update did not move it")


def _was_set(applied: Applied, desired: Desired, live: Stage) -> bool:
    """Whether the failed update changed the percent and nobody has since."""
    is_same = applied.release == desired.release and applied.percent != desired.percent and desired.mode == "manual"
    candidate = live.candidate
    return bool(
        is_same and candidate and candidate.snapshot.release == desired.release and candidate.percent == applied.percent
    )


def _wants_retry(desired: Desired, live: Stage, rejected: frozenset[str]) -> bool:
    return desired.retry and desired.release in rejected and live.candidate is None


def _serves_everywhere(live: Stage, desired: Desired) -> bool:
    return all(_is_target(pointer.stable, desired.targets.get(pointer.api)) for pointer in live.pointers)


def _is_target(stable: Snapshot, target: Snapshot | None) -> bool:
    return target is not None and stable.deployment == target.deployment


def _has_any(live: Stage, release: str) -> bool:
    return any(pointer.stable.release == release for pointer in live.pointers)


def _percent(live: Stage) -> float:
    return live.candidate.percent if live.candidate else 0.0


def _leave(message: str) -> Plan:
    return Plan((), message)
