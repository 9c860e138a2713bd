"""Policies, asynchronous settings, provisioned concurrency, layers, lists and code of functions, as strangers use them."""

import hashlib
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud

Make = Callable[..., str]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
ONE, TWO = ("def handler(event, context): return 1", "def handler(event, context): return 2")
INVOKE: dict[str, Any] = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
STALE = "The Revision Id provided does not match the latest Revision Id."


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# ---- lists


def test_functions_are_listed_in_pages(lambdas: Any, make: Make) -> None:
    names = {make(ONE) for _ in range(3)}

    pages = [
        [function["FunctionName"] for function in page["Functions"]]
        for page in lambdas.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    ]

    assert all(len(page) <= 2 for page in pages)
    assert names <= {name for page in pages for name in page}


def test_versions_and_aliases_are_listed_in_pages_too(lambdas: Any, make: Make) -> None:
    name = make(ONE, Publish=True)
    for alias, version in (("a", "1"), ("b", "$LATEST")):
        lambdas.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)

    first = lambdas.list_versions_by_function(FunctionName=name, MaxItems=1)
    second = lambdas.list_versions_by_function(FunctionName=name, MaxItems=1, Marker=first["NextMarker"])
    aliases = lambdas.list_aliases(FunctionName=name, FunctionVersion="1")["Aliases"]

    assert [one["Version"] for one in (*first["Versions"], *second["Versions"])] == ["$LATEST", "1"]
    assert "NextMarker" not in second
    assert [alias["Name"] for alias in aliases] == ["a"]


@pytest.mark.parametrize("operation", ["list_versions_by_function", "list_aliases"])
def test_lists_of_a_function_that_is_not_there(lambdas: Any, operation: str) -> None:
    told = refusal(lambda: getattr(lambdas, operation)(FunctionName="nobody"))

    assert told == ("ResourceNotFoundException", f"Function not found: {ARN}nobody")


# ---- what a function shows


def test_the_code_can_be_fetched_from_where_get_function_says(
    lambdas: Any, make: Make, zipped: Callable[..., bytes]
) -> None:
    code = zipped(app=ONE)
    name = make("", Code={"ZipFile": code})

    told = lambdas.get_function(FunctionName=name)["Code"]
    with urllib.request.urlopen(told["Location"]) as answer:
        archive = answer.read()

    assert (told["RepositoryType"], hashlib.sha256(archive).digest()) == ("S3", hashlib.sha256(code).digest())


def test_a_published_function_is_answered_with_the_versions_arn(
    lambdas: Any, role: str, zipped: Callable[..., bytes]
) -> None:
    code = {"ZipFile": zipped(app=ONE)}
    given: Any = {"Runtime": "python3.13", "Handler": "app.handler", "Role": role, "Code": code}

    made = lambdas.create_function(FunctionName="published", Publish=True, **given)

    assert (made["Version"], made["FunctionArn"]) == ("1", f"{ARN}published:1")


def test_an_alias_is_shown_by_its_own_arn(lambdas: Any, make: Make) -> None:
    name = make(ONE, Publish=True)
    lambdas.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    told = lambdas.get_function_configuration(FunctionName=name, Qualifier="live")

    assert (told["Version"], told["FunctionArn"]) == ("1", f"{ARN}{name}:live")


def test_a_change_is_dated_by_the_clouds_clock(role: str, zipped: Callable[..., bytes], cloud: Cloud) -> None:
    lambdas = cloud.clients.client("lambda")
    code = {"ZipFile": zipped(app=ONE)}
    given: Any = {"Runtime": "python3.13", "Handler": "app.handler", "Role": role, "Code": code}
    made = lambdas.create_function(FunctionName="dated", **given)["LastModified"]

    changed = lambdas.update_function_configuration(FunctionName="dated", Timeout=9)["LastModified"]

    assert made[10:11] + made[-5:] == "T+0000"
    assert len(made) == len("2026-11-21T12:00:00.000+0000")
    assert changed > made


# ---- policies


