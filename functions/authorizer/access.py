"""What a principal may call, as a policy that stays right while API Gateway caches it.

Made once per set of powers and remembered, because most callers have one of a few sets of scopes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from .claims import Principal
from .grants import Grants, Territories, cover, folded
from .patterns import Pattern, meets, of_template, widened
from .policy import MAX_ARN_LENGTH, MAX_CONTEXT_BYTES, MAX_OUTPUT_BYTES, policy_of, respond, size
from .routes import Operation, RouteTable, Scheme

# What each scheme proved, reduced to what access depends on: (scheme, has every scope, scopes, audiences); of the last two, only
# those that some operation asks for.
Powers = frozenset[tuple[str, bool, frozenset[str], frozenset[str]]]
Attempt = Literal["whole", "folded", "single"]
ATTEMPTS: tuple[Attempt, ...] = ("whole", "folded", "single")
_REMEMBERED = 256  # sets of powers; each is at most 8 KB


@dataclass(frozen=True, slots=True)
class Rendered:
    """A policy document, the bytes it takes, and the patterns it allows."""

    document: Mapping[str, Any]
    size: int
    allow: tuple[Pattern, ...]


class Access:
    """Answers for one compiled API."""

    def __init__(self, table: RouteTable) -> None:
        self._schemes = table.schemes
        self._resources = table.resources
        self._behind = {name: table.behind(name) for name in table.resources}
        self._territories = Territories(table.operations)
        self._asked = {
            scope for one in table.operations for entry in one.alternatives for _, scopes in entry for scope in scopes
        }
        self._addressed = {name for one in table.operations for name in one.audience}
        self._index = table.index
        self._render = lru_cache(maxsize=_REMEMBERED)(self._make)

    def powers(self, principals: Mapping[str, Principal]) -> Powers:
        """What the principals may do, in a form that equals itself for every caller with the same rights."""
        return frozenset(
            (
                name,
                principal.has_every_scope,
                frozenset(principal.scopes & self._asked),
                frozenset(principal.audience & self._addressed),
            )
            for name, principal in principals.items()
        )

    def allows(self, powers: Powers, operation: Operation) -> bool:
        """Whether one alternative is satisfied as a whole (OpenAPI: OR of ANDs). No alternative at all allows nobody."""
        proven = {name: (has_every_scope, scopes) for name, has_every_scope, scopes, _ in powers}
        addressed = {name for name, is_static, _, named in powers if is_static or named & operation.audience}
        return any(
            all(_holds(self._schemes[name], wanted, proven) for name, wanted in entry)
            and (not operation.audience or self._is_addressed(entry, addressed))
            for entry in operation.alternatives
        )

    def _is_addressed(self, entry: tuple[tuple[str, frozenset[str]], ...], addressed: set[str]) -> bool:
        """Whether every token of a way in is meant for the operation, and there is one."""
        tokens = [name for name, _ in entry if self._schemes[name].kind in {"jwt", "static"}]
        return bool(tokens) and addressed.issuperset(tokens)

    def answer(self, principal: Principal, powers: Powers, operation: Operation, prefix: str) -> dict[str, Any] | None:
        """The widest correct answer that fits, at the least one for the requested operation; None when not even that."""
        for attempt in ATTEMPTS:
            is_own = attempt == "single" or self._resources[operation.authorizer or ""].per_operation
            own = (operation.template, operation.verb) if is_own else None
            rendered = self._render(attempt, operation.authorizer or "", own, powers, prefix)
            if rendered is None or (attempt == "folded" and not self._covers(rendered, powers, operation)):
                continue
            answer = respond(principal, rendered.document)
            if rendered.size + MAX_CONTEXT_BYTES <= MAX_OUTPUT_BYTES or size(answer) <= MAX_OUTPUT_BYTES:
                return answer
        return None

    def _covers(self, rendered: Rendered, powers: Powers, operation: Operation) -> bool:
        """Folding leaves out what fits nowhere; that must not be what was asked for."""
        own = of_template(operation.verb, operation.template)
        return not self.allows(powers, operation) or not meets([own], rendered.allow)

    def _make(
        self, attempt: Attempt, resource: str, own: tuple[str, str] | None, powers: Powers, prefix: str
    ) -> Rendered | None:
        longest = MAX_ARN_LENGTH - len(prefix) - 1
        behind = self._behind[resource]
        covered = behind if own is None else (self._index[own],)
        allowed = [one for one in covered if self.allows(powers, one)]
        forbidden = [one for one in behind if not self.allows(powers, one)]
        if self._resources[resource].per_operation:
            # Cached per verb and template: this policy is never evaluated for another operation.
            grants: Grants | None = Grants(tuple(widened(of_template(one.verb, one.template)) for one in allowed))
        else:
            grants = cover(self._territories, allowed, forbidden)
        if grants is not None and attempt == "folded":
            grants = folded(self._territories, grants, allowed, forbidden, longest=longest)
        if grants is None or not grants.allow or grants.longest() > longest:
            return None
        document = policy_of(grants, prefix)
        return Rendered(document, size(document), grants.allow)


def _holds(scheme: Scheme, wanted: frozenset[str], proven: Mapping[str, tuple[bool, frozenset[str]]]) -> bool:
    if scheme.kind == "api-key":
        return True  # API Gateway itself checks the key, after us (FACTS 4.15)
    if scheme.name not in proven:
        return False
    has_every_scope, scopes = proven[scheme.name]
    return has_every_scope or wanted <= scopes
