"""The ledger: which level a construct has. That every construct has one row, and that rows are true: `test_corpus`."""

from pathlib import Path

import pytest

from headgate.spec import CompiledApi, Target, compile_document

from ..projects import compile_files, compile_one, compile_sample, document, operation


def level(api: CompiledApi, pointer: str) -> str:
    (row,) = [row for row in api.ledger if row["pointer"] == pointer]
    return str(row["level"])


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/info", "published"),
        ("/paths/~1search/get", "gateway"),
        ("/paths/~1search/get/security", "gateway"),
        ("/paths/~1search/get/parameters/0/required", "gateway"),
        ("/paths/~1search/get/parameters/1/required", "validator"),
        ("/paths/~1search/get/parameters/0/schema/type", "validator"),
        ("/paths/~1search/get/responses/200", "published"),
        ("/paths/~1me~1playlists/post/requestBody", "gateway"),
        ("/paths/~1me~1playlists/put/requestBody", "validator"),
        ("/components/schemas/Owner/required", "gateway"),
        ("/components/schemas/TrackObject/properties", "published"),
        ("/components/parameters/PathId/name", "gateway"),
        ("/components/parameters/Market/name", "validator"),
        ("/components/securitySchemes/oauth", "gateway"),
    ],
)
def test_a_row_says_who_acts_on_a_construct(pointer: str, expected: str) -> None:
    assert level(compile_sample("music.yaml"), pointer) == expected


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("minLength", "gateway"),
        ("pattern", "gateway"),
        ("nullable", "validator"),
        ("readOnly", "validator"),
        ("example", "published"),
    ],
)
def test_keywords_of_a_body_are_told_apart(keyword: str, expected: str) -> None:
    body = "/paths/~1me~1playlists/post/requestBody/content/application~1json/schema/properties"
    member = {"nullable": "public", "readOnly": "id"}.get(keyword, "name")

    assert level(compile_sample("music.yaml"), f"{body}/{member}/{keyword}") == expected


def test_what_is_not_served_is_refused_with_all_its_parts(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: a, version: '1'}\nservers: [{url: 'https://a.example.com'}]\n"
        "paths:\n  /a: {get: {responses: {}}}\n  /b: {trace: {summary: b, responses: {}}}\n"
    )
    compiled, _ = compile_document(tmp_path / "a.yaml", Target("spec"))
    assert compiled is not None
    refused = {row["pointer"] for row in compiled.apis[0].ledger if row["level"] == "refused"}

    assert refused == {f"/paths/~1b{rest}" for rest in ("", "/trace", "/trace/summary", "/trace/responses")}


def reasons(api: CompiledApi, pointer: str) -> str:
    (row,) = [row for row in api.ledger if row["pointer"] == pointer]
    return str(row["reason"])


def test_rows_of_strict_operations_say_that_the_aggregator_enforces_them() -> None:
    api = compile_sample("newest.yaml")
    body = "/paths/~1strict/put/requestBody"

    assert level(api, body) == "validator"
    assert "aggregator enforces" in reasons(api, body)
    assert "aggregator enforces" in reasons(api, f"{body}/content/application~1json/schema/required")
    assert "aggregator enforces" in reasons(api, "/paths/~1strict/put/parameters/0/schema/type")
    assert "API Gateway does not look" in reasons(api, "/paths/~1flights/get/parameters/0/schema/minLength")


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/host", "gateway"),
        ("/consumes", "validator"),
        ("/paths/~1tickets/get/parameters/0/name", "gateway"),
        ("/paths/~1tickets/get/parameters/0/collectionFormat", "validator"),
        ("/paths/~1tickets/post/security", "gateway"),
        ("/parameters/Body/schema", "gateway"),
        ("/parameters/Body/in", "gateway"),
        ("/paths/~1tickets~1{id}~1image/post/parameters/1/type", "validator"),
        ("/paths/~1tickets~1{id}~1image/post/parameters/1/name", "validator"),
        ("/definitions/Ticket/required", "gateway"),
        ("/definitions/Problem/properties", "published"),
        ("/securityDefinitions/oauth", "gateway"),
        ("/responses/Problem/examples", "published"),
    ],
)
def test_openapi_20_has_rows_for_what_its_text_says(pointer: str, expected: str) -> None:
    assert level(compile_sample("older.yaml"), pointer) == expected


def test_what_documents_refer_to_has_rows(tmp_path: Path) -> None:
    path_item = {"get": operation(parameters=[{"$ref": "parts.yaml#/limit"}])}
    parts = {"limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}, "unused": {"name": "x"}}
    value = document({"/a": {"$ref": "items/a.yaml"}})
    compiled, problems = compile_files(
        tmp_path, {"shop.yaml": value, "items/a.yaml": path_item, "items/parts.yaml": parts}
    )
    assert compiled is not None, problems
    rows = {(row["document"], row["pointer"]): row["level"] for row in compiled.apis[0].ledger}

    assert rows["items/a.yaml", "/get"] == "gateway"
    assert rows["items/parts.yaml", "/limit/schema/type"] == "validator"
    assert ("items/parts.yaml", "/unused/name") not in rows


def test_rows_name_their_document(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation()}})
    compiled, _ = compile_files(tmp_path, {"openapi/a.yaml": value}, {"apis": {"shop": {}}})
    assert compiled is not None

    assert {row["document"] for row in compiled.apis[0].ledger} == {"openapi/a.yaml"}


def test_every_row_has_a_reason(tmp_path: Path) -> None:
    for row in compile_one(tmp_path, document({"/a": {"get": operation()}})).ledger:
        assert all(row.values())
        assert row["level"] in {"gateway", "validator", "published", "refused"}
