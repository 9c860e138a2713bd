"""What a compilation is for: one environment, here or on AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unbound = Literal["error", "deny", "test"]


@dataclass(frozen=True, slots=True)
class Target:
    """`local` uses local addresses and the built-in OpenID provider at `port`; `mock_url` replaces every upstream.

    `unbound` says what a security scheme that nothing binds becomes: an error, a route that always answers 401, or
    (for `headgate up --mock` only) a test credential that is printed.
    """

    environment: str
    local: bool = False
    port: int = 4566
    mock_url: str | None = None
    unbound: Unbound = "error"

    @property
    def local_issuer(self) -> str:
        """The issuer of the OpenID provider that `headgate up` serves."""
        return f"http://localhost:{self.port}/_headgate/oidc"
