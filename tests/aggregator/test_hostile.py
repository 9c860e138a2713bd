"""Services that break every rule: the part is missing, the rest is delivered, the process lives and stays small."""

import resource
import time

import pytest

from tests.aggregator import upstreams
from tests.aggregator.pages import gateway, plan, step
from tests.aggregator.upstreams import Service, json_reply, raw, reply, slow

BAD_GZIP = reply(200, b"\x1f\x8bnonsense", {"Content-Encoding": "gzip"})
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
HOSTILE = {
    "no json": (reply(200, b"<html>"), "invalid"),
    "empty": (reply(200, b""), "invalid"),
    "no utf-8": (reply(200, b'"\xff\xfe"'), "invalid"),
    "nan": (reply(200, b'{"a": NaN}'), "invalid"),
    "half a document": (reply(200, b'{"a": [1, 2'), "invalid"),
    "lone surrogate": (reply(200, b'"\\ud800"'), "invalid"),
    "deep, more than orjson reads": (reply(200, b"[" * 100_000 + b"]" * 100_000), "invalid"),
    "deep, more than orjson writes": (reply(200, b"[" * 500 + b"]" * 500), "invalid"),
    "too many members": (reply(200, b"[" + b"0," * 300_000 + b"0]"), "invalid"),
    "too large": (reply(200, b'"' + b"x" * 7_000_000 + b'"'), "too-large"),
    "too large, unannounced": (raw(CHUNKED + b"6acfc0\r\n" + b" " * 0x6ACFC0 + b"\r\n0\r\n\r\n"), "too-large"),
    "gzip bomb": (upstreams.gzip_bomb, "too-large"),
    "bad gzip": (BAD_GZIP, "invalid"),
    "unknown encoding": (reply(200, b"{}", {"Content-Encoding": "br;q=1"}), "invalid"),
    "no http": (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "invalid"),
    "nothing": (raw(b""), "broken"),
    "reset": (upstreams.reset, "broken"),
    "reset in the body": (upstreams.reset_in_body, "broken"),
    "body cut short": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"), "broken"),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "criteria"),
    "drip": (upstreams.drip, "timeout"),
    "silence": (slow(30, json_reply({})), "timeout"),
    "ten thousand cookies": (upstreams.flood_of_headers, "too-large"),
    "endless hints": (upstreams.flood_of_hints, "too-large"),
    "one long header": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n{}"), "too-large"),
    "server error with a page": (reply(500, b"<html>"), "status"),
}


@pytest.mark.parametrize(("behaviour", "reason"), [pytest.param(*case, id=name) for name, case in HOSTILE.items()])
def test_a_hostile_part_is_missing_and_the_rest_is_there(behaviour, reason):
    page = plan(
        step("news"),
        step("bad", required=False, timeoutSeconds=0.5 if reason == "timeout" else 10.0),
        timeoutSeconds=15.0,
    )
    with Service({"/news": json_reply(["n"]), "/bad": behaviour}) as service, gateway(page, service.url) as portal:
        began = time.monotonic()
        answer = portal.get()

    assert answer.status == 200
    assert answer.json == {"news": ["n"], "bad": None, "missing": [{"step": "bad", "reason": reason}]}
    assert time.monotonic() - began < 15
    assert portal.failures == []


def test_bombs_leave_no_memory_behind():
    page = plan(step("bad", required=False))
    with Service({"/bad": upstreams.gzip_bomb}) as service, gateway(page, service.url) as portal:
        portal.get()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(3):
            portal.get()
        grown_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert grown_kilobytes < 64 * 1024


@pytest.mark.parametrize(
    ("types", "body"),
    [
        (["array"], {"a": 1}),
        (["object"], ["a"]),
        (["string"], 1),
        (["integer"], 1.5),
        (["number"], "1"),
        (["boolean"], 1),
        (["object"], None),
    ],
)
def test_a_value_of_another_type_than_its_schema_says_is_a_failure(types, body):
    outputs = {"body": {"value": {"body": []}, "types": types, "optional": False}}
    page = plan(step("a", required=False, outputs=outputs))
    with Service({"/a": json_reply(body)}) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert answer.json == {"a": None, "missing": [{"step": "a", "reason": "invalid"}]}


@pytest.mark.parametrize(
    ("types", "body"),
    [(["integer"], 1), (["integer"], 1.0), (["number"], 1), (["object", "null"], None), ([], "anything")],
)
def test_a_value_of_the_type_its_schema_says_passes(types, body):
    outputs = {"body": {"value": {"body": []}, "types": types, "optional": False}}
    with Service({"/a": json_reply(body)}) as service, gateway(plan(step("a", outputs=outputs)), service.url) as portal:
        answer = portal.get()

    assert answer.json == {"a": body, "missing": []}


def test_a_required_member_that_is_missing_is_a_failure():
    outputs = {"body": {"value": {"body": ["id"]}, "types": ["string"], "optional": False}}
    with Service({"/a": json_reply({})}) as service, gateway(plan(step("a", outputs=outputs)), service.url) as portal:
        answer = portal.get()

    assert (answer.status, answer.json["detail"]) == (502, "Step a sent something that is not what it declares.")


def test_a_body_nobody_reads_is_not_judged():
    outputs = {"body": {"value": {"header": "X-Total"}, "types": [], "optional": True}}
    page = plan(step("a", outputs=outputs))
    with Service({"/a": reply(200, b"<html>", {"X-Total": "3"})}) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert answer.json["a"] == "3"
