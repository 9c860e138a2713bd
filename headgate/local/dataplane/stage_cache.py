"""The stage cache (FACTS 6), on the injected clock."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ..records import Integration, MethodSettings
from .exchange import Exchange
from .mapping import Source, source
from .message import Response
from .refusal import Refusal
from .signature import SignedGrant

MAX_ITEM_BYTES = 1_048_576  # FACTS 6.1
MAX_TOTAL_BYTES = 64 * 1024 * 1024  # AWS's smallest cluster has 0.5 GB; a laptop gives less
# What API Gateway says when it ignores the client's wish (FACTS 6.8).
WARNING = (b"Warning", b"199 Cache-control headers were ignored because the caller was unauthorized.")

Key = tuple[object, ...]


class Store:
    """Responses of all stages; the least recently used go first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: OrderedDict[Key, tuple[float, Response]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Key) -> Response | None:
        """A response that has not expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, key: Key, response: Response, ttl_seconds: int) -> None:
        """Keep a response unless it is too large (FACTS 6.1)."""
        if len(response.body) > MAX_ITEM_BYTES:
            return
        if key in self._entries:
            self._drop(key)
        self._entries[key] = (self._clock() + ttl_seconds, response)
        self._bytes += len(response.body)
        while self._bytes > MAX_TOTAL_BYTES:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        self._bytes -= len(self._entries.pop(key)[1].body)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the cache says about one request: serve `hit`, or store under `key`."""

    key: Key
    hit: Response | None
    warn: bool = False


class OperationCache:
    """The cache as one operation uses it."""

    def __init__(self, store: Store, integration: Integration, settings: MethodSettings) -> None:
        self._store = store
        self._namespace = integration.cache_namespace
        self._settings = settings
        self._parameters: list[Source] = [
            source(integration.request_parameters.get(name, "") if name.startswith("integration.") else name)
            for name in integration.cache_key_parameters
        ]

    def look(self, exchange: Exchange, generation: int) -> Lookup:
        """Look a request up. Raises Refusal 403 when it may not refresh (FACTS 6.7, 6.8)."""
        side, place = exchange.side, exchange.place
        key: Key = (
            *(side.definition.rest_api_id, side.stage, side.deployment_id, generation),  # FACTS 5.15, 6.2
            *(self._namespace or place.resource_id, exchange.method),  # FACTS 6.4: resources may share a namespace
            *(find_value(exchange) for find_value in self._parameters),
        )
        if not _wants_fresh(exchange):
            return Lookup(key, self._store.get(key))
        if not self._settings.require_authorization_for_cache_control or _may_invalidate(exchange):
            return Lookup(key, None)
        strategy = self._settings.unauthorized_cache_control_strategy
        if strategy == "FAIL_WITH_403":
            raise Refusal("ACCESS_DENIED", "Cache-Control: max-age=0 without execute-api:InvalidateCache")
        return Lookup(key, self._store.get(key), warn=strategy == "SUCCEED_WITH_RESPONSE_HEADER")

    def keep(self, lookup: Lookup, response: Response) -> None:
        """Store what the integration answered, whatever its status (FACTS 6.6)."""
        self._store.put(lookup.key, response, self._settings.cache_ttl_seconds)


def _may_invalidate(exchange: Exchange) -> bool:
    """FACTS 6.8: an IAM caller whose policies allow execute-api:InvalidateCache."""
    grant = exchange.grant
    return isinstance(grant, SignedGrant) and grant.may_invalidate_cache


def _wants_fresh(exchange: Exchange) -> bool:
    value = exchange.header("cache-control") or ""
    return any(part.strip().lower() == "max-age=0" for part in value.split(","))
