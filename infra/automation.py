"""The state machine that looks after a rollout, and the rule that ends one when the canary's alarm goes off.

The machine only waits and asks: every decision is the release function's, so that this text never has to change with them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Fn, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions

from .logs import LogSettings, add_log_group
from .monitoring import Monitored, add_canary_alarm, add_dashboard, add_metrics, namespace
from .names import logical
from .roles import Grant, add_service_role
from .settings import Automation, EnvironmentSettings, StageSettings

# Seconds until a minute's metrics are complete on AWS: log delivery, then the filter.
LAG_SECONDS = 120

# A look is an UpdateStage at most; CreateDeployment plays no part.
LOOK_TIMEOUT_SECONDS = 330

ENDS = ("PROMOTED", "PAUSED", "SUPERSEDED")
FAILURES: Mapping[str, str] = {
    "ROLLED_BACK": "The canary was worse than the stable release and was rolled back.",
    "UNDONE": "The release was worse after its promotion, which was undone.",
}


@dataclass(frozen=True, slots=True)
class Controlled:
    """What the automation works with."""

    function: lambda_.CfnFunction
    logs: LogSettings


def automation_environment(stack: str, settings: EnvironmentSettings) -> dict[str, Any]:
    """What the release function must know of it."""
    found = strategies(settings.stages, is_local=settings.local)
    if not found:
        return {}
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    known = {"HEADGATE_STRATEGIES": text, "HEADGATE_METRICS": namespace(stack)}
    if _is_automatic(settings):
        known["HEADGATE_AUTOMATION"] = Fn.sub(machine_arn(stack)["Fn::Sub"])
    return known


def automation_grants(stack: str, settings: EnvironmentSettings) -> list[Grant]:
    """What the release function may do for it."""
    if not strategies(settings.stages, is_local=settings.local):
        return []
    metrics = Grant(["cloudwatch:GetMetricData"], ["*"], because="GetMetricData has no resources to name.")
    return [metrics, *([Grant(["states:StartExecution"], [machine_arn(stack)])] if _is_automatic(settings) else [])]


def add_automation(stack: Stack, settings: EnvironmentSettings, controlled: Controlled) -> list[CfnResource]:
    """The state machine, if a stage is automatic: what a rollout must wait for."""
    return [add_machine(stack, controlled)] if _is_automatic(settings) else []


def add_monitoring(
    stack: Stack,
    settings: EnvironmentSettings,
    groups: Mapping[str, Sequence[logs.CfnLogGroup]],
    controlled: Controlled,
) -> None:
    """Metrics, alarm and rule of each stage that has canaries, and a dashboard of them all."""
    watched = [
        Monitored(stage, groups[stage.name], namespace(stack.stack_name))
        for stage in settings.stages
        if stage.canary_percent is not None
    ]
    for monitored in watched:
        add_metrics(stack, monitored)
        add_alarm_rule(stack, monitored.stage, add_canary_alarm(stack, monitored), controlled)
    if watched:
        add_dashboard(stack, watched)


def machine_name(stack: str) -> str:
    return f"{stack}-automation"


def machine_arn(stack: str) -> dict[str, str]:
    """Known before the machine is made, because the function and the machine name each other."""
    arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:" + machine_name(stack)
    return {"Fn::Sub": arn}


def strategies(stages: Sequence[StageSettings], *, is_local: bool) -> dict[str, Any]:
    """The strategy of each stage with canaries, as `functions.release.automation.read_strategy` reads it."""
    watched = [
        (stage.name, stage.automation) for stage in stages if stage.automation and stage.canary_percent is not None
    ]
    return {name: _strategy(automation, is_local=is_local) for name, automation in watched}


def _is_automatic(settings: EnvironmentSettings) -> bool:
    return any(stage.is_automatic for stage in settings.stages)


def _strategy(automation: Automation, *, is_local: bool) -> dict[str, Any]:
    judged = automation.judge
    return {
        "automatic": automation.is_automatic,
        "steps": list(automation.steps),
        "stepSeconds": automation.step_seconds,
        "lookSeconds": automation.look_seconds,
        "patienceSeconds": automation.patience_seconds,
        "approval": automation.approval,
        "watchSeconds": automation.watch_seconds,
        "lagSeconds": 0 if is_local else LAG_SECONDS,
        "criteria": {
            "signals": [{"name": s.name, "floor": s.floor, "margin": s.margin} for s in judged.signals],
            "minimumRequests": judged.minimum_requests,
            "falseAlarm": judged.false_alarm,
            "doubt": judged.doubt,
        },
    }


def add_machine(stack: Stack, controlled: Controlled) -> stepfunctions.CfnStateMachine:
    """One machine per environment; an execution carries its stage and strategy."""
    name = machine_name(stack.stack_name)
    group = add_log_group(stack, "AutomationLog", f"/aws/vendedlogs/states/{name}", controlled.logs)
    function = controlled.function.node.id
    role = add_service_role(stack, "AutomationRole", "states.amazonaws.com", _grants(function))
    kinds = stepfunctions.CfnStateMachine
    written_to = kinds.CloudWatchLogsLogGroupProperty(log_group_arn=group.attr_arn)
    machine = kinds(
        stack,
        "Automation",
        state_machine_name=name,
        state_machine_type="STANDARD",
        role_arn=role.attr_arn,
        tracing_configuration=kinds.TracingConfigurationProperty(enabled=True),
        logging_configuration=kinds.LoggingConfigurationProperty(
            level="ALL",
            include_execution_data=True,
            destinations=[kinds.LogDestinationProperty(cloud_watch_logs_log_group=written_to)],
        ),
    )
    machine.add_property_override("DefinitionString", {"Fn::Sub": json.dumps(definition(function), sort_keys=True)})
    return machine


def definition(function: str) -> dict[str, Any]:
    """The machine in Amazon States Language (JSONPath); `function` is the release function's logical id."""
    outcomes = [{"Variable": "$.outcome", "StringEquals": end, "Next": "Ended"} for end in ENDS]
    failures = [{"Variable": "$.outcome", "StringEquals": name, "Next": name} for name in FAILURES]
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 4, "BackoffRate": 2}
    return {
        "Comment": "Waits and asks the release function what to do next.",
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Look"},
            "Look": {
                **_invoke(function, "$"),
                "OutputPath": "$.Payload",
                "Retry": [retry],
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Abort"}],
                "Next": "Outcome",
            },
            "Outcome": {"Type": "Choice", "Choices": [*outcomes, *failures], "Default": "Wait"},
            "Ended": {"Type": "Succeed"},
            **{name: {"Type": "Fail", "Error": name, "Cause": cause} for name, cause in FAILURES.items()},
            "Abort": {
                **_invoke(
                    function, {"automation": "abort", "stage.$": "$.progress.stage", "reason": "automation failed"}
                ),
                "Retry": [retry],
                "Next": "Failed",
            },
            "Failed": {
                "Type": "Fail",
                "Error": "FAILED",
                "Cause": "The automation could not go on; the canary was removed.",
            },
        },
    }


