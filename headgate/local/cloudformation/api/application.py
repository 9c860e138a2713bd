"""The API as a WSGI application, for moto's domain dispatcher: it decides by service and never imports moto's CloudFormation."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from moto.core.request import Request

from ..engine import Engine
from .errors import error_document
from .responses import CloudFormationResponse, Room

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
LOGGER = logging.getLogger(__name__)


class EngineSource(Protocol):
    """Gives the engine of an account and region (`headgate.local.cloudformation.install.Engines`)."""

    def engine(self, account: str, region: str) -> Engine:
        """One engine, always the same for the same arguments."""
        ...


def application(engines: EngineSource) -> WSGIApp:
    """The application; every answer is modelled, since SDKs retry a 500 for tens of seconds."""
    rooms: dict[tuple[str, str], Room] = {}

    def room(account: str, region: str) -> Room:
        engine = engines.engine(account, region)
        return rooms.setdefault((account, region), Room(engine))

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        response = CloudFormationResponse(room)
        try:
            status, headers, body = response.dispatch_to_room(request)
        except Exception as error:
            LOGGER.exception("cloudformation.request_failed")
            status, headers, body = error_document("InternalFailure", f"{type(error).__name__}: {error}")
        content = body.encode("utf-8") if isinstance(body, str) else body
        fields = [
            (name, str(value)) for name, value in headers.items() if name.lower() not in {"content-length", "status"}
        ]
        start_response(
            f"{status} {'OK' if status < 400 else 'Error'}", [*fields, ("Content-Length", str(len(content)))]
        )
        return [content]

    return serve
