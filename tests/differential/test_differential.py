"""The data plane against the oracles. DIFFERENTIAL_EXAMPLES sets the cases per test; `make differential` takes 26,000 each."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from . import oracle_events, oracle_lambda, oracle_policy, oracle_routing
from .subject import Subject

EXAMPLES = int(os.environ.get("DIFFERENTIAL_EXAMPLES", "150"))
PER_API = 10  # requests per generated API, so that a case is a request and not a compilation
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """Half of the answers are refusals, and each writes a line."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def cases(count: int = EXAMPLES) -> Any:
    quiet = [
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ]
    return settings(max_examples=max(count, 10), deadline=None, database=None, suppress_health_check=quiet)


# ---- routing

WORDS = ["a", "b", "a.b", "A", "%61", "ä".encode().hex()]
VERBS = ["GET", "POST", "ANY", "OPTIONS", "HEAD"]


@st.composite
def trees(draw: Any) -> dict[str, list[str]]:
    """Templates as CreateResource would allow them: one variable per parent, nothing below a greedy one (FACTS 2.13)."""
    resources: dict[str, list[str]] = {}
    parents = ["/"]
    for _ in range(draw(st.integers(1, 9))):
        parent = draw(st.sampled_from(parents))
        part = draw(st.sampled_from([*WORDS[:4], "{x}", "{y}", "{p+}"]))
        path = f"{parent.rstrip('/')}/{part}"
        taken = [
            one for one in parents if one.rpartition("/")[0] == parent.rstrip("/") and "{" in one.rpartition("/")[2]
        ]
        if path in parents or parent.endswith("+}") or ("{" in part and taken):
            continue
        parents.append(path)
    for path in parents:
        verbs = draw(st.lists(st.sampled_from(VERBS), max_size=2, unique=True))
        if verbs or draw(st.booleans()):
            resources[path] = verbs
    return resources


SEGMENTS = [*WORDS, "", "..", "x%20y", "{x}", "a;b"]
PATHS = st.lists(st.sampled_from(SEGMENTS), max_size=5).map("/".join)


@st.composite
def requests_to(draw: Any, resources: dict[str, list[str]]) -> tuple[str, str]:
    """Half of the paths are made from a template, so that most of them nearly match something."""
    verb = draw(st.sampled_from(["GET", "POST", "OPTIONS", "HEAD", "TRACE", "get"]))
    if not resources or draw(st.booleans()):
        return draw(PATHS), verb
    parts = draw(st.sampled_from(sorted(resources))).strip("/").split("/")
    filled = [draw(st.sampled_from(SEGMENTS)) if "{" in part else part for part in parts]
    return "/".join([*filled, *draw(st.lists(st.sampled_from(["", "a"]), max_size=1))]), verb


@st.composite
def routed(draw: Any) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """An API and requests to it."""
    resources = draw(trees())
    return resources, draw(st.lists(requests_to(resources), min_size=PER_API, max_size=PER_API))


@seed(20_261_121)
@cases(EXAMPLES // PER_API)
@given(routed())
def test_routing(drawn: tuple[dict[str, list[str]], list[tuple[str, str]]]) -> None:
    resources, requests = drawn
    with closing(Subject(resources)) as subject:
        for path, verb in requests:
            expected = oracle_routing.find(resources, path, verb)
            response = subject.call(verb, b"/" + path.encode())

            assert (response.status == 200) == (expected is not None), (resources, path, verb)
            if expected is not None:
                assert subject.event is not None
                assert subject.event["resource"] == expected[0], (resources, path, verb)
                assert (subject.event["pathParameters"] or {}) == expected[2], (resources, path, verb)


# ---- events

PAIRS = st.tuples(
    st.sampled_from(["a", "b", "%61", "a%20", "a+", "%C3%A9", ""]),
    st.sampled_from(["", "=", "=1", "=2", "=+%2B", "=%e9"]),
).map("".join)
QUERY = st.one_of(
    st.tuples(st.sampled_from("&;"), st.lists(PAIRS, max_size=5)).map(lambda drawn: drawn[0].join(drawn[1])),
    st.text(alphabet="ab=&;+%2B4z5F%C3%A9", max_size=24),
).map(str.encode)
NAMES = st.sampled_from(
    [
        "X-A",
        "x-a",
        "X-a",
        "authorization",
        "AUTHORIZATION",
        "user-agent",
        "User-Agent",
        "Connection",
        "content-length",
        "TE",
        "Via",
        "Date",
        "Host",
        "host",
        "X-Forwarded-For",
        "x-amzn-trace-id",
        "Expect",
        "Cookie",
        "cookie",
        "Server",
        "x_a",
    ]
)
VALUES = st.text(alphabet="abc, ;=é", max_size=8).map(str.strip)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=7)
TYPES = st.sampled_from([None, "", "image/png", "IMAGE/PNG; q=1", "image/gif", "text/plain", "application/json", "x"])
BINARY = st.sampled_from([(), ("image/png",), ("image/*",), ("*/*",), ("*/png",), ("application/json", "text/plain")])