def test_each_qualifier_has_a_policy_of_its_own(lambdas: Any, make: Make) -> None:
    name = make(ONE, Publish=True)
    lambdas.add_permission(FunctionName=name, StatementId="s", **INVOKE)
    lambdas.add_permission(FunctionName=name, StatementId="s", Qualifier="1", **{**INVOKE, "Principal": "111122223333"})

    (whole,) = json.loads(lambdas.get_policy(FunctionName=name)["Policy"])["Statement"]
    (version,) = json.loads(lambdas.get_policy(FunctionName=name, Qualifier="1")["Policy"])["Statement"]

    assert (whole["Principal"], whole["Resource"]) == ({"Service": "events.amazonaws.com"}, f"{ARN}{name}")
    assert version["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert version["Resource"] == f"{ARN}{name}:1"


def test_a_permission_changes_the_revision_that_the_next_must_name(lambdas: Any, make: Make) -> None:
    name = make(ONE)
    before = lambdas.get_function_configuration(FunctionName=name)["RevisionId"]
    lambdas.add_permission(FunctionName=name, StatementId="s", RevisionId=before, **INVOKE)

    code, message = refusal(lambda: lambdas.remove_permission(FunctionName=name, StatementId="s", RevisionId=before))

    assert (code, message.startswith(STALE)) == ("PreconditionFailedException", True)
    revision = lambdas.get_policy(FunctionName=name)["RevisionId"]
    lambdas.remove_permission(FunctionName=name, StatementId="s", RevisionId=revision)
    assert refusal(lambda: lambdas.get_policy(FunctionName=name))[0] == "ResourceNotFoundException"


PERMISSIONS_REFUSED: dict[str, tuple[Callable[[Any, str], Any], str, str]] = {
    "latest": (
        lambda it, name: it.add_permission(FunctionName=name, StatementId="x", Qualifier="$LATEST", **INVOKE),
        "InvalidParameterValueException",
        "We currently do not support adding policies for $LATEST.",
    ),
    "principal": (
        lambda it, name: it.add_permission(FunctionName=name, StatementId="x", **{**INVOKE, "Principal": "x.y.com"}),
        "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
    ),
    "nothing": (
        lambda it, name: it.remove_permission(FunctionName=name, StatementId="x"),
        "ResourceNotFoundException",
        "No policy is associated with the given resource.",
    ),
    "nobody": (
        lambda it, _: it.remove_permission(FunctionName="nobody", StatementId="x"),
        "ResourceNotFoundException",
        f"No policy found for: {ARN}nobody",
    ),
}


@pytest.mark.parametrize("case", PERMISSIONS_REFUSED)
def test_permissions_that_are_refused(lambdas: Any, make: Make, case: str) -> None:
    call, *told = PERMISSIONS_REFUSED[case]
    name = make(ONE)

    assert refusal(lambda: call(lambdas, name)) == tuple(told)


def test_a_statement_that_is_not_there_is_named(lambdas: Any, make: Make) -> None:
    name = make(ONE)
    lambdas.add_permission(FunctionName=name, StatementId="s", **INVOKE)

    told = refusal(lambda: lambdas.remove_permission(FunctionName=name, StatementId="t"))

    assert told == ("ResourceNotFoundException", "Statement t is not found in resource policy.")


# ---- aliases and versions


def test_an_alias_has_revisions(lambdas: Any, make: Make) -> None:
    name = make(ONE, Publish=True)
    first = lambdas.create_alias(FunctionName=name, Name="live", FunctionVersion="1")["RevisionId"]
    second = lambdas.update_alias(FunctionName=name, Name="live", Description="d", RevisionId=first)["RevisionId"]

    told = refusal(lambda: lambdas.update_alias(FunctionName=name, Name="live", RevisionId=first))

    assert second != first
    assert told[0] == "PreconditionFailedException"


ALIASES_REFUSED = {
    "number": ({"Name": "12"}, "ValidationException", "Value '12' at 'name' failed to satisfy constraint"),
    "again": ({"Name": "live"}, "ResourceConflictException", "Alias already exists: "),
    "unknown": ({"Name": "a", "FunctionVersion": "7"}, "ResourceNotFoundException", "Function not found: "),
    "weights": (
        {"Name": "a", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1, "2": 0.1}}},
        "InvalidParameterValueException",
        "Number of items in AdditionalVersionWeights cannot be greater than 1",
    ),
    "target": (
        {"Name": "a", "RoutingConfig": {"AdditionalVersionWeights": {"9": 0.1}}},
        "ResourceNotFoundException",
        "Function not found: ",
    ),
}


