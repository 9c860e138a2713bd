"""What is refused before an operation sees it, and the answers recorded of AWS that no other file asks for."""

import json
from typing import Any

import pytest
import requests

ENDPOINT = "https://apigateway.us-east-1.amazonaws.com"
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIAAAAAAAAAAAAAAAAA/20260101/us-east-1/apigateway/aws4_request, Signature=x"
)
BAD_REQUEST, NOT_FOUND = "BadRequestException", "NotFoundException"
NUMBER = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"


def send(method: str, path: str, body: bytes) -> requests.Response:
    return requests.request(method, ENDPOINT + path, data=body, headers={"Authorization": AUTHORIZATION}, timeout=5)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": True}, "class java.lang.Boolean can not be converted to an String"),
        ({"name": 5}, NUMBER),
        ({"name": "n", "tags": {"a": 1}}, NUMBER),
        ({"name": {"a": "b"}}, "Start of structure or map found where not expected."),
        ({"name": ["a"]}, "Start of list found where not expected."),
        ({"name": "n", "binaryMediaTypes": {}}, "Start of structure or map found where not expected."),
        ({"name": "n", "binaryMediaTypes": [True]}, "class java.lang.Boolean can not be converted to an String"),
    ],
)
def test_values_of_another_type(gateway: Any, body: Any, message: str) -> None:
    """Recorded for booleans and numbers."""
    answer = send("POST", "/restapis", json.dumps(body).encode())

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "SerializationException")
    assert answer.json()["Message"] == message
    assert gateway.get_rest_apis()["items"] == []


def test_numbers_that_are_none_are_the_operations_to_refuse(gateway: Any) -> None:
    """FACTS 10.5."""
    answer = send("POST", "/restapis", b'{"name": "n", "minimumCompressionSize": "AAAA"}')

    assert answer.json()["message"] == "Invalid minimum compression size, must be between 0 and 10485760"


def test_a_body_that_is_no_json(gateway: Any) -> None:
    answer = send("POST", "/restapis", b'{"name": ')

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "SerializationException")


@pytest.mark.parametrize(
    "tags", [{"aws:a": "b"}, {"k" * 129: "v"}, {"k": "v" * 257}, {f"k{number}": "v" for number in range(51)}]
)
def test_refused_tags(gateway: Any, refused: Any, tags: dict[str, str]) -> None:
    api = gateway.create_rest_api(name="n")["id"]
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api}"

    assert refused(lambda: gateway.tag_resource(resourceArn=arn, tags=tags))[:2] == (400, BAD_REQUEST)
    assert refused(lambda: gateway.create_rest_api(name="m", tags=tags))[:2] == (400, BAD_REQUEST)


@pytest.mark.parametrize("parameter", [("pathPart", "pathPart"), ("parentId", "parentId")])
def test_the_root_stays(gateway: Any, refused: Any, parameter: tuple[str, str]) -> None:
    """Recorded: api::test_update_resource_on_root."""
    made = gateway.create_rest_api(name="n")
    patch = [{"op": "replace", "path": f"/{parameter[0]}", "value": "x"}]

    answer = refused(
        lambda: gateway.update_resource(restApiId=made["id"], resourceId=made["rootResourceId"], patchOperations=patch)
    )

    assert answer == (400, BAD_REQUEST, f"Root resource cannot update its {parameter[1]}.")


ENDPOINT_PATCHES = [
    ("replace", "types/EDGE", "wrong", "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"),
    ("copy", "types/EDGE", "REGIONAL", "Invalid patch operation specified. Must be 'add'|'remove'|'replace'"),
    ("remove", "types/EDGE", "", "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."),
    ("add", "types", "REGIONAL", "Cannot create an api with multiple Endpoint Types."),
    ("replace", "ipAddressType", "wrong", "ipAddressType must be either ipv4 or dualstack."),
    ("add", "ipAddressType", "ipv4", "Invalid patch operation specified. Must be one of: [replace]"),
    ("add", "vpcEndpointIds", "vpce-1", "VPCEndpoints can only be specified with PRIVATE apis."),
]


