"""The friendly port over real loopback sockets: framing, limits, order and time."""

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from headgate.local.dataplane import Limits, Located, serve
from headgate.local.dataplane.protocol import Server
from headgate.local.records import Invocation

Talk = Callable[[bytes], Awaitable[bytes]]
LIMITS = Limits(header_seconds=0.05, body_seconds=0.05, idle_seconds=0.05)


@pytest.fixture
def talk(world: Any, make: Any) -> Any:
    """`talk(bytes, ...)` sends each on one connection and returns everything until the server closes."""
    routes = {
        "ANY /m/{id}": make.mock("\"$input.params('id')\""),
        "ANY /l": make.proxy(),
        "ANY /slow": make.proxy("slow"),
    }
    world.deploy(routes)

    def locate(host: str, path: bytes) -> Located | None:
        return Located("api1", "dev", path) if host.startswith("shop") else None

    def run(*pieces: bytes, limits: Limits = LIMITS) -> bytes:
        async def session() -> bytes:
            server = await serve(Server(world.gateway, locate, limits), port=0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0)
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await writer.wait_closed()
            server.close()
            await server.wait_closed()
            return answer

        return asyncio.run(session())

    return run


def statuses(answer: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def get(path: str, *lines: str, close: bool = True) -> bytes:
    head = [f"GET {path} HTTP/1.1", "Host: shop.test:8080", *lines, *(["Connection: close"] if close else [])]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


def test_a_response_is_framed(talk: Any) -> None:
    head, _, body = talk(get("/m/7")).partition(b"\r\n\r\n")

    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b'"7"')
    assert {b"Content-Length: 3", b"Connection: close", b"Content-Type: application/json"} <= set(head.split(b"\r\n"))
    assert b"\r\nDate: Tue, " not in head or b" GMT" in head


def test_pipelined_requests_are_answered_in_order(talk: Any) -> None:
    answer = talk(get("/m/1", close=False) + get("/l", close=False) + get("/m/3", close=False) + get("/m/4"))

    assert statuses(answer) == [200] * 4
    assert re.findall(rb'\r\n\r\n("\d"|\{)', answer) == [b'"1"', b"{", b'"3"', b'"4"']


def test_more_requests_than_are_read_ahead_are_all_answered(talk: Any) -> None:
    requests = b"".join(get(f"/m/{number}", close=False) for number in range(100))

    answer = talk(requests + get("/m/end"), limits=Limits(pipelined=2, idle_seconds=0.05))

    assert statuses(answer) == [200] * 101


def test_a_request_may_arrive_byte_by_byte(talk: Any) -> None:
    whole = get("/m/7")

    assert statuses(talk(*(whole[at : at + 1] for at in range(len(whole))), limits=Limits())) == [200]


def test_header_names_keep_their_case_and_values_lose_blanks(talk: Any, world: Any) -> None:
    talk(get("/l", "tEsT-H:  a b \t"))

    assert world.events[-1][1]["headers"]["tEsT-H"] == "a b"


