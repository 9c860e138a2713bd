"""Carrying out: read the stage, decide, write the intent down, make the calls, all under the stage's lease."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .canary import Command, Plan, Refusal, Snapshot, Stage, Verb
from .history import Entry, before_now, before_promotion, resumed, serving, serving_after
from .journal import Journal, LeaseHeldError
from .plan import plan
from .stages import Stages

Decide = Callable[[Stage], Plan | Refusal]

# How long a deploy waits for an operator who is moving the stage; operators are told at once.
DEPLOY_PATIENCE_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


class RefusedError(Exception):
    """The command is not carried out; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.message} ({refusal.fix})")
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Order:
    """Something to be carried out on a stage. `by` is who asks; `patience` the waits for a lease, in seconds."""

    apis: tuple[str, ...]
    stage: str
    verb: str
    release: str | None
    decide: Decide
    by: str
    owner: str
    patience: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and the stage afterwards."""

    plan: Plan
    before: Stage
    stage: Stage


@dataclass
class Releases:
    """The stages of one environment. `now` tells seconds since 1970; `apis` are REST API ids by name."""

    stages: Stages
    journal: Journal
    now: Callable[[], float]
    apis: Mapping[str, str] = field(default_factory=dict)

    def carry_out(self, order: Order) -> Outcome:
        """Do it. Raises RefusedError, LeaseHeldError, StageNotFoundError or StageMovedError."""
        for seconds in order.patience:
            try:
                return self._carry_out_once(order)
            except LeaseHeldError:
                self.stages.sleep(seconds)
        return self._carry_out_once(order)

    def preview(self, order: Order) -> Outcome:
        """What would be done. Raises RefusedError or StageNotFoundError."""
        stage = self.stages.read(order.apis, order.stage)
        return Outcome(decided(order.decide(stage)), stage, stage)

    def decision(self, name: str, command: Command) -> Decide:
        """How a verb decides once it sees the stage: undo and half-done promotions need the journal."""

        def decide(stage: Stage) -> Plan | Refusal:
            if command.verb is Verb.UNDO:
                return plan(
                    stage, replace(command, previous=self._existing(before_now(self.journal.history(name), stage)))
                )
            if command.verb is Verb.ROLLBACK and not command.previous:
                return plan(stage, replace(command, previous=before_promotion(self.journal.history(name), stage)))
            return plan(stage, command)

        return decide

    def targets(self, apis: Sequence[str], release: str) -> dict[str, Snapshot]:
        """The published deployments of a release; an API that has none is absent."""
        known = {api: self.journal.deployment(api, release) or self.stages.find(api, release) for api in apis}
        return {api: Snapshot(deployment, release) for api, deployment in known.items() if deployment}

    def remember(self, verb: Verb, outcome: Outcome, *, by: str) -> None:
        """A release that was rolled back stays out until somebody asks for it again."""
        journal, now, name = self.journal, self.now(), outcome.stage.name
        before = outcome.before.candidate
        if verb is Verb.ROLLBACK and before and before.snapshot.release:
            journal.reject(name, before.snapshot.release, reason=f"rolled back by {by}", now=now)
        if verb is Verb.UNDO and outcome.plan.calls and outcome.before.stable.release:
            journal.reject(name, outcome.before.stable.release, reason=f"undone by {by}", now=now)
        after = outcome.stage.candidate
        if verb is Verb.START and after and after.snapshot.release:
            journal.lift(name, after.snapshot.release, now=now)

    def _existing(self, snapshots: Mapping[str, Snapshot]) -> dict[str, Snapshot]:
        """The snapshots that are still there, with the names of their releases."""
        found = {api: self.stages.snapshot_or_none(api, snapshot.deployment) for api, snapshot in snapshots.items()}
        return {api: snapshot for api, snapshot in found.items() if snapshot}

    def _carry_out_once(self, order: Order) -> Outcome:
        with self.journal.lease(order.stage, order.owner, self.now()) as fencing:
            before = self.stages.read(order.apis, order.stage)
            chosen = decided(order.decide(before))
            if not chosen.calls:
                return Outcome(chosen, before, before)
            entry = self._entry(order, before, chosen, fencing)
            self.journal.write(order.stage, entry)
            for call in chosen.calls:
                self.stages.apply(call)
            self.journal.write(order.stage, replace(entry, finished=True))
            return Outcome(chosen, before, self.stages.read(order.apis, order.stage))

    def _entry(self, order: Order, before: Stage, chosen: Plan, fencing: int) -> Entry:
        entry = Entry(
            verb=order.verb,
            release=order.release or (before.candidate.snapshot if before.candidate else before.stable).release,
            before=serving(before),
            after=serving_after(before, chosen),
            by=order.by,
            at=self.now(),
            fencing=fencing,
        )
        return resumed(entry, next(iter(self.journal.history(order.stage, 1)), None))


def decided(decision: Plan | Refusal) -> Plan:
    """The plan. Raises RefusedError for a refusal."""
    if isinstance(decision, Refusal):
        raise RefusedError(decision)
    return decision
