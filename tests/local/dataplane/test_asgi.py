"""The data plane on the AWS port: URLs, limits and header case through uvicorn."""

import asyncio
import socket
from typing import Any

import pytest
import uvicorn

from headgate.local.dataplane import DataPlane
from headgate.local.dataplane.asgi import locate
from headgate.local.dataplane.http_protocol import HeaderCaseProtocol


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("localhost:4566", b"/_aws/execute-api/api1/dev/a%2Fb", ("api1", "dev", b"/a%2Fb", b"/dev")),
        ("localhost:4566", b"/_aws/execute-api/api1/dev", ("api1", "dev", b"", b"/dev")),
        ("localhost:4566", b"/_aws/execute-api/api1//dev//a", ("api1", "dev", b"//a", b"/dev")),
        ("api1.execute-api.localhost:4566", b"/dev/a", ("api1", "dev", b"/a", b"/dev")),
        ("api1.execute-api.us-east-1.amazonaws.com", b"//dev/a", ("api1", "dev", b"/a", b"/dev")),
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
        ("/_aws/execute-api/api1/dev/l", ("Upgrade: h2c", "Connection: Upgrade"), 400),
        ("/_aws/execute-api/api1/dev/l", ("Upgrade: websocket",), 400),
    ],
    ids=["unknown-stage", "long-url", "large-header", "announced-too-large", "upgrade", "upgrade-alone"],
)
def test_limits(talk: Any, target: str, lines: tuple[str, ...], status: int) -> None:
    assert talk(request(target, *lines)).startswith(f"HTTP/1.1 {status} ".encode())
