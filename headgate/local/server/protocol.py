"""uvicorn's httptools protocol, for what API Gateway shows and uvicorn hides: header names as they were written.

`scope["headgate.headers"]` holds the request's headers with their case and without trailing blanks. A response header
whose name is a `CasedName` keeps its case on the wire. llhttp stays the parser.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Above API Gateway's own limit of 10,240 bytes for all headers, so that the data plane gives AWS's answer for those.
MAX_HEAD_BYTES = 65_536


class CasedName(bytes):
    """A header name that survives uvicorn's `lower()`, and still compares as HTTP compares names."""

    __slots__ = ()

    def lower(self) -> "CasedName":
        """Itself: the case is what this type is for."""
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bytes) and bytes.lower(self) == bytes.lower(other)

    def __hash__(self) -> int:
        return hash(bytes.lower(self))


class CaseKeepingProtocol(HttpToolsProtocol):
    """One connection to the AWS port."""

    def on_message_begin(self) -> None:
        """A new request."""
        super().on_message_begin()
        self._cased: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["headgate.headers"] = self._cased

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line; too many of them end the connection."""
        value = value.rstrip(b" \t")
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES:
            self.send_400_response("Request headers are too large.")
            return
        self._cased.append((name, value))
        super().on_header(name, value)
