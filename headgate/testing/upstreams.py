"""Stand-ins for the project's services: one loopback port, on which every upstream has a name and the replies a test gives it."""

import json
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset

Failure = int | Literal["timeout", "refuse"]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as the upstream got it. `path` is still percent-encoded and without the query."""

    upstream: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]  # names in lower case; values of the same name are joined by commas
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Answerer = Callable[[Received], Reply]


class Upstream:
    """One service's stand-in: `reply` says what it answers, the last word on a path counts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._rules: list[tuple[re.Pattern[str], str | None, Answerer]] = []
        self._requests: deque[Received] = deque(maxlen=10_000)
        self._failure: Failure | None = None
        self._release = threading.Event()

    @property
    def requests(self) -> list[Received]:
        """What it received, oldest first."""
        return list(self._requests)

    def reply(
        self,
        path: str,
        *,
        json: Any = None,
        body: bytes | str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
    ) -> "Upstream":
        """Answer a path (`/users/{id}` stands for any segment) with JSON or a body; every method unless one is given."""
        answer = _reply(json, body, status, headers or {})
        return self.answer(path, lambda _request: answer, method=method)

    def answer(self, path: str, answerer: Answerer, *, method: str | None = None) -> "Upstream":
        """Answer a path with what a function makes of the request."""
        pattern = re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in _parts(path)))
        self._rules.insert(0, (pattern, method, answerer))
        return self

    def fail(self, how: Failure) -> "Upstream":
        """From now on answer this status to everything, or never answer (`timeout`), or hang up (`refuse`)."""
        if how not in ("timeout", "refuse") and not (isinstance(how, int) and 100 <= how <= 599):
            raise ValueError(f"fail() wants a status, 'timeout' or 'refuse', got {how!r}")
        self._failure = how
        return self

    def recover(self) -> "Upstream":
        """Answer again."""
        self._failure = None
        self._release.set()
        self._release = threading.Event()
        return self

    def reset(self) -> None:
        """As if it had just been made."""
        self.recover()
        self._rules.clear()
        self._requests.clear()

    # ---- what the server asks

    def take(self, request: Received) -> Reply | None:
        """The answer; None to hang up."""
        self._requests.append(request)
        if isinstance(self._failure, int):
            return Reply(self._failure, {"Content-Type": "application/json"}, b'{"message": "told to fail"}')
        if self._failure == "timeout":
            self._release.wait()
            return None
        if self._failure == "refuse":
            return None
        for pattern, method, answerer in self._rules:
            if method in (None, request.method) and pattern.fullmatch(request.path):
                return answerer(request)
        return _unprepared(request)


def _parts(path: str) -> list[str]:
    return re.split(r"(\{[^}]+\})", path)


def _reply(value: Any, body: bytes | str | None, status: int, headers: Mapping[str, str]) -> Reply:
    if body is None and value is None:
        return Reply(status, headers)
    if body is None:
        return Reply(status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode())
    return Reply(status, headers, body.encode() if isinstance(body, str) else body)


def _unprepared(request: Received) -> Reply:
    """501, so that a test that forgot a reply says which."""
    what = f"{request.method} {request.path}"
    fix = f'gateway.upstream("{request.upstream}").reply("{request.path}", json=...)'
    text = json.dumps({"title": f"the test gave upstream {request.upstream} no reply to {what}", "fix": fix})
    return Reply(501, {"Content-Type": "application/problem+json"}, text.encode())


class Upstreams:
    """All of them. `url` is what the compiler is told; `{url}/{name}` is an upstream's address."""

    def __init__(self) -> None:
        self._by_name: dict[str, Upstream] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.upstream = self.named
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where they are."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def named(self, name: str) -> Upstream:
        """An upstream; there is one for every name."""
        return self._by_name.setdefault(name, Upstream(name))

    def reset(self) -> None:
        """Forget replies, failures and requests."""
        for upstream in list(self._by_name.values()):
            upstream.reset()

    def stop(self) -> None:
        """Close the port."""
        self.reset()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    upstream: Callable[[str], Upstream]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no error of the stand-in."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def answer(self) -> None:
        """Any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = urlsplit(self.path)
        name, slash, rest = target.path.lstrip("/").partition("/")
        headers: dict[str, str] = {}
        for key, value in self.headers.items():
            low = key.lower()
            headers[low] = f"{headers[low]},{value}" if low in headers else value
        query = tuple(parse_qsl(target.query, keep_blank_values=True))
        upstream = self.server.upstream(unquote(name))
        reply = upstream.take(Received(upstream.name, self.command, slash + rest, query, headers, body))
        if reply is None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.connection.close()
            return
        self.reply(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's names

    def reply(self, reply: Reply) -> None:
        """Send an answer."""
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""
