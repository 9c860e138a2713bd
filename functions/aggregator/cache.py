"""Replies kept for reuse: what may be kept, for how long, and where.

Two stores behind one small protocol: memory (bounded, lives as long as this execution environment) and a DynamoDB table
shared by all (HEADGATE_CACHE_TABLE). A store that fails costs an upstream call, never an answer.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from ..shared.log import LogEvent
from .plan import CachePolicy
from .replies import Reply

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ENTRIES = 1024
MAX_BYTES = 16 * 1024 * 1024
MAX_ITEM_BYTES = 350_000  # a DynamoDB item holds 400 kB with its attribute names
MAX_BATCH = 100  # keys of one BatchGetItem
STORE_TIMEOUT_SECONDS = 0.3  # slower than this and the upstream is the better place to ask
# 200 alone: 204 has nothing to keep, 206 is a part, redirects are not followed.
STORABLE_STATUS = 200
DIRECTIVE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=\"?(\d+)\"?)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept reply. Times in seconds since 1970."""

    reply: Reply
    stored_at: float
    fresh_until: float
    stale_until: float

    def is_fresh(self, now: float) -> bool:
        """Whether it may be used without asking. An entry from the future (a clock jumped) is not."""
        return self.stored_at <= now < self.fresh_until

    def is_within_stale(self, now: float) -> bool:
        """Whether it may stand in for a failed reply (stale-if-error, RFC 5861 section 4)."""
        return self.stored_at <= now < self.stale_until


class Store(Protocol):
    """Where entries are kept. Neither method raises: a store that cannot answer has nothing."""

    def get_many(self, keys: Iterable[str], now: float) -> dict[str, Entry]:
        """The entries there are, fresh or stale."""

    def put(self, key: str, entry: Entry) -> None:
        """Keep one entry."""


def entry_for(policy: CachePolicy, reply: Reply, now: float) -> Entry | None:
    """The entry of a reply that may be kept (RFC 9111 section 3), None for one that may not.

    The plan's ttl is the operator's word; the upstream can shorten it or refuse, never lengthen it.
    """
    directives = cache_directives(reply.headers.get("cache-control", ""))
    if reply.status != STORABLE_STATUS or directives.keys() & {"no-store", "no-cache"}:
        return None
    if "set-cookie" in reply.headers or "*" in reply.headers.get("vary", ""):
        return None
    if policy.is_public and "private" in directives:
        return None
    allowed = directives.get("s-maxage") if policy.is_public else None
    allowed = directives.get("max-age") if allowed is None else allowed
    ttl = policy.ttl_seconds if allowed is None else min(policy.ttl_seconds, allowed)
    if ttl + policy.stale_seconds <= 0:
        return None
    return Entry(reply, now, now + ttl, now + ttl + policy.stale_seconds)


def cache_directives(header: str) -> dict[str, int | None]:
    """
    >>> cache_directives('private, max-age="60"')
    {'private': None, 'max-age': 60}
    """
    matches = (DIRECTIVE.match(part.strip()) for part in header.lower().split(","))
    return {match[1]: None if match[2] is None else int(match[2][:9]) for match in matches if match}


class MemoryStore:
    """The least recently used entries of this execution environment, bounded in number and bytes."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._bytes = 0
        self._max_entries, self._max_bytes = max_entries, max_bytes

    def get_many(self, keys: Iterable[str], now: float) -> dict[str, Entry]:
        """Entries by key; an outlived one is dropped on the way."""
        found: dict[str, Entry] = {}
        for key in keys:
            entry = self._entries.get(key)
            if entry is None:
                continue
            if now >= max(entry.fresh_until, entry.stale_until):
                self._drop(key)
                continue
            self._entries.move_to_end(key)
            found[key] = entry
        return found

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry and let the least recently used ones go."""
        if key in self._entries:
            self._drop(key)
        self._entries[key] = entry
        self._bytes += len(entry.reply.body)
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        self._bytes -= len(self._entries.pop(key).reply.body)


class TableStore:
    """Entries in a DynamoDB table with string key `pk` and time-to-live attribute `expires`."""

    def __init__(self, table: str, log: LogEvent, client: "DynamoDBClient | None" = None) -> None:
        self._table, self._log, self._given = table, log, client

    @cached_property
    def _client(self) -> "DynamoDBClient":
        if self._given is not None:
            return self._given
        import boto3  # noqa: PLC0415  200 ms with its client, only for those who share a cache
        from botocore.config import Config  # noqa: PLC0415

        timeouts = Config(
            connect_timeout=STORE_TIMEOUT_SECONDS, read_timeout=STORE_TIMEOUT_SECONDS, retries={"total_max_attempts": 1}
        )
        return boto3.client("dynamodb", config=timeouts)

    def get_many(self, keys: Iterable[str], now: float) -> dict[str, Entry]:
        """Entries by key. Reads may be a moment old, and expired items may still be there: `now` decides."""
        wanted = [{"pk": {"S": key}} for key in keys][:MAX_BATCH]
        if not wanted:
            return {}
        try:
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": wanted}})
            items = answer["Responses"].get(self._table, [])
            entries = {item["pk"]["S"]: _read_item(item) for item in items}
        except Exception as error:  # noqa: BLE001  whatever is wrong with the table, the upstream can be asked
            self._log("cache.unreadable", {"table": self._table, "error": type(error).__name__})
            return {}
        return {key: entry for key, entry in entries.items() if now < entry.stale_until}

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry unless it is too large for an item."""
        if len(entry.reply.body) > MAX_ITEM_BYTES:
            return
        try:
            self._client.put_item(TableName=self._table, Item=_item(key, entry))
        except Exception as error:  # noqa: BLE001  an answer is at hand; keeping it is optional
            self._log("cache.unwritable", {"table": self._table, "error": type(error).__name__})


def _item(key: str, entry: Entry) -> dict[str, Any]:
    about = {
        "status": entry.reply.status,
        "headers": dict(entry.reply.headers),
        "times": [entry.stored_at, entry.fresh_until, entry.stale_until],
    }
    return {
        "pk": {"S": key},
        "about": {"S": orjson.dumps(about).decode()},
        "body": {"B": entry.reply.body},
        "expires": {"N": str(int(entry.stale_until) + 1)},
    }


def _read_item(item: Mapping[str, Any]) -> Entry:
    about = orjson.loads(item["about"]["S"])
    return Entry(Reply(about["status"], about["headers"], bytes(item["body"]["B"])), *about["times"])


class LayeredStore:
    """Memory in front of a shared table: what one environment fetched, others need not."""

    def __init__(self, memory: MemoryStore, table: TableStore) -> None:
        self._memory, self._table = memory, table

    def get_many(self, keys: Iterable[str], now: float) -> dict[str, Entry]:
        """Fresh entries of memory; the table is asked for the rest, one round trip for all."""
        wanted = list(keys)
        near = self._memory.get_many(wanted, now)
        missing = [key for key in wanted if key not in near or not near[key].is_fresh(now)]
        far = self._table.get_many(missing, now)
        newer = {key: entry for key, entry in far.items() if key not in near or entry.stored_at > near[key].stored_at}
        for key, entry in newer.items():
            self._memory.put(key, entry)
        return {**near, **newer}

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry in both."""
        self._memory.put(key, entry)
        self._table.put(key, entry)


def open_store(environment: Mapping[str, str] = os.environ, *, log: LogEvent) -> Store:
    """The store of this function: memory alone, or in front of the table that HEADGATE_CACHE_TABLE names."""
    table = environment.get("HEADGATE_CACHE_TABLE")
    return LayeredStore(MemoryStore(), TableStore(table, log)) if table else MemoryStore()
