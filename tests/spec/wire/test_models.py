"""Wire models: never stricter than the document, and only what API Gateway's draft 4 knows."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.spec import CompiledApi

from ..importer import complaints
from ..projects import compile_one, compile_sample, document, operation


def post(schema: Any, **body: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"/a": {"post": operation(requestBody={"required": True, "content": content, **body})}}


def model(folder: Path, schema: Any, *, version: str = "3.1.0", **schemas: Any) -> Any:
    """The wire model of a body, None when there is none."""
    api = compile_one(folder, document(post(schema), version=version, schemas=schemas))
    assert complaints(api.wire) == []
    body = api.wire["paths"]["/a"]["post"].get("requestBody")
    return None if body is None else resolved(api, body["content"]["application/json"]["schema"])


def resolved(api: CompiledApi, schema: dict[str, Any]) -> Any:
    return api.wire["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


@pytest.mark.parametrize(
    ("version", "schema", "expected"),
    [
        pytest.param("3.0.3", {"type": "string", "nullable": True, "minLength": 1}, {"minLength": 1}, id="nullable"),
        pytest.param("3.1.0", {"type": ["string", "null"], "minLength": 1}, {"minLength": 1}, id="type-list"),
        pytest.param("3.1.0", {"type": ["string"]}, {"type": "string"}, id="type-list-of-one"),
        pytest.param("3.1.0", {"type": "integer"}, {"type": "number"}, id="integer-of-3.1"),
        pytest.param("3.0.3", {"type": "integer", "format": "int32"}, {"type": "number"}, id="integer-of-3.0"),
        pytest.param("3.1.0", {"const": "a"}, {"enum": ["a"]}, id="const"),
        pytest.param("3.1.0", {"exclusiveMinimum": 5}, {"minimum": 5}, id="exclusive-of-3.1"),
        pytest.param("3.0.3", {"minimum": 5, "exclusiveMinimum": True}, {"minimum": 5}, id="exclusive-of-3.0"),
        pytest.param("3.1.0", {"pattern": "^[a-z]{2,5}$"}, {"pattern": "^[a-z]{2,5}$"}, id="pattern"),
        pytest.param("3.1.0", {"type": "string", "pattern": "^(?!x)"}, {"type": "string"}, id="look-ahead"),
        pytest.param("3.1.0", {"type": "string", "pattern": "\\p{L}"}, {"type": "string"}, id="unicode-class"),
        pytest.param(
            "3.1.0", {"type": "string", "format": "uuid", "default": "y"}, {"type": "string"}, id="annotations"
        ),
        pytest.param("3.1.0", {"items": {"type": "string"}}, {"items": {"type": "string"}}, id="array"),
        pytest.param("3.1.0", {"oneOf": [{"type": "string"}, {"type": "number"}]}, None, id="one-of"),
        pytest.param("3.1.0", True, None, id="true"),
        pytest.param("3.1.0", {}, None, id="empty"),
        pytest.param(
            "3.1.0",
            {"type": "object", "required": ["id", "a"], "properties": {"id": {"readOnly": True}, "a": {}}},
            {"type": "object", "required": ["a"], "properties": {"id": {}, "a": {}}},
            id="read-only-is-not-required",
        ),
        pytest.param(
            "3.1.0",
            {
                "allOf": [{"required": ["a"], "properties": {"a": {}}}, {"required": ["b"]}],
                "additionalProperties": False,
            },
            {"required": ["a", "b"], "properties": {"a": {}}},
            id="all-of-is-flattened",
        ),
        pytest.param(
            "3.1.0",
            {"allOf": [{"required": ["id"]}, {"properties": {"id": {"type": "string", "readOnly": True}}}]},
            {"properties": {"id": {"type": "string"}}},
            id="read-only-in-another-branch",
        ),
        pytest.param(
            "3.1.0",
            {"type": "object", "additionalProperties": False, "patternProperties": {"^x": {}}, "properties": {"a": {}}},
            {"type": "object", "properties": {"a": {}}},
            id="pattern-properties",
        ),
        pytest.param(
            "3.1.0",
            {
                "type": "object",
                "properties": {"example": {"type": "string"}, "$ref": {"type": "number"}},
                "additionalProperties": False,
            },
            {"type": "object", "properties": {"example": {"type": "string"}}},
            id="properties-with-telling-names",
        ),
        pytest.param(
            "3.1.0",
            {
                "type": "object",
                "required": ["a"],
                "allOf": [{"allOf": [{"properties": {"a": {"maxLength": 3}}}], "minProperties": 1}],
            },
            {"type": "object", "required": ["a"], "minProperties": 1, "properties": {"a": {"maxLength": 3}}},
            id="all-of-in-all-of",
        ),
        pytest.param(
            "3.1.0",
            {"allOf": [{"minLength": 1, "maxLength": 9}, {"minLength": 2}]},
            {"maxLength": 9},
            id="branches-that-disagree",
        ),
        pytest.param(
            "3.0.3",
            {"nullable": True, "minLength": 1, "allOf": [{"type": "string", "enum": ["a"]}]},
            {"minLength": 1},
            id="null-around-all-of",
        ),
        pytest.param(
            "3.1.0", {"type": "string", "minLength": -1, "maxLength": 2.5}, {"type": "string"}, id="no-counts"
        ),
        pytest.param("3.1.0", {"type": "string", "pattern": "(a"}, {"type": "string"}, id="no-pattern"),
    ],
)
def test_a_body_keeps_what_api_gateway_reads_alike(tmp_path: Path, version: str, schema: Any, expected: Any) -> None:
    assert model(tmp_path, schema, version=version) == expected


def test_circular_schemas_stay_references(tmp_path: Path) -> None:
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Node_1"}, "any": {"$ref": "#/components/schemas/Any"}},
    }
    found = model(tmp_path, {"$ref": "#/components/schemas/Node_1"}, Node_1=node, Any={"description": "anything"})

    assert found == {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node1"}, "any": {}}}


def test_null_beside_a_reference_is_let_through(tmp_path: Path) -> None:
    """OpenAPI 3.0 ignores what stands there, and people mean it."""
    body = {
        "type": "object",
        "properties": {
            "a": {"$ref": "#/components/schemas/A", "nullable": True},
            "b": {"$ref": "#/components/schemas/A"},
        },
    }
    found = model(tmp_path, body, version="3.0.3", A={"type": "string"})

    assert found["properties"] == {"a": {}, "b": {"$ref": "#/components/schemas/A"}}


def test_a_schema_that_is_its_own_branch_ends(tmp_path: Path) -> None:
    node = {"required": ["a"], "allOf": [{"$ref": "#/components/schemas/Node"}, {"maxProperties": 2}]}

    assert model(tmp_path, {"$ref": "#/components/schemas/Node"}, Node=node) == {"required": ["a"], "maxProperties": 2}


def test_only_models_that_bodies_lead_to_are_there(tmp_path: Path) -> None:
    schemas = {
        "Used": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Inner"}}},
        "Inner": {"type": "string"},
        "Other": {"type": "string"},
    }
    api = compile_one(tmp_path, document(post({"$ref": "#/components/schemas/Used"}), schemas=schemas))

    assert set(api.wire["components"]["schemas"]) == {"Used", "Inner"}


def test_names_that_differ_by_case_or_sign_only_get_models_of_their_own(tmp_path: Path) -> None:
    names = ["a_b", "ab", "AB", "Error"]
    schemas = {name: {"type": "object", "required": [name]} for name in names}
    body = {"type": "object", "properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in names}}
    api = compile_one(tmp_path, document(post(body), schemas=schemas))

    assert complaints(api.wire) == []
    assert len(api.wire["components"]["schemas"]) == 5


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"required": False}, id="optional"),
        pytest.param({"content": {"text/plain": {"schema": {"type": "string"}}}}, id="not-json"),
        pytest.param(
            {"content": {"application/json": {"schema": {"type": "object"}}, "text/plain": {}}}, id="json-and-more"
        ),
        pytest.param({"content": {"application/json": {}}}, id="no-schema"),
    ],
)
def test_a_body_that_a_model_could_refuse_wrongly_has_none(tmp_path: Path, body: dict[str, Any]) -> None:
    api = compile_one(tmp_path, document(post({"type": "object"}, **body)))

    assert "requestBody" not in api.wire["paths"]["/a"]["post"]
    assert "x-amazon-apigateway-request-validator" not in api.wire["paths"]["/a"]["post"]


def test_a_model_is_checked_with_the_parameters(tmp_path: Path) -> None:
    api = compile_one(tmp_path, document(post({"type": "object"})))
    wire = api.wire

    name = wire["paths"]["/a"]["post"]["x-amazon-apigateway-request-validator"]
    assert wire["x-amazon-apigateway-request-validators"][name] == {
        "validateRequestBody": True,
        "validateRequestParameters": True,
    }


def bodies() -> list[Any]:
    """Every modelled body of the sample documents: (id, what the document accepts, what the wire accepts)."""
    found = []
    for name in ("museum.yaml", "realworld-conduit.yml", "music.yaml", "models.yaml"):
        api = compile_sample(name)
        for path, item in api.wire["paths"].items():
            for method, written in item.items():
                if "requestBody" in written:
                    key = next(
                        k for k, entry in api.validators["operations"].items() if entry["id"] == written["operationId"]
                    )
                    full = {**api.validators["operations"][key]["body"]["content"]["application/json"]["schema"]}
                    definitions = {"$defs": api.validators["$defs"]}
                    wire = {
                        **written["requestBody"]["content"]["application/json"]["schema"],
                        "components": api.wire["components"],
                    }
                    found.append(pytest.param(full | definitions, wire, id=f"{method} {path}"))
    return found


WORDS = ["", "a", "ab", "big", "a b c", "x" * 9, "2023-09-11", "a@b.co", "ABC-1", "general"]
SCALARS: list[Any] = [None, True, 0, 1, 4, 9, 2.5, 4.0, -1, *WORDS]


def bodies_near(schema: Any, definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that mostly keep a schema and sometimes nearly."""
    if not isinstance(schema, dict):
        return st.sampled_from(SCALARS)
    if "$ref" in schema:
        return st.deferred(lambda: bodies_near(definitions[schema["$ref"].rpartition("/")[2]], definitions))
    branches = [bodies_near(branch, definitions) for key in ("oneOf", "anyOf") for branch in schema.get(key, [])]
    whole = [bodies_near(branch, definitions) for branch in schema.get("allOf", [])]
    own = _own_values(schema, definitions)
    if whole:
        return st.tuples(own, *whole).map(
            lambda parts: {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
        )
    return st.one_of(*branches) if branches and "properties" not in schema else own


def _own_values(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kinds = schema.get("type", "object" if "properties" in schema or "allOf" in schema else None)
    if "object" in (kinds or ()):
        members = {name: bodies_near(member, definitions) for name, member in schema.get("properties", {}).items()}
        needed = {name: members.pop(name, st.sampled_from(SCALARS)) for name in schema.get("required", [])}
        return st.fixed_dictionaries(needed, optional=members)
    if kinds == "array":
        return st.lists(bodies_near(schema.get("items", {}), definitions), max_size=4)
    if kinds == "string":
        return st.sampled_from(WORDS)
    return st.sampled_from(SCALARS)


@pytest.mark.parametrize(("full", "wire"), bodies())
def test_the_wire_accepts_every_body_that_the_document_accepts(full: Any, wire: Any) -> None:
    accepts, admits = jsonschema.Draft202012Validator(full), jsonschema.Draft4Validator(wire)
    accepted: list[Any] = []

    @settings(max_examples=400)
    @given(body=bodies_near(full, full["$defs"]))
    def each(body: Any) -> None:
        if accepts.is_valid(body):
            accepted.append(body)
            admits.validate(body)

    each()
    assert len(accepted) >= 3
