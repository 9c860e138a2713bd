"""Somebody else's service (documents/warehouse.yaml): it answers with what it was asked, and keeps that for the test."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parent / "documents" / "warehouse.yaml"
MEGABYTE = b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(32768))
ALL_BYTES = bytes(range(256)) * 4
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GREETING = "Grüß Gott, žluťoučký kůň, Привет, こんにちは, مرحبا, 👋🏽 \u2028 end\r\n"
CSV = 'part,kind,note\r\n1,bolt,"a ""quoted"" note"\r\n2,nut,größer\r\n'


@dataclass(frozen=True)
class Asked:
    """A request as it arrived: the target's bytes are not decoded, header names are lower-case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the service answers."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def as_json(status: int, asked: Asked, *headers: tuple[str, str], kind: str = "application/json") -> Reply:
    """An echo: what was asked, as JSON with the service's own ideas about spaces."""
    got = {"method": asked.method, "target": asked.target, "body": base64.b64encode(asked.body).decode()}
    body = json.dumps({"got": got, "note": "ø, 1.0, 1e5"}, indent=1).encode()
    return Reply(status, body, (("Content-Type", kind), *headers))


def problem(status: int) -> Callable[[Asked], Reply]:
    """An error in the service's own words."""
    return lambda asked: as_json(status, asked, ("X-Reason", "because"), kind="application/problem+json")


def add_part(asked: Asked) -> Reply:
    """409 for a part that exists."""
    if b'"taken"' in asked.body:
        return problem(409)(asked)
    return as_json(201, asked, ("Location", "/parts/77"), ("ETag", 'W/"77"'))


def get_part(asked: Asked) -> Reply:
    return problem(404)(asked) if asked.target.startswith("/parts/missing") else as_json(200, asked)


def remove_part(asked: Asked) -> Reply:
    return problem(404)(asked) if asked.target.startswith("/parts/missing") else Reply(204)


def many_headers(asked: Asked) -> Reply:
    """Custom, repeated and odd response headers."""
    return as_json(
        200,
        asked,
        ("Set-Cookie", "a=1; Path=/; HttpOnly"),
        ("Set-Cookie", "b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT"),
        ("X-Many", "one"),
        ("X-Many", "two, three"),
        ("Link", '</parts?page=2>; rel="next"'),
        ("Cache-Control", "private, max-age=60"),
        ("Last-Modified", "Tue, 01 Jul 2025 10:00:00 GMT"),
        ("X-Empty", ""),
        ("x-lower", "kept"),
    )


def status(asked: Asked) -> Reply:
    """Any status; those without content have none."""
    code = int(asked.target.rpartition("/")[2])
    return Reply(code) if code in {204, 304} else problem(code)(asked)


ROUTES: list[tuple[str, str, Callable[[Asked], Reply]]] = [
    ("GET", r"/parts", lambda asked: as_json(200, asked)),
    ("POST", r"/parts", add_part),
    ("GET", r"/parts/[^/]+", get_part),
    ("PUT|PATCH", r"/parts/[^/]+", lambda asked: as_json(200, asked)),
    ("DELETE", r"/parts/[^/]+", remove_part),
    ("GET", r"/parts/[^/]+/photos/\d+", lambda _: Reply(200, PNG, (("Content-Type", "image/png"),))),
    ("PUT", r"/parts/[^/]+/photos/\d+", lambda asked: Reply(200, asked.body, (("Content-Type", "image/png"),))),
    ("POST", r"/uploads", lambda asked: Reply(202, asked.body, (("Content-Type", "application/octet-stream"),))),
    ("POST", r"/orders", lambda asked: as_json(200, asked)),
    ("GET", r"/dump", lambda _: Reply(200, MEGABYTE, (("Content-Type", "application/octet-stream"),))),
    ("GET", r"/stock\.csv", lambda _: Reply(200, CSV.encode(), (("Content-Type", "text/csv; charset=utf-8"),))),
    ("GET", r"/greeting", lambda _: Reply(200, GREETING.encode(), (("Content-Type", "text/plain; charset=utf-8"),))),
    ("GET", r"/latest", lambda _: Reply(302, b"elsewhere", (("Location", "https://example.org/x?y=%20"),))),
    ("GET", r"/headers", many_headers),
    ("GET", r"/unlucky", problem(500)),
    ("GET", r"/status/\d+", status),
]


class Warehouse(ThreadingHTTPServer):
    """The service on a free port; `asked` has every request in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Warehouse/2"
    server: Warehouse

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        asked = Asked(self.command, self.path, headers, body)
        self.server.asked.append(asked)
        self.send(respond(asked))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def respond(asked: Asked) -> Reply:
    """The answer of the route; a request that no route knows is a 599, so that a test sees it."""
    path = asked.target.partition("?")[0]
    for methods, pattern, reply in ROUTES:
        if asked.method in methods.split("|") and re.fullmatch(pattern, path):
            return reply(asked)
    return Reply(599, f"no route for {asked.method} {asked.target}".encode())


@contextmanager
def warehouse() -> Iterator[Warehouse]:
    """The running service."""
    server = Warehouse()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
