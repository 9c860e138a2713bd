"""What `mocked_gateway` refuses; docs/testing.md shows it at work."""

import boto3
import pytest
from moto import mock_aws

from headgate.testing import mocked_gateway

pytestmark = pytest.mark.xdist_group("testing")


def test_it_needs_mock_aws() -> None:
    with pytest.raises(RuntimeError, match="enter that first"), mocked_gateway():
        pass


@mock_aws
def test_it_comes_before_the_first_call_to_what_it_replaces() -> None:
    client = boto3.client("apigateway", region_name="us-east-1")
    client.create_rest_api(name="too early")

    with pytest.raises(RuntimeError, match=r"moto's own apigateway has been used"), mocked_gateway():
        pass
    client.close()


@mock_aws
def test_other_services_keep_what_they_had() -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="mine")

    with mocked_gateway() as gateway:
        there = boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=gateway.endpoint_url,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
        assert [bucket["Name"] for bucket in there.list_buckets()["Buckets"]] == ["mine"]
        there.close()
    s3.close()
