"""HTTP calls side by side over connections that stay warm between invocations: libcurl's multi interface.

It reaches the upstreams it was made with and nothing else: no redirects, no proxies, no netrc, no cookies, http and https
only, and no link-local or unspecified address whatever a name resolves to. Every reply is bounded in header lines, header
bytes and (compressed and decompressed) body bytes while it arrives, and every call in time.
"""

import ipaddress
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from .calls import Call
from .plan import SAFE_METHODS, Upstream
from .replies import Failure, Outcome, Reply
from .schedule import Reason

if TYPE_CHECKING:
    import pycurl

MAX_BODY_BYTES = 6 * 1024 * 1024  # an answer of Lambda holds 6 MB: a part that is larger can never be used
MAX_HEADER_BYTES = 64 * 1024
MAX_HEADER_LINES = 200
MAX_WARM_CONNECTIONS = 64
CONNECT_TIMEOUT_SECONDS = 3.0
LONGEST_SLEEP_SECONDS = 1.0
NOTHING_TO_WATCH_SECONDS = 0.002  # no socket yet, as while a name is being resolved
CERTIFICATES = (
    "/etc/pki/tls/certs/ca-bundle.crt",  # Amazon Linux 2023, which Lambda runs
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
)

# libcurl's error numbers (curl.h); what is not listed broke the exchange.
_REASONS: dict[int, Reason] = {
    5: "unreachable", 6: "unreachable", 7: "unreachable", 35: "unreachable", 60: "unreachable",
    28: "timeout",
    23: "too-large", 27: "too-large", 63: "too-large", 100: "too-large",
    1: "invalid", 8: "invalid", 61: "invalid",
}  # fmt: skip


class AddressRefusedError(ValueError):
    """An upstream URL that may not be called."""


class _Pool(NamedTuple):
    """What handles are kept apart by, so that no option of another request is left on one."""

    upstream: str
    method: str
    has_body: bool
    is_verbatim: bool


@dataclass(slots=True)
class _Exchange:
    """One easy handle with what it is receiving."""

    handle: "pycurl.Curl"
    pool: _Pool
    token: int = -1
    sent: bytes | None = None
    lines: list[bytes] = field(default_factory=list)
    header_bytes: int = 0
    chunks: list[bytes] = field(default_factory=list)
    body_bytes: int = 0

    def on_header(self, line: bytes) -> int:
        self.header_bytes += len(line)
        self.lines.append(line)
        if self.header_bytes > MAX_HEADER_BYTES or len(self.lines) > MAX_HEADER_LINES:
            return 0  # fewer bytes than were given: libcurl ends the transfer
        return len(line)

    def on_body(self, chunk: bytes) -> int:
        self.body_bytes += len(chunk)
        if self.body_bytes > MAX_BODY_BYTES:
            return 0
        self.chunks.append(chunk)
        return len(chunk)

    def reply(self) -> Reply:
        import pycurl  # noqa: PLC0415

        status = self.handle.getinfo(pycurl.RESPONSE_CODE)
        lines = header_lines(self.lines) if self.pool.is_verbatim else ()
        return Reply(status, read_headers(self.lines), b"".join(self.chunks), lines)


