"""Plan records: what `plans.json` says, parsed once into frozen dataclasses. Pure.

`headgate.spec.arazzo` writes plans.json, this file reads it; tests/arazzo keeps both in step. Steps stand in an order in
which a step never precedes what it waits for, so "the first failed step" means the same whatever finishes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .edges import Edge, parse_edges
from .expressions import Condition, Value, parse_condition, parse_value, sources

VERSION = 1
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 section 9.2.1


@dataclass(frozen=True, slots=True)
class Upstream:
    """One service that may be called: nothing outside `url` is ever reached."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter of the composed operation: `key` on the wire, `name` in the plan.

    `kind` is its JSON type, "string" when the schema does not say.
    """

    name: str
    key: str
    location: str
    kind: str
    required: bool
    explode: bool
    default: Any = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a call; `from_client` tells whose fault a bad value is."""

    name: str
    location: str
    value: Value
    required: bool
    explode: bool
    from_client: bool


@dataclass(frozen=True, slots=True)
class Body:
    """A request body; `kind` is "json", "form" or "text"."""

    content_type: str
    kind: str
    value: Value


@dataclass(frozen=True, slots=True)
class Output:
    """A named value of a step. `types` are the JSON types its schema allows, empty when the schema does not say."""

    name: str
    value: Value
    types: frozenset[str]
    optional: bool


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How long a reply may be reused; `is_public` lets it be shared between principals."""

    ttl_seconds: float
    stale_seconds: float
    is_public: bool


@dataclass(frozen=True, slots=True)
class Fallback:
    """What takes a failed step's place: its last good reply (`is_stale`) or a static value in place of the body."""

    is_stale: bool
    value: Any = None


@dataclass(frozen=True, slots=True)
class Retry:
    """One retry action of Arazzo: `limit` further attempts, `after_seconds` apart, while `when` holds."""

    limit: int
    after_seconds: float
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One call. `after` are positions of steps to wait for, `needs` those whose values it cannot do without."""

    position: int
    id: str
    upstream: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    after: frozenset[int]
    needs: frozenset[int]
    required: bool
    fallback: Fallback | None
    cache: CachePolicy | None
    timeout_seconds: float
    forward_authorization: bool
    success: tuple[Condition, ...]
    retry: tuple[Retry, ...]
    outputs: tuple[Output, ...]
    reads_body: bool

    @property
    def is_safe(self) -> bool:
        """Whether the method is safe: it may run beside others and be cached."""
        return self.method in SAFE_METHODS


@dataclass(frozen=True, slots=True)
class Respond:
    """The answer when nothing required failed."""

    status: int
    headers: tuple[tuple[str, Value], ...]
    body: Value


@dataclass(frozen=True, slots=True)
class Plan:
    """One composed operation; `declared` are the statuses it may answer with."""

    key: str
    workflow: str
    secured: bool
    timeout_seconds: float
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    respond: Respond
    declared: frozenset[int]


@dataclass(frozen=True, slots=True)
class Cors:
    """Which origins' pages may read the answers, and whether with credentials."""

    origins: frozenset[str]
    credentials: bool


@dataclass(frozen=True, slots=True)
class PlanBook:
    """All plans and edges of one API, by `VERB /template`."""

    api: str
    upstreams: Mapping[str, Upstream]
    plans: Mapping[str, Plan]
    edges: Mapping[str, Edge]
    cors: Cors | None


def parse_plans(document: Mapping[str, Any]) -> tuple[PlanBook, ...]:
    """plans.json -> one book per API; the file of a single API is the book itself."""
    if "apis" in document:
        return tuple(_book(name, content) for name, content in document["apis"].items())
    return (_book(document.get("api", ""), document),)


def _book(api: str, document: Mapping[str, Any]) -> PlanBook:
    if document.get("version") != VERSION:
        raise ValueError(f"plans.json of {api!r} has version {document.get('version')!r}; this code reads {VERSION}")
    upstreams = {name: Upstream(name, entry["url"].rstrip("/")) for name, entry in document["upstreams"].items()}
    plans = {key: _plan(key, entry) for key, entry in document["plans"].items()}
    cors = document.get("cors")
    allowed = None if cors is None else Cors(frozenset(cors["origins"]), cors["credentials"])
    return PlanBook(document.get("api", api), upstreams, plans, parse_edges(document), allowed)


def _plan(key: str, entry: Mapping[str, Any]) -> Plan:
    positions = {step["id"]: number for number, step in enumerate(entry["steps"])}
    return Plan(
        key=key,
        workflow=entry["workflow"],
        secured=entry["secured"],
        timeout_seconds=entry["timeoutSeconds"],
        inputs=tuple(_input(name, each) for name, each in entry["inputs"].items()),
        steps=tuple(_step(step, positions) for step in entry["steps"]),
        respond=_respond(entry["respond"]),
        declared=frozenset(entry["declared"]),
    )


def _input(name: str, entry: Mapping[str, Any]) -> Input:
    return Input(
        name=name,
        key=entry.get("key", name),
        location=entry["in"],
        kind=entry["type"],
        required=entry["required"],
        explode=entry.get("explode", True),
        default=entry.get("default"),
    )


def _respond(entry: Mapping[str, Any]) -> Respond:
    headers = tuple((name, parse_value(value)) for name, value in entry["headers"].items())
    return Respond(entry["status"], headers, parse_value(entry["body"]))


def _step(entry: Mapping[str, Any], positions: Mapping[str, int]) -> Step:
    body = entry.get("body")
    conditions = [*entry["success"], *(condition for each in entry["retry"] for condition in each["when"])]
    read = set().union(*(sources(tree) for tree in [*(o["value"] for o in entry["outputs"].values()), *conditions]))
    return Step(
        position=positions[entry["id"]],
        id=entry["id"],
        upstream=entry["upstream"],
        method=entry["method"],
        path=entry["path"],
        parameters=tuple(_parameter(each) for each in entry["parameters"]),
        body=body and Body(body["contentType"], body["kind"], parse_value(body["value"])),
        after=frozenset(positions[name] for name in entry["after"]),
        needs=frozenset(positions[name] for name in entry["needs"]),
        required=entry["required"],
        fallback=_fallback(entry.get("fallback")),
        cache=_cache(entry.get("cache")),
        timeout_seconds=entry["timeoutSeconds"],
        forward_authorization=entry.get("forwardAuthorization", False),
        success=tuple(parse_condition(tree) for tree in entry["success"]),
        retry=tuple(_retry(each) for each in entry["retry"]),
        outputs=tuple(_output(name, each) for name, each in entry["outputs"].items()),
        reads_body="body" in read,
    )


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=entry["name"],
        location=entry["in"],
        value=parse_value(entry["value"]),
        required=entry["required"],
        explode=entry.get("explode", True),
        from_client="input" in sources(entry["value"]) and "step" not in sources(entry["value"]),
    )


def _output(name: str, entry: Mapping[str, Any]) -> Output:
    return Output(name, parse_value(entry["value"]), frozenset(entry.get("types", ())), entry.get("optional", True))


def _fallback(entry: Mapping[str, Any] | None) -> Fallback | None:
    return None if entry is None else Fallback(entry["kind"] == "stale", entry.get("value"))


def _cache(entry: Mapping[str, Any] | None) -> CachePolicy | None:
    return None if entry is None else CachePolicy(entry["ttlSeconds"], entry["staleSeconds"], entry["public"])


def _retry(entry: Mapping[str, Any]) -> Retry:
    return Retry(entry["limit"], entry["afterSeconds"], tuple(parse_condition(tree) for tree in entry["when"]))
