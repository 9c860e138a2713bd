"""The execution log of a test invocation, stamped as AWS's console shows it (FACTS 1.32)."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from . import log_lines
from .exchange import Exchange
from .message import Headers, Response
from .refusal import Refusal

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # whatever the locale
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Journal:
    """Collects the lines."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lines: list[str] = []
        self._head = ""
        self._failed = False
        self.last_answer = b""  # of the last call

    def begin(self, exchange: Exchange) -> None:
        """The method request as it came."""
        self._open(exchange)
        self._say(log_lines.starting(exchange))
        self._say(log_lines.method_request(exchange))

    def begin_authorizer(self, exchange: Exchange, name: str) -> None:
        """Which authorizer is asked."""
        self._open(exchange)
        self._say((f"Starting execution for request: {exchange.request_id}", f"Starting authorizer: {name}"))

    def _open(self, exchange: Exchange) -> None:
        self._head = f"Execution log for request {exchange.request_id}"

    def sends(self, address: str, headers: Headers, body: bytes) -> None:
        """What goes to the backend."""
        self._say(log_lines.endpoint_request(address, headers, body))
        self._say((f"Sending request to {address}",))

    def receives(self, status: int, millis: int, headers: Headers, body: bytes) -> None:
        """What the backend said."""
        self.last_answer = body
        self._say(log_lines.endpoint_response(status, millis, headers, body))

    def refused(self, refusal: Refusal, exchange: Exchange) -> None:
        """Why the gateway ends it here."""
        self._failed = True
        self._say(log_lines.failure(refusal, exchange))

    def end(self, response: Response) -> None:
        """The method's response."""
        if not self._failed:
            self._say((*log_lines.method_response(response), "Successfully completed execution"))
        self._say((f"Method completed with status: {response.status}",))

    def end_authorizer(self, status: int) -> None:
        """What became of the authorizer."""
        if status == 200:
            self._say(("Successfully completed authorizer execution",))
        self._say((f"Authorizer completed with status: {status}",))

    def text(self) -> str:
        """All of it."""
        return "\n".join((self._head, *self._lines)) + "\n"

    def _say(self, lines: Iterable[str]) -> None:
        """A line each, whatever is in it."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        stamp = f"{_DAYS[now.weekday()]} {_MONTHS[now.month - 1]} {now:%d %H:%M:%S} UTC {now.year}"
        for line in lines:
            one_line = line.replace("\r", "\\r").replace("\n", "\\n")
            self._lines.append(f"{stamp} : {log_lines.cut(one_line)}")
