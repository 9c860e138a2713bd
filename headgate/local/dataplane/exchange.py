"""One request on its way through the phases.

Every field that a phase fills has a null object before it, so a reader (the access log, a gateway response) may look at any time
and never meets None: `grant` is filled by authorize, `key` by throttle, `report` by integrate, `overrides` by mapping templates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from ..records import EMPTY, ApiKey
from .message import Headers, Request
from .place import NOWHERE, Place, Side
from .trace import Notes

NO_KEY = ApiKey(id="", value="")


@dataclass(frozen=True, slots=True)
class Grant:
    """What an authorizer let through: its principal and its context, values as text (FACTS 4.13)."""

    principal_id: str = ""
    context: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    usage_key: str | None = None
    latency_millis: int = 0
    status: int = 0  # 0 when no authorizer ran
    identity: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # of an IAM caller (FACTS 3.3)
    claims: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # of a Cognito token

    @property
    def values(self) -> dict[str, Any]:
        """`$context.authorizer.*`: everything as text; a Cognito token's claims are below `claims`."""
        if self.claims:
            return {"claims": dict(self.claims)}
        return {"principalId": self.principal_id, **{name: as_text(value) for name, value in self.context.items()}}


NOBODY = Grant()


class Report(NamedTuple):
    """How the integration went; status 0 before it was called."""

    status: int = 0
    latency_millis: int = 0
    error: str = ""
    request_id: str = ""


NOT_CALLED = Report()


@dataclass(slots=True)
class Overrides:
    """`$context.requestOverride` and `$context.responseOverride`, which templates write to (FACTS 8.19)."""

    request: dict[str, Any] = field(default_factory=lambda: {"header": {}, "path": {}, "querystring": {}})
    response: dict[str, Any] = field(default_factory=lambda: {"header": {}})


class Exchange:
    """A request, where it landed, and what the phases found out so far."""

    __slots__ = (
        "_host",
        "_overrides",
        "_query",
        "epoch_millis",
        "extended_id",
        "grant",
        "key",
        "method",
        "notes",
        "parameters",
        "path",
        "place",
        "refusal",
        "report",
        "request",
        "request_id",
        "sent",
        "side",
        "started",
        "trace",
    )

    def __init__(self, request: Request, side: Side, method: str) -> None:
        self.request = request
        self.sent = sent_headers(request.headers)
        self.path = "/" + request.path.decode("latin-1").lstrip(
            "/"
        )  # the raw path after the stage, never empty (FACTS 2.8)
        self.side = side
        self.method = method
        self.place: Place = NOWHERE
        self.parameters: Mapping[str, str] = EMPTY
        self.request_id = ""
        self.extended_id = ""
        self.trace = ""
        self.epoch_millis = 0
        self.started = 0.0
        self.grant = NOBODY
        self.key = NO_KEY
        self.report = NOT_CALLED
        self.refusal: Exception | None = None
        self.notes: Notes | None = None  # only for a request that `headgate why` asks about
        self._host: str | None = None
        self._query: dict[str, list[str]] | None = None
        self._overrides: Overrides | None = None

    def replace_request(self, request: Request) -> None:
        """Go on with another body and other headers."""
        self.request = request
        self.sent = sent_headers(request.headers)

    @property
    def headers(self) -> tuple[tuple[str, str, str], ...]:
        """(name as sent, name in lower case, value) of every header line."""
        return self.sent.lines

    def header(self, name: str) -> str | None:
        """The last value of a header, names compared without case (FACTS 8.17)."""
        return self.sent.last.get(name.lower())

    @property
    def query(self) -> dict[str, list[str]]:
        """Decoded query parameters, values in order (FACTS 2.10)."""
        if self._query is None:
            self._query = parse_query(self.request.query) if self.request.query else {}
        return self._query

    @property
    def is_overridden(self) -> bool:
        """Whether a template ran that may have written to `overrides`."""
        return self._overrides is not None

    @property
    def overrides(self) -> Overrides:
        """Made when the first template runs."""
        if self._overrides is None:
            self._overrides = Overrides()
        return self._overrides

    @property
    def full_path(self) -> str:
        """`requestContext.path`: the mount and the path, untouched (FACTS 3.4)."""
        request = self.request
        return (request.mount + request.path).decode("latin-1") or "/"

    @property
    def domain(self) -> str:
        """The domain name of the API without a port (FACTS 3.8)."""
        return self.host.partition(":")[0]

    @property
    def host(self) -> str:
        """What the event's Host says: the client's on a custom domain, else the execute-api name, port kept."""
        if self._host is None:
            self._host = self._named_host()
        return self._host

    def _named_host(self) -> str:
        request = self.request
        if request.custom_domain or ".execute-api." in request.host:
            return request.host
        _, colon, port = request.host.rpartition(":")
        return f"{request.api_id}.execute-api.localhost" + (f":{port}" if colon else "")

    @property
    def method_arn(self) -> str:
        """Real verb and path values, without slashes at either end, so that policies see what routing saw (FACTS 4.3)."""
        return f"{self.side.arn}/{self.method}/{self.path.strip('/')}"


class SentHeaders:
    """Header lines as text, and the last value by lower-case name. Read only; equal lines are mostly the same object."""

    __slots__ = ("last", "lines")

    def __init__(self, headers: Headers) -> None:
        self.lines = tuple((*_name(name), as_str(value)) for name, value in headers)
        self.last = {lower: value for _, lower, value in self.lines}


@lru_cache(maxsize=256)
def sent_headers(headers: Headers) -> SentHeaders:
    """A client sends the same ones again and again."""
    return SentHeaders(headers)


@lru_cache(maxsize=2048)
def _name(name: bytes) -> tuple[str, str]:
    text = name.decode("latin-1")
    return text, text.lower()


def as_str(value: bytes) -> str:
    """Header bytes as text: UTF-8 where they are, else Latin-1, which never fails."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def as_text(value: object) -> str:
    """A scalar as API Gateway prints it: `True` -> `true`, `1.0` -> `1.0`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def parse_query(query: bytes) -> dict[str, list[str]]:
    """`b"a=1&a=%2B&b"` -> {"a": ["1", "+"], "b": [""]}; `;` separates as well (FACTS 2.10, 2.11)."""
    found: dict[str, list[str]] = {}
    for pair in query.decode("latin-1").replace(";", "&").split("&"):
        if pair:
            name, _, value = pair.partition("=")
            found.setdefault(_unquote(name), []).append(_unquote(value))
    return found


def _unquote(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text or not text.isascii() else text
