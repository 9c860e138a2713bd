"""Who answers an operation, and at which address."""

from pathlib import Path
from typing import Any

import pytest

from headgate.spec import Target, compile_document, compile_project, load_project

from ..projects import compile_files, compile_one, document, operation, problems_of, variables

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
ALB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1"


def integration(folder: Path, upstream: dict[str, Any], target: Target | None = None, **members: Any) -> dict[str, Any]:
    value = document({"/a/{id}": {"get": operation(parameters=variables("id"), **members)}})
    wire = compile_one(folder, value, {"upstreams": {"shop": upstream}}, target).wire
    found: dict[str, Any] = wire["paths"]["/a/{id}"]["get"]["x-amazon-apigateway-integration"]
    return found


def test_an_address_is_called_through_http_proxy(tmp_path: Path) -> None:
    found = integration(tmp_path, {"url": "https://shop.example.com/base/"})

    assert (found["type"], found["httpMethod"]) == ("http_proxy", "GET")
    assert found["uri"] == "https://shop.example.com/base/a/{id}"
    assert found["requestParameters"]["integration.request.path.id"] == "method.request.path.id"


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (Target("dev"), "https://prod.example.com/a/{id}"),
        (Target("dev", local=True), "http://127.0.0.1:9101/a/{id}"),
        (Target("dev", mock_url="http://127.0.0.1:7000/"), "http://127.0.0.1:7000/a/{id}"),
    ],
)
def test_the_address_depends_on_the_target(tmp_path: Path, target: Target, url: str) -> None:
    upstream = {"url": "https://prod.example.com", "local": "http://127.0.0.1:9101"}

    assert integration(tmp_path, upstream, target)["uri"] == url


def test_an_environment_can_have_its_own_address(tmp_path: Path) -> None:
    upstream = {"url": "https://prod.example.com", "environments": {"dev": {"url": "https://dev.example.com"}}}

    assert integration(tmp_path, upstream)["uri"] == "https://dev.example.com/a/{id}"


def test_a_lambda_upstream_is_invoked(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation()}})
    api = compile_one(tmp_path, value, {"upstreams": {"shop": {"lambda": ARN}}})

    found = api.wire["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]
    assert (found["type"], found["httpMethod"]) == ("aws_proxy", "POST")
    assert f"/functions/{ARN}/invocations" in found["uri"]
    assert api.lambda_upstreams == {"shop": ARN}


def test_a_load_balancer_is_called_over_its_vpc_link(tmp_path: Path) -> None:
    upstream = {"load-balancer": {"arn": ALB, "vpc-link": "abc123", "url": "http://internal.example.com"}}
    found = integration(tmp_path, upstream)

    assert (found["connectionType"], found["connectionId"], found["integrationTarget"]) == ("VPC_LINK", "abc123", ALB)
    assert found["uri"] == "http://internal.example.com/a/{id}"


@pytest.mark.parametrize(
    ("level", "url"),
    [
        ("document", "https://root.example.com/v1/a"),
        ("item", "https://item.example.com/a"),
        ("operation", "https://op.example.com/a"),
    ],
)
def test_the_nearest_servers_give_the_upstream(tmp_path: Path, level: str, url: str) -> None:
    value = document(
        {"/a": {"get": operation()}},
        servers=[{"url": "https://{host}.example.com/v1", "variables": {"host": {"default": "root"}}}],
    )
    del value["x-headgate"]
    if level in {"item", "operation"}:
        value["paths"]["/a"]["servers"] = [{"url": "https://item.example.com"}]
    if level == "operation":
        value["paths"]["/a"]["get"]["servers"] = [{"url": "https://op.example.com"}]
    wire = compile_one(tmp_path, value).wire

    assert wire["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]["uri"] == url


@pytest.mark.parametrize("servers", [[], [{"url": "/v1"}]])
def test_in_a_project_an_operation_without_an_address_is_an_error(tmp_path: Path, servers: list[Any]) -> None:
    value = document({"/a": {"get": operation()}}, servers=servers)
    del value["x-headgate"]

    assert "HG130 GET /a: nothing says which service answers" in problems_of(tmp_path, value)[0]


def test_on_its_own_a_document_without_an_address_leads_nowhere_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "openapi: 3.0.0\ninfo: {title: a, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n"
    )
    compiled, problems = compile_document(tmp_path / "a.yaml", Target("spec"))

    assert compiled is not None
    assert (
        compiled.apis[0].wire["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]["uri"]
        == "http://upstream.invalid/a"
    )
    assert [problem.code for problem in problems] == ["HG130"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://x.example.com", "no absolute http or https URL"),
        ("https://x.example.com?a=1", "query"),
        ("https://user:pass@x.example.com", "user"),
        ("https://x.example.com:22", "port 22"),
        ("https://{host}/", "variable"),
        ("https://x:notaport", "is no URL"),
    ],
)
def test_an_address_that_api_gateway_cannot_call_is_an_error(tmp_path: Path, url: str, why: str) -> None:
    said = problems_of(tmp_path, document({"/a": {"get": operation()}}), {"upstreams": {"shop": {"url": url}}})

    assert said[0].startswith("HG131")
    assert why in said[0]


def test_an_unknown_upstream_is_an_error_at_the_operation(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(**{"x-headgate": {"upstream": "nope"}})}})

    assert problems_of(tmp_path, value) == ["HG130 GET /a: upstream 'nope' is not among upstreams of gateway.yaml"]


