"""What `mocked_gateway` refuses; docs/testing.md shows it at work."""

import io
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError
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
def test_a_path_may_come_without_its_slash() -> None:
    with mocked_gateway() as gateway:
        answers = [gateway.invoke("nobody", path) for path in ("prod/a", "/prod/a")]

    assert [(answer.status, answer.text) for answer in answers] == [(403, '{"message":"Forbidden"}')] * 2


@mock_aws
def test_lambda_answers_inside_as_it_does_over_http() -> None:
    """moto's own way into its backends leads to our answers too: what only they have, and refusals by name."""
    role = "arn:aws:iam::123456789012:role/r"
    with mocked_gateway():
        boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        client = boto3.client("lambda", region_name="us-east-1")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("app.py", "def handler(event, context): return 1")
        code = {"ZipFile": buffer.getvalue()}
        for name in ("f", "g"):
            client.create_function(FunctionName=name, Runtime="python3.13", Handler="app.handler", Role=role, Code=code)

        page = client.list_functions(MaxItems=1)
        with pytest.raises(ClientError, match="InvokeWithResponseStream is not there in the local cloud"):
            client.invoke_with_response_stream(FunctionName="f")
        client.close()

    assert ([one["FunctionName"] for one in page["Functions"]], "NextMarker" in page) == (["f"], True)


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