class Transport:
    """Starts calls and hands back what came of them. One invocation at a time, as Lambda has it."""

    def __init__(self, upstreams: Iterable[Upstream]) -> None:
        self._origins = {upstream.name: check_origin(upstream) for upstream in upstreams}
        self._idle: dict[_Pool, list[_Exchange]] = {}
        self._busy: dict[Any, _Exchange] = {}
        self._multi: pycurl.CurlMulti | None = None

    def start(self, token: int, call: Call, timeout_seconds: float) -> None:
        """Begin a call; `wait` returns its outcome under `token`."""
        origin = self._origins.get(call.upstream)
        if origin is None or not call.url.startswith(origin):
            raise AddressRefusedError(f"{call.upstream!r} has no permission to call outside its upstream's URL")
        exchange = self._exchange(call)
        exchange.token, exchange.sent = token, call.body
        _aim(exchange.handle, call, timeout_seconds)
        self._busy[exchange.handle] = exchange
        self._warm_multi().add_handle(exchange.handle)

    def wait(self, timeout_seconds: float) -> list[tuple[int, Outcome]]:
        """Outcomes as soon as there is one, or none when the time is over."""
        multi = self._warm_multi()
        end = time.monotonic() + timeout_seconds
        while True:
            multi.perform()
            outcomes = list(self._finished(multi))
            left = end - time.monotonic()
            if outcomes or left <= 0:
                return outcomes
            if not self._busy:
                time.sleep(left)
                return []
            next_timer = multi.timeout()
            sleep = left if next_timer < 0 else min(left, next_timer / 1000)
            if sleep > 0 and multi.select(min(sleep, LONGEST_SLEEP_SECONDS)) < 0:
                time.sleep(min(sleep, NOTHING_TO_WATCH_SECONDS))

    def cancel(self) -> None:
        """Forget what is still under way; those connections are closed, for a late reply must not meet a later call."""
        for exchange in list(self._busy.values()):
            self._release(exchange)

    def close(self) -> None:
        """Close every connection."""
        self.cancel()
        if self._multi is not None:
            self._multi.close()
            self._multi = None
        self._idle.clear()

    def _warm_multi(self) -> "pycurl.CurlMulti":
        if self._multi is None:
            import pycurl  # noqa: PLC0415  30 ms of import

            self._multi = pycurl.CurlMulti()
            self._multi.setopt(pycurl.M_MAXCONNECTS, MAX_WARM_CONNECTIONS)
        return self._multi

    def _exchange(self, call: Call) -> _Exchange:
        pool = _Pool(call.upstream, call.method, call.body is not None, call.is_verbatim)
        idle = self._idle.setdefault(pool, [])
        return idle.pop() if idle else _new_exchange(pool, self._origins[call.upstream])

    def _finished(self, multi: "pycurl.CurlMulti") -> Iterable[tuple[int, Outcome]]:
        _, good, bad = multi.info_read()
        for handle in good:
            exchange = self._busy[handle]
            outcome = exchange.reply()
            yield self._release(exchange), outcome
        for handle, number, text in bad:
            yield self._release(self._busy[handle]), Failure(_REASONS.get(number, "broken"), f"curl {number}: {text}")

    def _release(self, exchange: _Exchange) -> int:
        del self._busy[exchange.handle]
        self._warm_multi().remove_handle(exchange.handle)
        exchange.sent = None
        exchange.lines, exchange.chunks, exchange.header_bytes, exchange.body_bytes = [], [], 0, 0
        self._idle[exchange.pool].append(exchange)
        return exchange.token


