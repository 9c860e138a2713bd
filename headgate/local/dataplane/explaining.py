"""What the gateway's own phases tell a trace: records of the data plane as facts for `headgate why`.

Called only for a request that brings `Notes` along. Names, ids and numbers; values of headers and bodies never.
"""

import re
from collections.abc import Mapping
from typing import Any

from ..records import Integration
from .exchange import Exchange
from .message import Response
from .operation import Operation
from .refusal import Refusal
from .stages import SideView, StageView
from .trace import HIDDEN, Notes, is_secret, shown_url, without_user

# Refusals whose cause is our own text about names; others may quote what a client, a template or a function said.
_OWN_CAUSES = frozenset((
    *("ACCESS_DENIED", "AUTHORIZER_FAILURE", "BAD_REQUEST_PARAMETERS", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"),
    *("INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE"),
    *("THROTTLED", "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE"),
))  # fmt: skip
# Headers of answers whose values say how the gateway decided and cannot be secrets; of others the name is told.
_SHOWN_HEADERS = (
    *("access-control-", "cache-control", "cache-status", "content-encoding", "content-type", "retry-after", "vary"),
    *("www-authenticate", "x-amz-apigw-id", "x-amzn-errortype", "x-amzn-requestid", "x-headgate-degraded"),
)
_QUOTATION = re.compile(r"[:(\[{'\"]")


def choose_side(notes: Notes, view: StageView, draw: float) -> SideView:
    """The side that serves a traced request: the drawn one, or the one that was asked for."""
    stage = view.stage
    side_view = view.side(draw) if notes.side is None else view.named(notes.side)
    canary = stage.canary
    deployment = canary.deployment if canary is not None and side_view.side.is_canary else stage.deployment
    notes.begin(
        "release",
        api=side_view.side.definition.name,
        apiId=side_view.side.definition.rest_api_id,
        stage=stage.name,
        side="canary" if side_view.side.is_canary else "stable",
        why=_why(notes.side, canary is not None),
        deploymentId=deployment.id,
        release=(deployment.description or "").removeprefix("release ") or None,
    )
    if canary is not None:
        notes.tell(percent=canary.percent)
        if notes.side is None:
            notes.tell(draw=round(draw * 100, 3))
    return side_view


def _why(forced: str | None, has_canary: bool) -> str:
    if not has_canary:
        return "no canary"
    return "draw" if forced is None else "forced"


def tell_route(notes: Notes, exchange: Exchange, operation: Operation) -> None:
    """The route, and which authorization it wants."""
    method = operation.method
    notes.tell(resource=operation.place.resource_path, method=method.http_method, operation=method.operation_name)
    notes.tell(parameters=sorted(exchange.parameters))
    notes.begin("authorizer", authorization=method.authorization_type)


def tell_no_route(notes: Notes, exchange: Exchange) -> None:
    """What there is instead of a route."""
    resources = exchange.side.definition.resources.values()
    routes = {resource.path: sorted(resource.methods) for resource in resources if resource.methods}
    notes.tell(resource=None, verb=exchange.method, path=exchange.path, routes=dict(sorted(routes.items())))


def tell_grant(notes: Notes, exchange: Exchange) -> None:
    """Who was let through."""
    grant = exchange.grant
    if not grant.status and not grant.identity:
        return
    notes.tell(principal=grant.principal_id or grant.identity.get("userArn") or grant.claims.get("sub"))
    notes.tell(context=sorted(grant.context), scope=_text(grant.context.get("scope")))


def tell_integration(notes: Notes, operation: Operation) -> None:
    """Where the request goes, before anything is mapped."""
    integration = operation.method.integration
    if integration is None:
        notes.begin("integration", type=None)
        return
    facts: dict[str, Any] = {"type": integration.type, "uri": shown_url(integration.uri or "")}
    if integration.connection_type != "INTERNET":
        facts |= {"connection": integration.connection_type, "connectionId": integration.connection_id}
    notes.begin("integration", **facts, timeoutSeconds=integration.timeout_millis / 1000)


def tell_no_cache(notes: Notes, operation: Operation, view: StageView) -> None:
    """Why no cache was asked."""
    if not view.stage.cache_cluster_enabled:
        notes.begin("cache", result="off", why="the stage has no cache")
    elif not operation.settings.caching_enabled or not operation.settings.cache_ttl_seconds:
        notes.begin("cache", result="off", why="caching is off for this method")
    else:
        notes.begin("cache", result="off", why="the stage's cache serves GET, and canaries only where they may use it")


def tell_cache(notes: Notes, integration: Integration | None, key: tuple[object, ...], *, is_hit: bool) -> None:
    """Hit or miss, and the parameters that told apart; those that look like credentials without their value."""
    names = integration.cache_key_parameters if integration is not None else ()
    values = dict(zip(names, key[-len(names) :] if names else (), strict=False))
    notes.tell(result="hit" if is_hit else "miss", key={name: _key_text(name, value) for name, value in values.items()})


def _key_text(name: str, value: object) -> str | None:
    return None if value is None else HIDDEN if is_secret(name.rpartition(".")[2]) else str(value)


def tell_refusal(notes: Notes, refusal: Refusal, customised: Mapping[str, Any]) -> None:
    """The phase under way refused: with which gateway response, and why."""
    used = refusal.kind if refusal.kind in customised else refusal.family if refusal.family in customised else None
    if refusal.kind == "REQUEST_TOO_LARGE":
        used = None  # FACTS 1.18
    notes.tell(
        responseType=refusal.kind,
        cause=_cause(refusal),
        message=refusal.message,
        customisedBy=used,
    )
    notes.end("refused" if refusal.status < 500 else "failed")


def _cause(refusal: Refusal) -> str:
    """Without what it quotes."""
    if refusal.kind in _OWN_CAUSES:
        return without_user(refusal.cause)
    if refusal.kind == "BAD_REQUEST_BODY":  # a validator's message may begin with the value that is wrong
        return "the body cannot be read or does not fit its model"
    return _QUOTATION.split(refusal.cause, maxsplit=1)[0].strip()


def tell_answer(notes: Notes, exchange: Exchange, response: Response, millis: float) -> None:
    """What the client gets: a status, the headers with the values of well-known ones, and a size."""
    refusal = exchange.refusal
    notes.begin("answer", status=response.status, milliseconds=millis, bytes=len(response.body))
    notes.tell(headers=_shown(response), requestId=exchange.request_id)
    notes.tell(responseType=refusal.kind if isinstance(refusal, Refusal) else None)


def _shown(response: Response) -> dict[str, str]:
    shown = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
    return {name: value if name.lower().startswith(_SHOWN_HEADERS) else HIDDEN for name, value in shown}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
