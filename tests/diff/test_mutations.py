"""One change at a time, and the verdict on it."""

import json
from typing import Any

import pytest

from headgate.diff import RULES

from .documents import BASE, DELETE, GET, ORDER, PUT, changed, compared, of_answer, rules

LIMIT = f"{GET}.parameters.0"
NOTE = f"{ORDER}.properties.note"

CASES: list[tuple[str, Any, list[str]]] = [
    (GET, DELETE, ["operation-removed"]),
    ("paths./orders/{id}.delete", {"responses": {}}, ["operation-added"]),
    (f"{GET}.deprecated", True, ["operation-deprecated"]),
    (f"{GET}.operationId", "fetchOrder", ["operation-id-changed"]),
    (f"{GET}.x-sunset", "2031-01-01", ["sunset-added"]),
    (f"{GET}.description", "Another text.", []),
    (f"{GET}.tags", ["orders"], []),
    ("info", {"title": "Other", "version": "2"}, []),
    (f"{GET}.parameters.1", {"name": "x-trace", "in": "header", "schema": {"type": "string"}}, []),
    (f"{LIMIT}.required", True, ["parameter-became-required"]),
    (f"{LIMIT}.in", "header", ["parameter-moved"]),
    (f"{LIMIT}.name", "count", ["parameter-removed", "optional-parameter-added"]),
    (f"{LIMIT}.deprecated", True, ["parameter-deprecated"]),
    (f"{LIMIT}.schema.type", "string", ["request-type-widened"]),
    (f"{LIMIT}.schema.minimum", 2, ["request-range-narrowed"]),
    (f"{LIMIT}.schema.minimum", 0, ["request-range-widened"]),
    (f"{LIMIT}.schema.exclusiveMinimum", 1, ["request-range-narrowed"]),
    (f"{LIMIT}.schema.default", 20, ["request-default-changed"]),
    (f"{LIMIT}.schema.default", DELETE, ["request-default-removed"]),
    (f"{LIMIT}.schema.format", "int32", ["request-format-added"]),
    (f"{LIMIT}.schema.multipleOf", 5, ["request-range-narrowed"]),
    (
        f"{LIMIT}.schema",
        {"type": "array", "items": {"type": "integer"}},
        ["request-type-changed", "request-default-removed"],
    ),
    (f"{LIMIT}.explode", False, ["parameter-style-changed"]),
    (f"{LIMIT}.style", "form", []),
    (
        f"{GET}.parameters.0",
        {"name": "page", "in": "query", "required": True},
        ["required-parameter-added", "parameter-removed"],
    ),
    (f"{PUT}.requestBody", DELETE, ["request-body-removed"]),
    (f"{PUT}.requestBody.required", True, ["request-body-became-required"]),
    (f"{PUT}.requestBody.content.text/csv", {}, ["request-media-type-added"]),
    (f"{PUT}.requestBody.content", {"text/csv": {}}, ["request-media-type-removed", "request-media-type-added"]),
    (f"{PUT}.requestBody.content.application/json", {}, ["request-schema-removed"]),
    (f"{GET}.requestBody", {"required": True, "content": {}}, ["required-request-body-added"]),
    (f"{GET}.responses.200", DELETE, ["success-response-removed"]),
    (f"{GET}.responses.404", DELETE, ["error-response-removed"]),
    (f"{GET}.responses.202", {"description": "Later."}, ["success-response-added"]),
    (f"{GET}.responses.default", {"description": "Else."}, []),
    (f"{GET}.responses.200.headers.ETag", DELETE, ["required-response-header-removed"]),
    (f"{GET}.responses.200.headers.ETag.required", False, ["response-header-became-optional"]),
    (f"{GET}.responses.200.headers.X-Age", {"schema": {"type": "integer"}}, ["response-header-added"]),
    (f"{GET}.responses.200.content", {}, ["response-media-type-removed"]),
    (f"{GET}.responses.200.content.text/csv", {}, ["response-media-type-added"]),
    (f"{GET}.responses.200.content.application/json", {}, ["response-schema-removed"]),
    (f"{GET}.security", [{"token": ["read", "admin"]}], ["security-scope-added"]),
    (f"{GET}.security", [{"token": []}], ["security-scope-removed"]),
    (f"{GET}.security", [{"token": ["read"], "key": []}], ["security-alternative-removed"]),
    (f"{GET}.security", [{"token": ["read"]}, {"key": []}], ["security-alternative-added"]),
    (f"{GET}.security", [], ["security-removed"]),
    (f"{GET}.security", [{"token": ["read"]}, {}], ["security-removed"]),
    ("paths./public.get.security", [{"token": []}], ["security-added"]),
    ("components.securitySchemes.token.scheme", "basic", ["security-scheme-changed"]),
    (f"{NOTE}.maxLength", 50, ["request-range-narrowed", "response-range-narrowed"]),
    (f"{NOTE}.maxLength", 500, ["response-range-widened", "request-range-widened"]),
    (f"{NOTE}.maxLength", DELETE, ["response-range-widened", "request-range-widened"]),
    (f"{NOTE}.pattern", "^a", ["request-pattern-added", "response-pattern-added"]),
    (f"{NOTE}.type", ["string", "null"], ["response-null-allowed", "request-null-allowed"]),
    (f"{NOTE}.type", "integer", ["request-type-changed", "response-type-changed"]),
    (f"{NOTE}.deprecated", True, ["request-property-deprecated", "response-property-deprecated"]),
    (f"{NOTE}.readOnly", True, ["request-became-read-only", "response-became-read-only"]),
    (f"{NOTE}.writeOnly", True, ["response-became-write-only", "request-became-write-only"]),
    (f"{NOTE}.description", "A note.", []),
    (f"{ORDER}.properties.note", DELETE, ["request-property-removed", "response-property-removed"]),
    (f"{ORDER}.properties.state", DELETE, ["response-required-property-removed", "request-required-property-removed"]),
    (f"{ORDER}.properties.new", {"type": "string"}, ["request-property-added", "response-property-added"]),
    (
        f"{ORDER}.required",
        ["id", "state", "note"],
        ["request-property-became-required", "response-property-became-required"],
    ),
    (f"{ORDER}.required", ["id"], ["response-property-became-optional", "request-property-became-optional"]),
    (f"{ORDER}.required", ["state"], ["response-property-became-optional"]),
    (f"{ORDER}.additionalProperties", False, ["request-undeclared-refused", "response-undeclared-refused"]),
    (f"{ORDER}.properties.state.enum", ["open"], ["request-enum-value-removed", "response-enum-value-removed"]),
    (
        f"{ORDER}.properties.state.enum",
        ["open", "paid", "sent"],
        ["response-enum-value-added", "request-enum-value-added"],
    ),
    (f"{ORDER}.properties.state", {"type": "string"}, ["response-enum-removed", "request-enum-removed"]),
    (f"{ORDER}.properties.note.enum", ["a"], ["request-enum-added", "response-enum-added"]),
    (f"{ORDER}.not", {"required": ["x"]}, ["request-keyword-added", "response-keyword-added"]),
    (f"{ORDER}.properties.parts.uniqueItems", True, ["request-keyword-added", "response-keyword-added"]),
    (f"{ORDER}.properties.parts.uniqueItems", False, []),
    (f"{ORDER}.title", "An order", []),
]


