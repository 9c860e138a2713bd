"""A cloud with a public and a protected resource over a backend that counts, and two faces to talk to."""

import http.server
import io
import json
import re
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from headgate.local.cloud import Cloud, CloudConfig

PATIENCE_SECONDS = 5.0
GOOD = "let-me-in"
AUTHORIZER = f"""
def handler(event, context):
    effect = "Allow" if event["authorizationToken"] == "{GOOD}" else "Deny"
    statement = {{"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}}
    return {{"principalId": "p", "policyDocument": {{"Version": "2012-10-17", "Statement": [statement]}}}}
"""


@dataclass
class Upstream:
    """`seen` are the (method, path) that arrived."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    def reached(self, path: str) -> list[tuple[str, str]]:
        return [one for one in self.seen if path in one[1]]


@dataclass(frozen=True)
class Face:
    """A port, and how a raw request for the API's own path must be written for it."""

    name: str
    port: int
    host: str
    prefix: str

    def addressed(self, raw: bytes) -> bytes:
        """`GET /admin … Host: gw` with this face's path prefix and host."""
        line, crlf, rest = raw.partition(b"\r\n")
        verb, space, target = line.partition(b" ")
        if self.prefix and target.startswith(b"/"):
            target = self.prefix.encode() + target
        return verb + space + target + crlf + rest.replace(b"Host: gw", b"Host: " + self.host.encode())


@pytest.fixture(scope="package")
def upstream() -> Iterator[Upstream]:
    record = Upstream()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Silent."""

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            record.seen.append((self.command, self.path))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}" if self.command != "HEAD" else b"")

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = answer  # noqa: N815

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    record.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield record
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="package")
def faces(upstream: Upstream) -> Iterator[dict[str, Face]]:
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        api = _deploy(cloud, upstream.address)
        cloud.show({"": api}, "prod")
        aws, friendly = urlsplit(cloud.endpoint_url).port or 0, urlsplit(cloud.http_url).port or 0
        host = f"{api}.execute-api.localhost:{aws}"
        yield {
            "friendly": Face("friendly", friendly, f"shop.test:{friendly}", ""),
            "path": Face("path", aws, f"localhost:{aws}", f"/_aws/execute-api/{api}/prod"),
            "host": Face("host", aws, host, "/prod"),
        }


@pytest.fixture(params=["friendly", "path", "host"])
def face(request: pytest.FixtureRequest, faces: dict[str, Face]) -> Face:
    return faces[request.param]


def _deploy(cloud: Cloud, address: str) -> str:
    """GET and POST /public are open, GET /admin and everything below /vault/{proxy+} need the good token."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = cloud.clients.client("iam").create_role(
        RoleName="sockets", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    arn = cloud.clients.client("lambda").create_function(
        FunctionName="socket-authorizer",
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": _zipped(AUTHORIZER)},
    )["FunctionArn"]
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": uri, "authorizerResultTtlInSeconds": 0},
    }
    guarded = [{"guard": []}]
    document = {
        "openapi": "3.0.1",
        "info": {"title": "sockets", "version": "1"},
        "paths": {
            "/public": {"get": _forward(address, "/public"), "post": _forward(address, "/public", "POST")},
            "/admin": {"get": {**_forward(address, "/admin"), "security": guarded}},
            "/vault/{proxy+}": {
                "x-amazon-apigateway-any-method": {**_forward(address, "/vault", "ANY"), "security": guarded}
            },
        },
        "components": {"securitySchemes": {"guard": scheme}},
    }
    client = cloud.clients.client("apigateway")
    made = client.import_rest_api(body=json.dumps(document).encode(), failOnWarnings=True)["id"]
    client.create_deployment(restApiId=made, stageName="prod")
    return str(made)


def _forward(address: str, path: str, verb: str = "GET") -> dict[str, Any]:
    integration = {"type": "http_proxy", "httpMethod": verb, "uri": f"http://{address}{path}"}
    return {"responses": {}, "x-amazon-apigateway-integration": integration}


def _zipped(code: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", code)
    return buffer.getvalue()


@pytest.fixture
def talk() -> Callable[[Face, bytes], tuple[list[int], float]]:
    """Send bytes, read until the server closes or falls silent; (statuses, seconds to the first answer)."""

    def run(face: Face, raw: bytes, *, answers: int = 1) -> tuple[list[int], float]:
        began = time.monotonic()
        received, first = b"", PATIENCE_SECONDS
        with socket.create_connection(("127.0.0.1", face.port), timeout=PATIENCE_SECONDS) as connection:
            _send(connection, raw)
            while len(_statuses(received)) < answers:
                try:
                    piece = connection.recv(65536)
                except (TimeoutError, ConnectionError):
                    break
                if not piece:
                    break
                first = min(first, time.monotonic() - began)
                received += piece
        return _statuses(received), first

    return run


def _send(connection: socket.socket, raw: bytes) -> None:
    """A server that has seen enough may close while we still write."""
    try:
        connection.sendall(raw)
    except (BrokenPipeError, ConnectionResetError):
        return


def _statuses(answer: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb"HTTP/1\.[01] (\d{3})", answer)]
