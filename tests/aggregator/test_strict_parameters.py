"""Parameters held to the document, style by style, through the whole function."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aggregator.edges import Checked, ask, candidate, checked, edge, operation, parameter
from tests.aggregator.pages import gateway
from tests.aggregator.upstreams import Service, json_reply

INTEGER = {"type": "integer"}
NUMBERS = {"type": "array", "items": INTEGER}
WORDS = {"type": "array", "items": {"type": "string"}, "maxItems": 3}
POINT = {"type": "object", "required": ["x"], "properties": {"x": INTEGER, "y": INTEGER}, "additionalProperties": False}

QUERIES = [
    ("integer", parameter("n", "query", INTEGER), "n=5", "n=a"),
    ("integer-sign", parameter("n", "query", INTEGER), "n=-5", "n=%2B5"),
    ("integer-zeros", parameter("n", "query", INTEGER), "n=0", "n=05"),
    ("integer-fraction", parameter("n", "query", INTEGER), "n=1.0", "n=1.5"),
    ("integer-text", parameter("n", "query", {"type": ["integer", "string"], "maxLength": 1}), "n=5", "n=ab"),
    ("integer-big", parameter("n", "query", {**INTEGER, "maximum": 10**30}), f"n={10**30}", f"n={10**30 + 1}"),
    ("integer-endless", parameter("n", "query", INTEGER), "n=7", "n=" + "9" * 5000),
    ("number-overflow", parameter("n", "query", {"type": "number"}), "n=1e300", "n=1e999"),
    ("boolean", parameter("b", "query", {"type": "boolean"}), "b=true", "b=True"),
    ("nullable", parameter("n", "query", {"type": ["integer", "null"]}), "n=", "n=%20"),
    ("text-of-digits", parameter("t", "query", {"type": "string", "pattern": "^0+$"}), "t=007&t2=1".replace("7", "0"), "t=7"),
    ("required", parameter("n", "query", INTEGER, required=True), "n=1", "m=1"),
    ("empty-allowed", parameter("n", "query", INTEGER, allowEmptyValue=True), "n=", "n=x"),
    ("repeated-scalar", parameter("n", "query", INTEGER), "n=1", "n=1&n=2"),
    ("exploded", parameter("n", "query", NUMBERS), "n=1&n=2", "n=1&n=b"),
    ("exploded-no-commas", parameter("n", "query", NUMBERS), "n=1", "n=1,2"),
    ("joined", parameter("n", "query", NUMBERS, explode=False), "n=1,2", "n=1,b"),
    ("joined-once", parameter("n", "query", NUMBERS, explode=False), "n=", "n=1&n=2"),
    ("spaces", parameter("n", "query", NUMBERS, style="spaceDelimited"), "n=1%202", "n=1,2"),
    ("pipes", parameter("n", "query", NUMBERS, style="pipeDelimited"), "n=1%7C2", "n=1%202"),
    ("brackets-in-the-name", parameter("n[]", "query", NUMBERS), "n[]=1&n%5B%5D=2", "n[]=a"),
    ("object-joined", parameter("p", "query", POINT, explode=False), "p=x,1,y,2", "p=x,1,y"),
    ("object-joined-unknown", parameter("p", "query", POINT, explode=False), "p=x,1", "p=x,1,z,2"),
    ("object-joined-twice", parameter("p", "query", POINT, explode=False), "p=x,1", "p=x,1,x,1"),
    ("object-spread-twice", parameter("p", "query", {**POINT, "required": []}), "x=1", "x=1&x=1"),
    ("object-spread", parameter("p", "query", POINT), "x=1&z=9", "y=1"),
    ("object-spread-typed", parameter("p", "query", POINT), "x=1", "x=a"),
    ("deep", parameter("p", "query", POINT, style="deepObject", explode=True), "p[x]=1&p[y]=2", "p[x]=a"),
    ("deep-or-plain", parameter("p", "query", {"anyOf": [POINT, INTEGER]}, style="deepObject"), "p=5", "p=a"),
    ("deep-or-plain-mixed", parameter("p", "query", {"anyOf": [POINT, INTEGER]}, style="deepObject"), "p[x]=5", "p[x]=5&p=5"),
    ("deep-value-and-object", parameter("p", "query", True, style="deepObject"), "p[a][b]=1", "p[a]=1&p[a][b]=1"),
    ("deep-object-and-value", parameter("p", "query", True, style="deepObject"), "p[a]=1", "p[a][b]=1&p[a]=1"),
    ("deep-without-end", parameter("p", "query", True, style="deepObject"), "p" + "[a]" * 99 + "=1", "p" + "[a]" * 101 + "=1"),
    ("deep-unknown", parameter("p", "query", POINT, style="deepObject", explode=True), "p[x]=1", "p[x]=1&p[z]=1"),
    ("deep-twice", parameter("p", "query", POINT, style="deepObject", explode=True), "p[x]=1", "p[x]=1&p[x]=2"),
    ("deep-broken", parameter("p", "query", POINT, style="deepObject", explode=True), "p[x]=1", "p[x=1"),
    (
        "deep-list",
        parameter("p", "query", {"type": "object", "properties": {"n": NUMBERS}}, style="deepObject"),
        "p[n][]=1&p[n][]=2&p[m][k]=1",
        "p[n][]=a",
    ),
    ("deep-array", parameter("n", "query", NUMBERS, style="deepObject"), "n[0]=1&n[1]=2", "n[0]=a"),
    ("content", parameter("p", "query", POINT, mediaType="application/json"), "p=%7B%22x%22:1%7D", "p=%7B%22x%22:1,%22x%22:2%7D"),
    ("date", parameter("d", "query", {"type": "string", "format": "date"}), "d=2024-02-29", "d=2024-02-30"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "good", "bad"), [case[1:] for case in QUERIES], ids=[case[0] for case in QUERIES])
def test_queries(one: dict[str, Any], good: str, bad: str) -> None:
    with checked(operation([one])) as api:
        accepted, refused = api.post(target=f"/things/1?{good}"), api.post(target=f"/things/1?{bad}")

    assert accepted.status == 200, accepted.body
    assert refused.status == 400
    assert {each["in"] for each in refused.json["errors"]} == {"query"}
    assert {each["parameter"] for each in refused.json["errors"]} == {one["name"]}


PATHS = [
    ("simple", INTEGER, {}, "5", "a"),
    ("simple-encoded", {"type": "string", "maxLength": 3}, {}, "a%2Fb", "a%2Fbc"),
    ("simple-list", NUMBERS, {}, "1,2", "1,b"),
    ("simple-encoded-comma", WORDS, {}, "a%2Cb,c,d", "a,b,c,d"),
    ("simple-object", POINT, {}, "x,1,y,2", "y,2"),
    ("simple-object-exploded", POINT, {"explode": True}, "x=1,y=2", "x=1,y"),
    ("label", INTEGER, {"style": "label"}, ".5", "5"),
    ("label-text", {"type": "string"}, {"style": "label"}, ".a", "a"),
    ("object-free", {"type": "object"}, {"explode": True}, "a=1,b=", "a=1,b"),
    ("label-list", NUMBERS, {"style": "label", "explode": True}, ".1.2", ".1,2"),
    ("label-list-joined", NUMBERS, {"style": "label"}, ".1,2", "1,2"),
    ("label-object", POINT, {"style": "label", "explode": True}, ".x=1.y=2", ".x.1"),
    ("matrix", INTEGER, {"style": "matrix"}, ";id=5", ";di=5"),
    ("matrix-list", NUMBERS, {"style": "matrix", "explode": True}, ";id=1;id=2", ";id=1;di=2"),
    ("matrix-list-joined", NUMBERS, {"style": "matrix"}, ";id=1,2", ";id=1;id=2"),
    ("matrix-object", POINT, {"style": "matrix", "explode": True}, ";x=1;y=2", ";x=1;z=2"),
    ("matrix-object-joined", POINT, {"style": "matrix"}, ";id=x,1", ";id=x"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "style", "good", "bad"), [c[1:] for c in PATHS], ids=[c[0] for c in PATHS])
def test_paths(schema: Any, style: dict[str, Any], good: str, bad: str) -> None:
    one = parameter("id", "path", schema, required=True, **{"explode": False, **style})
    with checked(operation([one])) as api:
        accepted, refused = api.post(target=f"/things/{good}"), api.post(target=f"/things/{bad}")

    assert (accepted.status, refused.status) == (200, 400), accepted.body
    assert {(place, name) for place, _, name in refused.errors} == {("path", "id")}


HEADERS = [
    ("integer", INTEGER, {}, ["5"], ["a"]),
    ("list", NUMBERS, {}, ["1, 2", "3"], ["1, b"]),
    ("object", POINT, {}, ["x,1, y,2"], ["y,2"]),
    ("object-exploded", POINT, {"explode": True}, ["x=1,y=2"], ["y=2"]),
    ("repeated-scalar", INTEGER, {}, ["1"], ["1", "2"]),
    ("content", POINT, {"mediaType": "application/json"}, ['{"x": 1}'], ["x"]),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "settings", "good", "bad"), [c[1:] for c in HEADERS], ids=[c[0] for c in HEADERS])
def test_headers_whatever_their_case(schema: Any, settings: Any, good: list[str], bad: list[str]) -> None:
    with checked(operation([parameter("X-Limit", "header", schema, required=True, **settings)])) as api:
        accepted = api.post(headers=[("x-LIMIT", value) for value in good])
        refused = api.post(headers=[("X-Limit", value) for value in bad])
        missing = api.post()

    assert (accepted.status, refused.status, missing.status) == (200, 400, 400), accepted.body
    assert missing.errors == [("header", "", "X-Limit")]


def test_headers_that_openapi_describes_elsewhere_are_no_parameters() -> None:
    names = ("Accept", "Content-Type", "authorization")
    with checked(operation([parameter(name, "header", False, required=True) for name in names])) as api:
        assert api.post(headers=[("Accept", "x")]).status == 200


COOKIES = [
    ("integer", INTEGER, {}, "a=b; n=5", "n=a"),
    ("not-utf-8", {"type": "string"}, {}, "n=%C3%A9", "n=%ff"),
    ("encoded", {"const": "a b"}, {}, "n=a%20b", "n=a+b"),
    ("list", NUMBERS, {}, "n=1; n=2", "n=1; n=b"),
    ("list-joined", NUMBERS, {"explode": False}, "n=1,2", "n=1,b"),
    ("repeated-scalar", INTEGER, {}, "n=1", "n=1; n=2"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "settings", "good", "bad"), [c[1:] for c in COOKIES], ids=[c[0] for c in COOKIES])
def test_cookies(schema: Any, settings: Any, good: str, bad: str) -> None:
    with checked(operation([parameter("n", "cookie", schema, **settings)])) as api:
        accepted, refused = api.post(headers=[("Cookie", good)]), api.post(headers=[("Cookie", bad)])

    assert (accepted.status, refused.status) == (200, 400)
    assert {(place, name) for place, _, name in refused.errors} == {("cookie", "n")}


def test_parameters_that_nobody_declared_pass() -> None:
    with checked(operation([])) as api:
        assert api.post(target="/things/1?a=1&a=2&b", headers=[("X-Other", "1"), ("Cookie", "c=1")]).status == 200


def test_a_name_with_brackets_of_its_own_is_no_member_of_an_object() -> None:
    deep = parameter("filter", "query", {"type": "object"}, style="deepObject", explode=True, required=True)
    with checked(operation([deep, parameter("filter[genre]", "query", {"type": "string"})])) as api:
        missing, told = api.post(target="/things/1?filter[genre]=a"), api.post(target="/things/1?filter[year]=1")

    assert (missing.status, missing.errors, told.status) == (400, [("query", "", "filter")], 200)


def test_a_path_that_is_no_utf_8_inside_a_segment_is_refused() -> None:
    one = parameter("id", "path", {"type": "string"}, required=True)
    with checked(operation([one])) as api:
        assert api.post(target="/things/%ff").status == 404


def test_variables_inside_a_segment_are_checked_too() -> None:
    entry = operation([parameter("Sid", "path", {"type": "string", "pattern": "^V[A-Z]$"}, required=True)])
    one = candidate("s", [{"name": "Sid"}, ".json"], operation="GET /s/{Sid}.json", validate=True)
    validators = {"version": 1, "api": "portal", "$defs": {}, "operations": {"GET /s/{Sid}.json": entry}}
    with (
        Service({"/s/VA.json": json_reply({})}) as service,
        gateway({}, service.url, edges={"GET /s/{Sid}": edge(one)}, validators=validators) as portal,
    ):
        good, bad = ask(portal, "GET", "/s/VA.json", "/s/{Sid}"), ask(portal, "GET", "/s/va.json", "/s/{Sid}")

    assert (good.status, bad.status, bad.errors) == (200, 400, [("path", "", "Sid")])


def refusal(api: Checked, **settings: Any) -> str:
    return api.post(**settings).body.decode()


def test_a_refusal_never_repeats_what_was_sent() -> None:
    secret = "s3cr3t-token"
    parameters = [
        parameter("X-Token", "header", {"type": "string", "maxLength": 3}),
        parameter("session", "cookie", INTEGER),
        parameter("key", "query", {"enum": ["a"]}),
    ]
    headers = [("X-Token", secret), ("Cookie", f"session={secret}"), ("Authorization", secret)]
    with checked(operation(parameters)) as api:
        text = refusal(api, target=f"/things/1?key={secret}", headers=headers)
        log = repr(api.portal.log)

    assert text.count('"in":') == 3
    assert secret not in text + log


def test_a_number_beyond_all_bounds_is_told_as_one() -> None:
    with checked(operation([parameter("n", "query", {"type": "number"})])) as api:
        answer = api.post(target="/things/1?n=-1e999")

    assert answer.json["errors"][0]["detail"] == "is a number beyond all bounds"
