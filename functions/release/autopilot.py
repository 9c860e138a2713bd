"""What the state machine asks for, once per look: read the stage and the metrics, decide, act, and say when to look again.

{"automation": "advance", "strategy": {...}, "progress": {...}}
-> the same with the progress now, "outcome": "RUNNING", "seconds": 60, "reason": "step 1 of 3" and "judgement": {...}

An alarm on the canary needs no look: EventBridge sends it here and the canary leaves at once.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .automation import (
    BY,
    Act,
    At,
    Decision,
    Move,
    Outcome,
    Progress,
    Strategy,
    begin,
    caught_up,
    decide,
    progress_json,
    read_progress,
    read_strategy,
    watching,
)
from .canary import Command, Plan, Refusal, Stage, Verb
from .judge import Counts, Criteria, Judgement, Minute, judge
from .metrics import whole_minutes
from .releases import Decide, Order, RefusedError, Releases
from .releases import Outcome as Done
from .smoke import Fetch, fetch
from .stages import StageMovedError

VERBS = {
    Act.SET: Verb.SET,
    Act.PROMOTE: Verb.PROMOTE,
    Act.ROLLBACK: Verb.ROLLBACK,
    Act.UNDO: Verb.UNDO,
    Act.PAUSE: Verb.PAUSE,
}

# Verbs that let a candidate in.
ENTRANCES = ("deploy", Verb.START.value)

# (stage, signals, whole minutes) -> what happened in them
ReadMinutes = Callable[[str, list[str], range], list[Minute]]
# (name, input) -> nothing; starting the same name again while it runs does nothing
StartExecution = Callable[[str, str], None]


# How long it waits for somebody who is moving the stage; then the state machine tries again.
PATIENCE = (1.0, 2.0, 4.0)

# How many minutes an operator is shown.
CHART_MINUTES = 30


@dataclass(frozen=True, slots=True)
class Seen:
    """A candidate as the judge sees it: since when it is there, the verdict so far, the newest minutes."""

    entered: float
    judgement: Judgement
    minutes: tuple[Minute, ...]


@dataclass(frozen=True, slots=True)
class Autopilot:
    """The automation of one environment. `strategies` are those of the stages that roll out by themselves."""

    releases: Releases
    read_minutes: ReadMinutes
    start: StartExecution
    strategies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fetch: Fetch = fetch

    def advance(self, event: Mapping[str, Any], owner: str) -> dict[str, Any]:
        """One look. Raises what moving a stage raises, except that a stage moved meanwhile ends it."""
        strategy, progress = read_strategy(event["strategy"]), read_progress(event["progress"])
        judgement: Judgement | None = None
        live = self._live(progress.stage)
        ahead = caught_up(progress, strategy, live, self._last(progress.stage), self.releases.now())
        if isinstance(ahead, Decision):
            decision = ahead
        else:
            judgement = self._judge(ahead, strategy)
            decision = self._act(self._decide(ahead, strategy, live, judgement), live, owner)
        return {
            **event,
            "progress": progress_json(decision.progress),
            "outcome": decision.outcome.value,
            "seconds": int(strategy.look_seconds),
            "reason": decision.reason,
            "judgement": judgement and judgement_json(judgement),
        }

    def abort(self, stage: str, reason: str, owner: str) -> str:
        """An alarm: the canary leaves at once. Answers what was done."""
        apis = tuple(self.releases.apis.values())
        live = self.releases.stages.read(apis, stage)
        if live.candidate is None:
            return f"stage {stage} has no canary to roll back"
        decide_now = self.releases.decision(stage, Command(Verb.ROLLBACK))
        return self._move(stage, Verb.ROLLBACK, decide_now, owner=owner, by=reason).plan.message

    def engage(self, stage: str) -> None:
        """Start the state machine if the stage's newest move let a candidate in; for the same move it is the same execution."""
        strategy = self._automatic(stage)
        entry = next(iter(self.releases.journal.history(stage, 1)), None)
        candidate = self._live(stage).candidate
        if strategy is None or entry is None or candidate is None or entry.verb not in ENTRANCES:
            return
        release = candidate.snapshot.release
        if release is None or release != entry.release:
            return
        self._start(begin(stage, release, entry.at), strategy, entry.fencing)

    def resume(self, stage: str) -> str:
        """Go on with a candidate that was paused or moved by hand, from the step whose share it has. Raises RefusedError."""
        strategy = self._automatic(stage)
        candidate = self._live(stage).candidate
        if strategy is None:
            raise RefusedError(Refusal("no-automation", f"stage {stage} is not automatic", "set canary.mode to auto"))
        if candidate is None or candidate.snapshot.release is None:
            raise RefusedError(Refusal("no-canary", f"stage {stage} has no canary to go on with", "start one"))
        steps = read_strategy(strategy).steps
        if candidate.percent not in steps:
            shares = ", ".join(f"{step:g}" for step in steps)
            message = f"the canary is at {candidate.percent:g} %, and the steps are {shares}"
            raise RefusedError(Refusal("no-step", message, f"headgate canary set {stage} {steps[0]:g}"))
        now = self.releases.now()
        progress = replace(begin(stage, candidate.snapshot.release, now), step=steps.index(candidate.percent))
        self._start(progress, strategy, int(now))
        return f"the automation goes on with release {candidate.snapshot.release} at {candidate.percent:g} %"

    def approve(self, stage: str, by: str) -> str:
        """Let the candidate be promoted once it is good. Raises RefusedError."""
        candidate = self._live(stage).candidate
        if candidate is None or candidate.snapshot.release is None:
            raise RefusedError(Refusal("no-canary", f"stage {stage} has no canary to approve", "start one"))
        self.releases.journal.approve(stage, candidate.snapshot.release, by=by, now=self.releases.now())
        return f"release {candidate.snapshot.release} may be promoted on stage {stage}"

    def seen(self, live: Stage) -> Seen | None:
        """What the judge says of the stage's candidate now; None without a candidate or metrics."""
        strategy = self.strategies.get(live.name)
        release = live.candidate.snapshot.release if live.candidate else None
        if strategy is None or release is None:
            return None
        history = self.releases.journal.history(live.name)
        entered = next((entry.at for entry in history if entry.release == release and entry.verb in ENTRANCES), None)
        if entered is None:
            return None
        read = read_strategy(strategy)
        minutes = self._minutes(begin(live.name, release, entered), read)
        return Seen(entered, judge(minutes, read.criteria), tuple(minutes[-CHART_MINUTES:]))

    def _automatic(self, stage: str) -> Mapping[str, Any] | None:
        strategy = self.strategies.get(stage)
        return strategy if strategy and strategy["automatic"] is True else None

    def _start(self, progress: Progress, strategy: Mapping[str, Any], number: int) -> None:
        seconds = int(read_strategy(strategy).look_seconds)
        given = {
            "automation": "advance",
            "strategy": strategy,
            "progress": progress_json(progress),
            "outcome": Outcome.RUNNING.value,
            "seconds": seconds,
        }
        self.start(f"{progress.stage}-{progress.release[:24]}-{number}"[:80], json.dumps(given, sort_keys=True))

    def _decide(self, progress: Progress, strategy: Strategy, live: Stage, judgement: Judgement) -> Decision:
        approved = self.releases.journal.approved(progress.stage) == progress.release
        return decide(progress, strategy, live, judgement, now=self.releases.now(), approved=approved)

    def _act(self, decision: Decision, seen: Stage, owner: str) -> Decision:
        """Act on the stage as it was `seen`: whoever moved it since then has the last word."""
        verb, name = VERBS.get(decision.act), decision.progress.stage
        if verb is None:
            return decision
        plan_it = self.releases.decision(name, Command(verb, percent=decision.percent))

        def unless_moved(stage: Stage) -> Plan | Refusal:
            moved = Refusal("moved", f"stage {name} was moved by somebody else meanwhile", "")
            return plan_it(stage) if stage == seen else moved

        try:
            self._move(name, verb, unless_moved, owner=owner, by=BY)
        except (StageMovedError, RefusedError) as error:
            return Decision(Act.END, str(error), decision.progress, Outcome.SUPERSEDED)
        return decision

    def _move(self, stage: str, verb: Verb, decide_now: Decide, *, owner: str, by: str) -> Done:
        releases = self.releases
        apis = tuple(releases.apis.values())
        done = releases.carry_out(
            Order(apis, stage, verb.value, None, decide_now, by=by, owner=owner, patience=PATIENCE)
        )
        releases.remember(verb, done, by=by)
        return done

    def _minutes(self, progress: Progress, strategy: Strategy) -> list[Minute]:
        """The complete minutes since the candidate entered."""
        end = self.releases.now() - strategy.lag_seconds
        return self.read_minutes(progress.stage, _signals(strategy), whole_minutes(progress.started, end))

    def _judge(self, progress: Progress, strategy: Strategy) -> Judgement:
        signals, end = _signals(strategy), self.releases.now() - strategy.lag_seconds
        if progress.at is not At.WATCH:
            return judge(self._minutes(progress, strategy), strategy.criteria)
        before = self.read_minutes(progress.stage, signals, whole_minutes(progress.started, progress.promoted))
        after = self.read_minutes(progress.stage, signals, whole_minutes(progress.promoted, end))
        return _compare(after, before, watching(strategy.criteria))

    def _live(self, stage: str) -> Stage:
        return self.releases.stages.read(tuple(self.releases.apis.values()), stage)

    def _last(self, stage: str) -> Move:
        entry = next(iter(self.releases.journal.history(stage, 1)), None)
        return Move(entry.verb, entry.by) if entry else Move()


