"""The HTTP client of integrations, on aiohttp: what a backend says reaches the client byte for byte.

No redirects, no decompression, no cookies, no proxies from the environment; URL bytes untouched; connections kept alive.
aiohttp is imported with the first request: that takes a tenth of a second, and many APIs call no backend by HTTP.
"""

import asyncio
import importlib
import socket
import ssl
import sys
from functools import lru_cache, partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .exchange import as_str
from .http_backend import BackendError, Outgoing, UntrustedBackendError
from .message import Response

if TYPE_CHECKING:
    import aiohttp

MAX_ANSWER_BYTES = 10 * 1024 * 1024  # FACTS 10.1
MAX_HEADER_BYTES = 64 * 1024  # generous: a backend's headers are its own business
# What aiohttp would add by itself; API Gateway says all of it, or nothing (FACTS 8.24).
_NOTHING_AUTOMATIC = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


class Client:
    """Sends requests to backends; made on the event loop, closed with `close()`."""

    def __init__(self, *, connections: int = 512) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> "aiohttp.ClientSession":
        if self._session is None:
            import aiohttp  # noqa: PLC0415

            from .bodiless import PatientResponseHandler  # noqa: PLC0415

            connector = aiohttp.TCPConnector(limit=self._connections, family=socket.AF_UNSPEC, ttl_dns_cache=10)
            # aiohttp has no public way to choose the reader of its connections.
            connector._factory = partial(PatientResponseHandler, loop=asyncio.get_running_loop())  # type: ignore[assignment]
            self._session = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                skip_auto_headers=_NOTHING_AUTOMATIC,
                read_bufsize=256 * 1024,
                max_line_size=MAX_HEADER_BYTES,
                max_field_size=MAX_HEADER_BYTES,
            )
        return self._session

    async def send(self, outgoing: Outgoing) -> Response:
        """The backend's answer, whole.

        Runs in a Task of its own, because aiohttp asks for the current task and the caller may have none (`stepping`).
        Raises TimeoutError after `timeout_seconds` and BackendError for everything that goes wrong on the way.
        """
        return await asyncio.get_running_loop().create_task(self._send_in_time(outgoing))

    async def _send_in_time(self, outgoing: Outgoing) -> Response:
        if "aiohttp" not in sys.modules:
            await asyncio.to_thread(importlib.import_module, "aiohttp")
        import aiohttp  # noqa: PLC0415

        try:
            async with asyncio.timeout(outgoing.timeout_seconds):
                return await self._exchange(outgoing)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            kind = UntrustedBackendError if isinstance(error, aiohttp.ClientSSLError) else BackendError
            raise kind(f"{type(error).__name__}: {error}") from error

    async def _exchange(self, outgoing: Outgoing) -> Response:
        from multidict import CIMultiDict  # noqa: PLC0415 aiohttp's own
        from yarl import URL  # noqa: PLC0415

        headers = CIMultiDict((as_str(name), as_str(value)) for name, value in outgoing.headers)
        async with self._open().request(
            outgoing.method,
            URL(outgoing.url, encoded=True),
            headers=headers,
            data=outgoing.body or None,
            allow_redirects=False,
            ssl=True if outgoing.verify_tls else _insecure(),
        ) as answer:
            body = await _read(answer.content)
            return Response(answer.status, tuple(answer.raw_headers), body)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _read(content: "aiohttp.StreamReader") -> bytes:
    chunks: list[bytes] = []
    left = MAX_ANSWER_BYTES
    async for chunk in content.iter_any():
        left -= len(chunk)
        if left < 0:
            raise BackendError(f"the answer has more than {MAX_ANSWER_BYTES} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


@lru_cache(maxsize=1)
def _insecure() -> ssl.SSLContext:
    """tlsConfig.insecureSkipVerification of an integration."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
