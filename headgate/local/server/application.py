"""Who answers a request to the AWS port: Headgate's pages, the data plane, or AWS's API."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

OWN_PREFIX = "/_headgate/"
EXECUTE_PREFIX = b"/_aws/execute-api/"
EXECUTE_HOST = b".execute-api."


class Application:
    """The ASGI application of the AWS port.

    `pages` maps the first path segment under `/_headgate/` to an application; the longest prefix does not matter, as
    there is one level.
    """

    def __init__(self, pages: Mapping[str, ASGIApp], data_plane: ASGIApp | None, aws: ASGIApp) -> None:
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
        if self._data_plane is not None and (scope["raw_path"].startswith(EXECUTE_PREFIX) or _is_execute_host(scope)):
            return self._data_plane
        return self._aws


def _is_execute_host(scope: Scope) -> bool:
    """`{api}.execute-api.localhost[:port]`, and AWS's own names for who maps them here."""
    return any(name == b"host" and EXECUTE_HOST in value for name, value in scope["headers"])


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
