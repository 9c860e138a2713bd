"""Documentation parts and versions: recordings of the operations, and the Developer Guide's pages about them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[[Callable[[], Any]], tuple[int, str, str]]
NOT_FOUND, BAD_REQUEST = "NotFoundException", "BadRequestException"
NO_PART = (404, NOT_FOUND, "Invalid Documentation part identifier specified")
NO_API = (404, NOT_FOUND, "Invalid API identifier specified 123456789012:fake")
TYPES = (
    "RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, "
    "QUERY_PARAMETER, API, REQUEST_HEADER"
)
PARTS: list[dict[str, Any]] = [
    {
        "location": {"type": "API"},
        "properties": {"info": {"description": "all of it"}, "x-bar": 1, "foo": "not OpenAPI's"},
    },
    {"location": {"type": "METHOD", "method": "GET"}, "properties": {"description": "the method", "x-example": "e"}},
    {"location": {"type": "RESPONSE", "statusCode": "200"}, "properties": {"description": "it went well"}},
]


@pytest.fixture
def rest(gateway: Any) -> dict[str, str]:
    return {"restApiId": gateway.create_rest_api(name="a")["id"]}


def make(gateway: Any, rest: Any, location: dict[str, str], text: str = '{"description": "d"}') -> dict[str, Any]:
    return dict(gateway.create_documentation_part(**rest, location=location, properties=text))


def test_life_of_a_part(gateway: Any, rest: Any, refused: Refused) -> None:
    made = make(gateway, rest, {"type": "API"})
    place = {**rest, "documentationPartId": made["id"]}

    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert {key: made[key] for key in ("location", "properties")} == {
        "location": {"type": "API"},
        "properties": '{"description": "d"}',
    }
    patch = [{"op": "replace", "path": "/properties", "value": '{"description": "e"}'}]
    assert gateway.update_documentation_part(**place, patchOperations=patch)["properties"] == '{"description": "e"}'
    assert gateway.get_documentation_part(**place)["properties"] == '{"description": "e"}'
    assert gateway.delete_documentation_part(**place)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert refused(lambda: gateway.delete_documentation_part(**place)) == NO_PART
    assert gateway.get_documentation_parts(**rest)["items"] == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"type": "RESOURCE"}, {"type": "RESOURCE", "path": "/"}),
        ({"type": "METHOD", "path": "/a"}, {"type": "METHOD", "path": "/a", "method": "*"}),
        ({"type": "RESPONSE"}, {"type": "RESPONSE", "path": "/", "method": "*", "statusCode": "*"}),
        ({"type": "MODEL", "name": "M"}, {"type": "MODEL", "name": "M"}),
    ],
)
def test_defaults_of_locations(gateway: Any, rest: Any, given: Any, shown: Any) -> None:
    assert make(gateway, rest, given)["location"] == shown


@pytest.mark.parametrize(
    ("places", "text"),
    [
        ([{"type": "API"}] * 2, "type 'API'."),
        (
            [{"type": "METHOD", "path": "/a", **one} for one in ({}, {"method": "*"})],
            "type 'METHOD', path '/a', method '*'.",
        ),
    ],
)
def test_one_part_for_a_location(gateway: Any, rest: Any, refused: Refused, places: Any, text: str) -> None:
    make(gateway, rest, places[0])

    answer = refused(lambda: make(gateway, rest, places[1]))

    message = f"Documentation part already exists for the specified location: {text}"
    assert answer == (409, "ConflictException", message)


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ({"type": "API", "path": "/"}, "{}"),
        ({"type": "RESOURCE", "method": "GET"}, "{}"),
        ({"type": "PATH_PARAMETER"}, "{}"),
        ({"type": "API"}, "no JSON"),
        ({"type": "API"}, "[]"),
    ],
)
def test_refused_parts(gateway: Any, rest: Any, refused: Refused, location: Any, text: str) -> None:
    assert refused(lambda: make(gateway, rest, location, text))[:2] == (400, BAD_REQUEST)


def test_unknown_type_of_location(gateway: Any, rest: Any, refused: Refused) -> None:
    status, code, message = refused(lambda: make(gateway, rest, {"type": "INVALID"}))

    assert (status, code) == (400, "ValidationException")
    assert message == (
        "1 validation error detected: Value 'INVALID' at 'createDocumentationPartInput.location.type' failed to satisfy "
        f"constraint: Member must satisfy enum value set: [{TYPES}]"
    )


def test_unknown_apis(gateway: Any, refused: Refused) -> None:
    """Recorded, the differences included."""
    fake = {"restApiId": "fake"}
    one = {**fake, "documentationPartId": "x"}

    assert refused(lambda: make(gateway, fake, {"type": "API"})) == NO_API
    assert refused(lambda: gateway.get_documentation_parts(**fake)) == NO_API
    assert refused(lambda: gateway.delete_documentation_part(**one)) == NO_API
    assert refused(lambda: gateway.get_documentation_part(**one)) == NO_PART
    assert refused(lambda: gateway.update_documentation_part(**one, patchOperations=[])) == NO_PART


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            {"op": "add", "path": "/properties"},
            "'/properties' specified for op 'add'. Please choose supported operations",
        ),
        (
            {"op": "replace", "path": "/invalidPath"},
            "'/invalidPath' specified for op 'replace'. Must be one of: [/properties]",
        ),
    ],
)
def test_refused_patches(gateway: Any, rest: Any, refused: Refused, operation: Any, message: str) -> None:
    part = make(gateway, rest, {"type": "API"})["id"]
    patch = [{**operation, "value": "{}"}]

    answer = refused(lambda: gateway.update_documentation_part(**rest, documentationPartId=part, patchOperations=patch))

    assert answer == (400, BAD_REQUEST, f"Invalid patch path  {message}")


def test_parts_by_type_path_name_and_content(gateway: Any, rest: Any) -> None:
    make(gateway, rest, {"type": "API"}, "{}")
    make(gateway, rest, {"type": "METHOD", "path": "/a"})
    make(gateway, rest, {"type": "MODEL", "name": "Pet"})

    def found(**options: Any) -> list[str]:
        return [one["location"]["type"] for one in gateway.get_documentation_parts(**rest, **options)["items"]]

    assert found(type="METHOD") == found(path="/a") == ["METHOD"]
    assert found(nameQuery="Pe") == ["MODEL"]
    assert found(locationStatus="UNDOCUMENTED") == ["API"]
    assert found(limit=2) == ["API", "METHOD"]


def documented(document: Any, parts: list[dict[str, Any]], version: str = "7") -> dict[str, Any]:
    extension = {"version": version, "documentationParts": parts}
    return dict(document(**{"x-amazon-apigateway-documentation": extension}))


@pytest.mark.parametrize(("ignore", "count"), [({}, 3), ({"parameters": {"ignore": "documentation"}}, 0)])
def test_an_import_keeps_the_documentation(gateway: Any, imported: Any, document: Any, ignore: Any, count: int) -> None:
    api = imported(documented(document, PARTS), **ignore)["id"]

    items = gateway.get_documentation_parts(restApiId=api)["items"]

    assert len(items) == count
    if items:
        assert items[1]["location"] == {"type": "METHOD", "path": "/", "method": "GET"}
        assert json.loads(items[0]["properties"])["info"] == {"description": "all of it"}


def test_importing_parts_again(gateway: Any, imported: Any, document: Any) -> None:
    """Recorded for overwrite: every part is new. A merge changes attributes of the parts it names and keeps the rest."""
    api = imported(documented(document, PARTS))["id"]
    first = [one["id"] for one in gateway.get_documentation_parts(restApiId=api)["items"]]
    change = [{"location": {"type": "API"}, "properties": {"foo": "new"}}]

    def run(mode: str) -> list[str]:
        body = json.dumps(documented(document, change)).encode()
        return list(gateway.import_documentation_parts(restApiId=api, mode=mode, body=body)["ids"])

    assert run("merge") == first[:1]
    merged = gateway.get_documentation_parts(restApiId=api)["items"]
    assert [one["id"] for one in merged] == first
    assert json.loads(merged[0]["properties"]) == {"info": {"description": "all of it"}, "x-bar": 1, "foo": "new"}
    assert run("overwrite") != first[:1]
    assert len(gateway.get_documentation_parts(restApiId=api)["items"]) == 1


@pytest.mark.parametrize("body", [b"foo: [bar", b'{"foo": "bar"'])
def test_unreadable_documentation(gateway: Any, rest: Any, refused: Refused, body: bytes) -> None:
    answer = refused(lambda: gateway.import_documentation_parts(**rest, body=body))

    assert answer == (400, BAD_REQUEST, "Unable to build importer with provided input.")


def test_wrong_parts_are_warnings(gateway: Any, rest: Any, document: Any, refused: Refused) -> None:
    body = json.dumps(documented(document, [{"location": {"type": "NONE"}}, PARTS[0]])).encode()

    assert refused(lambda: gateway.import_documentation_parts(**rest, body=body, failOnWarnings=True))[0] == 400
    assert gateway.get_documentation_parts(**rest)["items"] == []
    answer = gateway.import_documentation_parts(**rest, body=body)
    assert (len(answer["ids"]), len(answer["warnings"])) == (1, 1)


def test_a_put_that_fails_keeps_the_documentation(gateway: Any, imported: Any, document: Any, refused: Refused) -> None:
    api = imported(documented(document, PARTS))["id"]
    worse = documented(document, []) | {"paths": {"/{a}": {"get": {}}, "/{b}": {"get": {}}}}

    refused(lambda: gateway.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(worse).encode()))

    assert len(gateway.get_documentation_parts(restApiId=api)["items"]) == 3


# ---- versions


def test_life_of_a_version(gateway: Any, rest: Any, refused: Refused) -> None:
    make(gateway, rest, {"type": "API"})
    place = {**rest, "documentationVersion": "v123"}

    made = gateway.create_documentation_version(**place)

    assert (made["version"], made["ResponseMetadata"]["HTTPStatusCode"]) == ("v123", 201)
    assert "description" not in made
    assert made["createdDate"].timestamp() == 1_800_000_000.0
    patch = [{"op": "replace", "path": "/description", "value": "new"}]
    assert gateway.update_documentation_version(**place, patchOperations=patch)["description"] == "new"
    assert [one["version"] for one in gateway.get_documentation_versions(**rest)["items"]] == ["v123"]
    assert refused(lambda: gateway.create_documentation_version(**place))[:2] == (409, "ConflictException")
    assert gateway.delete_documentation_version(**place)["ResponseMetadata"]["HTTPStatusCode"] == 202
    answer = refused(lambda: gateway.get_documentation_version(**place))
    assert answer == (404, NOT_FOUND, "Invalid Documentation version specified")


def test_a_stage_shows_a_version(deployed: Any, refused: Refused) -> None:
    gateway, api = deployed.gateway, {"restApiId": deployed.api}
    gateway.create_documentation_version(**api, documentationVersion="1")
    gateway.create_documentation_version(**api, documentationVersion="2", stageName="v1")

    assert deployed.stage()["documentationVersion"] == "2"
    assert (
        deployed.patch({"op": "replace", "path": "/documentationVersion", "value": "1"})["documentationVersion"] == "1"
    )
    unknown = refused(lambda: deployed.patch({"op": "replace", "path": "/documentationVersion", "value": "3"}))
    assert unknown == (404, NOT_FOUND, "Invalid Documentation version specified")
    more = {**api, "stageName": "v2", "deploymentId": deployed.first}
    assert refused(lambda: gateway.create_stage(**more, documentationVersion="3")) == unknown
    assert gateway.create_stage(**more, documentationVersion="2")["documentationVersion"] == "2"


@pytest.fixture
def published(gateway: Any, imported: Any, document: Any) -> Callable[..., dict[str, Any]]:
    api = imported(documented(document, PARTS))["id"]
    gateway.create_deployment(restApiId=api, stageName="s")
    gateway.create_documentation_version(restApiId=api, documentationVersion="1.0.0", stageName="s")

    def export(kind: str, extensions: str) -> dict[str, Any]:
        options = {"restApiId": api, "stageName": "s", "exportType": kind, "parameters": {"extensions": extensions}}
        return dict(json.loads(gateway.get_export(**options)["body"].read()))

    return export


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
def test_an_export_carries_the_documentation(published: Callable[..., dict[str, Any]], kind: str) -> None:
    """Developer Guide, "Publish documentation": the extension, and what OpenAPI knows of it in the entities."""
    found = published(kind, "integrations,documentation")

    extension = found["x-amazon-apigateway-documentation"]
    assert (extension["version"], extension["createdDate"]) == ("1.0.0", "2027-01-15T08:00:00Z")
    assert extension["documentationParts"][0] == PARTS[0]
    assert (found["info"]["description"], found["x-bar"]) == ("all of it", 1)
    operation = found["paths"]["/"]["get"]
    assert (operation["description"], operation["x-example"]) == ("the method", "e")
    assert operation["responses"]["200"]["description"] == "it went well"
    assert "foo" not in found
    assert "x-amazon-apigateway-integration" in operation


def test_an_export_without_asking_for_documentation(published: Callable[..., dict[str, Any]]) -> None:
    found = published("oas30", "apigateway")

    assert "x-amazon-apigateway-documentation" not in found
    assert "description" not in found["paths"]["/"]["get"]
