"""What one environment's stack is made of: frozen records, read once from the project and the CDK context.

Only this module knows the project's pydantic models and the context keys; everything else in this room takes these records.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from .domain_settings import Addresses, read_addresses

if TYPE_CHECKING:
    from headgate.spec import Project

Number = TypeVar("Number", int, float)
Choice = TypeVar("Choice", bound=str)

RUNTIME = "python3.14"
ARCHITECTURE = "arm64"


class ContextError(ValueError):
    """A context value cannot be used."""

    def __init__(self, key: str, got: Any, wanted: str) -> None:
        super().__init__(f"context {key} is {got!r}, wanted {wanted}")


@dataclass(frozen=True, slots=True)
class Throttle:
    """Requests per second and burst of a stage, a method or a plan."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class MethodLimits:
    """What a method has of its own: a throttle, and whether the stage's cache keeps its answers; `ttl_seconds` or the stage's."""

    throttle: Throttle | None = None
    is_cached: bool = False
    ttl_seconds: int | None = None


# The value of `headgate:canary` that rehearses a stage's own canary settings locally.
AS_CONFIGURED = "auto"

# An account's own limit in a Region (FACTS 7.6): a stage that says nothing says this, so that its limit is written down.
ACCOUNT_THROTTLE = Throttle(rate=10_000, burst=5_000)


@dataclass(frozen=True, slots=True)
class Cache:
    """A stage cache cluster: its size in GB as AWS spells it ("0.5") and the default time to live in seconds."""

    size: str = "0.5"
    ttl_seconds: int = 300


@dataclass(frozen=True, slots=True)
class SignalSettings:
    """A judged signal; differences of shares, see `functions.release.judge.Signal`."""

    name: str
    floor: float
    margin: float


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """What the judge goes by."""

    signals: tuple[SignalSettings, ...]
    minimum_requests: int
    false_alarm: float
    doubt: float


@dataclass(frozen=True, slots=True)
class Automation:
    """How a rollout is judged and, where it `is_automatic`, goes on by itself; times in seconds, steps in percent."""

    steps: tuple[float, ...]
    step_seconds: float
    look_seconds: int
    patience_seconds: float
    approval: bool
    watch_seconds: float
    judge: JudgeSettings
    is_automatic: bool = True


@dataclass(frozen=True, slots=True)
class SmokeCheck:
    """A request to the preview stage; `api` None means the first."""

    path: str
    status: int
    api: str | None = None


@dataclass(frozen=True, slots=True)
class StageSettings:
    """One stage. `canary_percent` None means that a new release takes all traffic at once."""

    name: str
    canary_percent: float | None = None
    automation: Automation | None = None
    smoke: tuple[SmokeCheck, ...] = ()
    slow_ms: int = 1000
    alarm_percent: float = 50
    alarm_requests: int = 20
    on_conflict: str = "fail"
    on_new_release: str = "supersede"
    throttle: Throttle | None = None
    cache: Cache | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    log_level: str = "error"
    retention_days: int = 30

    @property
    def is_automatic(self) -> bool:
        """Whether its rollouts go on by themselves."""
        return self.automation is not None and self.automation.is_automatic


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """A usage plan: limits of the consumers whose API keys it names."""

    name: str
    throttle: Throttle | None = None
    quota_limit: int | None = None
    quota_period: str | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """Size of a function. `concurrency` is reserved concurrency; None leaves the account's pool."""

    memory_mb: int
    timeout_seconds: int
    concurrency: int | None = None


DEFAULT_FUNCTIONS: Mapping[str, FunctionSettings] = {
    # One vCPU is 1,769 MB; half of it verifies an RS256 token in about a millisecond.
    "authorizer": FunctionSettings(memory_mb=512, timeout_seconds=5),
    # API Gateway gives up after 29 s, so the function must have answered before.
    "aggregator": FunctionSettings(memory_mb=1024, timeout_seconds=29),
    # CreateDeployment is limited to one in 5 s per account (FACTS 10.4): several retries must fit.
    "release": FunctionSettings(memory_mb=256, timeout_seconds=300),
}


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """One environment: a stack, named `<gateway>-<environment>`."""

    gateway: str
    environment: str
    region: str
    stages: tuple[StageSettings, ...]
    account: str | None = None
    addresses: Addresses = field(default_factory=Addresses)
    plans: tuple[PlanSettings, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)
    manage_account_logging: bool = False
    functions: Mapping[str, FunctionSettings] = field(default_factory=lambda: dict(DEFAULT_FUNCTIONS))
    local: bool = False
    port: int = 4566
    retry: bool = False

    @property
    def stack_name(self) -> str:
        return f"{self.gateway}-{self.environment}"


