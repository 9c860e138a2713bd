"""What Lambda's control plane refuses, and what a dry run leaves alone."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud, CloudConfig

ROLE = "arn:aws:iam::123456789012:role/r"


def archive(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("app.py", source)
    return buffer.getvalue()


ONE, TWO = (archive(f"def handler(event, context):\n    return {number}\n") for number in (1, 2))
USUAL: dict[str, Any] = {"Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": ONE}}


@pytest.fixture(scope="module")
def functions() -> Iterator[Any]:
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        cloud.clients.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        client = cloud.clients.client("lambda")
        client.create_function(FunctionName="f", Publish=True, **USUAL)
        yield client


PERMISSION = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "StatementId": "s"}
REFUSED: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "archive": (
        lambda it: it.create_function(FunctionName="g", **{**USUAL, "Code": {"ZipFile": b"xx"}}),
        "InvalidParameterValueException",
        "Could not unzip uploaded file",
    ),
    "name": (
        lambda it: it.create_function(FunctionName="g g", **USUAL),
        "ValidationException",
        "Value 'g g' at 'functionName' failed to satisfy constraint",
    ),
    "timeout": (
        lambda it: it.update_function_configuration(FunctionName="f", Timeout=901),
        "ValidationException",
        "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
    ),
    "environment": (
        lambda it: it.update_function_configuration(FunctionName="f", Environment={"Variables": {"AWS_REGION": "x"}}),
        "InvalidParameterValueException",
        "Reserved keys used in this request: AWS_REGION",
    ),
    "digest": (
        lambda it: it.publish_version(FunctionName="f", CodeSha256="abc"),
        "InvalidParameterValueException",
        "CodeSHA256 (abc) is different from current CodeSHA256 in $LATEST",
    ),
    "revision": (
        lambda it: it.update_function_code(FunctionName="f", ZipFile=TWO, RevisionId="stale"),
        "PreconditionFailedException",
        "does not match the latest Revision Id",
    ),
    "weight": (
        lambda it: it.create_alias(
            FunctionName="f",
            Name="a",
            FunctionVersion="$LATEST",
            RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}},
        ),
        "InvalidParameterValueException",
        "$LATEST is not supported for an alias pointing to more than 1 version",
    ),
    "latest": (
        lambda it: it.delete_function(FunctionName="f", Qualifier="$LATEST"),
        "InvalidParameterValueException",
        "$LATEST version cannot be deleted without deleting the function",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_lambda_refuses(functions: Any, name: str) -> None:
    call, code, told = REFUSED[name]
    before = functions.get_function_configuration(FunctionName="f")

    with pytest.raises(ClientError) as caught:
        call(functions)

    error = caught.value.response["Error"]
    assert (error["Code"], told in error["Message"]) == (code, True), error["Message"]
    after = functions.get_function_configuration(FunctionName="f")
    assert (after["CodeSha256"], after["RevisionId"]) == (before["CodeSha256"], before["RevisionId"])


def test_a_statement_id_is_given_once(functions: Any) -> None:
    functions.add_permission(FunctionName="f", **PERMISSION)

    with pytest.raises(ClientError) as caught:
        functions.add_permission(FunctionName="f", **PERMISSION)

    assert caught.value.response["Error"]["Code"] == "ResourceConflictException"


def test_a_dry_run_changes_nothing(functions: Any) -> None:
    before = functions.get_function_configuration(FunctionName="f")

    functions.update_function_code(FunctionName="f", ZipFile=TWO, DryRun=True)

    after = functions.get_function_configuration(FunctionName="f")
    assert (after["CodeSha256"], after["RevisionId"]) == (before["CodeSha256"], before["RevisionId"])
    assert functions.invoke(FunctionName="f")["Payload"].read() == b"1"


def test_a_revision_follows_each_change(functions: Any) -> None:
    first = functions.get_function_configuration(FunctionName="f")["RevisionId"]

    second = functions.update_function_configuration(FunctionName="f", Timeout=9, RevisionId=first)["RevisionId"]

    assert second != first
    assert functions.get_function_configuration(FunctionName="f")["RevisionId"] == second
