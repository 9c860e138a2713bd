"""The execution log of a test invocation, in the words of AWS's console, and the wrappers that fill it (FACTS 1.32).

Values of credentials are starred, as AWS stars them.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from ..records import Invocation, Invoke
from .exchange import Exchange
from .http_backend import HttpClient, Outgoing
from .message import Headers, Response
from .refusal import Refusal
from .service_call import ServiceCall, Services
from .trace import is_secret, shown_url

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # whatever the locale
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST = 1024  # characters of one event (FACTS 10.3)
_STARS = "*" * 24


class Journal:
    """Collects the lines."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lines: list[str] = []
        self._head = ""
        self._failed = False
        self.last_answer = b""  # of the last function

    def begin(self, exchange: Exchange) -> None:
        """The method request as it came."""
        query = {name: values[-1] for name, values in exchange.query.items()}
        self._open(exchange)
        self._say(f"HTTP Method: {exchange.method}, Resource Path: {exchange.path}")
        self._say(f"Method request path: {_map(exchange.parameters)}")
        self._say(f"Method request query string: {_map(query)}")
        self._say(f"Method request headers: {_map({name: value for name, _, value in exchange.headers})}")
        self._say(f"Method request body before transformations: {_text(exchange.request.body)}")

    def begin_authorizer(self, exchange: Exchange, name: str) -> None:
        """Which authorizer is asked."""
        self._open(exchange)
        self._say(f"Starting authorizer: {name}")

    def _open(self, exchange: Exchange) -> None:
        self._head = f"Execution log for request {exchange.request_id}"
        self._say(f"Starting execution for request: {exchange.request_id}")

    def sends(self, address: str, headers: Headers, body: bytes) -> None:
        """What goes to the backend."""
        self._say(f"Endpoint request URI: {address}")
        self._say(f"Endpoint request headers: {_map(_decoded(headers))}")
        self._say(f"Endpoint request body after transformations: {_text(body)}")
        self._say(f"Sending request to {address}")

    def receives(self, status: int, millis: int, headers: Headers, body: bytes) -> None:
        """What the backend said."""
        self._say(f"Received response. Status: {status}, Integration latency: {millis} ms")
        self._say(f"Endpoint response headers: {_map(_decoded(headers))}")
        self._say(f"Endpoint response body before transformations: {_text(body)}")

    def refused(self, refusal: Refusal) -> None:
        """Why the gateway ends it here."""
        self._failed = True
        kind = " due to configuration error" if refusal.status >= 500 else ""
        self._say(f"Execution failed{kind}: {refusal.cause or refusal.message}")

    def end(self, response: Response) -> None:
        """The method's response."""
        if not self._failed:
            self._say(f"Method response body after transformations: {_text(response.body)}")
            self._say(f"Method response headers: {_map(_decoded(response.headers))}")
            self._say("Successfully completed execution")
        self._say(f"Method completed with status: {response.status}")

    def end_authorizer(self, status: int) -> None:
        """What became of the authorizer."""
        if status == 200:
            self._say("Successfully completed authorizer execution")
        self._say(f"Authorizer completed with status: {status}")

    def text(self) -> str:
        """All of it."""
        return "\n".join((self._head, *self._lines)) + "\n"

    def _say(self, line: str) -> None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        stamp = f"{_DAYS[now.weekday()]} {_MONTHS[now.month - 1]} {now:%d %H:%M:%S} UTC {now.year}"
        one_line = line.replace("\r", "\\r").replace("\n", "\\n")
        cut = one_line if len(one_line) <= _MOST else f"{one_line[:_MOST]} [TRUNCATED]"
        self._lines.append(f"{stamp} : {cut}")


class RecordingClient:
    """An HttpClient that is listened to."""

    def __init__(self, client: HttpClient, journal: Journal, timer: Callable[[], float]) -> None:
        self._client, self._journal, self._timer = client, journal, timer

    async def send(self, outgoing: Outgoing) -> Response:
        """As the client does."""
        self._journal.sends(shown_url(outgoing.url), outgoing.headers, outgoing.body)
        began = self._timer()
        answer = await self._client.send(outgoing)
        self._journal.receives(answer.status, _millis(self._timer() - began), answer.headers, answer.body)
        return answer


class RecordingServices:
    """Services that are listened to."""

    def __init__(self, services: Services, journal: Journal, timer: Callable[[], float]) -> None:
        self._services, self._journal, self._timer = services, journal, timer

    async def send(self, call: ServiceCall) -> Response:
        """As the services do."""
        address = f"https://{call.service}.{call.region}.amazonaws.com{call.target}"
        self._journal.sends(shown_url(address), call.headers, call.body)
        began = self._timer()
        answer = await self._services.send(call)
        self._journal.receives(answer.status, _millis(self._timer() - began), answer.headers, answer.body)
        return answer


def recording_invoke(invoke: Invoke, journal: Journal, timer: Callable[[], float]) -> Invoke:
    """An Invoke that is listened to."""

    async def listened(arn: str, event: bytes, trace: str | None) -> Invocation:
        region = arn.split(":")[3] if arn.count(":") > 3 else ""
        journal.sends(f"https://lambda.{region}.amazonaws.com/2015-03-31/functions/{arn}/invocations", (), event)
        began = timer()
        invocation = await invoke(arn, event, trace)
        journal.last_answer = invocation.payload
        journal.receives(200, _millis(timer() - began), (), invocation.payload)
        return invocation

    return listened


def _millis(seconds: float) -> int:
    return round(seconds * 1000)


def _decoded(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


def _map(values: Mapping[str, str]) -> str:
    """`{a=1, Authorization=****}`."""
    return "{" + ", ".join(_shown(values.items())) + "}"


def _shown(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (f"{name}={_STARS if is_secret(name) else value}" for name, value in pairs)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"[{len(body)} bytes of binary data]"
