"""What a stage with canaries brings along: metrics of both sides, an alarm, a dashboard, and a state machine if automatic."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all

from functions.release.automation import read_strategy
from functions.release.metrics import metric_name
from infra import monitoring
from infra.app import synthesize
from infra.automation import definition
from infra.settings import Automation, JudgeSettings, SignalSettings, SmokeCheck, StageSettings

from .conftest import Synth

AUTOMATION = Automation(
    steps=(5.0, 25.0),
    step_seconds=600,
    look_seconds=60,
    patience_seconds=1800,
    approval=True,
    watch_seconds=900,
    judge=JudgeSettings((SignalSettings("5xx", 0.005, 0.01),), 500, 0.01, 0.05),
)
AUTOMATIC = StageSettings("prod", canary_percent=5.0, automation=AUTOMATION)


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [r["Properties"] for r in template["Resources"].values() if r["Type"] == kind]


def test_both_sides_are_counted_by_the_same_signals(synth: Synth) -> None:
    filters = of_type(synth(), "AWS::Logs::MetricFilter")
    names = {f["MetricTransformations"][0]["MetricName"] for f in filters}

    assert names == {
        f"prod.{side}.{signal}"
        for side in ("canary", "stable")
        for signal in ("requests", "5xx", "4xx", "auth", "slow")
    }
    assert {f["MetricTransformations"][0]["MetricNamespace"] for f in filters} == {"Headgate/headgate-prod"}
    slow = next(f for f in filters if f["MetricTransformations"][0]["MetricName"] == "prod.canary.slow")
    assert slow["FilterPattern"] == '{ ($.isCanaryRequest = "true") && (($.responseLatency >= 1000)) }'


def test_the_function_reads_the_names_that_the_template_writes() -> None:
    assert monitoring.metric_name("prod", "canary", "5xx") == metric_name("prod", "canary", "5xx")


def test_requests_are_counted_once(synth: Synth) -> None:
    """Canary requests are also written to the group's `/Canary`."""
    template = synth()
    groups = {f["LogGroupName"]["Ref"] for f in of_type(template, "AWS::Logs::MetricFilter")}

    assert groups == {"PortalProdAccessLog"}


def test_the_alarm_of_a_canary_calls_the_release_function(synth: Synth) -> None:
    template = synth()
    (alarm,) = of_type(template, "AWS::CloudWatch::Alarm")
    (rule,) = of_type(template, "AWS::Events::Rule")

    assert alarm["Metrics"][2]["Expression"] == "IF(requests >= 20, 100 * errors / requests, 0)"
    assert alarm["TreatMissingData"] == "notBreaching"
    assert rule["EventPattern"]["detail"] == {"state": {"value": ["ALARM"]}}
    given = json.loads(rule["Targets"][0]["Input"])
    assert given == {"automation": "abort", "stage": "prod", "reason": "alarm headgate-prod-prod-canary-errors"}


def test_the_dashboard_shows_stable_beside_canary(synth: Synth) -> None:
    (board,) = of_type(synth(), "AWS::CloudWatch::Dashboard")
    widgets = json.loads(board["DashboardBody"]["Fn::Sub"])["widgets"]

    assert [w["properties"]["title"] for w in widgets] == [
        f"prod: {s}" for s in ("requests", "5xx", "4xx", "auth", "slow")
    ]
    assert {metric[2]["label"] for w in widgets for metric in w["properties"]["metrics"]} == {"canary", "stable"}
    assert all(w["x"] + w["width"] <= 24 for w in widgets)


def test_an_all_at_once_stage_brings_none_of_it(synth: Synth) -> None:
    template = synth(stages=(StageSettings("prod"),))
    kinds = {r["Type"] for r in template["Resources"].values()}

    assert not kinds & {"AWS::Logs::MetricFilter", "AWS::CloudWatch::Alarm", "AWS::StepFunctions::StateMachine"}


def test_a_manual_stage_has_no_state_machine(synth: Synth) -> None:
    template = synth()

    assert of_type(template, "AWS::StepFunctions::StateMachine") == []
    assert "HEADGATE_STRATEGIES" not in template["Resources"]["Release"]["Properties"]["Environment"]["Variables"]


