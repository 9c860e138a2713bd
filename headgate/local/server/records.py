"""A running cloud, as its starter sees it."""

import asyncio
from dataclasses import dataclass

from ..cloudformation import Engines
from ..lambdas.pool import FunctionPool
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
