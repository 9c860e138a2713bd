"""Forms as clients write them: repeated fields, deepObject, JSON in a field, lists in parts."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from headgate.local.mock import MockUpstream
from headgate.local.mock.forms import read_form, write_form
from headgate.local.mock.requests import samples
from headgate.local.mock.schemas import SchemaBook

TEXT, COUNT = {"type": "string"}, {"type": "integer"}
LINE = {"type": "object", "required": ["price"], "properties": {"price": TEXT, "count": COUNT}}
DEEP = {"style": "deepObject", "explode": True}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["lines"],
    "properties": {
        "lines": {"type": "array", "items": LINE, "minItems": 1},
        "tags": {"type": "array", "items": COUNT},
        "either": {"anyOf": [LINE, {"enum": [""]}]},
        "owner": LINE,
    },
}
ENCODING = {"lines": DEEP, "either": DEEP}
VALUE = {
    "lines": [{"price": "a", "count": 2}, {"price": "b"}],
    "tags": [1, 2],
    "either": {"price": "c"},
    "owner": {"price": "d"},
}


def read(pairs: list[tuple[str, str]], encoding: dict[str, Any] | None = None) -> Any:
    return read_form(pairs, {"schema": SCHEMA, "encoding": ENCODING if encoding is None else encoding}, SchemaBook({}))


def test_what_is_written_is_read_again() -> None:
    pairs = write_form(VALUE, ENCODING)

    assert ("lines[0][count]", "2") in pairs
    assert [pair for pair in pairs if pair[0] == "tags"] == [("tags", "1"), ("tags", "2")]
    assert read(pairs) == VALUE


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("lines[][price]", "a")], {"lines": [{"price": "a"}]}),
        ([("either", "")], {"either": ""}),
        ([("owner", '{"price": "x"}')], {"owner": {"price": "x"}}),
        ([("owner", "{price")], {"owner": "{price"}),
        ([("tags[]", "1"), ("tags[]", "2")], {"tags": [1, 2]}),
        ([("tags", "one")], {"tags": ["one"]}),
        ([("unheard[of]", "x")], {"unheard[of]": "x"}),
    ],
)
def test_fields_are_read_as_their_clients_mean_them(pairs: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    assert read(pairs) == expected


def test_lists_may_be_joined() -> None:
    encoding = {"tags": {"style": "pipeDelimited", "explode": False}}

    assert write_form({"tags": [1, 2]}, encoding) == [("tags", "1|2")]
    assert read([("tags", "1|2")], encoding) == {"tags": [1, 2]}


def test_keys_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="both a value and an object"):
        read([("lines[0]", "a"), ("lines[0][price]", "b")])


def upstream(media_type: str, schema: dict[str, Any], encoding: dict[str, Any]) -> tuple[MockUpstream, dict[str, Any]]:
    content = {media_type: {"schema": schema, "encoding": encoding}}
    operation = {"id": "x", "parameters": [], "body": {"required": True, "content": content}, "responses": {"200": {}}}
    validators = {"version": 1, "api": "a", "$defs": {}, "operations": {"POST /x": operation}}
    return MockUpstream(validators), validators


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_samples_of_forms_are_taken(media_type: str) -> None:
    served, validators = upstream(media_type, SCHEMA, ENCODING)
    (sample,) = samples(validators, optional=True)

    assert served.respond("POST", "/x", "", sample.headers, sample.body)[0] == 200


@pytest.mark.parametrize(
    "pairs", [[("lines[0][count]", "2")], [("lines[0][price]", "a"), ("lines[0][count]", "many")], [("tags", "1")]]
)
def test_a_form_that_breaks_its_schema_is_refused(pairs: list[tuple[str, str]]) -> None:
    served, _ = upstream("application/x-www-form-urlencoded", SCHEMA, ENCODING)
    headers = [("content-type", "application/x-www-form-urlencoded")]

    assert served.respond("POST", "/x", "", headers, urlencode(pairs).encode())[0] == 400


def test_a_sampled_form_says_nothing_that_a_form_cannot_say() -> None:
    """An empty list has no fields, so a list that must be there is left out with what holds it."""
    members = {"product": TEXT, "prices": {"type": "array", "items": TEXT}}
    prices = {"type": "object", "required": ["product", "prices"], "properties": members}
    update = {
        "type": "object",
        "required": ["products"],
        "properties": {"products": {"type": "array", "items": prices}},
    }
    deep = {
        "type": "object",
        "properties": {"name": TEXT, "below": {"type": "object", "properties": {"update": update}}},
    }
    served, validators = upstream("application/x-www-form-urlencoded", deep, {"below": DEEP})
    (sample,) = samples(validators, optional=True)

    assert served.respond("POST", "/x", "", sample.headers, sample.body)[0] == 200


def test_deep_parameters_may_be_of_several_types() -> None:
    schema = {
        "anyOf": [{"type": "object", "properties": {"gte": COUNT, "in": {"type": "array", "items": COUNT}}}, COUNT]
    }
    parameter = {
        "name": "at",
        "in": "query",
        "required": True,
        "style": "deepObject",
        "explode": True,
        "schema": schema,
    }
    operation: dict[str, Any] = {"id": "x", "parameters": [parameter], "body": None, "responses": {"200": {}}}
    served = MockUpstream({"version": 1, "api": "a", "$defs": {}, "operations": {"GET /x": operation}})

    found = {
        query: served.respond("GET", "/x", query, [], b"")[0]
        for query in ("at=5", "at[gte]=5", "at[in][]=1", "at[gte]=x", "at=x")
    }

    assert found == {"at=5": 200, "at[gte]=5": 200, "at[in][]=1": 200, "at[gte]=x": 400, "at=x": 400}


def test_the_refusal_names_the_place() -> None:
    served, _ = upstream("application/x-www-form-urlencoded", SCHEMA, ENCODING)
    headers = [("content-type", "application/x-www-form-urlencoded")]
    body = json.loads(served.respond("POST", "/x", "", headers, b"lines[0][price]=a&lines[0][count]=x")[2])

    assert [error["pointer"] for error in body["errors"]] == ["/lines/0/count"]


@pytest.mark.parametrize(
    ("model", "is_marked"), [({"type": "object"}, True), ({"type": "object", "required": ["a"]}, False)]
)
def test_a_missing_body_is_marked_where_api_gateway_takes_it_for_an_empty_object(
    model: dict[str, Any], is_marked: bool
) -> None:
    """FACTS 8.6."""
    content = {"application/json": {"schema": model}}
    operation = {"id": "x", "parameters": [], "body": {"required": True, "content": content}, "responses": {"200": {}}}
    method = {"requestBody": {"content": content}, "x-amazon-apigateway-request-validator": "all"}
    wire = {
        "paths": {"/x": {"post": method}},
        "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}},
    }
    served = MockUpstream({"version": 1, "api": "a", "$defs": {}, "operations": {"POST /x": operation}}, wire)

    status, headers, _ = served.respond("POST", "/x", "", [], b"")

    assert (status, "x-headgate-strict" in dict(headers)) == (400, is_marked)
