"""UpdateStage as AWS recorded it: tables of (operations, what comes of them) (FACTS 5, 6.9, 6.10; LIFECYCLE F1 to F10)."""

from typing import Any

import pytest

from headgate.local.apigateway import Settings

Operations = list[dict[str, str]]
BAD_REQUEST = "BadRequestException"
NO_SETTING = "Cannot remove method setting {} because there is no method setting for this method "
COPY_REFUSED = (
    "Invalid copy operation with path: {} and from {}. Valid copy:path are [/deploymentId, /variables] and valid "
    "copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]"
)


def replace(path: str, value: str) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": value}


def remove(path: str) -> dict[str, str]:
    return {"op": "remove", "path": path}


def copy(source: str, path: str) -> dict[str, str]:
    return {"op": "copy", "from": source, "path": path}


DEPLOYMENT = replace("/canarySettings/deploymentId", "<second>")
PERCENT = replace("/canarySettings/percentTraffic", "12.5")
OVERRIDE = replace("/canarySettings/stageVariableOverrides/color", "green")
PROMOTION = [
    copy("/canarySettings/deploymentId", "/deploymentId"),
    copy("/canarySettings/stageVariableOverrides", "/variables"),
]

# Name -> operations on a stage without a canary -> its canary afterwards (None: no canary).
CANARIES: dict[str, tuple[Operations, dict[str, Any] | None]] = {
    "deployment creates a canary at zero (5.7, F3)": (
        [DEPLOYMENT],
        {"deploymentId": "<second>", "percentTraffic": 0.0, "useStageCache": False},
    ),
    "percent creates a canary of the stable deployment (5.7, F3)": (
        [PERCENT],
        {"deploymentId": "<first>", "percentTraffic": 12.5, "useStageCache": False},
    ),
    "all settings at once (F2)": (
        [DEPLOYMENT, PERCENT, replace("/canarySettings/useStageCache", "true"), OVERRIDE],
        {
            "deploymentId": "<second>",
            "percentTraffic": 12.5,
            "useStageCache": True,
            "stageVariableOverrides": {"color": "green"},
        },
    ),
    "percent comes back as a float (5.10)": (
        [replace("/canarySettings/percentTraffic", "50")],
        {"deploymentId": "<first>", "percentTraffic": 50.0, "useStageCache": False},
    ),
    "removed as a whole (5.6, F8)": ([DEPLOYMENT, PERCENT, remove("/canarySettings")], None),
    "removing what is not there is no error": ([remove("/canarySettings")], None),
    "one override can be removed (F8)": (
        [DEPLOYMENT, OVERRIDE, remove("/canarySettings/stageVariableOverrides/color")],
        {"deploymentId": "<second>", "percentTraffic": 0.0, "useStageCache": False},
    ),
    "survives its promotion at the percent given (5.9, F7)": (
        [DEPLOYMENT, replace("/canarySettings/percentTraffic", "0.0"), *PROMOTION],
        {"deploymentId": "<second>", "percentTraffic": 0.0, "useStageCache": False},
    ),
}

# Name -> operations -> AWS's message.
REFUSALS: dict[str, tuple[Operations, str]] = {
    "unknown deployment (5.6, F9)": (
        [replace("/canarySettings/deploymentId", "deploy")],
        "Deployment id does not exist",
    ),
    "unknown stable deployment (F9)": ([replace("/deploymentId", "nope")], "Deployment id does not exist"),
    "add (5.6, F2)": (
        [{"op": "add", "path": "/canarySettings/deploymentId", "value": "<second>"}],
        "Invalid add operation with path: /canarySettings/deploymentId",
    ),
    "remove of the overrides (5.6, F8)": (
        [OVERRIDE, remove("/canarySettings/stageVariableOverrides")],
        NO_SETTING.format("canarySettings/stageVariableOverrides"),
    ),
    "remove of an unknown canary path (5.6)": (
        [remove("/canarySettings/badPath")],
        NO_SETTING.format("canarySettings/badPath"),
    ),
    "copy without a canary (5.8, F7)": (PROMOTION[:1], "Promotion not available. Canary does not exist."),
    "copy of variables without a canary (5.8)": (PROMOTION[1:], "Promotion not available. Canary does not exist."),
    "copy the wrong way round (5.8)": (
        [copy("/variables", "/canarySettings/stageVariableOverrides")],
        COPY_REFUSED.format("/canarySettings/stageVariableOverrides", "/variables"),
    ),
    "copy across (5.8)": (
        [copy("/canarySettings/deploymentId", "/variables")],
        COPY_REFUSED.format("/variables", "/canarySettings/deploymentId"),
    ),
    "remove a method setting that is not there (6.9)": ([remove("/*/*")], NO_SETTING.format("*/*")),
    "percent over 100": (
        [replace("/canarySettings/percentTraffic", "100.5")],
        "Invalid canary percentTraffic. Must be a number between 0.0 and 100.0",
    ),
    "move": (
        [{"op": "move", "path": "/deploymentId", "value": "x"}],
        "Invalid move operation with path: /deploymentId",
    ),
}