@pytest.mark.parametrize(
    ("way", "value", "expected"), CASES, ids=[f"{way} = {value!r}"[-90:] for way, value, _ in CASES]
)
def test_a_change_gets_its_rules(way: str, value: Any, expected: list[str]) -> None:
    assert sorted(rules(BASE, changed(way, value))) == sorted(expected)


@pytest.mark.parametrize(
    ("way", "value", "expected"), CASES, ids=[f"{way} = {value!r}"[-90:] for way, value, _ in CASES]
)
def test_a_change_has_its_place_on_both_sides_and_names_its_operation(
    way: str, value: Any, expected: list[str]
) -> None:
    for change in compared(BASE, changed(way, value)):
        places = [place for place in (change.old, change.new) if place is not None]
        assert places
        assert change.operations
        assert change.message
        assert change.rule in RULES
        assert all(place.line >= 1 for place in places)


def test_a_shared_part_is_told_once_with_all_its_operations() -> None:
    schema = {"type": "string"}
    paths = {
        f"/{n}": {"get": {"responses": {"200": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/S"}}}}}}}
        for n in range(20)
    }
    old = {**BASE, "paths": paths, "components": {"schemas": {"S": schema}}}

    (change,) = [
        c for c in compared(old, changed("components.schemas.S.type", "integer", old)) if c.severity == "breaking"
    ]

    assert len(change.operations) == 20


def test_a_renamed_path_variable_is_safe() -> None:
    new = changed("paths./orders/{order}", BASE["paths"]["/orders/{id}"])
    del new["paths"]["/orders/{id}"]
    new["paths"]["/orders/{order}"]["parameters"] = [
        {**BASE["paths"]["/orders/{id}"]["parameters"][0], "name": "order"}
    ]

    assert rules(BASE, new) == ["path-parameter-renamed"]

    new["paths"]["/orders/{order}"]["parameters"][0]["schema"] = {"type": "string", "maxLength": 5}
    assert rules(BASE, new) == ["request-range-narrowed", "path-parameter-renamed"]


def test_a_renamed_component_is_no_change() -> None:
    text = json.dumps(BASE).replace("schemas/Order", "schemas/Bestellung").replace('"Order"', '"Bestellung"')

    assert rules(BASE, json.loads(text)) == []


def test_a_renamed_security_scheme_is_no_change() -> None:
    text = json.dumps(BASE).replace('"token"', '"credential"')

    assert rules(BASE, json.loads(text)) == []


def test_a_removed_operation_that_was_deprecated_has_a_rule_of_its_own() -> None:
    old = changed(f"{GET}.deprecated", True)

    assert rules(old, changed(GET, DELETE)) == ["deprecated-operation-removed"]
    assert RULES["deprecated-operation-removed"].severity == "breaking"


@pytest.mark.parametrize(
    ("was", "is_now", "rule"),
    [
        ("2031-01-01", "2030-01-01", "sunset-earlier"),
        ("2030-01-01", "2031-01-01", "sunset-later"),
        ("2030-01-01", None, "sunset-removed"),
    ],
)
def test_a_date_of_removal_that_moves(was: str, is_now: str | None, rule: str) -> None:
    old, new = (changed(f"{GET}.x-sunset", date) if date else BASE for date in (was, is_now))

    assert rules(old, new) == [rule]


def test_a_status_is_covered_by_its_class() -> None:
    new = changed(f"{GET}.responses.2XX", BASE["paths"]["/orders/{id}"]["get"]["responses"]["200"])
    del new["paths"]["/orders/{id}"]["get"]["responses"]["200"]

    assert rules(BASE, new) == ["success-response-added"]


def test_a_media_type_is_covered_by_a_range_and_parameters_do_not_count() -> None:
    content = BASE["paths"]["/orders/{id}"]["put"]["requestBody"]["content"]["application/json"]

    assert rules(BASE, changed(f"{PUT}.requestBody.content", {"*/*": content})) == ["request-media-type-added"]
    assert rules(BASE, changed(f"{PUT}.requestBody.content", {"Application/JSON; charset=utf-8": content})) == []


SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Shop", "version": "1"},
    "host": "shop.example.com",
    "schemes": ["https"],
    "produces": ["application/json"],
    "paths": {
        "/orders": {
            "get": {
                "parameters": [{"name": "state", "in": "query", "type": "string", "maxLength": 4}],
                "responses": {"200": {"description": "OK", "schema": {"$ref": "#/definitions/Order"}}},
            }
        }
    },
    "definitions": {"Order": {"type": "object", "properties": {"id": {"type": "string"}}}},
}


def test_openapi_2_is_compared_by_what_it_means() -> None:
    new = of_answer({"type": "object", "properties": {"id": {"type": "string"}}}, version="3.0.3")
    operation = new["paths"].pop("/one")["post"]
    operation["parameters"] = [{"name": "state", "in": "query", "schema": {"type": "string", "maxLength": 4}}]
    new["paths"]["/orders"] = {"get": operation}

    assert rules(SWAGGER, new) == []
    operation["parameters"][0]["schema"]["maxLength"] = 3
    assert rules(SWAGGER, new) == ["request-range-narrowed"]
