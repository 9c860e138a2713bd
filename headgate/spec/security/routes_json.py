"""routes.json ships with the authorizer. It evaluates `security` as OpenAPI means it: any alternative, all schemes of one."""

from __future__ import annotations

from typing import Any

from ..operations.records import Operation
from ..operations.routing import routes_of
from .authorizers import Guard
from .requirements import Alternative, Requirement, declared_security
from .schemes import Binding, Scheme, issuer_routes


def routes(api: str, operations: list[Operation], protection: Guard, binding: Binding) -> dict[str, Any]:
    """routes.json of one API. Native API Gateway authorizers are not in it: the authorizer function never sees those requests."""
    used = {n for r in protection.requirements.values() for a in r.alternatives for n in a}
    used |= {n for n, scheme in protection.schemes.items() if scheme.kind == "api-key"}
    entries = []
    for operation in (route.first for route in routes_of(operations)):
        requirement = protection.requirement(operation)
        authorizer = protection.authorizer(operation)
        entries.append(
            {
                "id": operation.id,
                "method": operation.method,
                "template": operation.resource,
                "authorizer": authorizer.name if authorizer else None,
                "security": security_entry(operation, requirement, protection.schemes),
                **({"audience": list(requirement.audience)} if requirement.audience else {}),
            }
        )
    return {
        "version": 1,
        "api": api,
        "issuers": issuer_routes(binding.issuers, binding.target),
        "schemes": {name: protection.schemes[name].route for name in sorted(used)},
        "authorizers": {a.name: a.route for a in protection.authorizers.values()},
        "operations": entries,
    }


def security_entry(operation: Operation, requirement: Requirement, schemes: dict[str, Scheme]) -> list[Alternative]:
    """The alternatives with API keys named, as routes.json has them."""
    if requirement.alternatives:
        return list(requirement.alternatives)
    if not requirement.api_key:
        return []
    at = declared_security(operation)
    names = [n for item in at.value for n in item] if at else []
    return [{name: []} for name in dict.fromkeys(names) if schemes[name].kind == "api-key"]
