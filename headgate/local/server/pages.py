"""Headgate's own small pages: health, the clock, the OpenID provider, and where custom resources answer CloudFormation."""

import asyncio
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from ..clock import Clock, ClockError
from .application import ASGIApp, Receive, Scope, Send, answer, answer_json, read_body

# CloudFormation refuses more than 4,096 bytes; the inbox says so, as long as it gets one more.
MAX_RESPONSE_BYTES = 1_000_000


def health(describe: Callable[[], dict[str, Any]]) -> ASGIApp:
    """`GET /_headgate/health`: 200 as soon as everything is up."""

    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        await answer_json(send, 200, {"status": "ok", **describe()})

    return page


def code_address(endpoint_url: str) -> Callable[[str], str]:
    """Where `function_code` serves the archive of a digest."""
    return lambda digest: f"{endpoint_url}/_headgate/function-code/{digest}"


def function_code(find: Callable[[str], bytes | None]) -> ASGIApp:
    """`GET /_headgate/function-code/{digest}`: what GetFunction's Code.Location leads to."""

    async def page(scope: Scope, _receive: Receive, send: Send) -> None:
        archive = find(scope["path"].rpartition("/")[2])
        if archive is None:
            await answer_json(send, 404, {"message": "no function or layer has this code"})
        else:
            await answer(send, 200, "application/zip", archive)

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


def clock_control(clock: Clock, *, controllable: bool) -> ASGIApp:
    """`GET /_headgate/clock` reads the clock; `POST` moves it, where the cloud was started so.

    One of `{"advance": 300}` (seconds), `{"set": 1763726400}`, `{"freeze": true}` (or a moment), `{"resume": true}`,
    `{"reset": true}`.
    """

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            if not controllable:
                message = "the clock of this cloud is the machine's; start it with --controllable-clock"
                await answer_json(send, 409, {"message": message})
                return
            try:
                wanted = json.loads(await read_body(receive))
                # In a thread: what becomes due calls functions, which need this loop.
                await asyncio.to_thread(_move, clock, wanted)
            except (ValueError, TypeError, AttributeError, ClockError) as problem:
                await answer_json(send, 400, {"message": str(problem)})
                return
        await answer_json(send, 200, {"now": clock.now(), "frozen": clock.is_frozen, "controllable": controllable})

    return page


def _move(clock: Clock, wanted: dict[str, Any]) -> None:
    moves: dict[str, Callable[[Any], None]] = {
        "advance": lambda value: clock.advance(float(value)),
        "set": lambda value: clock.set(float(value)),
        "freeze": lambda value: clock.freeze(None if value is True else float(value)),
        "resume": lambda _: clock.resume(),
        "reset": lambda _: clock.reset(),
    }
    unknown = sorted(set(wanted) - set(moves))
    if unknown or len(wanted) != 1:
        raise ClockError(f"give one of {', '.join(moves)}, got {', '.join(sorted(wanted)) or 'nothing'}")
    name, value = next(iter(wanted.items()))
    moves[name](value)


def cloudformation_responses(deliver: Callable[[str, bytes], bool]) -> ASGIApp:
    """`PUT /_headgate/cfn-response/{token}`; S3, which takes it on AWS, answers 200 whoever waits."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        token = scope["path"].rpartition("/")[2]
        body = await read_body(receive)
        deliver(token, body[:MAX_RESPONSE_BYTES])
        await answer(send, 200, "text/plain", b"")

    return page
