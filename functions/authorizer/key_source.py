"""The keys of one issuer, kept fresh: fetched when needed, again when old, and (rarely) when a token names an unknown key.

- One fetch at a time, whoever asks; the others wait for it, no longer than PATIENCE_SECONDS.
- An unknown `kid` may cause a fetch only once per COOLDOWN_SECONDS, and nothing is stored for it: a flood costs no memory
  and no traffic (GHSA-2gx3-rcp4-g85q).
- While the issuer is down, known keys go on until STALE_SECONDS; nothing new is trusted (GHSA-fhv5-28vv-h8m8).
- A key that the issuer withdraws is gone with the next fetch, at the latest after FRESH_SECONDS.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from ..shared import strict_json
from ..shared.clock import Clock
from .addresses import check_url
from .errors import AuthorizerError, KeysUnavailableError, RejectedError
from .keys import KeySet, VerificationKey, read_key_set
from .routes import Issuer

FRESH_SECONDS = 300.0
COOLDOWN_SECONDS = 15.0  # between aws-jwt-verify's 10 and jose's and PyJWT's 30
STALE_SECONDS = 4 * 3600.0
PATIENCE_SECONDS = 2.0
ABANDON_SECONDS = 10.0  # a fetch that a frozen sandbox lost must not block the next one
_MAX_DEPTH = 20

# (url, plain http to loopback allowed) -> body; raises AuthorizerError
Fetch = Callable[[str, bool], bytes]


@dataclass(frozen=True, slots=True)
class _Moment:
    """Both clocks: a thawed sandbox has an old monotonic clock, an adjusted machine an odd wall clock. The longer age counts."""

    wall: float
    monotonic: float

    def seconds_until(self, later: "_Moment") -> float:
        return max(later.wall - self.wall, later.monotonic - self.monotonic)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    keys: KeySet
    asked_at: _Moment


class _Flight:
    """One fetch under way."""

    def __init__(self, began_at: _Moment) -> None:
        self.began_at = began_at
        self.landed = threading.Event()


class KeySource:
    """Finds the key for a token of one issuer. Safe to call from several threads."""

    def __init__(
        self, issuer: Issuer, fetch: Fetch, clock: Clock, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._last_attempt: _Moment | None = None
        self._flight: _Flight | None = None

    def find(self, key_id: str | None) -> VerificationKey:
        """The issuer's key of that id. RejectedError when it has none, KeysUnavailableError when that cannot be known."""
        if self._age() > FRESH_SECONDS:
            self._refresh()
        key = self._usable().find(key_id)
        if key is None and key_id is not None:
            self._refresh()
            key = self._usable().find(key_id)
        if key is None:
            raise RejectedError("token.key-unknown")
        return key

    def _usable(self) -> KeySet:
        if self._snapshot is None or self._age() > STALE_SECONDS:
            raise KeysUnavailableError(f"the keys of issuer {self._issuer.name} cannot be fetched")
        return self._snapshot.keys

    def _age(self) -> float:
        return float("inf") if self._snapshot is None else self._snapshot.asked_at.seconds_until(self._now())

    def _now(self) -> _Moment:
        return _Moment(self._clock.now(), self._clock.monotonic())

    def _refresh(self) -> None:
        """Have the keys fetched unless that was tried a moment ago; wait for the fetch under way."""
        now = self._now()
        with self._lock:
            flight = self._flight
            if flight is not None and flight.began_at.seconds_until(now) > ABANDON_SECONDS:
                flight = None
            if flight is None:
                if self._last_attempt is not None and self._last_attempt.seconds_until(now) < COOLDOWN_SECONDS:
                    return
                flight = self._flight = _Flight(now)
                self._last_attempt = now
                threading.Thread(target=self._fly, args=(flight,), daemon=True).start()
        flight.landed.wait(self._patience_seconds)

    def _fly(self, flight: _Flight) -> None:
        keys: KeySet | None = None
        try:
            keys = self._fetch_keys()
        except (AuthorizerError, ValueError):
            pass  # the known keys go on until they are stale; `_usable` says so when there are none
        finally:
            with self._lock:
                if keys is not None:
                    self._snapshot = _Snapshot(keys, flight.began_at)
                if self._flight is flight:
                    self._flight = None
            flight.landed.set()

    def _fetch_keys(self) -> KeySet:
        issuer = self._issuer
        address = issuer.jwks_uri or self._discover()
        check_url(address, allow_http=issuer.allow_http)
        document = strict_json.loads(self._fetch(address, issuer.allow_http), max_depth=_MAX_DEPTH)
        return read_key_set(document, issuer.algorithms)

    def _discover(self) -> str:
        """OpenID Connect Discovery 1.0 section 4: the document must name the very issuer it was asked for (4.3)."""
        issuer = self._issuer
        address = issuer.issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = strict_json.loads(self._fetch(address, issuer.allow_http), max_depth=_MAX_DEPTH)
        if not isinstance(document, dict) or document.get("issuer") != issuer.issuer:
            raise KeysUnavailableError(f"{address} is not the discovery document of {issuer.issuer}")
        return str(document.get("jwks_uri"))
