"""The template of one environment: who owns what, and what survives the next deploy."""

import json
import re
from typing import Any

import pytest

from infra.settings import DEFAULT_FUNCTIONS, Cache, FunctionSettings, PlanSettings, StageSettings, Throttle

from .conftest import Synth
from .gateways import gateway, users_api, users_wire


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: item for name, item in template["Resources"].items() if item["Type"] == kind}


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = of_type(template, kind).values()
    return found


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def test_cloudformation_never_owns_the_canary(synth: Synth):
    stage = only(synth(), "AWS::ApiGateway::Stage")["Properties"]

    assert "CanarySetting" not in stage
    assert stage["DeploymentId"] == {"Fn::GetAtt": ["ProdPublish", "StableDeploymentId"]}


def test_deployments_are_made_by_the_publisher_alone(synth: Synth):
    assert not of_type(synth(), "AWS::ApiGateway::Deployment")


def test_publish_then_stage_then_rollout(synth: Synth):
    resources = synth()["Resources"]

    assert resources["ProdPublish"]["Properties"]["RestApis"] == [{"id": {"Ref": "PortalApi"}, "name": "portal"}]
    assert resources["ProdRollout"]["DependsOn"] == ["PortalProdStage"]
    assert resources["ProdRollout"]["Properties"]["DeploymentId"] == {"Fn::GetAtt": ["ProdPublish", "DeploymentId"]}


@pytest.mark.parametrize(
    ("percent", "mode", "told"), [(10, "manual", "10"), (2.5, "manual", "2.5"), (None, "all-at-once", "100")]
)
def test_the_stage_says_how_a_release_enters(synth: Synth, percent: float | None, mode: str, told: str):
    rollout = only(synth(stages=(StageSettings("prod", canary_percent=percent),)), "Custom::HeadgateRollout")[
        "Properties"
    ]

    assert (rollout["Mode"], rollout["Percent"]) == (mode, told)


def test_functions_are_called_by_version_through_one_role(synth: Synth):
    body = only(synth(), "AWS::ApiGateway::RestApi")["Properties"]["Body"]
    integration = body["paths"]["/home"]["get"]["x-amazon-apigateway-integration"]

    assert re.search(r"functions/\$\{PortalAggregatorVersion[0-9a-f]{16}\}/invocations", integration["uri"]["Fn::Sub"])
    assert integration["credentials"] == {"Fn::GetAtt": ["InvokeRole", "Arn"]}
    assert not [text for text in texts(body) if "headgate-authorizer" in text or "headgate-aggregator" in text]


def test_empty_lists_and_objects_of_the_document_reach_the_template(synth: Synth):
    body = only(synth(), "AWS::ApiGateway::RestApi")["Properties"]["Body"]

    assert body["paths"]["/health"]["get"]["security"] == []
    assert body["paths"]["/home"]["get"]["security"] == [{"jwt-0000000000": []}]


def test_import_warnings_fail_the_deploy(synth: Synth):
    api = only(synth(), "AWS::ApiGateway::RestApi")["Properties"]

    assert (api["FailOnWarnings"], api["Mode"]) == (True, "overwrite")


def test_versions_outlive_the_template(synth: Synth):
    versions = of_type(synth(), "AWS::Lambda::Version")

    assert len(versions) == 2
    assert {(item["DeletionPolicy"], item["UpdateReplacePolicy"]) for item in versions.values()} == {
        ("Retain", "Retain")
    }


def test_a_new_release_changes_code_body_and_the_two_custom_resources_alone(synth: Synth):
    before = synth()["Resources"]
    changed = users_wire("https://users2.example.com")

    after = synth(gateway(users_api(wire=changed)))["Resources"]

    kept = [name for name in before if name in after and before[name] != after[name]]
    assert sorted(kept) == ["PortalAggregator", "PortalApi", "PortalAuthorizer", "ProdPublish", "ProdRollout"]
    assert {before[name]["Type"] for name in before.keys() - after.keys()} == {"AWS::Lambda::Version"}


def test_an_edit_of_the_stage_makes_the_publisher_run_and_is_no_new_release(synth: Synth):
    before = synth()["Resources"]["ProdPublish"]["Properties"]

    after = synth(stages=(StageSettings("prod", 10, throttle=Throttle(1, 1)),))["Resources"]["ProdPublish"][
        "Properties"
    ]

    assert before["StageConfigDigest"] != after["StageConfigDigest"]
    assert before["ReleaseId"] == after["ReleaseId"]


