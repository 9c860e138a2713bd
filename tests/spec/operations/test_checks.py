"""Rules about whole documents."""

import re
from pathlib import Path
from typing import Any

import pytest

from headgate.spec import CODES, Target, compile_document, explanation

from ..projects import compile_files, document, operation, problems_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("swagger: '1.2'\npaths: {}\n", "HG106"),
        ("openapi: 4.0.0\npaths: {}\n", "HG106"),
        ("openapi: 3.1\npaths: {}\n", "HG106"),
        ("[1, 2]\n", "HG107"),
        ("title: x\n", "HG107"),
        ("openapi: 3.1.0\npaths: []\n", "HG107"),
        ("openapi: 3.1.0\npaths: {a: {}}\n", "HG107"),
        ("openapi: 3.1.0\npaths: {/a: 5}\n", "HG107"),
        ("openapi: 3.1.0\npaths: {/a: {get: []}}\n", "HG107"),
        ("openapi: 3.1.0\npaths: {}\n", "HG107"),
        ("openapi: 3.1.0\npaths: {/a: {get: {parameters: [{name: x}]}}}\n", "HG107"),
        ("openapi: 3.1.0\npaths: {/a: {get: {requestBody: 5}}}\n", "HG107"),
        ("openapi: 3.1.0\npaths: {/a: {get: {responses: {'200': 5}}}}\n", "HG107"),
    ],
)
def test_what_is_no_openapi_document_is_said_not_thrown(tmp_path: Path, text: str, code: str) -> None:
    assert code in {said.split()[0] for said in problems_of(tmp_path, text)}


def test_every_broken_reference_is_reported(tmp_path: Path) -> None:
    responses = {"200": {"$ref": "#/components/responses/Nope"}, "404": {"$ref": "gone.yaml#/x"}}
    value = document(
        {"/a": {"get": {"responses": responses}}}, schemas={"A": {"properties": {"b": {"$ref": "#/nope"}}}}
    )
    said = problems_of(tmp_path, value)

    assert len([text for text in said if text.startswith("HG104")]) == 3


def test_references_in_data_are_data(tmp_path: Path) -> None:
    schema = {
        "default": {"$ref": "#/nope"},
        "examples": [{"$ref": "#/nope"}],
        "properties": {"default": {"type": "string"}},
    }

    assert problems_of(tmp_path, document({"/a": {"get": operation()}}, schemas={"A": schema})) == []


def test_on_its_own_a_document_compiles_without_what_its_broken_references_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: a, version: '1'}\nservers: [{url: 'https://a.example.com'}]\n"
        "paths: {/a: {get: {responses: {}}}}\ncomponents: {schemas: {A: {$ref: '#/nope'}}}\n"
    )
    compiled, problems = compile_document(tmp_path / "a.yaml", Target("spec"))

    assert compiled is not None
    assert [(problem.level, problem.code) for problem in problems] == [("warning", "HG104")]


def test_an_operation_id_that_two_operations_have_is_warned_about(tmp_path: Path) -> None:
    paths = {"/a": {"get": operation(operationId="x")}, "/b": {"get": operation(operationId="x")}}

    assert problems_of(tmp_path, document(paths)) == ["HG112 operationId 'x' is also in shop.yaml:9"]


def test_a_path_that_api_gateway_answers_itself_is_warned_about(tmp_path: Path) -> None:
    assert "HG127" in problems_of(tmp_path, document({"/ping": {"get": operation()}}))[0]


def test_documents_that_set_an_extension_differently_are_an_error(tmp_path: Path) -> None:
    def value(path: str, size: int) -> dict[str, Any]:
        return document({path: {"get": operation()}}, **{"x-amazon-apigateway-minimum-compression-size": size})

    files = {"a.yaml": value("/a", 1), "b.yaml": value("/b", 2)}
    _, problems = compile_files(tmp_path, files, {"apis": {"shop": {"documents": ["a.yaml", "b.yaml"]}}})

    assert [problem.code for problem in problems] == ["HG150"]


def test_a_path_item_may_stand_in_another_file(tmp_path: Path) -> None:
    item = {"get": operation(parameters=[{"$ref": "shop.yaml#/components/parameters/Limit"}])}
    value = document({"/a": {"$ref": "a.yaml"}})
    value["components"]["parameters"] = {
        "Limit": {"name": "limit", "in": "query", "required": True, "schema": {"type": "string"}}
    }
    compiled, problems = compile_files(tmp_path, {"shop.yaml": value, "a.yaml": item})
    assert compiled is not None, problems

    assert [p["name"] for p in compiled.apis[0].wire["paths"]["/a"]["get"]["parameters"]] == ["limit"]


def test_every_code_that_is_used_is_explained() -> None:
    room = Path(__file__).parents[3] / "headgate" / "spec"
    files = [file for file in room.rglob("*.py") if not {"arazzo", "diagnostics"} & {*file.relative_to(room).parts}]
    used = {word for file in files for word in re.findall(r'"(HG1(?:[0-6]\d|8[5-9]|9\d))"', file.read_text())}

    assert used == set(CODES)
    assert explanation("hg140")
    assert explanation("HG999") is None
