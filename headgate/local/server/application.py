"""Who answers a request to the AWS port: Headgate's pages, the data plane, or AWS's API."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ..dataplane import DataPlane

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

OWN_PREFIX = "/_headgate/"


class Application:
    """The ASGI application of the AWS port. `pages` is by the first path segment under `/_headgate/`."""

    def __init__(self, pages: Mapping[str, ASGIApp], data_plane: DataPlane, aws: ASGIApp) -> None:
        self._pages = pages
        self._data_plane = data_plane
        self._aws = aws

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await self._choose(scope)(scope, receive, send)

    def _choose(self, scope: Scope) -> ASGIApp:
        path: str = scope["path"]
        if path.startswith(OWN_PREFIX):
            page = path[len(OWN_PREFIX) :].partition("/")[0]
            return self._pages.get(page, not_found)
        if self._data_plane.owns(scope):
            return self._data_plane  # type: ignore[return-value]  # its messages are MutableMappings
        return self._aws


async def not_found(scope: Scope, _receive: Receive, send: Send) -> None:
    """404 for a page of ours that is none."""
    await answer_json(send, 404, {"message": f"{scope['path']}: no such page here"})


async def answer_json(send: Send, status: int, value: object) -> None:
    """A whole JSON answer."""
    await answer(send, status, "application/json", json.dumps(value).encode())


async def answer(send: Send, status: int, content_type: str, body: bytes) -> None:
    """A whole answer."""
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read_body(receive: Receive) -> bytes:
    """The whole body."""
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
