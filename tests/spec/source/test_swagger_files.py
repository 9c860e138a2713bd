"""OpenAPI 2.0 over several files, and where messages about it point."""

from pathlib import Path
from typing import Any

from headgate.spec import Diagnostic, DocumentSet, LoadedDocument, Target, compile_document
from headgate.spec.source.pointers import MISSING, escape, step

from .test_swagger import compile_20, document, operation

FUZZ_SEEDS = Path(__file__).parents[2] / "fuzz" / "seeds"


def problems_of(folder: Path, text: str) -> list[Diagnostic]:
    (folder / "shop.yaml").write_text(text, encoding="utf-8")
    return compile_document(folder / "shop.yaml", Target("spec", unbound="deny"))[1]


def responses(schema: dict[str, Any]) -> dict[str, Any]:
    return {"responses": {"200": {"description": "OK", "schema": schema}}}


def test_schemas_of_other_files_are_20_too(tmp_path: Path) -> None:
    files = {
        "models": {"Pet": {"type": "string", "x-nullable": True}, "Box": {"items": {"$ref": "#/Pet"}, "type": "array"}}
    }
    api, problems = compile_20(tmp_path, document({"/a": {"get": responses({"$ref": "models.yaml#/Box"})}}), **files)

    assert problems == []
    assert {"type": ["string", "null"]} in api.validators["$defs"].values()


def test_parameters_responses_and_path_items_of_other_files_are_converted(tmp_path: Path) -> None:
    parts = {
        "Limit": {"name": "limit", "in": "query", "type": "integer"},
        "It": {"name": "it", "in": "body", "schema": {"type": ["object", "null"]}},
        "Photo": {"name": "photo", "in": "formData", "type": "file"},
        "Error": {"description": "Wrong", "schema": {"type": "object"}},
    }
    item = {
        "post": operation({"$ref": "parts.yaml#/Limit"}, {"$ref": "parts.yaml#/It"}),
        "put": {
            "parameters": [{"$ref": "parts.yaml#/Photo"}],
            "responses": {"400": {"$ref": "parts.yaml#/Error"}},
        },
    }
    api, problems = compile_20(tmp_path, document({"/a": {"$ref": "item.yaml"}}), parts=parts, item=item)
    found = api.validators["operations"]

    assert problems == []
    assert found["POST /a"]["parameters"][0]["schema"] == {"type": "integer"}
    assert "application/json" in found["POST /a"]["body"]["content"]
    assert list(found["PUT /a"]["body"]["content"]) == ["multipart/form-data"]
    assert list(found["PUT /a"]["responses"]["400"]["content"]) == ["application/json"]


def test_two_documents_may_refer_to_each_other(tmp_path: Path) -> None:
    one = document(
        {"/a": {"get": responses({"$ref": "other.yaml#/definitions/B"})}},
        definitions={"A": {"type": "object", "properties": {"b": {"$ref": "other.yaml#/definitions/B"}}}},
    )
    other = document(
        {}, definitions={"B": {"type": "object", "properties": {"a": {"$ref": "shop.yaml#/definitions/A"}}}}
    )
    api, problems = compile_20(tmp_path, one, other=other)

    assert problems == []
    assert len(api.validators["$defs"]) == 2


def test_a_document_may_be_referred_to_while_it_is_converted(tmp_path: Path) -> None:
    body = {"name": "it", "in": "body", "schema": {"$ref": "shop.yaml#/x-models/Pet"}}
    paths = {"/a": {"post": operation({"$ref": "other.yaml#/parameters/It"})}}
    one = document(paths, **{"x-models": {"Pet": {"type": "string", "x-nullable": True}}})
    api, problems = compile_20(tmp_path, one, other=document({}, parameters={"It": body}))

    assert problems == []
    assert {"type": ["string", "null"]} in api.validators["$defs"].values()


def test_a_document_of_version_3_may_refer_into_one_of_20(tmp_path: Path) -> None:
    old = document({}, definitions={"Pet": {"type": "string", "x-nullable": True}})
    schema = {"$ref": "old.yaml#/definitions/Pet"}
    content = {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
    new = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"responses": content}}}}
    api, problems = compile_20(tmp_path, new, old=old)

    assert [problem for problem in problems if problem.code != "HG130"] == []
    assert api.validators["$defs"] == {"Pet": {"type": ["string", "null"]}}


def test_a_broken_reference_is_told_as_it_is_written(tmp_path: Path) -> None:
    text = "swagger: '2.0'\nhost: a.example.com\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n"
    text += "          description: OK\n          schema:\n            $ref: '#/definitions/Nope'\n"
    (problem,) = (problem for problem in problems_of(tmp_path, text) if problem.code == "HG104")

    assert (problem.line, problem.pointer) == (10, "/paths/~1a/get/responses/200/schema/$ref")
    assert problem.message.endswith("$ref '#/definitions/Nope': 'definitions' is not there")


def test_a_problem_of_a_body_stands_at_its_parameter(tmp_path: Path) -> None:
    text = "swagger: '2.0'\nhost: a.example.com\npaths:\n  /a:\n    post:\n      parameters:\n        - name: b\n"
    text += "          in: body\n          schema: {$ref: nowhere.yaml}\n      responses: {}\n"
    found = problems_of(tmp_path, text)

    assert found
    assert {(problem.line, problem.pointer.startswith("/paths/~1a/post/parameters/0")) for problem in found} == {
        (9, True)
    }


def pointers(value: Any, here: str = "") -> list[str]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(found for key, item in inside for found in pointers(item, f"{here}/{escape(str(key))}"))]


def origins(found: LoadedDocument) -> set[str]:
    return {found.origin(pointer) for pointer in pointers(found.value)}


def test_all_of_the_value_comes_from_somewhere_and_all_of_the_source_goes_somewhere() -> None:
    found = DocumentSet(FUZZ_SEEDS).load("swagger.yaml")
    assert found is not None
    reached = origins(found)
    lost = {place for place in pointers(found.source) if place not in reached and place.rpartition("/")[0] in reached}

    assert all(at(found.source, pointer) is not MISSING for pointer in reached)
    # What is said for the whole, what a form says by being one, and what the warnings are about.
    words = {place.rpartition("/")[2] for place in lost}
    whole, form = (
        {"basePath", "schemes", "consumes", "produces", "examples"},
        {"in", "name", "required", "type", "$ref"},
    )
    assert {word for word in words if not word.isdigit()} <= whole | form | {"collectionFormat", "items"}


def at(value: Any, pointer: str) -> Any:
    for key in pointer.split("/")[1:]:
        value = step(value, key.replace("~1", "/").replace("~0", "~"))
    return value
