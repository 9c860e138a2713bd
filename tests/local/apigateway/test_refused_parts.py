"""What AWS says of methods, integrations, links and domains that cannot be (FACTS 8.46), as deployments of others met it."""

from typing import Any

import pytest

BAD_REQUEST = "BadRequestException"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/{}/1"
SQS = {"type": "AWS", "integrationHttpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:sqs:path/1/q"}
HTTP = {"type": "HTTP", "integrationHttpMethod": "GET", "uri": "https://example.com"}


@pytest.fixture
def target(gateway: Any) -> dict[str, str]:
    """The place of a method that is not there yet."""
    api = gateway.create_rest_api(name="a")
    return {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}


@pytest.fixture
def integrated(gateway: Any, target: dict[str, str]) -> dict[str, str]:
    """A method with a mock integration and one response."""
    gateway.put_method(**target, authorizationType="NONE")
    gateway.put_method_response(**target, statusCode="200")
    gateway.put_integration(**target, type="MOCK")
    return target


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"authorizationScopes": ["read"]},
            (
                "Invalid Method authorization type specified. Authorization Scopes are only valid for "
                "COGNITO_USER_POOLS authorization type"
            ),
        ),
        (
            {"requestParameters": {"method.request.foo.bar": True}},
            (
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
                "expression specified: method.request.foo.bar]"
            ),
        ),
    ],
)
def test_refused_methods(gateway: Any, refused: Any, target: Any, given: dict[str, Any], message: str) -> None:
    answer = refused(lambda: gateway.put_method(**target, authorizationType="NONE", **given))

    assert answer == (400, BAD_REQUEST, message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({**SQS, "credentials": "role"}, "Invalid ARN specified in the request"),
        (
            {**HTTP, "connectionType": "VPC_LINK"},
            "ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK",
        ),
    ],
)
def test_refused_integrations(gateway: Any, refused: Any, integrated: Any, given: Any, message: str) -> None:
    assert refused(lambda: gateway.put_integration(**integrated, **given)) == (400, BAD_REQUEST, message)


@pytest.mark.parametrize("pattern", ["[a", "(a", "a)", "*a", "a**"])
def test_selection_patterns_that_nobody_could_read(gateway: Any, refused: Any, integrated: Any, pattern: str) -> None:
    message = "Invalid regex pattern specified"
    change = [{"op": "replace", "path": "/selectionPattern", "value": pattern}]

    put = refused(lambda: gateway.put_integration_response(**integrated, statusCode="200", selectionPattern=pattern))
    gateway.put_integration_response(**integrated, statusCode="200")
    update = refused(
        lambda: gateway.update_integration_response(**integrated, statusCode="200", patchOperations=change)
    )

    assert put == update == (400, BAD_REQUEST, message)


@pytest.mark.parametrize("pattern", [r"\p{Alpha}+", "4\\d{2}", ".*Not Found.*", ""])
def test_selection_patterns_of_java_are_let_through(gateway: Any, integrated: Any, pattern: str) -> None:
    answer = gateway.put_integration_response(**integrated, statusCode="200", selectionPattern=pattern)

    assert answer["selectionPattern"] == pattern


def test_the_status_of_a_gateway_response(gateway: Any, refused: Any, target: Any) -> None:
    answer = refused(
        lambda: gateway.put_gateway_response(restApiId=target["restApiId"], responseType="THROTTLED", statusCode="999")
    )

    place = "Value '999' at 'putGatewayResponseInput.statusCode' failed to satisfy constraint"
    wanted = r"Member must satisfy regular expression pattern: [1-5]\d\d"
    assert answer == (400, "ValidationException", f"1 validation error detected: {place}: {wanted}")


def test_a_vpc_link_has_one_target(gateway: Any, refused: Any) -> None:
    targets = [BALANCER.format("a"), BALANCER.format("b")]

    answer = refused(lambda: gateway.create_vpc_link(name="v", targetArns=targets))

    assert answer == (400, BAD_REQUEST, "More than one target arn specified for vpc link.")


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (
            "EDGE",
            {"regionalCertificateArn": CERTIFICATE},
            "Cannot import certificates for REGIONAL while EDGE is active.",
        ),
        ("REGIONAL", {"certificateArn": CERTIFICATE}, "Cannot import certificates for EDGE while REGIONAL is active."),
        (
            "REGIONAL",
            {"mutualTlsAuthentication": {"truststoreUri": "s3://b/k"}, "securityPolicy": "TLS_1_0"},
            "Mutual TLS authentication is only supported with TLS 1.2.",
        ),
    ],
)
def test_refused_domains(gateway: Any, refused: Any, kind: str, given: dict[str, Any], message: str) -> None:
    options = {"domainName": "a.example.com", "endpointConfiguration": {"types": [kind]}, **given}

    assert refused(lambda: gateway.create_domain_name(**options)) == (400, BAD_REQUEST, message)
