"""What one compilation did, as the ledger needs to know it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ..operations.records import Operation
from ..operations.routing import is_strict
from ..security.requirements import declared_security
from ..wire.models import WireModels
from .rows import Facts, Key
from .walk import checked_schemas


def facts_of(
    operations: list[Operation], *, carried: AbstractSet[Key], modelled: AbstractSet[Key], models: WireModels
) -> Facts:
    """`operations` are those served; `carried` parameters and `modelled` bodies are in the wire document.

    A part that several operations share counts as the weakest of them has it: API Gateway checks nothing of a folded one.
    """
    folded = [operation for operation in operations if operation.is_folded]
    strict = [operation for operation in operations if is_strict(operation)]
    weakened = {
        operation.body.at.key
        for operation in operations
        if operation.body is not None
        for schema in operation.body.content.values()
        if schema is not None and models.is_dropped(schema)
    }
    demanding = models.demanding
    unchecked = _queries(folded) | _bodies(folded)
    return Facts(
        served=frozenset(operation.at.key for operation in operations),
        carried_parameters=frozenset(carried) - unchecked,
        modelled_bodies=frozenset(modelled) - weakened - unchecked,
        kept_keywords=frozenset(models.kept),
        checked_schemas=checked_schemas(operations),
        used_parameters=_parameters(operations),
        used_bodies=_bodies(operations),
        used_schemes=_schemes(operations),
        enforced_schemas=checked_schemas(strict),
        enforced_parts=_parameters(strict) | _bodies(strict),
        weakened_bodies=frozenset(weakened),
        demanding_bodies=frozenset(
            operation.body.at.key
            for operation in operations
            if operation.body is not None
            if any(schema is not None and schema.key in demanding for schema in operation.body.content.values())
        ),
        folded=frozenset((operation.at.key, operation.resource) for operation in folded),
        unchecked=unchecked,
    )


def _parameters(operations: list[Operation]) -> frozenset[Key]:
    return frozenset(parameter.at.key for operation in operations for parameter in operation.parameters)


def _queries(operations: list[Operation]) -> frozenset[Key]:
    return frozenset(p.at.key for operation in operations for p in operation.parameters if p.location == "query")


def _bodies(operations: list[Operation]) -> frozenset[Key]:
    return frozenset(operation.body.at.key for operation in operations if operation.body is not None)


def _schemes(operations: list[Operation]) -> frozenset[Key]:
    """Security schemes that a served operation asks for."""
    found: set[Key] = set()
    for operation in operations:
        security = declared_security(operation)
        asked = security.value if security is not None and isinstance(security.value, list) else []
        for name in {name for way in asked if isinstance(way, dict) for name in way}:
            scheme = operation.document.root.at("components", "securitySchemes", name)
            if scheme is not None:
                found.add(scheme.key)
    return frozenset(found)
