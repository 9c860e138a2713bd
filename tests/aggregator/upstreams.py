"""A real HTTP service on a loopback port that does what a test tells it: answer, be slow, break off, lie, flood.

    with Service({"/cafes": json_reply([{"id": "c1"}])}) as service:
        service.url, service.requests      # what arrived, in order

A behaviour is a function of the connection's `Exchange`; it writes raw bytes, so that it can break any rule.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

REASONS = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}


@dataclass
class Exchange:
    """One request as it arrived and the way to answer it."""

    connection: socket.socket
    connection_number: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    stopping: threading.Event
    lines: tuple[str, ...] = ()

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait without outliving the test."""
        self.stopping.wait(seconds)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[Exchange], None]


def reply(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Behaviour:
    """A well-formed reply."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return lambda exchange: exchange.send(head.encode() + b"\r\n" + body)


def json_reply(value: Any, status: int = 200, **headers: str) -> Behaviour:
    """A JSON reply; header names with underscores for dashes."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return reply(status, json.dumps(value).encode(), named)


def raw(data: bytes) -> Behaviour:
    """Exactly these bytes, then the end of the connection."""

    def behave(exchange: Exchange) -> None:
        exchange.send(data)
        exchange.connection.shutdown(socket.SHUT_RDWR)

    return behave


def slow(seconds: float, then: Behaviour) -> Behaviour:
    """A reply after a while."""

    def behave(exchange: Exchange) -> None:
        exchange.pause(seconds)
        then(exchange)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour after another; the last one stays."""
    left = list(behaviours)

    def behave(exchange: Exchange) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        now(exchange)

    return behave


def gzip_bomb(exchange: Exchange) -> None:
    """One kilobyte and a bit that becomes 64 MB."""
    bomb = gzip.compress(b" " * (64 * 1024 * 1024))
    reply(200, bomb, {"Content-Encoding": "gzip"})(exchange)


def drip(exchange: Exchange) -> None:
    """A head and then one byte every 50 ms, without end."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while not exchange.stopping.wait(0.05):
        exchange.send(b" ")


def flood_of_headers(exchange: Exchange) -> None:
    """Ten thousand cookies."""
    exchange.send(b"HTTP/1.1 200 OK\r\n" + b"Set-Cookie: a=b\r\n" * 10_000 + b"Content-Length: 2\r\n\r\n{}")


def flood_of_hints(exchange: Exchange) -> None:
    """103 after 103."""
    while not exchange.stopping.is_set():
        exchange.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)


def reset(exchange: Exchange) -> None:
    """The connection is gone before a byte came."""
    exchange.reset()


def reset_in_body(exchange: Exchange) -> None:
    """The connection is gone in the middle of the body."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
    exchange.reset()


@dataclass
class Seen:
    """What a test may ask about a request that arrived; `lines` are its header names, repeated ones and all."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection_number: int
    lines: tuple[str, ...] = ()


@dataclass
class Service:
    """Listens on a free loopback port; `behaviours` by path (without query), anything else is 404."""

    behaviours: Mapping[str, Behaviour]
    requests: list[Seen] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._spawn(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            _close(connection)
        for thread in self._threads:
            thread.join(timeout=5)

    def _spawn(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        number = 0
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(connection)
            self._spawn(self._serve, connection, number)
            number += 1

    def _serve(self, connection: socket.socket, number: int) -> None:
        buffer = b""
        try:
            while not self._stopping.is_set():
                exchange, buffer = self._read(connection, number, buffer)
                if exchange is None:
                    return
                self.requests.append(_seen(exchange, number))
                self.behaviours.get(exchange.target.partition("?")[0], reply(404, b"{}"))(exchange)
        except OSError:
            pass
        finally:
            _close(connection)

    def _read(self, connection: socket.socket, number: int, buffer: bytes) -> tuple[Exchange | None, bytes]:
        while b"\r\n\r\n" not in buffer:
            data = connection.recv(65536)
            if not data:
                return None, b""
            buffer += data
        head, _, rest = buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(rest) < length:
            rest += connection.recv(65536)
        method, target, _ = first.split(" ", 2)
        body, rest = rest[:length], rest[length:]
        names = tuple(line.partition(":")[0].lower() for line in lines)
        return Exchange(connection, number, method, target, headers, body, self._stopping, names), rest


def _seen(exchange: Exchange, number: int) -> Seen:
    return Seen(exchange.method, exchange.target, exchange.headers, exchange.body, number, exchange.lines)


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