def _signals(strategy: Strategy) -> list[str]:
    return [signal.name for signal in strategy.criteria.signals]


def _compare(after: list[Minute], before: list[Minute], criteria: Criteria) -> Judgement:
    """All requests since the promotion against the old release's before it, as one minute each."""
    return judge([Minute(_sum([m.stable for m in after]), _sum([m.stable for m in before]))], criteria)


def _sum(sides: list[Counts]) -> Counts:
    names = {name for side in sides for name in side.bad}
    return Counts(
        sum(side.requests for side in sides),
        {name: sum(side.bad.get(name, 0) for side in sides) for name in names},
    )


def seen_json(seen: Seen) -> dict[str, Any]:
    """The same for an operator: `minutes` are requests and errors (5xx) of both sides, oldest first."""
    minutes = [
        {side: {"requests": counts.requests, "errors": counts.bad.get("5xx", 0)} for side, counts in sides}
        for sides in ((("canary", minute.canary), ("stable", minute.stable)) for minute in seen.minutes)
    ]
    return {"entered": seen.entered, "judgement": judgement_json(seen.judgement), "minutes": minutes}


def judgement_json(judgement: Judgement) -> dict[str, Any]:
    """A judgement for people, `--json` and the execution's history."""
    return {
        "verdict": judgement.verdict.value,
        "reason": judgement.reason,
        "canaryRequests": judgement.canary_requests,
        "stableRequests": judgement.stable_requests,
        "evidence": min(judgement.evidence, 1e12),
        "signals": [
            {
                "name": finding.signal,
                "canaryShare": finding.canary_share,
                "stableShare": finding.stable_share,
                "evidence": min(finding.evidence, 1e12),
                "worstDifference": finding.worst_difference,
            }
            for finding in judgement.findings
        ],
    }