@pytest.mark.parametrize("name", CANARIES)
def test_canary_settings_after_patching(deployed: Any, name: str) -> None:
    operations, expected = CANARIES[name]

    answer = deployed.patch(*operations)

    wanted = expected and {
        key: value.replace("<first>", deployed.first).replace("<second>", deployed.second)
        if isinstance(value, str)
        else value
        for key, value in expected.items()
    }
    assert answer.get("canarySettings") == wanted
    assert deployed.stage().get("canarySettings") == wanted


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_patches_change_nothing(deployed: Any, refused: Any, name: str) -> None:
    operations, message = REFUSALS[name]
    before = deployed.stage()

    answer = refused(lambda: deployed.patch(*operations))

    assert answer == (400, BAD_REQUEST, message)
    assert deployed.stage() | {"ResponseMetadata": 0} == before | {"ResponseMetadata": 0}


@pytest.mark.parametrize("path", ["/canarySettings", "/canarySettings/badPath", "/nope", "/test/GET/caching"])
def test_unknown_path_is_answered_with_the_list_of_paths(deployed: Any, refused: Any, path: str) -> None:
    status, code, message = refused(lambda: deployed.patch(replace(path, "x")))

    assert (status, code) == (400, BAD_REQUEST)
    assert message.startswith(f"Invalid method setting path: {path}. Must be one of: [/deploymentId, /description, ")
    assert message.endswith("/variables/{variable_name}, /tracingEnabled]")


def test_promotion_moves_the_pointer_and_merges_the_variables(deployed: Any) -> None:
    deployed.patch(DEPLOYMENT, OVERRIDE)

    answer = deployed.patch(*PROMOTION)

    assert answer["deploymentId"] == deployed.second
    assert answer["variables"] == {"color": "green", "size": "m"}


def test_stable_pointer_never_moves_while_a_canary_starts_and_leaves(deployed: Any) -> None:
    deployed.patch(DEPLOYMENT, PERCENT)
    deployed.patch(remove("/canarySettings"))

    assert deployed.stage()["deploymentId"] == deployed.first


def test_stage_with_a_canary_cannot_move_to_a_third_deployment(deployed: Any, refused: Any) -> None:
    """LIFECYCLE F6 [doc], behind `canary_locks_deployment`."""
    third = deployed.deploy()
    deployed.patch(DEPLOYMENT)

    status, _, message = refused(lambda: deployed.patch(replace("/deploymentId", third)))

    assert (status, "Canary is enabled" in message) == (400, True)
    assert deployed.patch(replace("/deploymentId", deployed.first))["deploymentId"] == deployed.first


def test_undo_after_the_canary_is_gone(deployed: Any) -> None:
    deployed.patch(DEPLOYMENT, *PROMOTION[:1])
    deployed.patch(remove("/canarySettings"))

    assert deployed.patch(replace("/deploymentId", deployed.first))["deploymentId"] == deployed.first


def test_unknown_operation_name_is_a_validation_error(deployed: Any, refused: Any) -> None:
    """FACTS 10.6: all violations together, counted from one."""
    wrong = [{"op": "wrong", "path": "/a", "value": "b"}, PERCENT, {"op": "other", "path": "/a"}]

    status, code, message = refused(lambda: deployed.patch(*wrong))

    enum = "failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]"
    assert (status, code) == (400, "ValidationException")
    assert message == (
        f"2 validation errors detected: Value 'wrong' at 'updateStageInput.patchOperations.1.member.op' {enum}; "
        f"Value 'other' at 'updateStageInput.patchOperations.3.member.op' {enum}"
    )


