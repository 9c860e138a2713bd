"""What a stage's variables, access log and method settings may hold, in AWS's words (FACTS 6.14, 6.15, 10.7, 10.8)."""

from typing import Any

import pytest

from headgate.local.records import MethodSettings

BAD_REQUEST = "BadRequestException"
NAME = "Invalid stage variable name: {}.  Please use names with only word characters."
VALUE = (
    "Invalid stage variable value of key {}.  Please use values with alphanumeric characters and the symbols "
    "' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
)
ONE_LINE = "Access Log format must be single line, new line character is allowed only at end of the format: '{}'"
NO_ID = "Access Log format must include either $context.requestId or $context.extendedRequestId : '{}'"
ARN = (
    "Invalid ARN specified in the request. The ARN must be a valid CloudWatch Logs log group or Kinesis Data Firehose "
    "delivery stream ARN."
)
STREAM = "Kinesis Firehose delivery stream name must begin with the characters 'amazon-apigateway-': '{}'"
TTL = "Invalid time-to-live setting, must be an integer no greater than 3600"
SETTINGS = (
    "Invalid method setting path: {}. Must be one of: [.../metrics/enabled, .../logging/dataTrace, .../logging/loglevel, "
    ".../throttling/burstLimit, .../throttling/rateLimit, .../caching/enabled, .../caching/ttlInSeconds, "
    ".../caching/dataEncrypted, .../caching/requireAuthorizationForCacheControl, "
    ".../caching/unauthorizedCacheControlHeaderStrategy]"
)
DESTINATION, FORMAT = "/accessLogSettings/destinationArn", "/accessLogSettings/format"
FIREHOSE = "arn:aws:firehose:us-east-1:123456789012:deliverystream/"
# Path, value, AWS's message.
REFUSED = [
    ("/variables/bad-key", "x", NAME.format("bad-key")),
    ("/variables/owner:name", "x", NAME.format("owner:name")),
    ("/variables/key1", "bad value with spaces!", VALUE.format("key1")),
    ("/variables/key1", "two words", VALUE.format("key1")),
    ("/variables/blank", "", VALUE.format("blank")),
    ("/canarySettings/stageVariableOverrides/b", "", VALUE.format("b")),
    (FORMAT, "a $context.requestId\nb", ONE_LINE.format("a $context.requestId\nb")),
    (FORMAT, "hello-no-request-id", NO_ID.format("hello-no-request-id")),
    (FORMAT, "", NO_ID.format("")),
    (DESTINATION, "arn:aws:s3:::bucket", ARN),
    (DESTINATION, "arn:aws:logs:us-east-1:123456789012:destination:d", ARN),
    (DESTINATION, "log-group", ARN),
    (DESTINATION, f"{FIREHOSE}wrongprefix", STREAM.format("deliverystream/wrongprefix")),
    ("/*/*/caching/ttlInSeconds", "3601", TTL),
    ("/*/*/caching/ttlInSeconds", "-1", TTL),
    ("/*/*/caching/ttlInSeconds", "soon", TTL),
    ("/*/*/accessLogSettings/format", "test", SETTINGS.format("accessLogSettings/format")),
]


@pytest.mark.parametrize(("path", "value", "message"), REFUSED)
def test_refused_values(deployed: Any, refused: Any, path: str, value: str, message: str) -> None:
    answer = refused(lambda: deployed.patch({"op": "replace", "path": path, "value": value}))

    assert answer == (400, BAD_REQUEST, message)


