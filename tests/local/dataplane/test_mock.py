"""FACTS 8.8 to 8.12, 8.19: mocks, templates' types, selection and overrides."""

import json
from typing import Any

import pytest

from headgate.local.records import IntegrationResponse


@pytest.fixture
def mocked(world: Any, make: Any) -> Any:
    def deploy(template: str, **settings: Any) -> Any:
        world.deploy({"ANY /m": make.mock(request_templates={"application/json": template}, **settings)})
        return world.call

    return deploy


@pytest.mark.parametrize(
    ("template", "status"),
    [
        ('{"statusCode": 200}', 200),
        ("{statusCode: 200}", 200),
        ("{ 'statusCode': 200, 'a': 'b' }", 200),
        ('{"statusCode": 200,}', 200),
        ('{"statusCode": 200,,"a":1}', 200),
        ('{"statusCode": "200"}', 500),
        ('"statusCode": 200', 500),
        ("{\"statusCode': 200}", 500),
        ('{"statusCode": true}', 500),
        ("{}", 500),
        ("text", 500),
    ],
)
def test_the_template_must_give_an_integer(mocked: Any, template: str, status: int) -> None:
    assert mocked(template)("GET", "/m").status == status


def test_a_mock_without_template_and_body_fails(world: Any, make: Any) -> None:
    world.deploy({"GET /m": make.mock(request_templates={})})

    assert world.call("GET", "/m").status == 500


@pytest.mark.parametrize(
    ("status", "expected"), [(204, (200, "two")), (404, (400, "four")), (500, (500, None)), (42, (500, None))]
)
def test_patterns_select_in_document_order_by_the_whole_status(mocked: Any, status: int, expected: Any) -> None:
    responses = {
        "200": IntegrationResponse("200", r"2\d{2}", response_templates={"application/json": '{"r":"two"}'}),
        "400": IntegrationResponse("400", r"4\d{2}", response_templates={"application/json": '{"r":"four"}'}),
        "418": IntegrationResponse("418", r".*04", response_templates={"application/json": '{"r":"late"}'}),
    }
    response = mocked('{"statusCode": $input.params("s")}', responses=responses)("GET", f"/m?s={status}")

    assert (response.status, json.loads(response.body).get("r")) == expected


@pytest.mark.parametrize(
    ("behavior", "content_type", "status"),
    [
        ("NEVER", "application/xml", 415),
        ("WHEN_NO_TEMPLATES", "application/xml", 415),
        ("WHEN_NO_MATCH", "application/xml", 200),
        ("NEVER", "application/json; charset=utf-8", 200),
    ],
)
def test_passthrough(mocked: Any, make: Any, behavior: str, content_type: str, status: int) -> None:
    call = mocked('{"statusCode": 200}', passthrough_behavior=behavior)

    response = call("POST", "/m", b'{"statusCode": 200}', **{"Content-Type": content_type})

    assert response.status == status
    if status == 415:
        assert response.body == b'{"message": "Unsupported Media Type"}'
        assert make.header(response, "x-amzn-ErrorType") == "BadRequestException"


def test_request_templates_may_override_the_response(mocked: Any, make: Any) -> None:
    template = '#set($context.responseOverride.status = 444)#set($context.responseOverride.header.foo = "bar"){"statusCode": 200}'
    body = '{"s":"$context.responseOverride.status","h":"$context.responseOverride.header.foo"}'
    answer = IntegrationResponse("200", response_templates={"application/json": body})

    response = mocked(template, responses={"200": answer})("GET", "/m")

    assert (response.status, json.loads(response.body)) == (444, {"s": "444", "h": "bar"})
    assert make.header(response, "foo") == "bar"


@pytest.mark.parametrize("value", ['"abc"', "99", "600", '""'])
def test_an_override_that_is_no_status_is_ignored(mocked: Any, value: str) -> None:
    assert mocked(f'#set($context.responseOverride.status = {value}){{"statusCode": 200}}')("GET", "/m").status == 200


def test_put_and_brackets_assign_as_well(mocked: Any, make: Any) -> None:
    bracket = "#set($context.responseOverride.header['a-b'] = 'x')"
    template = bracket + "$!context.responseOverride.header.put('c', 'y'){\"statusCode\": 200}"

    response = mocked(template)("GET", "/m")

    assert (make.header(response, "a-b"), make.header(response, "c")) == ("x", "y")


def test_only_mapped_headers_go_out(world: Any, make: Any) -> None:
    mapped = {
        "method.response.header.Access-Control-Allow-Origin": "'*'",
        "method.response.header.X-Q": "method.request.querystring.q",
        "method.response.header.X-None": "method.request.header.None",
        "method.response.header.WWW-Authenticate": "'Basic'",
        "method.response.header.content-type": "'text/x'",
    }
    world.deploy({"OPTIONS /m": make.mock(responses={"204": IntegrationResponse("204", response_parameters=mapped)})})

    response = world.call("OPTIONS", "/m?q=7")

    sent = {
        name.decode(): value.decode()
        for name, value in response.headers
        if not name.lower().startswith(b"x-am") or b"Remapped" in name
    }
    assert (response.status, sent) == (
        204,
        {
            "Access-Control-Allow-Origin": "*",
            "X-Q": "7",
            "x-amzn-Remapped-WWW-Authenticate": "Basic",
            "content-type": "text/x",
        },
    )


@pytest.mark.parametrize(
    ("accept", "media"), [("", "application/json"), ("text/html, */*", "text/html"), ("image/png", "application/json")]
)
def test_the_response_template_goes_by_accept(world: Any, make: Any, accept: str, media: str) -> None:
    templates = {"text/html": "<p>", "application/json": "{}"}
    world.deploy({"GET /m": make.mock(responses={"200": IntegrationResponse("200", response_templates=templates)})})

    response = world.call("GET", "/m", **({"Accept": accept} if accept else {}))

    assert make.header(response, "Content-Type") == media
