"""Listening sockets: a busy port takes the next one."""

import errno
import socket

ATTEMPTS = 50
BACKLOG = 2048


class NoFreePortError(OSError):
    """Nothing to listen on near the wanted port."""


def listen(host: str, port: int) -> socket.socket:
    """A socket listening on `port`, or on the first free one after it; port 0 means any."""
    for candidate in range(port, port + ATTEMPTS) if port else (0,):
        # asyncio sets TCP_NODELAY only where the protocol is named; without it every second answer waits 40 ms.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(BACKLOG)
        except OSError as problem:
            listener.close()
            if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            listener.setblocking(False)
            return listener
    raise NoFreePortError(f"{host}: ports {port} to {port + ATTEMPTS - 1} are all in use; give another with --port")
