"""Headgate's own small pages: health, the OpenID provider, and where custom resources answer CloudFormation."""

from collections.abc import Callable
from functools import cache
from typing import Any

from .application import ASGIApp, Receive, Scope, Send, answer, answer_json, read_body

# CloudFormation refuses more than 4,096 bytes; the inbox says so, as long as it gets one more.
MAX_RESPONSE_BYTES = 1_000_000


def health(describe: Callable[[], dict[str, Any]]) -> ASGIApp:
    """`GET /_headgate/health`: 200 as soon as everything is up."""

    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        await answer_json(send, 200, {"status": "ok", **describe()})

    return page


def openid_provider(issuer: str, now: Callable[[], float]) -> ASGIApp:
    """`/_headgate/oidc/...`, loaded when first asked for: its cryptography takes a tenth of a second to import."""

    @cache
    def provider() -> ASGIApp:
        from .. import oidc  # noqa: PLC0415

        return oidc.page(oidc.Provider(issuer), now)

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await provider()(scope, receive, send)

    return page


def cloudformation_responses(deliver: Callable[[str, bytes], bool]) -> ASGIApp:
    """`PUT /_headgate/cfn-response/{token}`; S3, which takes it on AWS, answers 200 whoever waits."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        token = scope["path"].rpartition("/")[2]
        body = await read_body(receive)
        deliver(token, body[:MAX_RESPONSE_BYTES])
        await answer(send, 200, "text/plain", b"")

    return page