def test_chunked_bodies_are_joined_and_trailers_ignored(talk: Any, world: Any) -> None:
    head = b"POST /l HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

    talk(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: 1\r\n\r\n")

    assert world.events[-1][1]["body"] == "abcde"
    assert "X-Late" not in world.events[-1][1]["headers"]


def test_head_has_no_body_but_its_length(talk: Any) -> None:
    head, _, body = talk(get("/m/7").replace(b"GET", b"HEAD")).partition(b"\r\n\r\n")

    assert (b"Content-Length: 3" in head, body) == (True, b"")


def test_the_absolute_form_is_understood(talk: Any) -> None:
    assert statuses(talk(get("http://shop/m/7"))) == [200]


def test_the_client_is_told_to_continue(talk: Any) -> None:
    head = b"POST /l HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"

    assert statuses(talk(head, b"ok")) == [100, 200]


@pytest.mark.parametrize("option", ["", "Connection: Upgrade, HTTP2-Settings\r\n"], ids=["alone", "as-an-option"])
def test_a_wish_to_upgrade_is_ignored_and_nothing_after_it_is_read(talk: Any, option: str) -> None:
    """A client that speaks HTTP/2 may offer h2c with its first request; the one recorded for FACTS 3.7 was served."""
    wish = f"GET /m/1 HTTP/1.1\r\nHost: shop\r\nUpgrade: h2c\r\n{option}\r\n".encode()

    answer = talk(get("/m/0", close=False) + wish + get("/m/2"))

    assert statuses(answer) == [200, 200]
    assert answer.endswith(b'Connection: close\r\n\r\n"1"')


def test_an_unknown_host_is_forbidden(talk: Any) -> None:
    answer = talk(get("/m/7").replace(b"shop.test", b"evil.test"))

    assert statuses(answer) == [403]
    assert answer.endswith(b'{"message":"Forbidden"}')


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET /m/1 HTTP/1.1\nHost: shop\n\n", 400, id="bare-lf"),
        pytest.param(b"GET /m/1 HTTP/1.1\r\nHost : shop\r\n\r\n", 400, id="space-before-colon"),
        pytest.param(b"GET /m/1 HTTP/1.1\r\nHost: shop\r\n folded\r\n\r\n", 400, id="folded-line"),
        pytest.param(b"GET /m/1 HTTP/1.1\r\n\r\n", 400, id="no-host"),
        pytest.param(b"GET /m/1 HTTP/1.1\r\nHost: shop\r\nHost: shop\r\n\r\n", 400, id="two-hosts"),
        pytest.param(
            b"POST /l HTTP/1.1\r\nHost: shop\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\na",
            400,
            id="upgrade-with-a-body",
        ),
        pytest.param(b"CONNECT /m/1 HTTP/1.1\r\nHost: shop\r\n\r\n", 400, id="connect-to-a-path"),
        pytest.param(b"CONNECT shop:80 HTTP/1.1\r\nHost: shop\r\n\r\n", 400, id="connect"),
        pytest.param(b"OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n", 400, id="asterisk"),
        pytest.param(b"GET /m/1#f HTTP/1.1\r\nHost: shop\r\n\r\n", 400, id="fragment"),
        pytest.param(
            b"POST /l HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, id="two-lengths"
        ),
        pytest.param(b"POST /l HTTP/1.1\r\nHost: shop\r\nContent-Length: +1\r\n\r\na", 400, id="signed-length"),
        pytest.param(
            b"POST /l HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            id="both",
        ),
        pytest.param(
            b"POST /l HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400, id="odd-coding"
        ),
        pytest.param(
            b"POST /l HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n", 400, id="bad-chunk"
        ),
        pytest.param(
            b"POST /l HTTP/1.1\r\nHost: shop\r\nContent-Length: 10485761\r\n\r\n", 413, id="announced-too-large"
        ),
        pytest.param(b"GET /" + b"a" * 10_300 + b" HTTP/1.1\r\nHost: shop\r\n\r\n", 414, id="long-url"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"a" * 10_300 + b"\r\n\r\n", 431, id="large-header"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: shop\r\n" + b"X: 1234567890\r\n" * 1000 + b"\r\n", 431, id="many-headers"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"a" * 40_000, 431, id="endless-header"),
        pytest.param(b"\x16\x03\x01\x02\x00", 400, id="tls"),
    ],
)
def test_what_cannot_be_trusted_is_answered_once_and_closed(talk: Any, sent: bytes, status: int) -> None:
    answer = talk(sent)

    assert statuses(answer) == [status]
    assert b"Connection: close" in answer


def test_a_body_that_grows_too_large_is_413(talk: Any) -> None:
    head = b"POST /l HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert statuses(talk(head + b"20\r\n" + b"x" * 32 + b"\r\n", limits=Limits(body=16))) == [413]


def test_an_error_comes_after_the_answers_before_it(talk: Any) -> None:
    assert statuses(talk(get("/l", close=False) + b"GET  HTTP/1.1\r\n\r\n")) == [200, 400]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(b"", [], id="idle"),
        pytest.param(b"GET /m/1 HTTP/1.1\r\nHost:", [408], id="headers"),
        pytest.param(b"POST /l HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nab", [408], id="body"),
        pytest.param(get("/m/1", close=False), [200], id="keep-alive"),
    ],
)
def test_a_silent_client_is_closed(talk: Any, sent: bytes, expected: list[int]) -> None:
    assert statuses(talk(sent)) == expected


def test_a_client_that_half_closes_gets_its_answers(world: Any, make: Any) -> None:
    world.deploy({"ANY /l": make.proxy("slow")})

    async def session() -> bytes:
        async def invoke(*_: Any) -> Any:
            await asyncio.sleep(0.01)
            return Invocation(b'{"body":"late"}')

        world.invoke = invoke
        server = await serve(Server(world.gateway, lambda _host, path: Located("api1", "dev", path)), port=0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(get("/l", close=False) * 2)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await writer.wait_closed()
        server.close()
        return answer

    assert asyncio.run(session()).count(b"late") == 2


def test_a_client_that_leaves_cancels_its_request(world: Any, make: Any) -> None:
    cancelled: list[bool] = []

    async def session() -> None:
        loop = asyncio.get_running_loop()
        reached = asyncio.Event()

        async def invoke(*_: Any) -> Any:
            reached.set()
            try:
                await loop.create_future()
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        world.invoke = invoke
        world.deploy({"GET /a": make.proxy()})
        server = await serve(Server(world.gateway, lambda _host, path: Located("api1", "dev", path)), port=0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(get("/a"))
        await reached.wait()
        reset = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        writer.transport.abort()
        while not cancelled:
            await asyncio.sleep(0)
        server.close()
        await server.wait_closed()

    asyncio.run(session())
    assert cancelled == [True]
