"""What each operation asks for: `security` read, with what API Gateway checks by itself and what the authorizer decides apart."""

from __future__ import annotations

from dataclasses import dataclass

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation
from ..source.document import Located
from .schemes import Binding

Alternative = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one operation asks for. `alternatives` are those the authorizer decides on; empty with no `natives` means public.

    A token must name one of `audience`, besides one of its issuer's; empty asks for nothing more.
    """

    alternatives: tuple[Alternative, ...] = ()
    api_key: bool = False
    native: str | None = None
    is_valid: bool = True
    audience: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        return self.is_valid and not self.alternatives and not self.api_key and self.native is None

    @property
    def allows_anonymous(self) -> bool:
        return any(not alternative for alternative in self.alternatives)


def require(operation: Operation, binding: Binding) -> Requirement:
    """What an operation asks for. A requirement that cannot be read or bound is invalid, never public."""
    at = declared_security(operation)
    if at is None:
        return Requirement()
    alternatives = _alternatives(operation, at, binding)
    if alternatives is None:
        return Requirement(is_valid=False)
    if not alternatives or all(not alternative for alternative in alternatives):
        return Requirement()
    return _split(operation, at, alternatives, binding)


def declared_security(operation: Operation) -> Located | None:
    """The `security` that applies: the operation's own, however odd, else the document's."""
    for holder in (operation.at, operation.document.root):
        if "security" in holder.value:
            return holder.child("security")
    return None


def _alternatives(operation: Operation, at: Located, binding: Binding) -> list[Alternative] | None:
    """`security` as written, every scheme known; None when something is wrong with it."""
    if not isinstance(at.value, list) or not all(isinstance(item, dict) for item in at.value):
        binding.problems.append(_no_security(operation, at))
        return None
    is_complete = True
    for number, item in enumerate(at.value):
        for name, scopes in item.items():
            if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
                binding.problems.append(_no_security(operation, at))
                return None
            is_complete = binding.scheme(name, operation, at.child(number)) is not None and is_complete
    return [{name: list(scopes) for name, scopes in item.items()} for item in at.value] if is_complete else None


def _no_security(operation: Operation, at: Located) -> Diagnostic:
    message = f"{operation.name}: security is a list of {{scheme: [scopes]}}"
    return at.problem("HG142", message, fix="correct it, or [] for public")


def _split(operation: Operation, at: Located, alternatives: list[Alternative], binding: Binding) -> Requirement:
    """Separates what API Gateway checks by itself from what the authorizer decides."""
    alternatives = _without_keys(operation, at, alternatives, binding)
    kinds = [{binding.schemes[name].kind for name in alternative} for alternative in alternatives]
    api_key = any("api-key" in kind for kind in kinds)
    natives = sorted({n for a in alternatives for n in a if binding.schemes[n].kind == "native"})
    if api_key and not all("api-key" in kind for kind in kinds):
        message = f"{operation.name}: an API key or something else; API Gateway demands a key always or never"
        binding.problems.append(
            at.problem("HG146", message, fix="ask for the key in every alternative, or give it another header")
        )
        return Requirement(is_valid=False)
    if natives and (len(alternatives) > 1 or len(natives) > 1 or kinds[0] - {"native", "api-key"}):
        message = f"{operation.name}: {natives[0]!r} is an API Gateway authorizer, which cannot be combined with others"
        binding.problems.append(at.problem("HG146", message, fix="ask for it alone"))
        return Requirement(is_valid=False)
    if "x-amazon-apigateway-auth" in operation.at.value:
        message = f"{operation.name}: x-amazon-apigateway-auth would replace what `security` asks for"
        binding.problems.append(operation.at.problem("HG146", message, fix="remove one of the two"))
        return Requirement(is_valid=False)
    if natives:
        return Requirement(api_key=api_key, native=natives[0])
    decided = tuple(alternatives) if any(kind - {"api-key"} for kind in kinds) else ()
    return Requirement(decided, api_key, audience=tuple(sorted(set(operation.settings.audience or ()))))


def _without_keys(
    operation: Operation, at: Located, alternatives: list[Alternative], binding: Binding
) -> list[Alternative]:
    """With `--unbound deny`, an API key as one of several ways in is a way that nobody can take; the others stay."""
    has_key = ["api-key" in {binding.schemes[name].kind for name in alternative} for alternative in alternatives]
    if all(has_key) or not any(has_key) or binding.target.unbound != "deny":
        return alternatives
    message = (
        f"{operation.name}: an API key is one of several ways in; API Gateway cannot do that, so this way is closed"
    )
    binding.problems.append(at.problem("HG146", message, fix="give the key another header", level="warning"))
    return [alternative for alternative, is_key in zip(alternatives, has_key, strict=True) if not is_key]