@pytest.fixture(scope="module")
def subjects() -> Iterator[dict[Any, Subject]]:
    made: dict[Any, Subject] = {}
    yield made
    for one in made.values():
        one.close()


@seed(20_261_122)
@cases()
@given(
    path=PATHS,
    query=QUERY,
    lines=HEADERS,
    body=st.binary(max_size=6),
    content_type=TYPES,
    binary=BINARY,
    edge=st.booleans(),
)
def test_events(
    subjects: dict[Any, Subject],
    *,
    path: str,
    query: bytes,
    lines: list[tuple[str, str]],
    body: bytes,
    content_type: str | None,
    binary: tuple[str, ...],
    edge: bool,
) -> None:
    subject = subjects.setdefault((binary, edge), None) or Subject(
        {"/": ["ANY"], "/{p+}": ["ANY"]}, binary_types=binary, edge=edge
    )
    subjects[binary, edge] = subject
    wire = [(name.encode(), value.encode()) for name, value in lines]
    if content_type is not None:
        wire.append((b"Content-Type", content_type.encode()))

    subject.call("POST", b"/" + path.encode(), query, wire, body)
    event = subject.event

    assert event is not None
    single, many = oracle_events.headers(wire, edge=edge)
    assert (event["queryStringParameters"], event["multiValueQueryStringParameters"]) == oracle_events.query(query)
    assert _own(event["headers"]) == single
    assert _own(event["multiValueHeaders"]) == many
    assert (event["body"], event["isBase64Encoded"]) == oracle_events.body(body, content_type, binary)
    assert event["path"] == oracle_events.event_path(path)
    assert event["requestContext"]["path"] == "/dev/" + path


ADDED = ["host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"]
CLOUDFRONT = ["x-amz-cf-id"]


def _own(headers: dict[str, Any]) -> dict[str, Any]:
    """Without what the gateway and CloudFront add; CloudFront's Via only stands in for one that the client did not send."""
    kept = {}
    for name, value in headers.items():
        lower = name.lower()
        if lower in ADDED or lower.startswith("cloudfront-") or lower in CLOUDFRONT:
            continue
        if lower != "via" or "cloudfront" not in str(value).lower():
            kept[name] = value
    return kept


# ---- answers of functions

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 700), st.sampled_from(["", "200", "abc", "0", "599", "1_0", " 200"])
)
NAMED = st.sampled_from(
    ["A", "a", "Content-Type", "content-type", "Date", "server", "Connection", "Transfer-Encoding", "WWW-Authenticate"]
)
TEXTS = st.sampled_from(["v", "w", "text/html", "AQID", "not base64", "é", "e30=", ""])
SINGLE = st.one_of(
    st.none(), st.dictionaries(NAMED, st.one_of(TEXTS, st.booleans(), st.integers(0, 9)), max_size=3), SCALARS
)
MULTI = st.one_of(st.none(), st.dictionaries(NAMED, st.one_of(st.lists(TEXTS, max_size=3), TEXTS), max_size=3), SCALARS)
FLAGS = st.one_of(st.booleans(), st.none(), st.sampled_from(["true", "True", "false", "yes", 1]))
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "statusCode": SCALARS,
        "headers": SINGLE,
        "multiValueHeaders": MULTI,
        "body": st.one_of(TEXTS, SCALARS, st.just({"a": 1}), st.just([1])),
        "isBase64Encoded": FLAGS,
        "base64Encoded": FLAGS,
    },
)
ODD_STATUSES = st.sampled_from(["1_0", " 200", "200 ", "+200", "²00", "0200", "2e2", 200.0, True, "", 600, 199, -200])
ONE_MEMBER = st.one_of(
    st.fixed_dictionaries({"statusCode": ODD_STATUSES}),
    st.fixed_dictionaries({"statusCode": SCALARS}),
    st.fixed_dictionaries({"headers": SINGLE}),
    st.fixed_dictionaries({"multiValueHeaders": MULTI}),
    st.just({"statusCode": 200, "wrong": 1}),
)
GOOD = st.fixed_dictionaries(
    {"statusCode": st.sampled_from([200, 201, 404, "418", 599])},
    optional={
        "headers": st.dictionaries(NAMED, TEXTS, max_size=3),
        "multiValueHeaders": st.dictionaries(NAMED, st.lists(TEXTS, max_size=3), max_size=3),
        "body": TEXTS,
        "isBase64Encoded": st.booleans(),
    },
)
ACCEPTS = st.sampled_from([None, "*/*", "image/png", "image/png, */*", "text/html", "application/x", "IMAGE/PNG;q=1"])


