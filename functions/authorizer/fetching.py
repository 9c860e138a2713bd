"""The only door to the network: one bounded GET. Limits are those of API Gateway's own JWT authorizer: 150,000 bytes, about 1.5 s.

No redirect is followed, no proxy or netrc is read from the environment, no compression is asked for, and the address is
checked after it is resolved, so that a name cannot lead to the metadata service.
"""

import http.client
import socket
import ssl
import time
from functools import cache

from .addresses import check_url, may_connect
from .errors import AuthorizerError

TIMEOUT_SECONDS = 2.0
MAX_BYTES = 150_000
_CHUNK = 16_384
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "headgate-authorizer",
    "Connection": "close",
}


class FetchError(AuthorizerError):
    """The issuer did not answer with a document in time."""


def fetch(url: str, *, allow_http: bool) -> bytes:
    """The body of a 200 answer; FetchError for everything else. The whole call takes at most TIMEOUT_SECONDS."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    parts = check_url(url, allow_http=allow_http)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        stream = _connect(host, port, is_tls=parts.scheme == "https", allow_http=allow_http)
        with stream:
            connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
            connection.sock = stream
            connection.request("GET", _path(parts.path, parts.query), headers=_HEADERS)
            stream.settimeout(_remaining(deadline))
            return _body(connection.getresponse(), stream, deadline)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise FetchError(f"{url}: {type(error).__name__}") from error


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")


def _connect(host: str, port: int, *, is_tls: bool, allow_http: bool) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(may_connect(address, allow_http=allow_http) for address in addresses):
        raise FetchError(f"{host} resolves to an address that issuers may not have")
    stream = _first_that_answers(addresses, port)
    if not is_tls:
        return stream
    try:
        return _tls().wrap_socket(stream, server_hostname=host)
    except BaseException:
        stream.close()
        raise


def _first_that_answers(addresses: list[str], port: int) -> socket.socket:
    """`localhost` is often ::1 first while the issuer listens on 127.0.0.1 only."""
    refusal = OSError("no address")
    for address in addresses[:4]:
        try:
            return socket.create_connection((address, port), timeout=TIMEOUT_SECONDS / 2)
        except OSError as error:
            refusal = error
    raise refusal


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # about 15 ms: certificates are read when the first key is needed


def _body(response: http.client.HTTPResponse, stream: socket.socket, deadline: float) -> bytes:
    if response.status != 200:
        raise FetchError(f"answered {response.status}")
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchError(f"answered more than {MAX_BYTES} bytes")
        stream.settimeout(_remaining(deadline))
    if response.length:
        raise FetchError("answered less than it promised")
    return bytes(body)


def _remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise FetchError(f"took longer than {TIMEOUT_SECONDS} s")
    return remaining
