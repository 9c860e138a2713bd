"""uvicorn's httptools protocol with three differences: header names keep their case for those who ask, blanks around values
are dropped, and wishes to upgrade are ignored, with 400 for one that has a body, which llhttp would not read.
"""

from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .asgi import RAW_HEADERS


class HeaderCaseProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=HeaderCaseProtocol)`. scope["headers"] stays in lower case, as ASGI wants."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._raw_headers: list[tuple[bytes, bytes]] = []
        self._seen_headers = False
        cast(dict[str, Any], self.scope)[RAW_HEADERS] = self._raw_headers

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._seen_headers:
            return  # a trailer; uvicorn would add it to the headers of a request that is running
        value = value.strip(b" \t")
        super().on_header(name, value)
        self._raw_headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._seen_headers = True
        hosts = len([name for name, _ in self.headers if name == b"host"])
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            raise httptools.HttpParserError("Exactly one Host header is required")  # RFC 9112, 3.2
        if not self.parser.should_upgrade():
            super().on_headers_complete()
            return
        if self.parser.get_method() == b"CONNECT" or any(_announces_body(name, value) for name, value in self.headers):
            raise httptools.HttpParserError("Upgrade is not supported")  # llhttp would not read the body as one
        super().on_headers_complete()
        self.cycle.keep_alive = False

    def _unsupported_upgrade_warning(self) -> None:
        """The request is answered without an upgrade (RFC 9110, 7.8); llhttp reads nothing after it."""


def _announces_body(name: bytes, value: bytes) -> bool:
    return name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
