"""The friendly port: the data plane's own protocol, with chosen stages at `/` or at base paths, as a custom domain has them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping

from ..dataplane import Located
from ..dataplane.asgi import Domains, no_domains
from ..dataplane.domains import host_name, route
from ..dataplane.protocol import Connection, Server
from ..records import BasePath, DomainName


class Mappings:
    """What each host shows: custom domains what they map, every other host the chosen stage.

    The empty base path is `/`. Replaced as a whole, so reading needs no lock.
    """

    def __init__(self, domains: Domains = no_domains) -> None:
        self._domains = domains
        self._chosen = DomainName("")

    def add(self, api_id: str, stage: str, base_path: str = "") -> None:
        """Show a stage, in the place of what was there."""
        base = base_path.strip("/")
        others = tuple(one for one in self._chosen.base_paths if one.path != base)
        self._chosen = DomainName("", (*others, BasePath(base, api_id, stage)))

    def show(self, apis: Mapping[str, str], stage: str) -> None:
        """Show the stage of these APIs, by base path, and nothing else."""
        bases = tuple(BasePath(base.strip("/"), api_id, stage) for base, api_id in apis.items())
        self._chosen = DomainName("", bases)

    def locate(self, host: str, path: bytes) -> Located | None:
        """`Locate` of the data plane."""
        return route(self._domains(host_name(host)) or self._chosen, path)


class TrackedConnection(Connection):
    """A connection that can be cut when the cloud stops."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop, open_ones: "set[TrackedConnection]") -> None:
        super().__init__(server, loop)
        self._open_ones = open_ones

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        self._open_ones.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """A client went."""
        self._open_ones.discard(self)
        super().connection_lost(exc)

    def cut(self) -> None:
        """End it now."""
        self._transport.abort()


@contextlib.asynccontextmanager
async def friendly_port(server: Server, listener: socket.socket) -> AsyncIterator[None]:
    """Serve on `listener` until left."""
    loop = asyncio.get_running_loop()
    open_ones: set[TrackedConnection] = set()
    listening = await loop.create_server(lambda: TrackedConnection(server, loop, open_ones), sock=listener)
    try:
        yield
    finally:
        listening.close()
        for connection in list(open_ones):
            connection.cut()
        await asyncio.sleep(0)  # lets connection_lost run
