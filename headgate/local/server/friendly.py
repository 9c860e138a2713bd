"""The friendly port: the data plane's own protocol, with chosen stages at `/` or at base paths, as a custom domain has them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping

from ..dataplane import Located
from ..dataplane.protocol import Connection, Server


class Mappings:
    """Which stage a base path shows; the empty base path is `/`. Replaced as a whole, so reading needs no lock."""

    def __init__(self) -> None:
        self._stages: Mapping[bytes, tuple[str, str]] = {}

    def add(self, api_id: str, stage: str, base_path: str = "") -> None:
        """Show a stage, in the place of what was there."""
        self._stages = {**self._stages, base_path.strip("/").encode(): (api_id, stage)}

    def locate(self, _host: str, path: bytes) -> Located | None:
        """`Locate` of the data plane: a base path that fits wins over `/`."""
        stages = self._stages
        base, slash, rest = path.lstrip(b"/").partition(b"/")
        if base and (found := stages.get(base)):
            return Located(*found, slash + rest, mount=b"/" + base)
        if found := stages.get(b""):
            return Located(*found, path)
        return None


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
