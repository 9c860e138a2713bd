"""FACTS 8.1 to 8.7: request validators."""

import json
from typing import Any

import pytest

from headgate.local.records import Method, Model, RequestValidator

MODELS = "https://apigateway.amazonaws.com/restapis/other/models/"
PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "house": {"$ref": MODELS + "House"}},
}
HOUSE = {"type": "object", "properties": {"people": {"type": "array", "items": {"$ref": MODELS + "Person"}}}}
PARAMETERS = {
    "method.request.querystring.qs1": True,
    "method.request.path.issuer": True,
    "method.request.header.x-header-param": True,
    "method.request.querystring.optional": False,
}


@pytest.fixture
def validated(world: Any, make: Any) -> Any:
    def deploy(parameters: dict[str, bool] | None = None, **settings: Any) -> Any:
        validator = RequestValidator(
            "v1", "all", **{"validate_request_body": True, "validate_request_parameters": True, **settings}
        )
        method = Method(
            "ANY",
            integration=make.proxy(),
            request_validator_id="v1",
            request_parameters=parameters or {},
            request_models={"application/json": "Person"},
        )
        models = {
            name: Model(name, name, "application/json", json.dumps(schema))
            for name, schema in (("Person", PERSON), ("House", HOUSE))
        }
        world.deploy({"ANY /{issuer}": method}, validators={"v1": validator}, models=models)
        return world.call

    return deploy


def test_missing_parameters_are_listed_by_place_then_name(validated: Any, make: Any, world: Any) -> None:
    call = validated({**PARAMETERS, "method.request.path.nobody": True})

    response = call("GET", "/a")

    assert response.body == b'{"message": "Missing required request parameters: [x-header-param, nobody, qs1]"}'
    assert (response.status, make.header(response, "x-amzn-ErrorType")) == (400, "BadRequestException")


@pytest.mark.parametrize(
    ("url", "name", "status"),
    [
        ("/a?qs1=x", "x-header-param", 200),
        ("/a?qs1=", "x-header-param", 400),
        ("/a?qs1=%20", "x-header-param", 400),
        ("/a?qs1=x", "X-Header-Param", 400),
    ],
)
def test_blank_is_missing_and_case_matters(validated: Any, url: str, name: str, status: int) -> None:
    call = validated(PARAMETERS, validate_request_body=False)

    assert call("GET", url, **{name: "v"}).status == status


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(b'{"name":"x"}', "application/json", 200, id="good"),
        pytest.param(b'{"name":"x"}', "Application/JSON; charset=utf-8", 200, id="parameters-of-the-type"),
        pytest.param(b'{"name":1}', "application/json", 400, id="wrong-type"),
        pytest.param(b"", "", 400, id="empty-is-an-empty-object"),
        pytest.param(b'{"a":', "application/json", 400, id="no-json"),
        pytest.param(b'{"name":"x","n":NaN}', "application/json", 400, id="not-a-number"),
        pytest.param(b"[" * 100_000, "application/json", 400, id="deep"),
        pytest.param(b"<a/>", "application/xml", 200, id="no-model-no-check"),
        pytest.param(b'{"name":"x","house":{"people":[{"name":"y"}]}}', "application/json", 200, id="circular"),
        pytest.param(b'{"name":"x","house":{"people":[{}]}}', "application/json", 400, id="circular-wrong"),
    ],
)
def test_the_body_is_validated_by_its_type(validated: Any, body: bytes, content_type: str, status: int) -> None:
    response = validated()("POST", "/a", body, **({"Content-Type": content_type} if content_type else {}))

    assert response.status == status
    if status == 400:
        assert response.body == b'{"message": "Invalid request body"}'


def test_a_blank_header_is_missing(validated: Any) -> None:
    call = validated(PARAMETERS, validate_request_body=False)

    assert call("GET", "/a?qs1=x", **{"x-header-param": " "}).status == 400


def test_parameters_come_first(validated: Any) -> None:
    assert b"Missing required" in validated(PARAMETERS)("POST", "/a", b"x").body


def test_without_a_validator_nothing_is_checked(world: Any, make: Any) -> None:
    world.deploy(
        {"GET /a": Method("GET", integration=make.mock(), request_parameters={"method.request.header.X": True})}
    )

    assert world.call("GET", "/a").status == 200


def test_models_are_draft_4(world: Any, make: Any) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "number", "minimum": 0, "exclusiveMinimum": True}}}
    method = Method("POST", integration=make.mock(), request_validator_id="v", request_models={"application/json": "M"})
    world.deploy(
        {"POST /a": method},
        validators={"v": RequestValidator("v", "v", validate_request_body=True)},
        models={"M": Model("M", "M", "application/json", json.dumps(schema))},
    )

    assert [world.call("POST", "/a", body).status for body in (b'{"n":0}', b'{"n":1}')] == [400, 200]