@pytest.mark.parametrize("path", ["/*/FOO/metrics/enabled", "badpath/GET/metrics/enabled", "//GET/metrics/enabled"])
def test_a_path_that_is_no_method_is_answered_with_the_list_of_paths(deployed: Any, refused: Any, path: str) -> None:
    status, code, message = refused(lambda: deployed.patch({"op": "replace", "path": path, "value": "true"}))

    assert (status, code) == (400, BAD_REQUEST)
    assert message.startswith(f"Invalid method setting path: {path}. Must be one of: [/deploymentId, ")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/variables/key", "ab-._~:/?#&=,1"),
        (FORMAT, "$context.requestId\n"),
        (FORMAT, '{"id":"${context.extendedRequestId}"}'),
        (DESTINATION, f"{FIREHOSE}amazon-apigateway-logs"),
        ("/*/*/caching/ttlInSeconds", "0"),
        ("/*/*/caching/ttlInSeconds", "3600"),
    ],
)
def test_taken_values(deployed: Any, path: str, value: str) -> None:
    assert deployed.patch({"op": "replace", "path": path, "value": value})["stageName"] == "v1"


def test_wrong_variables_of_a_new_stage_are_refused_in_the_same_words(deployed: Any, refused: Any) -> None:
    target = {"restApiId": deployed.api, "stageName": "v2", "deploymentId": deployed.first}

    assert refused(lambda: deployed.gateway.create_stage(**target, variables={"k": "!"}))[2] == VALUE.format("k")
    assert refused(lambda: deployed.gateway.create_stage(**target, variables={"a-b": "x"}))[2] == NAME.format("a-b")


def test_a_stages_name_is_refused_in_the_words_of_old(deployed: Any, refused: Any) -> None:
    """FACTS 10.7: the text leaves out the hyphen, which is allowed (FACTS 10.2)."""
    target = {"restApiId": deployed.api, "deploymentId": deployed.first}

    answer = refused(lambda: deployed.gateway.create_stage(**target, stageName="bad stage"))

    assert answer == (400, BAD_REQUEST, "Stage name only allows a-zA-Z0-9_")
    assert deployed.gateway.create_stage(**target, stageName="good-stage")["stageName"] == "good-stage"


def test_minus_one_lifts_a_throttle(deployed: Any, published: Any) -> None:
    """FACTS 6.14: as Terraform writes it."""
    answer = deployed.patch(
        {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "-1"},
        {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "-1.000000"},
    )

    shown = answer["methodSettings"]["*/*"]
    assert (shown["throttlingBurstLimit"], shown["throttlingRateLimit"]) == (-1, -1.0)
    record: MethodSettings = published.stage(deployed.api, "v1").method_settings["*/*"]
    assert (record.throttling_burst_limit, record.throttling_rate_limit) == (None, None)


class TestPathsWithoutEscapes:
    """FACTS 6.14: they count where the stage has the method, under the key that was written."""

    @pytest.fixture
    def mock(self, imported: Any, gateway: Any) -> str:
        """An API with methods below /test, deployed to the stage v1."""
        integration = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
        method = {"responses": {}, "x-amazon-apigateway-integration": integration}
        paths = {"/test": {"get": method}, "/test/{id}": {"x-amazon-apigateway-any-method": method}}
        api = imported({"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths})["id"]
        gateway.create_deployment(restApiId=api, stageName="v1")
        return str(api)

    @pytest.mark.parametrize(
        ("key", "kept"),
        [
            ("test/GET", True),
            ("test/{id}/POST", True),
            ("test/{id}/ANY", True),
            ("test~1{id}/POST", True),
            ("test/POST", False),
            ("nothing/GET", False),
        ],
    )
    def test_settings_of_a_method(self, gateway: Any, published: Any, mock: str, key: str, kept: bool) -> None:
        operation = {"op": "replace", "path": f"/{key}/throttling/burstLimit", "value": "124"}

        answer = gateway.update_stage(restApiId=mock, stageName="v1", patchOperations=[operation])

        assert list(answer["methodSettings"]) == [key] * kept
        assert list(published.stage(mock, "v1").method_settings) == [key.replace("~1", "/")] * kept

    def test_they_are_removed_as_they_were_written(self, gateway: Any, mock: str) -> None:
        operations = [
            {"op": "replace", "path": "/test/GET/metrics/enabled", "value": "true"},
            {"op": "remove", "path": "/test/GET"},
        ]

        answer = gateway.update_stage(restApiId=mock, stageName="v1", patchOperations=operations)

        assert answer["methodSettings"] == {}
