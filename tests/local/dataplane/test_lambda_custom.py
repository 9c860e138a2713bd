"""FACTS 8.12, 8.13: Lambda without proxy, and services that are not there."""

import json
from typing import Any

import pytest

from headgate.local.records import Integration, IntegrationResponse, Invocation

RESPONSES = {
    "200": IntegrationResponse("200"),
    "405": IntegrationResponse("405", ".*four hundred.*"),
    "502": IntegrationResponse("502", ".+"),
    "504": IntegrationResponse("504", "200"),
}


@pytest.fixture
def custom(world: Any, make: Any) -> Any:
    def deploy(function: Any, **settings: Any) -> Any:
        world.functions["fn"] = function
        world.deploy(
            {
                "POST /l": Integration(
                    "AWS", **{"http_method": "POST", "uri": make.uri("fn"), "responses": RESPONSES, **settings}
                )
            }
        )
        return world.call

    return deploy


def failing(message: str) -> Any:
    def function(_event: Any) -> Any:
        raise RuntimeError(message)

    return function


@pytest.mark.parametrize(
    ("function", "status"),
    [
        (lambda _event: "Pass", 200),
        (failing("Error: four hundred, raised"), 405),
        (failing("other"), 502),
        (failing("200"), 502),
    ],
    ids=["success", "first-match", "any-error", "document-order"],
)
def test_patterns_look_at_error_messages(custom: Any, function: Any, status: int) -> None:
    assert custom(function)("POST", "/l").status == status


def test_without_a_match_an_error_is_a_200_with_the_raw_json(custom: Any) -> None:
    response = custom(failing("boom"), responses={"200": IntegrationResponse("200")})("POST", "/l")

    assert (response.status, json.loads(response.body)["errorMessage"]) == (200, "boom")


def test_no_match_and_no_default_is_our_configuration_error(custom: Any) -> None:
    assert custom(lambda _event: 1, responses={"502": IntegrationResponse("502", "x")})("POST", "/l").status == 500


def test_the_template_writes_the_event_and_mappings_the_headers(custom: Any, world: Any, make: Any) -> None:
    mapped = {
        "method.response.header.X-Id": "integration.response.body.id",
        "method.response.header.X-All": "integration.response.body",
    }
    responses = {"200": IntegrationResponse("200", None, mapped, {"application/json": "$input.json('$.id')"})}
    call = custom(
        lambda event: {"id": event["n"]},
        request_templates={"application/json": "{\"n\": $input.json('$.a')}"},
        responses=responses,
    )

    response = call("POST", "/l", b'{"a": 5}')

    assert (response.body, make.header(response, "X-Id"), make.header(response, "X-All")) == (b"5", "5", '{"id": 5}')
    assert world.events == [("fn", {"n": 5})]


@pytest.mark.parametrize("template", ["no json", "{"])
def test_an_event_that_is_no_json_never_reaches_the_function(custom: Any, world: Any, template: str) -> None:
    response = custom(lambda _event: 1, request_templates={"application/json": template})("POST", "/l")

    assert (response.status, world.events) == (500, [])


def test_a_service_that_nobody_knows_is_named_in_the_log(world: Any, caplog: Any) -> None:
    uri = "arn:aws:apigateway:us-east-1:nonsense:path/123456789012/queue"
    world.deploy({"POST /q": Integration("AWS", http_method="POST", uri=uri)})

    assert world.call("POST", "/q").status == 500
    assert uri in caplog.text


def timed_out(_event: Any) -> Invocation:
    payload = {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: r Error: Task timed out after 3.00 seconds"}
    return Invocation(json.dumps(payload).encode(), "Unhandled", timed_out=True)


def test_a_functions_timeout_is_an_error_message_like_any_other(custom: Any) -> None:
    """FACTS 8.13: what the patterns of the Serverless Framework count on."""
    answers = {"200": IntegrationResponse("200"), "504": IntegrationResponse("504", r".*Task\s?timed\s?out.*")}

    assert custom(timed_out, responses=answers)("POST", "/l").status == 504
    assert custom(timed_out, responses={"200": IntegrationResponse("200")})("POST", "/l").status == 200