def test_a_throttled_method_has_every_setting_of_its_stage(synth: Synth):
    settings = only(synth(), "AWS::ApiGateway::Stage")["Properties"]["MethodSettings"]
    stage, method = settings

    assert (stage["ResourcePath"], stage["HttpMethod"], stage["ThrottlingRateLimit"]) == ("/*", "*", 100)
    assert (method["ResourcePath"], method["HttpMethod"]) == ("/~1users~1{id}", "GET")
    assert (method["ThrottlingRateLimit"], method["ThrottlingBurstLimit"]) == (5, 10)
    assert method.keys() == stage.keys()
    assert method["LoggingLevel"] == "ERROR"


def test_the_root_path_is_spelt_as_cloudformation_wants_it(synth: Synth):
    template = synth(gateway(users_api(throttles={"//GET": {"rate": 1, "burst": 1}})))

    assert only(template, "AWS::ApiGateway::Stage")["Properties"]["MethodSettings"][1]["ResourcePath"] == "/"


def test_access_logs_are_json_with_numbers_that_filters_can_compare(synth: Synth):
    text = only(synth(), "AWS::ApiGateway::Stage")["Properties"]["AccessLogSetting"]["Format"]

    line = json.loads(re.sub(r":\$context\.\w+", ":1", text))

    assert {name for name, value in line.items() if value == 1} == {"status", "responseLatency"}
    assert {
        "requestId",
        "isCanaryRequest",
        "deploymentId",
        "principal",
        "errorType",
        "integrationLatency",
    } <= line.keys()
    assert "uthorization" not in text


def test_canary_logs_have_their_groups_beforehand(synth: Synth):
    names = [
        json.dumps(item["Properties"]["LogGroupName"]) for item in of_type(synth(), "AWS::Logs::LogGroup").values()
    ]

    assert '"/headgate/headgate-prod/portal/prod/access/Canary"' in names
    assert '{"Fn::Sub": "API-Gateway-Execution-Logs_${PortalApi}/prod/Canary"}' in names


def test_every_log_group_is_encrypted_and_forgets(synth: Synth):
    for group in of_type(synth(), "AWS::Logs::LogGroup").values():
        assert group["Properties"]["KmsKeyId"] == {"Fn::GetAtt": ["LogKey", "Arn"]}
        assert group["Properties"]["RetentionInDays"] == 30


def test_functions_trace_run_on_arm_and_log_where_we_said(synth: Synth):
    functions = of_type(synth(), "AWS::Lambda::Function")

    assert set(functions) == {"PortalAuthorizer", "PortalAggregator", "Release"}
    for item in functions.values():
        properties = item["Properties"]
        assert (properties["Runtime"], properties["Architectures"]) == ("python3.14", ["arm64"])
        assert properties["TracingConfig"] == {"Mode": "Active"}
        assert item["DependsOn"]


def test_an_api_without_composition_has_no_aggregator(synth: Synth):
    api = users_api(uses_aggregator=False)

    assert set(of_type(synth(gateway(api)), "AWS::Lambda::Function")) == {"PortalAuthorizer", "Release"}


def test_reserved_concurrency_is_what_the_context_says(synth: Synth):
    functions = {**DEFAULT_FUNCTIONS, "authorizer": FunctionSettings(512, 5, concurrency=40)}

    made = synth(functions=functions)["Resources"]["PortalAuthorizer"]["Properties"]

    assert made["ReservedConcurrentExecutions"] == 40