def check_origin(upstream: Upstream) -> str:
    """The prefix every URL of this upstream must have; `AddressRefusedError` for a URL that is no plain web address."""
    parts = urlsplit(upstream.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressRefusedError(f"upstream {upstream.name}: {upstream.url!r} is no http or https URL with a host")
    if "@" in parts.netloc or parts.query or parts.fragment or "\\" in upstream.url:
        raise AddressRefusedError(f"upstream {upstream.name}: its URL holds more than scheme, host, port and path")
    return upstream.url.rstrip("/") + "/"


def may_connect(address: str, host: str) -> bool:
    """Whether an upstream called `host` may resolve to `address`.

    Link-local addresses hold the instance's credentials and loopback the runtime's own API: no name leads there,
    unless the operator wrote the loopback address or `localhost` into the upstream's URL.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    if ip.is_link_local or ip.is_unspecified or ip.is_multicast or ip in _IPV6_METADATA:
        return False
    return not ip.is_loopback or host == "localhost" or host.endswith(".localhost") or _is_loopback(host)


_IPV6_METADATA = ipaddress.ip_network("fd00:ec2::/32")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_headers(lines: Iterable[bytes]) -> dict[str, str]:
    """Header lines of the last block (after 1xx replies) by lower-case name; repeated ones joined with a comma."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if line.startswith(b"HTTP/"):
            headers = {}
        elif colon:
            key, text = name.decode("latin-1").lower(), value.strip().decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def header_lines(lines: Iterable[bytes]) -> tuple[tuple[str, str], ...]:
    """Header lines of the last block as they came, repeated ones and all."""
    found: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if line.startswith(b"HTTP/"):
            found = []
        elif colon:
            found.append((name.decode("latin-1"), value.strip().decode("latin-1")))
    return tuple(found)


def certificate_file(environment: Mapping[str, str] = os.environ) -> str | None:
    """The machine's trusted certificates, which the wheel of libcurl does not look for by itself."""
    named = environment.get("SSL_CERT_FILE")
    return named or next((path for path in CERTIFICATES if Path(path).exists()), None)


def _new_exchange(pool: _Pool, origin: str) -> _Exchange:
    import pycurl  # noqa: PLC0415

    handle = pycurl.Curl()
    exchange = _Exchange(handle, pool)
    method = pool.method
    handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    handle.setopt(pycurl.FOLLOWLOCATION, 0)
    handle.setopt(pycurl.PROXY, "")  # the empty one also overrules the environment's
    handle.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.PATH_AS_IS, 1)
    handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
    if not pool.is_verbatim:
        handle.setopt(pycurl.ACCEPT_ENCODING, "gzip")
    handle.setopt(pycurl.MAXFILESIZE_LARGE, MAX_BODY_BYTES)
    handle.setopt(pycurl.CONNECTTIMEOUT_MS, int(CONNECT_TIMEOUT_SECONDS * 1000))
    handle.setopt(pycurl.HEADERFUNCTION, exchange.on_header)
    handle.setopt(pycurl.WRITEFUNCTION, exchange.on_body)
    host = urlsplit(origin).hostname or ""
    handle.setopt(pycurl.OPENSOCKETFUNCTION, lambda _, address: _open_socket(address, host))
    certificates = certificate_file()
    if certificates is not None:
        handle.setopt(pycurl.CAINFO, certificates)
    if method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
    elif method != "GET" or pool.has_body:
        handle.setopt(pycurl.CUSTOMREQUEST, method)
    if method not in SAFE_METHODS:
        # On a connection that turns out to be closed libcurl would send the request again on another.
        handle.setopt(pycurl.FRESH_CONNECT, 1)
    return exchange


def _aim(handle: "pycurl.Curl", call: Call, timeout_seconds: float) -> None:
    import pycurl  # noqa: PLC0415

    headers = [f"{name}: {value}" if value else f"{name};" for name, value in call.headers]
    named = {name.lower() for name, _ in call.headers}
    # What libcurl would add by itself: Accept, its versions, the type of a form, and a wait for 100 Continue.
    unwanted = [f"{name}:" for name in ("accept", "user-agent", "content-type", "expect") if name not in named]
    handle.setopt(pycurl.URL, call.url)
    handle.setopt(pycurl.HTTPHEADER, [line.encode("latin-1") for line in [*headers, *unwanted]])
    handle.setopt(pycurl.TIMEOUT_MS, max(int(timeout_seconds * 1000), 1))
    if call.body is not None:
        handle.setopt(pycurl.POSTFIELDSIZE, len(call.body))
        # Not COPYPOSTFIELDS, which takes no zero bytes: the exchange keeps the body alive instead.
        handle.setopt(pycurl.POSTFIELDS, call.body)


def _open_socket(address: Any, host: str) -> "_Socket | int":
    import socket  # noqa: PLC0415

    import pycurl  # noqa: PLC0415

    family, kind, protocol, target = address
    if not may_connect(target[0], host):
        return pycurl.SOCKET_BAD
    return _Socket(socket.socket(family, kind, protocol).detach())


class _Socket:
    """A descriptor that pycurl duplicates when it asks for its number, and that is closed once nobody holds it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def __del__(self) -> None:
        os.close(self._number)
