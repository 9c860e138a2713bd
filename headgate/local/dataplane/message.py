"""A request and a response as the data plane sees them: raw bytes where bytes matter, nothing decoded twice.

Named tuples rather than frozen dataclasses, because one of each is made per request and a frozen dataclass takes four times
as long to make.
"""

from typing import NamedTuple

Headers = tuple[tuple[bytes, bytes], ...]


class Request(NamedTuple):
    """One HTTP request that already found its API and stage.

    `path` is the raw path after the stage (`b"/users/a%20b"`); `mount` is what stood before it in the URL: `b"/prod"` on the
    execute-api face, the base path (mostly empty) on a custom domain. `query` is raw, without `?`.
    """

    method: str
    api_id: str
    stage: str
    path: bytes
    query: bytes = b""
    headers: Headers = ()
    body: bytes = b""
    host: str = "localhost"
    source_ip: str = "127.0.0.1"
    port: int = 80
    scheme: str = "http"
    mount: bytes = b""
    custom_domain: bool = False
    http_version: str = "1.1"


class Response(NamedTuple):
    """What goes back; framing headers (Content-Length, Connection, Date) belong to the protocol that writes it."""

    status: int
    headers: Headers = ()
    body: bytes = b""


def with_headers(response: Response, *extra: tuple[bytes, bytes]) -> Response:
    """The same response with headers appended."""
    return Response(response.status, response.headers + extra, response.body)
