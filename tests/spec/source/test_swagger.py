"""OpenAPI 2.0 documents: what the gateway makes of them, through the artefacts."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.spec import CompiledApi, Diagnostic, DocumentSet, LoadedDocument, Target, compile_document


def document(paths: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A 2.0 document around these paths."""
    root = {"swagger": "2.0", "info": {"title": "Shop", "version": "1"}, "host": "shop.example.com"}
    return {**root, "consumes": ["application/json"], "produces": ["application/json"], "paths": paths, **members}


def operation(*parameters: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"parameters": list(parameters), "responses": {"200": {"description": "OK"}}, **members}


def compile_20(folder: Path, value: Any, **files: Any) -> tuple[CompiledApi, list[Diagnostic]]:
    """The API of a 2.0 document; the other files are written beside it."""
    for name, content in {"shop": value, **files}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    compiled, problems = compile_document(folder / "shop.yaml", Target("spec", unbound="deny"))
    assert compiled is not None, "\n".join(map(str, problems))
    return compiled.apis[0], problems


def validator(folder: Path, value: Any, **files: Any) -> dict[str, Any]:
    """The validators of its first operation."""
    api, _ = compile_20(folder, value, **files)
    found: dict[str, Any] = next(iter(api.validators["operations"].values()))
    return found


def query(**members: Any) -> dict[str, Any]:
    return {"name": "q", "in": "query", **members}


@pytest.mark.parametrize(
    ("given", "style", "explode", "schema"),
    [
        ({"type": "integer", "minimum": 1}, "form", True, {"type": "integer", "minimum": 1}),
        ({"type": "array", "items": {"type": "string"}}, "form", False, {"type": "array", "items": {"type": "string"}}),
        ({"type": "array", "collectionFormat": "multi"}, "form", True, {"type": "array"}),
        ({"type": "array", "collectionFormat": "ssv"}, "spaceDelimited", False, {"type": "array"}),
        ({"type": "array", "collectionFormat": "pipes"}, "pipeDelimited", False, {"type": "array"}),
        ({"type": "array", "collectionFormat": "tsv"}, "form", True, {"type": "string"}),
    ],
    ids=["scalar", "csv-is-the-default", "multi", "ssv", "pipes", "tsv-is-text"],
)
def test_a_parameter_has_the_schema_and_the_style_that_20_means(
    tmp_path: Path, given: dict[str, Any], style: str, explode: bool, schema: dict[str, Any]
) -> None:
    (parameter,) = validator(tmp_path, document({"/a": {"get": operation(query(**given))}}))["parameters"]

    assert (parameter["style"], parameter["explode"], parameter["schema"]) == (style, explode, schema)


def test_what_30_cannot_say_is_a_warning_at_its_place(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(query(type="array", collectionFormat="tsv"))}})
    _, problems = compile_20(tmp_path, value)

    assert [(p.code, p.level, p.pointer) for p in problems] == [("HG152", "warning", "/paths/~1a/get/parameters/0")]


def test_a_body_parameter_is_the_request_body_in_the_types_that_the_operation_consumes(tmp_path: Path) -> None:
    body = {"name": "it", "in": "body", "required": True, "schema": {"type": "object"}}
    found = validator(
        tmp_path, document({"/a": {"post": operation(body, consumes=["application/json", "application/x-yaml"])}})
    )

    assert found["body"]["required"] is True
    assert {m: c["schema"] for m, c in found["body"]["content"].items()} == {
        "application/json": {"type": "object"},
        "application/x-yaml": {"type": "object"},
    }


