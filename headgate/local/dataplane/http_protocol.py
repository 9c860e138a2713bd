"""uvicorn's httptools protocol with three differences: header names keep their case for those who ask, blanks around values
are dropped, and a request that wants to upgrade is answered 400 instead of never.
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
        if any(name == b"upgrade" for name, _ in self.headers):
            raise httptools.HttpParserError("Upgrade is not supported")
        super().on_headers_complete()

    def _unsupported_upgrade_warning(self) -> None:
        self.send_400_response("Upgrade is not supported.")
