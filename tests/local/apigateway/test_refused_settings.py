"""Settings that are refused, one by one; the texts that nobody has recorded are not asked for."""

from collections.abc import Callable
from typing import Any

import pytest

BAD_REQUEST = "BadRequestException"
URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
POLICY = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
Refused = Callable[[Callable[[], Any]], tuple[int, str, str]]


@pytest.fixture
def rest(gateway: Any) -> dict[str, str]:
    return {"restApiId": gateway.create_rest_api(name="n")["id"]}


def replace(path: str, value: str, op: str = "replace") -> dict[str, Any]:
    return {"patchOperations": [{"op": op, "path": path, "value": value}]}


@pytest.mark.parametrize("policy", ["no JSON", "[]", "{}"])
def test_policies(gateway: Any, rest: Any, refused: Refused, policy: str) -> None:
    """The text is known from users."""
    expected = (400, BAD_REQUEST, POLICY)

    assert refused(lambda: gateway.create_rest_api(name="m", policy=policy)) == expected
    assert refused(lambda: gateway.update_rest_api(**rest, **replace("/policy", policy))) == expected


def test_a_blank_policy_takes_it_away(gateway: Any, rest: Any) -> None:
    gateway.update_rest_api(**rest, **replace("/policy", '{"Version": "2012-10-17", "Statement": [{}]}'))

    assert "policy" not in gateway.update_rest_api(**rest, **replace("/policy", ""))


def test_sources_of_api_keys(gateway: Any, rest: Any, refused: Refused) -> None:
    created = refused(lambda: gateway.create_rest_api(name="m", apiKeySource="QUERY"))

    assert created[:2] == (400, "ValidationException")
    assert created[2].endswith("Member must satisfy enum value set: [HEADER, AUTHORIZER]")
    assert refused(lambda: gateway.update_rest_api(**rest, **replace("/apiKeySource", "QUERY")))[:2] == (
        400,
        BAD_REQUEST,
    )


def test_apis_keep_a_name(gateway: Any, rest: Any, refused: Refused) -> None:
    assert refused(lambda: gateway.update_rest_api(**rest, **replace("/name", "")))[:2] == (400, BAD_REQUEST)


@pytest.mark.parametrize(
    ("options", "code"),
    [({"connectionType": "VPC_LINK"}, BAD_REQUEST), ({"connectionType": "CARRIER_PIGEON"}, "ValidationException")],
)
def test_connections(gateway: Any, rest: Any, refused: Refused, options: Any, code: str) -> None:
    target = {**rest, "resourceId": gateway.get_resources(**rest)["items"][0]["id"], "httpMethod": "GET"}
    gateway.put_method(**target, authorizationType="NONE")
    http = {"type": "HTTP", "integrationHttpMethod": "GET", "uri": "https://example.com"}

    assert refused(lambda: gateway.put_integration(**target, **http, **options))[:2] == (400, code)


def test_two_authorizers_of_a_name(gateway: Any, rest: Any, refused: Refused) -> None:
    options = {**rest, "type": "TOKEN", "authorizerUri": URI, "identitySource": "method.request.header.A"}
    gateway.create_authorizer(name="a", **options)
    second = gateway.create_authorizer(name="b", **options)["id"]

    answer = refused(lambda: gateway.update_authorizer(**rest, authorizerId=second, **replace("/name", "a")))

    assert answer[2] == "Authorizer name must be unique. Authorizer a already exists in this RestApi."


@pytest.mark.parametrize(
    ("op", "path", "value"),
    [
        ("replace", "/cloudwatchRoleArn", "not-an-arn"),
        ("replace", "/cloudwatchRoleArn", "arn:aws:s3:::bucket"),
        ("remove", "/features", "UsagePlans"),
        ("add", "/features", "Teleport"),
    ],
)
def test_account(gateway: Any, refused: Refused, op: str, path: str, value: str) -> None:
    assert refused(lambda: gateway.update_account(**replace(path, value, op)))[:2] == (400, BAD_REQUEST)
    assert gateway.get_account()["features"] == ["UsagePlans"]


def test_a_blank_role_takes_it_away(gateway: Any) -> None:
    gateway.update_account(**replace("/cloudwatchRoleArn", "arn:aws:iam::123456789012:role/logs"))

    assert "cloudwatchRoleArn" not in gateway.update_account(**replace("/cloudwatchRoleArn", ""))


def test_keys_come_as_csv(gateway: Any, refused: Refused) -> None:
    assert refused(lambda: gateway.import_api_keys(body=b"", format="xml"))[:2] == (400, "ValidationException")


def test_sources_of_access_associations(gateway: Any, refused: Refused) -> None:
    domain = gateway.create_domain_name(domainName="p.example.com", endpointConfiguration={"types": ["PRIVATE"]})
    asked = {"domainNameArn": domain["domainNameArn"], "accessAssociationSourceType": "VPCE"}

    answer = refused(lambda: gateway.create_domain_name_access_association(**asked, accessAssociationSource="vpc-1"))

    assert answer[:2] == (400, BAD_REQUEST)


def test_a_domain_is_of_one_type(gateway: Any, refused: Refused) -> None:
    gateway.create_domain_name(domainName="d.example.com")

    answer = refused(
        lambda: gateway.update_domain_name(
            domainName="d.example.com", **replace("/endpointConfiguration/types", "REGIONAL", "add")
        )
    )

    assert answer[:2] == (400, BAD_REQUEST)