def test_form_parameters_are_one_object(tmp_path: Path) -> None:
    name = {"name": "name", "in": "formData", "type": "string", "required": True}
    tags = {"name": "tags", "in": "formData", "type": "array", "items": {"type": "string"}}
    body = validator(tmp_path, document({"/a": {"post": operation(name, tags)}}))["body"]

    (entry,) = body["content"].items()
    assert entry[0] == "application/x-www-form-urlencoded"
    assert entry[1]["schema"]["required"] == ["name"]
    assert entry[1]["schema"]["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}


def test_a_file_is_sent_as_multipart(tmp_path: Path) -> None:
    photo = {"name": "photo", "in": "formData", "type": "file"}
    body = validator(tmp_path, document({"/a": {"post": operation(photo)}}))["body"]

    assert list(body["content"]) == ["multipart/form-data"]
    assert body["content"]["multipart/form-data"]["schema"]["properties"]["photo"]["type"] == "string"


def test_body_parameters_of_the_path_belong_to_each_operation_unless_it_has_its_own(tmp_path: Path) -> None:
    shared = {"name": "it", "in": "body", "schema": {"type": "object"}}
    own = {"name": "it", "in": "body", "schema": {"type": "array"}}
    api, _ = compile_20(
        tmp_path, document({"/a": {"parameters": [shared], "put": operation(own), "post": operation()}})
    )

    bodies = {
        name: o["body"]["content"]["application/json"]["schema"] for name, o in api.validators["operations"].items()
    }
    assert bodies == {"PUT /a": {"type": "array"}, "POST /a": {"type": "object"}}


def test_shared_parameters_keep_their_place_whatever_they_are(tmp_path: Path) -> None:
    parameters = {
        "Limit": query(type="integer"),
        "It": {"name": "it", "in": "body", "required": True, "schema": {"$ref": "#/definitions/It"}},
    }
    refs = [{"$ref": "#/parameters/Limit"}, {"$ref": "#/parameters/It"}]
    definitions = {"It": {"type": "object", "properties": {"same": {"$ref": "#/parameters/It/schema"}}}}
    value = document({"/a": {"post": operation(*refs)}}, parameters=parameters, definitions=definitions)
    found = validator(tmp_path, value)

    assert [parameter["schema"] for parameter in found["parameters"]] == [{"type": "integer"}]
    assert found["body"]["required"] is True
    api, problems = compile_20(tmp_path, value)
    assert problems == []
    assert api.validators["$defs"]["It"]["properties"]["same"]["$ref"].startswith("#/$defs/")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({"type": "string", "x-nullable": True}, {"type": ["string", "null"]}),
        ({"type": ["string"]}, {"type": "string"}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"type": "null"}, {"enum": [None]}),
        (
            {"type": "array", "items": [{"type": "string"}]},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {}]}},
        ),
    ],
    ids=["null-in-a-list", "x-nullable", "list-of-one", "several", "null-alone", "items-by-position"],
)
def test_schemas_in_the_wild_mean_what_their_authors_mean(
    tmp_path: Path, schema: dict[str, Any], expected: dict[str, Any]
) -> None:
    value = document({"/a": {"get": {"responses": {"200": {"description": "OK", "schema": schema}}}}})

    assert validator(tmp_path, value)["responses"]["200"]["content"]["application/json"]["schema"] == expected


def test_a_nullable_reference_allows_null(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"next": {"$ref": "#/definitions/It", "x-nullable": True}}}
    value = document(
        {"/a": {"get": {"responses": {"200": {"description": "OK", "schema": schema}}}}}, definitions={"It": schema}
    )
    found = validator(tmp_path, value)["responses"]["200"]["content"]["application/json"]["schema"]

    assert found["properties"]["next"]["anyOf"] == [{"$ref": "#/$defs/It"}, {"enum": [None]}]


def test_a_discriminator_is_an_object(tmp_path: Path) -> None:
    definitions = {"Pet": {"type": "object", "discriminator": "kind", "properties": {"kind": {"type": "string"}}}}
    api, _ = compile_20(tmp_path, document({"/a": {"get": operation()}}, definitions=definitions))

    assert api.published["components"]["schemas"]["Pet"]["discriminator"] == {"propertyName": "kind"}


def test_a_response_has_headers_and_examples_per_media_type(tmp_path: Path) -> None:
    response = {
        "description": "OK",
        "schema": {"type": "object"},
        "headers": {"X-Total": {"type": "integer", "description": "All"}},
        "examples": {"application/json": {"id": 1}, "text/plain": "one"},
    }
    found = validator(tmp_path, document({"/a": {"get": {"responses": {"200": response}}}}))["responses"]["200"]

    assert found["headers"]["X-Total"]["schema"] == {"type": "integer"}
    assert {m: c["examples"] for m, c in found["content"].items()} == {
        "application/json": [{"id": 1}],
        "text/plain": ["one"],
    }


def test_a_shared_response_is_in_the_types_that_each_operation_produces(tmp_path: Path) -> None:
    responses = {"Error": {"description": "Wrong", "schema": {"$ref": "#/definitions/Error"}}}
    refers = {"responses": {"400": {"$ref": "#/responses/Error"}}}
    paths = {"/a": {"get": refers}, "/b": {"get": {**refers, "produces": ["text/xml"]}}}
    value = document(paths, responses=responses, definitions={"Error": {"type": "object"}})
    api, problems = compile_20(tmp_path, value)

    assert problems == []
    types = {n: list(o["responses"]["400"]["content"]) for n, o in api.validators["operations"].items()}
    assert types == {"GET /a": ["application/json"], "GET /b": ["text/xml"]}


