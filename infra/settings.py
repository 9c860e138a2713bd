"""What one environment's stack is made of: frozen records, read once from the project and the CDK context.

Only this module knows the project's pydantic models and the context keys; everything else in this room takes these records.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

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


# An account's own limit in a Region (FACTS 7.6): a stage that says nothing says this, so that its limit is written down.
ACCOUNT_THROTTLE = Throttle(rate=10_000, burst=5_000)


@dataclass(frozen=True, slots=True)
class Cache:
    """A stage cache cluster: its size in GB as AWS spells it ("0.5") and the default time to live in seconds."""

    size: str = "0.5"
    ttl_seconds: int = 300


@dataclass(frozen=True, slots=True)
class StageSettings:
    """One stage. `canary_percent` None means that a new release takes all traffic at once."""

    name: str
    canary_percent: float | None = None
    on_conflict: str = "fail"
    on_new_release: str = "supersede"
    throttle: Throttle | None = None
    cache: Cache | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    log_level: str = "error"
    retention_days: int = 30


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
    plans: tuple[PlanSettings, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)
    manage_account_logging: bool = False
    functions: Mapping[str, FunctionSettings] = field(default_factory=lambda: dict(DEFAULT_FUNCTIONS))
    local: bool = False
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
    environment: str | None = None
    mock_url: str | None = None
    document: str | None = None
    unbound: Literal["error", "deny", "test"] = "error"
    retry: bool = False
    on_conflict: str = "fail"
    functions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def read_context(get: Callable[[str], Any]) -> Context:
    """The context keys of this app: local, port, canary (percent), environment, mock (URL),
    document (one OpenAPI file instead of the project's), unbound, retry, on-conflict, functions.

    `on-conflict` says what wins where a percent was changed both by hand and in gateway.yaml: fail, adopt (the stage) or override.
    `functions` is an object such as `{"authorizer": {"memory_mb": 1024, "concurrency": 50}}`. Flags arrive as text from `-c`.
    """
    functions = get("headgate:functions") or {}
    return Context(
        local=_is_true(get("headgate:local")),
        port=_number(get, "headgate:port", int) or 4566,
        canary_percent=_number(get, "headgate:canary", float),
        environment=get("headgate:environment") or None,
        mock_url=get("headgate:mock") or None,
        document=get("headgate:document") or None,
        unbound=_choice(get, "headgate:unbound", ("error", "deny", "test")),
        retry=_is_true(get("headgate:retry")),
        on_conflict=_choice(get, "headgate:on-conflict", ("fail", "adopt", "override")),
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
        functions={room: replace(size, **context.functions.get(room, {})) for room, size in DEFAULT_FUNCTIONS.items()},
        local=context.local,
        retry=context.retry,
    )


def _stage(name: str, stage: Any, context: Context) -> StageSettings:
    """Locally a release takes all traffic at once unless a canary is asked for: a save is then visible to the next request."""
    percent = stage.canary.percent if stage.canary else None
    return StageSettings(
        name=name,
        canary_percent=context.canary_percent if context.local else percent,
        on_conflict=context.on_conflict,
        on_new_release=stage.canary.on_new_release if stage.canary else "supersede",
        throttle=_throttle(stage.throttle) or (None if context.local else ACCOUNT_THROTTLE),
        cache=Cache(stage.cache.size, stage.cache.ttl) if stage.cache else None,
        variables=stage.variables,
        log_level=stage.logging.level,
        retention_days=stage.logging.retention_days,
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
        raise ContextError(key, value, f"one of {', '.join(choices)}")
    return value


def _is_true(value: Any) -> bool:
    return str(value).lower() in {"true", "1", "yes"}
