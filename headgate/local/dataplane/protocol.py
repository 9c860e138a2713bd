"""The friendly port: HTTP/1.1 straight on asyncio and httptools (llhttp), without ASGI and without a Task per request.

llhttp parses strictly; what it does not judge is judged here: sizes (FACTS 10.1), the target's form, Host, Upgrade, time.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import httptools

from ..attention import SLEEPY, Sleepy
from .gateway import Gateway
from .message import Headers, Request, Response
from .stepping import Stepper
from .wire import encode


class Located(NamedTuple):
    """Where a URL leads: `path` is the rest of the raw path after the mount (FACTS 3.4)."""

    api_id: str
    stage: str
    path: bytes
    mount: bytes = b""
    custom_domain: bool = True
    lower_headers: bool = False


# (Host as sent, raw path) -> where it leads, or None: 403 (FACTS 2.18).
Locate = Callable[[str, bytes], Located | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    url: int = 10_240  # FACTS 10.1, regional
    headers: int = 10_240  # FACTS 10.1, names and values together
    body: int = 10 * 1024 * 1024  # FACTS 10.1
    header_seconds: float = 10.0  # from the first byte of a request to the end of its headers
    body_seconds: float = 60.0
    idle_seconds: float = 65.0  # longer than most clients keep a connection
    pipelined: int = 16  # requests read ahead on one connection before reading pauses


@dataclass(frozen=True, slots=True)
class Server:
    """What all connections share."""

    gateway: Gateway
    locate: Locate
    limits: Limits = Limits()
    clock: Callable[[], float] = time.time
    scheme: str = "http"
    attention: Sleepy = SLEEPY


class Message(NamedTuple):
    """A parsed request, or the error that ends the connection in its place."""

    request: Request | None
    error: Response | None
    head: bool
    close: bool


class Connection(asyncio.Protocol):
    """One client connection: parses ahead, answers in order."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._limits = server.limits
        self._parser = httptools.HttpRequestParser(self)
        self._transport = cast(asyncio.Transport, None)
        self._peer = "127.0.0.1"
        self._port = 80
        self._waiting: deque[Message] = deque()
        self._stepper: Stepper | None = None
        self._served = cast(Message, None)  # what the stepper works on
        self._serving = False  # _next runs: a request that ends at once must not start it again
        self._paused = False  # by the transport: its write buffer is full
        self._reading = True
        self._ended = False  # the client will send no more
        self._dead = False  # an error was found: nothing more is parsed
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._raw_bytes = 0  # of the request that is being read
        self._reset()

    def _reset(self) -> None:
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._hosts: list[bytes] = []
        self._framing: dict[bytes, bytes] = {}  # the first value of each of _FRAMING, in order
        self._header_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._in_headers = True

    # -- transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._peer = _host(transport.get_extra_info("peername"), "127.0.0.1")
        self._port = _port(transport.get_extra_info("sockname"))
        self._expect_within(self._limits.idle_seconds)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 asyncio's signature
        self._dead = True
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._stepper is not None:
            self._stepper.cancel()

    def data_received(self, data: bytes) -> None:
        if self._dead:
            return
        is_fresh = self._in_headers and not self._raw_bytes
        self._raw_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._dead = True  # the request is answered without an upgrade (RFC 9110, 7.8); what follows it is not read
        except httptools.HttpParserError:
            self._fail("DEFAULT_4XX")
        if self._in_headers and self._raw_bytes > self._limits.url + 2 * self._limits.headers:
            self._fail("DEFAULT_4XX", status=431, message="Request header fields too large")
        if is_fresh and self._in_headers and self._raw_bytes:  # mostly a whole request came at once
            self._expect_within(self._limits.header_seconds)

    def eof_received(self) -> bool:
        """A client that half-closes still gets its answers, and then the end of the connection."""
        self._ended = True
        return bool(self._waiting or self._stepper)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._next()

    # -- parser

    def on_message_begin(self) -> None:
        self._reset()

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > self._limits.url:
            self._fail("DEFAULT_4XX", status=414, message="Request URI too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_headers or self._dead:
            return  # a trailer: API Gateway has no use for it
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > self._limits.headers:
            self._fail("DEFAULT_4XX", status=431, message="Request header fields too large")
            return
        value = value.strip(b" \t")  # RFC 9110, 5.5: blanks around a value are no part of it
        self._headers.append((name, value))
        lower = name.lower()
        if lower == b"host":
            self._hosts.append(value)
        elif lower in _FRAMING:
            self._framing.setdefault(lower, value)

    def on_headers_complete(self) -> None:
        self._in_headers = False
        if self._dead:
            return
        framing = self._framing
        problem = None if len(self._hosts) == 1 else _problem(self._hosts, self._parser.get_http_version())
        length = _content_length(framing) if framing else 0
        if problem or (self._parser.should_upgrade() and (length or self._parser.get_method() == b"CONNECT")):
            self._fail("DEFAULT_4XX", message=problem or "Upgrade is not supported")
        elif length > self._limits.body:
            self._fail("REQUEST_TOO_LARGE")  # FACTS 1.18, before a byte of the body is read
        elif length:
            self._expect_body()

    def on_body(self, body: bytes) -> None:
        if self._dead:
            return
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body:
            self._fail("REQUEST_TOO_LARGE")

    def on_message_complete(self) -> None:
        if self._dead:
            return
        method = self._parser.get_method().decode("ascii")
        version = self._parser.get_http_version()
        close = version == "1.0" or not self._parser.should_keep_alive() or b"upgrade" in self._framing
        message = self._message(method, version, close=close)
        if message is None:
            return
        self._raw_bytes = 0
        self._in_headers = True
        self._waiting.append(message)
        if len(self._waiting) >= self._limits.pipelined and self._reading:
            self._reading = False
            self._transport.pause_reading()
        self._next()

    def _expect_body(self) -> None:
        self._expect_within(self._limits.body_seconds)
        expects = self._framing.get(b"expect", b"").lower() == b"100-continue"
        if expects and not self._waiting and self._stepper is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _message(self, method: str, version: str, *, close: bool) -> Message | None:
        target = _origin_form(self._url)
        if target is None:
            self._fail("DEFAULT_4XX")
            return None
        path, _, query = target.partition(b"?")
        host = self._hosts[0].decode("latin-1") if self._hosts else ""
        located = self._server.locate(host, path)
        if located is None:
            refused = self._server.gateway.refuse("WAF_FILTERED")  # FACTS 2.18: Forbidden
            return Message(None, refused, head=method == "HEAD", close=close)
        request = Request(
            method,
            located.api_id,
            located.stage,
            located.path,
            query,
            lowered(self._headers) if located.lower_headers else tuple(self._headers),
            b"".join(self._body),
            host,
            self._peer,
            self._port,
            self._server.scheme,
            located.mount,
            located.custom_domain,
            version,
        )
        return Message(request, None, head=method == "HEAD", close=close)

    # -- answering

    def _next(self) -> None:
        """Serve what waits, one at a time; a request that needs nothing from outside is answered at once."""
        self._serving = True
        while self._waiting and self._stepper is None and not self._paused and not self._transport.is_closing():
            self._begin(self._waiting.popleft())
        self._serving = False
        if self._ended and not self._waiting and self._stepper is None:
            self._transport.close()
        if not self._reading and len(self._waiting) < self._limits.pipelined and not self._dead:
            self._reading = True
            self._transport.resume_reading()

    def _begin(self, message: Message) -> None:
        if message.request is None:
            self._write(message, cast(Response, message.error))
            return
        self._deadline = FOREVER
        self._served = message
        self._server.attention.begin()
        self._stepper = Stepper(self._server.gateway.handle(message.request), self._done, self._loop)
        self._stepper.step()

    def _done(self, response: Any, error: BaseException | None) -> None:
        self._stepper = None
        self._server.attention.end()
        if self._transport.is_closing():
            return
        if error is not None:
            response = self._server.gateway.refuse("DEFAULT_5XX")
        self._write(self._served, response)
        if not self._serving:
            self._next()

    def _write(self, message: Message, response: Response) -> None:
        epoch = int(self._server.clock())
        self._transport.write(encode(response, head=message.head, close=message.close, epoch_seconds=epoch))
        if message.close:
            self._dead = True
            self._transport.close()
        else:
            self._expect_within(self._limits.idle_seconds)

    def _fail(self, kind: str, *, status: int | None = None, message: str | None = "") -> None:
        """Answer with an error after everything that waits, and close: the rest of the bytes cannot be trusted."""
        if self._dead:
            return
        self._dead = True
        error = self._server.gateway.refuse(kind, status=status, message=message or "")
        self._waiting.append(Message(None, error, head=False, close=True))
        self._next()

    # -- time

    def _expect_within(self, seconds: float) -> None:
        """Set the time by which something must happen; one timer serves the connection and is moved when it fires."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._check_time)
        elif self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = self._loop.call_later(seconds, self._check_time)

    def _check_time(self) -> None:
        self._timer = None
        if self._deadline == FOREVER:
            self._timer = self._loop.call_later(self._limits.idle_seconds, self._check_time)
            return
        left = self._deadline - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._check_time)
        elif self._raw_bytes and not self._dead:
            self._fail("DEFAULT_4XX", status=408, message="Request timed out")
        else:
            self._transport.close()


def lowered(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Header names in lower case, as domains with base paths of several levels convert them."""
    return tuple((name.lower(), value) for name, value in headers)


FOREVER = float("inf")

# Headers that this protocol itself goes by, beside Host.
_FRAMING = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade"))


def _problem(hosts: list[bytes], version: str) -> str | None:
    """What llhttp lets through and RFC 9112 does not: not exactly one Host (3.2)."""
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return "Exactly one Host header is required"
    return None


def _content_length(framing: dict[bytes, bytes]) -> int:
    """The announced length, or 1 when the body is chunked; llhttp has refused what is not a number, and both together."""
    if b"transfer-encoding" in framing:
        return 1
    return int(framing.get(b"content-length", b"0"))


def _origin_form(url: bytes) -> bytes | None:
    """`http://h/a?b` -> `/a?b`; None for anything that is no path (RFC 9112, 3.2), or that has a fragment."""
    if b"#" in url:
        return None
    if url.startswith(b"/"):
        return url
    for scheme in (b"http://", b"https://"):
        if url.lower().startswith(scheme):
            rest = url[len(scheme) :]
            cut = min((at for at in (rest.find(b"/"), rest.find(b"?")) if at >= 0), default=len(rest))
            return rest[cut:] if rest[cut : cut + 1] == b"/" else b"/" + rest[cut:]
    return None


def _host(name: Any, default: str) -> str:
    return str(name[0]) if isinstance(name, tuple) else default


def _port(name: Any) -> int:
    return int(name[1]) if isinstance(name, tuple) else 80


async def serve(server: Server, *, host: str = "127.0.0.1", port: int = 8080) -> asyncio.Server:
    """Listen; the caller closes the returned server."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Connection(server, loop), host, port)
