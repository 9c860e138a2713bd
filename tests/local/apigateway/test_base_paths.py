"""Base path mappings and API mappings: one set, of which only the second version makes several levels."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from headgate.local.records import BasePath

DOMAIN = {"domainName": "api.example.com"}


@pytest.fixture
def second(deployed: Any) -> Any:
    """The second version's client, with a regional domain made by the first."""
    deployed.gateway.create_domain_name(**DOMAIN, endpointConfiguration={"types": ["REGIONAL"]})
    return boto3.client("apigatewayv2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def said(call: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Message"])


def test_the_first_version_refuses_slashes_in_awss_words(deployed: Any, second: Any) -> None:
    del second
    message = said(lambda: deployed.gateway.create_base_path_mapping(**DOMAIN, basePath="a/b", restApiId=deployed.api))

    assert message == (
        "API Gateway V1 doesn't support the slash character (/) in base path mappings. "
        "To create a multi-level base path mapping, use API Gateway V2."
    )


def test_the_second_version_makes_them_and_the_data_plane_sees_them(deployed: Any, second: Any, published: Any) -> None:
    made = second.create_api_mapping(DomainName="api.example.com", ApiMappingKey="v1/a", ApiId=deployed.api, Stage="v1")
    deployed.gateway.create_base_path_mapping(**DOMAIN, restApiId=deployed.api, stage="v1")

    assert published.domain("api.example.com").base_paths == (
        BasePath("v1/a", deployed.api, "v1"),
        BasePath("", deployed.api, "v1"),
    )
    assert published.domain("api.example.com").has_levels
    found = second.get_api_mapping(DomainName="api.example.com", ApiMappingId=made["ApiMappingId"])
    assert (found["ApiMappingKey"], found["ApiId"]) == ("v1/a", deployed.api)
    assert [item["ApiMappingKey"] for item in second.get_api_mappings(DomainName="api.example.com")["Items"]] == [
        "v1/a",
        "",
    ]
    second.delete_api_mapping(DomainName="api.example.com", ApiMappingId=made["ApiMappingId"])
    assert not published.domain("api.example.com").has_levels


def test_a_key_is_mapped_once_whichever_version_did(deployed: Any, second: Any) -> None:
    deployed.gateway.create_base_path_mapping(**DOMAIN, basePath="a", restApiId=deployed.api)

    again = {"DomainName": "api.example.com", "ApiMappingKey": "a", "ApiId": deployed.api, "Stage": "v1"}
    assert said(lambda: second.create_api_mapping(**again)) == "Base path already exists for this domain name"


@pytest.mark.parametrize("key", ["/a", "a/", "a//b", "a:b", "x" * 301])
def test_a_key_of_the_wrong_shape_is_refused(deployed: Any, second: Any, key: str) -> None:
    mapping = {"DomainName": "api.example.com", "ApiMappingKey": key, "ApiId": deployed.api, "Stage": "v1"}

    assert "API mapping" in said(lambda: second.create_api_mapping(**mapping))


@pytest.mark.parametrize(
    "old",
    [
        {"endpointConfiguration": {"types": ["EDGE"]}},
        {"endpointConfiguration": {"types": ["REGIONAL"]}, "securityPolicy": "TLS_1_0"},
    ],
    ids=["edge", "old TLS"],
)
def test_several_levels_need_a_regional_domain_with_tls_1_2(deployed: Any, second: Any, old: Any) -> None:
    deployed.gateway.create_domain_name(domainName="old.example.com", **old)
    mapping = {"DomainName": "old.example.com", "ApiId": deployed.api, "Stage": "v1"}

    assert "TLS 1.2" in said(lambda: second.create_api_mapping(**mapping, ApiMappingKey="a/b"))
    assert second.create_api_mapping(**mapping, ApiMappingKey="a")["ApiMappingKey"] == "a"


def test_two_hundred_mappings_of_several_levels_and_no_more(deployed: Any, second: Any) -> None:
    mapping = {"DomainName": "api.example.com", "ApiId": deployed.api, "Stage": "v1"}
    for number in range(200):
        second.create_api_mapping(**mapping, ApiMappingKey=f"v1/{number}")

    assert "200" in said(lambda: second.create_api_mapping(**mapping, ApiMappingKey="v1/more"))
    second.create_api_mapping(**mapping, ApiMappingKey="single")


def test_a_domain_that_nobody_has_is_not_found(deployed: Any, second: Any) -> None:
    mapping = {"DomainName": "nope.example.com", "ApiMappingKey": "a", "ApiId": deployed.api, "Stage": "v1"}

    assert "domain name" in said(lambda: second.create_api_mapping(**mapping))


def test_a_patch_moves_a_mapping_to_another_stage_and_base_path(deployed: Any, second: Any, published: Any) -> None:
    del second
    deployed.gateway.create_stage(restApiId=deployed.api, stageName="v2", deploymentId=deployed.second)
    deployed.gateway.create_base_path_mapping(**DOMAIN, basePath="a", restApiId=deployed.api, stage="v1")
    patches = [
        {"op": "replace", "path": "/stage", "value": "v2"},
        {"op": "replace", "path": "/basePath", "value": "b"},
    ]
    deployed.gateway.update_base_path_mapping(**DOMAIN, basePath="a", patchOperations=patches)

    assert published.domain("api.example.com").base_paths == (BasePath("b", deployed.api, "v2"),)
