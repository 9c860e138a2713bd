"""The decision itself: event in, answer out. Imports no clock and no network; both are passed in.

    Authorizer(read_routes(document), fetch=..., clock=...).decide(event) -> Decision(answer, reason, ...)

RejectedError means 401; a Decision is always an answer for API Gateway; every other exception fails the invocation, which
API Gateway turns into a 500 that it does not cache (FACTS 1.11): nothing unexpected ends in an Allow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..shared.clock import Clock
from .access import Access
from .authentication import Authenticator
from .claims import Principal
from .errors import RejectedError
from .key_source import Fetch
from .policy import arn_prefix, deny_everything
from .routes import RouteTable

ANONYMOUS = Principal("anonymous")


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer and what the log says about it."""

    answer: dict[str, Any]
    reason: str
    operation: str = ""
    issuer: str = ""


class Authorizer:
    """Decides for one compiled API. Safe to call from several threads."""

    def __init__(self, table: RouteTable, *, fetch: Fetch, clock: Clock) -> None:
        self._table = table
        self._access = Access(table)
        self._authenticator = Authenticator(table, fetch=fetch, clock=clock)

    def decide(self, event: object) -> Decision:
        """The answer to one REQUEST event (FACTS 4.2); RejectedError when the caller must first prove who it is."""
        prefix = arn_prefix(event.get("methodArn")) if isinstance(event, dict) else None
        if prefix is None or not isinstance(event, dict):
            return Decision(deny_everything(None), "event.malformed")
        operation = self._table.find(event.get("resource"), event.get("httpMethod"))
        if operation is None or operation.authorizer is None:
            return Decision(deny_everything(prefix), "operation.unknown")
        principals = self._authenticator.principals(event, self._table.resources[operation.authorizer])
        powers = self._access.powers(principals)
        is_allowed = self._access.allows(powers, operation)
        if not principals and not is_allowed:
            raise RejectedError("credential.missing")
        principal = self._foremost(principals)
        answer = self._access.answer(principal, powers, operation, prefix)
        if answer is None:
            reason = "policy.inexpressible" if is_allowed else "operation.forbidden"
            return Decision(deny_everything(prefix, principal), reason, operation.id, principal.issuer_name)
        reason = "operation.allowed" if is_allowed else "operation.forbidden"
        return Decision(answer, reason, operation.id, principal.issuer_name)

    def _foremost(self, principals: Mapping[str, Principal]) -> Principal:
        """The one the services are told about: the same for every operation, since context is cached with the policy."""
        ordered = sorted(principals, key=lambda name: (self._table.schemes[name].kind != "jwt", name))
        return principals[ordered[0]] if ordered else ANONYMOUS
