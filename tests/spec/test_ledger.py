"""The ledger: every construct of a document has exactly one row. The counting here knows nothing of the compiler."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.spec import CompiledApi, Target, compile_document

from .projects import DOCUMENTS, compile_files, compile_one, compile_sample, document, operation

# Members whose values belong to their row: data, and parts that only inform.
WHOLE = {
    "example",
    "examples",
    "default",
    "enum",
    "const",
    "info",
    "tags",
    "externalDocs",
    "links",
    "callbacks",
    "webhooks",
}
WHOLE |= {
    "security",
    "servers",
    "discriminator",
    "xml",
    "required",
    "type",
    "jsonSchemaDialect",
    "operationId",
    "style",
}
# Maps from names that people choose: a member called `example` in there is not an example.
NAMED = {"paths", "properties", "patternProperties", "content", "responses", "headers", "$defs", "dependentSchemas"}
SECTIONS = {"schemas", "parameters", "requestBodies", "responses", "headers", "securitySchemes", "pathItems"}
UNREAD_SECTIONS = {"securitySchemes", "examples", "links", "callbacks"}


def constructs(value: Any, pointer: str = "", *, is_named: bool = False) -> Iterator[str]:
    """JSON pointers of all members of all objects that a reader of OpenAPI would tell apart."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from constructs(item, f"{pointer}/{number}")
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        here = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        yield here
        if pointer == "/components":
            names = member if isinstance(member, dict) else {}
            for name, part in names.items():
                yield f"{here}/{name}"
                yield from constructs(part, f"{here}/{name}") if key not in UNREAD_SECTIONS else ()
        elif is_named or (key not in WHOLE and not key.startswith("x-")):
            yield from constructs(member, here, is_named=key in NAMED and not is_named)


@pytest.mark.parametrize("name", ["museum.yaml", "realworld-conduit.yml", "music.yaml", "models.yaml"])
def test_every_construct_has_exactly_one_row(name: str) -> None:
    rows = Counter(row["pointer"] for row in compile_sample(name).ledger)
    expected = Counter(constructs(yaml.safe_load((DOCUMENTS / name).read_text())))

    assert expected - rows == Counter()
    assert rows - expected == Counter()


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
        "paths:\n  /a: {get: {responses: {}}}\n  /b.{x}: {get: {summary: b, responses: {}}}\n"
    )
    compiled, _ = compile_document(tmp_path / "a.yaml", Target("spec"))
    assert compiled is not None
    refused = {row["pointer"] for row in compiled.apis[0].ledger if row["level"] == "refused"}

    assert refused == {f"/paths/~1b.{{x}}{rest}" for rest in ("", "/get", "/get/summary", "/get/responses")}


def test_rows_name_their_document(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation()}})
    compiled, _ = compile_files(tmp_path, {"openapi/a.yaml": value}, {"apis": {"shop": {}}})
    assert compiled is not None

    assert {row["document"] for row in compiled.apis[0].ledger} == {"openapi/a.yaml"}


def test_every_row_has_a_reason(tmp_path: Path) -> None:
    for row in compile_one(tmp_path, document({"/a": {"get": operation()}})).ledger:
        assert all(row.values())
        assert row["level"] in {"gateway", "validator", "published", "refused"}
