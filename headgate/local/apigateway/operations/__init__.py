"""The operations of API Gateway's control plane: `(region, request) -> document`, by AWS's operation name.

Requests come parsed by moto from the botocore model, keys as the model names them; an operation raises a
`ControlPlaneError` or returns the document to serialise (None: an empty answer).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..state import Document, Region
from . import deployments, rest_apis, stages

Operation = Callable[[Region, Document], Document | None]

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        name: operation
        for module in (rest_apis, deployments, stages)
        for name, operation in module.OPERATIONS.items()
    }
)