@pytest.mark.parametrize(("local", "lag"), [(True, 0), (False, 120)])
def test_the_function_is_given_a_strategy_it_can_read(synth: Synth, local: bool, lag: float) -> None:
    template = synth(stages=(AUTOMATIC,), local=local)
    variables = template["Resources"]["Release"]["Properties"]["Environment"]["Variables"]

    strategy = read_strategy(json.loads(variables["HEADGATE_STRATEGIES"])["prod"])

    assert (strategy.steps, strategy.lag_seconds, strategy.approval) == ((5.0, 25.0), lag, True)
    assert variables["HEADGATE_METRICS"] == "Headgate/headgate-prod"
    assert variables["HEADGATE_AUTOMATION"]["Fn::Sub"].endswith(":stateMachine:headgate-prod-automation")


def test_the_rollout_waits_for_the_machine(synth: Synth) -> None:
    template = synth(stages=(AUTOMATIC,))
    rollout = next(r for r in template["Resources"].values() if r["Type"] == "Custom::HeadgateRollout")

    assert "Automation" in rollout["DependsOn"]
    assert rollout["Properties"]["Mode"] == "auto"


def test_every_state_can_be_reached_and_left() -> None:
    states = definition("Release")["States"]
    targets = {"Wait"}
    for state in states.values():
        targets |= {state[key] for key in ("Next", "Default") if key in state}
        targets |= {rule["Next"] for rule in (*state.get("Choices", []), *state.get("Catch", []))}

    assert targets == set(states)
    assert {"Ended", "ROLLED_BACK", "UNDONE", "Failed"} <= {
        n for n, s in states.items() if s["Type"] in {"Succeed", "Fail"}
    }


def test_smoke_checks_get_a_hidden_stage_with_the_new_deployment(synth: Synth) -> None:
    stage = StageSettings("prod", canary_percent=10, smoke=(SmokeCheck("/health", 204),))
    template = synth(stages=(stage,))
    resources = template["Resources"]

    preview = resources["PortalProdPreviewStage"]["Properties"]
    rollout = next(r for r in resources.values() if r["Type"] == "Custom::HeadgateRollout")
    assert preview["StageName"] == "prod-preview"
    assert preview["DeploymentId"] == {"Fn::GetAtt": ["ProdPublish", "DeploymentId"]}
    assert "PortalProdPreviewStage" in rollout["DependsOn"]
    (check,) = json.loads(rollout["Properties"]["Smoke"]["Fn::Sub"])
    assert check == {
        "status": 204,
        "url": "http://localhost:4566/_aws/execute-api/${PortalApi}/prod-preview/health",
    }


def test_on_aws_the_preview_is_asked_at_its_invoke_url(synth: Synth) -> None:
    stage = StageSettings("prod", canary_percent=10, smoke=(SmokeCheck("/health", 200, "portal"),))
    template = synth(stages=(stage,), local=False)
    rollout = next(r for r in template["Resources"].values() if r["Type"] == "Custom::HeadgateRollout")

    url = json.loads(rollout["Properties"]["Smoke"]["Fn::Sub"])[0]["url"]
    assert url == "https://${PortalApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod-preview/health"


def test_an_automatic_stage_with_smoke_checks_passes_cdk_nag_our_rules_and_cfn_lint(
    project: Path, tmp_path: Path
) -> None:
    canary = "{mode: auto, steps: [5, 50], approval: true, smoke: [{path: /users/1, status: 401}]}"
    text = (project / "gateway.yaml").read_text(encoding="utf-8")
    (project / "gateway.yaml").write_text(text.replace("{percent: 10}", canary), encoding="utf-8")

    synthesize(project, outdir=tmp_path / "out", context={"aws:cdk:bundling-stacks": []})

    (nag,) = json.loads((tmp_path / "out" / "validation-report.json").read_text())["pluginReports"]
    assert (nag["pluginName"], nag["conclusion"], nag["violations"]) == ("AwsSolutions", "success", [])
    assert all(finding["reason"] for finding in nag["suppressedViolations"])
    text = (tmp_path / "out" / "tiny-prod.template.json").read_text()
    assert "AWS::StepFunctions::StateMachine" in text
    # W3005 says that a dependency is implied already, as in test_checks.
    assert [str(match) for match in lint_all(text) if match.rule.id[0] in "EW" and match.rule.id != "W3005"] == []
