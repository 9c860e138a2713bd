"""Runs a plan: asks the schedule what may start, starts it, waits, and settles what came back, until the deadline.

The only place where plan, cache and transport meet. Decisions are made elsewhere (schedule, calls, replies, cache, answer).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..shared.clock import Clock
from .cache import Entry, Store, entry_for
from .cache_key import cache_key
from .calls import Call, UnusableValueError, build_call
from .checks import Checks
from .events import Request
from .expressions import Scope
from .plan import Plan, PlanBook, Step
from .replies import Failure, Outcome, Reply, judge, read_outputs
from .retry_budget import RetryBudget
from .schedule import StepResult, moves, skipped

MOST_SECONDS = 28.0  # API Gateway waits 29 s (FACTS 8.29): our own 504 must come first
RESERVE_SECONDS = 0.5  # of the function's remaining time, to compose and return the answer

# RFC 9110 section 9.2.2; any other method may have had its effect before the failure was seen.
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


def budget_seconds(plan: Plan, remaining_milliseconds: int) -> float:
    """How long a run may take: what the plan wants, within what API Gateway and Lambda leave."""
    return min(MOST_SECONDS, plan.timeout_seconds, remaining_milliseconds / 1000 - RESERVE_SECONDS)


class Calls(Protocol):
    """Calls side by side: `transport.Transport`, or a fake."""

    def start(self, token: int, call: Call, timeout_seconds: float) -> None: ...

    def wait(self, timeout_seconds: float) -> list[tuple[int, Outcome]]: ...

    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True)
class World:
    """Everything the runs of one API need from outside; kept warm between invocations."""

    book: PlanBook
    transport: Calls
    store: Store
    clock: Clock
    budget: RetryBudget
    release_id: str
    checks: Checks


@dataclass(slots=True)
class Attempt:
    """A step under way: what to send again, where to keep it, and what it cost so far."""

    call: Call
    key: str | None
    kept: Entry | None
    began: float
    retries: list[int]


@dataclass(slots=True)
class Run:
    """One plan in flight. `cache_status` are members of the answer's Cache-Status (RFC 9211)."""

    world: World
    plan: Plan
    request: Request
    inputs: Mapping[str, Any]
    deadline: float
    results: dict[int, StepResult] = field(default_factory=dict)
    outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    cache_status: dict[int, str] = field(default_factory=dict)
    milliseconds: dict[int, int] = field(default_factory=dict)
    attempts: dict[int, Attempt] = field(default_factory=dict)
    waiting: dict[int, float] = field(default_factory=dict)
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.scope = Scope(self.inputs, self.outputs)  # one for all: `outputs` fills while steps settle

    def finish(self) -> None:
        """Run to the end or to the deadline; afterwards `results` holds every step that counts."""
        try:
            while not (step := moves(self.plan, self.results, self.attempts)).is_done:
                settled = len(self.results)
                for position in step.skip:
                    self._settle(position, skipped(self.plan.steps[position], self.results))
                self._start(step.start)
                if len(self.results) == settled and not self._wait():
                    break
        finally:
            self.world.transport.cancel()
        self._time_out()

    def _start(self, positions: tuple[int, ...]) -> None:
        kept: dict[str, Entry] = {}
        for position in positions:
            self._prepare(position)
        keys = [a.key for p in positions if (a := self.attempts.get(p)) is not None and a.key is not None]
        if keys:
            kept = self.world.store.get_many(keys, self.world.clock.now())
        for position in positions:
            attempt = self.attempts.get(position)
            if attempt is not None and position not in self.results:
                attempt.kept = kept.get(attempt.key or "")
                self._use_kept_or_call(position, attempt)

    def _prepare(self, position: int) -> None:
        step = self.plan.steps[position]
        try:
            call = build_call(step, self.world.book.upstreams[step.upstream], self.scope, self.request)
        except UnusableValueError as error:
            failed = StepResult("failed", reason="input", is_client_fault=error.is_client_fault)
            self._settle(position, self._fallback(step, failed, None))
            return
        policy, principal, key = step.cache, self.request.principal, None
        if policy is not None:
            key = cache_key(self.world.release_id, self.world.book.api, call, principal, is_public=policy.is_public)
        retries = [action.limit for action in step.retry]
        self.attempts[position] = Attempt(call, key, None, self.world.clock.monotonic(), retries)

    def _use_kept_or_call(self, position: int, attempt: Attempt) -> None:
        step, now = self.plan.steps[position], self.world.clock.now()
        if attempt.kept is not None and attempt.kept.is_fresh(now):
            result = judge(step, attempt.kept.reply, self.scope, now)
            if result.is_usable:
                self.cache_status[position] = f"hit; ttl={int(attempt.kept.fresh_until - now)}"
                self._settle(position, result)
                return
        if attempt.key is not None:
            self.cache_status[position] = "fwd=miss" if attempt.kept is None else "fwd=stale"
        self.world.budget.earn(step.upstream)
        self._call(position)

    def _call(self, position: int) -> None:
        left = self.deadline - self.world.clock.monotonic()
        call = self.attempts[position].call
        self.world.transport.start(position, call, max(min(call.timeout_seconds, left), 0.001))

    def _wait(self) -> bool:
        """Settle what came back; False when time is up."""
        now = self.world.clock.monotonic()
        if any(position not in self.results for position in self.attempts):
            wake = min([self.deadline, *self.waiting.values()])
            for position, outcome in self.world.transport.wait(max(wake - now, 0)):
                self._arrived(position, outcome)
            now = self.world.clock.monotonic()
        for position in [p for p, due in self.waiting.items() if due <= now]:
            del self.waiting[position]
            self._call(position)
        return now < self.deadline

    def _arrived(self, position: int, outcome: Outcome) -> None:
        step, attempt, now = self.plan.steps[position], self.attempts[position], self.world.clock.now()
        result = judge(step, outcome, self.scope, now)
        if result.is_usable:
            if isinstance(outcome, Reply):
                self._keep(step, attempt, outcome, now)
            self._settle(position, result)
            return
        due = self._retry_due(step, attempt, outcome, result)
        if due is None:
            self._settle(position, self._fallback(step, result, attempt))
        else:
            self.waiting[position] = due

    def _keep(self, step: Step, attempt: Attempt, reply: Reply, now: float) -> None:
        if step.cache is None or attempt.key is None or not step.is_safe:
            return
        entry = entry_for(step.cache, reply, now)
        if entry is not None:
            self.world.store.put(attempt.key, entry)
            self.cache_status[step.position] += "; stored"

    def _retry_due(self, step: Step, attempt: Attempt, outcome: Outcome, result: StepResult) -> float | None:
        """When to call again (monotonic seconds), or None: no action matches, no attempt, budget or time is left."""
        if step.method not in IDEMPOTENT_METHODS and "idempotency-key" not in dict(attempt.call.varying):
            return None
        seen = Scope(self.inputs, self.outputs, result.status, _headers(outcome))
        for number, action in enumerate(step.retry):
            if not attempt.retries[number] or not all(holds(seen) for holds in action.when):
                continue
            # Arazzo, Failure Action Object: a Retry-After header overrules retryAfter.
            after = result.retry_after_seconds
            due = self.world.clock.monotonic() + (action.after_seconds if after is None else after)
            if due >= self.deadline or not self.world.budget.spend(step.upstream):
                return None
            attempt.retries[number] -= 1
            return due
        return None

    def _fallback(self, step: Step, result: StepResult, attempt: Attempt | None) -> StepResult:
        """The result with the fallback in its place, where the step has one that may be used."""
        kept = None if attempt is None else attempt.kept
        if kept is not None and _may_serve_stale(step, result) and kept.is_within_stale(self.world.clock.now()):
            now = self.world.clock.now()
            stale = judge(step, kept.reply, self.scope, now)
            if stale.is_usable:
                status = f"; fwd-status={result.status}" if result.status else ""
                ttl = int(kept.fresh_until - now)
                self.cache_status[step.position] = f"fwd=stale{status}; ttl={ttl}; detail=stale-if-error"
                return StepResult("stale", stale.outputs, reason=result.reason, status=result.status)
        if step.fallback is not None and not step.fallback.is_stale:
            outputs = read_outputs(step, Scope(self.inputs, self.outputs, body=step.fallback.value), is_checked=False)
            return StepResult("fallback", outputs or {}, reason=result.reason, status=result.status)
        return result

    def _settle(self, position: int, result: StepResult) -> None:
        self.results[position] = result
        if result.is_usable:
            self.outputs[self.plan.steps[position].id] = result.outputs
        attempt = self.attempts.get(position)
        if attempt is not None:
            self.milliseconds[position] = round((self.world.clock.monotonic() - attempt.began) * 1000)

    def _time_out(self) -> None:
        """Steps that the deadline overtook; after a failure there are none that still count."""
        while not (step := moves(self.plan, self.results, self.attempts)).is_done:
            late = [*step.start, *(p for p in self.attempts if p not in self.results)]
            for position in step.skip:
                self._settle(position, skipped(self.plan.steps[position], self.results))
            for position in late:
                failed = StepResult("failed", reason="timeout")
                self._settle(position, self._fallback(self.plan.steps[position], failed, self.attempts.get(position)))


def _headers(outcome: Outcome) -> Mapping[str, str]:
    return {} if isinstance(outcome, Failure) else outcome.headers


def _may_serve_stale(step: Step, result: StepResult) -> bool:
    """A 4xx is the upstream's word on this request (it may have been forbidden since): never covered with an old reply."""
    if step.cache is None or step.cache.stale_seconds <= 0 or result.reason == "input":
        return False
    return result.status is None or not 400 <= result.status < 500
