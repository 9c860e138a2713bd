"""What happened to one request, phase by phase, for `headgate why`: written only for a request that brings a `Notes` along.

    notes = Notes(perf_counter)
    response = await gateway.handle(request, notes)
    notes.trace().to_json()    # {"phases": [{"phase": "route", "outcome": "passed", "milliseconds": 0.1, "facts": {...}}, ...]}

`Recent` keeps a line about each of the newest requests. Neither holds a header's value, a query of the ring's, or a body.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

RECENT_REQUESTS = 1_000
HIDDEN = "(hidden)"

# Names of headers and parameters whose values are credentials, or may well be.
_SECRET = re.compile(
    r"auth|cookie|token|secret|passw|pwd|credential|session|signature|api[-_]?key|^key$|^code$|^sig$|jwt|otp|^x-amz-",
    re.IGNORECASE,
)

# Lines that Headgate's own functions write (`report.py`, the authorizer's handler), and what of them may be told.
_OWN_LINES = frozenset(("request.answered", "request.failed", "request.decided", "request.rejected", "decision.failed"))
_OWN_FIELDS = (
    *("route", "request_id", "status", "milliseconds", "problem", "operation", "upstream", "workflow", "degraded"),
    *("steps", "reason", "issuer", "error"),
)


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase: `outcome` is passed, refused or failed; `facts` are what it saw and decided."""

    name: str
    outcome: str
    millis: float
    facts: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As `/_headgate/why` answers."""
        return {
            "phase": self.name,
            "outcome": self.outcome,
            "milliseconds": round(self.millis, 2),
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """All phases that a request came to, in order."""

    phases: tuple[Phase, ...]

    def to_json(self) -> dict[str, Any]:
        """As `/_headgate/why` answers."""
        return {"phases": [phase.to_json() for phase in self.phases]}


@dataclass(slots=True)
class Notes:
    """Collects a trace. `timer` is in seconds; `side` "stable" or "canary" forces the split instead of drawing."""

    timer: Callable[[], float]
    side: str | None = None
    _name: str = ""
    _began: float = 0.0
    _facts: dict[str, Any] = field(default_factory=dict)
    _phases: list[Phase] = field(default_factory=list)

    def begin(self, name: str, **facts: Any) -> None:
        """The phase before has passed; this one starts."""
        self.end("passed")
        self._name, self._began, self._facts = name, self.timer(), facts

    def tell(self, **facts: Any) -> None:
        """More about the phase under way."""
        self._facts.update(facts)

    def end(self, outcome: str) -> None:
        """The phase under way is over."""
        if self._name:
            self._phases.append(Phase(self._name, outcome, (self.timer() - self._began) * 1000, self._facts))
        self._name = ""

    def trace(self) -> Trace:
        """Everything so far."""
        self.end("passed")
        return Trace(tuple(self._phases))


class Summary(NamedTuple):
    """One request in the ring. `kind` is the gateway response type, "" when the gateway itself refused nothing."""

    request_id: str
    epoch_millis: int
    api_id: str
    stage: str
    deployment_id: str
    is_canary: bool
    has_canary: bool
    method: str
    path: bytes
    resource_path: str
    status: int
    kind: str
    millis: int
    authorizer_status: int
    authorizer_millis: int
    integration_status: int
    integration_millis: int

    @property
    def is_failed(self) -> bool:
        """Whether the client got an error, or a gateway error in a friendlier status."""
        return self.status >= 400 or bool(self.kind)

    def to_json(self) -> dict[str, Any]:
        """As `/_headgate/why` answers; what did not happen is left out."""
        told = {_camel(name): value for name, value in self._asdict().items() if value not in ("", 0, None)}
        path = self.path.decode("latin-1") or "/"
        return {**told, "path": path, "isCanary": self.is_canary, "hasCanary": self.has_canary}


class Recent:
    """The newest requests of all stages, in memory. `append` takes what a `Summary` is made of: requests pay for no more."""

    def __init__(self, limit: int = RECENT_REQUESTS) -> None:
        self._ring: deque[tuple[Any, ...]] = deque(maxlen=limit)
        self.append = self._ring.append

    def find(self, request_id: str) -> Summary | None:
        """The request of this id, while it is remembered."""
        return next((one for one in self._newest() if one.request_id == request_id), None)

    def last(self, number: int, *, failed: bool = False) -> list[Summary]:
        """The newest `number` requests (or failed ones), the newest first."""
        return list(islice((one for one in self._newest() if not failed or one.is_failed), number))

    def _newest(self) -> Iterator[Summary]:
        return (Summary(*row) for row in reversed(tuple(self._ring)))

    def clear(self) -> None:
        """Forget all."""
        self._ring.clear()


def is_secret(name: str) -> bool:
    """Whether a header or parameter of this name may carry a credential."""
    return _SECRET.search(name) is not None


def shown_url(url: str) -> str:
    """A URL with the values of secret-looking query parameters, and its user and password, hidden."""
    base, mark, query = url.partition("?")
    return without_user(base) + mark + "&".join(_shown_pair(pair) for pair in query.split("&"))


def without_user(text: str) -> str:
    """A URL, or a text with one in it, without its user and password."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", text)


def _shown_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={HIDDEN}" if equals and is_secret(unquote_plus(name)) else pair


def own_lines(text: str) -> list[dict[str, Any]]:
    """What Headgate's own functions said in a log: names, statuses and times. Lines of other functions are skipped."""
    return [told for line in text.splitlines() if (told := own_line(line)) is not None]


def own_line(line: str) -> dict[str, Any] | None:
    """One line of a log, if one of Headgate's functions wrote it about a request."""
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("message") not in _OWN_LINES:
        return None
    return {"event": said["message"], **{name: said[name] for name in _OWN_FIELDS if said.get(name) is not None}}


def schema_problems(problems: "Iterator[Any]", limit: int = 10) -> list[dict[str, str]]:
    """Where a body breaks its model and by which keyword; no value of the body, and only names that the model has.

    `problems` are jsonschema's ValidationErrors.
    """
    found = []
    for problem in problems:
        rule = [str(part) for part in problem.absolute_schema_path]
        known = set(rule)
        steps = (part if isinstance(part, int) or part in known else "*" for part in problem.absolute_path)
        place = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        missing = [name for name in _required(problem) if name not in problem.instance]
        told = {"at": place, "keyword": str(problem.validator), "rule": "/" + "/".join(rule)}
        found.append({**told, "missing": ", ".join(missing)} if missing else told)
        if len(found) == limit:
            break
    return sorted(found, key=lambda one: (one["at"], one["rule"]))


def _required(problem: Any) -> list[str]:
    listed = problem.validator_value if problem.validator == "required" else []
    return [str(name) for name in listed] if isinstance(listed, list) else []


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
