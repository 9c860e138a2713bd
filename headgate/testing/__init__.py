"""Testing a project's gateway: the pytest fixture `headgate_gateway`, and API Gateway that answers inside moto's `mock_aws`.

See docs/testing.md.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .gateway import Client, Gateway
    from .mocked import invoke_gateway, mocked_gateway
    from .running import Call, GatewayError
    from .upstreams import Received, Reply, Upstream

_HOME = {
    "Call": "running",
    "Client": "gateway",
    "Gateway": "gateway",
    "GatewayError": "running",
    "Received": "upstreams",
    "Reply": "upstreams",
    "Upstream": "upstreams",
    "invoke_gateway": "mocked",
    "mocked_gateway": "mocked",
}

__all__ = [
    "Call",
    "Client",
    "Gateway",
    "GatewayError",
    "Received",
    "Reply",
    "Upstream",
    "invoke_gateway",
    "mocked_gateway",
]


def __getattr__(name: str) -> Any:
    """Loaded when used: pytest imports this package in every run, with or without a gateway."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(f".{_HOME[name]}", __name__), name)