METHOD_SETTINGS = {
    "metrics/enabled": ("true", "metricsEnabled", True),
    "logging/dataTrace": ("true", "dataTraceEnabled", True),
    "logging/loglevel": ("INFO", "loggingLevel", "INFO"),
    "throttling/burstLimit": ("7", "throttlingBurstLimit", 7),
    "throttling/rateLimit": ("2.5", "throttlingRateLimit", 2.5),
    "caching/enabled": ("true", "cachingEnabled", True),
    "caching/ttlInSeconds": ("60", "cacheTtlInSeconds", 60),
    "caching/dataEncrypted": ("true", "cacheDataEncrypted", True),
    "caching/requireAuthorizationForCacheControl": ("false", "requireAuthorizationForCacheControl", False),
    "caching/unauthorizedCacheControlHeaderStrategy": (
        "FAIL_WITH_403",
        "unauthorizedCacheControlHeaderStrategy",
        "FAIL_WITH_403",
    ),
}
DEFAULTS = {
    "metricsEnabled": False,
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}


@pytest.mark.parametrize("key", ["*/*", "~1users~1{id}/GET"])
@pytest.mark.parametrize("path", METHOD_SETTINGS)
def test_touching_one_method_setting_shows_all_with_defaults(deployed: Any, key: str, path: str) -> None:
    """FACTS 6.9, 6.10."""
    value, name, expected = METHOD_SETTINGS[path]

    answer = deployed.patch(replace(f"/{key}/{path}", value))

    assert answer["methodSettings"] == {key: DEFAULTS | {name: expected}}


def test_removing_method_settings(deployed: Any) -> None:
    deployed.patch(replace("/*/*/caching/ttlInSeconds", "60"), replace("/*/*/throttling/burstLimit", "7"))

    assert deployed.patch(remove("/*/*/caching/ttlInSeconds"))["methodSettings"]["*/*"]["cacheTtlInSeconds"] == 300
    assert deployed.patch(remove("/*/*"))["methodSettings"] == {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/cacheClusterSize", "7"),
        ("/*/*/throttling/rateLimit", "-2"),
        ("/*/*/throttling/burstLimit", "-2"),
        ("/*/*/logging/loglevel", "LOUD"),
        ("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "SHRUG"),
        ("/variables/ok", "x" * 513),
    ],
)
def test_values_out_of_range_are_refused(deployed: Any, refused: Any, path: str, value: str) -> None:
    assert refused(lambda: deployed.patch(replace(path, value)))[:2] == (400, BAD_REQUEST)


def test_plain_values(deployed: Any) -> None:
    answer = deployed.patch(
        replace("/description", "d"),
        replace("/tracingEnabled", "true"),
        replace("/cacheClusterEnabled", "true"),
        replace("/variables/color", "red"),
        {"op": "add", "path": "/variables/shape", "value": "round"},
        remove("/variables/size"),
        replace("/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:1:log-group:g:*"),
        replace("/accessLogSettings/format", "$context.requestId"),
    )

    assert (answer["description"], answer["tracingEnabled"]) == ("d", True)
    assert (answer["cacheClusterEnabled"], answer["cacheClusterStatus"]) == (True, "AVAILABLE")
    assert answer["variables"] == {"color": "red", "shape": "round"}
    assert answer["accessLogSettings"] == {
        "destinationArn": "arn:aws:logs:us-east-1:1:log-group:g",
        "format": "$context.requestId",
    }
    assert "accessLogSettings" not in deployed.patch(remove("/accessLogSettings"))


class TestLoggingRoleRequired:
    """The switch `logging_role_required` (FACTS 5.19)."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(logging_role_required=True)

    @pytest.mark.parametrize("level", ["INFO", "ERROR"])
    def test_a_stage_logs_only_with_the_accounts_role(
        self, gateway: Any, deployed: Any, refused: Any, level: str
    ) -> None:
        patch = replace("/*/*/logging/loglevel", level)
        message = "CloudWatch Logs role ARN must be set in account settings to enable logging"

        assert refused(lambda: deployed.patch(patch)) == (400, BAD_REQUEST, message)
        role = replace("/cloudwatchRoleArn", "arn:aws:iam::123456789012:role/logs")
        gateway.update_account(patchOperations=[role])
        deployed.patch(patch)

        assert deployed.stage()["methodSettings"]["*/*"]["loggingLevel"] == level

    def test_other_settings_need_none(self, deployed: Any) -> None:
        deployed.patch(replace("/*/*/caching/enabled", "true"), replace("/*/*/logging/loglevel", "OFF"))

        assert deployed.stage()["methodSettings"]["*/*"]["cachingEnabled"] is True