@pytest.mark.parametrize("row", ENDPOINT_PATCHES, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_refused_patches_of_endpoints(gateway: Any, refused: Any, row: tuple[str, str, str, str]) -> None:
    """Recorded: api::test_update_rest_api_ip_address_type."""
    op, path, value, message = row
    api = gateway.create_rest_api(name="n")["id"]
    patch = [{"op": op, "path": f"/endpointConfiguration/{path}", "value": value}]

    assert refused(lambda: gateway.update_rest_api(restApiId=api, patchOperations=patch)) == (400, BAD_REQUEST, message)


def test_a_private_api_is_dual_stack(gateway: Any, refused: Any) -> None:
    """Recorded."""
    api = gateway.create_rest_api(name="n")["id"]
    types = {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "PRIVATE"}
    address = {"op": "replace", "path": "/endpointConfiguration/ipAddressType", "value": "ipv4"}

    answer = gateway.update_rest_api(restApiId=api, patchOperations=[types])

    assert answer["endpointConfiguration"] == {"types": ["PRIVATE"], "ipAddressType": "dualstack"}
    refusal = refused(lambda: gateway.update_rest_api(restApiId=api, patchOperations=[address]))
    assert refusal == (400, BAD_REQUEST, "Only dualstack ipAddressType is supported for Private APIs.")


def test_life_of_a_vpc_link(gateway: Any) -> None:
    """Recorded: api::test_vpc_link_lifecycle."""
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/n/1"
    made = gateway.create_vpc_link(name="l", targetArns=[arn])
    place = {"vpcLinkId": made["id"]}

    assert (made["status"], made["ResponseMetadata"]["HTTPStatusCode"]) == ("PENDING", 202)
    assert "statusMessage" not in made
    assert "tags" not in made
    ready = {"id": made["id"], "name": "l", "status": "AVAILABLE", "statusMessage": "Your vpc link is ready for use"}
    ready["targetArns"] = [arn]
    assert gateway.get_vpc_links()["items"] == [ready]
    found = gateway.get_vpc_link(**place)
    assert {key: found[key] for key in (*ready, "tags")} == {**ready, "tags": {}}
    patch = [{"op": "replace", "path": "/name", "value": "m"}]
    assert gateway.update_vpc_link(**place, patchOperations=patch)["name"] == "m"
    gateway.delete_vpc_link(**place)
    assert gateway.get_vpc_links()["items"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "l", "targetArns": ["invalid-arn"]}, "Invalid ARN. ARN is not well formed invalid-arn"),
        ({"name": "", "targetArns": ["arn:aws:elasticloadbalancing:us-east-1:1:lb"]}, "Name cannot be empty"),
    ],
)
def test_refused_vpc_links(gateway: Any, refused: Any, options: Any, message: str) -> None:
    assert refused(lambda: gateway.create_vpc_link(**options)) == (400, BAD_REQUEST, message)


def test_tags_of_what_is_read_alone(deployed: Any) -> None:
    """Recorded: usage plans and changed keys show tags even where there are none; what is listed or made does not."""
    gateway = deployed.gateway
    plan = gateway.create_usage_plan(name="p", quota={"limit": 5, "period": "DAY"})
    key = gateway.create_api_key(name="k")
    patch = [{"op": "replace", "path": "/description", "value": "d"}]

    assert "tags" not in plan
    assert "tags" not in key
    assert plan["quota"] == {"limit": 5, "offset": 0, "period": "DAY"}
    assert "tags" not in gateway.get_usage_plans()["items"][0]
    assert gateway.get_usage_plan(usagePlanId=plan["id"])["tags"] == {}
    assert gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=patch)["tags"] == {}
    assert gateway.update_api_key(apiKey=key["id"], patchOperations=patch)["tags"] == {}


def test_a_user_pools_authorizer_has_no_ttl_of_its_own(gateway: Any) -> None:
    """Documented: AWS CLI examples."""
    api = gateway.create_rest_api(name="n")["id"]
    pool = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"

    made = gateway.create_authorizer(restApiId=api, name="a", type="COGNITO_USER_POOLS", providerARNs=[pool])

    assert "authorizerResultTtlInSeconds" not in made
    assert made["authType"] == "cognito_user_pools"


def test_a_method_setting_of_no_path_comes_to_nothing(deployed: Any) -> None:
    """Recorded: common::test_create_update_stages."""
    answer = deployed.patch(
        {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "123"},
        {"op": "replace", "path": "/test/GET/throttling/burstLimit", "value": "124"},
    )

    assert list(answer["methodSettings"]) == ["*/*"]


@pytest.mark.parametrize(
    ("arn", "answer"),
    [
        ("not-an-arn", (400, BAD_REQUEST, "Invalid ARN specified in the request")),
        (
            "arn:aws:apigateway:us-east-1::/restapis/x",
            (404, NOT_FOUND, "Invalid API identifier specified 123456789012:x"),
        ),
        (
            "arn:aws:apigateway:us-east-1::/restapis/<api>/stages/x",
            (404, NOT_FOUND, "Invalid stage identifier specified"),
        ),
        ("arn:aws:apigateway:us-east-1::/vpclinks/x", (404, NOT_FOUND, "Invalid Vpc Link identifier specified")),
        ("arn:aws:apigateway:us-east-1::/usageplans/x", (404, NOT_FOUND, "Invalid Usage Plan ID specified")),
    ],
)
def test_tags_of_nothing(deployed: Any, refused: Any, arn: str, answer: tuple[int, str, str]) -> None:
    arn = arn.replace("<api>", deployed.api)

    assert refused(lambda: deployed.gateway.get_tags(resourceArn=arn)) == answer


def test_all_that_has_tags(deployed: Any) -> None:
    gateway, tags = deployed.gateway, {"a": "b"}
    private = {"types": ["PRIVATE"]}
    domain = gateway.create_domain_name(domainName="p.example.com", endpointConfiguration=private)["domainNameArn"]
    association = gateway.create_domain_name_access_association(
        domainNameArn=domain, accessAssociationSourceType="VPCE", accessAssociationSource="vpce-1a"
    )["domainNameAccessAssociationArn"]
    link = gateway.create_vpc_link(name="l", targetArns=["arn:aws:elasticloadbalancing:us-east-1:1:lb"])["id"]

    for arn in (domain, association, f"arn:aws:apigateway:us-east-1::/vpclinks/{link}"):
        gateway.tag_resource(resourceArn=arn, tags=tags)
        assert gateway.get_tags(resourceArn=arn)["tags"] == tags
    gateway.untag_resource(resourceArn=domain, tagKeys=["a"])
    assert "tags" not in gateway.get_domain_name(domainName="p.example.com")
