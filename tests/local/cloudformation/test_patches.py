"""Patch operations of stages, REST APIs and usage plans: only for what changed."""

from typing import Any

import pytest

from headgate.local.cloudformation.handlers.rest_api import rest_api_patches
from headgate.local.cloudformation.handlers.stage import stage_patches
from headgate.local.cloudformation.handlers.usage import plan_patches


def replace(path: str, value: str) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": value}


def remove(path: str) -> dict[str, str]:
    return {"op": "remove", "path": path}


LOG = {"DestinationArn": "arn:aws:logs:r:a:log-group:g:*", "Format": "f"}
ALL_METHODS = {"ResourcePath": "/*", "HttpMethod": "*"}
ONE_METHOD = {"ResourcePath": "/users/{id}", "HttpMethod": "GET"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({"DeploymentId": "d"}, {"DeploymentId": "d"}, [], id="unchanged-deployment-is-not-sent-again"),
        pytest.param({"DeploymentId": "d"}, {"DeploymentId": "e"}, [replace("/deploymentId", "e")], id="deployment"),
        pytest.param({"Description": "d"}, {}, [replace("/description", "")], id="description-removed"),
        pytest.param({}, {"TracingEnabled": True}, [replace("/tracingEnabled", "true")], id="tracing"),
        pytest.param({"TracingEnabled": True}, {}, [replace("/tracingEnabled", "false")], id="tracing-removed"),
        pytest.param(
            {"Variables": {"a": "1", "b": "2"}},
            {"Variables": {"b": "3", "c": "4"}},
            [remove("/variables/a"), replace("/variables/b", "3"), replace("/variables/c", "4")],
            id="variables",
        ),
        pytest.param(
            {},
            {"AccessLogSetting": LOG},
            [
                replace("/accessLogSettings/destinationArn", "arn:aws:logs:r:a:log-group:g"),
                replace("/accessLogSettings/format", "f"),
            ],
            id="access-log-without-the-star-of-the-group-arn",
        ),
        pytest.param({"AccessLogSetting": LOG}, {}, [remove("/accessLogSettings")], id="access-log-removed"),
        pytest.param(
            {},
            {"MethodSettings": [{**ALL_METHODS, "LoggingLevel": "ERROR", "ThrottlingRateLimit": 5}]},
            [replace("/*/*/logging/loglevel", "ERROR"), replace("/*/*/throttling/rateLimit", "5")],
            id="settings-of-all-methods",
        ),
        pytest.param(
            {},
            {"MethodSettings": [{"ResourcePath": "/~1users~1{id}", "HttpMethod": "GET", "CachingEnabled": True}]},
            [replace("/~1users~1{id}/GET/caching/enabled", "true")],
            id="settings-of-one-method-as-cloudformation-spells-its-path",
        ),
        pytest.param(
            {},
            {"MethodSettings": [{**ONE_METHOD, "CachingEnabled": True, "CacheTtlInSeconds": 60}]},
            [
                replace("/~1users~1{id}/GET/caching/ttlInSeconds", "60"),
                replace("/~1users~1{id}/GET/caching/enabled", "true"),
            ],
            id="settings-of-one-method",
        ),
        pytest.param(
            {"MethodSettings": [{**ONE_METHOD, "MetricsEnabled": True}]},
            {"MethodSettings": []},
            [remove("/~1users~1{id}/GET")],
            id="settings-of-a-method-removed",
        ),
        pytest.param(
            {"MethodSettings": [{**ALL_METHODS, "MetricsEnabled": True, "LoggingLevel": "INFO"}]},
            {"MethodSettings": [{**ALL_METHODS, "LoggingLevel": "INFO"}]},
            [remove("/*/*"), replace("/*/*/logging/loglevel", "INFO")],
            id="one-setting-of-a-method-removed",
        ),
        pytest.param(
            {},
            {"CanarySetting": {"DeploymentId": "d", "PercentTraffic": 5, "StageVariableOverrides": {"v": "1"}}},
            [
                replace("/canarySettings/deploymentId", "d"),
                replace("/canarySettings/percentTraffic", "5"),
                replace("/canarySettings/stageVariableOverrides/v", "1"),
            ],
            id="canary",
        ),
        pytest.param(
            {"CanarySetting": {"DeploymentId": "d", "PercentTraffic": 5, "StageVariableOverrides": {"v": "1"}}},
            {},
            [],
            id="a-canary-taken-out-of-the-template-stays-live",
        ),
        pytest.param(
            {"CacheClusterEnabled": True, "CacheClusterSize": "0.5"},
            {},
            [],
            id="a-cache-taken-out-of-the-template-stays-on",
        ),
    ],
)
def test_stage(old: dict[str, Any], new: dict[str, Any], expected: list[dict[str, str]]) -> None:
    assert stage_patches(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({"Name": "a"}, {"Name": "a"}, [], id="nothing"),
        pytest.param({"Name": "a"}, {"Name": "b"}, [replace("/name", "b")], id="name"),
        pytest.param({}, {"Policy": {"a": [1]}}, [replace("/policy", '{"a":[1]}')], id="policy"),
        pytest.param(
            {"BinaryMediaTypes": ["a/b"]},
            {"BinaryMediaTypes": ["c/d"]},
            [remove("/binaryMediaTypes/a~1b"), {"op": "add", "path": "/binaryMediaTypes/c~1d"}],
            id="binary-media-types",
        ),
        pytest.param(
            {"EndpointConfiguration": {"Types": ["EDGE"]}},
            {"EndpointConfiguration": {"Types": ["REGIONAL"]}},
            [replace("/endpointConfiguration/types/EDGE", "REGIONAL")],
            id="endpoint",
        ),
    ],
)
def test_rest_api(old: dict[str, Any], new: dict[str, Any], expected: list[dict[str, str]]) -> None:
    assert rest_api_patches(old, new) == expected


STAGE = {"ApiId": "a", "Stage": "prod"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            {"Throttle": {"RateLimit": 5, "BurstLimit": 1}},
            {"Throttle": {"RateLimit": 6, "BurstLimit": 1}},
            [replace("/throttle/rateLimit", "6")],
            id="rate",
        ),
        pytest.param({"Quota": {"Limit": 1}}, {}, [remove("/quota")], id="quota-removed"),
        pytest.param({}, {"ApiStages": [STAGE]}, [{"op": "add", "path": "/apiStages", "value": "a:prod"}], id="stage"),
        pytest.param(
            {"ApiStages": [STAGE]}, {}, [{"op": "remove", "path": "/apiStages", "value": "a:prod"}], id="no-stage"
        ),
        pytest.param(
            {"ApiStages": [STAGE]},
            {"ApiStages": [{**STAGE, "Throttle": {"/x/GET": {"RateLimit": 1, "BurstLimit": 2}}}]},
            [
                replace("/apiStages/a:prod/throttle/~1x/GET/rateLimit", "1"),
                replace("/apiStages/a:prod/throttle/~1x/GET/burstLimit", "2"),
            ],
            id="method-throttle",
        ),
    ],
)
def test_usage_plan(old: dict[str, Any], new: dict[str, Any], expected: list[dict[str, str]]) -> None:
    assert plan_patches(old, new) == expected