@seed(20_261_123)
@cases()
@given(st.one_of(OBJECTS, ONE_MEMBER, GOOD, SCALARS, st.lists(SCALARS, max_size=1)), ACCEPTS, BINARY)
def test_answers_of_functions(
    subjects: dict[Any, Subject], answer: Any, accept: str | None, binary: tuple[str, ...]
) -> None:
    subject = subjects.setdefault(("answers", binary), None) or Subject({"/": ["GET"]}, binary_types=binary)
    subjects["answers", binary] = subject
    subject.answer = json.dumps(answer).encode()

    response = subject.call("GET", b"/", headers=[] if accept is None else [(b"Accept", accept.encode())])

    try:
        status, lines, body = oracle_lambda.read(answer, accept=accept, binary_types=binary)
    except oracle_lambda.BadGatewayError:
        assert (response.status, response.body) == (502, b'{"message": "Internal server error"}'), answer
        return
    except oracle_lambda.InternalError:
        assert (response.status, response.body) == (500, b'{"message": "Internal server error"}'), answer
        return
    own = [(name.decode(), value.decode()) for name, value in response.headers]
    extra = ("x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id")
    assert response.status == status, answer
    assert [pair for pair in own if pair[0].lower() not in extra] == lines, answer
    assert response.body == body, answer


# ---- policies

ARN = "arn:aws:execute-api:us-east-1:123456789012:api1/dev/GET"
RESOURCES = st.sampled_from(
    [
        "*",
        f"{ARN}/a",
        f"{ARN}/*",
        f"{ARN}/a/?",
        f"{ARN}/a/*/c",
        "arn:aws:execute-api:*:*:api1/dev/*/b*",
        f"{ARN}/",
        f"{ARN}/a*",
        "?",
        f"{ARN}/[a]",
        f"{ARN}/.",
        f"{ARN}/a?b",
        f"{ARN}?a*",
        f"{ARN}/a/**",
        "arn:aws:execute-api:*:*:*/*/POST/*",
        f"{ARN}/?*",
        "*a",
        "*/b",
    ]
)
ACTIONS = st.sampled_from(
    [
        "execute-api:Invoke",
        "execute-api:*",
        "*",
        "EXECUTE-API:invoke",
        "execute-api:InvalidateCache",
        "lambda:*",
        "execute-api:Invok?",
    ]
)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.one_of(ACTIONS, st.lists(ACTIONS, min_size=1, max_size=2)),
        "Resource": st.one_of(RESOURCES, st.lists(RESOURCES, min_size=1, max_size=3)),
    }
)
TARGETS = st.sampled_from(["a", "b", "a/b", "a/x/c", "a/x/y/c", "", "b/c", "a.", ".", "[a]", "%2A", "aa"])


@seed(20_261_124)
@cases()
@given(st.lists(STATEMENTS, max_size=4), TARGETS)
def test_policies(subjects: dict[Any, Subject], statements: list[dict[str, Any]], target: str) -> None:
    subject = subjects.setdefault("policies", None) or Subject({"/": ["GET"], "/{p+}": ["GET"]}, guarded=True)
    subjects["policies"] = subject
    subject.policy = statements

    response = subject.call("GET", b"/" + target.encode(), headers=[(b"Authorization", b"t")])

    expected = oracle_policy.evaluate(statements, f"{ARN}/{target}")
    text = response.body.decode()
    found = "allow" if response.status == 200 else "deny" if "explicit deny" in text else "none"
    assert (found, response.status in (200, 403)) == (expected, True), (statements, target, text)
