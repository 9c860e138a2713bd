"""A running cloud, as its starter sees it."""

import asyncio
from dataclasses import dataclass

from ..clock import Clock
from ..cloudformation import Engines
from ..dataplane import Gateway
from ..lambdas.pool import FunctionPool
from ..monitoring import Monitor
from .clients import Clients
from .friendly import Mappings


@dataclass(frozen=True)
class Running:
    """Everything is up. Setting `leave` on `loop` stops it."""

    loop: asyncio.AbstractEventLoop
    leave: asyncio.Event
    endpoint_url: str
    http_url: str
    clients: Clients
    pool: FunctionPool
    engines: Engines
    mappings: Mappings
    clock: Clock
    gateway: Gateway
    monitor: Monitor
