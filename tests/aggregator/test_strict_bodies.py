"""Bodies held to the document: media types, JSON that everyone reads alike, forms, and errors that say where."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.aggregator.edges import checked, json_body, operation, parameter

PRICE = {"type": "object", "required": ["price"], "properties": {"price": {"type": "number", "minimum": 0}}}
ORDER = {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": PRICE}}}
FORM = "application/x-www-form-urlencoded"


def content(media_type: str, schema: Any = True, **settings: Any) -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema, **settings}}}


def post(body: dict[str, Any], sent: Any, media_type: str | None = None, **settings: Any) -> Any:
    headers = [] if media_type is None else [("Content-Type", media_type)]
    with checked(operation(body=body), settings.pop("definitions", None)) as api:
        return api.post(sent, headers=headers, **settings)


def test_each_error_has_its_pointer() -> None:
    answer = post(json_body(ORDER), {"items": [{"price": -1}, {}, {"price": "1"}]}, "application/json")

    assert answer.status == 400
    assert answer.headers["content-type"] == ["application/problem+json"]
    assert answer.json["errors"] == [
        {"in": "body", "pointer": "/items/0/price", "detail": "must be at least 0"},
        {"in": "body", "pointer": "/items/1", "detail": "needs the property price"},
        {"in": "body", "pointer": "/items/2/price", "detail": "must be of type number"},
    ]


def test_twenty_errors_are_enough() -> None:
    parameters = [parameter("n", "query", {"type": "integer"})]
    with checked(operation(parameters, json_body({"items": {"type": "string"}}))) as api:
        answer = api.post([1] * 500, "/things/1?n=a")

    assert len(answer.json["errors"]) == 20


def test_names_in_pointers_are_escaped_and_bounded() -> None:
    answer = post(json_body({"additionalProperties": False}), {"a/b~" + "x" * 500: 1}, "application/json")
    nested = post(json_body({"additionalProperties": {"type": "string"}}), {"a/b~" + "x" * 500: 1}, "application/json")

    assert len(answer.body) < 600
    assert nested.errors[0][1].startswith("/a~1b~0xxx")
    assert len(nested.errors[0][1]) < 90


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}', '{"a": NaN}', "[Infinity]", '["\\ud800"]', "{", "", "1 2", "\ufeff1", "[1e999]", "'a'",
        "[" * 200 + "]" * 200, '{"a":' * 150 + "1" + "}" * 150, "1" * 500, '{"a": {"b": 1, "b": 1}}',
    ],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_json_that_two_readers_could_read_differently_is_refused(text: str) -> None:
    answer = post(json_body(True), text, "application/json")

    assert (answer.status, answer.errors) == (400, [("body", "", None)])


@pytest.mark.parametrize(
    "text", ['"\\ud83d\\ude00"', "[[1]]", "1e300", "-0.0", str(2**70), '{"": null}', ' {"a" : 1}\n']
)
def test_json_that_is_merely_odd_passes(text: str) -> None:
    assert post(json_body(True), text, "application/json").status == 200


def test_a_body_that_lambda_could_not_take_is_too_large() -> None:
    answer = post(json_body(True), b" " * (6 * 1024 * 1024) + b"1", "application/json")

    assert (answer.status, answer.kind) == (413, "body-too-large")


def test_bytes_that_are_no_utf_8_are_no_json() -> None:
    assert post(json_body(True), b'"\xff"', "application/json").status == 400


@pytest.mark.parametrize(
    ("declared", "sent", "status"),
    [
        ("application/json", "application/json; charset=utf-8", 200),
        ("application/json", "Application/JSON", 200),
        ("application/json; charset=utf-8", "application/json", 200),
        ("application/json", "application/json; charset=latin-1", 415),
        ("application/json", "text/plain", 415),
        ("application/json", None, 200),
        ("application/*", "application/vnd.x+json", 200),
        ("application/*", "text/json", 415),
        ("*/*", "image/png", 200),
        ("application/json; v=2", "application/json", 415),
        ("application/json; v=2", 'application/json; v="2"', 200),
    ],
)
def test_the_media_type_must_be_a_declared_one(declared: str, sent: str | None, status: int) -> None:
    assert post(content(declared), "1", sent).status == status


def test_a_refused_media_type_comes_with_what_would_be_taken() -> None:
    answer = post({"required": True, "content": {"application/json": {}, FORM: {}}}, "x", "text/csv")

    assert (answer.status, answer.kind) == (415, "unsupported-media-type")
    assert answer.headers["accept-post"] == [f"application/json, {FORM}"]


def test_the_most_specific_entry_decides() -> None:
    entries = {"*/*": {"schema": False}, "application/*": {"schema": False}, "application/json": {"schema": True}}

    assert post({"required": True, "content": entries}, "1", "application/json").status == 200
    assert post({"required": True, "content": entries}, "1", "application/x+json").status == 400


def test_a_form_is_ascii() -> None:
    assert post(content(FORM, True), b"\xff=1", FORM).status == 400


def test_a_pattern_that_would_take_too_long_is_told_as_such() -> None:
    answer = post(json_body({"pattern": "^(?:a|aa)+(?<!b)$"}), json.dumps("a" * 24 + "b"), "application/json")

    assert answer.json["errors"][0]["detail"] == "cannot be checked in a reasonable time"


def test_an_encoded_body_is_not_read_and_not_let_through() -> None:
    with checked(operation(body=json_body(True))) as api:
        headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]

        assert api.post(b"\x1f\x8b", headers=headers).status == 415


@pytest.mark.parametrize(
    ("required", "media_type", "status"),
    [
        (True, None, 400),
        (True, "application/json", 400),
        (False, None, 200),
        (False, "text/csv", 200),
        (False, "application/json", 200),
        (True, "image/png", 200),
    ],
)
def test_a_body_that_is_not_there(required: bool, media_type: str | None, status: int) -> None:
    body = {"required": required, "content": {"application/json": {"schema": ORDER}, "image/png": {}}}

    assert post(body, None, media_type).status == status


def test_a_body_that_nobody_asks_for_passes() -> None:
    with checked(operation()) as api:
        assert api.post("{", headers=[("Content-Type", "application/json")]).status == 200


CAT = {"type": "object", "required": ["lives"], "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}}
DOG = {"type": "object", "required": ["barks"], "properties": {"kind": {"const": "dog"}, "barks": {"type": "boolean"}}}
PETS = {"Cat": CAT, "Dog": DOG}
PET = {
    "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/$defs/Cat", "dog": "#/$defs/Dog"}},
}


@pytest.mark.parametrize(
    ("value", "errors"),
    [
        ({"kind": "dog", "lives": 1}, [("", "needs the property barks")]),
        ({"kind": "cat", "lives": "9"}, [("/lives", "must be of type integer")]),
        ({"kind": "cow"}, [("/kind", "names none of the alternatives")]),
        ({"lives": "9"}, [("/lives", "must be of type integer")]),
        (1, [("", "keeps none of the alternatives")]),
    ],
)
def test_of_alternatives_the_one_that_was_meant_is_spoken_of(value: Any, errors: Any) -> None:
    answer = post(json_body(PET), value, "application/json", definitions=PETS)

    assert [(each["pointer"], each["detail"]) for each in answer.json["errors"]] == errors


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "format": "byte"}, "aGk=", "aGk"),
        ({"type": "string", "format": "email"}, "a@b.example", "a"),
        ({"type": "string", "format": "no-such"}, "anything", 1),
        ({"type": "string", "format": "regex"}, "[a", 1),
        ({"type": "string", "pattern": r"^\d+$"}, "12", "\u0661"),
        ({"type": "string", "pattern": "^a$"}, "a", "a\n"),
        ({"type": "string", "pattern": r"^(?=.*\d)[a-z\d]+$"}, "a1", "a"),
        ({"type": "string", "pattern": r"^(a+)+$"}, "a", "a" * 60 + "!"),
        ({"type": "string", "pattern": r"^(?:(a|aa)+)+(?<!b)$"}, "a", "a" * 60 + "b"),
        ({"type": "integer", "maximum": 2**63 - 1}, 2**63 - 1, 2**63),
        ({"multipleOf": 0.01}, 19.99, 19.999),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 1}, {"a": 1}),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", 1]),
        ({"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False}, {"a": 1}, {"b": 1}),
        ({"uniqueItems": True}, [1, True], [1, 1.0]),
        ({"type": ["string", "null"]}, None, 1),
    ],
)
def test_json_schema_2020_12(schema: Any, good: Any, bad: Any) -> None:
    with checked(operation(body=json_body(schema))) as api:
        assert api.post(json.dumps(good)).status == 200
        assert api.post(json.dumps(bad)).status == 400
