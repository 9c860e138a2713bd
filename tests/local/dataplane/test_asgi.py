"""The data plane on the AWS port: URLs, limits and header case through uvicorn."""

import asyncio
import socket
from typing import Any

import pytest
import uvicorn

from headgate.local.dataplane import DataPlane, Outgoing, Response
from headgate.local.dataplane.asgi import locate
from headgate.local.dataplane.http_protocol import HeaderCaseProtocol
from headgate.local.records import Integration


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("localhost:4566", b"/_aws/execute-api/api1/dev/a%2Fb", ("api1", "dev", b"/a%2Fb", b"/dev")),
        ("localhost:4566", b"/_aws/execute-api/api1/dev", ("api1", "dev", b"", b"/dev")),
        ("localhost:4566", b"/_aws/execute-api/api1//dev//a", ("api1", "dev", b"//a", b"/dev")),
        ("api1.execute-api.localhost:4566", b"/dev/a", ("api1", "dev", b"/a", b"/dev")),
        ("api1.execute-api.us-east-1.amazonaws.com", b"//dev/a", ("api1", "dev", b"/a", b"/dev")),
        ("API1.Execute-API.localhost:4566", b"/dev/a", ("api1", "dev", b"/a", b"/dev")),
        ("localhost", b"/restapis/api1/dev/_user_request_/a", ("api1", "dev", b"/a", b"/dev")),
        ("localhost", b"/a", None),
        ("api1.s3.localhost", b"/dev", None),
    ],
)
def test_urls_of_the_execute_api(host: str, path: bytes, expected: Any) -> None:
    located = locate(host, path)

    assert (located and located[:4]) == expected


@pytest.fixture
def talk(world: Any, make: Any) -> Any:
    world.deploy({"ANY /l": make.proxy(), "GET /h": make.proxy("h"), "GET /none": make.proxy("none")})
    world.functions["h"] = lambda _event: {"headers": {"X-MixedCase": "1"}, "body": "b"}
    world.functions["none"] = lambda _event: {"statusCode": 204}

    def run(sent: bytes) -> bytes:
        async def session() -> bytes:
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            settings: dict[str, Any] = {"http": HeaderCaseProtocol, "ws": "none", "lifespan": "off", "log_config": None}
            server = uvicorn.Server(uvicorn.Config(DataPlane(world.gateway), access_log=False, **settings))
            task = asyncio.ensure_future(server.serve(sockets=[listener]))
            while not server.started:
                await asyncio.sleep(0)
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(sent)
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await writer.wait_closed()
            server.should_exit = True
            await task
            listener.close()
            return answer

        return asyncio.run(session())

    return run


def request(target: str, *lines: str, body: str = "") -> bytes:
    head = [
        f"POST {target} HTTP/1.1" if body else f"GET {target} HTTP/1.1",
        "Host: localhost:4566",
        "Connection: close",
        *lines,
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def test_header_case_and_raw_paths_survive_uvicorn(talk: Any, world: Any) -> None:
    talk(request("/_aws/execute-api/api1/dev//l?x=%2B", "tEsT-H: v \t"))

    event = world.events[-1][1]
    assert (event["headers"]["tEsT-H"], event["requestContext"]["path"]) == ("v", "/dev//l")
    assert event["queryStringParameters"] == {"x": "+"}


def test_response_names_keep_their_case(talk: Any) -> None:
    answer = talk(request("/_aws/execute-api/api1/dev/h"))

    assert b"\r\nX-MixedCase: 1\r\n" in answer
    assert answer.endswith(b"\r\n\r\nb")


def test_bodies_arrive(talk: Any, world: Any) -> None:
    talk(request("/_aws/execute-api/api1/dev/l", "Content-Length: 3", body="abc"))

    assert world.events[-1][1]["body"] == "abc"


def test_204_has_neither_body_nor_length(talk: Any) -> None:
    answer = talk(request("/_aws/execute-api/api1/dev/none"))

    assert answer.startswith(b"HTTP/1.1 204")
    assert b"ontent-length" not in answer.lower()


@pytest.mark.parametrize(
    ("target", "lines", "status"),
    [
        ("/_aws/execute-api/api1/nope/l", (), 403),
        ("/_aws/execute-api/api1/dev/" + "a" * 10_300, (), 414),
        ("/_aws/execute-api/api1/dev/l", ("X: " + "a" * 10_300,), 431),
        ("/_aws/execute-api/api1/dev/l", ("Content-Length: 10485761",), 413),
        ("/_aws/execute-api/api1/dev/l", ("Host: evil",), 400),
    ],
    ids=["unknown-stage", "long-url", "large-header", "announced-too-large", "two-hosts"],
)
def test_limits(talk: Any, target: str, lines: tuple[str, ...], status: int) -> None:
    assert talk(request(target, *lines)).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(("version", "status"), [("1.0", 200), ("1.1", 400)])
def test_without_a_host_only_the_older_version_is_served(talk: Any, version: str, status: int) -> None:
    answer = talk(f"GET /_aws/execute-api/api1/dev/l HTTP/{version}\r\n\r\n".encode())

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


UPGRADE = "Connection: Upgrade"


@pytest.mark.parametrize(
    ("lines", "rest", "status"),
    [
        pytest.param(("Connection: close", "Upgrade: HTTP/2.0", "Content-Length: 2"), "ab", 200, id="not-an-option"),
        pytest.param((UPGRADE, "Upgrade: h2c", "Content-Length: 0"), "", 200, id="h2c"),
        pytest.param((UPGRADE, "Upgrade: websocket"), "GET /x HTTP/1.1\r\n\r\n", 200, id="what-follows-is-not-read"),
        pytest.param((UPGRADE, "Upgrade: h2c", "Content-Length: 2"), "ab", 400, id="with-a-body"),
        pytest.param((UPGRADE, "Upgrade: h2c", "Transfer-Encoding: chunked"), "0\r\n\r\n", 400, id="chunked"),
    ],
)
def test_a_wish_to_upgrade_is_ignored(talk: Any, world: Any, lines: tuple[str, ...], rest: str, status: int) -> None:
    """A client that speaks HTTP/2 may offer h2c with its first request; the one recorded for FACTS 3.7 was served."""
    head = ("POST /_aws/execute-api/api1/dev/l HTTP/1.1", "Host: localhost", *lines)

    answer = talk(("\r\n".join(head) + "\r\n\r\n" + rest).encode())

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert (answer.count(b"HTTP/1.1 "), len(world.events)) == (1, int(status == 200))


def test_what_follows_a_wish_to_upgrade_is_not_read_while_it_is_served(talk: Any, world: Any) -> None:
    class Slow:
        async def send(self, _outgoing: Outgoing) -> Response:
            for _ in range(100):
                await asyncio.sleep(0)
            return Response(200, (), b"slow")

    world.client = Slow()
    world.deploy({"GET /s": Integration("HTTP_PROXY", http_method="GET", uri="http://up.test/")})

    answer = talk(request("/_aws/execute-api/api1/dev/s", UPGRADE, "Upgrade: h2c") + b"PRI * HTTP/2.0\r\n" * 10_000)

    assert (answer.count(b"HTTP/1.1 "), answer[-4:]) == (1, b"slow")


def test_there_are_no_tunnels(talk: Any) -> None:
    answer = talk(request("/_aws/execute-api/api1/dev/l").replace(b"GET", b"CONNECT"))

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_answers_have_the_date(talk: Any) -> None:
    assert b"\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n" in talk(request("/_aws/execute-api/api1/dev/h"))
