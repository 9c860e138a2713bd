"""Operations that ask for what nobody has, or nobody looks at. Each function yields diagnostics and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation
from .authorizers import Guard


def check_audiences(operations: list[Operation], protection: Guard) -> Iterator[Diagnostic]:
    """Operations whose `audience` nobody would check: a way in takes no token."""
    for operation in (o for o in operations if o.settings.audience is not None):
        requirement = protection.requirement(operation)
        at = operation.at.at("x-headgate", "audience")
        ways = [{protection.schemes[name].kind for name in way} for way in requirement.alternatives]
        if requirement.is_public and at is None:
            continue
        if not ways or not all(way & {"jwt", "static", "deny"} for way in ways):
            message = f"{operation.name}: audience is about tokens, and there is a way in without one"
            yield (at or operation.at).problem(
                "HG134", message, fix="remove audience, or ask for a token in `security`"
            )


def check_keys(operations: list[Operation], protection: Guard) -> Iterator[Diagnostic]:
    """Operations that ask for API keys when nobody has one."""
    for operation in operations:
        if protection.requirement(operation).api_key:
            message = f"{operation.name}: asks for an API key, and no plan has keys, so nobody can call it"
            yield operation.at.problem("HG147", message, fix="add plans with keys to gateway.yaml", level="warning")


def check_preflight(operations: list[Operation], protection: Guard) -> Iterator[Diagnostic]:
    """With CORS, OPTIONS operations of a document take the place of the gateway's own answer to browsers."""
    for operation in operations:
        if operation.method == "OPTIONS" and not protection.requirement(operation).is_public:
            message = f"{operation.name}: asks for credentials, and browsers send preflight without"
            fix = "remove it, and the gateway answers preflight itself; or write security: []"
            yield operation.at.problem("HG121", message, fix=fix, level="warning")
