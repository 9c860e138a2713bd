"""What happened to a stage, and what it served before. Pure.

An entry is written before a stage is moved and marked finished after it, so that a crash leaves its intent behind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .canary import Plan, Snapshot, Stage, Verb, applied

Deployments = Mapping[str, str]  # REST API id -> deployment id


@dataclass(frozen=True, slots=True)
class Entry:
    """One transition. `before` and `after` are the stable deployments by API; one that is not `finished` was interrupted."""

    verb: str
    release: str | None
    before: Deployments
    after: Deployments
    by: str
    at: float
    fencing: int
    finished: bool = False

    def to_json(self) -> dict[str, object]:
        """For people and `--json`."""
        return {
            "command": self.verb,
            "releaseId": self.release,
            "by": self.by,
            "at": self.at,
            "fencing": self.fencing,
            "finished": self.finished,
        }


def serving(stage: Stage) -> dict[str, str]:
    """The stable deployments of a stage by API."""
    return {pointer.api: pointer.stable.deployment for pointer in stage.pointers}


def serving_after(stage: Stage, plan: Plan) -> dict[str, str]:
    """The stable deployments once the plan is carried out."""
    pointers = {pointer.api: pointer for pointer in stage.pointers}
    for call in plan.calls:
        pointers[call.api] = applied(pointers[call.api], call.operations)
    return {api: pointer.stable.deployment for api, pointer in pointers.items()}


def resumed(entry: Entry, newest: Entry | None) -> Entry:
    """The entry of a verb that finishes an interrupted one: what was served before is what the first attempt found."""
    if newest is None or newest.finished or (newest.verb, newest.after) != (entry.verb, entry.after):
        return entry
    return replace(entry, before=newest.before)


def before_now(entries: Sequence[Entry], stage: Stage) -> dict[str, Snapshot]:
    """What to serve to undo the last transition; entries come newest first. Empty when the journal does not say.

    After an undo it is what is served now: undoing twice is undoing once.
    """
    moves = (entry for entry in entries if entry.before != entry.after)
    entry = next(moves, None)
    if entry is None:
        return {}
    now = serving(stage)
    if entry.verb == Verb.UNDO and (entry.after == now or not entry.finished):
        return _snapshots(entry.after)
    return _snapshots(entry.before) if entry.after == now or not entry.finished else {}


def before_promotion(entries: Sequence[Entry], stage: Stage) -> dict[str, Snapshot]:
    """What a half-promoted stage served before; entries come newest first. Empty when there is no journal to ask.

    Without an interrupted promotion nothing was copied: an API that has the candidate as stable was born with it.
    """
    newest = next(iter(entries), None)
    if newest is None:
        return {}
    if newest.verb == Verb.PROMOTE and not newest.finished:
        return _snapshots(newest.before)
    return {pointer.api: pointer.stable for pointer in stage.pointers}


def _snapshots(deployments: Deployments) -> dict[str, Snapshot]:
    return {api: Snapshot(deployment) for api, deployment in deployments.items()}
