"""The operations of API Gateway's control plane: `(region, request) -> document`, by AWS's operation name.

Requests come parsed by moto from the botocore model, keys as the model names them; an operation raises a
`ControlPlaneError` or returns the document to serialise (None: an empty answer).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ..state import Document, Region
from . import (
    access_associations,
    account,
    api_keys,
    authorizers,
    base_paths,
    client_certificates,
    deployments,
    documentation,
    domains,
    exports,
    gateway_responses,
    integrations,
    methods,
    models,
    resources,
    rest_apis,
    sdks,
    stages,
    tags,
    usage_plans,
    validators,
    vpc_links,
)

Operation = Callable[[Region, Document], Document | None]

_ROOMS: tuple[Any, ...] = (
    rest_apis, resources, methods, integrations, authorizers, models, validators, gateway_responses, deployments, stages,
    exports, documentation, api_keys, usage_plans, domains, base_paths, access_associations, vpc_links,
    client_certificates, sdks, account, tags,
)  # fmt: skip
OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {name: operation for room in _ROOMS for name, operation in room.OPERATIONS.items()}
)
