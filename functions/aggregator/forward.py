"""A request behind an edge -> the call that API Gateway's HTTP_PROXY would make (FACTS 8.23, 8.24); its reply -> the answer.

Method, query, headers and body travel on unchanged; hop-by-hop headers and whatever claims to be the gateway's do not.
The reply comes back byte for byte: the service is asked not to compress, for API Gateway would hand base64 to clients
whose Accept is no binary media type (FACTS 3.21). Redirects are the client's to follow. Nothing is ever sent twice.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ..shared.problem import Problem, ProblemError
from .answer import MAX_ANSWER_BYTES, Answer, lambda_size
from .calls import HEADER_VALUE, Call, UnusableValueError, identity
from .candidates import Candidate, PathText
from .edges import fill
from .events import Request
from .expressions import Scope, Value, as_text
from .inputs import claims
from .passage import Passage, not_found
from .plan import Upstream
from .replies import Failure, Outcome, Reply
from .runner import MOST_SECONDS, RESERVE_SECONDS, World

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
# RFC 9110 section 7.6.1, and what describes this hop's framing.
HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "content-length",
    }
)  # fmt: skip
NOT_FORWARDED = HOP_BY_HOP | {"host", "expect", "accept-encoding", "x-http-method-override"}
OWN_PREFIX = "x-headgate-"
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
NO_CONTENT = frozenset({204, 304})
# Kept as they are in a query: delimiters of the styles of parameters that RFC 3986 allows there.
_PLAIN_IN_QUERY = ",:/@!$'()*"


def forward(world: World, passage: Passage, request: Request, remaining_milliseconds: int) -> Answer:
    """The service's answer, or a `ProblemError`: 504 when it takes too long, 502 when it gives none."""
    candidate = passage.candidate
    # What API Gateway and Lambda leave of the operation's timeout.
    seconds = min(MOST_SECONDS, candidate.timeout_seconds, remaining_milliseconds / 1000 - RESERVE_SECONDS)
    upstream = world.book.upstreams[candidate.upstream or ""]
    try:
        call = build_forward(candidate, upstream, request, passage.variables)
    except UnusableValueError as error:
        raise ProblemError(_unusable(error)) from error
    return answer_of(request.method, _outcome(world, call, seconds))


def _unusable(error: UnusableValueError) -> Problem:
    if error.is_client_fault:
        return Problem(400, "invalid-request", "The request is not valid", str(error))
    return Problem(502, "upstream-failed", "The request cannot be passed on", str(error))


def _outcome(world: World, call: Call, seconds: float) -> Outcome:
    end = world.clock.monotonic() + seconds
    try:
        world.transport.start(0, call, seconds)
        while (left := end - world.clock.monotonic()) > 0:
            for _, outcome in world.transport.wait(left):
                return outcome
    finally:
        world.transport.cancel()
    return Failure("timeout")


def build_forward(
    candidate: Candidate, upstream: Upstream, request: Request, variables: Mapping[str, PathText]
) -> Call:
    """The call; `UnusableValueError` when identity or a rewritten value cannot stand where it belongs."""
    path = fill(candidate.path, variables)
    if path is None:
        raise ProblemError(not_found())
    scope = Scope(_inputs(request, variables))
    query = urlencode(_query(candidate, request, scope), safe=_PLAIN_IN_QUERY, quote_via=quote)
    return Call(
        upstream=upstream.name,
        method=request.method,
        url=f"{upstream.url}{path}{'?' if query else ''}{query}",
        varying=(),
        passing=tuple(_headers(candidate, request, scope)),
        body=_body(request),
        timeout_seconds=candidate.timeout_seconds,
        is_verbatim=True,
    )


def _inputs(request: Request, variables: Mapping[str, PathText]) -> dict[str, Any]:
    return {
        "path": {name: each.text for name, each in variables.items()},
        "query": {name: values[-1] for name, values in request.query.items() if values},  # FACTS 8.17: the last
        "header": request.headers,
        "principal": claims(request.principal or {}),
        "context": request.context,
    }


def _query(candidate: Candidate, request: Request, scope: Scope) -> list[tuple[str, str]]:
    added = dict(_texts(candidate.added_query, scope))
    sent = [(name, value) for name, values in request.query.items() for value in values if name not in added]
    return [*sent, *added.items()]


def _texts(values: tuple[tuple[str, Value], ...], scope: Scope) -> Iterator[tuple[str, str]]:
    for name, value in values:
        text = as_text(value(scope))
        if text:  # FACTS 8.17: a missing source sets nothing
            yield name, text


def _headers(candidate: Candidate, request: Request, scope: Scope) -> Iterator[tuple[str, str]]:
    added = [(name, text) for name, text in _texts(candidate.headers, scope) if name.lower() not in NOT_FORWARDED]
    named = {name.lower() for name, _ in added}
    # RFC 9110 section 7.6.1: Connection lists what else is about this hop only.
    listed = {option.strip().lower() for option in request.headers.get("connection", "").split(",")}
    for name, value in request.header_lines:
        lower = name.lower()
        if lower in NOT_FORWARDED or lower in listed or lower in named or lower.startswith(OWN_PREFIX):
            continue
        yield _line(name, value)
    for name, value in added:
        if not name.lower().startswith(OWN_PREFIX):
            yield _line(name, value)
    yield "accept-encoding", "identity"
    yield from identity(request.principal, is_shared=False)


def _line(name: str, value: str) -> tuple[str, str]:
    if not _TOKEN.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
        raise UnusableValueError("a header holds a character that no header may hold", is_client_fault=True)
    return name, value


def _body(request: Request) -> bytes | None:
    if request.method == "HEAD":
        return None
    return request.body if request.body or request.method in METHODS_WITH_BODY else None


def answer_of(method: str, outcome: Outcome) -> Answer:
    """A reply as it is; a failure, or a reply that Lambda cannot carry, as a problem."""
    if isinstance(outcome, Failure):
        raise ProblemError(_failure(outcome))
    body = b"" if method == "HEAD" or outcome.status in NO_CONTENT else outcome.body
    if len(body) > MAX_ANSWER_BYTES // 2 and _sent_size(body) > MAX_ANSWER_BYTES:
        raise ProblemError(Problem(502, "answer-too-large", "The service's answer is too large"))
    return Answer(outcome.status, {}, body, lines=tuple(_answer_lines(outcome)))


def _answer_lines(reply: Reply) -> Iterator[tuple[str, str]]:
    listed = {option.strip().lower() for option in reply.headers.get("connection", "").split(",")}
    for name, value in reply.lines:
        if name.lower() not in HOP_BY_HOP and name.lower() not in listed:
            yield name, value


def _sent_size(body: bytes) -> int:
    try:
        body.decode()
    except UnicodeDecodeError:
        return len(body) * 4 // 3 + 4
    return lambda_size(body)


def _failure(failure: Failure) -> Problem:
    if failure.reason == "timeout":
        return Problem(504, "upstream-timeout", "The service took too long")
    if failure.reason == "too-large":
        return Problem(502, "answer-too-large", "The service's answer is too large")
    return Problem(502, "upstream-failed", "The service could not be reached or broke off its answer")
