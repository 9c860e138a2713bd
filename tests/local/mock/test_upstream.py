"""The mock server through its one door: requests checked strictly, answers that keep the document."""

import json
from typing import Any

import pytest

from headgate.local.mock import MockUpstream

ITEM_ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
ITEM = {"name": "Green tea", "price": 3.5}
JSON = ("content-type", "application/json")
EU = ("x-region", "eu")


class Reply:
    def __init__(self, answer: Any) -> None:
        self.status, headers, self.body = answer
        self.headers = dict(headers)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        return [(error["in"], error.get("name", ""), error["pointer"]) for error in self.json["errors"]]


def send(shop: MockUpstream, line: str, *headers: tuple[str, str], body: Any = None) -> Reply:
    method, target = line.split(" ", 1)
    path, _, query = target.partition("?")
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(shop.respond(method, path, query, headers, data))


def test_an_example_that_keeps_its_schema_is_the_answer(shop: MockUpstream) -> None:
    reply = send(shop, f"GET /items/{ITEM_ID}")

    assert (reply.status, reply.json["name"]) == (200, "Green tea")
    assert reply.headers["content-type"] == "application/json"


def test_the_same_request_gets_the_same_answer(shop: MockUpstream) -> None:
    assert send(shop, "GET /items", EU).body == send(shop, "GET /items?limit=3", EU).body


def test_a_literal_path_wins_over_a_variable_one(shop: MockUpstream) -> None:
    assert send(shop, "GET /items/best").json == {"best": True}


def test_a_made_list_keeps_bounds_patterns_and_uniqueness(shop: MockUpstream) -> None:
    items = send(shop, "GET /items", EU).json

    assert len(items) == 2
    assert items[0] != items[1]
    assert all(3 <= len(item["name"]) <= 20 and item["price"] > 0 and item["price"] % 0.5 == 0 for item in items)
    assert items[0]["kind"]["type"] == "food"


def test_required_headers_of_the_answer_are_made_and_optional_ones_left_out(shop: MockUpstream) -> None:
    headers = send(shop, "GET /items", EU).headers

    assert (headers["X-Total"], headers["X-Page"]) == ("3", "p-0")
    assert "X-Optional" not in headers


def test_the_client_chooses_among_declared_media_types(shop: MockUpstream) -> None:
    reply = send(shop, "GET /items", EU, ("accept", "text/csv"))

    assert (reply.headers["content-type"], reply.body) == ("text/csv", b"id,name\n1,tea\n")


def test_a_204_has_no_body_and_no_content_type(shop: MockUpstream) -> None:
    for path in (f"/items/{ITEM_ID}", "/items/best"):
        reply = send(shop, f"DELETE {path}")

        assert (reply.status, reply.body, reply.headers) == (204, b"", {})


def test_a_picture_is_a_picture(shop: MockUpstream) -> None:
    assert send(shop, "GET /picture").body.startswith(b"\x89PNG")


def test_a_schema_that_contains_itself_ends(shop: MockUpstream) -> None:
    reply = send(shop, "GET /tree")

    assert reply.headers["content-type"] == "application/hal+json"
    assert reply.json["children"][0]["name"] == "text"


def test_what_is_write_only_is_not_in_answers(shop: MockUpstream) -> None:
    reply = send(shop, "POST /accounts", JSON, body={"email": "a@b.example", "password": "long enough 12"})

    assert reply.status == 200
    assert "password" not in reply.json
    assert "@" in reply.json["email"]


def test_what_is_read_only_is_not_demanded_of_requests(shop: MockUpstream) -> None:
    assert send(shop, "POST /items", JSON, body=ITEM).status == 201


@pytest.mark.parametrize(
    ("line", "headers", "error"),
    [
        ("GET /items", (), ("header", "X-Region", "")),
        ("GET /items", (("X-Region", "asia"),), ("header", "X-Region", "")),
        ("GET /items?limit=0", (EU,), ("query", "limit", "")),
        ("GET /items?limit=51", (EU,), ("query", "limit", "")),
        ("GET /items?limit=ten", (EU,), ("query", "limit", "")),
        ("GET /items?limit=1.5", (EU,), ("query", "limit", "")),
        ("GET /items?limit=", (EU,), ("query", "limit", "")),
        ("GET /items?limit=1&limit=2", (EU,), ("query", "limit", "")),
        ("GET /items?sort=name&sort=price", (EU,), ("query", "sort", "")),
        ("GET /items?tags=tea,X", (EU,), ("query", "tags", "/1")),
        ("GET /items?tags=aa,bb,cc,dd,ee", (EU,), ("query", "tags", "")),
        ("GET /items?sort=age", (EU,), ("query", "sort", "")),
        ("GET /items?in_stock=yes", (EU,), ("query", "in_stock", "")),
        ("GET /items?since=2024-02-30", (EU,), ("query", "since", "")),
        ("GET /items/7", (), ("path", "itemId", "")),
        ("GET /tree?filter[depth]=x", (), ("query", "filter", "/depth")),
    ],
)
def test_a_parameter_that_breaks_its_schema_is_refused(
    shop: MockUpstream, line: str, headers: tuple[tuple[str, str], ...], error: tuple[str, str, str]
) -> None:
    reply = send(shop, line, *headers)

    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json")
    assert reply.errors == [error]


