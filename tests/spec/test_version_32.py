"""OpenAPI 3.2: what API Gateway cannot serve is refused by name, what only describes is kept."""

from pathlib import Path

from headgate.spec import CompiledApi, Diagnostic, Target, compile_document

TEXT = """\
openapi: 3.2.0
$self: https://travel.example.com/openapi.yaml
info: {title: Travel, version: '1'}
servers: [{url: 'https://travel.example.com', name: main}]
tags: [{name: flights, kind: nav, parent: travel, summary: Flights}, {name: travel}]
paths:
  /flights:
    query: {responses: {'200': {description: Found}}}
    additionalOperations:
      COPY: {responses: {'201': {description: Copied}}}
    get:
      parameters: [{name: q, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object}}}}]
      responses:
        '200':
          summary: Flights
          content:
            application/jsonl: {itemSchema: {$ref: '#/components/schemas/Flight'}}
            application/json: {$ref: '#/components/mediaTypes/Flight'}
components:
  mediaTypes:
    Flight: {schema: {$ref: 'https://travel.example.com/openapi.yaml#/components/schemas/Flight'}}
  schemas: {Flight: {type: object, properties: {next: {$ref: '#/components/schemas/Flight'}}}}
"""


def compiled(folder: Path) -> tuple[CompiledApi, list[Diagnostic]]:
    (folder / "a.yaml").write_text(TEXT, encoding="utf-8")
    made, problems = compile_document(folder / "a.yaml", Target("spec"))
    assert made is not None, problems
    return made.apis[0], problems


def test_methods_that_api_gateway_does_not_have_are_refused_one_by_one(tmp_path: Path) -> None:
    api, problems = compiled(tmp_path)

    assert [entry["method"] for entry in api.routes["operations"]] == ["GET"]
    assert [problem.pointer for problem in problems if problem.code == "HG125"] == [
        "/paths/~1flights/query",
        "/paths/~1flights/additionalOperations/COPY",
    ]


def test_a_parameter_that_is_the_whole_query_string_goes_through_unchecked_and_is_said(tmp_path: Path) -> None:
    _, problems = compiled(tmp_path)

    assert [(p.level, p.pointer) for p in problems if p.code == "HG153"] == [
        ("warning", "/paths/~1flights/get/parameters/0")
    ]


def test_shared_media_types_are_followed(tmp_path: Path) -> None:
    api, problems = compiled(tmp_path)
    content = api.validators["operations"]["GET /flights"]["responses"]["200"]["content"]

    assert content["application/json"]["schema"] == {"$ref": "#/$defs/Flight"}
    assert {problem.code for problem in problems} == {"HG125", "HG153"}


def test_what_describes_is_published(tmp_path: Path) -> None:
    api, _ = compiled(tmp_path)
    content = api.published["paths"]["/flights"]["get"]["responses"]["200"]["content"]

    assert content["application/jsonl"] == {"itemSchema": {"$ref": "#/components/schemas/Flight"}}
    assert content["application/json"] == {"$ref": "#/components/mediaTypes/Flight"}
    assert api.published["components"]["mediaTypes"]["Flight"] == {"schema": {"$ref": "#/components/schemas/Flight"}}
    assert [tag.get("kind") for tag in api.published["tags"]] == ["nav", None]