def add_alarm_rule(stack: Stack, stage: StageSettings, alarm: cloudwatch.CfnAlarm, controlled: Controlled) -> None:
    """The alarm removes the canary without waiting for the next look."""
    given = {"automation": "abort", "stage": stage.name, "reason": f"alarm {alarm.alarm_name}"}
    rule = events.CfnRule(
        stack,
        f"{logical(stage.name)}CanaryAlarmRule",
        description=f"The canary of stage {stage.name} fails",
        event_pattern={
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "resources": [alarm.attr_arn],
            "detail": {"state": {"value": ["ALARM"]}},
        },
        targets=[
            events.CfnRule.TargetProperty(
                id="release", arn=controlled.function.attr_arn, input=json.dumps(given, sort_keys=True)
            )
        ],
    )
    lambda_.CfnPermission(
        stack,
        f"{logical(stage.name)}CanaryAlarmPermission",
        action="lambda:InvokeFunction",
        function_name=controlled.function.attr_arn,
        principal="events.amazonaws.com",
        source_arn=rule.attr_arn,
    )


def _invoke(function: str, payload: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = {"FunctionName": "${" + function + ".Arn}"}
    parameters["Payload.$" if isinstance(payload, str) else "Payload"] = payload
    return {
        "Type": "Task",
        "Resource": "arn:${AWS::Partition}:states:::lambda:invoke",
        "Parameters": parameters,
        "TimeoutSeconds": LOOK_TIMEOUT_SECONDS,
    }


def _grants(function: str) -> list[Grant]:
    delivery = ("Create", "Get", "Update", "Delete", "List")
    names = {"List": "LogDeliveries"}
    logging = [f"logs:{verb}{names.get(verb, 'LogDelivery')}" for verb in delivery]
    policies = ["logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"]
    return [
        Grant(["lambda:InvokeFunction"], [{"Fn::GetAtt": [function, "Arn"]}]),
        Grant([*logging, *policies], ["*"], because="Vended log deliveries have no resources to name."),
        Grant(
            ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"],
            ["*"],
            because="X-Ray has no resources to name.",
        ),
    ]
