"""Lambda authorizers: identity sources, the result cache and the policy (FACTS 4)."""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..records import Authorizer, FunctionNotFoundError, Invocation, Invoke, TooManyInvocationsError
from .conditions import facts_of
from .event import EventWriter
from .exchange import Exchange, Grant
from .functions import function_arn, tell_invocation
from .mapping import Source, source
from .place import Side
from .policy import Policy, PolicyError, parse
from .refusal import IdentityRefusal, Refusal
from .stepping import within
from .switches import Switches

DEFAULT_TTL_SECONDS = 300  # FACTS 4.6
TIMEOUT_SECONDS = 29.0  # FACTS 4.17
MAX_OUTPUT_BYTES = 8 * 1024  # FACTS 4.16
MAX_ARN_BYTES = 1600  # FACTS 1.19
CACHE_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class _Result:
    """What is cached: the policy and the context, never the verdict (FACTS 4.7)."""

    grant: Grant
    policy: Policy
    expires: float


class ResultCache:
    """Results of all authorizers, by authorizer, API, stage and identity values (FACTS 4.8)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._results: OrderedDict[tuple[object, ...], _Result] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> _Result | None:
        """A result that has not expired."""
        result = self._results.get(key)
        if result is not None and result.expires <= self.clock():
            del self._results[key]
            return None
        return result

    def put(self, key: tuple[object, ...], result: _Result) -> None:
        """Keep a result; the oldest goes when there are too many."""
        self._results[key] = result
        if len(self._results) > CACHE_ENTRIES:
            self._results.popitem(last=False)


@dataclass(frozen=True, slots=True)
class World:
    """What authorizers need from outside."""

    invoke: Invoke
    cache: ResultCache
    switches: Switches


class LambdaAuthorizer:
    """A TOKEN or REQUEST authorizer on one operation."""

    def __init__(self, authorizer: Authorizer, side: Side, events: EventWriter, world: World) -> None:
        self._world = world
        self._events = events
        self._id = authorizer.id
        self._is_token = authorizer.type.upper() == "TOKEN"
        self._arn = function_arn(authorizer.uri, side.variables)
        names = [name.strip() for text in authorizer.identity_sources for name in text.split(",") if name.strip()]
        self._name, self._names = authorizer.name, names
        self._sources: list[Source] = [source(name) for name in names]
        expression = authorizer.identity_validation_expression
        self._expression = re.compile(expression) if expression else None
        ttl = authorizer.result_ttl_seconds
        self._ttl = DEFAULT_TTL_SECONDS if ttl is None else ttl

    async def authorize(self, exchange: Exchange, generation: int) -> Grant:
        """The grant for this request. Raises Refusal: 401, 403, 414 or 500."""
        arn = exchange.method_arn
        if len(arn.encode()) > MAX_ARN_BYTES:
            raise Refusal("DEFAULT_4XX", "the method ARN is too long", message="Request URI too long", status=414)
        identity = self._identity(exchange)
        side = exchange.side
        key = (self._id, side.definition.rest_api_id, side.stage, generation, identity)
        cacheable = self._ttl > 0 and bool(self._sources)
        result = self._world.cache.get(key) if cacheable else None
        if exchange.notes is not None:
            left = result.expires - self._world.cache.clock() if result is not None else None
            exchange.notes.tell(isCached=result is not None, secondsLeft=left, ttlSeconds=self._ttl)
        if result is None:
            result = await self._ask(exchange)
            if cacheable:
                self._world.cache.put(key, result)  # FACTS 4.9: denials as well
        exchange.grant = result.grant  # a denial's gateway response and access log read its context (FACTS 1.34)
        self._judge(result.policy, arn, exchange)
        return result.grant

    def _identity(self, exchange: Exchange) -> tuple[str, ...]:
        """The identity values; 401 without a call when one is missing or blank (FACTS 4.4, 4.5)."""
        values = tuple([find_value(exchange) or "" for find_value in self._sources])
        if exchange.notes is not None:
            present = {name: bool(value.strip()) for name, value in zip(self._names, values, strict=True)}
            exchange.notes.tell(authorizer=self._name, id=self._id, isToken=self._is_token, sources=present)
        mandatory = self._is_token or self._ttl > 0 or self._world.switches.identity_sources_mandatory_without_cache
        for value in values if mandatory else ():
            if not value.strip():
                raise IdentityRefusal("an identity source is missing")
        if self._is_token:
            if not values:
                raise IdentityRefusal("a TOKEN authorizer needs an identity source")
            if self._expression and not self._expression.fullmatch(values[0]):
                raise IdentityRefusal("the token does not match identityValidationExpression")
        return values

    async def _ask(self, exchange: Exchange) -> _Result:
        if self._arn is None:
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR", "the authorizer has no Lambda function")
        clock = self._world.cache.clock
        began = clock()
        try:
            invocation = await within(
                TIMEOUT_SECONDS, self._world.invoke(self._arn, self._event(exchange), exchange.trace)
            )
        except TimeoutError:
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR", "the authorizer gave no answer in time") from None
        except (FunctionNotFoundError, TooManyInvocationsError) as error:
            raise Refusal("AUTHORIZER_FAILURE", f"{type(error).__name__}: {self._arn}") from None
        except (OSError, ValueError) as error:  # the cloud is stopping, or no worker can be made of the code
            raise Refusal("AUTHORIZER_FAILURE", str(error)) from None
        if exchange.notes is not None:
            tell_invocation(exchange.notes, self._arn, invocation)
        _raise_failure(invocation)
        return self._read(invocation.payload, began, clock())

    def _event(self, exchange: Exchange) -> bytes:
        if not self._is_token:
            return self._events.authorizer(exchange)
        token = self._sources[0](exchange)  # FACTS 4.1: exactly these three
        event = {"type": "TOKEN", "methodArn": exchange.method_arn, "authorizationToken": token}
        return json.dumps(event).encode()

    def _read(self, payload: bytes, began: float, ended: float) -> _Result:
        """Raises Refusal 500 for malformed output, which is never cached (FACTS 1.11, 4.11, 4.12)."""
        try:
            if len(payload) > MAX_OUTPUT_BYTES:
                raise PolicyError(f"the output has {len(payload)} bytes, at most {MAX_OUTPUT_BYTES} are allowed")
            output = _parse(payload)
            policy = parse(output.get("policyDocument"))
            grant = Grant(
                principal_id=_principal(output),
                context=_context(output.get("context")),
                usage_key=_usage_key(output),
                latency_millis=round((ended - began) * 1000),
                status=200,
            )
        except PolicyError as error:
            message = self._world.switches.authorizer_malformed_message
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR", f"malformed output: {error}", message=message) from None
        return _Result(grant, policy, ended + self._ttl)

    def _judge(self, policy: Policy, arn: str, exchange: Exchange) -> None:
        """FACTS 4.10: evaluated on every request, cached or not (FACTS 4.7)."""
        facts = facts_of(exchange) if policy.conditional else {}
        verdict = policy.evaluate(arn, facts)
        if exchange.notes is not None:
            statement = policy.deciding(arn, facts)
            exchange.notes.tell(decision=verdict, methodArn=arn, statement=" ".join(statement) if statement else None)
        if verdict == "deny":
            message = self._world.switches.explicit_deny_message
            raise Refusal("ACCESS_DENIED", "explicit deny", message=message)
        if verdict == "none":
            raise Refusal("ACCESS_DENIED", "no statement allows it")


def _raise_failure(invocation: Invocation) -> None:
    """FACTS 1.10: exactly `Unauthorized` is a 401; FACTS 1.11: everything else a 500."""
    if invocation.timed_out:
        raise Refusal("AUTHORIZER_CONFIGURATION_ERROR", "the authorizer ran into its own timeout")
    if invocation.function_error is None:
        return
    try:
        message = json.loads(invocation.payload)["errorMessage"]
    except (ValueError, KeyError, TypeError):
        message = None
    if message == "Unauthorized":
        raise Refusal("UNAUTHORIZED", "the authorizer said Unauthorized")
    raise Refusal("AUTHORIZER_CONFIGURATION_ERROR", f"the authorizer failed: {message}")


def _parse(payload: bytes) -> Mapping[str, Any]:
    try:
        output = json.loads(payload)
    except ValueError:
        raise PolicyError("the output is no JSON") from None
    if not isinstance(output, dict):
        raise PolicyError("the output is no object")
    return output


def _principal(output: Mapping[str, Any]) -> str:
    principal = output.get("principalId")
    if not isinstance(principal, str) or not principal.strip():
        raise PolicyError("principalId is missing")
    return principal


def _context(context: Any) -> Mapping[str, Any]:
    """FACTS 4.12: strings, numbers and booleans only."""
    if context is None:
        return {}
    if not isinstance(context, dict) or not all(isinstance(value, (str, int, float)) for value in context.values()):
        raise PolicyError("context values must be strings, numbers or booleans")
    return context


def _usage_key(output: Mapping[str, Any]) -> str | None:
    key = output.get("usageIdentifierKey")
    return key if isinstance(key, str) else None
