"""The HTTP client against real sockets: connections stay warm, and nothing but the upstreams is ever reached."""

import pytest

from functions.aggregator.calls import Call
from functions.aggregator.plan import Upstream
from functions.aggregator.replies import Failure
from functions.aggregator.transport import AddressRefusedError, Transport, check_origin, may_connect, read_headers
from tests.aggregator.pages import gateway, plan, step
from tests.aggregator.upstreams import Service, in_turn, json_reply, raw, reset, slow

PAGE = plan(step("a"), step("b"))


def call(url, upstream="main"):
    return Call(upstream, "GET", url, (), (), None, 1.0)


def test_connections_are_reused_across_invocations():
    with Service({"/a": json_reply({}), "/b": json_reply({})}) as service, gateway(PAGE, service.url) as portal:
        for _ in range(5):
            assert portal.get().status == 200

    assert len({seen.connection_number for seen in service.requests}) <= 2


def test_a_connection_that_was_closed_meanwhile_costs_nothing():
    closing = json_reply({}, Connection="close")
    with Service({"/a": in_turn(closing, json_reply({}))}) as service, gateway(plan(step("a")), service.url) as portal:
        assert [portal.get().status for _ in range(3)] == [200, 200, 200]


def test_a_reply_that_came_too_late_never_answers_a_later_request():
    late = in_turn(slow(1.2, json_reply("late")), json_reply("now"))
    with (
        Service({"/a": late}) as service,
        gateway(plan(step("a", required=False, timeoutSeconds=0.8)), service.url) as portal,
    ):
        first = portal.get()
        second = portal.get()

    assert (first.json["a"], second.json["a"]) == (None, "now")


def test_an_unsafe_call_is_never_sent_twice():
    behaviours = {"/a": in_turn(json_reply({}), reset, json_reply({}))}
    with Service(behaviours) as service, gateway(plan(step("a", method="POST")), service.url) as portal:
        statuses = [portal.get().status for _ in range(2)]

    assert statuses == [200, 502]
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    "location", ["/b", "http://169.254.169.254/latest/", "file:///etc/passwd", "//evil.example/", "gopher://x/"]
)
def test_redirects_are_not_followed(location):
    with (
        Service({"/a": json_reply({}, 302, Location=location), "/b": json_reply({})}) as service,
        gateway(plan(step("a")), service.url) as portal,
    ):
        answer = portal.get()

    assert answer.status == 502
    assert [seen.target for seen in service.requests] == ["/a"]


def test_proxies_and_netrc_of_the_environment_are_ignored(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login evil password evil\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Service({"/a": json_reply({})}) as service, gateway(plan(step("a")), service.url) as portal:
        answer = portal.get()

    assert answer.status == 200
    assert "authorization" not in service.requests[0].headers


def test_cookies_of_an_upstream_are_forgotten():
    with (
        Service({"/a": json_reply({}, Set_Cookie="sid=1"), "/b": json_reply({})}) as service,
        gateway(PAGE, service.url) as portal,
    ):
        portal.get()
        answer = portal.get()

    assert all("cookie" not in seen.headers for seen in service.requests)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1@evil.example/",
        "http://evil.example/",
        "http://allowed.example.evil.example/a",
        "http://allowed.example:81/a",
        "https://allowed.example/a",
        "file:///etc/passwd",
        "//allowed.example/a",
    ],
)
def test_a_url_outside_the_upstream_is_refused(url):
    transport = Transport([Upstream("main", "http://allowed.example")])

    with pytest.raises(AddressRefusedError):
        transport.start(0, call(url), 1.0)


def test_an_unknown_upstream_is_refused():
    with pytest.raises(AddressRefusedError):
        Transport([]).start(0, call("http://allowed.example/"), 1.0)


@pytest.mark.parametrize(
    "url",
    [
        "gopher://x/", "file:///etc/passwd", "ftp://x/", "//x/", "x", "http://", "http://user:password@x/",
        "http://allowed.example#@169.254.169.254/", "http://allowed.example?x", "http://allowed.example\\@evil/",
    ],
)  # fmt: skip
def test_an_upstream_that_is_no_plain_web_address_is_refused(url):
    with pytest.raises(AddressRefusedError):
        check_origin(Upstream("main", url))


@pytest.mark.parametrize(
    ("address", "host", "allowed"),
    [
        ("10.0.0.1", "orders.internal", True),
        ("93.184.216.34", "example.com", True),
        ("2001:db8::1", "example.com", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "localhost", True),
        ("::1", "users.localhost", True),
        ("::1", "::1", True),
        ("127.0.0.1", "rebound.example.com", False),
        ("::ffff:127.0.0.1", "rebound.example.com", False),
        ("127.0.0.2", "evil-localhost", False),
        ("169.254.169.254", "rebound.example.com", False),
        ("169.254.169.254", "169.254.169.254", False),
        ("::ffff:a9fe:a9fe", "rebound.example.com", False),
        ("fd00:ec2::254", "rebound.example.com", False),
        ("fe80::1%eth0", "rebound.example.com", False),
        ("0.0.0.0", "rebound.example.com", False),
        ("::", "rebound.example.com", False),
        ("224.0.0.1", "rebound.example.com", False),
    ],
)
def test_where_a_name_may_lead(address, host, allowed):
    assert may_connect(address, host) is allowed


def test_an_address_that_is_refused_is_never_connected():
    transport = Transport([Upstream("main", "http://0.0.0.0:9")])
    try:
        transport.start(7, call("http://0.0.0.0:9/"), 1.0)
        outcomes = transport.wait(2.0)
    finally:
        transport.close()

    assert [(token, outcome.reason) for token, outcome in outcomes if isinstance(outcome, Failure)] == [
        (7, "unreachable")
    ]


def test_headers_of_the_last_block_count():
    lines = [
        b"HTTP/1.1 103 Early Hints\r\n",
        b"Link: </a>\r\n",
        b"\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"Vary: a\r\n",
        b"vary:b\r\n",
    ]

    assert read_headers(lines) == {"vary": "a, b"}


def test_a_chunked_and_gzipped_reply_is_read():
    import gzip

    body = gzip.compress(b'{"a": 1}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    with Service({"/a": raw(head + chunks)}) as service, gateway(plan(step("a")), service.url) as portal:
        answer = portal.get()

    assert answer.json["a"] == {"a": 1}


def test_many_warm_invocations_keep_nothing():
    import os

    with (
        Service({"/a": json_reply({}), "/b": reset}) as service,
        gateway(plan(step("a"), step("b", required=False)), service.url) as portal,
    ):
        portal.get()
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(50):
            portal.get()
        after = len(os.listdir("/proc/self/fd"))

    assert after <= before + 4


def test_a_call_that_a_failure_left_behind_never_answers_a_later_request():
    page = plan(step("quick"), step("slow"))
    slow_ones = in_turn(slow(0.2, json_reply("late")), slow(0.4, json_reply("now")))
    behaviours = {"/quick": in_turn(json_reply({}, 500), json_reply({})), "/slow": slow_ones}
    with Service(behaviours) as service, gateway(page, service.url) as portal:
        first = portal.get()
        second = portal.get()

    assert (first.status, second.json["slow"]) == (502, "now")
