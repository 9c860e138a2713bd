"""Parameter Store as boto3 sees it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.services.ssm import ParameterStore
from tests.local.cloudformation.wire import client


@pytest.fixture
def ssm() -> Any:
    return client("ssm", ParameterStore("123456789012", lambda: 1_700_000_000.0).application())


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


def test_a_secret_is_opaque_until_it_is_decrypted(ssm: Any) -> None:
    ssm.put_parameter(Name="/s", Type="SecureString", Value="hunter2")

    opaque = ssm.get_parameter(Name="/s")["Parameter"]["Value"]
    by_path = ssm.get_parameters_by_path(Path="/", WithDecryption=True)["Parameters"]

    assert "hunter2" not in opaque
    assert ssm.get_parameter(Name="/s", WithDecryption=True)["Parameter"]["Value"] == "hunter2"
    assert ssm.get_parameters(Names=["/s"])["Parameters"][0]["Value"] == opaque
    assert by_path[0]["Value"] == "hunter2"


def test_every_version_is_remembered(ssm: Any) -> None:
    ssm.put_parameter(Name="p", Type="String", Value="one")
    ssm.put_parameter(Name="p", Type="String", Value="two", Overwrite=True)

    history = ssm.get_parameter_history(Name="p")["Parameters"]

    assert [(item["Version"], item["Value"]) for item in history] == [(1, "one"), (2, "two")]
    assert ssm.get_parameter(Name="p:1")["Parameter"]["Value"] == "one"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Name": "/aws/x"}, "AccessDeniedException"),
        ({"Name": "ssm-x"}, "AccessDeniedException"),
        ({"Name": "no name!"}, "ValidationException"),
        ({"Name": "p", "AllowedPattern": "[0-9]+"}, "ParameterPatternMismatchException"),
    ],
)
def test_what_put_parameter_refuses(ssm: Any, given: dict[str, str], expected: str) -> None:
    with pytest.raises(ClientError) as caught:
        ssm.put_parameter(**given, Type="String", Value="word")

    assert code(caught) == expected


def test_a_parameter_that_is_not_there_is_told_without_words(ssm: Any) -> None:
    for call in (ssm.get_parameter, ssm.get_parameter_history):
        with pytest.raises(ClientError) as caught:
            call(Name="/nope")

        assert code(caught) == "ParameterNotFound"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Key": "Name", "Values": ["/a/b"]}, ["/a/b"]),
        ({"Key": "Name", "Option": "BeginsWith", "Values": ["/a"]}, ["/a/b", "/a/c"]),
        ({"Key": "Name", "Option": "Contains", "Values": ["c"]}, ["/a/c"]),
        ({"Key": "Type", "Values": ["StringList"]}, ["/a/c"]),
        ({"Key": "Path", "Values": ["/a"]}, ["/a/b", "/a/c"]),
        ({"Key": "tag:team", "Values": ["x"]}, ["/z"]),
    ],
)
def test_parameters_are_described_by_filters(ssm: Any, given: dict[str, Any], expected: list[str]) -> None:
    ssm.put_parameter(Name="/a/b", Type="String", Value="1")
    ssm.put_parameter(Name="/a/c", Type="StringList", Value="1,2")
    ssm.put_parameter(Name="/z", Type="String", Value="1", Tags=[{"Key": "team", "Value": "x"}])

    found = ssm.describe_parameters(ParameterFilters=[given])["Parameters"]

    assert [item["Name"] for item in found] == expected