@dataclass(frozen=True, slots=True)
class Context:
    """What `cdk -c headgate:<key>=<value>` or cdk.json's `context` may say; see `read_context`."""

    local: bool = False
    port: int = 4566
    canary_percent: float | None = None
    canary_as_configured: bool = False
    environment: str | None = None
    mock_url: str | None = None
    upstreams_at: str | None = None
    document: str | None = None
    unbound: Literal["error", "deny", "test"] = "error"
    retry: bool = False
    on_conflict: str | None = None
    functions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def read_context(get: Callable[[str], Any]) -> Context:
    """The context keys of this app: local, port, canary (percent, or auto for what gateway.yaml says), environment, mock (URL),
    upstreams (URL), document (one OpenAPI file instead of the project's), unbound, retry, on-conflict, functions.

    `on-conflict` says what wins where a percent was changed both by hand and in gateway.yaml: fail, adopt (the stage) or override;
    it is asked before the stage's own `canary: {on-conflict: ...}`.
    `functions` is an object such as `{"authorizer": {"memory_mb": 1024, "concurrency": 50}}`. Flags arrive as text from `-c`.
    """
    functions = get("headgate:functions") or {}
    return Context(
        local=_is_true(get("headgate:local")),
        port=_number(get, "headgate:port", int) or 4566,
        canary_percent=None if get("headgate:canary") == AS_CONFIGURED else _number(get, "headgate:canary", float),
        canary_as_configured=get("headgate:canary") == AS_CONFIGURED,
        environment=get("headgate:environment") or None,
        mock_url=get("headgate:mock") or None,
        upstreams_at=get("headgate:upstreams") or None,
        document=get("headgate:document") or None,
        unbound=_choice(get, "headgate:unbound", ("error", "deny", "test")),
        retry=_is_true(get("headgate:retry")),
        on_conflict=_choice(get, "headgate:on-conflict", ("", "fail", "adopt", "override")) or None,
        functions=json.loads(functions) if isinstance(functions, str) else functions,
    )


def environment_settings(project: "Project", name: str, context: Context) -> EnvironmentSettings:
    """One environment of the project as this room wants it."""
    environment = project.environments[name]
    return EnvironmentSettings(
        gateway=project.name,
        environment=name,
        region=environment.region,
        account=None if context.local else environment.account,
        stages=tuple(_stage(stage, value, context) for stage, value in environment.stages.items()),
        plans=tuple(_plan(plan, value) for plan, value in project.plans.items()),
        endpoints={api: value.endpoint for api, value in project.apis.items()},
        manage_account_logging=project.account_logging == "manage",
        functions={room: _sized(room, size, project, context) for room, size in DEFAULT_FUNCTIONS.items()},
        addresses=read_addresses(project, name),
        local=context.local,
        port=context.port,
        retry=context.retry,
    )


def _sized(room: str, default: FunctionSettings, project: "Project", context: Context) -> FunctionSettings:
    """What `-c headgate:functions` says, then gateway.yaml, then the default."""
    said = getattr(project.functions, room)
    sizes = {"memory_mb": said.memory, "timeout_seconds": said.timeout, "concurrency": said.concurrency}
    given = {name: value for name, value in sizes.items() if value is not None}
    return replace(default, **{**given, **context.functions.get(room, {})})


def _stage(name: str, stage: Any, context: Context) -> StageSettings:
    """Locally a release takes all traffic at once unless a canary is asked for: a save is then visible to the next request."""
    canary = stage.canary
    entered = _entry_percent(canary) if canary else None
    as_configured = context.canary_as_configured or not context.local
    return StageSettings(
        name=name,
        canary_percent=entered if as_configured else context.canary_percent,
        automation=_automation(canary, may_run=as_configured) if canary else None,
        smoke=tuple(SmokeCheck(check.path, check.status, check.api) for check in canary.smoke) if canary else (),
        slow_ms=canary.judge.slow_ms if canary else 1000,
        alarm_percent=canary.alarm.percent if canary else 50,
        alarm_requests=canary.alarm.requests if canary else 20,
        on_conflict=context.on_conflict or (canary and canary.on_conflict) or "fail",
        on_new_release=stage.canary.on_new_release if stage.canary else "supersede",
        throttle=_throttle(stage.throttle) or (None if context.local else ACCOUNT_THROTTLE),
        cache=Cache(stage.cache.size, stage.cache.ttl) if stage.cache else None,
        variables=stage.variables,
        log_level=stage.logging.level,
        retention_days=stage.logging.retention_days,
    )


def _entry_percent(canary: Any) -> float | None:
    """The share a new release enters with; None takes all."""
    shares: dict[str, float | None] = {"manual": canary.percent, "auto": canary.steps[0], "all-at-once": None}
    return shares[canary.mode]


def _automation(canary: Any, *, may_run: bool) -> Automation:
    judge = canary.judge
    signals = tuple(SignalSettings(name, signal.floor, signal.margin) for name, signal in judge.signals.items())
    return Automation(
        steps=tuple(canary.steps),
        step_seconds=canary.step_minutes * 60,
        look_seconds=canary.look_seconds,
        patience_seconds=canary.patience_minutes * 60,
        approval=canary.approval,
        watch_seconds=canary.watch_minutes * 60,
        judge=JudgeSettings(signals, judge.minimum_requests, judge.false_alarm, judge.doubt),
        is_automatic=canary.mode == "auto" and may_run,
    )


def _plan(name: str, plan: Any) -> PlanSettings:
    return PlanSettings(
        name=name,
        throttle=_throttle(plan.throttle),
        quota_limit=plan.quota.limit if plan.quota else None,
        quota_period=plan.quota.period if plan.quota else None,
        keys=tuple(plan.keys),
    )


def _throttle(throttle: Any) -> Throttle | None:
    return Throttle(throttle.rate, throttle.burst) if throttle else None


def _number(get: Callable[[str], Any], key: str, kind: Callable[[Any], Number]) -> Number | None:
    value = get(key)
    if value in (None, ""):
        return None
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise ContextError(key, value, "a number") from error


def _choice(get: Callable[[str], Any], key: str, choices: tuple[Choice, ...]) -> Choice:
    """The value, the first choice when there is none."""
    value = get(key) or choices[0]
    if value not in choices:
        raise ContextError(key, value, f"one of {', '.join(filter(None, choices))}")
    return value


def _is_true(value: Any) -> bool:
    return str(value).lower() in {"true", "1", "yes"}
