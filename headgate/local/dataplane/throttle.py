"""API keys, token buckets and quotas on the injected clock (FACTS 7)."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from ..records import ApiKey, Directory, MethodSettings, UsagePlan
from ..usage import Quota, Usage, day_of
from .exchange import Exchange
from .refusal import Refusal
from .switches import Switches

# FACTS 7.6: the account's limits per Region, which stand in for the half of a limit that nobody set.
ACCOUNT_RATE = 10_000.0
ACCOUNT_BURST = 5_000


@dataclass(slots=True)
class _Bucket:
    rate: float
    burst: float
    tokens: float
    filled: float

    def refill(self, now: float) -> None:
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.filled) * self.rate)
        self.filled = now


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket's name and size: `rate` tokens per second, at most `burst`."""

    name: Hashable
    rate: float
    burst: float


class Buckets:
    """All token buckets of a gateway; a bucket whose limit changed starts full again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, limits: Iterable[Limit]) -> bool:
        """One token from every bucket, or none from any."""
        now = self._clock()
        buckets = [self._bucket(limit, now) for limit in limits]
        for bucket in buckets:
            if bucket.tokens < 1:
                return False
        for bucket in buckets:
            bucket.tokens -= 1
        return True

    def levels(self, limits: Iterable[Limit]) -> list[dict[str, object]]:
        """What the buckets hold now."""
        now = self._clock()
        found = ((limit, self._bucket(limit, now)) for limit in limits)
        return [
            {"bucket": _text(limit.name), "rate": limit.rate, "burst": limit.burst, "tokens": round(bucket.tokens, 2)}
            for limit, bucket in found
        ]

    def _bucket(self, limit: Limit, now: float) -> _Bucket:
        bucket = self._buckets.get(limit.name)
        if bucket is None or bucket.rate != limit.rate or bucket.burst != limit.burst:
            bucket = self._buckets[limit.name] = _Bucket(limit.rate, limit.burst, limit.burst, now)
        bucket.refill(now)
        return bucket


def _text(name: Hashable) -> str:
    return " ".join(map(str, name)) if isinstance(name, tuple) else str(name)


class Quotas:
    """Requests per key and plan in the current period (FACTS 7.7); a plan's stages share one count."""

    def __init__(self, clock: Callable[[], float], usage: Usage) -> None:
        self._clock = clock
        self._usage = usage

    def take(self, plan: UsagePlan, key: ApiKey) -> bool:
        """Count one request; False when the period's limit is used up."""
        if plan.quota_limit is None:
            return True
        quota = Quota(plan.quota_limit, plan.quota_period or "DAY", plan.quota_offset)
        return self._usage.take((plan.id, key.id), quota, day_of(self._clock()))


class Throttle:
    """The API key check and all limits, for every operation of every API."""

    def __init__(
        self, directory: Directory, clock: Callable[[], float], switches: Switches, usage: Usage | None = None
    ) -> None:
        self._directory = directory
        self._account = switches.account_limits
        self._buckets = Buckets(clock)
        self._known: dict[tuple[str, str, str, str], tuple[MethodSettings, list[Limit]]] = {}
        self.quotas = Quotas(clock, Usage() if usage is None else usage)

    def admit(self, exchange: Exchange, settings: MethodSettings) -> None:
        """Fill `exchange.key`. Raises Refusal 403 without a good key (FACTS 1.4), 429 over a limit (FACTS 1.5, 1.6)."""
        if (
            self._account is None
            and settings.throttling_rate_limit is None
            and settings.throttling_burst_limit is None
            and not exchange.place.api_key_required
            and exchange.notes is None
        ):
            return
        limits = self._stage_limits(exchange, settings)
        if self._account is not None:
            limits = [*limits, Limit(("account", *_account(exchange)), *self._account)]
        plan = None
        if exchange.notes is not None:
            exchange.notes.tell(keyRequired=exchange.place.api_key_required)
        if exchange.place.api_key_required:
            exchange.key, plan = self._consumer(exchange)
            limits = [*_plan_limits(exchange, plan), *limits]  # FACTS 7.5
        if exchange.notes is not None:
            self._tell(exchange, plan, limits)
        if limits and not self._buckets.take(limits):
            raise Refusal("THROTTLED", "over the rate limit")
        if plan is not None and not self.quotas.take(plan, exchange.key):
            raise Refusal("QUOTA_EXCEEDED", f"quota of usage plan {plan.id}")

    def _stage_limits(self, exchange: Exchange, settings: MethodSettings) -> list[Limit]:
        side = exchange.side
        key = (side.definition.rest_api_id, side.stage, exchange.place.resource_path, exchange.method)
        known = self._known.get(key)
        if known is not None and known[0] is settings:
            return known[1]
        limits = list(_stage_limits(exchange, settings))
        self._known[key] = (settings, limits)
        return limits

    def _tell(self, exchange: Exchange, plan: UsagePlan | None, limits: Iterable[Limit]) -> None:
        """The key by its id and name, the plan, and every bucket as it was before this request."""
        assert exchange.notes is not None
        exchange.notes.tell(buckets=self._buckets.levels(limits))
        if plan is not None:
            exchange.notes.tell(key=exchange.key.name or exchange.key.id, keyId=exchange.key.id, plan=plan.id)
            exchange.notes.tell(quota=plan.quota_limit, quotaPeriod=plan.quota_period)

    def _consumer(self, exchange: Exchange) -> tuple[ApiKey, UsagePlan]:
        """FACTS 7.1: an enabled key in a plan that covers this stage; 7.2 and 4.14: where the key comes from."""
        side = exchange.side
        from_authorizer = side.definition.api_key_source.upper() == "AUTHORIZER"
        value = exchange.grant.usage_key if from_authorizer else exchange.header("x-api-key")
        key = self._directory.api_key(value) if value else None
        if key is None or not key.enabled:
            raise Refusal("INVALID_API_KEY", "no such key, or it is disabled")
        plan = self._directory.usage_plan(key.id, side.definition.rest_api_id, side.stage)
        if plan is None:
            raise Refusal("INVALID_API_KEY", f"key {key.id} has no usage plan for this stage")
        return key, plan


def _account(exchange: Exchange) -> tuple[str, str]:
    return exchange.side.definition.account_id, exchange.side.definition.region


def _operation(exchange: Exchange) -> str:
    return f"{exchange.place.resource_path}/{exchange.method}"


def _stage_limits(exchange: Exchange, settings: MethodSettings) -> Iterable[Limit]:
    definition = exchange.side.definition
    rate, burst = settings.throttling_rate_limit, settings.throttling_burst_limit
    if rate is not None or burst is not None:
        name = ("method", definition.rest_api_id, exchange.side.stage, _operation(exchange))
        yield Limit(name, ACCOUNT_RATE if rate is None else rate, ACCOUNT_BURST if burst is None else burst)


def _plan_limits(exchange: Exchange, plan: UsagePlan) -> Iterable[Limit]:
    """FACTS 7.5: per client and method before per client."""
    operation = _operation(exchange)
    throttle = plan.method_throttles.get(operation) or plan.method_throttles.get(operation.removeprefix("/"))
    name = (plan.id, exchange.key.id)
    if throttle is not None:
        yield Limit(("plan-method", *name, exchange.side.definition.rest_api_id, operation), throttle[0], throttle[1])
    if plan.rate_limit is not None or plan.burst_limit is not None:
        rate = ACCOUNT_RATE if plan.rate_limit is None else plan.rate_limit
        yield Limit(("plan", *name), rate, ACCOUNT_BURST if plan.burst_limit is None else plan.burst_limit)