@pytest.mark.parametrize(
    "line", ["GET /items?limit=50&tags=tea,milk&sort=price&in_stock=true&since=2024-02-29", "GET /tree?filter[depth]=2"]
)
def test_parameters_that_keep_their_schemas_pass(shop: MockUpstream, line: str) -> None:
    assert send(shop, line, EU).status == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**ITEM, "price": "3"}, "/price"),
        ({**ITEM, "price": 0}, "/price"),
        ({**ITEM, "price": 0.3}, "/price"),
        ({**ITEM, "name": "ab"}, "/name"),
        ({**ITEM, "code": "abc-1234"}, "/code"),
        ({**ITEM, "kind": {"type": "car"}}, "/kind"),
        ({**ITEM, "colour": "red"}, ""),
        ({"price": 1}, ""),
        ([], ""),
        (b"{", ""),
        (b"\xff", ""),
    ],
)
def test_a_body_that_breaks_its_schema_is_refused_with_a_pointer(shop: MockUpstream, body: Any, pointer: str) -> None:
    reply = send(shop, "POST /items", JSON, body=body)

    assert reply.status == 400
    assert ("body", "", pointer) in reply.errors


def test_every_mistake_is_reported(shop: MockUpstream) -> None:
    reply = send(shop, "GET /items?limit=0&sort=x&in_stock=maybe")

    assert [name for _, name, _ in reply.errors] == ["limit", "sort", "in_stock", "X-Region"]


def test_a_missing_body_is_refused_where_one_is_required(shop: MockUpstream) -> None:
    assert send(shop, "POST /items", JSON).errors == [("body", "", "")]


def test_a_form_is_read_by_its_schema(shop: MockUpstream) -> None:
    form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")

    assert send(shop, "POST /items", form, body=b"name=tea&price=2.5").status == 201
    assert send(shop, "POST /items", form, body=b"name=tea&price=cheap").errors == [("body", "", "/price")]


def test_a_media_type_that_is_not_declared_is_a_415(shop: MockUpstream) -> None:
    reply = send(shop, "POST /items", ("content-type", "application/xml"), body=b"<item/>")

    assert reply.status == 415
    assert "application/json" in reply.json["detail"]


def test_errors_take_the_shape_that_the_operation_declares(shop: MockUpstream) -> None:
    reply = send(shop, "POST /accounts", JSON, body={"email": "nobody"})

    assert (reply.status, reply.headers["content-type"]) == (422, "application/json")
    assert list(reply.json) == ["errors"]
    assert reply.headers["x-headgate-problem"].startswith("body")


def test_refusals_that_aws_would_not_make_say_so(shop: MockUpstream) -> None:
    assert send(shop, "GET /items?limit=0", EU).headers["x-headgate-strict"] == "aws-would-pass"
    assert send(shop, f"GET /items/{ITEM_ID[:-1]}").headers["x-headgate-strict"] == "aws-would-pass"


def test_refusals_that_aws_makes_too_do_not(shop: MockUpstream) -> None:
    assert send(shop, "GET /search?q=a").headers["x-headgate-strict"] == "aws-would-pass"
    for refused in (send(shop, "GET /search"), send(shop, "POST /accounts", JSON, body={"email": 5})):
        assert refused.status in {400, 422}
        assert "x-headgate-strict" not in refused.headers


def test_unknown_paths_and_methods_are_told_apart(shop: MockUpstream) -> None:
    assert send(shop, "GET /nothing").status == 404
    refused = send(shop, "PUT /items")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, POST")


def test_head_is_get_without_the_body(shop: MockUpstream) -> None:
    reply = send(shop, f"HEAD /items/{ITEM_ID}")

    assert (reply.status, reply.body) == (200, b"")
