"""What a compilation is for: one environment, here or on AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unbound = Literal["error", "deny", "test"]

# A template has 800 kB of its 1 MB (infra's rule); functions, roles and stages need less than 100 kB of these.
WIRE_BYTES = 700_000


@dataclass(frozen=True, slots=True)
class Target:
    """`local` uses local addresses and the built-in OpenID provider at `port`; `mock_url` replaces every upstream.

    `upstreams_at` is where tests put stand-ins: an upstream is at `{upstreams_at}/{name}` and the path of its URL; functions stay.

    `unbound` says what a security scheme that nothing binds becomes: an error, a route that always answers 401, or
    (for `headgate up --mock` only) a test credential that is printed. `wire_bytes` is what all wire documents of the
    environment may take in its template, as compact JSON.
    """

    environment: str
    local: bool = False
    port: int = 4566
    mock_url: str | None = None
    upstreams_at: str | None = None
    unbound: Unbound = "error"
    wire_bytes: int = WIRE_BYTES

    @property
    def local_issuer(self) -> str:
        """The issuer of the OpenID provider that `headgate up` serves."""
        return f"http://localhost:{self.port}/_headgate/oidc"