def test_identity_headers_are_set_on_every_operation(tmp_path: Path) -> None:
    value = document({"/open": {"get": operation()}, "/closed": {"get": operation(security=[{"oidc": []}])}})
    wire = compile_one(tmp_path, value).wire
    mapped = {
        path: item["get"]["x-amazon-apigateway-integration"]["requestParameters"]
        for path, item in wire["paths"].items()
    }

    assert mapped["/open"]["integration.request.header.X-Headgate-Subject"] == "'anonymous'"
    assert mapped["/open"]["integration.request.header.X-Headgate-Scope"] == "'none'"
    assert mapped["/closed"]["integration.request.header.X-Headgate-Subject"] == "context.authorizer.sub"
    assert mapped["/closed"]["integration.request.header.X-Headgate-Scope"] == "context.authorizer.scope"


def test_an_integration_of_the_users_own_passes_through_with_identity_headers(tmp_path: Path) -> None:
    own = {
        "type": "http",
        "uri": "https://x.example.com",
        "httpMethod": "GET",
        "requestParameters": {
            "integration.request.header.A": "'b'",
            "integration.request.header.x-headgate-subject": "'root'",
        },
    }
    value = document({"/a": {"get": operation(**{"x-amazon-apigateway-integration": own})}})
    found = compile_one(tmp_path, value).wire["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]

    assert found["type"] == "http"
    assert found["requestParameters"] == {
        "integration.request.header.A": "'b'",
        "integration.request.header.X-Headgate-Subject": "'anonymous'",
        "integration.request.header.X-Headgate-Scope": "'none'",
    }


def test_a_rewrite_becomes_parameter_mapping(tmp_path: Path) -> None:
    rewrite = {
        "path": "/v2/users/{id}",
        "headers": {
            "X-Api": "'v2'",
            "X-From": "request.query.from",
            "X-Stage": "context.stage",
            "X-Sub": "principal.sub",
        },
        "query": {"user": "request.path.id"},
    }
    found = integration(
        tmp_path,
        {"url": "https://x.example.com"},
        **{"x-headgate": {"rewrite": rewrite}, "security": [{"oidc": []}]},
    )

    mapped = found["requestParameters"]
    assert found["uri"] == "https://x.example.com/v2/users/{id}"
    assert mapped["integration.request.header.X-Api"] == "'v2'"
    assert mapped["integration.request.header.X-From"] == "method.request.querystring.from"
    assert mapped["integration.request.header.X-Stage"] == "context.stage"
    assert mapped["integration.request.header.X-Sub"] == "context.authorizer.sub"
    assert mapped["integration.request.querystring.user"] == "method.request.path.id"


@pytest.mark.parametrize(
    "rewrite",
    [
        {"path": "/v2/{nope}"},
        {"path": "v2"},
        {"path": "/v2/{id}.json"},
        {"headers": {"A": "no quotes"}},
        {"headers": {"A": "principal.sub"}},
        {"headers": {"A": "request.path.nope"}},
        {"headers": {"Content-Length": "'1'"}},
        {"headers": {"X-Headgate-Subject": "'root'"}},
    ],
)
def test_a_rewrite_that_cannot_work_is_an_error(tmp_path: Path, rewrite: dict[str, Any]) -> None:
    value = document(
        {"/a/{id}": {"get": operation(parameters=variables("id"), **{"x-headgate": {"rewrite": rewrite}})}}
    )

    assert [said.split()[0] for said in problems_of(tmp_path, value)] == ["HG133"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"respond": {"status": 201}}, "respond without workflow"),
    ],
)
def test_a_setting_that_would_do_nothing_is_an_error(tmp_path: Path, setting: dict[str, Any], said: str) -> None:
    value = document({"/a": {"get": operation(**{"x-headgate": setting})}})

    assert problems_of(tmp_path, value) == [f"HG134 GET /a: {said} is not supported"]


