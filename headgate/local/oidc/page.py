"""The provider as an ASGI application below `/_headgate/oidc`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .provider import Provider

MOUNTED_AT = "/_headgate/oidc"
LARGEST_BODY = 65_536

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def page(provider: Provider, now: Callable[[], float]) -> Callable[[dict[str, Any], Receive, Send], Awaitable[None]]:
    """The application; signing happens in a thread, so that a token never holds up a request."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        reply = await asyncio.to_thread(
            provider.respond,
            scope["method"],
            scope["path"].removeprefix(MOUNTED_AT),
            content_type=headers.get(b"content-type", ""),
            body=body,
            now=now(),
        )
        described = [(b"content-type", reply.content_type.encode()), (b"content-length", str(len(reply.body)).encode())]
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [*described, (b"cache-control", b"no-store")],
            }
        )
        await send({"type": "http.response.body", "body": reply.body})

    return application


async def read_body(receive: Receive) -> bytes:
    """The body, as far as it is allowed to be."""
    chunks: list[bytes] = []
    while sum(map(len, chunks)) <= LARGEST_BODY:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(chunks)[:LARGEST_BODY]
