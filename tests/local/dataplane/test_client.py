"""The HTTP client against a real loopback backend that records bytes."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from headgate.local.dataplane import BackendError, Client, Outgoing, Response


@pytest.fixture
def exchange() -> Any:
    """`exchange(answer, requests)` -> (responses, bytes that the backend read); one client for all requests."""

    def run(answer: bytes, *calls: dict[str, Any]) -> tuple[list[Response], list[bytes], int]:
        seen: list[bytes] = []
        connections: list[asyncio.StreamWriter] = []

        async def backend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer)
            while head := await _head(reader):
                seen.append(head)
                writer.write(answer)
            writer.close()

        async def session() -> list[Response]:
            server = await asyncio.start_server(backend, "127.0.0.1", 0)
            url = "http://{}:{}".format(*server.sockets[0].getsockname())
            try:
                async with Client() as client:
                    return [await client.send(_outgoing(url, **call)) for call in calls]
            finally:
                server.close()
                await server.wait_closed()
                for writer in connections:
                    writer.close()
                    with contextlib.suppress(ConnectionError):
                        await writer.wait_closed()

        return asyncio.run(session()), seen, len(connections)

    return run


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _outgoing(url: str, target: str = "/", **more: Any) -> Outgoing:
    given: dict[str, Any] = {"method": "GET", "headers": (), "body": b"", "timeout_seconds": 5.0, **more}
    return Outgoing(url=url + target, **given)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_the_request_line_and_headers_are_sent_as_given(exchange: Any) -> None:
    headers = ((b"X-cAse", b"1"), (b"X-cAse", b"2"), (b"Accept", b"a/b"))

    _, seen, _ = exchange(OK, {"target": "//a%2Fb/%zz/../c?x=%2B&|", "headers": headers})

    lines = seen[0].split(b"\r\n")
    assert lines[0] == b"GET //a%2Fb/%zz/../c?x=%2B&| HTTP/1.1"
    assert lines[2:-2] == [b"X-cAse: 1", b"X-cAse: 2", b"Accept: a/b"]


def test_connections_are_kept(exchange: Any) -> None:
    responses, _, connections = exchange(OK, {}, {}, {})

    assert ([one.body for one in responses], connections) == ([b"ok"] * 3, 1)


def test_neither_redirects_nor_compression_nor_cookies_are_followed(exchange: Any) -> None:
    body = b"\x1f\x8b\x08 not really"
    lines = (b"Location: /elsewhere", b"Content-Encoding: gzip", b"sEt-Cookie: a=b", b"Content-Length: %d" % len(body))
    answer = b"HTTP/1.1 302 Found\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + body

    responses, seen, _ = exchange(answer, {}, {})

    assert (responses[0].status, responses[0].body) == (302, body)
    assert (b"sEt-Cookie", b"a=b") in responses[0].headers
    assert b"ookie" not in seen[1]


def test_proxies_of_the_environment_are_ignored(exchange: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert exchange(OK, {})[0][0].body == b"ok"


def _fails(send: Callable[[Client], Any]) -> Any:
    async def session() -> Any:
        async with Client() as client:
            return await send(client)

    return asyncio.run(session())


def test_nobody_listens() -> None:
    with pytest.raises(BackendError):
        _fails(lambda client: client.send(_outgoing("http://127.0.0.1:9")))


def test_garbage_is_a_backend_error(exchange: Any) -> None:
    with pytest.raises(BackendError):
        exchange(b"HTTP/1.1 abc\r\n\r\n", {})


def test_a_silent_backend_times_out(exchange: Any) -> None:
    with pytest.raises(TimeoutError):
        exchange(b"", {"timeout_seconds": 0.02})