def test_a_misspelled_setting_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(**{"x-headgate": {"upstraem": "shop"}})}})

    assert problems_of(tmp_path, value) == ["HG132 'upstraem' is not known here"]


def test_throttle_and_timeout_are_per_operation(tmp_path: Path) -> None:
    settings = {"throttle": {"rate": 5, "burst": 10}, "timeout": 1.5}
    api = compile_one(tmp_path, document({"/a": {"get": operation(**{"x-headgate": settings})}}))

    assert api.throttles == {"/a/GET": {"rate": 5, "burst": 10}}
    assert api.wire["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]["timeoutInMillis"] == 1500


def test_a_function_keeps_its_own_variable_names_and_the_service_gets_its_own_back(tmp_path: Path) -> None:
    service = {"get": operation(parameters=variables("id"))}
    function = {"get": operation(parameters=variables("orderId"), **{"x-headgate": {"upstream": "orders"}})}
    upstreams = {"upstreams": {"shop": {"url": "https://shop.example.com"}, "orders": {"lambda": ARN}}}
    wire = compile_one(tmp_path, document({"/x/{id}": service, "/x/{orderId}/y": function}), upstreams).wire

    assert set(wire["paths"]) == {"/x/{orderId}", "/x/{orderId}/y"}
    assert wire["paths"]["/x/{orderId}"]["get"]["x-amazon-apigateway-integration"]["uri"].endswith("/x/{id}")


def test_two_functions_that_disagree_about_a_name_are_told(tmp_path: Path) -> None:
    paths = {
        "/x/{id}": {"get": operation(parameters=variables("id"))},
        "/x/{orderId}/y": {"get": operation(parameters=variables("orderId"))},
    }

    assert problems_of(tmp_path, document(paths), {"upstreams": {"shop": {"lambda": ARN}}}) == [
        "HG129 GET /x/{orderId}/y: the function sees {orderId} as 'id'"
    ]


def test_nothing_can_be_rewritten_for_a_function(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation(**{"x-headgate": {"rewrite": {"headers": {"A": "'b'"}}}})}})

    assert "HG133" in problems_of(tmp_path, value, {"upstreams": {"shop": {"lambda": ARN}}})[0]


def test_a_broken_document_is_reported_every_time_the_project_is_compiled(tmp_path: Path) -> None:
    assert compile_files(tmp_path, {"shop.yaml": "a: ["})[1] != []
    project, _ = load_project(tmp_path)
    assert project is not None

    first, second = compile_project(project, Target("dev")), compile_project(project, Target("dev"))
    assert first == second
    assert [problem.code for problem in second[1]] == ["HG101"]


def test_an_environment_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    _, problems = compile_files(tmp_path, {"shop.yaml": document({"/a": {"get": operation()}})}, target=Target("qa"))

    assert str(problems[0]) == "gateway.yaml:1:1: error HG111 there is no environment 'qa' (known: dev)"