@pytest.mark.parametrize("case", ALIASES_REFUSED)
def test_aliases_that_are_refused(lambdas: Any, make: Make, case: str) -> None:
    given, code, text = ALIASES_REFUSED[case]
    name = make(ONE, Publish=True)
    lambdas.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    told = refusal(lambda: lambdas.create_alias(FunctionName=name, **{"FunctionVersion": "1", **given}))

    assert (told[0], text in told[1]) == (code, True), told


def test_a_version_that_an_alias_leads_to_stays(lambdas: Any, make: Make) -> None:
    name = make(ONE, Publish=True)
    lambdas.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    told = refusal(lambda: lambdas.delete_function(FunctionName=name, Qualifier="1"))

    assert told == (
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [live]",
    )


# ---- concurrency


def test_provisioned_concurrency_is_kept_until_it_is_deleted(lambdas: Any, make: Make) -> None:
    name = make(ONE, Publish=True)
    given = {"FunctionName": name, "Qualifier": "1"}

    put = lambdas.put_provisioned_concurrency_config(**given, ProvisionedConcurrentExecutions=2)
    got = lambdas.get_provisioned_concurrency_config(**given)
    (listed,) = lambdas.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
    lambdas.delete_provisioned_concurrency_config(**given)

    assert (put["Status"], got["Status"]) == ("IN_PROGRESS", "READY")
    assert (got["AllocatedProvisionedConcurrentExecutions"], listed["FunctionArn"]) == (2, f"{ARN}{name}:1")
    assert refusal(lambda: lambdas.get_provisioned_concurrency_config(**given)) == (
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
    )


PROVISIONED_REFUSED = {
    "latest": ("$LATEST", 1, "Provisioned Concurrency Configs cannot be applied to unpublished function versions."),
    "reserved": (
        "1",
        6,
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    ),
    "version": ("9", 1, "Function not found: "),
    "alias": ("nope", 1, "Cannot find alias arn: "),
    "overlap": ("live", 1, "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned"),
}


@pytest.mark.parametrize("case", PROVISIONED_REFUSED)
def test_provisioned_concurrency_that_is_refused(lambdas: Any, make: Make, case: str) -> None:
    qualifier, wanted, text = PROVISIONED_REFUSED[case]
    name = make(ONE, Publish=True)
    lambdas.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    lambdas.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=5)
    if case == "overlap":
        lambdas.put_provisioned_concurrency_config(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1)
    given = {"FunctionName": name, "Qualifier": qualifier, "ProvisionedConcurrentExecutions": wanted}

    assert text in refusal(lambda: lambdas.put_provisioned_concurrency_config(**given))[1]
    lambdas.delete_function(FunctionName=name)


def test_reservations_leave_a_hundred(lambdas: Any, make: Make) -> None:
    name = make(ONE)

    code, text = refusal(lambda: lambdas.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=901))

    assert (code, text.endswith("below its minimum value of [100].")) == ("InvalidParameterValueException", True)
    limits = lambdas.get_account_settings()["AccountLimit"]
    assert (limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]) == (1000, 1000)


# ---- asynchronous invocations


