"""Listening: busy ports, and the option that keeps small answers from waiting."""

import asyncio
import socket
from typing import ClassVar

from headgate.local.server.ports import listen


def test_a_busy_port_takes_the_next_one() -> None:
    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]

    second = listen("127.0.0.1", port)

    assert second.getsockname()[1] > port
    first.close()
    second.close()


def test_accepted_connections_do_not_wait_for_acknowledgements() -> None:
    """asyncio sets TCP_NODELAY where the listener names its protocol; else every second answer takes 40 ms more."""

    class Peer(asyncio.Protocol):
        no_delay: ClassVar[list[int]] = []

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted = transport.get_extra_info("socket")
            self.no_delay.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def connect() -> None:
        listener = listen("127.0.0.1", 0)
        server = await asyncio.get_running_loop().create_server(Peer, sock=listener)
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        await reader.read()
        writer.close()
        server.close()

    asyncio.run(connect())

    assert [bool(option) for option in Peer.no_delay] == [True]