@pytest.mark.parametrize(
    ("members", "uri"),
    [
        ({"schemes": ["http", "https"], "basePath": "/v1/"}, "https://shop.example.com/v1/a"),
        ({"schemes": ["http"]}, "http://shop.example.com/a"),
        ({}, "https://shop.example.com/a"),
    ],
    ids=["https-first", "http-alone", "https-when-nothing-is-said"],
)
def test_host_base_path_and_schemes_are_the_upstream(tmp_path: Path, members: dict[str, Any], uri: str) -> None:
    api, _ = compile_20(tmp_path, document({"/a": {"get": operation()}}, **members))

    assert api.wire["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]["uri"] == uri


def test_the_schemes_of_an_operation_replace_those_of_the_document(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(schemes=["http"])}}, schemes=["https"], basePath="/v1")
    api, _ = compile_20(tmp_path, value)

    uri = api.wire["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]["uri"]
    assert uri == "http://shop.example.com/v1/a"


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ({"type": "basic"}, {"type": "http", "scheme": "basic"}),
        ({"type": "apiKey", "in": "query", "name": "k"}, {"type": "apiKey", "in": "query", "name": "k"}),
        (
            {"type": "oauth2", "flow": "application", "tokenUrl": "https://t", "scopes": {"r": "Read"}},
            {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://t", "scopes": {"r": "Read"}}}},
        ),
        (
            {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://a", "tokenUrl": "https://t"},
            {
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {"authorizationUrl": "https://a", "tokenUrl": "https://t", "scopes": {}}
                },
            },
        ),
    ],
    ids=["basic", "api-key", "application", "access-code"],
)
def test_security_definitions_are_security_schemes(
    tmp_path: Path, scheme: dict[str, Any], expected: dict[str, Any]
) -> None:
    value = document({"/a": {"get": operation()}}, securityDefinitions={"s": scheme}, security=[{"s": []}])
    api, _ = compile_20(tmp_path, value)

    assert api.published["components"]["securitySchemes"]["s"] == expected


@pytest.mark.parametrize(
    "scheme", [{"type": "basic"}, {"type": "strange"}, {}, 5], ids=["basic", "unknown", "empty", "5"]
)
def test_no_security_definition_leaves_an_operation_open(tmp_path: Path, scheme: Any) -> None:
    value = document({"/a": {"get": operation()}}, securityDefinitions={"s": scheme}, security=[{"s": []}])
    api, _ = compile_20(tmp_path, value)

    (entry,) = api.routes["operations"]
    assert entry["authorizer"] is not None
    assert entry["security"] == [{"s": []}]


def test_a_version_without_quotes_is_read_as_20(tmp_path: Path) -> None:
    api, problems = compile_20(tmp_path, {**document({"/a": {"get": operation()}}), "swagger": 2.0})

    assert problems == []
    assert api.published["openapi"].startswith("3.0")


def loaded(folder: Path, text: str) -> LoadedDocument:
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    found = DocumentSet(folder).load("a.yaml")
    assert found is not None
    return found


ORIGINS = """\
swagger: '2.0'
definitions: {Pet: {discriminator: kind, properties: {name: {type: [string, 'null']}}}}
securityDefinitions: {o: {type: oauth2, flow: implicit}}
paths:
  /a:
    post:
      parameters:
        - {name: q, in: query, type: string}
        - {name: b, in: body, schema: {type: object}}
        - {name: l, in: query, type: array}
      responses: {'200': {description: OK, schema: {type: string}, examples: {text/plain: hi}}}
"""


@pytest.mark.parametrize(
    ("pointer", "origin"),
    [
        ("/openapi", "/swagger"),
        ("/components/schemas/Pet/properties/name/type", "/definitions/Pet/properties/name/type"),
        ("/components/schemas/Pet/properties/name/nullable", "/definitions/Pet/properties/name/type"),
        ("/components/schemas/Pet/discriminator/propertyName", "/definitions/Pet/discriminator"),
        ("/components/securitySchemes/o/flows/implicit/scopes", "/securityDefinitions/o"),
        ("/paths/~1a/post/parameters/0/schema/type", "/paths/~1a/post/parameters/0/type"),
        ("/paths/~1a/post/parameters/1/style", "/paths/~1a/post/parameters/2"),
        (
            "/paths/~1a/post/requestBody/content/application~1json/schema/type",
            "/paths/~1a/post/parameters/1/schema/type",
        ),
        ("/paths/~1a/post/responses/200/content/application~1json/schema", "/paths/~1a/post/responses/200/schema"),
        (
            "/paths/~1a/post/responses/200/content/text~1plain/example",
            "/paths/~1a/post/responses/200/examples/text~1plain",
        ),
    ],
)
def test_every_part_knows_where_it_comes_from(tmp_path: Path, pointer: str, origin: str) -> None:
    assert loaded(tmp_path, ORIGINS).origin(pointer) == origin


def test_a_document_of_version_3_is_its_own_origin(tmp_path: Path) -> None:
    document_30 = loaded(tmp_path, "openapi: 3.0.3\npaths: {}\n")

    assert document_30.value is document_30.source
    assert document_30.origin("/paths/x") == "/paths/x"