def test_no_role_has_a_managed_policy_or_a_wildcard_action(synth: Synth):
    for role in of_type(synth(), "AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
        statements = [
            item for policy in role["Properties"]["Policies"] for item in policy["PolicyDocument"]["Statement"]
        ]
        assert not [action for item in statements for action in item["Action"] if "*" in action]


def test_the_release_function_may_move_its_own_stages_alone(synth: Synth):
    role = synth()["Resources"]["ReleaseRole"]["Properties"]
    (statement,) = [
        item for item in role["Policies"][0]["PolicyDocument"]["Statement"] if "apigateway:PATCH" in item["Action"]
    ]

    (resource,) = [statement["Resource"]] if isinstance(statement["Resource"], dict) else statement["Resource"]
    assert resource["Fn::Sub"].endswith("/restapis/${PortalApi}/stages/prod")


def test_only_api_gateway_of_this_account_assumes_the_invoke_role(synth: Synth):
    role = synth()["Resources"]["InvokeRole"]["Properties"]
    trust = role["AssumeRolePolicyDocument"]["Statement"][0]

    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert "function:headgate-prod-*:*" in json.dumps(role["Policies"])


def test_a_lambda_upstream_is_granted(synth: Synth):
    arn = "arn:aws:lambda:us-east-1:111122223333:function:orders"

    role = synth(gateway(users_api(lambda_upstreams={"orders": arn})))["Resources"]["InvokeRole"]["Properties"]

    assert role["Policies"][0]["PolicyDocument"]["Statement"][1]["Resource"] == [arn, f"{arn}:*"]


def test_a_vpc_link_passes_through(synth: Synth):
    wire = users_wire()
    integration = wire["paths"]["/users/{id}"]["get"]["x-amazon-apigateway-integration"]
    integration |= {"connectionType": "VPC_LINK", "connectionId": "abc123"}

    body = only(synth(gateway(users_api(wire=wire))), "AWS::ApiGateway::RestApi")["Properties"]["Body"]

    assert body["paths"]["/users/{id}"]["get"]["x-amazon-apigateway-integration"]["connectionId"] == "abc123"


def test_plans_limit_consumers_on_every_stage(synth: Synth):
    plans = (
        PlanSettings("free", Throttle(5, 10), 1000, "day", ("demo",)),
        PlanSettings("paid", keys=("demo", "partner")),
    )

    template = synth(plans=plans)

    free = template["Resources"]["PlanFree"]["Properties"]
    assert free["ApiStages"] == [{"ApiId": {"Ref": "PortalApi"}, "Stage": {"Ref": "PortalProdStage"}}]
    assert (free["Quota"], free["Throttle"]) == ({"Limit": 1000, "Period": "DAY"}, {"RateLimit": 5, "BurstLimit": 10})
    assert set(of_type(template, "AWS::ApiGateway::ApiKey")) == {"KeyDemo", "KeyPartner"}
    assert len(of_type(template, "AWS::ApiGateway::UsagePlanKey")) == 3
    assert not [key for key in of_type(template, "AWS::ApiGateway::ApiKey").values() if "Value" in key["Properties"]]


def test_a_stage_cache_is_encrypted(synth: Synth):
    template = synth(stages=(StageSettings("prod", cache=Cache("1.6", 60)),))

    stage = only(template, "AWS::ApiGateway::Stage")["Properties"]
    assert (stage["CacheClusterEnabled"], stage["CacheClusterSize"]) == (True, "1.6")
    assert stage["MethodSettings"][0]["CacheDataEncrypted"] is True


@pytest.mark.parametrize("manage", [True, False])
def test_the_accounts_logging_role_is_made_only_when_asked_for(synth: Synth, manage: bool):
    template = synth(manage_account_logging=manage)

    assert bool(of_type(template, "AWS::ApiGateway::Account")) is manage
    assert ("AccountLogging" in only(template, "AWS::ApiGateway::Stage")["DependsOn"]) is manage


def test_tables_are_encrypted_and_the_journal_can_be_recovered(synth: Synth):
    tables = of_type(synth(), "AWS::DynamoDB::Table")

    assert all(item["Properties"]["SSESpecification"] == {"SSEEnabled": True} for item in tables.values())
    assert tables["CacheTable"]["Properties"]["TimeToLiveSpecification"] == {
        "AttributeName": "expires",
        "Enabled": True,
    }
    assert tables["ReleaseTable"]["Properties"]["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True
    }


def test_a_deploy_moves_the_first_of_several_stages(synth: Synth):
    stages = (StageSettings("staging"), StageSettings("prod", canary_percent=10))

    resources = synth(stages=stages)["Resources"]

    assert "StagingRollout" in resources
    assert "ProdRollout" not in resources
    assert resources["ProdPublish"]["DependsOn"] == ["StagingPublish"]
    assert resources["PortalProdStage"]["Properties"]["DeploymentId"] == {
        "Fn::GetAtt": ["ProdPublish", "StableDeploymentId"]
    }


def test_several_apis_are_published_as_one_release(synth: Synth):
    template = synth(gateway(users_api("portal"), users_api("admin")))
    resources = template["Resources"]

    assert [api["name"] for api in resources["ProdPublish"]["Properties"]["RestApis"]] == ["portal", "admin"]
    assert resources["AdminProdStage"]["Properties"]["DeploymentId"] == {
        "Fn::Select": [1, {"Fn::Split": [",", {"Fn::GetAtt": ["ProdPublish", "StableDeploymentId"]}]}]
    }
    assert sorted(resources["ProdRollout"]["DependsOn"]) == ["AdminProdStage", "PortalProdStage"]
    assert resources["Release"]["Properties"]["Environment"]["Variables"]["HEADGATE_REST_APIS"] == {
        "Fn::Sub": "portal=${PortalApi},admin=${AdminApi}"
    }


def test_the_stack_tells_where_everything_is(synth: Synth):
    outputs = synth()["Outputs"]

    assert set(outputs) >= {
        "RestApiIdPortal",
        "StageName",
        "ReleaseFunctionName",
        "UrlPortal",
        "AccessLogGroup",
        "ReleaseId",
    }


def test_the_same_synth_is_the_same_template(synth: Synth):
    assert json.dumps(synth()) == json.dumps(synth())
