"""Edges as a client meets them: which operation a path means, who may pass, and what the service gets to see."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from functions.aggregator.candidates import PathText
from functions.aggregator.edges import fill
from functions.aggregator.handler import serve
from tests.aggregator.edges import Everywhere, ask, candidate, edge, json_body, operation, parameter
from tests.aggregator.pages import Gateway, Lambda, gateway, plan, proxy_event, step
from tests.aggregator.upstreams import Behaviour, Seen, Service, in_turn, json_reply, raw, reply, reset, slow

ID = {"name": "id"}


@contextmanager
def behind(*candidates: Any, behaviour: Behaviour | None = None, **settings: Any) -> Iterator[tuple[Gateway, Service]]:
    """Candidates behind `ANY /x` of every method."""
    secured = settings.pop("secured", False)
    edges = {f"{method} /x": edge(*candidates, secured=secured) for method in ("GET", "HEAD", "POST", "DELETE", "PUT")}
    with (
        Service(Everywhere({"*": behaviour or json_reply({})})) as service,
        gateway(settings.pop("plans", {}), service.url, edges=edges, **settings) as portal,
    ):
        yield portal, service


def sent(target: str, *candidates: Any, method: str = "GET", **settings: Any) -> Seen:
    """The request that the service got."""
    with behind(*candidates) as (portal, service):
        answer = ask(portal, method, target, "/x", **settings)
        assert answer.status == 200, answer
        return service.requests[-1]


@pytest.mark.parametrize(
    ("segments", "path", "target"),
    [
        (["users", "@me"], "/users/@me", "/users/@me"),
        (["users", "@me"], "/users/%40me", "/users/@me"),
        (["users", ID], "/users/7/", "/users/7"),
        (["users", ID], "//users//a%2Fb", "/users/a%2Fb"),
        (["users", ID], "/users/a%20b+c", "/users/a%20b%2Bc"),
        (["s", [ID, ".json"]], "/s/a.b.json", "/s/a.b.json"),
        (["s", [ID, ":", {"name": "verb"}]], "/s/a:b:c", "/s/a:b%3Ac"),
        (["f", {"name": "rest", "greedy": True}], "/f/a/b%2Fc", "/f/a/b%2Fc"),
    ],
)
def test_a_path_reaches_the_service_as_its_document_writes_it(segments: list[Any], path: str, target: str) -> None:
    template = {"/f/a/b%2Fc": "/f/{rest}"}.get(target)
    one = candidate(*segments, **({"path": template} if template else {}))

    assert sent(path, one).target == target


@pytest.mark.parametrize(
    ("segments", "path"),
    [
        (["users", "@me"], "/users/me"),
        (["s", [ID, ".json"]], "/s/.json"),
        (["s", [ID, ".json"]], "/s/a.xml"),
        (["users", ID], "/users"),
        (["users", ID], "/users/a/b"),
        (["users", ID], "/users/.."),
        (["users", ID], "/users/%2e%2E"),
        (["users", ID], "/users/%ff"),
        (["f", {"name": "rest", "greedy": True}], "/f"),
        (["f", {"name": "rest", "greedy": True}], "/f/a/%2e%2e/b"),
    ],
)
def test_a_path_that_no_operation_has_is_not_found(segments: list[Any], path: str) -> None:
    with behind(candidate(*segments)) as (portal, service):
        answer = ask(portal, "GET", path, "/x")

    assert (answer.status, answer.kind, service.requests) == (404, "not-found", [])


def test_dots_and_broken_texts_mean_no_operation_even_where_they_go_nowhere() -> None:
    root, fixed = candidate(), candidate("users", ID, path="/fixed")
    composed = candidate("pages", ID, upstream=None, path=None, plan="GET /pages/{id}")
    with behind(root, fixed, composed, plans={"GET /pages/{id}": plan(step("a"))}) as (portal, _):
        statuses = [
            ask(portal, "GET", path, "/x").status for path in ("/%ff", "/users/..", "/pages/%2e", "/", "/users/1")
        ]

    assert statuses == [404, 404, 404, 200, 200]


def test_no_variable_makes_a_path_climb() -> None:
    both = {"a": PathText(".", "."), "b": PathText(".", ".")}

    assert fill("/x/{a}{b}/y", both) is None
    assert fill("/x/{a}-{b}/y", both) == "/x/.-./y"


def test_candidates_are_tried_in_order_and_queries_tell_them_apart() -> None:
    beta = candidate("x", query={"beta": "true"}, path="/beta")
    tagged = candidate("x", query={"tag": None}, path="/tagged")
    plain = candidate("x", path="/plain")
    targets = [sent(target, beta, tagged, plain).target for target in ("/x?beta=true", "/x?beta=1", "/x?tag=&beta=0")]

    assert targets == ["/beta?beta=true", "/plain?beta=1", "/tagged?tag=&beta=0"]


def test_the_query_travels_on_with_its_order_and_repetitions() -> None:
    assert sent("/x?b=2&a=1&b=%2B%20%26&c", candidate("x")).target == "/x?b=2&b=%2B%20%26&a=1&c="


def test_headers_travel_on_and_those_of_the_hop_and_of_the_gateway_do_not() -> None:
    headers = [
        ("X-A", "1"), ("Accept", "text/x"), ("Authorization", "Bearer t"), ("Cookie", "a=b"), ("Host", "evil"),
        ("Connection", "x-drop"), ("X-Drop", "1"), ("X-Headgate-Subject", "root"), ("x-headgate-anything", "1"),
        ("TE", "trailers"), ("Accept-Encoding", "gzip"), ("Transfer-Encoding", "chunked"), ("Content-Length", "99"),
    ]  # fmt: skip
    principal = {"sub": "user-1", "scope": "a b"}
    seen = sent("/x", candidate("x"), headers=headers, principal=principal).headers

    assert seen.pop("host").startswith("127.0.0.1:")
    assert seen == {
        "x-a": "1", "accept": "text/x", "authorization": "Bearer t", "cookie": "a=b", "accept-encoding": "identity",
        "x-headgate-subject": "user-1", "x-headgate-scope": "a b",
    }  # fmt: skip


def test_nothing_of_the_client_library_is_added() -> None:
    seen = sent("/x", candidate("x"), method="POST", body="a=1")

    assert {"accept", "content-type", "user-agent", "expect"}.isdisjoint(seen.headers)
    assert (seen.method, seen.body, seen.headers["content-length"]) == ("POST", b"a=1", "3")


@pytest.mark.parametrize(("method", "length"), [("POST", "0"), ("PUT", "0"), ("DELETE", None), ("GET", None)])
def test_a_body_that_is_not_there_is_framed_as_its_method_wants(method: str, length: str | None) -> None:
    assert sent("/x", candidate("x"), method=method).headers.get("content-length") == length


def test_a_binary_body_arrives_byte_for_byte() -> None:
    assert sent("/x", candidate("x"), method="POST", body=bytes(range(256))).body == bytes(range(256))


def test_rewrites_overrule_what_the_client_sent() -> None:
    none, version = {"input": "query", "pointer": ["none"]}, {"input": "header", "pointer": ["x-v"]}
    rewrite = {
        "headers": {"X-Api": {"const": "v2"}, "X-Id": {"input": "path", "pointer": ["id"]}, "X-None": none},
        "query": {"v": version, "sub": {"input": "principal", "pointer": ["sub"]}},
    }
    headers = [("x-api", "forged"), ("X-V", "a b")]
    seen = sent("/x/7?v=1&k=2", candidate("x", ID, rewrite=rewrite), headers=headers, principal={"sub": "u"})

    assert seen.lines.count("x-api") == 1
    assert seen.target == "/x/7?k=2&v=a%20b&sub=u"
    assert (seen.headers["x-api"], seen.headers["x-id"], "x-none" in seen.headers) == ("v2", "7", False)


def test_a_header_that_would_end_early_is_refused() -> None:
    with behind(candidate("x")) as (portal, service):
        answer = ask(portal, "GET", "/x", "/x", headers=[("X-A", "1\r\nX-Headgate-Subject: root")])

    assert (answer.status, answer.kind, service.requests) == (400, "invalid-request", [])


def test_the_answer_comes_back_as_it_is() -> None:
    head = b"HTTP/1.1 207 Multi\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Odd:  x \r\nX-Hop: 1\r\n"
    head += b"Connection: keep-alive, X-Hop\r\n"
    with behind(candidate("x"), behaviour=raw(head + b'Content-Length: 5\r\n\r\n{"a":')) as (portal, _):
        answer = ask(portal, "GET", "/x", "/x")

    assert (answer.status, answer.body, answer.is_base64) == (207, b'{"a":', False)
    assert answer.headers == {"set-cookie": ["a=1", "b=2"], "x-odd": ["x"]}


def test_a_picture_goes_as_base64_and_compression_is_left_alone() -> None:
    picture = bytes(range(256))
    behaviour = reply(200, picture, {"Content-Type": "image/png", "Content-Encoding": "br"})
    with behind(candidate("x"), behaviour=behaviour) as (portal, _):
        answer = ask(portal, "GET", "/x", "/x")

    assert (answer.body, answer.is_base64) == (picture, True)
    assert (answer.headers["content-type"], answer.headers["content-encoding"]) == (["image/png"], ["br"])


@pytest.mark.parametrize(
    ("method", "line"),
    [("GET", b"204 No Content"), ("GET", b"304 Not Modified"), ("HEAD", b"200 OK\r\nContent-Length: 9")],
)
def test_answers_without_a_body_have_none(method: str, line: bytes) -> None:
    with behind(candidate("x"), behaviour=raw(b"HTTP/1.1 " + line + b"\r\nETag: x\r\n\r\n")) as (portal, _):
        answer = ask(portal, method, "/x", "/x")

    assert (answer.status, answer.body, answer.headers) == (int(line[:3]), b"", {"etag": ["x"]})


def test_redirects_are_the_client_s_to_follow() -> None:
    with behind(candidate("x"), behaviour=reply(302, b"", {"Location": "/y"})) as (portal, service):
        answer = ask(portal, "GET", "/x", "/x")

    assert (answer.status, answer.headers["location"], len(service.requests)) == (302, ["/y"], 1)


@pytest.mark.parametrize(
    ("behaviour", "status", "kind"),
    [
        (slow(5, json_reply({})), 504, "upstream-timeout"),
        (reset, 502, "upstream-failed"),
        (raw(b"nonsense\r\n\r\n"), 502, "upstream-failed"),
        (reply(200, b"\xff" * (5 * 1024 * 1024)), 502, "answer-too-large"),
        (reply(200, b'"' * (4 * 1024 * 1024)), 502, "answer-too-large"),
    ],
    ids=["slow", "reset", "nonsense", "too-large", "too-large-in-json"],
)
def test_a_service_that_fails_is_a_problem(behaviour: Behaviour, status: int, kind: str) -> None:
    with behind(candidate("x", timeout=0.2), behaviour=behaviour) as (portal, _):
        answer = ask(portal, "GET", "/x", "/x")

    assert (answer.status, answer.kind) == (status, kind)


def test_nothing_is_sent_twice() -> None:
    with behind(candidate("x"), behaviour=in_turn(reset, json_reply({}))) as (portal, service):
        answer = ask(portal, "POST", "/x", "/x", body="1")

    assert (answer.status, len(service.requests)) == (502, 1)


def test_a_refused_connection_is_a_502_and_no_time_left_a_504() -> None:
    with gateway({}, "http://127.0.0.1:9", edges={"GET /x": edge(candidate("x"))}) as portal:
        refused = ask(portal, "GET", "/x", "/x")
        late = serve(portal.environment, proxy_event("/x"), Lambda(remaining_milliseconds=100))

    assert (refused.status, refused.kind, late["statusCode"]) == (502, "upstream-failed", 504)


def test_an_address_that_is_not_to_be_reached_is_not() -> None:
    with gateway({}, "http://169.254.169.254", edges={"GET /x": edge(candidate("x"))}) as portal:
        assert ask(portal, "GET", "/x", "/x").status == 502


@pytest.mark.parametrize("principal", [None, {}, {"scope": "a"}])
def test_a_secured_edge_without_a_principal_stays_shut(principal: Any) -> None:
    with behind(candidate("x"), secured=True) as (portal, service):
        answer = ask(portal, "GET", "/x", "/x", principal=principal)

    assert (answer.status, answer.kind, service.requests) == (403, "access-denied", [])


def test_a_composed_operation_may_stand_behind_an_edge() -> None:
    one = candidate("pages", [ID, ".json"], upstream=None, path=None, plan="GET /pages/{id}.json")
    given = {"in": "path", "name": "id", "value": {"input": "id", "pointer": []}, "required": True}
    page = plan(
        step("a", "/a/{id}", parameters=[given]), inputs={"id": {"in": "path", "type": "string", "required": True}}
    )
    with behind(one, plans={"GET /pages/{id}.json": page}, behaviour=json_reply({"b": 1})) as (portal, service):
        answer = ask(portal, "GET", "/pages/a%2Fb.json", "/x")

    assert (answer.status, answer.json["a"], service.requests[0].target) == (200, {"b": 1}, "/a/a%2Fb")


def test_a_secured_plan_behind_an_open_edge_stays_shut() -> None:
    one = candidate("x", upstream=None, path=None, plan="GET /x")
    with behind(one, plans={"GET /y": plan(step("a")), "GET /x": plan(step("a"), secured=True)}) as (portal, _):
        assert ask(portal, "GET", "/x", "/x").status == 403


def test_problems_have_the_api_s_cors_headers_and_answers_their_own() -> None:
    cors = {"origins": ["https://a.example"], "credentials": False}
    headers = [("Origin", "https://a.example")]
    with behind(candidate("y"), cors=cors) as (portal, _):
        lost, found = ask(portal, "GET", "/x", "/x", headers=headers), ask(portal, "GET", "/y", "/x", headers=headers)

    assert lost.headers["access-control-allow-origin"] == ["https://a.example"]
    assert "access-control-allow-origin" not in found.headers


def test_the_log_names_the_operation_and_no_value() -> None:
    with behind(candidate("x", ID, operation="GET /x/{id}")) as (portal, _):
        ask(portal, "GET", "/x/secret-1?a=secret-2", "/x", headers=[("X-A", "secret-3")])
    ((name, fields),) = portal.log

    assert (name, fields["operation"], fields["upstream"], fields["status"]) == (
        "request.answered",
        "GET /x/{id}",
        "main",
        200,
    )
    assert "secret" not in repr(portal.log)


def test_the_handler_reads_the_edges_and_validators_beside_it(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    shutil.copy(FUNCTIONS / "__init__.py", tmp_path / "functions")
    for room in ("aggregator", "shared"):
        shutil.copytree(FUNCTIONS / room, tmp_path / "functions" / room, ignore=shutil.ignore_patterns("*.json"))
    room = tmp_path / "functions" / "aggregator"
    entries = {"GET /x/{id}": operation([parameter("id", "path", {"type": "integer"}, required=True)])}
    validators = {"apis": {"portal": {"version": 1, "api": "portal", "$defs": {}, "operations": entries}}}
    with Service({"/open/1": json_reply({}), "/x/1": json_reply({})}) as service:
        edges = {
            "GET /open": edge(candidate("open", ID)),
            "GET /x/{id}": edge(candidate("x", ID, operation="GET /x/{id}", validate=True)),
        }
        book = {"version": 1, "api": "portal", "upstreams": {"main": {"url": service.url}}, "plans": {}, "edges": edges}
        (room / "plans.json").write_text(json.dumps(book))
        (room / "validators.json").write_text(json.dumps(validators))
        events = [
            proxy_event(resource, path=path)
            for resource, path in (("/open", "/open/1"), ("/x/{id}", "/x/1"), ("/x/{id}", "/x/a"))
        ]
        command = [sys.executable, "-c", ASK, json.dumps(events)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)

    assert json.loads(done.stdout.splitlines()[-1]) == [[200, False], [200, True], [400, True]]


FUNCTIONS = Path(__file__).parents[2] / "functions"
# Prints for each event the status and whether the schema library has been imported by then.
ASK = (
    "import json, sys; from functions.aggregator.handler import handler\n"
    "class Context: get_remaining_time_in_millis = staticmethod(lambda: 9000)\n"
    "print(json.dumps([[handler(e, Context)['statusCode'], 'jsonschema_rs' in sys.modules] for e in json.loads(sys.argv[1])]))"
)


def test_an_operation_without_its_validators_lets_nothing_through() -> None:
    unchecked = candidate("x", validate=True, operation="GET /x")
    broken = {
        "version": 1,
        "api": "portal",
        "$defs": {},
        "operations": {"GET /x": operation(body=json_body({"type": 1}))},
    }
    later = {"version": 2, "$defs": {}, "operations": {"GET /x": operation()}}
    for validators in (None, later, {"version": 1, "operations": {}}, broken):
        edges = {"GET /x": edge(unchecked)}
        with (
            Service({"/x": json_reply({})}) as service,
            gateway({}, service.url, edges=edges, validators=validators) as portal,
        ):
            headers = [("Content-Type", "application/json")]
            answer = ask(portal, "GET", "/x", "/x", body="1", headers=headers)

        assert (answer.status, answer.kind, service.requests) == (500, "internal-error", [])
