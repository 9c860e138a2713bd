"""The HTTP client against a real loopback backend that records bytes."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from headgate.local.dataplane import BackendError, Client, Outgoing, Response
from headgate.local.dataplane.bodiless import PatientResponseHandler
from headgate.local.dataplane.http_backend import UntrustedBackendError


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


@pytest.mark.parametrize(
    ("answer", "method", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", "GET", 204),
        (b"HTTP/1.1 204 No Content\r\n\r\nhello", "GET", 204),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "GET", 204),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", "GET", 304),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HEAD", 200),
    ],
    ids=["204", "204-unannounced", "204-to-come", "304", "head"],
)
def test_a_body_where_there_is_none_is_dropped_with_its_connection(
    exchange: Any, answer: bytes, method: str, status: int
) -> None:
    responses, _, connections = exchange(answer, {"method": method}, {"method": method})

    assert [(one.status, one.body) for one in responses] == [(status, b"")] * 2
    assert connections == 2


def test_connections_without_such_bodies_are_kept(exchange: Any) -> None:
    responses, _, connections = exchange(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", {}, {})

    assert ([one.status for one in responses], connections) == ([204, 204], 1)


def test_a_body_that_speaks_of_204_is_a_body() -> None:
    body = b"HTTP/1.1 204 is a status\r\n\r\nand this is more"

    async def session() -> bytes:
        handler = PatientResponseHandler(asyncio.get_running_loop())
        handler.set_response_params()
        handler.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        handler.data_received(body)
        _, payload = await handler.read()
        return bytes(await payload.read())

    assert asyncio.run(session()) == body


@pytest.fixture
def untrusted(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "backend.test")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + dt.timedelta(days=36500))
    pem = tmp_path / "backend.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.mark.parametrize("verify", [True, False])
def test_a_certificate_is_trusted_only_when_nobody_asks(untrusted: ssl.SSLContext, *, verify: bool) -> None:
    async def backend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        writer.write(OK)
        writer.close()

    async def session() -> Response:
        server = await asyncio.start_server(backend, "127.0.0.1", 0, ssl=untrusted)
        url = "https://{}:{}".format(*server.sockets[0].getsockname())
        try:
            async with Client() as client:
                return await client.send(_outgoing(url, verify_tls=verify))
        finally:
            server.close()

    if verify:
        with pytest.raises(UntrustedBackendError):
            asyncio.run(session())
        return
    assert asyncio.run(session()).body == b"ok"
