"""What leaves the gateway, listened to on its way: HTTP backends, AWS services and functions."""

from collections.abc import Callable
from typing import Protocol

from ..records import Invocation, Invoke
from .http_backend import HttpClient, Outgoing
from .message import Headers, Response
from .service_call import ServiceCall, Services
from .trace import shown_url


class Listener(Protocol):
    """Hears of every call; an execution log is one."""

    def sends(self, address: str, headers: Headers, body: bytes) -> None:
        """What goes to the backend."""
        ...

    def receives(self, status: int, millis: int, headers: Headers, body: bytes) -> None:
        """What the backend said, after so many milliseconds."""
        ...


class RecordingClient:
    """An HttpClient that is listened to."""

    def __init__(self, client: HttpClient, listener: Listener, timer: Callable[[], float]) -> None:
        self._client, self._listener, self._timer = client, listener, timer

    async def send(self, outgoing: Outgoing) -> Response:
        """As the client does."""
        self._listener.sends(shown_url(outgoing.url), outgoing.headers, outgoing.body)
        began = self._timer()
        answer = await self._client.send(outgoing)
        self._listener.receives(answer.status, _millis(self._timer() - began), answer.headers, answer.body)
        return answer


class RecordingServices:
    """Services that are listened to."""

    def __init__(self, services: Services, listener: Listener, timer: Callable[[], float]) -> None:
        self._services, self._listener, self._timer = services, listener, timer

    async def send(self, call: ServiceCall) -> Response:
        """As the services do."""
        address = f"https://{call.service}.{call.region}.amazonaws.com{call.target}"
        self._listener.sends(shown_url(address), call.headers, call.body)
        began = self._timer()
        answer = await self._services.send(call)
        self._listener.receives(answer.status, _millis(self._timer() - began), answer.headers, answer.body)
        return answer


def recording_invoke(invoke: Invoke, listener: Listener, timer: Callable[[], float]) -> Invoke:
    """An Invoke that is listened to."""

    async def listened(arn: str, event: bytes, trace: str | None) -> Invocation:
        region = arn.split(":")[3] if arn.count(":") > 3 else ""
        listener.sends(f"https://lambda.{region}.amazonaws.com/2015-03-31/functions/{arn}/invocations", (), event)
        began = timer()
        invocation = await invoke(arn, event, trace)
        listener.receives(200, _millis(timer() - began), (), invocation.payload)
        return invocation

    return listened


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
