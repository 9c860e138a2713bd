"""`/_headgate/why`: make a request in process and tell what every phase did, or tell of the newest requests.

    POST {"method": "GET", "path": "/users/ada?x=1", "headers": [["Accept", "*/*"]], "body": "<base64>",
          "api": "a1b2c3", "stage": "prod", "side": "canary"}    # all but method and path may be left out
    GET  ?last=20&failed=true        GET ?requestId=...

The request is a real one: it takes tokens, counts in quotas, fills caches and reaches the services.
"""

import base64
import binascii
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from ..dataplane import Gateway, Located, Request
from ..dataplane.asgi import locate as locate_execute_api
from ..dataplane.gateway import MAX_BODY_BYTES
from ..dataplane.trace import Notes, Recent
from .application import ASGIApp, Receive, Scope, Send, answer_json, read_body

Locate = Callable[[str, bytes], Located | None]
SIDES = (None, "stable", "canary")
MEMBERS = frozenset(("method", "path", "headers", "body", "host", "api", "stage", "side"))
# Who comes with no API at all gets this far only.
NOWHERE = "no API and stage are shown there; deploy one, or name them"


class WrongAskingError(ValueError):
    """What was asked cannot be understood; the message says why."""


def why_page(gateway: Gateway, locate: Locate) -> ASGIApp:
    """The page. `locate` is the friendly port's."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] == "POST":
                request, side = read_request(await read_body(receive), locate)
                await answer_json(send, 200, await traced(gateway, request, side))
            else:
                await answer_json(send, 200, newest(gateway.recent, scope["query_string"].decode("latin-1")))
        except WrongAskingError as problem:
            await answer_json(send, 400, {"message": str(problem)})

    return page


async def traced(gateway: Gateway, request: Request, side: str | None) -> dict[str, Any]:
    """Make the request; the trace as JSON, and where the request went."""
    notes = Notes(time.perf_counter, side)
    response = await gateway.handle(request, notes)
    path = request.path.decode("latin-1") or "/"
    told = {"method": request.method, "path": path, "apiId": request.api_id, "stage": request.stage}
    return {"request": told, "status": response.status, **notes.trace().to_json()}


def newest(recent: Recent, query: str) -> dict[str, Any]:
    """The newest requests, or the one of an id; an id that is not known gives none."""
    asked = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if "requestId" in asked:
        found = recent.find(asked["requestId"])
        return {"requests": [found.to_json()] if found else []}
    last = asked.get("last") or "20"
    if not last.isascii() or not last.isdigit():
        raise WrongAskingError(f"last={last}: must be a number of requests, such as last=20")
    failed = asked.get("failed", "") in ("true", "1")
    return {"requests": [one.to_json() for one in recent.last(int(last), failed=failed)]}


def read_request(body: bytes, locate: Locate) -> tuple[Request, str | None]:
    """The request that is asked about and the forced side. Raises WrongAskingError."""
    asked = _object(body)
    method, target = asked.get("method"), asked.get("path")
    if not isinstance(method, str) or not method.isalpha() or not isinstance(target, str) or target[:1] != "/":
        raise WrongAskingError("give method, such as GET, and path, which begins with /")
    side = asked.get("side")
    if side not in SIDES:
        raise WrongAskingError(f"side {side!r}: must be stable or canary")
    host = str(asked.get("host") or "localhost")
    path, _, query = target.partition("?")
    located = _located(asked, host, path.encode(), locate)
    headers = tuple(_header(pair) for pair in _list(asked.get("headers")))
    if not any(name.lower() == b"host" for name, _ in headers):
        headers = ((b"Host", host.encode()), *headers)
    request = Request(
        method=method.upper(),
        api_id=located.api_id,
        stage=located.stage,
        path=located.path,
        query=query.encode(),
        headers=headers,
        body=_body(asked.get("body")),
        host=host,
        mount=located.mount,
        custom_domain=located.custom_domain,
    )
    return request, side


def _object(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise WrongAskingError(f"the body must be JSON: {error}") from None
    if not isinstance(asked, dict):
        raise WrongAskingError("the body must be a JSON object")
    unknown = sorted(set(asked) - MEMBERS)
    if unknown:
        raise WrongAskingError(f"unknown members: {', '.join(unknown)}; known are {', '.join(sorted(MEMBERS))}")
    return asked


def _located(asked: dict[str, Any], host: str, path: bytes, locate: Locate) -> Located:
    """The named stage as a custom domain shows it, an execute-api URL's, or the one that the HTTP port shows."""
    if asked.get("api") and asked.get("stage"):
        return Located(str(asked["api"]), str(asked["stage"]), path, mount=b"", custom_domain=True)
    located = locate_execute_api(host, path) or locate(host, path)
    if located is None:
        raise WrongAskingError(NOWHERE)
    return located


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongAskingError("headers must be a list of [name, value]")
    return value


def _header(pair: Any) -> tuple[bytes, bytes]:
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
        raise WrongAskingError("headers must be a list of [name, value]")
    return pair[0].encode("latin-1", "replace"), pair[1].strip().encode()


def _body(value: Any) -> bytes:
    try:
        body = base64.b64decode(value or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise WrongAskingError("body must be base64") from None
    # One byte more than is allowed shows what a larger body would show.
    return body[: MAX_BODY_BYTES + 1]