def test_asynchronous_settings_are_by_qualifier(lambdas: Any, make: Make) -> None:
    name = make(ONE, Publish=True)
    lambdas.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60)
    lambdas.put_function_event_invoke_config(FunctionName=name, Qualifier="1", MaximumRetryAttempts=0)

    merged = lambdas.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2)
    listed = lambdas.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]

    assert (merged["MaximumRetryAttempts"], merged["MaximumEventAgeInSeconds"]) == (2, 60)
    assert merged["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    assert [one["FunctionArn"] for one in listed] == [f"{ARN}{name}:$LATEST", f"{ARN}{name}:1"]


def test_asynchronous_settings_that_are_refused(lambdas: Any, make: Make) -> None:
    name = make(ONE)
    put = lambdas.put_function_event_invoke_config
    itself = {"OnFailure": {"Destination": f"{ARN}{name}"}}

    assert refusal(lambda: put(FunctionName=name))[1] == (
        "You must specify at least one of error handling or destination setting."
    )
    assert refusal(lambda: put(FunctionName=name, DestinationConfig=itself))[1] == (
        "You can't specify the function as a destination for itself."
    )
    assert refusal(lambda: lambdas.get_function_event_invoke_config(FunctionName=name)) == (
        "ResourceNotFoundException",
        f"The function {ARN}{name}:$LATEST doesn't have an EventInvokeConfig",
    )


# ---- layers, URLs and what is not there


def test_layers_are_found_by_arn_and_refused_when_they_are_not_there(
    lambdas: Any, make: Make, zipped: Callable[..., bytes]
) -> None:
    made = lambdas.publish_layer_version(LayerName="words", Content={"ZipFile": zipped(python__words="")})
    name, arn = make(ONE), made["LayerVersionArn"]

    assert lambdas.get_layer_version_by_arn(Arn=arn)["Version"] == made["Version"]
    assert refusal(lambda: lambdas.get_layer_version(LayerName="words", VersionNumber=99)) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    assert refusal(lambda: lambdas.update_function_configuration(FunctionName=name, Layers=[f"{arn}9"])) == (
        "InvalidParameterValueException",
        f"Layer version {arn}9 does not exist.",
    )


def test_a_function_url_is_kept_and_shown(lambdas: Any, make: Make) -> None:
    name = make(ONE)
    made = lambdas.create_function_url_config(FunctionName=name, AuthType="NONE")

    (listed,) = lambdas.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]

    assert listed["FunctionUrl"] == made["FunctionUrl"]
    assert (made["FunctionUrl"][-1], made["InvokeMode"]) == ("/", "BUFFERED")
    again = refusal(lambda: lambdas.create_function_url_config(FunctionName=name, AuthType="NONE"))
    assert again[0] == "ResourceConflictException"


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        ("invoke_with_response_stream", "InvokeWithResponseStream is not there in the local cloud; call Invoke"),
        ("get_function_recursion_config", "get_function_recursion_config"),
        ("get_runtime_management_config", "get_runtime_management_config"),
    ],
)
def test_what_is_not_there_is_refused_by_name(lambdas: Any, make: Make, operation: str, named: str) -> None:
    code, message = refusal(lambda: getattr(lambdas, operation)(FunctionName=make(ONE)))

    assert (code, named in message) == ("NotImplementedException", True)


# ---- creating and invoking

UNMAKEABLE = {
    "code": ({"Code": {}}, "Please provide a source for function code."),
    "handler": ({"Handler": ""}, "Runtime and Handler are mandatory parameters for functions created with deployment"),
    "space": ({"Handler": "a b"}, "Value 'a b' at 'handler' failed to satisfy constraint"),
    "memory": ({"MemorySize": 20_480}, "Member must have value less than or equal to 10240"),
}


@pytest.mark.parametrize("case", UNMAKEABLE)
def test_functions_that_cannot_be_made(make: Make, case: str) -> None:
    given, text = UNMAKEABLE[case]

    assert text in refusal(lambda: make(ONE, **given))[1]


def test_an_answer_over_six_megabytes_is_an_error_of_the_function(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return 'x' * event")

    at_most = lambdas.invoke(FunctionName=name, Payload=b"6291554")
    beyond = lambdas.invoke(FunctionName=name, Payload=b"6291555")

    assert ("FunctionError" in at_most, len(at_most["Payload"].read())) == (False, 6_291_556)
    assert beyond.get("FunctionError") == "Unhandled"
    assert json.loads(beyond["Payload"].read()) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


def test_an_asynchronous_event_has_a_megabyte(lambdas: Any, make: Make) -> None:
    name = make(ONE)
    given = {"FunctionName": name, "InvocationType": "Event"}

    assert lambdas.invoke(**given, Payload=json.dumps("x" * 1_048_574))["StatusCode"] == 202
    assert refusal(lambda: lambdas.invoke(**given, Payload=json.dumps("x" * 1_048_575))) == (
        "RequestTooLargeException",
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    )


def test_the_old_asynchronous_call_does_not_wait(lambdas: Any, make: Make) -> None:
    name = make("import time\ndef handler(event, context): time.sleep(30)", Timeout=60)
    began = time.monotonic()

    answer = lambdas.invoke_async(FunctionName=name, InvokeArgs=b"{}")

    assert answer["Status"] == 202
    assert time.monotonic() - began < 10
