"""Replies kept for reuse: whose they are, how long they last, and what they stand in for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aggregator.cache import Entry, LayeredStore, MemoryStore, TableStore, cache_directives
from functions.aggregator.cache_key import cache_key, length_prefixed
from functions.aggregator.calls import Call
from functions.aggregator.replies import Reply
from tests.aggregator.pages import gateway, plan, query, step, text_input
from tests.aggregator.upstreams import Service, in_turn, json_reply, slow

PRIVATE = {"ttlSeconds": 60, "staleSeconds": 0, "public": False}
PUBLIC = {**PRIVATE, "public": True}
STALE = {**PRIVATE, "staleSeconds": 300}
ADA, BOB = {"sub": "ada", "iss": "i"}, {"sub": "bob", "iss": "i"}


def ask_twice(cache, behaviour, first=None, second=None, **settings):
    """How often the upstream was asked, and the two answers."""
    page = plan(step("a", cache=cache, **settings), secured=first is not None)
    with Service({"/a": behaviour}) as service, gateway(page, service.url) as portal:
        answers = [portal.get(principal=principal) for principal in (first, second)]
    return len(service.requests), answers


def test_a_hit_spares_the_call_and_says_so():
    calls, (first, second) = ask_twice(PRIVATE, json_reply([1]), ADA, ADA)

    assert calls == 1
    assert second.json["a"] == [1]
    assert first.headers["Cache-Status"] == "headgate/a; fwd=miss; stored"
    assert second.headers["Cache-Status"].startswith("headgate/a; hit; ttl=")


def test_no_principal_gets_anothers_reply():
    calls, _ = ask_twice(PRIVATE, json_reply({}), ADA, BOB)

    assert calls == 2


@pytest.mark.parametrize("other", [{"sub": "ada", "iss": "j"}, {"sub": "ada", "iss": "i", "scope": "more"}])
def test_the_same_subject_of_another_issuer_or_scope_is_another(other):
    calls, _ = ask_twice(PRIVATE, json_reply({}), ADA, other)

    assert calls == 2


def test_a_public_reply_is_shared_and_asked_for_by_nobody_in_particular():
    with (
        Service({"/a": json_reply({})}) as service,
        gateway(plan(step("a", cache=PUBLIC), secured=True), service.url) as portal,
    ):
        portal.get(principal=ADA)
        portal.get(principal=BOB)

    assert [seen.headers["x-headgate-subject"] for seen in service.requests] == ["anonymous"]


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(json_reply({}, Set_Cookie="s=1"), id="Set-Cookie"),
        pytest.param(json_reply({}, Cache_Control="private, max-age=60"), id="private"),
        pytest.param(json_reply({}, Cache_Control="no-store"), id="no-store"),
        pytest.param(json_reply({}, Cache_Control="no-cache"), id="no-cache"),
        pytest.param(json_reply({}, Cache_Control="max-age=0"), id="max-age 0"),
        pytest.param(json_reply({}, Cache_Control="max-age=60, s-maxage=0"), id="s-maxage 0"),
        pytest.param(json_reply({}, Vary="*"), id="Vary: *"),
        pytest.param(json_reply({}, 203), id="203"),
    ],
)
def test_what_the_upstream_forbids_is_not_shared(behaviour):
    ok = [{"op": "<", "left": {"status": True}, "right": {"const": 300}}]
    calls, _ = ask_twice(PUBLIC, behaviour, ADA, BOB, success=ok)

    assert calls == 2


def test_a_private_reply_may_be_kept_for_its_own_principal():
    calls, _ = ask_twice(PRIVATE, json_reply({}, Cache_Control="private"), ADA, ADA)

    assert calls == 1


def test_failures_are_not_kept():
    calls, (first, second) = ask_twice(
        PRIVATE, in_turn(json_reply({}, 500), json_reply([2])), None, None, required=False
    )

    assert (calls, first.json["a"], second.json["a"]) == (2, None, [2])


def test_an_entry_ends_with_its_time():
    with (
        Service({"/a": in_turn(json_reply(1), json_reply(2))}) as service,
        gateway(plan(step("a", cache=PRIVATE)), service.url) as portal,
    ):
        bodies = []
        for portal.clock.ahead in (0, 59, 61):
            bodies.append(portal.get().json["a"])

    assert bodies == [1, 1, 2]


def test_an_entry_from_the_future_is_not_used():
    with (
        Service({"/a": in_turn(json_reply(1), json_reply(2))}) as service,
        gateway(plan(step("a", cache=PRIVATE)), service.url) as portal,
    ):
        portal.clock.ahead = 3600
        portal.get()
        portal.clock.ahead = 0
        answer = portal.get()

    assert answer.json["a"] == 2


@pytest.mark.parametrize(
    ("failure", "reason"),
    [(json_reply({}, 503), "status"), (slow(5, json_reply({})), "timeout"), (json_reply("no list"), "invalid")],
)
def test_a_stale_reply_stands_in_for_a_failed_one_and_says_so(failure, reason):
    outputs = {"body": {"value": {"body": []}, "types": ["array"], "optional": False}}
    page = plan(step("a", cache=STALE, timeoutSeconds=1.0, outputs=outputs))
    with Service({"/a": in_turn(json_reply([1]), failure)}) as service, gateway(page, service.url) as portal:
        portal.get()
        portal.clock.ahead = 100
        answer = portal.get()

    assert answer.json == {"a": [1], "missing": [{"step": "a", "reason": reason}]}
    assert answer.headers["x-headgate-degraded"].endswith(";stale")
    assert "detail=stale-if-error" in answer.headers["Cache-Status"]
    assert "ttl=-4" in answer.headers["Cache-Status"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429])
def test_a_refusal_is_never_covered_with_a_stale_reply(status):
    page = plan(step("a", cache=STALE))
    with (
        Service({"/a": in_turn(json_reply([1]), json_reply({}, status))}) as service,
        gateway(page, service.url) as portal,
    ):
        portal.get()
        portal.clock.ahead = 100
        answer = portal.get()

    assert answer.status in (502, 503)


def test_stale_replies_end_too():
    page = plan(step("a", cache=STALE))
    with (
        Service({"/a": in_turn(json_reply([1]), json_reply({}, 503))}) as service,
        gateway(page, service.url) as portal,
    ):
        portal.get()
        portal.clock.ahead = 361
        answer = portal.get()

    assert answer.status == 502


def test_two_releases_share_nothing():
    call = Call("main", "GET", "http://x/a", (), (), None, 1.0)
    keys = {cache_key(release, "api", call, None, is_public=True) for release in ("r1", "r2")}

    assert len(keys) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["a", ""], ["a"]),
        (["a:b"], ["a", "b"]),
        (["a1:b"], ["a", "b"]),
        (["a\x00b"], ["a", "b"]),
    ],
)
def test_parts_of_a_key_cannot_run_into_each_other(one, other):
    assert length_prefixed(one) != length_prefixed(other)


@given(st.lists(st.text()), st.lists(st.text()))
def test_different_parts_are_never_the_same_key(one, other):
    assert (length_prefixed(one) == length_prefixed(other)) == (one == other)


def test_query_values_in_another_order_are_another_reply():
    value = {"input": "q", "pointer": []}
    page = plan(
        step("a", cache=PUBLIC, parameters=[query("q", value)]), inputs={"q": text_input("query", kind="array")}
    )
    with Service({"/a": json_reply({})}) as service, gateway(page, service.url) as portal:
        for values in (["1", "2"], ["2", "1"], ["1;2"], ["1", "2"]):
            portal.get(multiValueQueryStringParameters={"q": values})

    assert len(service.requests) == 3


def entry(body=b"{}", stored_at=0.0):
    return Entry(Reply(200, {"content-type": "application/json"}, body), stored_at, stored_at + 60, stored_at + 90)


def test_memory_is_bounded_in_entries_and_bytes():
    store = MemoryStore(max_entries=3, max_bytes=100)
    for number in range(10_000):
        store.put(f"k{number}", entry(b"x" * 40))

    assert list(store.get_many((f"k{n}" for n in range(10_000)), now=1)) == ["k9998", "k9999"]


def test_memory_lets_the_least_recently_used_go():
    store = MemoryStore(max_entries=2)
    store.put("a", entry())
    store.put("b", entry())
    store.get_many(["a"], now=1)
    store.put("c", entry())

    assert set(store.get_many(["a", "b", "c"], now=1)) == {"a", "c"}


class FakeTable:
    """As much of DynamoDB as the store uses."""

    def __init__(self, *, is_broken=False):
        self.items, self.reads, self.is_broken = {}, 0, is_broken

    def batch_get_item(self, RequestItems):  # noqa: N803
        self.reads += 1
        if self.is_broken:
            raise TimeoutError
        ((name, request),) = RequestItems.items()
        keys = [key["pk"]["S"] for key in request["Keys"]]
        return {"Responses": {name: [self.items[key] for key in keys if key in self.items]}}

    def put_item(self, TableName, Item):  # noqa: N803
        if self.is_broken:
            raise TimeoutError
        self.items[Item["pk"]["S"]] = Item


def layered(table, log):
    return LayeredStore(MemoryStore(), TableStore("cache", lambda name, fields: log.append(name), client=table))


def test_what_one_environment_kept_another_finds_in_the_table():
    table = FakeTable()
    layered(table, []).put("k", entry(b'{"a":1}'))
    other = layered(table, [])

    found = [other.get_many(["k", "absent"], now=1) for _ in range(2)]

    assert found[0] == found[1] == {"k": entry(b'{"a":1}')}
    assert table.items["k"]["expires"] == {"N": "91"}


def test_an_outlived_item_that_is_still_in_the_table_is_not_used():
    table = FakeTable()
    layered(table, []).put("k", entry())

    assert layered(table, []).get_many(["k"], now=91) == {}


def test_a_broken_table_costs_a_line_in_the_log_and_nothing_else():
    log = []
    store = layered(FakeTable(is_broken=True), log)
    store.put("k", entry())

    assert store.get_many(["k", "l"], now=1) == {"k": entry()}
    assert log == ["cache.unwritable", "cache.unreadable"]


def test_an_item_too_large_for_the_table_stays_in_memory():
    table = FakeTable()
    layered(table, []).put("k", entry(b"x" * 400_000))

    assert table.items == {}


def test_directives_are_read_in_any_spelling():
    assert cache_directives(' Private,MAX-AGE="5",, x = y,s-maxage=7') == {
        "private": None,
        "max-age": 5,
        "x": None,
        "s-maxage": 7,
    }
